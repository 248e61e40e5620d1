"""How often the detector looks, and who is followed, with models that know where everybody is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from services.core.cadence import LONGEST_SECONDS
from services.core.types import NANOSECONDS, Pose
from services.pose.blazepose import BlazePoseEstimator
from services.pose.crop import Image, Region
from services.pose.detector import Detection
from services.pose.landmarks import Landmarks
from tests.pose_models import blazepose

IMAGE = np.zeros((360, 640, 3), np.uint8)
RADIUS = 80.0


@dataclass
class Gym:
    """Where people stand, x in pixels; the models below see exactly that."""

    people: list[float] = field(default_factory=list)
    looks: int = 0
    blind: bool = False
    regions: list[int] = field(default_factory=list)


@dataclass
class AllSeeingDetector:
    gym: Gym

    def detect(self, image: Image, view: Region) -> list[Detection]:
        self.gym.looks += 1
        return [
            Detection(0.9, np.zeros(4), np.array([[x, 180.0], [x, 180 - RADIUS], [x, 140.0], [x, 100.0]]))
            for x in self.gym.people
            if not self.gym.blind
        ]


@dataclass
class AllSeeingLandmarker:
    gym: Gym

    def find(self, image: Image, regions: Sequence[Region]) -> Landmarks:
        self.gym.regions.append(len(regions))
        count = len(regions)
        body = np.random.default_rng(0).uniform((-20, -80, -5), (20, 80, 5), (35, 3))
        body[33:] = (0, 0, 0), (0, -RADIUS, 0)
        points = np.empty((count, 35, 3))
        presence = np.zeros(count)
        for index, region in enumerate(regions):
            near = min(self.gym.people, key=lambda x: abs(x - region.x), default=1e9)
            presence[index] = 0.99 if abs(near - region.x) < 60 else 0.01
            points[index] = body + np.array([near, 180, 0])
        return Landmarks(presence, points, np.ones((count, 33)), np.zeros((count, 33, 3)))


def estimator(gym: Gym, max_people: int = 6) -> BlazePoseEstimator:
    return BlazePoseEstimator(AllSeeingDetector(gym), AllSeeingLandmarker(gym), 0, max_people)  # type: ignore[arg-type]


def play(
    one: BlazePoseEstimator, seconds: float, fps: float, start: float = 0.0, moving: bool = True
) -> list[set[str]]:
    steps = range(round(seconds * fps))
    times = [round((start + step / fps) * NANOSECONDS) for step in steps]
    return [set(one.estimate(changing(captured_at) if moving else IMAGE, captured_at)) for captured_at in times]


def changing(captured_at: int) -> Image:
    """A picture of another grey at each of the next few frames."""
    return np.full((360, 640, 3), round(captured_at * 15 / NANOSECONDS) * 23 % 256, np.uint8)


@pytest.mark.parametrize("fps", [30, 15, 8])
def test_looks_for_people_less_than_twice_a_second_when_everybody_is_known(fps: float) -> None:
    gym = Gym(people=[200.0])
    one = estimator(gym)
    play(one, 5, fps, moving=False)
    gym.looks = 0
    play(one, 4, fps, start=5, moving=False)
    assert 0.8 <= gym.looks / 4 <= 2


def test_does_not_look_when_nobody_else_would_be_followed() -> None:
    gym = Gym(people=[200.0])
    one = estimator(gym, max_people=1)
    play(one, 1 / 15, 15)
    gym.looks = 0
    play(one, 4, 15, start=1 / 15)
    assert gym.looks == 0


def test_looks_for_whoever_was_lost_at_every_third_frame_at_least() -> None:
    gym = Gym(people=[200.0, 500.0])
    one = estimator(gym)
    play(one, 5, 15, moving=False)
    gym.people.pop()
    play(one, 0.6, 15, start=5, moving=False)
    gym.looks = 0
    play(one, 1, 15, start=5.6, moving=False)
    assert gym.looks >= 5


def test_whoever_is_seen_again_where_they_should_be_needs_no_detector() -> None:
    gym = Gym(people=[200.0, 500.0])
    one = estimator(gym)
    play(one, 2, 15)
    gym.people.pop()
    play(one, 0.6, 15, start=2)
    gym.people.append(500.0)
    gym.blind = True
    assert play(one, 0.4, 15, start=2.6)[-1] == {"0-1", "0-2"}


def look(one: BlazePoseEstimator, frame: int) -> Mapping[str, Pose | None]:
    """The people of the picture of a frame, 15 a second; pictures flicker, so that nobody rests."""
    return one.estimate(np.full((360, 640, 3), 100 + frame % 2 * 20, np.uint8), round(frame / 15 * NANOSECONDS))


def with_somebody_restless(frames: int) -> tuple[Gym, BlazePoseEstimator]:
    """Somebody who stands, somebody who is looked at in every frame; the detector finds nobody else from then on."""
    gym = Gym(people=[200.0, 500.0])
    one = estimator(gym)
    for frame in range(frames):
        gym.people = [200.0, 500.0 + 14 * (frame % 2)]
        look(one, frame)
    gym.blind = True
    return gym, one


def test_whoever_is_hidden_for_a_moment_beside_somebody_else_is_there_without_a_pose() -> None:
    gym, one = with_somebody_restless(30)
    gym.people.pop()
    hidden = [look(one, frame) for frame in range(30, 39)]
    assert [people.get("0-2", "gone") for people in hidden[:3]] == [None] * 3
    assert "0-2" not in hidden[-1]
    assert all("0-1" in people for people in hidden)


def test_whoever_stood_and_stays_hidden_is_shown_for_a_while_where_they_stood_and_half_as_visible() -> None:
    gym, one = with_somebody_restless(30)
    gym.people = [200.0, 500.0]
    before = [look(one, frame) for frame in range(30, 50)][-1]["0-1"]
    assert before is not None
    gym.people.remove(200.0)
    hidden = [people["0-1"] for people in [look(one, frame) for frame in range(50, 58)] if people.get("0-1")]
    shown = [pose for pose in hidden if pose is not None and pose.visibility.mean() < 0.6]
    assert 3 <= len(shown) <= 5, "from four frames on to half a second"
    assert max(float(np.abs(pose.keypoints - before.keypoints).max()) for pose in shown) < 0.01
    np.testing.assert_allclose(shown[0].visibility, before.visibility / 2, atol=1e-3)


def test_whoever_walked_and_stays_hidden_is_gone_sooner() -> None:
    gym, one = with_somebody_restless(30)
    for frame in range(30, 50):
        gym.people = [200.0 + 8 * (frame - 30), 500.0 + 14 * (frame % 2)]
        look(one, frame)
    gym.people.pop(0)
    assert all("0-1" not in people for people in [look(one, frame) for frame in range(50, 58)][5:])


def test_whoever_walked_out_of_the_picture_is_not_taken_to_be_hidden() -> None:
    gym, one = with_somebody_restless(30)
    for frame in range(30, 40):
        gym.people[1] = 500.0 + 28 * (frame - 29)
        look(one, frame)
    gym.people.pop()
    assert all(people.get("0-2") is None for people in [look(one, frame) for frame in range(40, 46)])


@pytest.mark.parametrize("frames", range(30, 33))
def test_whoever_is_hidden_is_looked_at_before_output_waits_no_longer(frames: int) -> None:
    gym, one = with_somebody_restless(frames)
    place = gym.people.pop()
    for frame in range(frames, frames + 3):
        look(one, frame)
    gym.people.append(place)
    assert look(one, frames + 3).keys() == {"0-1", "0-2"}


def test_a_newcomer_is_seen_within_a_seventh_of_a_second() -> None:
    gym = Gym(people=[200.0])
    one = estimator(gym)
    play(one, 1, 15)
    gym.people.append(500.0)
    assert play(one, 1, 15, start=1)[2] == {"0-1", "0-2"}


def test_whoever_moves_faster_than_can_be_filled_in_is_looked_at_in_every_frame() -> None:
    gym = Gym(people=[320.0])
    one = estimator(gym)
    play(one, 1, 15)
    gym.regions.clear()
    for step in range(15):
        gym.people = [320.0 + (40 if step % 2 else 0)]
        play(one, 1 / 15, 15, start=1 + step / 15)
    # The first look after steady movement may be late by an interval.
    assert sum(gym.regions) >= 13


def test_whoever_moves_steadily_is_looked_at_in_every_fourth_frame() -> None:
    gym = Gym(people=[100.0, 300.0, 500.0])
    one = estimator(gym)
    play(one, 1, 15)
    gym.regions.clear()
    play(one, 2, 15, start=1)
    assert sum(gym.regions) == pytest.approx(3 * 2 * 15 / 4, abs=3)


def test_who_is_not_looked_at_is_there_without_a_pose() -> None:
    one = estimator(Gym(people=[200.0]))
    play(one, 1, 15)
    times = [NANOSECONDS + step * 66_666_667 for step in range(15)]
    poses = [one.estimate(changing(captured_at), captured_at)["0-1"] for captured_at in times]
    assert 3 <= sum(pose is not None for pose in poses) <= 5


def test_nobody_is_looked_at_while_no_pixel_changes_but_twice_a_second() -> None:
    gym = Gym(people=[200.0, 500.0])
    one = estimator(gym)
    play(one, 1, 15, moving=False)
    gym.regions.clear()
    poses = [one.estimate(IMAGE, NANOSECONDS + step * 66_666_667) for step in range(30)]
    assert sum(gym.regions) == pytest.approx(2 * 2 * 2, abs=2)
    assert all(pose is not None for people in poses for pose in people.values())


def test_a_movement_after_a_rest_is_seen_within_the_longest_interval() -> None:
    gym = Gym(people=[200.0])
    one = estimator(gym)
    play(one, 2, 15, moving=False)
    gym.regions.clear()
    # The first picture is still the one before.
    play(one, LONGEST_SECONDS + 1 / 15, 15, start=2.01, moving=True)
    assert sum(gym.regions) >= 1


@pytest.mark.parametrize(("moving", "looks"), [(False, 2 * 2 * 2), (True, 2 * 2 * 15)])
def test_people_close_together_are_looked_at_in_every_frame_only_while_they_move(moving: bool, looks: int) -> None:
    gym = Gym(people=[200.0, 200.0 + 0.6 * RADIUS])
    one = estimator(gym)
    play(one, 2, 15, moving=moving)
    gym.regions.clear()
    assert play(one, 2, 15, start=2, moving=moving)[-1] == {"0-1", "0-2"}
    assert sum(gym.regions) == pytest.approx(looks, abs=4)


def test_with_slack_everybody_is_looked_at_less_often() -> None:
    gym = Gym(people=[200.0])
    one = estimator(gym)
    one.slack = 2.0
    play(one, 2, 15)
    gym.regions.clear()
    gym.looks = 0
    play(one, 2, 15, start=2)
    assert sum(gym.regions) == pytest.approx(2 * 2.5, abs=1)


def test_follows_no_more_than_asked_for() -> None:
    gym = Gym(people=[100.0, 300.0, 500.0])
    assert play(estimator(gym, max_people=2), 0.2, 15)[-1] == {"0-1", "0-2"}


def test_two_regions_that_fell_on_one_person_become_one() -> None:
    gym = Gym(people=[200.0, 320.0])
    one = estimator(gym)
    play(one, 1, 15)
    gym.people = [260.0]
    assert len(play(one, 1, 15, start=1)[-1]) == 1


def test_estimators_share_the_loaded_models() -> None:
    first, second = blazepose().estimator(1), blazepose().estimator(2)
    assert first.detector is second.detector
    assert first.landmarker is second.landmarker
