"""How the repetitions of a new exercise show: its entry of the catalogue, derived from people doing it.

    wrist height   .-.   .-.   .-.        moves far and regularly: repetitions are counted by it
    knee           ~~~~~~~~~~~~~~~        hardly moves
    torso          -._.--.__.-._          moves, but not the same way each time

Of all signals the one is taken that goes far and repeats itself best. Where none goes far nobody moves: the exercise is
a hold, which is timed and not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.classifier.manifest import OwnExercise
from services.core.counting import SEEN
from services.core.geometry import Floats
from services.core.signals import Signal, measure
from services.core.types import NANOSECONDS, Pose
from training.people import people_of
from training.recordings import Recording, Track

DEGREES: Final = 90.0
METRES: Final = 0.4
"""A movement that goes so far goes far: about what full repetitions of the catalogue's exercises cover."""
STILL: Final = 0.25
"""Share of that below which nothing moves."""
ENDS: Final = (8, 92)
"""Percentiles of a signal that are its ends: what lies beyond is mostly trembling."""
FPS: Final = 15
"""Moments a second at which signals are compared with themselves."""
PERIODS: Final = (0.6, 6.0)
"""Shortest and longest repetition that is looked for, seconds."""
AS_GOOD: Final = 0.85
"""An earlier likeness of this share of the best one is the repetition; the best may be two of them."""
ONCE: Final = 0.5
"""Likeness that is assumed of videos too short to show three repetitions."""
LONG: Final = 8.0
"""A video of so many seconds shows several repetitions, seconds; what doesn't repeat itself in it never does."""
SECONDS: Final = (0.4, 10.0)
"""Shortest and longest repetition that is counted, where the clips show nothing slower."""
REST_SECONDS: Final = 6.0
HOLD_REST_SECONDS: Final = 4.0
"""Pauses that end a set, as of most entries of the catalogue."""

_HEIGHTS: Final = frozenset({Signal.WRIST_HEIGHT, Signal.HIP_HEIGHT, Signal.SHOULDER_HEIGHT, Signal.STRIDE})


@dataclass(frozen=True, slots=True)
class _Movement:
    """How one signal moves in one track.

    Attributes:
        low, high: its ends, in its unit.
        lingers: 0-1, its middle value between them: above a half, time is mostly spent where it is high.
        likeness: to itself a repetition later, 1 being the same; None where there is no time for several.
        period: of a repetition, seconds; None where it doesn't repeat itself.
        seen: share of the frames in which it can be told.
    """

    low: float
    high: float
    lingers: float
    likeness: float | None
    period: float | None
    seen: float


def own_exercise(label: str, recordings: Sequence[Recording], people: int = 1) -> OwnExercise:
    """How to count a new exercise.

    Args:
        label: its id.
        recordings: people doing it, one video each.
        people: how many exercise in each.
    """
    tracks = [(track, recording) for recording in recordings for track in people_of(recording, people)[:people]]
    measured = [_measured(track, recording) for track, recording in tracks]
    best = max(Signal, key=lambda signal: _score(signal, measured))
    movements = [moves for moves in (_movement(best, *rows) for rows in measured) if moves]
    name = label.replace("_", " ").capitalize()
    if not movements or not _score(best, measured):
        return OwnExercise(
            exercise=label, name=name, signal=Signal.TORSO.name, rest=0.0, work=0.0, seconds=SECONDS,
            rest_seconds=HOLD_REST_SECONDS, hold=True,
        )  # fmt: skip
    low, high, lingers = (
        float(np.median([getattr(moves, field) for moves in movements])) for field in ("low", "high", "lingers")
    )
    periods = [moves.period for moves in movements if moves.period]
    slowest = 2 * max(periods, default=0.0)
    rest, work = (high, low) if lingers > 0.5 else (low, high)
    return OwnExercise(
        exercise=label,
        name=name,
        signal=best.name,
        rest=round(rest, 2),
        work=round(work, 2),
        seconds=(SECONDS[0], max(SECONDS[1], round(slowest, 1))),
        rest_seconds=REST_SECONDS,
    )


def _measured(track: Track, recording: Recording) -> tuple[Floats, Floats, Floats]:
    """Seconds (N,), values (N, S) and quality (N, S) of all signals of a track."""
    measures = [
        measure(
            Pose(
                track.track_id,
                track.box[row],
                float(track.score[row]),
                track.keypoints[row],
                track.visibility[row],
                track.world[row],
            ),
            recording.width,
            recording.height,
        )
        for row in range(len(track.frame))
    ]
    values = np.stack([one.values for one in measures])
    quality = np.stack([one.quality for one in measures])
    return track.captured_at / NANOSECONDS, values, quality


def _score(signal: Signal, measured: Sequence[tuple[Floats, Floats, Floats]]) -> float:
    """How well repetitions can be counted by a signal, 0 not at all."""
    movements = [moves for moves in (_movement(signal, *rows) for rows in measured) if moves]
    if not movements:
        return 0.0
    far = float(np.median([moves.high - moves.low for moves in movements])) / _far(signal)
    like = [moves.likeness for moves in movements if moves.likeness is not None]
    likeness = float(np.median(like)) if like else ONCE
    if far < STILL:
        return 0.0
    seen = float(np.mean([moves.seen for moves in movements])) * len(movements) / len(measured)
    return likeness * min(far, 1.0) * seen


def _far(signal: Signal) -> float:
    return METRES if signal in _HEIGHTS else DEGREES


def _movement(signal: Signal, seconds: Floats, values: Floats, quality: Floats) -> _Movement | None:
    """How a signal moves; None where it is hardly seen."""
    seen = quality[:, signal] >= SEEN
    if seen.sum() < FPS:
        return None
    at, value = seconds[seen], values[seen, signal]
    low, high = (float(end) for end in np.percentile(value, ENDS))
    lingers = (float(np.median(value)) - low) / max(high - low, 1e-6)
    even = np.interp(np.arange(at[0], at[-1], 1 / FPS), at, value)
    likeness, period = _repeats(even)
    return _Movement(low, high, lingers, likeness, period, float(seen.mean()))


def _repeats(values: Floats) -> tuple[float | None, float | None]:
    """Likeness (correlation) of a signal to itself a repetition later, and how long that is, seconds."""
    shortest, longest = round(PERIODS[0] * FPS), min(round(PERIODS[1] * FPS), len(values) // 2)
    if longest <= shortest + 2:
        return None, None
    lags = np.arange(shortest, longest)
    with np.errstate(invalid="ignore", divide="ignore"):
        like = np.array([np.corrcoef(values[lag:], values[:-lag])[0, 1] for lag in lags])
    like = np.nan_to_num(like)
    peaks = np.flatnonzero((like[1:-1] >= like[:-2]) & (like[1:-1] >= like[2:])) + 1
    peaks = peaks[like[peaks] > 0]
    if not len(peaks):
        return (0.0 if len(values) > LONG * FPS else None), None
    best = float(like[peaks].max())
    first = peaks[like[peaks] >= AS_GOOD * best][0]
    return best, float(lags[first] / FPS)
