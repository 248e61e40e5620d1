"""What a pose engine makes of the true keypoints: its errors, as they were measured.

The errors were measured through pixels: 19 sets, every exercise that the simulator counts seen from six sides at
640x360 by cameras 1.0-2.4 m up, looked at by the default engine (BlazePose in fp32) and compared with the truth
(``python -m tests.benchmarks.simulated_reps noise``). Of each keypoint there is an error that stays over a whole set
and one that wanders; both depend on the side that is seen and on whether the body itself hides the keypoint. The
picture's and the world's keypoints err on their own, the world's most in depth, which one camera can only guess.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.skeleton import INDEX, KEYPOINTS
from services.core.types import NANOSECONDS, FloatArray, Pose, PoseFrame

WANDER_SECONDS: Final = 0.9
"""Time constant of the errors that wander; the median over sets."""

HIDDEN: Final = 0.5
"""A keypoint of which the truth shows less than this is hidden."""

GROUPS: Final[dict[str, tuple[int, ...]]] = {
    "head": tuple(range(11)),
    "shoulder": (11, 12),
    "elbow": (13, 14),
    "wrist": (15, 16),
    "hand": tuple(range(17, 23)),
    "hip": (23, 24),
    "knee": (25, 26),
    "ankle": (27, 28),
    "foot": tuple(range(29, 33)),
}
"""Name -> its keypoints."""
SIDES: Final = ("front", "side", "rear")
"""What of a person the camera sees."""

_MEASURED: Final[dict[tuple[str, str, bool], tuple[float, ...]]] = {
    ("front", "head", False): (20, 8, 34, 29, 64, 55, 1.00, 1.00),
    ("front", "head", True): (22, 12, 34, 25, 112, 52, 1.00, 1.00),
    ("front", "shoulder", False): (16, 10, 28, 29, 60, 46, 1.00, 1.00),
    ("front", "shoulder", True): (17, 12, 49, 25, 63, 25, 1.00, 1.00),
    ("front", "elbow", False): (17, 14, 41, 37, 112, 60, 0.77, 0.96),
    ("front", "elbow", True): (39, 28, 58, 30, 127, 67, 0.51, 0.76),
    ("front", "wrist", False): (10, 28, 41, 35, 137, 97, 0.81, 0.94),
    ("front", "wrist", True): (39, 44, 81, 51, 195, 121, 0.27, 0.82),
    ("front", "hand", False): (22, 32, 53, 38, 157, 130, 0.72, 0.89),
    ("front", "hand", True): (51, 55, 96, 62, 218, 111, 0.62, 0.85),
    ("front", "hip", False): (19, 17, 24, 4, 12, 5, 1.00, 1.00),
    ("front", "hip", True): (31, 22, 21, 4, 10, 4, 1.00, 1.00),
    ("front", "knee", False): (11, 15, 34, 30, 54, 50, 0.92, 0.99),
    ("front", "knee", True): (59, 43, 104, 55, 47, 20, 0.95, 0.97),
    ("front", "ankle", False): (14, 10, 57, 28, 79, 47, 0.91, 0.98),
    ("front", "ankle", True): (20, 14, 67, 24, 140, 63, 0.48, 0.88),
    ("front", "foot", False): (18, 15, 69, 32, 81, 61, 0.81, 0.96),
    ("front", "foot", True): (12, 16, 56, 34, 144, 76, 0.82, 0.92),
    ("side", "head", False): (20, 9, 44, 26, 75, 54, 1.00, 1.00),
    ("side", "head", True): (26, 11, 71, 25, 90, 46, 1.00, 1.00),
    ("side", "shoulder", False): (18, 13, 33, 21, 62, 33, 1.00, 1.00),
    ("side", "shoulder", True): (20, 14, 34, 19, 93, 29, 1.00, 1.00),
    ("side", "elbow", False): (17, 24, 49, 43, 99, 63, 0.74, 0.97),
    ("side", "elbow", True): (59, 29, 71, 29, 149, 20, 0.11, 0.49),
    ("side", "wrist", False): (13, 16, 36, 37, 143, 112, 0.77, 0.94),
    ("side", "wrist", True): (30, 18, 32, 23, 146, 75, 0.06, 0.10),
    ("side", "hand", False): (19, 17, 49, 43, 151, 128, 0.72, 0.88),
    ("side", "hand", True): (29, 21, 57, 24, 188, 89, 0.08, 0.76),
    ("side", "hip", False): (15, 11, 21, 6, 8, 6, 1.00, 1.00),
    ("side", "hip", True): (26, 20, 22, 8, 8, 8, 1.00, 1.00),
    ("side", "knee", False): (10, 13, 29, 23, 47, 39, 0.87, 0.98),
    ("side", "knee", True): (20, 30, 47, 36, 67, 27, 0.17, 0.75),
    ("side", "ankle", False): (15, 9, 52, 25, 85, 48, 0.91, 0.98),
    ("side", "foot", False): (16, 15, 62, 31, 99, 54, 0.87, 0.96),
    ("side", "foot", True): (29, 31, 101, 43, 15, 87, 0.70, 0.95),
    ("rear", "head", False): (20, 8, 34, 29, 64, 55, 1.00, 1.00),
    ("rear", "head", True): (22, 12, 34, 25, 112, 52, 1.00, 1.00),
    ("rear", "shoulder", False): (16, 10, 28, 29, 60, 46, 1.00, 1.00),
    ("rear", "shoulder", True): (17, 12, 49, 25, 63, 25, 1.00, 1.00),
    ("rear", "elbow", False): (17, 14, 41, 37, 112, 60, 0.77, 0.96),
    ("rear", "elbow", True): (39, 28, 58, 30, 127, 67, 0.51, 0.76),
    ("rear", "wrist", False): (10, 28, 41, 35, 137, 97, 0.81, 0.94),
    ("rear", "wrist", True): (39, 44, 81, 51, 195, 121, 0.27, 0.82),
    ("rear", "hand", False): (22, 32, 53, 38, 157, 130, 0.72, 0.89),
    ("rear", "hand", True): (51, 55, 96, 62, 218, 111, 0.62, 0.85),
    ("rear", "hip", False): (19, 17, 24, 4, 12, 5, 1.00, 1.00),
    ("rear", "hip", True): (31, 22, 21, 4, 10, 4, 1.00, 1.00),
    ("rear", "knee", False): (11, 15, 34, 30, 54, 50, 0.92, 0.99),
    ("rear", "knee", True): (59, 43, 104, 55, 47, 20, 0.95, 0.97),
    ("rear", "ankle", False): (14, 10, 57, 28, 79, 47, 0.91, 0.98),
    ("rear", "ankle", True): (20, 14, 67, 24, 140, 63, 0.48, 0.88),
    ("rear", "foot", False): (18, 15, 69, 32, 81, 61, 0.81, 0.96),
    ("rear", "foot", True): (12, 16, 56, 34, 144, 76, 0.82, 0.92),
}  # fmt: skip
"""(side seen, group, hidden) -> standard deviations in mm of the errors that stay and that wander, in the picture (at
the person), in the world across and in its depth; visibility: the lowest tenth, the middle."""


def _row(side: str, group: str, hidden: bool) -> tuple[float, ...]:
    """The measured row; where too little was seen of one, that of the keypoint when it is seen."""
    return _MEASURED.get((side, group, hidden), _MEASURED[side, group, False])


_ROWS: Final = np.array([
    [[_row(side, group, hidden) for group in GROUPS for _ in GROUPS[group]] for hidden in (False, True)]
    for side in SIDES
])  # fmt: skip
"""(3, 2, 33, 8): by side, whether it is hidden, and keypoint, in order, for the groups are."""


class Estimator:
    """Makes the keypoints of one camera err as the pose engine does.

    Args:
        seed: of the errors; the same frames with the same seed err the same.
    """

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng([seed, 23])
        self._people: dict[str, _Errors] = {}

    def update(self, frame: PoseFrame) -> PoseFrame:
        """The next frame, as the engine would have seen it."""
        people = tuple(self._seen(frame, pose) for pose in frame.people)
        return replace(frame, people=people)

    def _seen(self, frame: PoseFrame, pose: Pose) -> Pose:
        errors = self._people.setdefault(pose.track_id, _Errors(self._random))
        units, look = errors.at(frame.captured_at, self._random)
        world = pose.world_keypoints
        rows = _ROWS[side_of(world), (pose.visibility < HIDDEN).astype(int), np.arange(len(KEYPOINTS))]
        still, wander = rows[:, [0, 0, 2, 2, 4]], rows[:, [1, 1, 3, 3, 5]]
        error = (errors.still * still + units * wander) / 1000
        size = np.array([frame.width, frame.height])
        keypoints = pose.keypoints.copy()
        keypoints[:, :2] += (error[:, :2] * metre_of(keypoints[:, :2] * size, world) / size).astype(np.float32)
        low, middle = rows[:, 6], rows[:, 7]
        inside = np.all((pose.keypoints[:, :2] >= 0) & (pose.keypoints[:, :2] <= 1), axis=1)
        visibility = np.where(inside, middle + np.minimum(look, 0.0) * (middle - low) / _LOWEST_TENTH, pose.visibility)
        return replace(
            pose,
            keypoints=keypoints,
            world_keypoints=(world + error[:, 2:]).astype(np.float32),
            visibility=np.clip(visibility, 0.01, 1.0).astype(np.float32),
        )


class _Errors:
    """One person's errors, each of unit deviation: (33, 5) for x and y in the picture and x, y, z in the world."""

    def __init__(self, random: np.random.Generator) -> None:
        self.still = random.standard_normal((len(KEYPOINTS), 5))
        self._units = random.standard_normal((len(KEYPOINTS), 5))
        self._look = random.standard_normal(len(KEYPOINTS))
        self._at: int | None = None

    def at(self, captured_at: int, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Errors that wander, and (33,) how well each keypoint is seen, at a later time."""
        if self._at is not None:
            kept = exp(-(captured_at - self._at) / NANOSECONDS / WANDER_SECONDS)
            fresh = (1 - kept**2) ** 0.5
            self._units = kept * self._units + fresh * random.standard_normal(self._units.shape)
            self._look = kept * self._look + fresh * random.standard_normal(self._look.shape)
        self._at = captured_at
        return self._units, self._look


_LOWEST_TENTH: Final = 1.2816
"""Standard deviations below the middle under which a tenth of a normal distribution lies."""


def side_of(world: FloatArray) -> int:
    """Which of `SIDES` the camera sees, by the line through the hips."""
    x, _, z = world[INDEX["left_hip"]] - world[INDEX["right_hip"]]
    return 1 if abs(z) > abs(x) else 0 if x > 0 else 2


def metre_of(points: NDArray[np.floating], world: FloatArray) -> float:
    """Pixels in a metre at the person."""
    flat, metric = points - points.mean(axis=0), world[:, :2] - world[:, :2].mean(axis=0)
    return float(np.sqrt((flat**2).sum() / max(float((metric**2).sum()), 1e-9)))
