"""The landmark model and all around it equal legacy MediaPipe's on the same crop of a simulated picture.

The fixture is what MediaPipe 0.10.21 said of these pictures, and where it looked; it is made by
``python -m tests.benchmarks.pose_agreement --golden``, which also measures the same on real footage.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from services.pose.crop import Image, Region
from services.pose.landmarks import COUNT, PIXELS, Landmarker, Landmarks
from services.simulator import open_scene
from tests.mediapipe_crop import GriddedRegion
from tests.pose_models import blazepose

STORED = json.loads(Path(__file__).with_name("legacy_poses.json").read_text())
NAMES = [entry["spec"].partition("?")[0] for entry in STORED]


@dataclass
class Picture:
    """A picture and what MediaPipe saw in it: points (33, 4) normalised with visibility, world (33, 3) metres."""

    image: Image
    region: Region
    points: NDArray[np.float64]
    world: NDArray[np.float64]
    presence: float

    def off(self, found: Landmarks) -> NDArray[np.float64]:
        """(33,) distances of the keypoints, pixels of the crop."""
        height, width = self.image.shape[:2]
        apart = found.points[0, :COUNT, :2] - self.points[:, :2] * (width, height)
        return np.asarray(np.hypot(*apart.T) * PIXELS / self.region.size)


@pytest.fixture(scope="module", params=STORED, ids=NAMES)
def picture(request: pytest.FixtureRequest) -> Picture:
    stored = request.param
    # With several threads OpenCV divides shadows otherwise, and a few of their pixels are off by one.
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    image = open_scene(stored["spec"]).render(stored["seconds"])
    cv2.setNumThreads(threads)
    assert hashlib.sha256(image.tobytes()).hexdigest() == stored["sha256"], (
        "the simulator draws this picture differently now: make the fixture again (see this file's docstring)"
    )
    height, width = image.shape[:2]
    x, y, wide, _, angle = stored["region"]
    region = GriddedRegion(x * width, y * height, wide * width, angle)
    return Picture(image, region, np.array(stored["points"]), np.array(stored["world"]), stored["presence"])


def landmarker() -> Landmarker:
    return blazepose().landmarker


def test_on_the_same_crop_all_is_the_same(picture: Picture) -> None:
    found = landmarker().find(picture.image, [picture.region])
    assert picture.off(found).max() <= 0.05
    assert np.abs(found.points[0, :COUNT, 2] / picture.image.shape[1] - picture.points[:, 2]).max() < 0.001
    assert np.linalg.norm(found.world[0] - picture.world, axis=1).max() < 0.001
    assert np.abs(found.visibility[0] - picture.points[:, 3]).max() < 0.001
    assert found.presence[0] == pytest.approx(picture.presence, abs=0.001)


def test_our_own_way_of_cutting_changes_little(picture: Picture) -> None:
    region = Region(picture.region.x, picture.region.y, picture.region.size, picture.region.angle)
    found = landmarker().find(picture.image, [region])
    assert np.median(picture.off(found)) < 0.1
    assert np.linalg.norm(found.world[0] - picture.world, axis=1).mean() < 0.005
    assert np.abs(found.visibility[0] - picture.points[:, 3]).max() < 0.02
    assert found.presence[0] == pytest.approx(picture.presence, abs=0.001)


def test_somebody_else_in_the_batch_changes_nothing(picture: Picture) -> None:
    height, width = picture.image.shape[:2]
    alone = landmarker().find(picture.image, [picture.region])
    together = landmarker().find(picture.image, [Region.whole(width, height), picture.region])
    assert np.abs(alone.points[0] - together.points[1]).max() < 0.01


def test_the_detector_starts_from_the_same_region(picture: Picture) -> None:
    height, width = picture.image.shape[:2]
    [found, *_] = blazepose().detector.detect(picture.image, GriddedRegion.whole(width, height))
    corners = np.array([[0, 0, 1], [PIXELS, 0, 1], [0, PIXELS, 1], [PIXELS, PIXELS, 1]])
    apart = corners @ (found.region.matrix(PIXELS) - picture.region.matrix(PIXELS)).T
    assert np.hypot(*apart.T).max() * PIXELS / picture.region.size < 0.01
