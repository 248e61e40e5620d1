"""How much a smaller landmark network is like its teacher, and how much less it costs.

On crops each answers for the same region. In a closed loop each follows a person through a clip by itself, so that
errors of a region add up; beside it the teacher that sees every grey level off by at most one, which is as like itself
as anything can be.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.core.skeleton import INDEX
from services.core.smoothing import OneEuroFilter
from services.ingest.sources import open_source
from services.pose.blazepose import MIN_PRESENCE
from services.pose.crop import Image, Region
from services.pose.filters import PoseFilter
from services.pose.landmarks import COUNT, Landmarker
from services.pose.network import Network
from training.poses import Recording
from training.student_crops import Crops, answer, around_body
from training.videos import Video

PCK: Final = 0.1
"""Parts of a torso within which a keypoint is where it should be."""
FLOOR: Final = "teacher, +-1 grey level"
MOST_FRAMES: Final = 120
"""Of one clip, from its start."""
_SHOULDERS: Final = [INDEX["left_shoulder"], INDEX["right_shoulder"]]
_HIPS: Final = [INDEX["left_hip"], INDEX["right_hip"]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How like the teacher a network is.

    Attributes:
        name: of the network.
        count: crops or frames with a person.
        pck: 0-1, keypoints within a tenth of a torso of the teacher's.
        pck_visible: 0-1, of the keypoints that the teacher sees.
        world: metres, mean distance of world keypoints.
        presence: 0-1, crops or frames on which both say that somebody is there, or nobody.
    """

    name: str
    count: int
    pck: float
    pck_visible: float
    world: float
    presence: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen in N crops or frames.

    Attributes:
        points: (N, 33, 2) in a unit that is the same along x and y.
        visibility: (N, 33) 0-1.
        world: (N, 33, 3) metres.
        presence: (N,) 0-1.
    """

    points: NDArray[np.float64]
    visibility: NDArray[np.float64]
    world: NDArray[np.float64]
    presence: NDArray[np.float64]


def agreement(name: str, teacher: Seen, student: Seen) -> Agreement:
    """Compare; where only the teacher sees somebody every keypoint is missed."""
    there = teacher.presence > MIN_PRESENCE
    also = student.presence > MIN_PRESENCE
    trunks = teacher.points[:, _SHOULDERS].mean(1) - teacher.points[:, _HIPS].mean(1)
    apart = np.hypot(*np.moveaxis(student.points - teacher.points, -1, 0)) / np.hypot(*trunks.T)[:, None]
    right = (apart < PCK) & also[:, None]
    both = there & also
    return Agreement(
        name=name,
        count=int(there.sum()),
        pck=float(right[there].mean()),
        pck_visible=float(right[there][teacher.visibility[there] > 0.5].mean()),
        world=float(np.linalg.norm(student.world - teacher.world, axis=-1)[both].mean()),
        presence=float((there == also).mean()),
    )


class OfSize:
    """A network for smaller crops behind the teacher's crops, which it shrinks: `Landmarker` cuts only those.

    Args:
        network: the student.
        pixels: side of the crops that it wants.
    """

    def __init__(self, network: Network, pixels: int) -> None:
        self._network = network
        self._pixels = pixels

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Answer for a batch; see `Network`."""
        size = (self._pixels, self._pixels)
        return self._network.run(np.stack([cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR) for crop in crops]))


def on_crops(name: str, network: Network, pixels: int, crops: Crops) -> Agreement:
    """How like the teacher it answers for crops that were cached."""
    answers = [answer(network, picture) for picture in crops.pictures(pixels)]
    taught = Seen(
        points=crops.points[:, :COUNT].astype(np.float64),
        visibility=1 / (1 + np.exp(-np.clip(crops.landmarks[:, :COUNT, 3].astype(np.float64), -80, 80))),
        world=crops.world[:, :COUNT].astype(np.float64),
        presence=crops.presence.astype(np.float64),
    )
    given = Seen(
        points=np.stack([one.points[:COUNT] for one in answers]).astype(np.float64),
        visibility=taught.visibility,
        world=np.stack([one.world[:COUNT] for one in answers]).astype(np.float64),
        presence=np.array([one.presence for one in answers]),
    )
    return agreement(name, taught, given)


def frames(video: Video, recording: Recording) -> Iterator[tuple[int, Image, Region]]:
    """Time, picture and whereabouts of the person of one clip, as long as the main track is seen."""
    track = max(recording.tracks, key=lambda track: len(track.frame))
    wanted = {int(at): row for row, at in enumerate(track.captured_at[:MOST_FRAMES])}
    for capture in open_source(str(video.path)):
        if capture.captured_at in wanted:
            keypoints = track.keypoints[wanted[capture.captured_at]]
            yield capture.captured_at, capture.image(), around_body(keypoints, recording.width, recording.height)


def with_noise(image: Image, random: Generator) -> Image:
    """Every value off by -1, 0 or 1."""
    error = random.integers(-1, 2, image.shape, np.int8)
    noisy: Image = np.clip(image.astype(np.int16) + error, 0, 255).astype(np.uint8)
    return noisy


class Follower:
    """One person followed by one network, as the pose engine does; whoever is lost is found again where they are.

    Args:
        network: for crops of 256 pixels; see `OfSize`.
    """

    def __init__(self, network: Network) -> None:
        self._landmarker = Landmarker(network)
        self._region: Region | None = None
        self._anchor, self._filter = _filters()
        self._rows: list[tuple[NDArray[np.float64], ...]] = []

    def look(self, at: int, image: Image, known: Region) -> None:
        """Take the next picture; `known` is where a detector would find the person."""
        region = self._region or known
        found = self._landmarker.find(image, [region])
        presence = float(found.presence[0])
        points = found.points[0]
        if presence > MIN_PRESENCE:
            size = 2 * float(np.hypot(*(points[COUNT + 1, :2] - points[COUNT, :2])))
            center, top = self._anchor.update(points[COUNT:, :2], at, size)
            self._region = Region.around(center, top)
            smooth, visibility, world = self._filter.update(
                points[:COUNT], found.visibility[0], found.world[0], at, size
            )
        else:
            self._region = None
            self._anchor, self._filter = _filters()
            smooth, visibility, world = points[:COUNT], found.visibility[0], found.world[0]
        self._rows.append((smooth[:, :2], visibility, world, np.array(presence)))

    def seen(self) -> Seen:
        """All that was seen so far."""
        return Seen(*(np.stack(column) for column in zip(*self._rows, strict=True)))


def _filters() -> tuple[OneEuroFilter, PoseFilter]:
    """Of the region and of the keypoints, with the parameters of `services.pose.blazepose`."""
    return OneEuroFilter(min_cutoff=0.01, beta=10.0), PoseFilter()


def in_loop(
    video: Video, recording: Recording, teacher: Network, students: Mapping[str, Network], random: Generator
) -> list[tuple[str, Seen, Seen]]:
    """(name, what the teacher saw, what that one saw) over one clip, each following by itself."""
    followers = {name: Follower(network) for name, network in students.items()}
    reference, noisy = Follower(teacher), Follower(teacher)
    for at, image, known in frames(video, recording):
        reference.look(at, image, known)
        noisy.look(at, with_noise(image, random), known)
        for follower in followers.values():
            follower.look(at, image, known)
    taught = reference.seen()
    return [(FLOOR, taught, noisy.seen()), *((name, taught, follower.seen()) for name, follower in followers.items())]


def pooled(parts: list[Seen]) -> Seen:
    """Several clips as one."""
    return Seen(*(np.concatenate([getattr(part, name) for part in parts]) for name in Seen.__slots__))


def milliseconds(networks: Mapping[str, tuple[Network, int]], rounds: int) -> dict[str, float]:
    """Median CPU time of one crop for each network, in turns, so that a busy machine is unfair to none.

    Args:
        networks: name -> the network and the side of its crops.
        rounds: how often each is asked.
    """
    random = np.random.default_rng(0)
    pictures = {
        name: random.integers(0, 256, (1, pixels, pixels, 3), np.uint8) for name, (_, pixels) in networks.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(rounds):
        for name, (network, _) in networks.items():
            start = time.thread_time()
            network.run(pictures[name])
            taken[name].append(time.thread_time() - start)
    return {name: 1e3 * float(np.median(times)) for name, times in taken.items()}
