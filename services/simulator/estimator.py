"""What a pose engine makes of the true keypoints: its errors, as they were measured.

The errors were measured through pixels: 69 sets of all exercises that the simulator counts, at 640x360 by cameras
1.0-2.4 m up, looked at by the default engine (BlazePose in fp32) and compared with the truth
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

WANDER_SECONDS: Final = 0.7
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
    ("front", "head", False): (20, 9, 36, 33, 93, 75, 1.00, 1.00),
    ("front", "head", True): (23, 12, 38, 30, 129, 63, 1.00, 1.00),
    ("front", "shoulder", False): (14, 12, 27, 31, 63, 53, 1.00, 1.00),
    ("front", "shoulder", True): (18, 13, 43, 28, 112, 53, 1.00, 1.00),
    ("front", "elbow", False): (16, 15, 42, 38, 115, 85, 0.77, 0.98),
    ("front", "elbow", True): (44, 27, 51, 24, 139, 53, 0.51, 0.76),
    ("front", "wrist", False): (13, 17, 40, 34, 137, 118, 0.77, 0.95),
    ("front", "wrist", True): (38, 43, 78, 50, 154, 127, 0.23, 0.77),
    ("front", "hand", False): (20, 18, 53, 37, 146, 140, 0.70, 0.90),
    ("front", "hand", True): (45, 47, 83, 59, 199, 124, 0.30, 0.78),
    ("front", "hip", False): (19, 14, 23, 4, 11, 4, 1.00, 1.00),
    ("front", "hip", True): (27, 18, 21, 4, 8, 5, 1.00, 1.00),
    ("front", "knee", False): (10, 12, 41, 26, 67, 50, 0.92, 0.99),
    ("front", "ankle", False): (14, 6, 60, 25, 97, 48, 0.92, 0.98),
    ("front", "ankle", True): (23, 13, 70, 26, 137, 68, 0.49, 0.88),
    ("front", "foot", False): (18, 12, 72, 29, 103, 61, 0.83, 0.96),
    ("front", "foot", True): (11, 10, 57, 28, 143, 63, 0.87, 0.94),
    ("side", "head", False): (20, 14, 42, 35, 61, 50, 0.99, 1.00),
    ("side", "head", True): (30, 24, 54, 41, 68, 50, 0.99, 1.00),
    ("side", "shoulder", False): (19, 16, 28, 31, 56, 34, 1.00, 1.00),
    ("side", "shoulder", True): (27, 21, 37, 38, 52, 41, 0.99, 1.00),
    ("side", "elbow", False): (36, 31, 51, 47, 105, 69, 0.35, 0.96),
    ("side", "elbow", True): (47, 35, 58, 45, 145, 53, 0.02, 0.08),
    ("side", "wrist", False): (27, 26, 56, 40, 129, 96, 0.26, 0.92),
    ("side", "wrist", True): (68, 45, 74, 54, 205, 102, 0.04, 0.14),
    ("side", "hand", False): (50, 33, 68, 50, 138, 115, 0.22, 0.84),
    ("side", "hand", True): (70, 47, 85, 56, 178, 100, 0.05, 0.24),
    ("side", "hip", False): (28, 26, 17, 7, 17, 8, 1.00, 1.00),
    ("side", "hip", True): (27, 26, 18, 7, 17, 8, 1.00, 1.00),
    ("side", "knee", False): (20, 23, 39, 39, 46, 41, 0.76, 0.97),
    ("side", "knee", True): (39, 53, 67, 67, 36, 51, 0.20, 0.38),
    ("side", "ankle", False): (26, 21, 56, 34, 67, 74, 0.66, 0.97),
    ("side", "ankle", True): (85, 70, 117, 73, 67, 59, 0.32, 0.56),
    ("side", "foot", False): (33, 42, 76, 51, 68, 73, 0.60, 0.92),
    ("side", "foot", True): (146, 64, 192, 72, 105, 112, 0.47, 0.76),
    ("rear", "head", False): (26, 11, 60, 27, 119, 111, 1.00, 1.00),
    ("rear", "head", True): (23, 13, 46, 34, 104, 126, 1.00, 1.00),
    ("rear", "shoulder", False): (22, 13, 28, 28, 98, 94, 1.00, 1.00),
    ("rear", "shoulder", True): (23, 16, 62, 32, 274, 79, 1.00, 1.00),
    ("rear", "elbow", False): (37, 25, 64, 40, 145, 101, 0.82, 0.96),
    ("rear", "elbow", True): (47, 34, 71, 49, 206, 99, 0.36, 0.85),
    ("rear", "wrist", False): (17, 24, 46, 40, 181, 140, 0.40, 0.83),
    ("rear", "wrist", True): (54, 45, 86, 52, 172, 105, 0.09, 0.33),
    ("rear", "hand", False): (35, 33, 72, 42, 201, 163, 0.24, 0.69),
    ("rear", "hand", True): (46, 47, 72, 55, 218, 112, 0.12, 0.42),
    ("rear", "hip", False): (23, 8, 12, 8, 10, 10, 1.00, 1.00),
    ("rear", "hip", True): (33, 37, 16, 17, 12, 12, 1.00, 1.00),
    ("rear", "knee", False): (31, 13, 40, 16, 52, 37, 0.95, 0.99),
    ("rear", "knee", True): (49, 47, 61, 55, 145, 90, 0.16, 0.66),
    ("rear", "ankle", False): (74, 29, 93, 40, 88, 77, 0.39, 0.98),
    ("rear", "ankle", True): (115, 73, 146, 88, 209, 117, 0.08, 0.34),
    ("rear", "foot", False): (74, 31, 98, 53, 152, 99, 0.49, 0.98),
    ("rear", "foot", True): (119, 65, 146, 78, 162, 96, 0.10, 0.78),
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
        scale: of the errors in place: 2 for twice those that were measured.
    """

    def __init__(self, seed: int, scale: float = 1.0) -> None:
        self._scale = scale
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
        error = (errors.still * still + units * wander) * self._scale / 1000
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
