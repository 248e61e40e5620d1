"""Pictures of the ends of repetitions: keypoints, and those that are better deleted."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from services.core.errors import SettingsError
from services.core.types import Pose
from services.simulator import Scene, open_scene
from tests.made_up import track
from tests.pose_models import blazepose
from training.photos import Photo, Sighting, outliers_of, read_photos, sightings_of, write_photos


def pose(label: str, moment: int, seed: int) -> Pose:
    """Somebody at one moment of two repetitions: of a squat frame 0 is up, 18 is down."""
    one = track(label, seed=seed)
    return Pose("0-1", one.box[moment], 1.0, one.keypoints[moment], one.visibility[moment], one.world[moment])


def sighting(label: str, number: int, seen: Pose | None) -> Sighting:
    photo = Photo(Path(f"{label}/{number}.jpg"), f"{label}/{number}.jpg", label)
    return Sighting(photo, seen, 400, 400, "" if seen else "nobody was seen in it")


def lows(seed: int) -> int:
    """The moment at which the hips are lowest."""
    return int(track("squat", seed=seed).world[:, 23, 1].argmax())


def highs(seed: int) -> int:
    return int(track("squat", seed=seed).world[:, 23, 1].argmin())


@pytest.fixture
def squats() -> list[Sighting]:
    up = [sighting("squat_up", seed, pose("squat", highs(seed), seed)) for seed in range(8)]
    down = [sighting("squat_down", seed, pose("squat", lows(seed), seed)) for seed in range(8, 16)]
    return up + down


# ---- outliers ------------------------------------------------------------------------------------------------------


def test_pictures_that_agree_with_their_neighbours_are_kept(squats: list[Sighting]) -> None:
    assert outliers_of(squats) == []


def test_a_mislabelled_picture_is_listed_with_its_neighbours(squats: list[Sighting]) -> None:
    wrong = sighting("squat_up", 99, pose("squat", lows(40), 40))
    (outlier,) = outliers_of([*squats, wrong])
    assert outlier.photo == wrong.photo
    assert outlier.why == "7 of the 8 poses nearest to it are squat_down"


def test_pictures_of_nobody_are_listed(squats: list[Sighting]) -> None:
    (outlier,) = outliers_of([*squats, sighting("squat_up", 99, None)])
    assert outlier.why == "nobody was seen in it"


def test_a_class_of_two_pictures_is_not_judged(squats: list[Sighting]) -> None:
    few = [sighting("lunge_down", seed, pose("squat", lows(seed), seed)) for seed in (50, 51)]
    assert outliers_of([*squats, *few]) == []
    third = sighting("lunge_down", 52, pose("squat", highs(52), 52))
    assert third.photo in {one.photo for one in outliers_of([*squats, *few, third])}


# ---- folders and tables --------------------------------------------------------------------------------------------


def test_folders_are_classes(tmp_path: Path) -> None:
    for name in ("squat_up/b.jpg", "squat_up/a.PNG", "squat_down/c.jpeg", "squat_down/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [(photo.name, photo.label) for photo in read_photos(tmp_path)] == [
        ("squat_down/c.jpeg", "squat_down"), ("squat_up/a.PNG", "squat_up"), ("squat_up/b.jpg", "squat_up"),
    ]  # fmt: skip


def test_folders_of_other_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such folder"):
        read_photos(tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="no pictures in folders"):
        read_photos(tmp_path)
    (tmp_path / "squat_middle").mkdir()
    with pytest.raises(SettingsError, match="squat_middle: expected folders named <exercise>_up or <exercise>_down"):
        read_photos(tmp_path)


def test_tables_have_a_row_for_each_pose(tmp_path: Path, squats: list[Sighting]) -> None:
    nobody = sighting("squat_up", 99, None)
    write_photos([*squats, nobody], outliers_of([*squats, nobody]), tmp_path)
    with (tmp_path / "world.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:5] == ["name", "class", "nose_x", "nose_y", "nose_z"]
    assert (len(header), len(rows)) == (2 + 99, 16)
    first = squats[0].pose
    assert first is not None
    np.testing.assert_allclose(np.array(rows[0][2:], float), first.world_keypoints.reshape(-1), rtol=1e-3, atol=1e-4)
    with (tmp_path / "picture.csv").open(newline="") as file:
        pixels = np.array(list(csv.reader(file))[1][2:], float).reshape(33, 3)
    np.testing.assert_allclose(pixels, first.keypoints * 400, rtol=1e-3)
    assert (tmp_path / "outliers.csv").read_text().splitlines() == [
        "name,class,why", "squat_up/99.jpg,squat_up,nobody was seen in it",
    ]  # fmt: skip


# ---- real pixels ---------------------------------------------------------------------------------------------------


def ends_of(scene: Scene) -> tuple[float, float]:
    """Moments of the first repetition at which the hips are highest and lowest."""
    moments = np.arange(0, 3.0, 0.1)
    heights = [scene.truth(at).frame.people[0].keypoints[23, 1] for at in moments]
    return float(moments[np.argmin(heights)]), float(moments[np.argmax(heights)])


def test_rendered_pictures_become_keypoints_and_the_wrong_one_is_listed(tmp_path: Path) -> None:
    for name in ("squat_up", "squat_down"):
        (tmp_path / name).mkdir()
    for seed in range(4):
        scene = open_scene(f"squat?seed={seed}&view={60 + 5 * seed}&size=320x240&rest=0")
        for name, at in zip(("squat_up", "squat_down"), ends_of(scene), strict=True):
            cv2.imwrite(str(tmp_path / name / f"{seed}.png"), scene.render(at))
    cv2.imwrite(str(tmp_path / "squat_up" / "wrong.png"), scene.render(ends_of(scene)[1] - 0.1))
    cv2.imwrite(str(tmp_path / "squat_up" / "nobody.png"), np.full((240, 320, 3), 120, np.uint8))
    (tmp_path / "squat_up" / "broken.jpg").write_bytes(b"no picture")
    sightings = list(sightings_of(read_photos(tmp_path), blazepose()))
    found = {outlier.photo.name: outlier.why for outlier in outliers_of(sightings)}
    assert "cannot be read" in found.pop("squat_up/broken.jpg")
    assert found == {
        "squat_up/nobody.png": "nobody was seen in it",
        "squat_up/wrong.png": "4 of the 4 poses nearest to it are squat_down",
    }


@pytest.mark.skipif("SPOTTER_DATA" not in os.environ, reason="SPOTTER_DATA is unset")
def test_frames_of_real_clips(tmp_path: Path) -> None:
    clip = Path(os.environ["SPOTTER_DATA"]) / "clips" / "squat" / "squat_001.mp4"
    (tmp_path / "squat_up").mkdir()
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 60 == 0:
                cv2.imwrite(str(tmp_path / "squat_up" / f"{number}.jpg"), frame.to_ndarray(format="bgr24"))
    sightings = list(sightings_of(read_photos(tmp_path), blazepose()))
    assert len(sightings) >= 3
    assert all(one.pose is not None for one in sightings), [one.fault for one in sightings]
