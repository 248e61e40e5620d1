"""`check_exercise`: the whole list of trials that every entry of the catalogue has to stand.

Movement comes from the simulator's body where it knows the exercise, otherwise from the entry's own signal, so that a
new entry is tried without a line here. Each trial is one set and a little more, getting into position and out of it
included, of which nothing may be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np

from services.core.counting import ExerciseCounter
from services.core.exercises import Exercise
from services.core.gates import StartGate
from services.core.holds import HoldCounter
from services.core.signals import Measures, Signal, measure
from services.core.skeleton import INDEX, MIRROR
from services.core.types import NANOSECONDS, Pose, PoseFrame
from services.simulator import EXERCISES, open_scene

REPS: Final = 3

FPS: Final = 8.0

SHORT: Final = 2.0
"""Seconds of a repetition that a second unseen may hide."""

Frames = list[PoseFrame]
Change = Callable[[Frames, np.random.Generator], Frames]
"""What a trial does to what was seen."""

ONE_SIDED: Final[Mapping[str, int]] = MappingProxyType(
    {
        "squat": 90,
        "bench_press": 150,
        "kettlebell_swing": 45,
        "hip_thrust": 90,
        "side_plank": 20,
        "sit_up": 80,
        "row": 60,
    }
)
"""Exercise -> degrees from which its trials are seen, where others hide what moves; 45 elsewhere."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to make counting hard.

    Attributes:
        name: what is tried.
        options: of the simulator, as in its specs.
        fps: frames a second.
        change: what is done to the frames.
        turned: degrees by which the view differs from the usual one.
        people: how many exercise beside each other.
    """

    name: str
    options: tuple[tuple[str, float], ...] = ()
    fps: float = FPS
    change: Change = lambda frames, random: frames
    turned: int = 0
    people: int = 1


def mirrored(frames: Frames, random: np.random.Generator) -> Frames:
    """The same in a mirror."""
    return [_each(frame, _mirror) for frame in frames]


def _mirror(pose: Pose) -> Pose:
    flipped = pose.keypoints[MIRROR] * (-1, 1, 1) + (1, 0, 0)
    world = pose.world_keypoints[MIRROR] * (-1, 1, 1)
    return replace(
        pose,
        keypoints=flipped.astype(np.float32),
        visibility=pose.visibility[MIRROR],
        world_keypoints=world.astype(np.float32),
    )


def dropped(frames: Frames, random: np.random.Generator) -> Frames:
    """A fifth of the frames is missing, here and there."""
    return [frame for frame in frames if random.random() > 0.2]


def occluded(frames: Frames, random: np.random.Generator) -> Frames:
    """Nobody is seen for a second in the middle of the set."""
    first = len(frames) * 0.4
    return [frame for number, frame in enumerate(frames) if not first <= number < first + FPS]


def doubtful(frames: Frames, random: np.random.Generator) -> Frames:
    """One arm or leg at a time is guessed somewhere, and known to be a guess."""
    limbs = [[INDEX[f"{side}_{part}"] for part in parts] for side in ("left", "right")
             for parts in (("elbow", "wrist"), ("knee", "ankle"))]  # fmt: skip

    def guess(pose: Pose) -> Pose:
        if random.random() > 0.15:
            return pose
        limb = limbs[random.integers(len(limbs))]
        visibility = pose.visibility.copy()
        visibility[limb] = 0.02
        return replace(pose, visibility=visibility)

    return [_each(frame, guess) for frame in frames]


def shaken(frames: Frames, random: np.random.Generator) -> Frames:
    """Twice the usual noise of an estimator."""

    def shake(pose: Pose) -> Pose:
        size = float(np.ptp(pose.keypoints[:, 1]))
        noise = random.normal(0, 0.006 * size, pose.keypoints.shape)
        world = random.normal(0, 0.01, pose.world_keypoints.shape)
        return replace(
            pose,
            keypoints=(pose.keypoints + noise).astype(np.float32),
            world_keypoints=(pose.world_keypoints + world).astype(np.float32),
        )

    return [_each(frame, shake) for frame in frames]


def _each(frame: PoseFrame, change: Callable[[Pose], Pose]) -> PoseFrame:
    return replace(frame, people=tuple(change(pose) for pose in frame.people))


TRIALS: Final = (
    Trial("as usual"),
    Trial("in a mirror", change=mirrored),
    Trial("every fifth frame dropped", change=dropped),
    Trial("unseen for a second", change=occluded),
    Trial("limbs guessed", change=doubtful),
    Trial("twice the noise", change=shaken),
    Trial("30 frames a second, quick", (("tempo", 0.7),), fps=30.0),
    Trial("8 frames a second, slow", (("tempo", 1.6),)),
    Trial("low camera", (("height", 0.9),)),
    Trial("high camera", (("height", 2.6),)),
    Trial("from another side", turned=20),
    Trial("pauses at both ends", (("pause", 1.5), ("stop", 1.5))),
    Trial("two people", people=2),
)


def check_exercise(entry: Exercise) -> list[str]:
    """Try an entry in every way; what went wrong, in words, nothing when all is well."""
    if entry.exercise not in EXERCISES:
        return list(_by_signal(entry))
    failures = []
    for trial in TRIALS:
        if entry.hold and {"pause", "tempo"} & set(dict(trial.options)):
            continue
        view = ONE_SIDED.get(entry.exercise, 45) + trial.turned
        frames, truth = _seen(Take(entry.exercise, view, trial.options, trial.fps, trial.people))
        frames = trial.change(list(frames), np.random.default_rng(5))
        for person in range(trial.people):
            if entry.hold:
                wrong = _held(entry, frames, person, truth)
            else:
                count = _counted(entry, frames, person)
                # A repetition that is hardly longer than the second unseen may be lost.
                least = REPS - (trial.change is occluded and EXERCISES[entry.exercise].seconds < SHORT)
                wrong = "" if least <= count <= REPS else f"counted {count}, expected {REPS}"
            if wrong:
                failures.append(f"{trial.name}: {wrong}")
    if "half" in EXERCISES[entry.exercise].faults:
        frames, _ = _seen(Take(entry.exercise, ONE_SIDED.get(entry.exercise, 45), fault="half/2"))
        count = _counted(entry, list(frames), 0)
        if count != REPS - 1:
            failures.append(f"half repetitions: counted {count}, expected {REPS - 1}")
    return failures


@dataclass(frozen=True, slots=True)
class Take:
    """A set in the simulator; trials that only change what is seen share one."""

    exercise: str
    view: int
    options: tuple[tuple[str, float], ...] = ()
    fps: float = FPS
    people: int = 1
    fault: str = ""


@cache
def _seen(take: Take) -> tuple[tuple[PoseFrame, ...], float]:
    """The frames of a set, and how many seconds of a hold are in it."""
    exercise, fps = take.exercise, take.fps
    options = dict(take.options)
    known = EXERCISES[exercise]
    seconds = known.seconds * options.pop("tempo", 1.0)
    reps = 1 if known.hold else REPS
    spec = f"{exercise}?view={take.view}&reps={reps}&rest=30&seed=6&tempo={seconds}&people={take.people}"
    spec += "".join(f"&{name}={value}" for name, value in options.items()) + (
        f"&fault={take.fault}" if take.fault else ""
    )
    scene = open_scene(spec)
    each = seconds * 1.15 + options.get("pause", 0.0) + options.get("stop", 0.0)
    last = 2.5 + reps * each + 1.2 * 2 * (len(known.way) + 1) + 1.0
    frames = tuple(scene.pose_frames(last, fps=fps, noise=0.02))
    held = sum(scene.truth(frame.captured_at / NANOSECONDS).people[0].label == exercise for frame in frames[::2])
    return frames, held * 2 / fps


def _measures(frames: Frames, person: int) -> Iterator[tuple[int, Measures]]:
    for frame in frames:
        yield frame.captured_at, measure(frame.people[person], frame.width, frame.height)


def _counted(entry: Exercise, frames: Frames, person: int) -> int:
    counter, gate = ExerciseCounter(entry), StartGate(entry)
    for at, measures in _measures(frames, person):
        if gate.update(at, measures):
            counter.update(at, measures)
    return len(counter.reps)


def _held(entry: Exercise, frames: Frames, person: int, seconds: float) -> str:
    counter = HoldCounter(entry, behind=bool(entry.start))
    for at, measures in _measures(frames, person):
        counter.update(at, measures)
    holds = [hold for hold in counter.holds if hold.held >= entry.seconds[0] * NANOSECONDS]
    lengths = [round(hold.held / NANOSECONDS, 1) for hold in holds]
    if len(holds) == 1 and abs(lengths[0] - seconds - 1.0) <= 1.6 and not holds[0].breaks:
        return ""
    return f"held {lengths} seconds with {[hold.breaks for hold in holds]} breaks, expected {seconds:.1f} and none"


def _by_signal(entry: Exercise) -> Iterator[str]:
    """The trials of an entry that the simulator does not know: its own signal, up and down."""
    for tempo, share, fps in ((1.0, 1.0, 15.0), (0.5, 1.0, 8.0), (0.5, 0.6, 30.0), (2.0, 0.6, 8.0), (1.0, 0.2, 15.0)):
        counter, expected = ExerciseCounter(entry), REPS if share > 0.5 else 0
        for at, measures in waves(entry, number=REPS, fps=fps, share=share, tempo=tempo):
            counter.update(at, measures)
        if len(counter.reps) != expected:
            yield f"tempo {tempo}, range {share}, {fps} fps: counted {len(counter.reps)}, expected {expected}"


def waves(
    entry: Exercise, *, number: int, fps: float, share: float = 1.0, tempo: float = 1.0, noise: float = 0.03
) -> Iterator[tuple[int, Measures]]:
    """An entry's signal in repetitions: a share of its full range, at a multiple of its usual tempo."""
    random = np.random.default_rng(number)
    seconds = float(np.clip(2.5, 2 * entry.seconds[0], entry.seconds[1] / 2)) * tempo
    values = np.zeros(len(Signal))
    for signal, low, high in entry.posture:
        if isinstance(signal, Signal):
            values[signal] = np.clip(values[signal], low, high)
    for frame in range(round((number * seconds + 2.0) * fps)):
        phase = (frame / fps - 1.0) / seconds
        done = (1 - np.cos(2 * np.pi * phase)) / 2 if 0 <= phase <= number else 0.0
        done += noise * float(np.clip(random.normal(), -2.5, 2.5))
        row = values.copy()
        row[entry.signal] = entry.rest + (entry.work - entry.rest) * share * done
        yield round(frame / fps * NANOSECONDS), Measures(row, np.ones(len(Signal)))
