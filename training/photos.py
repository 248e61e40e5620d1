"""Bootstrapping from single pictures: folders of the two ends of a repetition -> keypoints as CSV, outliers listed.

    folder/squat_up/*.jpg      world.csv     name, class, 33 x (x, y, z) metres about the hips' middle
    folder/squat_down/*.jpg    picture.csv   the same in pixels, z in the scale of x
                               outliers.csv  name, class, why it is better deleted

A picture is an outlier when most of the pictures that it resembles most are of another class: mislabelled, or the pose
model got it wrong. What it resembles is told by the features that models of single poses see
(`services.core.features.shape_features`), in their own units: on 1,372 public poses of ten such classes ten neighbours
then agree with the label in 81 of 100, by pairwise distances in 70. Ends that look alike, such as standing before a
squat and before a jumping jack, are listed too: look before you delete. Nothing is deleted here.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from services.core.errors import SettingsError, SourceLost
from services.core.features import shape_features
from services.core.geometry import isotropic
from services.core.skeleton import KEYPOINTS
from services.core.types import FloatArray, Pose
from services.ingest.sources import open_source
from services.pose.blazepose import BlazePose
from training.poses import pictures_of

NEIGHBOURS: Final = 10
"""Pictures that are asked for their class, or fewer where a class has no more: more smooths, and hides small groups."""

FEWEST: Final = 3
"""A class of fewer pictures cannot outvote anything: its pictures are not judged."""

_ENDS: Final = re.compile(r".+_(up|down)")


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture of one end of a repetition.

    Attributes:
        path: the file.
        name: its path from the folder of classes.
        label: its class: ``<exercise>_<up|down>``.
    """

    path: Path
    name: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Who is in a picture.

    Attributes:
        photo: which.
        pose: the largest person; None where nobody was seen or it cannot be read.
        width, height: of the picture, pixels; 0 where it cannot be read.
        fault: why there is no pose, or "".
    """

    photo: Photo
    pose: Pose | None
    width: int = 0
    height: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A picture that is better deleted.

    Attributes:
        photo: which.
        why: for people.
    """

    photo: Photo
    why: str


def read_photos(folder: Path) -> list[Photo]:
    """The pictures of ``folder/<exercise>_<up|down>/``, in the order of their names.

    Raises:
        SettingsError: a folder has another name, or there are no pictures.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder}: no such folder; expected folders such as squat_up and squat_down in it")
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    strange = [path.name for path in classes if not _ENDS.fullmatch(path.name)]
    if strange:
        raise SettingsError(
            f"{folder}: {', '.join(strange)}: expected folders named <exercise>_up or <exercise>_down, the two ends of "
            f"a repetition; rename or move the others"
        )
    photos = [
        Photo(path, f"{path.parent.name}/{path.name}", path.parent.name) for own in classes for path in pictures_of(own)
    ]
    if not photos:
        raise SettingsError(f"{folder}: no pictures in folders of classes; expected {folder.name}/squat_up/1.jpg")
    return photos


def sightings_of(photos: Sequence[Photo], models: BlazePose) -> Iterator[Sighting]:
    """The largest person of each picture; what cannot be read or shows nobody says so."""
    for photo in photos:
        try:
            image = next(iter(open_source(str(photo.path)))).image()
        except (SourceLost, StopIteration) as lost:
            yield Sighting(photo, None, fault=f"cannot be read: {lost}")
            continue
        height, width = image.shape[:2]
        # A picture is all that there is of somebody: nobody is followed from one to the next.
        people = [pose for pose in models.estimator().estimate(image, 0).values() if pose is not None]
        if people:
            yield Sighting(photo, max(people, key=lambda pose: float(np.ptp(pose.keypoints[:, 1]))), width, height)
        else:
            yield Sighting(photo, None, width, height, "nobody was seen in it")


def outliers_of(sightings: Sequence[Sighting]) -> list[Outlier]:
    """Pictures without a pose, and those whose nearest neighbours are mostly of another class.

    Each picture is left out when its own neighbours are asked.
    """
    found = {one.photo: one.fault for one in sightings if one.pose is None}
    seen = [one for one in sightings if one.pose is not None]
    labels = [one.photo.label for one in seen]
    sizes = Counter(labels)
    if len(seen) > 1:
        told = _described(seen)
        for index, one in enumerate(seen):
            if sizes[one.photo.label] < FEWEST:
                continue
            # Of a small class there are no more neighbours than these to agree with.
            apart = np.linalg.norm(told - told[index], axis=1)
            apart[index] = np.inf
            nearest = np.argsort(apart, kind="stable")[: min(NEIGHBOURS, sizes[one.photo.label] - 1)]
            votes = Counter(labels[other] for other in nearest)
            other, number = max(votes.items(), key=lambda vote: (vote[1], vote[0] == one.photo.label))
            if other != one.photo.label:
                found[one.photo] = f"{number} of the {len(nearest)} poses nearest to it are {other}"
    return [Outlier(one.photo, found[one.photo]) for one in sightings if one.photo in found]


def write_photos(sightings: Sequence[Sighting], outliers: Sequence[Outlier], folder: Path) -> None:
    """Write the three tables; pictures without a pose are only among the outliers."""
    folder.mkdir(parents=True, exist_ok=True)
    header = ("name", "class", *(f"{keypoint}_{axis}" for keypoint in KEYPOINTS for axis in "xyz"))
    for name in ("world", "picture"):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as opened:
            writer = csv.writer(opened)
            writer.writerow(header)
            for one in sightings:
                if one.pose is not None:
                    pixels = one.pose.keypoints * np.array([one.width, one.height, one.width])
                    at = one.pose.world_keypoints if name == "world" else pixels
                    writer.writerow((one.photo.name, one.photo.label, *(f"{value:.5g}" for value in at.reshape(-1))))
    with (folder / "outliers.csv").open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(("name", "class", "why"))
        writer.writerows((one.photo.name, one.photo.label, one.why) for one in outliers)


def _described(seen: Sequence[Sighting]) -> FloatArray:
    """(N, P) features of poses, in right angles and metres."""
    poses = [(one.pose, one.width, one.height) for one in seen if one.pose is not None]
    points = np.stack([isotropic(pose.keypoints, width, height) for pose, width, height in poses])
    world = np.stack([pose.world_keypoints for pose, _, _ in poses])
    return shape_features(points, world)
