"""The gym around the people: floor, wall and furniture, drawn once a camera; shadows; what hands hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from services.core.types import FloatArray
from services.simulator.camera import Camera
from services.simulator.raster import Cones, Image, draw_cones, draw_polygon

_WALL_Z: Final = -2.9
_SIDE: Final = 9.0
_CEILING: Final = 3.4
_TILE: Final = 1.0

_STEEL, _IRON, _PAD, _RUBBER = (150, 148, 145), (52, 50, 50), (60, 48, 120), (44, 42, 42)
_DISCS: Final = ((60, 60, 190), (170, 110, 40), (60, 150, 190))

_SHADOW_SIZE: Final = (9.0, 6.0)
"""Metres of floor, x and z, on which shadows are kept."""
_SHADOW_SCALE: Final = 32.0
"""Shadow pixels in a metre."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """One piece for one person: bench or pull_up_bar may be in `kind`."""

    kind: str
    place: tuple[float, float]
    facing: float
    stature: float

    def points(self, points: FloatArray) -> FloatArray:
        """(N, 3) person metres -> room metres."""
        cos, sin = math.cos(math.radians(self.facing)), math.sin(math.radians(self.facing))
        turn = np.array(((cos, 0, sin), (0, 1, 0), (-sin, 0, cos)))
        return np.asarray(points @ turn.T + (self.place[0], 0, self.place[1]), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Something in somebody's hands.

    Attributes:
        cones: its bars.
        discs: (D, 3) middles of weight discs; axis: (3,) along which they are thick; radius: metres.
        colour: BGR of the discs.
    """

    cones: Cones
    discs: FloatArray
    axis: FloatArray
    radius: float
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """The empty room.

    Attributes:
        image: (H, W, 3) BGR; depth: (H, W) metres.
        floor: (3, 3) shadow pixels to picture pixels.
        horizon: the first picture row with floor.
    """

    image: Image
    depth: FloatArray
    floor: FloatArray
    horizon: int

    def cast_shadows(self, image: Image, figures: list[Cones]) -> None:
        """Darken the floor under people, as many lamps in a ceiling do: softly, and more the nearer a part is to it."""
        if not figures:
            return
        width, height = (round(length * _SHADOW_SCALE) for length in _SHADOW_SIZE)
        mask = np.zeros((height, width), np.uint8)
        for cones in figures:
            lowness = np.exp(-1.6 * np.minimum(cones.a[:, 1], cones.b[:, 1]))
            order = np.argsort(lowness)
            middle = np.array((width / 2, height / 2))
            ends = np.stack([cones.a[:, ::2], cones.b[:, ::2]], 1) * _SHADOW_SCALE + middle
            ends = np.round(ends * 8).astype(np.int32)
            sizes = np.maximum(np.round(2.2 * cones.radius_a * _SHADOW_SCALE), 1).astype(int)
            for number in order[len(order) // 4 :]:
                first, second = ends[number]
                shade = int(150 * lowness[number])
                cv2.line(mask, first.tolist(), second.tolist(), shade, int(sizes[number]), cv2.LINE_8, 3)
        mask = cv2.GaussianBlur(mask, (0, 0), 2.2)
        rows = image[self.horizon :]
        half = np.diag((0.5, 0.5, 1.0)) @ np.array(((1, 0, 0), (0, 1, -self.horizon), (0, 0, 1.0))) @ self.floor
        seen = cv2.warpPerspective(mask, half, ((rows.shape[1] + 1) // 2, (rows.shape[0] + 1) // 2))
        seen = cv2.resize(seen, (rows.shape[1], rows.shape[0]))
        light = cv2.cvtColor(255 - seen, cv2.COLOR_GRAY2BGR)
        cv2.multiply(rows, light, rows, 1 / 255)


def backdrop(camera: Camera, furniture: list[Furniture], seed: int) -> Backdrop:
    """Draw the empty room once."""
    random = np.random.default_rng([seed, 11])
    image = np.zeros((camera.height, camera.width, 3), np.uint8)
    depth = np.full((camera.height, camera.width), 60.0, np.float32)
    _draw_shell(image, depth, camera, random)
    _draw_clutter(image, depth, camera, random)
    for piece in furniture:
        if "bench" in piece.kind:
            _draw_bench(image, depth, camera, piece)
        if "pull_up_bar" in piece.kind:
            _draw_frame(image, depth, camera, piece)
    corners = np.array(((-2.0, 0.0, -1.5), (2.0, 0.0, -1.5), (2.0, 0.0, 1.0), (-2.0, 0.0, 1.0)), np.float32)
    pixels = camera.pixels(camera.view(corners))
    middle = np.array(_SHADOW_SIZE) * _SHADOW_SCALE / 2
    on_floor = (corners[:, ::2] * _SHADOW_SCALE + middle).astype(np.float32)
    floor = cv2.getPerspectiveTransform(on_floor, pixels)
    foot = camera.pixels(camera.view(np.array(((0.0, 0.0, _WALL_Z),), np.float32)))[0, 1]
    return Backdrop(image, depth, floor, int(np.clip(foot, 0, camera.height - 2)))


def _draw_shell(image: Image, depth: FloatArray, camera: Camera, random: np.random.Generator) -> None:
    """Floor of rubber tiles, wall with a coloured band, skirting and lamps' light, by one ray a pixel."""
    height, width = depth.shape
    ys, xs = np.mgrid[0:height, 0:width]
    rays = np.stack([xs - (width - 1) / 2, ys - (height - 1) / 2, np.full(xs.shape, camera.focal_length)], -1)
    rays = (rays / camera.focal_length).reshape(-1, 3) @ camera.axes
    eye = np.array(camera.position)
    with np.errstate(divide="ignore"):
        to_floor = np.where(rays[:, 1] < -1e-6, -eye[1] / rays[:, 1], np.inf)
        to_wall = np.where(rays[:, 2] < -1e-6, (_WALL_Z - eye[2]) / rays[:, 2], np.inf)
    reach = np.minimum(np.minimum(to_floor, to_wall), 60.0)
    at = eye + rays * reach[:, None]
    on_floor = to_floor <= to_wall
    colour = np.empty((len(at), 3))
    grain = cv2.GaussianBlur(random.normal(0, 1, (512, 512)).astype(np.float32), (3, 3), 0.7)
    speck = grain[(at[:, 0] * 90).astype(int) % 512, (at[:, 2] * 90).astype(int) % 512]
    tone = random.uniform(-5, 5, (64, 64))[
        np.floor(at[:, 0] / _TILE).astype(int) % 64, np.floor(at[:, 2] / _TILE).astype(int) % 64
    ]
    seam = np.minimum(np.abs(at[:, 0] / _TILE % 1 - 0.5), np.abs(at[:, 2] / _TILE % 1 - 0.5))
    distance = np.hypot(at[:, 0], at[:, 2])
    lit = 1.12 - 0.035 * distance
    floor = np.array((92, 90, 88)) + tone[:, None] + 5 * speck[:, None] * np.clip(1.4 - distance / 6, 0, 1)[:, None]
    edge = np.minimum(np.abs((at[:, 0] / _TILE) % 1), 1 - np.abs((at[:, 0] / _TILE) % 1))
    edge = np.minimum(edge, np.minimum((at[:, 2] / _TILE) % 1, 1 - (at[:, 2] / _TILE) % 1))
    floor = np.where((edge < 0.012)[:, None], floor * 0.82, floor) * lit[:, None]
    del seam
    wall = np.broadcast_to(np.array((196, 200, 204.0)), floor.shape).copy()
    up = at[:, 1]
    wall[(up > 1.02) & (up < 1.20)] = _DISCS[int(random.integers(len(_DISCS)))]
    wall[up < 0.12] = (70, 72, 74)
    wall[up < 1.02] *= (0.86, 0.88, 0.90)
    glow = 0.80 + 0.22 * np.clip(up / 2.6, 0, 1) * (0.75 + 0.25 * np.cos(at[:, 0] * 1.4))
    wall *= glow[:, None]
    foot = np.clip(1 - (at[:, 2] - _WALL_Z) / 0.7, 0, 1)
    floor *= (1 - 0.35 * foot**2)[:, None]
    colour = np.where(on_floor[:, None], floor, wall)
    image[:] = np.clip(colour, 0, 255).astype(np.uint8).reshape(height, width, 3)
    depth[:] = np.where(np.isfinite(reach), (reach * np.ones(1)), 60).astype(np.float32).reshape(height, width)


def _draw_clutter(image: Image, depth: FloatArray, camera: Camera, random: np.random.Generator) -> None:
    """Along the wall: a dumbbell rack, stacked discs, balls, a window with daylight, a door."""
    z = _WALL_Z + 0.02
    x = float(random.uniform(-3.2, -2.4))
    _box(image, depth, camera, (x - 0.75, 1.45, z), (x + 0.75, 2.45, z + 0.02), (236, 226, 205))
    for bar in (-0.75, 0.0, 0.75):
        _box(image, depth, camera, (x + bar - 0.03, 1.42, z), (x + bar + 0.03, 2.48, z + 0.05), (120, 122, 124))
    rack = float(random.uniform(1.9, 2.6))
    for level in (0.28, 0.62, 0.96):
        _box(image, depth, camera, (rack - 0.95, level, z + 0.15), (rack + 0.95, level + 0.05, z + 0.50), _IRON)
        places = np.arange(rack - 0.8, rack + 0.85, 0.27)
        _dumbbell_row(image, depth, camera, places, level + 0.13, z + 0.33)
    for side in (-0.95, 0.91):
        _box(image, depth, camera, (rack + side, 0.0, z + 0.15), (rack + side + 0.04, 1.1, z + 0.5), _IRON)
    ball = float(random.uniform(-4.4, -3.6))
    balls = [(ball, 0.32, z + 0.45, 0.32, (170, 120, 60)), (ball + 0.62, 0.24, z + 0.4, 0.24, (70, 90, 170))]
    draw_cones(image, depth, camera, _spheres(balls))
    pile = float(random.uniform(3.4, 4.2))
    for number in range(4):
        _box(image, depth, camera, (pile - 0.5, number * 0.13, z + 0.1), (pile + 0.5, number * 0.13 + 0.12, z + 0.9),
             _DISCS[number % 3])  # fmt: skip


def _dumbbell_row(image: Image, depth: FloatArray, camera: Camera, places: FloatArray, y: float, z: float) -> None:
    weights = [(x, y, z + offset, 0.065, (48, 46, 46)) for x in places.tolist() for offset in (-0.10, 0.10)]
    draw_cones(image, depth, camera, _spheres(weights))


def _spheres(items: list[tuple[float, float, float, float, tuple[float, float, float]]]) -> Cones:
    centre = np.array([item[:3] for item in items], np.float32)
    radius = np.array([item[3] for item in items], np.float32)
    return Cones(centre, centre, radius, radius, np.array([item[4] for item in items], np.float32))


def _draw_bench(image: Image, depth: FloatArray, camera: Camera, piece: Furniture) -> None:
    """A flat bench whose pad ends under the hips."""
    h = piece.stature
    top = 0.320 * h - 0.075 * h
    _box(image, depth, camera, (-0.14, top - 0.09, -0.48 * h), (0.14, top, 0.10), _PAD, piece)
    for z in (-0.40 * h, -0.02):
        _box(image, depth, camera, (-0.16, 0.0, z), (0.16, 0.05, z + 0.06), _STEEL, piece)
        _box(image, depth, camera, (-0.03, 0.05, z), (0.03, top - 0.09, z + 0.06), _STEEL, piece)


def _draw_frame(image: Image, depth: FloatArray, camera: Camera, piece: Furniture) -> None:
    """A pull-up bar between two posts."""
    h = piece.stature
    ends = piece.points(
        np.array(((-0.62, 1.285 * h, 0.0), (0.62, 1.285 * h, 0.0), (-0.62, 0, 0), (0.62, 0, 0)), np.float32)
    )
    a, b = ends[[0, 0, 1]], ends[[1, 2, 3]]
    radius = np.array((0.018, 0.035, 0.035), np.float32)
    draw_cones(image, depth, camera, Cones(a, b, radius, radius, np.full((3, 3), 74, np.float32)))


def _box(
    image: Image,
    depth: FloatArray,
    camera: Camera,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    colour: tuple[float, float, float],
    piece: Furniture | None = None,
) -> None:
    """An upright box by its two corners, in room metres or in a piece's own."""
    corners = np.array(
        [[(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    )
    if piece is not None:
        corners = piece.points(corners)
    faces = (
        ((0, 1, 3, 2), 0.74),
        ((4, 5, 7, 6), 0.74),
        ((0, 1, 5, 4), 0.45),
        ((2, 3, 7, 6), 1.08),
        ((0, 2, 6, 4), 0.88),
        ((1, 3, 7, 5), 0.9),
    )
    for face, light in faces:
        shade = (colour[0] * light, colour[1] * light, colour[2] * light)
        draw_polygon(image, depth, camera, corners[list(face)], shade)


def held(prop: str, grips: FloatArray, thumbs: FloatArray, radius: float) -> list[Held]:
    """What is in the hands.

    Args:
        prop: an exercise's `prop`.
        grips: (2, 3) where the hands close, room metres.
        thumbs: (2, 3) unit vectors towards the thumb, along which a closed hand holds a bar.
        radius: of a barbell's discs, metres.
    """
    if "barbell" in prop:
        middle = grips.mean(0)
        axis = grips[0] - grips[1]
        axis = axis / max(float(np.linalg.norm(axis)), 1e-6)
        bars = [(-0.92, 0.92, 0.014, _STEEL), (-0.92, -0.66, 0.025, _STEEL), (0.66, 0.92, 0.025, _STEEL)]
        discs = np.stack([middle + axis * at for at in (-0.74, 0.74)])
        return [Held(_bars(middle, axis, bars), discs, axis, radius, _RUBBER)]
    if prop == "dumbbells":
        bars = [(-0.11, 0.11, 0.014, _STEEL), (-0.13, -0.07, 0.045, _IRON), (0.07, 0.13, 0.045, _IRON)]
        none = np.empty((0, 3), np.float32)
        return [
            Held(_bars(grip, along, bars), none, along, 0.0, _IRON) for grip, along in zip(grips, thumbs, strict=True)
        ]
    return []


def _bars(
    middle: FloatArray, axis: FloatArray, bars: list[tuple[float, float, float, tuple[float, float, float]]]
) -> Cones:
    a = np.stack([middle + axis * bar[0] for bar in bars]).astype(np.float32)
    b = np.stack([middle + axis * bar[1] for bar in bars]).astype(np.float32)
    radius = np.array([bar[2] for bar in bars], np.float32)
    return Cones(a, b, radius, radius, np.array([bar[3] for bar in bars], np.float32))


def draw_discs(image: Image, depth: FloatArray, camera: Camera, thing: Held) -> None:
    """Weight discs as two faces and the rim between them."""
    if not len(thing.discs):
        return
    axis = thing.axis
    first = np.cross(axis, (0.0, 1.0, 0.0))
    first = first / max(float(np.linalg.norm(first)), 1e-6)
    second = np.cross(axis, first)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = (np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * second) * thing.radius
    facing = 1.0 if axis @ (np.array(camera.position) - thing.discs[0]) > 0 else -1.0
    b, g, r = thing.colour
    for disc in thing.discs:
        front, back = disc + ring + axis * (0.03 * facing), disc + ring - axis * (0.03 * facing)
        rim = cv2.convexHull(
            camera.pixels(camera.view(np.concatenate([front, back]).astype(np.float32))), returnPoints=False
        )
        draw_polygon(image, depth, camera, np.concatenate([front, back])[rim[:, 0]], (b * 0.45, g * 0.45, r * 0.45))
        draw_polygon(image, depth, camera, front, (b * 0.85, g * 0.85, r * 0.85))
        hub = disc + ring * 0.28 + axis * (0.031 * facing)
        draw_polygon(image, depth, camera, hub, (105, 105, 108))
