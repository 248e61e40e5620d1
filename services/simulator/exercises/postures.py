"""Postures that ways of doing an exercise are put together from, and what is done with both arms or with one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from services.simulator.body import KeyPose, Side, Vector
from services.simulator.exercises.daily import SEATED
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back

Arm = tuple[float, float, float, float]
"""Degrees, as in `Side.arm`."""

ARM_HANGS: Final[Arm] = (4, 9, -10, 14)
ON_HIPS: Final[Arm] = (-24, 36, -65, 92)
CLASPED: Final[Arm] = (50, -4, -40, 110)
BEHIND_HEAD: Final[Arm] = (118, 40, -30, 138)
WEIGHTS_HANG: Final[Arm] = (2, 8, 0, 6)
QUIET: Final = Side(arm=(2, 9, -8, 12))

KNEELING: Final = KeyPose(
    hips=(0.0, 0.295, 0.0), lean=4, curl=0, left=Side(foot=(0.07, 0.055, -0.25), heel=70, knee=-70, splay=2)
)
HALF_KNEELING: Final = replace(
    KNEELING,
    left=replace(KNEELING.left, foot=(0.07, 0.055, -0.23)),
    right=Side(foot=(0.08, 0.039, 0.25), knee=20, splay=6),
)
LEANING_BACK: Final = replace(SEATED, lean=-8, curl=0)
ON_THE_BACK: Final = KeyPose(
    hips=(0.0, 0.062, 0.0), lean=-89, curl=0, nod=6, left=Side(foot=(0.08, 0.039, 0.26), knee=75, splay=6)
)
ON_ALL_FOURS: Final = KeyPose(
    hips=(0.0, 0.29, -0.06), lean=80, curl=0, nod=-20,
    left=Side(foot=(0.06, 0.05, -0.30), heel=80, knee=-80, splay=0, hand=(0.11, 0.03, 0.22), arm=(75, 10, 0, 8),
              palm=1),
)  # fmt: skip
PRONE: Final = KeyPose(
    hips=(0.0, 0.07, 0.0), lean=88, curl=0, nod=-10,
    left=Side(foot=(0.05, 0.05, -0.48), heel=80, knee=-80, splay=0, arm=(165, 12, 0, 8)),
)  # fmt: skip


def bent_over(lean: float, knees: float = 0.06, stance: float = 0.085) -> KeyPose:
    """Bent over from the hips.

    Args:
        lean: degrees of the trunk.
        knees: body heights that the hips are lower than standing.
        stance: half the feet's distance.
    """
    hips = (0.0, 0.526 - knees, -0.03 - 0.12 * math.sin(math.radians(lean)))
    return KeyPose(hips=hips, lean=lean, curl=2, nod=-lean * 0.4, left=Side(foot=(stance, 0.039, 0.0), splay=10))


def with_arms(pose: KeyPose, arm: Arm) -> KeyPose:
    """The same body with its arms held by their angles."""
    return replace(pose, left=replace(pose.left, arm=arm, hand=None, on_chest=False, palm=0.0))


def with_hands(pose: KeyPose, hand: Vector, arm: Arm, *, roll: float = -85.0) -> KeyPose:
    """The same body with its hands at a place in the chest's axes; the arm's angles turn the elbow."""
    return replace(pose, left=replace(pose.left, hand=hand, on_chest=True, arm=arm, roll=roll, palm=0.0))


def with_feet(pose: KeyPose, foot: Vector, *, knee: float, heel: float = 0.0, splay: float = 4.0) -> KeyPose:
    """The same body with its feet elsewhere."""
    return replace(pose, left=replace(pose.left, foot=foot, knee=knee, heel=heel, splay=splay))


def halves(left: KeyPose, right: KeyPose) -> KeyPose:
    """The trunk and left side of one posture with the right side of another."""
    return replace(left, right=right.right or right.left)


def swapped(pose: KeyPose) -> KeyPose:
    """Its mirror image."""
    return replace(pose, left=pose.right or pose.left, right=pose.left, twist=-pose.twist, tilt=-pose.tilt)


def hanging(pose: KeyPose, x: float = 0.13, ahead: float = 0.03, length: float = 0.318) -> KeyPose:
    """Arms straight down, a little ahead."""
    angle = math.radians(pose.lean + pose.curl * 0.6)
    hand = (x, pose.hips[1] + 0.288 * math.cos(angle) - length, pose.hips[2] + 0.288 * math.sin(angle) + ahead)
    return replace(pose, left=replace(pose.left, hand=hand, on_chest=False, arm=(60, 8, 0, 4), roll=-85))


def arms_moved(
    label: str,
    base: KeyPose,
    low: Arm,
    top: Arm,
    *,
    in_turn: bool = False,
    other: Side | None = None,
    prop: str = "dumbbells",
) -> Exercise:
    """A movement of arms by their angles, the rest of the body staying as it is.

    Args:
        label: what it is.
        base: the rest of the body.
        low, top: the arms at both ends.
        in_turn: one side and then the other.
        other: what the other side does all the time; None for the same.
        prop: in the hands.
    """
    first, last = (
        replace(with_arms(base, arm), left=replace(base.left, arm=arm, hand=None, on_chest=False, roll=60))
        for arm in (low, top)
    )
    if other is not None:
        first, last = replace(first, right=other), replace(last, right=other)
    elif in_turn:
        last = halves(last, first)
    rest = STANDING if base == STANDING else base
    return Exercise(there_and_back(first, last), seconds=2.4, rest=rest, label=label, prop=prop, alternating=in_turn)
