"""BlazePose for several people on ONNX Runtime, numerically equal to MediaPipe on the same crop.

    every frame:   regions of the people followed -> landmarks -> who is who -> smoothing -> next regions
    now and then:  detector -> regions of people not followed yet, if there is room for more

The detector costs as much as one person does, so it looks at every frame only for a second after somebody was lost, 8
times a second until nothing has changed for 3 seconds, and then 2.5 times.

MediaPipe follows one person (its several-people mode neither smooths nor keeps ids); the rest is its maths with its
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from services.core.smoothing import OneEuroFilter
from services.core.tracking import Sighting, Tracker
from services.core.types import NANOSECONDS, Pose
from services.pose.backends import OnnxRuntimeNetwork
from services.pose.crop import Image, Region
from services.pose.detector import Detection, Detector, views
from services.pose.filters import PoseFilter, made_pose
from services.pose.landmarks import COUNT, Landmarker, Landmarks
from services.pose.models import DETECTOR, LANDMARKS, default_directory, model_file

MAX_PEOPLE: Final = 6
MIN_PRESENCE: Final = 0.5
"""MediaPipe's min_tracking_confidence."""
DETECTION_SECONDS: Final = 1 / 8
"""Time between two looks for new people; at one a second half of a group goes missing."""
CALM_SECONDS: Final = 3.0
"""When the same people have been in view for so long ..."""
CALM_DETECTION_SECONDS: Final = 0.4
"""... this is the time between two looks."""
ALERT_SECONDS: Final = 1.0
"""After somebody was lost the detector looks at every frame for this long."""
_JITTER_SECONDS: Final = 0.005
"""Times of capture jitter; a look is not put off by a frame for that."""
_KNOWN_OVERLAP: Final = 0.5
"""A detection that overlaps the region of somebody followed by this much is that person (MediaPipe's value)."""


class BlazePose:
    """The two models, loaded once and shared by the estimators of all cameras of a process.

    Args:
        models_dir: folder with the fetched models; None for the default one.
        threads: threads a model may use. One is cheapest: two cost 46 % more CPU for the same frames.

    Raises:
        ModelMismatch: a model is missing or was altered.
    """

    def __init__(self, models_dir: Path | None = None, threads: int = 1) -> None:
        directory = models_dir or default_directory()
        self.detector = Detector(OnnxRuntimeNetwork(model_file(directory, DETECTOR), DETECTOR, threads))
        self.landmarker = Landmarker(OnnxRuntimeNetwork(model_file(directory, LANDMARKS), LANDMARKS, threads))

    def estimator(self, epoch: int = 0, max_people: int = MAX_PEOPLE) -> BlazePoseEstimator:
        """A new estimator for one camera.

        Args:
            epoch: first part of its track ids.
            max_people: how many people it follows at most; each costs one run of the landmark model a frame.
        """
        return BlazePoseEstimator(self.detector, self.landmarker, epoch, max_people)


@dataclass(slots=True, eq=False)
class _Followed:
    """What is kept of one person from frame to frame; the anchor's parameters are MediaPipe's."""

    region: Region
    anchor: OneEuroFilter = field(default_factory=lambda: OneEuroFilter(min_cutoff=0.01, beta=10.0))
    filter: PoseFilter = field(default_factory=PoseFilter)


class BlazePoseEstimator:
    """A `PoseEstimator` on the two models.

    Args:
        detector, landmarker: the models.
        epoch: first part of its track ids.
        max_people: how many people it follows at most.
    """

    def __init__(self, detector: Detector, landmarker: Landmarker, epoch: int, max_people: int) -> None:
        self.detector = detector
        self.landmarker = landmarker
        self.max_people = max_people
        self._tracker = Tracker(epoch)
        self._followed: dict[str, _Followed] = {}
        self._size = (0, 0)
        self._at = 0
        self._detected_at: int | None = None
        self._alert_until: int | None = None
        self._changed_at = 0
        self._looks = 0

    def estimate(self, image: Image, captured_at: int) -> list[Pose]:
        """The people of the next picture; see `PoseEstimator`."""
        height, width = image.shape[:2]
        if (width, height) != self._size or captured_at < self._at:
            self._size, self._detected_at, self._alert_until = (width, height), None, None
            self._changed_at = captured_at
            self._followed.clear()
        self._at = captured_at
        names = list(self._followed)
        regions = [person.region for person in self._followed.values()]
        if self._detection_due(captured_at):
            regions += self._newcomers(self._detections(image, captured_at))
        found = self.landmarker.find(image, regions)
        present = [index for index in range(len(regions)) if found.presence[index] > MIN_PRESENCE]
        sightings = [
            Sighting(
                found.points[index, :COUNT, :2] / width,
                found.visibility[index],
                float(found.presence[index]),
                names[index] if index < len(names) else "",
            )
            for index in present
        ]
        kept = self._tracker.distinct(sightings)
        now = self._tracker.update(captured_at, [sightings[index] for index in kept])
        if any(name not in now and self._tracker.believes(name) for name in names):
            self._alert_until = captured_at + round(ALERT_SECONDS * NANOSECONDS)
        if set(now) != set(names):
            self._changed_at = captured_at
        self._followed = {
            name: self._followed.get(name) or _Followed(regions[present[index]])
            for name, index in zip(now, kept, strict=True)
        }
        poses = [
            self._pose(name, person, found, present[index], captured_at)
            for (name, person), index in zip(self._followed.items(), kept, strict=True)
        ]
        return [pose for pose in poses if self._tracker.believes(pose.track_id)]

    def reset(self) -> None:
        """Forget everybody in view; ids go on from where they were."""
        self._tracker.clear()
        self._size = (0, 0)

    def close(self) -> None:
        """Nothing to give back: the models belong to `BlazePose`."""

    def _detection_due(self, captured_at: int) -> bool:
        if len(self._followed) >= self.max_people:
            return False
        if self._detected_at is None or (self._alert_until is not None and captured_at <= self._alert_until):
            return True
        calm = captured_at - self._changed_at > round(CALM_SECONDS * NANOSECONDS)
        interval = CALM_DETECTION_SECONDS if calm else DETECTION_SECONDS
        return captured_at - self._detected_at >= round((interval - _JITTER_SECONDS) * NANOSECONDS)

    def _detections(self, image: Image, captured_at: int) -> list[Detection]:
        """Look at everything in the first picture, later at one view after the other."""
        looks = views(*self._size)
        if self._detected_at is not None:
            self._looks += 1
            looks = [looks[self._looks % len(looks)]]
        self._detected_at = captured_at
        return [detection for view in dict.fromkeys(looks) for detection in self.detector.detect(image, view)]

    def _newcomers(self, detections: list[Detection]) -> list[Region]:
        """Regions of people who are not followed yet, the surest first."""
        known = [person.region for person in self._followed.values()]
        regions = [detection.region for detection in detections]
        new: list[Region] = []
        for region in regions:
            if not any(region.overlap(other) > _KNOWN_OVERLAP for other in [*known, *new]):
                new.append(region)
        return new[: self.max_people - len(known)]

    def _pose(self, track_id: str, person: _Followed, found: Landmarks, index: int, captured_at: int) -> Pose:
        """Smooth one person and place the region for the next frame."""
        width, height = self._size
        points = found.points[index]
        size = 2 * float(np.hypot(*(points[COUNT + 1, :2] - points[COUNT, :2])))
        center, top = person.anchor.update(points[COUNT:, :2], captured_at, size)
        person.region = Region.around(center, top)
        smooth, visibility, world = person.filter.update(
            points[:COUNT], found.visibility[index], found.world[index], captured_at, size
        )
        return made_pose(track_id, float(found.presence[index]), smooth / (width, height, width), visibility, world)
