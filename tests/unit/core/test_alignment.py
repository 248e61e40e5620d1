"""How the parts of a body lie to each other."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.alignment import Aligned, Alignment, view_of
from services.core.signals import BODY, TIPS, Measures, Signal


def lying(turned: float = 0.0) -> Measures:
    """Somebody on their side, one shoulder above the other, turned about the vertical by so many degrees."""
    body = np.zeros((len(BODY), 3))
    for place, name in enumerate(BODY):
        side, part = name.split("_")
        along = {"shoulder": -0.5, "elbow": -0.5, "wrist": -0.4, "hip": 0.0, "knee": 0.4, "ankle": 0.8}[part]
        body[place] = (
            along * np.cos(np.radians(turned)),
            -0.15 if side == "left" else 0.15,
            along * np.sin(np.radians(turned)),
        )
    return Measures(np.zeros(len(Signal)), np.ones(len(Signal)), body, tips_seen=np.ones(len(TIPS)))


def test_shoulders_above_each_other_are_stacked() -> None:
    assert Aligned([lying()]).value(Alignment.STACKED)[0] == pytest.approx(90.0)
    assert Aligned([lying()]).value(Alignment.SHANK)[0] == pytest.approx(90.0)


@pytest.mark.parametrize("alignment", list(Alignment))
def test_one_pose_is_aligned_as_it_is_among_many(alignment: Alignment) -> None:
    poses = [lying(turned) for turned in (0.0, 20.0, 40.0)]
    together = Aligned(poses)
    assert together.value(alignment).shape == together.seen(alignment).shape == (3,)
    for index, pose in enumerate(poses):
        assert Aligned([pose]).value(alignment)[0] == together.value(alignment)[index]
        assert Aligned([pose]).seen(alignment)[0] == together.seen(alignment)[index]


def test_a_view_is_the_same_of_one_pose() -> None:
    poses = [lying(turned) for turned in (0.0, 20.0, 40.0)]
    assert [view_of(pose) for pose in poses] == pytest.approx(Aligned(poses).value(Alignment.VIEW))


def test_what_is_seen_from_the_end_has_no_view() -> None:
    body = lying().body.copy()
    body[:, (0, 2)] = 0.0
    pose = Measures(np.zeros(len(Signal)), np.ones(len(Signal)), body)
    assert Aligned([pose]).seen(Alignment.VIEW)[0] == 0.0
    assert Aligned([pose]).seen(Alignment.STACKED)[0] == 1.0
