"""BlazePose for several people, numerically equal to MediaPipe on the same crop, and looking no more than it must.

    for each frame   whose turn is it?  (core.cadence: as fast as they move; motion: not at all while no pixel changes)
                     their regions -> landmarks -> who is who -> smoothing -> next regions
    now and then     detector -> regions of people not followed yet, if there is room for more (attention);
                     whoever was lost is also looked for where they should be by now, without the detector

Who is there but was not looked at is filled in later, by interpolation between two looks (`core.interpolation`).

MediaPipe follows one person (its several-people mode neither smooths nor keeps ids); the rest is its maths with its
parameters.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.cadence import LONGEST_SECONDS, Cadence
from services.core.sightings import Sighting
from services.core.skeleton import INDEX
from services.core.smoothing import OneEuroFilter
from services.core.stations import Station
from services.core.tracking import Tracker, clear
from services.core.types import NANOSECONDS, Pose
from services.pose.appearance import colours
from services.pose.attention import Attention
from services.pose.backends import EVERYWHERE, Engine
from services.pose.crop import Image, Region
from services.pose.detector import PIXELS as DETECTOR_PIXELS
from services.pose.detector import Detector
from services.pose.filters import PoseFilter, made_pose, unseen_pose
from services.pose.landmarks import COUNT, PIXELS, Landmarker, Landmarks
from services.pose.models import DETECTOR, LANDMARKS, default_directory
from services.pose.motion import Thumbnail, moved, thumbnail

MAX_PEOPLE: Final = 10
MIN_PRESENCE: Final = 0.5
"""MediaPipe's min_tracking_confidence."""
REST_SECONDS: Final = 0.5
"""Time between two looks at somebody around whom no pixel changes."""
_KNOWN_OVERLAP: Final = 0.7
"""A detection that overlaps the region of somebody followed by this much is that person. MediaPipe takes 0.5, at which
two people are one for half a second after they met."""
DOUBTED_SECONDS: Final = 2.0
"""Whoever is doubted for so long is let go: to look at them costs as much as to look at a person."""
_LARGEST: Final = 1.25
"""Side of a region over that of the square in which it was detected, at most: a larger body is only partly in there."""
AGAIN_SECONDS: Final = 0.15
"""Time between two looks at where somebody who was lost is thought to be."""
STOOD_SECONDS: Final = LONGEST_SECONDS + 0.25
"""Whoever stood, and is not seen beside others for no longer, is taken to stand there still."""
_STANDS: Final = 0.05
"""Sizes of the person that somebody who stands may be thought to have walked since they were seen."""
_AGE_SECONDS: Final = 0.04
"""How old a region may be as it is: in MediaPipe it is a frame old, and the model is used to that. Older ones are moved
on with the person, else the keypoints suffer (feet first)."""
_CROWDED_OVERLAP: Final = 0.45
"""People whose regions overlap by this much are looked at in every frame while they move: who is who is hard enough.
Regions are wide: at 0.3 one only stands beside another."""
_TRUNK: Final = np.array([INDEX[name] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")])


class BlazePose:
    """The two models, loaded once and shared by the estimators of all cameras of a process.

    Args:
        models_dir: folder with the fetched models; None for the default one.
        threads: threads a model may use. One is cheapest: two cost 46 % more CPU for the same frames.
        engine: what runs the models; see `services.pose.probe.chosen`. The default gives the same on every machine.

    Raises:
        ModelMismatch: a model is missing or was altered.
        SettingsError: the engine cannot run them.
    """

    def __init__(self, models_dir: Path | None = None, threads: int = 1, engine: Engine = EVERYWHERE) -> None:
        directory = models_dir or default_directory()
        self.detector = Detector(engine.load(directory, DETECTOR, threads))
        self.landmarker = Landmarker(engine.load(directory, LANDMARKS, threads))

    def rehearse(self) -> None:
        """Run both models once on nothing, so that the memory which they compute in is there."""
        for network, pixels in ((self.detector.network, DETECTOR_PIXELS), (self.landmarker.network, PIXELS)):
            network.run(np.zeros((1, pixels, pixels, 3), np.uint8))

    def estimator(
        self, epoch: int = 0, max_people: int = MAX_PEOPLE, stations: Sequence[Station] = ()
    ) -> BlazePoseEstimator:
        """A new estimator for one camera.

        Args:
            epoch: first part of its track ids.
            max_people: how many people it follows at most; each look at one costs a run of the landmark model.
            stations: of that camera; people are looked for there more often, and found when they are smaller.
        """
        return BlazePoseEstimator(self.detector, self.landmarker, epoch, max_people, stations)


@dataclass(slots=True, eq=False)
class _Followed:
    """What is kept of one person from look to look; the anchor's parameters are MediaPipe's.

    Attributes:
        region: where the last look says that they are.
        drift: (2,) how fast that moves, pixels a second.
        looked_at: event time of that look, ns.
    """

    region: Region
    anchor: OneEuroFilter = field(default_factory=lambda: OneEuroFilter(min_cutoff=0.01, beta=10.0))
    filter: PoseFilter = field(default_factory=PoseFilter)
    cadence: Cadence = field(default_factory=Cadence)
    pose: Pose | None = None
    seen: Thumbnail | None = None
    looked_at: int = 0
    drift: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    rests: bool = False
    first: Thumbnail | None = None
    since: int = 0

    def region_at(self, captured_at: int) -> Region:
        """The region moved on, as from the last look but one to the last, to where the person is by now."""
        x, y = self.drift * max(0.0, (captured_at - self.looked_at) / NANOSECONDS - _AGE_SECONDS)
        region = self.region
        return Region(region.x + float(x), region.y + float(y), region.size, region.angle)


class BlazePoseEstimator:
    """A `PoseEstimator` on the two models.

    Args:
        detector, landmarker: the models.
        epoch: first part of its track ids.
        max_people: how many people it follows at most.
        stations: of its camera.
    """

    def __init__(
        self,
        detector: Detector,
        landmarker: Landmarker,
        epoch: int,
        max_people: int,
        stations: Sequence[Station] = (),
    ) -> None:
        self.detector = detector
        self.landmarker = landmarker
        self.max_people = max_people
        self.slack = 1.0
        self._tracker = Tracker(epoch)
        self._attention = Attention(stations)
        self._followed: dict[str, _Followed] = {}
        self._size = (0, 0)
        self._at = 0
        self._places: dict[str, tuple[Region, NDArray[np.float64]]] = {}
        self._poses: dict[str, Pose] = {}
        self._again_at = 0

    def estimate(self, image: Image, captured_at: int) -> dict[str, Pose | None]:
        """The people of the next picture; see `PoseEstimator`."""
        height, width = image.shape[:2]
        if (width, height) != self._size or captured_at < self._at:
            self._size = (width, height)
            self._attention.restart(captured_at, width, height)
            self._tracker.reopen()
            self._followed.clear()
            self._places.clear()
            self._poses.clear()
            self._again_at = captured_at
        period, self._at = captured_at - self._at, captured_at
        now = thumbnail(image)
        self._followed = {
            name: person
            for name, person in self._followed.items()
            if self._tracker.believes(name) or captured_at - person.since < DOUBTED_SECONDS * NANOSECONDS
        }
        people = {name: self._turn(name, now, captured_at, period) for name in self._followed}
        again: dict[str, Region] = {}
        new: list[Region] = []
        if len(self._followed) < self.max_people:
            known = [_box(person, self._size) for person in self._followed.values()]
            lost = {name: box * width for name, box in self._tracker.lost(captured_at).items()}
            squares = self._attention.looks(captured_at, now, known, list(lost.values()), self.slack)
            again = self._again(captured_at, period, lost)
            new = self._newcomers(image, squares, captured_at)[: self.max_people - len(people) - len(again)]
        # Whoever was found on somebody may be them: both are looked at.
        people = {name: turn or self._among(new, name) for name, turn in people.items()}
        due = [name for name, turn in people.items() if turn]
        regions = [*(self._followed[name].region_at(captured_at) for name in due), *again.values(), *new]
        due += again
        found = self.landmarker.find(image, regions)
        seen = self._follow(captured_at, found, regions, self._sightings(image, found, due, now), due)
        for name in seen:
            person = self._followed[name]
            person.seen = now
            if person.first is None:
                person.first, person.since = now, captured_at
        shown = {
            name: None if name in people and not people[name] and not person.rests else person.pose
            for name, person in self._followed.items()
            if self._tracker.real(name)
        }
        hidden = self._tracker.hidden(captured_at + period)
        return shown | dict.fromkeys(hidden) | self._thought(captured_at, hidden)

    def reset(self) -> None:
        """Forget everybody in view; ids go on from where they were."""
        self._tracker.clear()
        self._size = (0, 0)

    def close(self) -> None:
        """Nothing to give back: the models belong to `BlazePose`."""

    def _turn(self, name: str, now: Thumbnail, captured_at: int, period: int) -> bool:
        """Whether to look at somebody in this picture."""
        person = self._followed[name]
        if person.pose is None or person.seen is None or not self._tracker.believes(name):
            return True
        person.rests = not moved(person.seen, now, person.pose.box)
        if person.rests:
            return captured_at - person.looked_at >= REST_SECONDS * self.slack * NANOSECONDS
        return person.cadence.due(captured_at, period, self.slack) or self._crowded(name)

    def _crowded(self, name: str) -> bool:
        return self._among([other.region for key, other in self._followed.items() if key != name], name)

    def _among(self, regions: Sequence[Region], name: str) -> bool:
        """Whether one of the regions may show somebody who is followed."""
        own = self._followed[name].region
        return any(own.overlap(region) > _CROWDED_OVERLAP for region in regions)

    def _again(self, captured_at: int, period: int, lost: Mapping[str, NDArray[np.float64]]) -> dict[str, Region]:
        """Where to look for those who were lost without asking the detector: id -> region."""
        self._places = {name: place for name, place in self._places.items() if name in self._followed or name in lost}
        names = lost.keys() & self._places
        if captured_at < self._again_at + AGAIN_SECONDS * self.slack * NANOSECONDS:
            # Output waits no longer for whoever is hidden: they are looked at before that.
            names &= self._tracker.hidden(captured_at).keys() - self._tracker.hidden(captured_at + period).keys()
        else:
            self._again_at = captured_at
        regions = {}
        for name, box in lost.items():
            if name not in names:
                continue
            place, seen = self._places[name]
            x, y = (box[:2] + box[2:]) / 2 - seen
            region = Region(place.x + float(x), place.y + float(y), place.size, place.angle)
            if 0 < region.x < self._size[0] and 0 < region.y < self._size[1]:
                regions[name] = region
        return dict(list(regions.items())[: self.max_people - len(self._followed)])

    def _thought(self, captured_at: int, hidden: Container[str]) -> dict[str, Pose]:
        """Where those are thought to be for whom output waits no longer, though they were not seen again.

        What lies between is filled in as if they had been seen there. Who walked is gone from the next picture on, for
        they may be anywhere; who stood stays for a while.

        Args:
            hidden: for whom output still waits.
        """
        width, height = self._size
        thought = {}
        poses = {name: person.pose for name, person in self._followed.items() if person.pose is not None}
        waited_for = self._tracker.hidden(captured_at)
        for name, walked in self._tracker.hidden(captured_at, STOOD_SECONDS).items():
            pose = self._poses.get(name)
            if pose is None:
                continue
            if name in hidden:
                poses[name] = pose
                continue
            right, down = walked * (1, width / height)
            across, up = (pose.box[2:] - pose.box[:2]) * (1, height / width)
            if name not in waited_for and np.hypot(*walked) > _STANDS * max(across, up):
                continue
            moved_on = unseen_pose(pose, right, down)
            hips = moved_on.keypoints[_TRUNK[2:], :2]
            # Whoever left the picture is not hidden.
            if hips.min() >= 0 and hips.max() <= 1:
                poses[name], thought[name] = pose, moved_on
        self._poses = poses
        return thought

    def _newcomers(self, image: Image, squares: Sequence[Region], captured_at: int) -> list[Region]:
        """Regions of people in some squares of the picture who are not followed yet, the surest first."""
        new: list[Region] = []
        if not squares:
            return new
        known = [person.region_at(captured_at) for person in self._followed.values()]
        for square in squares:
            for detection in self.detector.detect(image, square):
                region = detection.region
                if region.size > _LARGEST * square.size and square.size < max(self._size):
                    continue
                if not any(region.overlap(other) > _KNOWN_OVERLAP for other in [*known, *new]):
                    new.append(region)
        return new

    def _sightings(self, image: Image, found: Landmarks, due: Sequence[str], now: Thumbnail) -> dict[int, Sighting]:
        """What was seen in each region in which there is somebody, in picture widths."""
        width, points = self._size[0], found.points[:, :COUNT, :2]
        return {
            index: Sighting(
                points[index] / width,
                found.visibility[index],
                float(found.presence[index]),
                due[index] if index < len(due) else "",
                colours(image, points[index]),
                _spread(points[index]) / max(_spread(found.world[index, :, :2]), 1e-6) / width,
                # Of who is clearly seen nobody asks.
                not clear(found.visibility[index]) and self._frozen(due[index] if index < len(due) else "", now),
            )
            for index in np.flatnonzero(found.presence > MIN_PRESENCE).tolist()
        }

    def _frozen(self, name: str, now: Thumbnail) -> bool:
        """Whether nothing has moved where somebody is since they were first seen; of whom that is not known yet too."""
        person = self._followed.get(name)
        if person is None or person.first is None or person.pose is None:
            return True
        return not moved(person.first, now, person.pose.box)

    def _follow(
        self,
        captured_at: int,
        found: Landmarks,
        regions: Sequence[Region],
        seen: Mapping[int, Sighting],
        due: Sequence[str],
    ) -> list[str]:
        """Find out who was seen where somebody was looked for, follow them from there, and say who."""
        before = dict(self._followed)
        unseen = [name for name in before if name not in due]
        present = list(seen)
        kept = [present[index] for index in self._tracker.distinct(captured_at, list(seen.values()), unseen)]
        names = self._tracker.update(captured_at, [seen[index] for index in kept], unseen)
        self._followed = {name: before[name] for name in unseen}
        for name, index in zip(names, kept, strict=True):
            self._followed[name] = person = before.get(name) or _Followed(regions[index])
            self._note(name, person, found, index, captured_at)
        for name, index in zip(names, kept, strict=True):
            if self._tracker.believes(name) and not self._crowded(name):
                box = seen[index].box * self._size[0]
                self._places[name] = self._followed[name].region, (box[:2] + box[2:]) / 2
        return names

    def _note(self, name: str, person: _Followed, found: Landmarks, index: int, captured_at: int) -> None:
        """Smooth what was seen of one person, and place the region for the next look."""
        width, height = self._size
        points = found.points[index]
        size = 2 * float(np.hypot(*(points[COUNT + 1, :2] - points[COUNT, :2])))
        center, top = person.anchor.update(points[COUNT:, :2], captured_at, size)
        region, elapsed = Region.around(center, top), (captured_at - person.looked_at) / NANOSECONDS
        passed = np.array([region.x - person.region.x, region.y - person.region.y])
        # Nobody is led who is doubted: it would help what is nobody to look like somebody.
        led = person.pose is not None and self._tracker.believes(name) and 0 < elapsed < REST_SECONDS
        person.drift = passed / elapsed if led else np.zeros(2)
        person.region = region
        smooth, visibility, world = person.filter.update(
            points[:COUNT], found.visibility[index], found.world[index], captured_at, size
        )
        person.cadence.update(captured_at, smooth[:, :2], _trunk(smooth, size))
        person.looked_at = captured_at
        person.pose = made_pose(name, float(found.presence[index]), smooth / (width, height, width), visibility, world)


def _trunk(points: NDArray[np.float64], size: float) -> float:
    """Length of the trunk, pixels; seen from its end it is taken to be a good tenth of the body's circle."""
    left_shoulder, right_shoulder, left_hip, right_hip = points[_TRUNK, :2]
    return max(float(np.hypot(*((left_shoulder + right_shoulder - left_hip - right_hip) / 2))), size / 8)


def _box(person: _Followed, size: tuple[int, int]) -> NDArray[np.float64]:
    """(4,) x0, y0, x1, y1 of somebody followed, pixels."""
    if person.pose is not None:
        return person.pose.box.astype(np.float64) * (*size, *size)
    region = person.region
    return np.array([region.x, region.y, region.x, region.y]) + region.size * 0.4 * np.array([-1, -1, 1, 1])


def _spread(points: NDArray[np.float64]) -> float:
    """Root of the mean squared distance of points from their middle."""
    # As `points.var(0).sum()`, digit for digit, in a third of the time.
    apart = points - np.add.reduce(points, 0) / len(points)
    x, y = (np.add.reduce(apart * apart, 0) / len(points)).tolist()
    return math.sqrt(x + y)
