"""Who in a video does what its label says.

A label is of the video, but the pose engine also sees bystanders, posters and, for a moment, shapes that are nobody.
The person meant is the one seen longest, clearest and largest; a pose engine that lost and found them again gives
further tracks of about that size at other times.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from services.core.geometry import distance, isotropic, middle
from services.core.skeleton import INDEX
from training.poses import Recording, Track

MIN_FRAMES: Final = 5
"""Tracks that live shorter are ghosts."""

OVERLAP: Final = 0.2
"""Share of a track's frames in which the main person is seen too, above which it is somebody else."""

SAME_SIZE: Final = 1.7
"""The same person's trunk stays within this factor of size from track to track."""

AS_MUCH: Final = 0.5
"""Where several people exercise, another one counts with at least this share of the main person's weight."""

_LIMBS: Final = slice(INDEX["left_shoulder"], INDEX["right_ankle"] + 1)


def people_of(recording: Recording, people: int) -> list[Track]:
    """The tracks that the video's label speaks of.

    Args:
        recording: what the engine saw.
        people: how many exercise in it, as its manifest says.
    """
    tracks = [track for track in recording.tracks if len(track.frame) >= MIN_FRAMES]
    if not tracks:
        return []
    sizes = {track.track_id: _trunk(track, recording) for track in tracks}
    weights = {
        track.track_id: len(track.frame) * float(track.visibility[:, _LIMBS].mean()) * sizes[track.track_id] ** 0.5
        for track in tracks
    }
    tracks.sort(key=lambda track: -weights[track.track_id])
    main = tracks[0]
    chosen = [main]
    for track in tracks[1:]:
        if np.isin(track.frame, main.frame).mean() > OVERLAP:
            if people > len(chosen) and weights[track.track_id] > AS_MUCH * weights[main.track_id]:
                chosen.append(track)
        elif 1 / SAME_SIZE < sizes[track.track_id] / sizes[main.track_id] < SAME_SIZE:
            chosen.append(track)
    return chosen


def _trunk(track: Track, recording: Recording) -> float:
    """Median length of the trunk in the picture, in picture heights."""
    at = isotropic(track.keypoints, recording.width, recording.height)[..., :2]
    shoulders = middle(at[:, INDEX["left_shoulder"]], at[:, INDEX["right_shoulder"]])
    hips = middle(at[:, INDEX["left_hip"]], at[:, INDEX["right_hip"]])
    return max(float(np.median(distance(shoulders, hips))), 1e-3)
