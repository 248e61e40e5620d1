"""How far Spotter's BlazePose is from legacy MediaPipe: on the same crops, and in closed loop over whole clips.

Both get the same decoded pixels at the same times; legacy's answers come from `legacy_pose`.

The first table goes from crop to crop of legacy's own, so that nothing adds up, and compares what both see in each
(every so many frames), and on every frame what both make of it: the smoothed keypoints and the next crop. A crop is cut
by interpolation; MediaPipe's OpenCV 3.4 does that on a grid of 1/32 pixel and OpenCV 5 does not, so there are rows with
that grid and without it. Beside them, what one grey level of noise does on one and the same crop, and what a crop does
whose numbers are off by a float32's last digits, as they are where two programs have worked them out: against ours.

In the second both follow the person by themselves. PCK@0.1 is the part of the keypoints that lie within a tenth of a
trunk of legacy's; a frame with legacy's person on which we found nobody is all missed. "itself" is the floor: legacy
against legacy when every value of every picture is off by -1, 0 or 1 grey level at random. Stable are the clips on
which it reaches 0.98 with each of two seeds, whatever we do. "ours" follows one person and looks at every frame, as
legacy does. "default" is what the service does: the ingest's rate and JPEG, the pose stage for many people at the rate
that each one's movement needs, interpolated in time. "live" is what it shows at once, before it knows (on the frames
that were sent).

Two things are meant to differ. When a person is lost and found again, legacy goes on smoothing world keypoints and
visibility from where they were (it does not call its filters on a frame without anybody), ours start afresh. And
visibility is smoothed by event time here, by the count of frames there, which is the same at 30 frames a second.

    python -m tests.benchmarks.pose_agreement             real clips where SPOTTER_DATA is set, else the simulator
    python -m tests.benchmarks.pose_agreement --golden    makes the fixture of tests/unit/pose/test_pose_agreement.py
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from services.core.smoothing import OneEuroFilter
from services.core.types import NANOSECONDS, Frame, Pose, PoseFrame
from services.ingest.jpeg import encode
from services.ingest.settings import IngestSettings
from services.pose.blazepose import BlazePose
from services.pose.crop import Image, Region
from services.pose.filters import PoseFilter
from services.pose.landmarks import COUNT, PIXELS, Landmarks
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.simulator import open_scene
from tests.benchmarks.legacy import Answers, Clip, Legacy, clips
from tests.benchmarks.machine import describe, save
from tests.benchmarks.pose_throughput import interpolated
from tests.mediapipe_crop import GriddedRegion

GOLDEN = Path(__file__).parents[1] / "unit" / "pose" / "legacy_poses.json"
GOLDEN_PICTURES = (
    ("squat?view=30&seed=3", 1.0),
    ("push_up?view=80&seed=4", 0.7),
    ("lunge?view=60&seed=6&size=360x480", 0.5),
)
SEEDS = (1, 2)
GOAL = 0.98
"""Of PCK@0.1, on clips on which legacy itself reaches it."""
SAME = 0.05
"""Pixels of the crop; what counts as equal."""
EVERY = 5
"""Every so many frames are looked at in each of the ways of the first table."""
GRID, OWN, NOISE, ROUNDED = "MediaPipe's grid", "Spotter's", "grid, +-1 grey level", "grid, rounded otherwise"
ROUNDING = 3e-7
"""Of each number of a crop: five times what float32 keeps apart, for it is the result of as many steps."""
PIECES = ("keypoints, crop px", "depth, crop px", "world keypoints, mm", "visibility", "presence")
STEPS = ("smoothed keypoints, crop px", "smoothed world, mm", "smoothed visibility", "next crop's corners, crop px")
LOOK = "detector's crop's corners, crop px"

Values = NDArray[np.float64]


# The same crop.


def crop_errors(clip: Clip, legacy: Answers, blazepose: BlazePose) -> Iterator[tuple[str, str, Values]]:
    """(quantity, how the crop was cut, differences), picture by picture."""
    random = np.random.default_rng(0)
    follower = Follower()
    for number, (at, image) in enumerate(clip.timed()):
        true = {name: values[number] for name, values in legacy.items()}
        if np.isfinite(true["looked"][0]):
            follower = Follower()
            for kind, cut in ((GriddedRegion, GRID), (Region, OWN)):
                yield LOOK, cut, looked_error(true["looked"], image, blazepose, kind)
        if not np.isfinite(true["raw_points"]).all():
            follower = Follower()
            continue
        grid, own = region_of(true["region"], image, GriddedRegion), region_of(true["region"], image)
        found = blazepose.landmarker.find(image, [grid])
        for name, error in follower.step(found, true, at, image):
            yield name, GRID, error
        if number % EVERY == 0:
            yield from ((name, GRID, error) for name, error in differences(found, true, image))
            noisy = blazepose.landmarker.find(with_noise(image, random), [grid])
            yield from ((name, NOISE, error) for name, error in differences(noisy, true, image))
            rounded = blazepose.landmarker.find(image, [rounded_otherwise(grid, random)])
            apart = (rounded.points - found.points)[0, :COUNT]
            yield PIECES[0], ROUNDED, np.hypot(apart[:, 0], apart[:, 1]) * PIXELS / grid.size
            ours = blazepose.landmarker.find(image, [own])
            yield from ((name, OWN, error) for name, error in differences(ours, true, image))


def region_of(row: Values, image: Image, kind: type[Region] = Region) -> Region:
    """Legacy's normalised rectangle (5,) as a region; it is a square in pixels."""
    height, width = image.shape[:2]
    return kind(row[0] * width, row[1] * height, row[2] * width, row[4])


def rounded_otherwise(region: Region, random: np.random.Generator) -> Region:
    x, y, size, turn = 1 + ROUNDING * random.normal(size=4)
    return replace(region, x=region.x * x, y=region.y * y, size=region.size * size, angle=region.angle * turn)


def with_noise(image: Image, random: np.random.Generator) -> Image:
    error = random.integers(-1, 2, image.shape, np.int8)
    return np.clip(image.astype(np.int16) + error, 0, 255).astype(np.uint8)


def differences(found: Landmarks, true: Answers, image: Image) -> Iterator[tuple[str, Values]]:
    """What the model says of one crop, before any smoothing."""
    height, width = image.shape[:2]
    scale = PIXELS / (true["region"][2] * width)
    apart = found.points[0, :COUNT] - true["raw_points"][:, :3] * (width, height, width)
    world = found.world[0] - true["raw_world"]
    yield PIECES[0], np.hypot(apart[:, 0], apart[:, 1]) * scale
    yield PIECES[1], np.abs(apart[:, 2]) * scale
    yield PIECES[2], np.linalg.norm(world, axis=1) * 1000
    yield PIECES[3], np.abs(found.visibility[0] - true["raw_points"][:, 3])
    yield PIECES[4], np.abs(found.presence - true["presence"])


class Follower:
    """Our filters, fed with what was seen in legacy's crops: one step from its state, never two."""

    def __init__(self) -> None:
        self._filter = PoseFilter()
        self._anchor = OneEuroFilter(min_cutoff=0.01, beta=10.0)  # as in `services.pose.blazepose`
        self._next: Region | None = None

    def step(self, found: Landmarks, true: Answers, at: int, image: Image) -> Iterator[tuple[str, Values]]:
        height, width = image.shape[:2]
        theirs = region_of(true["region"], image)
        if self._next:
            yield STEPS[3], corners(self._next, theirs)
        points = found.points[0]
        size = 2 * float(np.hypot(*(points[COUNT + 1, :2] - points[COUNT, :2])))
        self._next = Region.around(*self._anchor.update(points[COUNT:, :2], at, size))
        smooth, visibility, world = self._filter.update(points[:COUNT], found.visibility[0], found.world[0], at, size)
        yield STEPS[0], np.hypot(*(smooth[:, :2] - true["points"][:, :2] * (width, height)).T) * PIXELS / theirs.size
        yield STEPS[1], np.linalg.norm(world - true["world"], axis=1) * 1000
        yield STEPS[2], np.abs(visibility - true["points"][:, 3])


def looked_error(row: Values, image: Image, blazepose: BlazePose, kind: type[Region]) -> Values:
    """How far our detector's surest crop is from legacy's; infinitely if it finds nobody."""
    height, width = image.shape[:2]
    found = blazepose.detector.detect(image, kind.whole(width, height))
    return corners(found[0].region, region_of(row, image)) if found else np.full(4, np.inf)


def corners(ours: Region, theirs: Region) -> Values:
    """(4,) distances of two crops' corners, in pixels of the crop."""
    places = np.array([[0, 0, 1], [PIXELS, 0, 1], [0, PIXELS, 1], [PIXELS, PIXELS, 1]])
    apart: Values = np.hypot(*(places @ (ours.matrix(PIXELS) - theirs.matrix(PIXELS)).T).T) * PIXELS / theirs.size
    return apart


# Closed loop.


@dataclass(frozen=True)
class Agreement:
    """One way of following against legacy's, over a clip.

    Attributes:
        pck: part of legacy's keypoints within a tenth of its trunk.
        world: mean distance of world keypoints, cm.
        visibility: mean difference.
        found: part of the frames with legacy's person at which somebody was found.
    """

    pck: float
    world: float
    visibility: float
    found: float


Followed = dict[int, list[Pose]]
"""captured_at -> everybody found then; a moment that is not there is not compared."""


def every_frame(clip: Clip, blazepose: BlazePose) -> Followed:
    """Our estimator as legacy works: one person, looked at in every picture."""
    estimator = blazepose.estimator(max_people=1)
    estimator.slack = 1e-6  # looks as good as never wait for anything; 0 would be divided by
    return {at: [pose for pose in estimator.estimate(image, at).values() if pose] for at, image in clip.timed()}


def by_default(clip: Clip, stage: PoseStage) -> dict[str, Followed]:
    """What the service makes of it: thinned out and JPEG as by ingest, through the pose stage.

    Returns:
        "default": all pictures of the clip, interpolated in time between those that were sent; "live": of those that
        were sent what was shown at once, which is where people were heading if they were not looked at.
    """
    settings, camera = IngestSettings(), clip.key
    due, times, live = 0.0, [], {}
    frames: list[PoseFrame] = []
    for number, (at, image) in enumerate(clip.timed()):
        times.append(at)
        if at < due - 1e6:
            continue
        due = max(due, at - NANOSECONDS / settings.max_fps) + NANOSECONDS / settings.max_fps
        height, width = image.shape[:2]
        made = stage.process(Frame(camera, number, at, width, height, encode(image, settings.jpeg_quality)))
        found = [one for one in made if isinstance(one, PoseFrame)]
        frames += [one for one in found if not one.provisional]
        live[at] = [pose for one in found if one.captured_at == at for pose in one.people]
    ended = stage.process(Frame(camera, len(times), times[-1], 0, 0, b"", end_of_stream=True))
    frames += [one for one in ended if isinstance(one, PoseFrame) and not one.end_of_stream]
    tracks: dict[str, dict[int, NDArray[np.float32]]] = {}
    for frame in frames:
        for pose in frame.people:
            row = np.column_stack([pose.keypoints, pose.visibility, pose.world_keypoints])
            tracks.setdefault(pose.track_id, {})[frame.captured_at] = row
    between = {
        at: [row_pose(row) for track in tracks.values() if (row := interpolated(track, at)) is not None]
        for at in times
        if at <= frames[-1].captured_at
    }
    return {"default": between, "live": live}


def row_pose(row: NDArray[np.float32]) -> Pose:
    return Pose("", np.zeros(4, np.float32), 1.0, row[:, :3], row[:, 3], row[:, 4:])


def itself(clip: Clip, other: Answers) -> Followed:
    """Legacy's answers in the form of ours."""
    return {
        number * clip.step * 1000: [Pose("", np.zeros(4, np.float32), 1.0, points[:, :3], points[:, 3], world)]
        if np.isfinite(points).all()
        else []
        for number, (points, world) in enumerate(zip(other["points"], other["world"], strict=True))
    }


def agreement(clip: Clip, legacy: Answers, ours: Followed, size: tuple[int, int]) -> Agreement:
    """Compare at every frame at which legacy found its one person, with whoever of ours is nearest."""
    hits, worlds, visibilities = [], [], []
    for number, (points, world) in enumerate(zip(legacy["points"], legacy["world"], strict=True)):
        at = number * clip.step * 1000
        if at not in ours or not np.isfinite(points).all():
            continue
        true = points[:, :2] * size
        trunk = float(np.hypot(*((true[11] + true[12] - true[23] - true[24]) / 2)))
        people = ours[at]
        apart = [np.hypot(*(pose.keypoints[:, :2] * size - true).T) for pose in people]
        if not apart:
            hits.append(np.zeros(COUNT, bool))
            continue
        nearest = int(np.argmin([one.mean() for one in apart]))
        hits.append(apart[nearest] < 0.1 * trunk)
        worlds.append(np.linalg.norm(people[nearest].world_keypoints - world, axis=1).mean() * 100)
        visibilities.append(np.abs(people[nearest].visibility - points[:, 3]).mean())
    return Agreement(
        float(np.mean(hits)) if hits else float("nan"),
        float(np.mean(worlds)) if worlds else float("nan"),
        float(np.mean(visibilities)) if visibilities else float("nan"),
        len(worlds) / max(len(hits), 1),
    )


# The tables and the fixture.


def crop_rows(footage: Sequence[Clip], legacy: Legacy, blazepose: BlazePose) -> list[dict[str, object]]:
    errors: dict[tuple[str, str], list[Values]] = {}
    for clip in footage:
        for name, cut, difference in crop_errors(clip, legacy.answers(clip), blazepose):
            errors.setdefault((name, cut), []).append(difference)
    rows: list[dict[str, object]] = []
    for name, cut in ((name, cut) for name in (*PIECES, *STEPS, LOOK) for cut in (GRID, OWN, NOISE, ROUNDED)):
        parts = errors.get((name, cut))
        if parts:
            values = np.concatenate(parts)
            p50, p90, p99, p999 = (
                float(value) for value in np.percentile(values, [50, 90, 99, 99.9], method="nearest")
            )
            rows.append({
                "table": "same crop", "quantity": name, "crop": cut, "crops": len(parts), "values": len(values),
                "mean": float(values.mean()), "p50": p50, "p90": p90, "p99": p99, "p99.9": p999,
                "max": float(values.max()),
                "within": float((values <= SAME).mean()) if name.endswith("px") else None,
            })  # fmt: skip
    return rows


def loop_rows(footage: Sequence[Clip], legacy: Legacy, blazepose: BlazePose) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    stage = PoseStage(PoseSettings(), clock=lambda: 0.0)
    for clip in footage:
        height, width = next(clip.pictures()).shape[:2]
        true = legacy.answers(clip)
        ways = {f"itself_{seed}": itself(clip, legacy.answers(clip, noise=seed)) for seed in SEEDS}
        ways |= {"ours": every_frame(clip, blazepose), **by_default(clip, stage)}
        results = {name: agreement(clip, true, way, (width, height)) for name, way in ways.items()}
        rows.append({
            "table": "closed loop", "clip": clip.name, "frames": len(true["presence"]),
            "legacy_found": float(np.isfinite(true["points"][:, 0, 0]).mean()),
            "stable": all(results[f"itself_{seed}"].pck >= GOAL for seed in SEEDS),
            **{f"{way}_{name}": value for way, one in results.items() for name, value in asdict(one).items()},
            **{f"itself_{name}": float(np.mean([getattr(results[f"itself_{seed}"], name) for seed in SEEDS]))
               for name in ("pck", "world", "visibility", "found")},
        })  # fmt: skip
    return rows


def crop_table(rows: Sequence[dict[str, object]]) -> Table:
    shown = Table(title="The same pixels and crop: Spotter's BlazePose against legacy MediaPipe 0.10.21")
    for column in ("difference in", "crop cut"):
        shown.add_column(column)
    numbers = ("mean", "p50", "p90", "p99", "p99.9", "max")
    for column in ("crops", "values", *numbers, f"within {SAME}"):
        shown.add_column(column, justify="right")
    for row in rows:
        within = "" if row["within"] is None else f"{row['within']:.4f}"
        counts = [str(row["crops"]), str(row["values"])]
        shown.add_row(
            str(row["quantity"]), str(row["crop"]), *counts, *(f"{row[name]:.4f}" for name in numbers), within
        )
    return shown


WAYS = ("itself", "ours", "default")
MEASURES = (
    ("PCK@0.1", "pck", 3, (*WAYS, "live")), ("world cm", "world", 2, WAYS), ("visibility", "visibility", 3, WAYS),
    ("found", "found", 3, WAYS),
)  # fmt: skip


def loop_table(rows: Sequence[dict[str, object]]) -> Table:
    shown = Table(title=f"Closed loop against legacy MediaPipe 0.10.21 on {describe()}")
    shown.add_column("clip")
    shown.add_column("frames", justify="right")
    for title, _, _, ways in MEASURES:
        for way in ways:
            shown.add_column(f"{title}\n{way}", justify="right")
    for title, stable in (("stable", True), ("not stable", False)):
        group = [row for row in rows if row["stable"] is stable]
        for row in sorted(group, key=lambda row: -row["itself_pck"]):
            shown.add_row(str(row["clip"]), str(row["frames"]), *figures([row]))
        if group:
            shown.add_row(f"[b]{title}, {len(group)} clips", str(sum(row["frames"] for row in group)), *figures(group))
            shown.add_section()
    return shown


def figures(group: Sequence[dict[str, object]]) -> list[str]:
    """Means over frames."""
    weights = [row["frames"] for row in group]
    return [
        f"{np.average([row[f'{way}_{measure}'] for row in group], weights=weights):.{digits}f}"
        for _, measure, digits, ways in MEASURES
        for way in ways
    ]


def golden(legacy: Legacy) -> list[dict[str, object]]:
    """Legacy's answers to pictures of the simulator, each looked at alone."""
    entries = []
    for spec, seconds in GOLDEN_PICTURES:
        image = open_scene(spec).render(seconds)
        digest = hashlib.sha256(image.tobytes()).hexdigest()
        answer = legacy.answers(Clip(spec, digest[:24], 33333, lambda image=image: iter([image])), alone=True)
        entries.append({
            "spec": spec, "seconds": seconds, "sha256": digest,
            **{name: np.round(answer[source][0], digits).tolist() for name, source, digits in (
                ("region", "region", 8), ("points", "raw_points", 6), ("world", "raw_world", 5),
                ("presence", "presence", 6))},
        })  # fmt: skip
    return entries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", action="store_true", help="make the fixture of the unit test")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    legacy = Legacy()
    if arguments.golden:
        GOLDEN.write_text(json.dumps(golden(legacy)).replace("}, {", "},\n{") + "\n")
    else:
        footage, blazepose, console = clips(), BlazePose(), Console()
        first = crop_rows(footage, legacy, blazepose)
        console.print(crop_table(first))
        second = loop_rows(footage, legacy, blazepose)
        console.print(loop_table(second))
        save("pose_agreement", [*first, *second])
    legacy.close()


if __name__ == "__main__":
    main()
