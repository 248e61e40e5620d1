"""What a person looks like: rounded cones and keypoints fixed to bones, by build, clothes and hair.

Everything is in body heights and in the bones' axes (`services.simulator.body`); pairs are given for the left side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from services.core.skeleton import INDEX, KEYPOINTS
from services.core.types import FloatArray
from services.simulator.body import (
    CHEST,
    FEET,
    FOREARMS,
    HALF_HIPS,
    HALF_SHOULDERS,
    HANDS,
    HEAD,
    PELVIS,
    SHANK,
    SHANKS,
    THIGHS,
    UPPER_ARMS,
    Bones,
    Vector,
)
from services.simulator.raster import Cones

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """One person's appearance.

    Attributes:
        stature: metres.
        girth: thickness of trunk and limbs as a multiple of the average.
        shoulders, hips: half widths as a multiple of the average.
        skin, hair, top, bottom, shoes: BGR, 0-255.
        haircut: short, long or bun.
        sleeves: none, short or long.
        legs: shorts or long.
    """

    stature: float
    girth: float
    shoulders: float
    hips: float
    skin: Colour
    hair: Colour
    top: Colour
    bottom: Colour
    shoes: Colour
    haircut: str
    sleeves: str
    legs: str


SKINS: Final[tuple[Colour, ...]] = ((150, 180, 228), (128, 160, 214), (104, 140, 196), (72, 104, 160), (52, 74, 116))
HAIRS: Final[tuple[Colour, ...]] = ((22, 22, 26), (24, 32, 46), (26, 38, 60), (34, 34, 38), (24, 26, 52))
TOPS: Final[tuple[Colour, ...]] = (
    (60, 60, 205),
    (190, 120, 40),
    (225, 225, 225),
    (60, 160, 70),
    (40, 150, 235),
    (150, 60, 130),
    (150, 165, 30),
    (170, 140, 235),
)
BOTTOMS: Final[tuple[Colour, ...]] = ((60, 52, 48), (118, 78, 46), (70, 70, 76), (100, 58, 76), (48, 48, 54))
SHOES: Final[tuple[Colour, ...]] = ((235, 235, 235), (70, 70, 230), (220, 190, 60), (60, 220, 200))


def random_look(random: np.random.Generator) -> Look:
    """Somebody; the same generator state always gives the same person."""
    slight = bool(random.random() < 0.45)
    return Look(
        stature=float(random.normal(1.67 if slight else 1.79, 0.05)),
        girth=float(random.uniform(0.88, 1.02) if slight else random.uniform(0.96, 1.16)),
        shoulders=float(random.uniform(0.9, 0.98) if slight else random.uniform(1.0, 1.1)),
        hips=float(random.uniform(1.0, 1.1) if slight else random.uniform(0.94, 1.02)),
        skin=SKINS[random.integers(len(SKINS))],
        hair=HAIRS[random.integers(len(HAIRS))],
        top=TOPS[random.integers(len(TOPS))],
        bottom=BOTTOMS[random.integers(len(BOTTOMS))],
        shoes=SHOES[random.integers(len(SHOES))],
        haircut=str(random.choice(("long", "bun", "bun", "short") if slight else ("short", "short", "short", "bun"))),
        sleeves=str(random.choice(("none", "short", "long") if slight else ("none", "short", "short"))),
        legs=str(random.choice(("long", "long", "shorts") if slight else ("shorts", "shorts", "long"))),
    )


_Part = tuple[int, Vector, Vector, float, float, Colour]


def _trunk(look: Look) -> list[_Part]:
    shirt, trousers, skin = look.top, look.bottom, look.skin
    g, w, h = look.girth, look.shoulders, look.hips
    dark = _darker(shirt, 0.92)
    parts: list[_Part] = [
        (PELVIS, (-0.042 * h, -0.010, -0.006), (0.042 * h, -0.010, -0.006), 0.060 * g, 0.060 * g, trousers),
        (PELVIS, (0.0, -0.012, 0.000), (0.0, 0.040, 0.002), 0.061 * g, 0.060 * g, trousers),
        (PELVIS, (0.0, 0.058, 0.002), (0.0, 0.120, 0.003), 0.062 * g, 0.060 * g, shirt),
        (CHEST, (0.0, -0.010, 0.003), (0.0, 0.090, 0.010), 0.060 * g, 0.058 * g, shirt),
        (CHEST, (0.0, 0.080, 0.004), (0.0, 0.140, 0.000), 0.056 * g, 0.044 * g, shirt),
        (CHEST, (-0.078 * w, 0.142, -0.004), (0.078 * w, 0.142, -0.004), 0.041 * g, 0.041 * g, shirt),
        (CHEST, (-0.044 * w, 0.164, -0.008), (0.044 * w, 0.164, -0.008), 0.031 * g, 0.031 * g, dark),
        (CHEST, (0.0, 0.165, -0.006), (0.0, 0.226, 0.008), 0.034 * g, 0.030, skin),
    ]
    for x in (-1, 1):
        parts += [
            (PELVIS, (x * 0.040 * h, -0.004, 0.0), (x * 0.036 * h, 0.040, 0.002), 0.059 * g, 0.057 * g, trousers),
            (PELVIS, (x * 0.034 * h, 0.060, 0.002), (x * 0.033, 0.120, 0.002), 0.0585 * g, 0.056 * g, shirt),
            (CHEST, (x * 0.033, -0.010, 0.002), (x * 0.050 * w, 0.098, 0.006), 0.0565 * g, 0.058 * g, shirt),
            (CHEST, (x * 0.050 * w, 0.090, 0.006), (x * 0.066 * w, 0.140, -0.002), 0.057 * g, 0.044 * g, shirt),
            (CHEST, (x * 0.040 * w, 0.070, -0.012), (x * 0.052 * w, 0.135, -0.020), 0.046 * g, 0.036 * g, shirt),
            (CHEST, (x * 0.088 * w, 0.158, -0.006), (x * 0.012, 0.196, -0.010), 0.026 * g, 0.026 * g, dark),
        ]
    return parts


def _head(look: Look) -> list[_Part]:
    skin, hair = look.skin, look.hair
    shaded = _darker(skin, 0.86)
    parts: list[_Part] = [
        (HEAD, (0.0, 0.124, -0.016), (0.0, 0.122, 0.010), 0.046, 0.044, skin),
        (HEAD, (0.0, 0.116, 0.010), (0.0, 0.082, 0.022), 0.040, 0.028, skin),
        (HEAD, (0.0, 0.112, 0.050), (0.0, 0.098, 0.058), 0.006, 0.010, shaded),
        (HEAD, (-0.014, 0.079, 0.046), (0.014, 0.079, 0.046), 0.006, 0.006, (70, 70, 150)),
    ]
    for x in (-1, 1):
        parts += [
            (HEAD, (x * 0.047, 0.104, -0.006), (x * 0.048, 0.116, -0.010), 0.009, 0.011, shaded),
            (HEAD, (x * 0.014, 0.118, 0.045), (x * 0.024, 0.118, 0.042), 0.0075, 0.0065, (235, 235, 235)),
            (HEAD, (x * 0.018, 0.118, 0.049), (x * 0.020, 0.118, 0.049), 0.0060, 0.0060, (25, 25, 30)),
            (HEAD, (x * 0.010, 0.131, 0.0475), (x * 0.026, 0.131, 0.0415), 0.0035, 0.0030, _darker(hair, 0.7)),
        ]
    parts += [
        (HEAD, (0.0, 0.136, -0.022), (0.0, 0.142, 0.002), 0.047, 0.044, hair),
        (HEAD, (0.0, 0.096, -0.026), (0.0, 0.130, -0.024), 0.040, 0.046, hair),
    ]
    if look.haircut == "long":
        parts.append((HEAD, (0.0, 0.120, -0.044), (0.0, 0.010, -0.052), 0.034, 0.020, hair))
    if look.haircut == "bun":
        parts.append((HEAD, (0.0, 0.160, -0.058), (0.0, 0.164, -0.060), 0.024, 0.024, hair))
    return parts


def _limbs(look: Look, number: int, *, fists: bool) -> list[_Part]:
    skin, g = look.skin, look.girth
    sleeve = skin if look.sleeves == "none" else look.top
    cuff = look.top if look.sleeves == "long" else skin
    shin = look.bottom if look.legs == "long" else skin
    upper, lower, hand = UPPER_ARMS[number], FOREARMS[number], HANDS[number]
    thigh, shank, foot = THIGHS[number], SHANKS[number], FEET[number]
    parts: list[_Part] = [
        (upper, (0.004, -0.004, 0.0), (0.004, -0.055, 0.0), 0.037 * g, 0.034 * g, sleeve),
        (upper, (0.0, -0.050, 0.0), (0.0, -0.184, 0.0), 0.031 * g, 0.024 * g, cuff),
        (upper, (0.0, -0.080, 0.008), (0.0, -0.130, 0.007), 0.026 * g, 0.024 * g, cuff),
        (lower, (0.0, 0.0, 0.0), (0.0, -0.060, 0.0), 0.024 * g, 0.025 * g, cuff),
        (lower, (0.0, -0.060, 0.0), (0.0, -0.146, 0.0), 0.025 * g, 0.016, cuff),
        (thigh, (0.006, 0.0, 0.0), (0.0, -0.130, 0.002), 0.056 * g, 0.049 * g, look.bottom),
        (thigh, (0.0, -0.120, 0.002), (0.0, -0.243, 0.0), 0.047 * g, 0.034 * g, shin),
        (thigh, (0.004, -0.010, -0.024), (0.002, -0.060, -0.010), 0.046 * g, 0.042 * g, look.bottom),
        (shank, (0.0, 0.0, 0.002), (0.0, -0.120, -0.002), 0.034 * g, 0.028 * g, shin),
        (shank, (0.0, -0.040, -0.012), (0.0, -0.110, -0.010), 0.028 * g, 0.024 * g, shin),
        (shank, (0.0, -0.120, -0.002), (0.0, -0.235, 0.0), 0.028 * g, 0.019, shin),
        (shank, (0.0, -0.205, 0.0), (0.0, -0.236, 0.0), 0.022, 0.021, (215, 215, 215)),
        (foot, (0.0, -0.016, -0.020), (0.0, -0.019, 0.050), 0.023, 0.020, look.shoes),
        (foot, (0.0, -0.020, 0.040), (0.003, -0.024, 0.098), 0.021, 0.014, look.shoes),
        (foot, (0.0, -0.033, -0.026), (0.003, -0.033, 0.100), 0.008, 0.007, _darker(look.shoes, 0.55)),
    ]
    if fists:
        parts += [
            (hand, (0.0, -0.010, 0.0), (0.0, -0.046, 0.0), 0.018, 0.022, skin),
            (hand, (0.0, -0.044, -0.014), (0.0, -0.044, 0.014), 0.017, 0.017, skin),
            (hand, (-0.006, -0.026, 0.018), (-0.014, -0.048, 0.016), 0.009, 0.008, skin),
        ]
    else:
        parts += [
            (hand, (0.0, -0.006, 0.0), (0.0, -0.046, -0.006), 0.016, 0.017, skin),
            (hand, (0.0, -0.020, 0.004), (0.0, -0.048, 0.010), 0.015, 0.014, skin),
            (hand, (0.0, -0.048, -0.012), (0.0, -0.086, -0.010), 0.011, 0.007, skin),
            (hand, (0.0, -0.050, 0.008), (0.0, -0.096, 0.006), 0.012, 0.008, skin),
            (hand, (0.0, -0.018, 0.014), (0.0, -0.052, 0.030), 0.009, 0.007, skin),
        ]
    if number == 0:
        return parts
    return [
        (bone, (-a[0], a[1], a[2]), (-b[0], b[1], b[2]), radius_a, radius_b, colour)
        for bone, a, b, radius_a, radius_b, colour in parts
    ]


def _darker(colour: Colour, share: float) -> Colour:
    return (colour[0] * share, colour[1] * share, colour[2] * share)


def _keypoint_places(look: Look) -> list[tuple[int, Vector]]:
    """Bone and offset of each keypoint, in the order of `KEYPOINTS`."""
    places: dict[str, tuple[int, Vector]] = {"nose": (HEAD, (0.0, 0.104, 0.066))}
    for number, (side, x) in enumerate((("left", 1.0), ("right", -1.0))):
        places |= {
            f"{side}_eye_inner": (HEAD, (x * 0.010, 0.121, 0.050)),
            f"{side}_eye": (HEAD, (x * 0.019, 0.121, 0.049)),
            f"{side}_eye_outer": (HEAD, (x * 0.028, 0.121, 0.044)),
            f"{side}_ear": (HEAD, (x * 0.050, 0.110, -0.006)),
            f"mouth_{side}": (HEAD, (x * 0.015, 0.084, 0.048)),
            f"{side}_shoulder": (CHEST, (x * HALF_SHOULDERS * look.shoulders, 0.168, 0.0)),
            f"{side}_elbow": (FOREARMS[number], (0.0, 0.0, 0.0)),
            f"{side}_wrist": (HANDS[number], (0.0, 0.0, 0.0)),
            f"{side}_pinky": (HANDS[number], (0.0, -0.052, -0.016)),
            f"{side}_index": (HANDS[number], (0.0, -0.056, 0.014)),
            f"{side}_thumb": (HANDS[number], (0.0, -0.042, 0.024)),
            f"{side}_hip": (PELVIS, (x * HALF_HIPS * look.hips, 0.0, 0.0)),
            f"{side}_knee": (SHANKS[number], (0.0, 0.0, 0.0)),
            f"{side}_ankle": (SHANKS[number], (0.0, 0.012 - SHANK, 0.0)),
            f"{side}_heel": (FEET[number], (0.0, -0.016, -0.030)),
            f"{side}_foot_index": (FEET[number], (x * 0.003, -0.026, 0.100)),
        }
    return [places[name] for name in KEYPOINTS]


_MARGIN: Final = np.full(len(KEYPOINTS), 0.035, np.float32)
"""(33,) how far inside the body a keypoint may lie and still count as seen, in body heights."""
for _name, _depth in {"shoulder": 0.06, "hip": 0.085, "knee": 0.05, "elbow": 0.04, "ear": 0.02}.items():
    _MARGIN[[INDEX[f"left_{_name}"], INDEX[f"right_{_name}"]]] = _depth


class Figure:
    """A person's shape, ready to be put on bones.

    Args:
        look: the appearance.
        fists: hands closed around something instead of open.
    """

    def __init__(self, look: Look, *, fists: bool = False) -> None:
        self.look = look
        parts = [*_trunk(look), *_head(look), *_limbs(look, 0, fists=fists), *_limbs(look, 1, fists=fists)]
        self._bone = np.array([part[0] for part in parts])
        self._a = np.array([part[1] for part in parts], np.float32)
        self._b = np.array([part[2] for part in parts], np.float32)
        self._radius_a = np.array([part[3] for part in parts], np.float32) * look.stature
        self._radius_b = np.array([part[4] for part in parts], np.float32) * look.stature
        self._colour = np.array([part[5] for part in parts], np.float32)
        places = _keypoint_places(look)
        self._keypoint_bone = np.array([bone for bone, _ in places])
        self._keypoint_offset = np.array([offset for _, offset in places], np.float32)
        self.margin: FloatArray = _MARGIN * look.stature
        """(33,) metres."""

    def cones(self, bones: Bones) -> Cones:
        """The body's surface; same unit as the bones times the stature's radii, so give bones in metres."""
        return Cones(
            bones.points(self._bone, self._a * self.look.stature),
            bones.points(self._bone, self._b * self.look.stature),
            self._radius_a,
            self._radius_b,
            self._colour,
        )

    def keypoints(self, bones: Bones) -> FloatArray:
        """(33, 3) places of the keypoints, bones given in metres."""
        return bones.points(self._keypoint_bone, self._keypoint_offset * self.look.stature)
