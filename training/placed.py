"""Bodies that are known only about their hips, put where they would be: what an exercise rests on stays in place.

The picture's place is lost in public sets of keypoints, but in a squat it is the feet that stay and the hips that
move, in a pull-up the hands. Models look at what moves in the picture, so made-up clips need it too.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from services.core.geometry import Floats
from services.core.skeleton import INDEX

_FEET: Final = ("left_ankle", "right_ankle")
_HIPS: Final = ("left_hip", "right_hip")
_HANDS: Final = ("left_wrist", "right_wrist")

RESTS_ON: Final = {
    "bench_press": _HIPS,
    "front_raise": _FEET,
    "lunge": _FEET,
    "pull_up": _HANDS,
    "push_up": (*_HANDS, "left_foot_index", "right_foot_index"),
    "sit_up": _HIPS,
    "squat": _FEET,
    "tricep": _FEET,
}
"""Exercise -> keypoints whose mean stays in place."""


def placed(bodies: Floats, label: str) -> Floats:
    """Bodies moved so that what the exercise rests on stays where it is on average.

    Args:
        bodies: (T, 33, 3) metres.
        label: one of `RESTS_ON`.
    """
    rests = bodies[:, [INDEX[name] for name in RESTS_ON[label]]].mean(axis=1, keepdims=True)
    return np.asarray(bodies - rests + rests.mean(axis=0))


def about_hips(bodies: Floats) -> Floats:
    """The same bodies with the origin between the hips at every moment, as world keypoints are."""
    hips = bodies[:, [INDEX[name] for name in _HIPS]].mean(axis=1, keepdims=True)
    return np.asarray(bodies - hips)
