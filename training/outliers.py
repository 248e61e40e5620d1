"""`python -m training.outliers`: poses that cannot be true, found by K-fold, and what learning without them is worth.

    every fifth of the sources:  a network learns from the others to predict each joint of a body
                                 from its other joints, and from all of them up to half a second before and after
    its own people:              a joint is out where the prediction is far from what the pose engine saw;
                                 a frame with several such joints is dropped, a person with many such frames too

What it cannot see is a mistake that lasts: the joints before and after are then as wrong as the one between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from torch import Tensor, nn

from services.core.errors import SpotterError
from services.core.geometry import Floats, distance, isotropic, middle
from services.core.skeleton import INDEX
from services.core.types import FloatArray
from training.evidence import EVIDENCE
from training.examples import Cut, load_recordings
from training.folds import FOLDS, grouped_folds
from training.outliers_worth import dropped_table, error_table, worth_table
from training.people import people_of
from training.poses import CACHE, Recording, Track
from training.train import SEED
from training.videos import Video, data_directory, read_videos

JOINTS: Final = ("nose", *(f"{side}_{name}" for name in (
    "shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")))  # fmt: skip
"""The thirteen that carry the body."""
APART: Final = (-8, -4, 0, 4, 8)
"""Frames of a window from its middle, at 15 a second. A burst of mistakes of up to four frames reaches only one of its
neighbours at a time, so that it does not condemn the frames beside it."""
MIDDLE: Final = len(APART) // 2
CELLS: Final = 128
STEPS: Final = 800
BATCH: Final = 512
LEARNING_RATE: Final = 2e-3

OUT: Final = 0.35
"""Trunk lengths between prediction and sight from which a joint is out: about the length of a forearm's half."""
JOINTS_OUT: Final = 3
"""Joints out from which a frame is dropped."""
FRAMES_OUT: Final = 0.25
"""Share of frames dropped from which a person is dropped."""

_ROWS: Final = np.array([INDEX[name] for name in JOINTS])
_HIPS, _SHOULDERS = ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")


def bodies(track: Track, width: int, height: int) -> FloatArray:
    """The thirteen joints of a track about its hips: (N, 13, 2) in trunk lengths.

    The trunk's length in the picture is what it would be unforeshortened: its length in the world, by the factor that
    makes the body as wide in the picture as in the world over the whole track.
    """
    seen = isotropic(track.keypoints, width, height)[..., :2]
    hips = middle(*(seen[:, INDEX[name]] for name in _HIPS))
    real = track.world.astype(float)
    trunk = distance(
        middle(*(real[:, INDEX[name]] for name in _HIPS)), middle(*(real[:, INDEX[name]] for name in _SHOULDERS))
    )
    per_metre = np.median(_spread(seen)) / max(float(np.median(_spread(real[..., :2]))), 1e-6)
    length = max(float(np.median(trunk) * per_metre), 1e-6)
    return np.asarray((seen[:, _ROWS] - hips[:, None]) / length, np.float32)


def _spread(at: Floats) -> Floats:
    body = at[:, _ROWS]
    return np.asarray(np.sqrt(np.square(body - body.mean(axis=1, keepdims=True)).sum(axis=(1, 2))))


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """All people of the footage, frame by frame.

    Attributes:
        windows: (N, 5, 13, 2) trunk lengths: each frame in the middle of its neighbours (`APART`); beyond the ends of
            a track, its first and last frame.
        video: (N,) index into the videos.
        person: (N,) number of the track, over all videos.
    """

    windows: FloatArray
    video: NDArray[np.int64]
    person: NDArray[np.int64]

    @classmethod
    def of(cls, recordings: Sequence[Recording], people: Sequence[Sequence[Track]]) -> Bodies:
        """Those of tracks of recordings; ``people`` has the tracks of each."""
        windows: list[FloatArray] = []
        video: list[int] = []
        for index, (recording, tracks) in enumerate(zip(recordings, people, strict=True)):
            for track in tracks:
                at = bodies(track, recording.width, recording.height)
                row = np.arange(len(at))
                around = [np.clip(row + step, 0, len(at) - 1) for step in APART]
                windows.append(np.stack([at[rows] for rows in around], axis=1))
                video.append(index)
        lengths = [len(part) for part in windows]
        return cls(
            np.concatenate(windows) if windows else np.zeros((0, len(APART), len(JOINTS), 2), np.float32),
            np.repeat(np.array(video, np.int64), lengths),
            np.repeat(np.arange(len(lengths)), lengths),
        )


def _between(windows: Tensor) -> Tensor:
    """(B, 2) of windows (B, 5, 2): the median of the four neighbours, which one wrong neighbour does not move far."""
    neighbours = torch.cat([windows[:, :MIDDLE], windows[:, MIDDLE + 1 :]], dim=1)
    return neighbours.sort(dim=1).values[:, 1:3].mean(dim=1)


def median_errors(windows: FloatArray) -> FloatArray:
    """The same as `prediction_errors` for a guess that needs no learning: the median of the neighbours."""
    frames = torch.from_numpy(windows)
    return np.stack(
        [
            (_between(frames[:, :, joint]) - frames[:, MIDDLE, joint]).norm(dim=1).numpy()
            for joint in range(len(JOINTS))
        ],
        axis=1,
    )


class _Predictor:
    """A network that predicts a joint of a moment from everything else."""

    def __init__(self) -> None:
        width = len(APART) * len(JOINTS) * 2 + len(JOINTS)
        self._network = nn.Sequential(
            nn.Linear(width, CELLS), nn.ReLU(), nn.Linear(CELLS, CELLS), nn.ReLU(), nn.Linear(CELLS, 2)
        )

    def fit(self, windows: FloatArray, steps: int, random: np.random.Generator) -> None:
        """Learn; each step from other frames, and another joint of each."""
        frames = torch.from_numpy(windows)
        optimizer = torch.optim.Adam(self._network.parameters(), LEARNING_RATE)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
        for _ in range(steps):
            rows = torch.from_numpy(random.integers(len(frames), size=BATCH))
            joints = torch.from_numpy(random.integers(len(JOINTS), size=BATCH))
            chosen = frames[rows]
            # The outliers among those learnt from must not pull: the loss grows no faster than the error.
            loss = nn.functional.smooth_l1_loss(
                self._predict(chosen, joints), chosen[torch.arange(BATCH), MIDDLE, joints], beta=0.05
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()

    def _predict(self, windows: Tensor, joints: Tensor) -> Tensor:
        """(B, 2) where joints (B,) of windows (B, 5, 13, 2) should be."""
        rows = torch.arange(len(windows))
        hidden = windows.clone()
        hidden[rows, MIDDLE, joints] = 0.0
        told = torch.cat([hidden.flatten(1), nn.functional.one_hot(joints, len(JOINTS)).float()], dim=1)
        steps: Tensor = self._network(told)
        # What it predicts is the way from the median of before and after.
        return steps + _between(windows[rows, :, joints])

    def errors(self, windows: FloatArray) -> FloatArray:
        """(N, 13) trunk lengths between where each joint should be and where it was seen."""
        found = np.zeros((len(windows), len(JOINTS)), np.float32)
        with torch.no_grad():
            for at in range(0, len(windows), 8192):
                part = torch.from_numpy(windows[at : at + 8192])
                for joint in range(len(JOINTS)):
                    predicted = self._predict(part, torch.full((len(part),), joint))
                    found[at : at + 8192, joint] = (predicted - part[:, MIDDLE, joint]).norm(dim=1).numpy()
        return found


def prediction_errors(
    footage: Bodies,
    videos: Sequence[Video],
    *,
    learnt: NDArray[np.bool_],
    seed: int,
    folds: int = FOLDS,
    steps: int = STEPS,
    progress: Progress | None = None,
) -> FloatArray:
    """How far each joint of each frame is from where a network that never saw the person or source expects it.

    Args:
        footage: all frames.
        videos: that they are of.
        learnt: (N,) frames that networks may learn from.
        seed: of the networks.
        folds: how many networks.
        steps: batches that each learns from.
        progress: a bar of folds is added to it.

    Returns:
        (N, 13) trunk lengths.
    """
    torch.set_num_threads(1)
    errors = np.zeros((len(footage.video), len(JOINTS)), np.float32)
    task = progress.add_task("predicting joints, fold", total=folds) if progress else None
    for fold in grouped_folds(videos, folds):
        torch.manual_seed(seed)
        known = np.isin(footage.video, fold.train) & learnt
        asked = np.isin(footage.video, fold.test)
        predictor = _Predictor()
        if known.any():
            predictor.fit(footage.windows[known], steps, np.random.default_rng(seed))
        errors[asked] = predictor.errors(footage.windows[asked])
        if progress and task is not None:
            progress.advance(task)
    return errors


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What is dropped.

    Attributes:
        frames: (N,) true for frames with too many joints out.
        people: (N,) true for all frames of people with too many such frames.
    """

    frames: NDArray[np.bool_]
    people: NDArray[np.bool_]

    @classmethod
    def of(cls, errors: FloatArray, footage: Bodies) -> Verdict:
        """By `OUT`, `JOINTS_OUT` and `FRAMES_OUT`."""
        frames = (errors > OUT).sum(axis=1) >= JOINTS_OUT
        seen = np.maximum(np.bincount(footage.person), 1)
        share = np.bincount(footage.person, frames, len(seen)) / seen
        return cls(frames, share[footage.person] > FRAMES_OUT)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(N,) true for what is left."""
        return ~(self.frames | self.people)


def without(
    recordings: Sequence[Recording], people: Sequence[Sequence[Track]], kept: NDArray[np.bool_]
) -> list[Recording]:
    """The recordings with nobody but the people meant, and of them only the frames kept.

    Args:
        recordings: as they were seen.
        people: of each, the tracks meant.
        kept: (N,) over all frames of all of these tracks.
    """
    left, at = [], 0
    for recording, tracks in zip(recordings, people, strict=True):
        remaining = []
        for track in tracks:
            rows = kept[at : at + len(track.frame)]
            at += len(track.frame)
            if rows.any():
                names = [field.name for field in fields(Track) if field.name != "track_id"]
                remaining.append(replace(track, **{name: getattr(track, name)[rows] for name in names}))
        left.append(replace(recording, tracks=tuple(remaining)))
    return left


def main(
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    out: Annotated[Path, typer.Option(help="CSV of what would be dropped, by person.")] = EVIDENCE / "outliers.csv",
    seed: Annotated[int, typer.Option(help="Of networks and models.")] = SEED,
) -> None:
    """Find poses that cannot be true, and measure what they do to prediction and to a forest.

    Networks and classifiers are asked only about people and sources that they never saw. Nothing is deleted.
    """
    console = Console()
    try:
        videos = read_videos(data_directory(data))
        with console.status("reading poses"):
            recordings = load_recordings(videos, poses)
            people = [people_of(recording, video.people) for video, recording in zip(videos, recordings, strict=True)]
            frames = Bodies.of(recordings, people)
        with Progress(console=console) as progress:
            everything = np.ones(len(frames.video), np.bool_)
            errors = prediction_errors(frames, videos, learnt=everything, seed=seed, progress=progress)
            verdict = Verdict.of(errors, frames)
            again = prediction_errors(frames, videos, learnt=verdict.kept, seed=seed, progress=progress)
            console.print(error_table(errors, again, median_errors(frames.windows), verdict.kept, OUT))
            names = [(videos[index].name, track.track_id) for index, tracks in enumerate(people) for track in tracks]
            console.print(dropped_table(names, frames.person, verdict.frames, verdict.people, out))
            cleaned = without(recordings, people, verdict.kept)
            console.print(worth_table(videos, recordings, cleaned, cut=Cut(), seed=seed, progress=progress))
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
    console.print(f"written {out}")


if __name__ == "__main__":
    typer.run(main)
