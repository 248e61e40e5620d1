"""Golden recordings: made-up people's keypoints, and the events that they must give.

``squat_5.jsonl`` is one PoseFrame a line, as it travels on the bus; ``squat_5.events.json`` the events. The name says
the exercise, which here no model has to guess, and how many repetitions (or seconds of a hold) there are.

    python -m tests.golden.replay NAME [NAME ...]   writes the events again, after a change that was meant
    python -m tests.golden.replay --record [NAME]   makes the recordings anew in the simulator, and their events
    python -m tests.golden.replay                   writes the events of all again
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from proto.subjects import Kind
from services.bus import Envelope
from services.bus.codec import decode, encode
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.clips import Clip
from services.core.exercises import CATALOGUE, NONE, UNKNOWN
from services.core.types import NANOSECONDS, FloatArray, Pose, PoseFrame
from services.simulator import open_scene

FOLDER = Path(__file__).parent
FPS = 8.0

RECORDINGS = {
    "squat_5": ("squat?view=40&reps=5&rest=20&seed=11", 20.0),
    "push_up_5": ("push_up?view=70&reps=5&rest=20&seed=12", 18.0),
    "deadlift_5": ("deadlift?view=60&reps=5&rest=20&seed=13", 22.0),
    "plank_5": ("plank?view=80&reps=1&rest=20&seed=14", 9.0),
    "romanian_deadlift_3": ("romanian_deadlift?view=60&reps=3&rest=20&seed=15", 14.0),
    "bench_press_3": ("bench_press?view=150&reps=3&rest=20&seed=16", 12.0),
    "dip_3": ("dip?view=60&reps=3&rest=20&seed=17", 14.0),
    "overhead_press_3": ("overhead_press?view=20&reps=3&rest=20&seed=18", 12.0),
    "biceps_curl_3": ("biceps_curl?view=45&reps=3&rest=20&seed=19", 12.0),
    "tricep_3": ("tricep?view=60&reps=3&rest=20&seed=20", 15.0),
    "row_3": ("row?view=60&reps=3&rest=20&seed=21", 12.0),
    "lat_pulldown_3": ("lat_pulldown?view=30&reps=3&rest=20&seed=22", 16.0),
    "pull_up_3": ("pull_up?view=160&reps=3&rest=20&seed=23", 12.6),
    "lateral_raise_3": ("lateral_raise?view=10&reps=3&rest=20&seed=24", 12.0),
    "front_raise_3": ("front_raise?view=50&reps=3&rest=20&seed=25", 12.0),
    "lunge_4": ("lunge?view=60&reps=4&rest=20&seed=26", 15.0),
    "jumping_jack_5": ("jumping_jack?view=0&reps=5&rest=20&seed=27", 10.0),
    "sit_up_3": ("sit_up?view=80&reps=3&rest=20&seed=28", 17.0),
    "hip_thrust_3": ("hip_thrust?view=90&reps=3&rest=20&seed=29", 11.0),
    "kettlebell_swing_5": ("kettlebell_swing?view=45&reps=5&rest=20&seed=30", 13.0),
    "thruster_3": ("thruster?view=40&reps=3&rest=20&seed=31", 14.0),
    "clean_3": ("clean?view=60&reps=3&rest=20&seed=32", 16.0),
    "burpee_3": ("burpee?view=60&reps=3&rest=20&seed=33", 15.0),
    "side_plank_5": ("side_plank?view=20&reps=1&rest=20&seed=34", 9.0),
    "wall_sit_5": ("wall_sit?view=60&reps=1&rest=20&seed=35", 9.0),
    "dead_hang_5": ("dead_hang?view=30&reps=1&rest=20&seed=36", 9.0),
}
"""Name -> what the simulator shows, and for how many seconds. Every entry of the catalogue has one."""


@dataclass(frozen=True)
class Says:
    """A classifier that always says the same.

    Attributes:
        label: what it says.
        chance: how sure it is of it.
        clip_seconds, stride_seconds: how it wants its clips.
    """

    label: str
    chance: float = 0.8
    clip_seconds: float = 2.5
    stride_seconds: float = 0.5
    labels: tuple[str, ...] = (*CATALOGUE, UNKNOWN, NONE)

    @property
    def manifest(self) -> SimpleNamespace:
        return SimpleNamespace(
            clip_seconds=self.clip_seconds, samples=31, stride_seconds=self.stride_seconds, catalogue=CATALOGUE
        )

    def predict(self, clip: Clip) -> FloatArray:
        chances = np.full(len(self.labels), (1 - self.chance) / (len(self.labels) - 1), np.float32)
        chances[self.labels.index(self.label)] = self.chance
        return chances


def exercise_of(name: str) -> str:
    return name.rsplit("_", 1)[0]


def recording(name: str) -> Iterator[PoseFrame]:
    """The frames of a golden recording, end of stream last."""
    with (FOLDER / f"{name}.jsonl").open("rb") as lines:
        for line in lines:
            frame = decode(Envelope(Kind.POSES, "sim", line))
            assert isinstance(frame, PoseFrame)
            yield frame


def events_of(frames: Iterable[PoseFrame], exercise: str) -> list[dict[str, object]]:
    """The events of frames in which the exercise is known, as they travel."""
    stage = ClassifierStage(ClassifierSettings(), model=Says(exercise))
    return [json.loads(encode(event).body) for frame in frames for event in stage.process(frame)]


def golden_events(name: str) -> list[dict[str, object]]:
    return json.loads((FOLDER / f"{name}.events.json").read_text())


def record(name: str) -> None:
    """Make a recording in the simulator."""
    spec, seconds = RECORDINGS[name]
    scene = open_scene(spec)
    frames = [_short(frame) for frame in scene.pose_frames(seconds, fps=FPS, noise=0.02)]
    last = PoseFrame(scene.camera_id, len(frames), round(seconds * NANOSECONDS), 0, 0, (), end_of_stream=True)
    lines = [encode(frame).body for frame in [*frames, last]]
    (FOLDER / f"{name}.jsonl").write_bytes(b"\n".join(lines) + b"\n")


def _short(frame: PoseFrame) -> PoseFrame:
    """The frame with fewer digits, which keeps the files small."""
    people = tuple(
        Pose(
            pose.track_id,
            _digits(pose.box, 3),
            pose.score,
            _digits(pose.keypoints, 4),
            _digits(pose.visibility, 1),
            _digits(pose.world_keypoints, 2),
        )
        for pose in frame.people
    )
    return replace(frame, people=people)


def _digits(numbers: FloatArray, decimals: int) -> FloatArray:
    return np.round(np.asarray(numbers, float), decimals).astype(np.float32)


def main(names: list[str]) -> None:
    anew = names[:1] == ["--record"]
    for name in names[anew:] or list(RECORDINGS):
        if anew:
            record(name)
        events = events_of(recording(name), exercise_of(name))
        (FOLDER / f"{name}.events.json").write_text("[\n" + ",\n".join(json.dumps(event) for event in events) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1:])
