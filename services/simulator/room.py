"""The gym around the people: floor, wall and furniture, drawn once a camera; and people's shadows on the floor."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.types import FloatArray
from services.simulator.body import Vector
from services.simulator.camera import Camera
from services.simulator.raster import Canvas, Colour, Cones, Image

_WALL_Z: Final = -2.9
_STEEL: Final[Colour] = (150, 148, 145)
_IRON: Final[Colour] = (52, 50, 50)
_PAD: Final[Colour] = (60, 48, 120)
_MAT: Final[Colour] = (168, 140, 96)
_ACCENTS: Final[tuple[Colour, ...]] = ((60, 60, 190), (170, 110, 40), (60, 150, 190))
_LENS_BLUR: Final = (3, 3)

_SHADOW_DEPTH: Final = 5.0
"""Metres of floor before and behind the people on which shadows are kept, together."""
_SHADOW_SCALE: Final = 26.0
"""Shadow pixels in a metre."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands in the room for one person.

    Attributes:
        kind: an exercise's `prop`; bench, seat, pull_up_bar and mat are furniture.
        place: (x, z) metres on the floor; facing: degrees; stature: metres. All as the person's.
    """

    kind: str
    place: tuple[float, float]
    facing: float
    stature: float

    def points(self, points: NDArray[np.float64]) -> FloatArray:
        """(N, 3) person metres -> room metres."""
        cos, sin = math.cos(math.radians(self.facing)), math.sin(math.radians(self.facing))
        turn = np.array(((cos, 0, sin), (0, 1, 0), (-sin, 0, cos)))
        return np.asarray(points @ turn.T + (self.place[0], 0, self.place[1]), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """The empty room as one camera sees it.

    Attributes:
        image: (H, W, 3) BGR; depth: (H, W) metres.
        shadow_size: (width, height) of a shadow mask in pixels.
        floor: (3, 3) shadow pixels to picture pixels.
    """

    image: Image
    depth: FloatArray
    shadow_size: tuple[int, int]
    floor: NDArray[np.float64]

    def cast_shadows(self, image: Image, figures: list[Cones]) -> None:
        """Darken the floor under people, as many lamps in a ceiling do: softly, and more the nearer a part is to it."""
        width, height = self.shadow_size
        mask = np.zeros((height, width), np.uint8)
        for cones in figures:
            lowness = np.exp(-1.6 * np.minimum(cones.a[:, 1], cones.b[:, 1]))
            ends = np.concatenate([cones.a[:, ::2], cones.b[:, ::2]], 1) * _SHADOW_SCALE
            ends = np.round((ends + (width / 2, height / 2) * 2) * 8).astype(int)
            thick = np.maximum(np.round(2.2 * cones.radius_a * _SHADOW_SCALE), 1).astype(int)
            order = np.argsort(lowness)
            for number in order[len(order) // 3 :].tolist():
                x0, y0, x1, y1 = ends[number].tolist()
                cv2.line(mask, (x0, y0), (x1, y1), 150 * float(lowness[number]), int(thick[number]), cv2.LINE_8, 3)
        mask = np.asarray(cv2.stackBlur(mask, (11, 11)), np.uint8)
        x, y, wide, high = cv2.boundingRect(mask)
        corners = np.array([[(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]], np.float64)
        left, top, wide, high = cv2.boundingRect(cv2.perspectiveTransform(corners, self.floor).astype(np.float32))
        left, right = max(left, 0), min(left + wide, image.shape[1])
        top, bottom = max(top, 0), min(top + high, image.shape[0])
        if left >= right or top >= bottom:
            return
        part = image[top:bottom, left:right]
        moved = np.array(((1, 0, -left), (0, 1, -top), (0, 0, 1))) @ self.floor
        shadow = cv2.warpPerspective(mask, moved, (right - left, bottom - top))
        light = cv2.cvtColor(255 - shadow, cv2.COLOR_GRAY2BGR)
        part[:] = cv2.multiply(part, light, scale=1 / 255)


def backdrop(camera: Camera, furniture: Sequence[Furniture], *, seed: int, reach: float) -> Backdrop:
    """Draw the empty room once.

    Args:
        camera: who looks.
        furniture: what stands in it for the people.
        seed: the room's own variation.
        reach: metres from the room's middle to the person furthest aside.
    """
    random = np.random.default_rng([seed, 11])
    size = (camera.height, camera.width)
    canvas = Canvas(camera, np.zeros((*size, 3), np.uint8), np.full(size, 60.0, np.float32))
    _draw_shell(canvas, random)
    _draw_clutter(canvas, random)
    for piece in furniture:
        if "bench" in piece.kind:
            _draw_bench(canvas, piece)
        if "seat" in piece.kind:
            _draw_seat(canvas, piece)
        if "pull_up_bar" in piece.kind:
            _draw_bar(canvas, piece)
        if "mat" in piece.kind:
            _draw_mat(canvas, piece)
    shadow_size = (round(2 * (reach + 2.5) * _SHADOW_SCALE), round(_SHADOW_DEPTH * _SHADOW_SCALE))
    corners = np.array(((-2.0, 0.0, -1.5), (2.0, 0.0, -1.5), (2.0, 0.0, 1.0), (-2.0, 0.0, 1.0)), np.float32)
    on_floor = corners[:, ::2] * np.float32(_SHADOW_SCALE) + np.array(shadow_size, np.float32) / 2
    floor = cv2.getPerspectiveTransform(on_floor, camera.pixels(camera.view(corners)))
    image = np.asarray(cv2.GaussianBlur(canvas.image, _LENS_BLUR, 0), np.uint8)
    return Backdrop(image, canvas.depth, shadow_size, np.asarray(floor, np.float64))


def soften(image: Image, box: tuple[int, int, int, int]) -> None:
    """Blur what was drawn within a box (x0, y0, x1, y1): a lens is never as sharp as arithmetic."""
    x0, y0, x1, y1 = max(box[0] - 2, 0), max(box[1] - 2, 0), box[2] + 2, box[3] + 2
    part = image[y0:y1, x0:x1]
    if part.size:
        part[:] = cv2.GaussianBlur(part, _LENS_BLUR, 0)


def _draw_shell(canvas: Canvas, random: np.random.Generator) -> None:
    """Floor of rubber tiles, wall with a coloured band and skirting, lamps' light: one ray a pixel."""
    camera = canvas.camera
    height, width = canvas.depth.shape
    ys, xs = np.mgrid[0:height, 0:width]
    rays = np.stack([xs - (width - 1) / 2, ys - (height - 1) / 2, np.full(xs.shape, camera.focal_length)], -1)
    rays = (rays / camera.focal_length).reshape(-1, 3) @ camera.axes
    eye = np.array(camera.position)
    with np.errstate(divide="ignore"):
        to_floor = np.where(rays[:, 1] < -1e-6, -eye[1] / rays[:, 1], np.inf)
        to_wall = np.where(rays[:, 2] < -1e-6, (_WALL_Z - eye[2]) / rays[:, 2], np.inf)
    reach = np.minimum(np.minimum(to_floor, to_wall), 60.0)
    x, up, z = (eye + rays * reach[:, None]).T
    away = np.hypot(x, z)

    grain = cv2.GaussianBlur(random.normal(0, 1, (512, 512)).astype(np.float32), (3, 3), 0.7)
    speck = grain[(x * 90).astype(int) % 512, (z * 90).astype(int) % 512] * np.clip(1.4 - away / 6, 0, 1)
    tone = random.uniform(-5, 5, (64, 64))[np.floor(x).astype(int) % 64, np.floor(z).astype(int) % 64]
    seam = np.minimum(np.minimum(x % 1, 1 - x % 1), np.minimum(z % 1, 1 - z % 1)) < 0.012
    near_wall = np.clip(1 - (z - _WALL_Z) / 0.7, 0, 1)
    light = (1.12 - 0.035 * away) * (1 - 0.35 * near_wall**2) * np.where(seam, 0.82, 1)
    floor = (np.array((138, 136, 132)) + (tone + 5 * speck)[:, None]) * light[:, None]

    wall = np.tile(np.array((196.0, 200.0, 204.0)), (len(x), 1))
    wall[up < 1.02] *= (0.86, 0.88, 0.90)
    wall[(up > 1.02) & (up < 1.20)] = _ACCENTS[int(random.integers(len(_ACCENTS)))]
    wall[up < 0.12] = (70, 72, 74)
    wall *= (0.80 + 0.22 * np.clip(up / 2.6, 0, 1) * (0.75 + 0.25 * np.cos(x * 1.4)))[:, None]

    colour = np.where((to_floor <= to_wall)[:, None], floor, wall)
    canvas.image[:] = np.clip(colour, 0, 255).astype(np.uint8).reshape(height, width, 3)
    # Depth is along the view axis; with rays of unit depth that is their reach.
    canvas.depth[:] = reach.reshape(height, width)


def _draw_clutter(canvas: Canvas, random: np.random.Generator) -> None:
    """Along the wall: a window with daylight, a dumbbell rack, two balls, a pile of mats."""
    z = _WALL_Z + 0.02
    x = float(random.uniform(-3.2, -2.4))
    _draw_box(canvas, (x - 0.75, 1.45, z), (x + 0.75, 2.45, z + 0.02), (236, 226, 205))
    for bar in (-0.75, 0.0, 0.75):
        _draw_box(canvas, (x + bar - 0.03, 1.42, z), (x + bar + 0.03, 2.48, z + 0.05), (120, 122, 124))
    rack = float(random.uniform(1.9, 2.6))
    for level in (0.28, 0.62, 0.96):
        _draw_box(canvas, (rack - 0.95, level, z + 0.15), (rack + 0.95, level + 0.05, z + 0.50), _IRON)
        ends = itertools.product(np.arange(rack - 0.8, rack + 0.85, 0.27).tolist(), (0.23, 0.43))
        canvas.draw_cones(_balls([((at, level + 0.13, z + out), 0.065, (48.0, 46.0, 46.0)) for at, out in ends]))
    for side in (-0.95, 0.91):
        _draw_box(canvas, (rack + side, 0.0, z + 0.15), (rack + side + 0.04, 1.1, z + 0.5), _IRON)
    ball = float(random.uniform(-4.4, -3.6))
    large = ((ball, 0.32, z + 0.45), 0.32, (170.0, 120.0, 60.0))
    small = ((ball + 0.62, 0.24, z + 0.4), 0.24, (70.0, 90.0, 170.0))
    canvas.draw_cones(_balls([large, small]))
    pile = float(random.uniform(3.4, 4.2))
    for number in range(4):
        low, high = number * 0.13, number * 0.13 + 0.12
        _draw_box(canvas, (pile - 0.5, low, z + 0.1), (pile + 0.5, high, z + 0.9), _ACCENTS[number % len(_ACCENTS)])


def _balls(items: list[tuple[Vector, float, Colour]]) -> Cones:
    """Spheres: middle, radius, colour."""
    middle = np.array([item[0] for item in items], np.float32)
    radius = np.array([item[1] for item in items], np.float32)
    return Cones(middle, middle, radius, radius, np.array([item[2] for item in items], np.float32))


def _draw_bench(canvas: Canvas, piece: Furniture) -> None:
    """A flat bench whose pad ends under the hips."""
    length, top = 0.48 * piece.stature, 0.245 * piece.stature
    _draw_box(canvas, (-0.14, top - 0.09, -length), (0.14, top, 0.10), _PAD, piece)
    for z in (-0.83 * length, -0.02):
        _draw_box(canvas, (-0.16, 0.0, z), (0.16, 0.05, z + 0.06), _STEEL, piece)
        _draw_box(canvas, (-0.03, 0.05, z), (0.03, top - 0.09, z + 0.06), _STEEL, piece)


def _draw_seat(canvas: Canvas, piece: Furniture) -> None:
    """A flat bench that stands across, behind the person."""
    middle, top = -0.245 * piece.stature, 0.245 * piece.stature
    _draw_box(canvas, (-0.56, top - 0.09, middle - 0.14), (0.56, top, middle + 0.14), _PAD, piece)
    for x in (-0.45, 0.39):
        _draw_box(canvas, (x, 0.0, middle - 0.16), (x + 0.06, 0.05, middle + 0.16), _STEEL, piece)
        _draw_box(canvas, (x, 0.05, middle - 0.03), (x + 0.06, top - 0.09, middle + 0.03), _STEEL, piece)


def _draw_bar(canvas: Canvas, piece: Furniture) -> None:
    """A pull-up bar that hangs from the ceiling."""
    top = 1.285 * piece.stature
    ends = piece.points(np.array(((-0.62, top, 0.0), (0.62, top, 0.0), (-0.62, 3.6, 0.0), (0.62, 3.6, 0.0))))
    radius = np.array((0.018, 0.028, 0.028), np.float32)
    canvas.draw_cones(Cones(ends[[0, 0, 1]], ends[[1, 2, 3]], radius, radius, np.full((3, 3), 74, np.float32)))


def _draw_mat(canvas: Canvas, piece: Furniture) -> None:
    _draw_box(canvas, (-0.36, 0.0, -0.56 * piece.stature), (0.36, 0.012, 0.56 * piece.stature), _MAT, piece)


_FACES: Final = (
    ((0, 1, 3, 2), 0.74), ((4, 5, 7, 6), 0.74), ((0, 1, 5, 4), 0.45),
    ((2, 3, 7, 6), 1.08), ((0, 2, 6, 4), 0.88), ((1, 3, 7, 5), 0.90),
)  # fmt: skip
"""A box's faces by corner, with their light."""


def _draw_box(canvas: Canvas, low: Vector, high: Vector, colour: Colour, piece: Furniture | None = None) -> None:
    """An upright box by its two corners, in room metres or in a piece's own."""
    corners = np.array(list(itertools.product(*zip(low, high, strict=True))))
    placed = corners.astype(np.float32) if piece is None else piece.points(corners)
    for face, light in _FACES:
        canvas.draw_polygon(placed[list(face)], (colour[0] * light, colour[1] * light, colour[2] * light))
