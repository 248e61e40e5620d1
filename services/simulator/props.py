"""What hands hold: barbells, dumbbells, a plate, a bottle, a towel, a telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from services.core.types import FloatArray
from services.simulator.camera import Camera
from services.simulator.raster import Canvas, Colour, Cones

_STEEL: Final[Colour] = (150, 148, 145)
_IRON: Final[Colour] = (52, 50, 50)
_RUBBER: Final[Colour] = (44, 42, 42)
_PLATE: Final = 0.19
"""Radius of a plate in somebody's hands, metres."""
_ONE_HANDED: Final[dict[str, tuple[tuple[tuple[float, float, float, Colour], ...], bool]]] = {
    "bottle": (((-0.09, 0.08, 0.036, (200, 140, 60)), (0.08, 0.12, 0.018, _RUBBER)), False),
    "phone": (((-0.05, 0.05, 0.022, (30, 28, 28)),), False),
    "towel": (((-0.30, 0.02, 0.035, (215, 225, 230)), (-0.22, 0.0, 0.045, (205, 215, 225))), True),
}
"""Bars (from, to, radius in metres, colour) along the thumb, or upright as what hangs down."""


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


def held(prop: str, grips: FloatArray, thumbs: FloatArray, radius: float) -> list[Held]:
    """What is in the hands.

    Args:
        prop: an exercise's `prop`.
        grips: (2, 3) where the hands close, room metres; one-handed things are in the second.
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
    none = np.empty((0, 3), np.float32)
    if "plate" in prop:
        across = grips[0] - grips[1]
        axis = np.cross(across, (0.0, 1.0, 0.0))
        axis = (axis / max(float(np.linalg.norm(axis)), 1e-6)).astype(np.float32)
        middle = grips.mean(0)
        return [Held(_bars(middle, axis, [(-0.02, 0.02, 0.03, _STEEL)]), middle[None], axis, _PLATE, _RUBBER)]
    for name, (parts, upright) in _ONE_HANDED.items():
        if name in prop:
            axis = np.array((0.0, 1.0, 0.0), np.float32) if upright else thumbs[1]
            return [Held(_bars(grips[1], axis, list(parts)), none, axis, 0.0, _IRON)]
    return []


def _bars(middle: FloatArray, axis: FloatArray, bars: list[tuple[float, float, float, Colour]]) -> Cones:
    a = np.stack([middle + axis * bar[0] for bar in bars]).astype(np.float32)
    b = np.stack([middle + axis * bar[1] for bar in bars]).astype(np.float32)
    radius = np.array([bar[2] for bar in bars], np.float32)
    return Cones(a, b, radius, radius, np.array([bar[3] for bar in bars], np.float32))


def disc_fronts(camera: Camera, thing: Held, view: FloatArray) -> FloatArray:
    """How far away discs hide points: (P, D) metres from the camera, infinite where they do not.

    Args:
        camera: who looks.
        thing: whose discs.
        view: (P, 3) points in view metres.
    """
    if not len(thing.discs):
        return np.empty((len(view), 0), np.float32)
    middles = camera.view(thing.discs)
    axis = camera.axes @ thing.axis
    towards = view @ axis
    share = (middles @ axis)[None, :] / np.where(np.abs(towards) < 1e-6, 1e-6, towards)[:, None]
    met = view[:, None, :] * share[..., None]
    inside = np.linalg.norm(met - middles[None], axis=2) < thing.radius
    return np.where(inside & (share > 0) & (share < 1), met[..., 2], np.inf).astype(np.float32)


def draw_discs(canvas: Canvas, thing: Held) -> None:
    """Weight discs as two faces and the rim between them."""
    if not len(thing.discs):
        return
    axis = thing.axis
    first = np.cross(axis, (0.0, 1.0, 0.0))
    first = first / max(float(np.linalg.norm(first)), 1e-6)
    second = np.cross(axis, first)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = (np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * second) * thing.radius
    facing = 1.0 if axis @ (np.array(canvas.camera.position) - thing.discs[0]) > 0 else -1.0
    b, g, r = thing.colour
    for disc in thing.discs:
        front, back = disc + ring + axis * (0.03 * facing), disc + ring - axis * (0.03 * facing)
        rim = cv2.convexHull(
            canvas.camera.pixels(canvas.camera.view(np.concatenate([front, back]).astype(np.float32))),
            returnPoints=False,
        )
        canvas.draw_polygon(np.concatenate([front, back])[rim[:, 0]], (b * 0.45, g * 0.45, r * 0.45))
        canvas.draw_polygon(front, (b * 0.85, g * 0.85, r * 0.85))
        hub = disc + ring * 0.28 + axis * (0.031 * facing)
        canvas.draw_polygon(hub, (105, 105, 108))
