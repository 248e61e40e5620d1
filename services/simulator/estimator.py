"""What a pose engine makes of the true keypoints: its errors, as they were measured.

The errors were measured through pixels: 39 sets of all exercises that the simulator counts, at 640x360 by cameras
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
    ("front", "head", False): (19, 9, 33, 31, 101, 75, 1.00, 1.00),
    ("front", "head", True): (23, 13, 44, 32, 134, 64, 1.00, 1.00),
    ("front", "shoulder", False): (15, 11, 27, 31, 85, 52, 1.00, 1.00),
    ("front", "shoulder", True): (19, 12, 50, 28, 105, 51, 1.00, 1.00),
    ("front", "elbow", False): (17, 16, 41, 38, 116, 79, 0.79, 0.96),
    ("front", "elbow", True): (36, 27, 53, 28, 113, 62, 0.55, 0.76),
    ("front", "wrist", False): (12, 25, 39, 38, 136, 102, 0.75, 0.93),
    ("front", "wrist", True): (35, 37, 78, 48, 165, 113, 0.21, 0.75),
    ("front", "hand", False): (21, 29, 52, 43, 144, 127, 0.68, 0.89),
    ("front", "hand", True): (42, 44, 83, 58, 190, 114, 0.15, 0.67),
    ("front", "hip", False): (18, 17, 23, 5, 11, 6, 1.00, 1.00),
    ("front", "hip", True): (30, 22, 21, 5, 8, 5, 1.00, 1.00),
    ("front", "knee", False): (10, 15, 39, 30, 58, 53, 0.92, 0.98),
    ("front", "knee", True): (44, 48, 82, 67, 40, 51, 0.50, 0.95),
    ("front", "ankle", False): (14, 11, 56, 29, 84, 50, 0.91, 0.98),
    ("front", "ankle", True): (24, 26, 79, 41, 121, 94, 0.46, 0.86),
    ("front", "foot", False): (18, 16, 69, 35, 91, 70, 0.82, 0.96),
    ("front", "foot", True): (22, 23, 72, 41, 126, 78, 0.82, 0.93),
    ("side", "head", False): (20, 10, 45, 26, 79, 54, 1.00, 1.00),
    ("side", "head", True): (26, 11, 69, 25, 90, 47, 1.00, 1.00),
    ("side", "shoulder", False): (17, 13, 32, 22, 66, 33, 1.00, 1.00),
    ("side", "shoulder", True): (21, 14, 33, 20, 88, 30, 1.00, 1.00),
    ("side", "elbow", False): (17, 23, 48, 42, 106, 71, 0.75, 0.97),
    ("side", "elbow", True): (59, 29, 71, 29, 149, 20, 0.11, 0.49),
    ("side", "wrist", False): (13, 16, 36, 37, 148, 114, 0.78, 0.94),
    ("side", "wrist", True): (30, 18, 32, 23, 146, 75, 0.06, 0.10),
    ("side", "hand", False): (19, 17, 49, 43, 150, 127, 0.72, 0.90),
    ("side", "hand", True): (29, 20, 59, 24, 197, 92, 0.08, 0.76),
    ("side", "hip", False): (14, 11, 21, 6, 9, 5, 1.00, 1.00),
    ("side", "hip", True): (25, 19, 22, 7, 8, 8, 1.00, 1.00),
    ("side", "knee", False): (10, 13, 31, 24, 47, 39, 0.87, 0.98),
    ("side", "knee", True): (20, 30, 47, 36, 67, 27, 0.17, 0.75),
    ("side", "ankle", False): (15, 9, 52, 25, 83, 47, 0.91, 0.98),
    ("side", "foot", False): (15, 14, 62, 31, 96, 53, 0.87, 0.96),
    ("side", "foot", True): (24, 26, 85, 38, 19, 74, 0.70, 0.95),
    ("rear", "head", False): (23, 6, 27, 17, 99, 117, 1.00, 1.00),
    ("rear", "head", True): (21, 10, 35, 21, 105, 118, 1.00, 1.00),
    ("rear", "shoulder", False): (9, 7, 28, 18, 88, 97, 1.00, 1.00),
    ("rear", "elbow", False): (15, 13, 42, 25, 137, 89, 0.85, 0.95),
    ("rear", "elbow", True): (17, 20, 58, 29, 160, 51, 0.80, 0.94),
    ("rear", "wrist", False): (14, 13, 43, 25, 207, 82, 0.39, 0.76),
    ("rear", "wrist", True): (26, 29, 47, 33, 191, 101, 0.09, 0.39),
    ("rear", "hand", False): (27, 19, 58, 31, 234, 97, 0.26, 0.65),
    ("rear", "hand", True): (40, 34, 56, 41, 218, 93, 0.11, 0.40),
    ("rear", "hip", False): (21, 7, 11, 6, 9, 9, 1.00, 1.00),
    ("rear", "knee", False): (14, 7, 24, 11, 58, 27, 0.96, 0.99),
    ("rear", "knee", True): (27, 22, 47, 29, 100, 47, 0.51, 0.94),
    ("rear", "ankle", False): (17, 7, 49, 19, 85, 72, 0.95, 0.99),
    ("rear", "ankle", True): (21, 11, 29, 25, 182, 58, 0.96, 0.99),
    ("rear", "foot", False): (23, 11, 56, 25, 113, 81, 0.94, 0.99),
    ("rear", "foot", True): (30, 11, 54, 21, 190, 87, 0.75, 0.86),
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
