"""Made-up footage: people whose wrists or hips go up and down, as the pose engine would have seen them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from services.core.types import NANOSECONDS
from training.poses import Recording, Track
from training.videos import Video


def video(label: str = "squat", source: str = "a/one", person: str = "p1", number: int = 0, people: int = 1) -> Video:
    return Video(
        path=Path(f"{label}_{source.replace('/', '_')}_{number}.mp4"),
        label=label,
        footage_label=label,
        reps=2,
        reps_trusted=True,
        subject_id=person,
        source=source,
        licence="",
        view="side",
        people=people,
        seconds=5.0,
    )


def track(
    label: str = "squat", *, seed: int = 0, frames: int = 75, start: int = 0, size: float = 0.3, track_id: str = "0-1"
) -> Track:
    """Somebody standing: in a squat the hips go down to the knees, in a curl the wrists up to the shoulders."""
    random = np.random.default_rng(seed)
    at = np.zeros((frames, 33, 3))
    phase = np.sin(np.linspace(0, frames / 75 * 4 * np.pi, frames) + random.random()) ** 2
    heights = {11: -0.5, 13: -0.22, 15: 0.0, 23: 0.0, 25: 0.42, 27: 0.85, 29: 0.88, 31: 0.9, 7: -0.7}
    for index, height in heights.items():
        for side in (0, 1):
            at[:, index + side, 0] = (0.18 if index < 23 else 0.12) * (1 - 2 * side)
            at[:, index + side, 1] = height
    at[:, 0, 1] = -0.7
    if label == "squat":
        at[:, :25, 1] += 0.35 * phase[:, None]
        at[:, 25:27, 2] -= 0.3 * phase[:, None]
    elif label == "biceps_curl":
        at[:, 15:23, 1] -= 0.45 * phase[:, None]
    world = at + random.normal(0, 0.01, at.shape) + random.normal(0, 0.03, (1, 33, 3))
    numbers = np.arange(start, start + frames)
    return Track(
        track_id=track_id,
        frame=numbers,
        captured_at=(numbers * NANOSECONDS) // 15,
        box=np.zeros((frames, 4), np.float32),
        score=np.ones(frames, np.float32),
        keypoints=(world * size + 0.5).astype(np.float32),
        visibility=np.full((frames, 33), 0.9, np.float32),
        world=world.astype(np.float32),
    )


def recording(*tracks: Track, frames: int = 150) -> Recording:
    return Recording(400, 400, (np.arange(frames) * NANOSECONDS) // 15, tracks)


def gym(
    labels: tuple[str, ...] = ("biceps_curl", "none", "squat"), sources: int = 4
) -> tuple[list[Video], list[Recording]]:
    """A small data set: each label from every source, another person each."""
    videos, recordings = [], []
    for source in range(sources):
        for number, label in enumerate(labels):
            videos.append(video(label, f"s/{source}", f"p{source}-{number}", number))
            recordings.append(recording(track(label, seed=10 * source + number), frames=75))
    return videos, recordings
