"""A body's bones: from the few numbers of a key pose to the place and turn of every bone.

Person axes: x to the person's left, y up, z forward; lengths in body heights, so one key pose fits everybody.
Segment lengths are those of Drillis and Contini (1966) as given in D. A. Winter, Biomechanics and Motor Control of
Human Movement (4th ed. 2009), figure 4.1; half widths are of joint centres, inside the outline that they tabulate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.core.types import FloatArray

ANKLE, SHANK, THIGH = 0.039, 0.246, 0.245
TRUNK, UPPER_ARM, FOREARM = 0.288, 0.186, 0.146
WAIST = 0.120
"""Where the trunk bends, up from the hips."""
HALF_HIPS, HALF_SHOULDERS = 0.052, 0.103

PELVIS, CHEST, HEAD = 0, 1, 2
UPPER_ARMS, FOREARMS, HANDS = (3, 4), (5, 6), (7, 8)
THIGHS, SHANKS, FEET = (9, 10), (11, 12), (13, 14)
BONE_COUNT = 15
"""Bones by number; pairs are (left, right)."""

Vector = tuple[float, float, float]
_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One arm and one leg of a key pose.

    Attributes:
        foot: the ankle; x outward from the body's middle.
        heel: degrees that the heel is lifted (the foot points down).
        toes: degrees that the toes point outward.
        knee: where the knee points: degrees up from straight ahead (90 up, -90 down).
        splay: degrees that the knee points outward.
        arm: degrees: forward swing, sideways lift, inward(-)/outward turn of the upper arm, bend of the elbow.
        roll: degrees that the thumb is turned outward from pointing forward (arm hanging).
        hand: the wrist's place when the hand holds on to something; the arm's angles then only turn the elbow.
        on_chest: the hand's place is given in the chest's axes, from the middle of the shoulders.
        palm: 1 when the hand lies flat on the floor.
    """

    foot: Vector = (0.072, ANKLE, 0.0)
    heel: float = 0.0
    toes: float = 10.0
    knee: float = 0.0
    splay: float = 8.0
    arm: tuple[float, float, float, float] = (4.0, 9.0, -10.0, 14.0)
    roll: float = 0.0
    hand: Vector | None = None
    on_chest: bool = False
    palm: float = 0.0

    def numbers(self) -> list[float]:
        """All of it, in a fixed order."""
        nothing = (0.0, 0.0, 0.0, 0.0)
        hold = nothing if self.hand is None else (*self.hand, 1.0)
        holds = (*nothing, *hold) if self.on_chest else (*hold, *nothing)
        return [*self.foot, self.heel, self.toes, self.knee, self.splay, *self.arm, self.roll, self.palm, *holds]


@dataclass(frozen=True, slots=True)
class KeyPose:
    """One posture.

    Attributes:
        hips: the middle between the hip joints; pulled in where the feet could not be reached.
        lean: degrees the trunk leans forward (90 face down, -90 on the back).
        curl: degrees by which the chest leans further than the pelvis.
        tilt: degrees the trunk leans to the left; twist: degrees it turns to the left.
        nod: degrees the head looks down, from the chest.
        left, right: the sides; no right means the mirror of the left.
    """

    hips: Vector = (0.0, 0.526, 0.0)
    lean: float = 1.0
    curl: float = 2.0
    tilt: float = 0.0
    twist: float = 0.0
    nod: float = 2.0
    left: Side = field(default_factory=Side)
    right: Side | None = None

    def numbers(self) -> FloatArray:
        """(50,) all of it; what movement interpolates."""
        right = self.right or self.left
        trunk = [*self.hips, self.lean, self.curl, self.tilt, self.twist, self.nod]
        return np.array([*trunk, *self.left.numbers(), *right.numbers()], np.float32)


HIPS, LEAN, CURL, TILT, TWIST, NOD = slice(0, 3), 3, 4, 5, 6, 7
SIDES: Final = (8, 29)
FOOT, HEEL, TOES, KNEE, SPLAY, ARM, ROLL, PALM = slice(0, 3), 3, 4, 5, 6, slice(7, 11), 11, 12
FLOOR_HOLD, CHEST_HOLD, SIDE_END = 13, 17, 21
"""Places in the numbers; the second line counts from a side's first number."""


def between(first: FloatArray, second: FloatArray, share: float) -> FloatArray:
    """The posture at `share` (0-1) of the way; a hand that holds on at one end only goes to or from that hold."""
    mixed = first + (second - first) * share
    for hold in (side + kind for side in SIDES for kind in (FLOOR_HOLD, CHEST_HOLD)):
        if (first[hold + 3] > 0) != (second[hold + 3] > 0):
            mixed[hold : hold + 3] = (first if first[hold + 3] > 0 else second)[hold : hold + 3]
    return mixed


def mirrored(numbers: FloatArray) -> FloatArray:
    """The same posture with left and right exchanged."""
    left, right = SIDES
    out = np.concatenate([numbers[:left], numbers[right:], numbers[left:right]])
    out[[0, TILT, TWIST]] *= -1
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Bones:
    """Where every bone is.

    Attributes:
        origin: (15, 3) the joint at its near end.
        axes: (15, 3, 3) columns x, y, z: outward-left, towards the near joint (limbs) or up, front.
    """

    origin: FloatArray
    axes: FloatArray

    def points(self, bone: NDArray[np.int64], offset: FloatArray) -> FloatArray:
        """Points fixed to bones: (N,) bone numbers and (N, 3) offsets in the bone's axes -> (N, 3)."""
        moved: FloatArray = np.einsum("nij,nj->ni", self.axes[bone], offset)
        return self.origin[bone] + moved


class _Draft(NamedTuple):
    """Bones being found, in double precision."""

    origin: _Array
    axes: _Array


def solve(numbers: FloatArray, *, shoulders: float = 1.0, hips: float = 1.0) -> Bones:
    """Find every bone of a posture: trunk forwards, legs to the feet, arms by angle or to their hold.

    Args:
        numbers: (50,) from `KeyPose.numbers`, or a mixture of several.
        shoulders, hips: half widths as a multiple of the average.
    """
    origin = np.zeros((BONE_COUNT, 3))
    axes = np.zeros((BONE_COUNT, 3, 3))
    values = [float(number) for number in numbers]
    pelvis_axes = _turn_x(values[LEAN]) @ _turn_z(-values[TILT]) @ _turn_y(values[TWIST] * 0.4)
    chest_axes = _turn_x(values[LEAN] + values[CURL]) @ _turn_z(-values[TILT]) @ _turn_y(values[TWIST])
    pelvis = np.array(values[HIPS])
    feet = [np.array(values[side : side + 3]) * ((1, 1, 1), (-1, 1, 1))[number] for number, side in enumerate(SIDES)]
    reach = 0.9985 * (THIGH + SHANK)
    for _ in range(3):
        for number, foot in enumerate(feet):
            hip = pelvis + pelvis_axes[:, 0] * ((1 - 2 * number) * HALF_HIPS * hips)
            gap = foot - hip
            distance = math.sqrt(gap @ gap)
            if distance > reach:
                pelvis = pelvis + gap * (1 - reach / distance)
    waist = pelvis + pelvis_axes[:, 1] * WAIST
    neck = waist + chest_axes[:, 1] * (TRUNK - WAIST)
    origin[PELVIS], axes[PELVIS] = pelvis, pelvis_axes
    origin[CHEST], axes[CHEST] = waist, chest_axes
    origin[HEAD], axes[HEAD] = neck, chest_axes @ _turn_x(values[NOD])
    for number, side in enumerate(SIDES):
        outward = 1 - 2 * number
        hip = pelvis + pelvis_axes[:, 0] * (outward * HALF_HIPS * hips)
        shoulder = neck + chest_axes[:, 0] * (outward * HALF_SHOULDERS * shoulders)
        bones = _Draft(origin, axes)
        _solve_leg(bones, number, hip, feet[number], values[side : side + SIDE_END])
        _solve_arm(bones, number, shoulder, values[side : side + SIDE_END])
    return Bones(origin.astype(np.float32), axes.astype(np.float32))


def _solve_leg(bones: _Draft, number: int, hip: _Array, foot: _Array, side: list[float]) -> None:
    origin, axes = bones.origin, bones.axes
    outward = 1 - 2 * number
    up, out = math.radians(side[KNEE]), math.radians(side[SPLAY]) * outward
    ahead = (math.sin(out), math.cos(out) * math.sin(up), math.cos(out) * math.cos(up))
    knee, ankle = _two_bones(hip, foot, np.array(ahead), THIGH, SHANK)
    origin[THIGHS[number]], axes[THIGHS[number]] = hip, _along(hip - knee, np.array(ahead))
    origin[SHANKS[number]], axes[SHANKS[number]] = knee, _along(knee - ankle, axes[THIGHS[number]][:, 2])
    origin[FEET[number]] = ankle
    axes[FEET[number]] = _turn_y(outward * side[TOES]) @ _turn_x(side[HEEL])


def _solve_arm(bones: _Draft, number: int, shoulder: _Array, side: list[float]) -> None:
    origin, axes = bones.origin, bones.axes
    outward = 1 - 2 * number
    chest = axes[CHEST]
    swing, lift, turn, bend = (math.radians(angle) for angle in side[ARM])
    along = np.array((outward * math.sin(lift), -math.cos(lift) * math.cos(swing), math.cos(lift) * math.sin(swing)))
    ahead = np.array((0.0, math.sin(swing), math.cos(swing)))
    aside = np.array((outward * math.cos(lift), math.sin(lift) * math.cos(swing), -math.sin(lift) * math.sin(swing)))
    bending = chest @ (ahead * math.cos(turn) + aside * math.sin(turn))
    along = chest @ along
    elbow = shoulder + along * UPPER_ARM
    wrist = elbow + (along * math.cos(bend) + bending * math.sin(bend)) * FOREARM
    free = wrist
    for hold, turned, middle in ((FLOOR_HOLD, np.eye(3), np.zeros(3)), (CHEST_HOLD, chest, origin[HEAD])):
        x, y, z, grip = side[hold : hold + 4]
        if grip > 0:
            wrist = wrist + (middle + turned @ np.array((outward * x, y, z)) - free) * grip
    if wrist is not free:
        elbow, wrist = _two_bones(shoulder, wrist, elbow - shoulder, UPPER_ARM, FOREARM)
    upper, lower = UPPER_ARMS[number], FOREARMS[number]
    straight = np.dot(elbow - shoulder, wrist - elbow) > 0.985 * UPPER_ARM * FOREARM
    bending = bending if straight else wrist - elbow
    origin[upper], axes[upper] = shoulder, _along(shoulder - elbow, bending)
    origin[lower] = elbow
    axes[lower] = _hinged(elbow - wrist, axes[upper][:, 0])
    hand = axes[lower] @ _turn_y(outward * side[ROLL])
    if side[PALM] > 0:
        flat = np.column_stack([(0.0, outward, 0.0), (0.0, 0.0, -1.0), (-outward, 0.0, 0.0)])
        mixed = hand + (flat - hand) * side[PALM]
        hand = _along(mixed[:, 1], mixed[:, 2])
    origin[HANDS[number]], axes[HANDS[number]] = wrist, hand


def _two_bones(start: _Array, target: _Array, pole: _Array, first: float, second: float) -> tuple[_Array, _Array]:
    """Joint and end of two bones from `start` to `target`, bent towards `pole`; they end short of one too far."""
    gap = target - start
    distance = max(math.sqrt(gap @ gap), 1e-6)
    straight = gap / distance
    distance = min(max(distance, abs(first - second) + 0.01), 0.9995 * (first + second))
    share = (first**2 - second**2 + distance**2) / (2 * distance)
    side = pole - straight * (pole @ straight)
    length = math.sqrt(side @ side)
    side = side / length if length > 1e-5 else np.array((0.0, 0.0, 1.0))
    joint = start + straight * share + side * math.sqrt(max(first**2 - share**2, 0.0))
    return joint, start + straight * distance


def _along(up: _Array, front: _Array) -> _Array:
    """Axes with y along `up` and z as near to `front` as it can be."""
    y = up / math.sqrt(up @ up)
    z = front - y * (front @ y)
    length = math.sqrt(z @ z)
    if length < 1e-5:
        z = np.array((y[1], -y[0], 0.1))
        z = z - y * (z @ y)
        length = math.sqrt(z @ z)
    z = z / length
    return np.column_stack([_cross(y, z), y, z])


def _hinged(up: _Array, hinge: _Array) -> _Array:
    """Axes with y along `up` and x as near to `hinge` as it can be."""
    y = up / math.sqrt(up @ up)
    x = hinge - y * (hinge @ y)
    x = x / max(math.sqrt(x @ x), 1e-6)
    return np.column_stack([x, y, _cross(x, y)])


def _cross(a: _Array, b: _Array) -> _Array:
    return np.array((a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]))


def _turn_x(degrees: float) -> _Array:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array(((1, 0, 0), (0, cos, -sin), (0, sin, cos)))


def _turn_y(degrees: float) -> _Array:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array(((cos, 0, sin), (0, 1, 0), (-sin, 0, cos)))


def _turn_z(degrees: float) -> _Array:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array(((cos, -sin, 0), (sin, cos, 0), (0, 0, 1)))
