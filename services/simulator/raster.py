r"""Solid shapes to pixels: rounded cones with soft shading, and flat polygons, against one depth buffer.

A rounded cone is every sphere between two end spheres:      .--.____
                                                            (    .    ``)     centre a + t(b - a), radius ra + t(rb - ra)
                                                             `--'````

Within one cone the projection is taken as parallel, so the sphere that shows at a pixel, and its depth, come in closed
form. All cones of a picture are worked on at once: cones -> their rows -> the spans of those rows -> pixels, so the
cost goes with the area drawn and not with the picture. Only numpy and OpenCV calls on whole arrays, which let go of
the interpreter lock.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.types import FloatArray
from services.simulator.camera import Camera

Image = NDArray[np.uint8]

_LIGHT = np.array(
    [-0.35, -0.80, -0.49], np.float32
)  # towards the lamp, in view axes: above, left, on the camera's side
_LIGHT /= np.linalg.norm(_LIGHT)
_AMBIENT, _DIFFUSE, _FACING = 0.40, 0.46, 0.24
_NEAR = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Cones:
    """Rounded cones, in room metres.

    Attributes:
        a, b: (C, 3) centres of the end spheres.
        radius_a, radius_b: (C,) their radii.
        colour: (C, 3) BGR, 0-255.
    """

    a: FloatArray
    b: FloatArray
    radius_a: FloatArray
    radius_b: FloatArray
    colour: FloatArray

    @staticmethod
    def joined(parts: list[Cones]) -> Cones:
        """Several groups as one."""
        return Cones(
            np.concatenate([part.a for part in parts]),
            np.concatenate([part.b for part in parts]),
            np.concatenate([part.radius_a for part in parts]),
            np.concatenate([part.radius_b for part in parts]),
            np.concatenate([part.colour for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class FlatCones:
    """Rounded cones as one camera sees them: pixels, and depths in pixels at each cone's own scale.

    Attributes:
        a: (C, 3) first end; u: (C, 3) first end to second end.
        radius: (C,) of the first end; taper: (C,) second radius less the first.
        scale: (C,) pixels in a metre.
    """

    a: FloatArray
    u: FloatArray
    radius: FloatArray
    taper: FloatArray
    scale: FloatArray

    @staticmethod
    def seen(camera: Camera, cones: Cones) -> FlatCones:
        """Project; cones behind the camera get no size."""
        view_a, view_b = camera.view(cones.a), camera.view(cones.b)
        near = np.minimum(view_a[:, 2], view_b[:, 2]) < _NEAR
        depth_a, depth_b = np.maximum(view_a[:, 2], _NEAR), np.maximum(view_b[:, 2], _NEAR)
        scale = 2 * camera.focal_length / (depth_a + depth_b)
        a = np.column_stack([camera.pixels(view_a), view_a[:, 2] * scale])
        u = np.column_stack([camera.pixels(view_b), view_b[:, 2] * scale]) - a
        radius = np.where(near, 0, cones.radius_a * camera.focal_length / depth_a)
        taper = np.where(near, 0, cones.radius_b * camera.focal_length / depth_b - radius)
        # Seen along its axis one end hides the other and the closed form has no answer: less taper, a hair of length.
        u[:, 0] += np.where(np.hypot(u[:, 0], u[:, 1]) < 0.3, 0.3, 0)
        length = np.hypot(u[:, 0], u[:, 1])
        taper = np.clip(taper, -0.9 * length, 0.9 * length)
        return FlatCones(
            a.astype(np.float32),
            u.astype(np.float32),
            radius.astype(np.float32),
            taper.astype(np.float32),
            scale.astype(np.float32),
        )


def draw_cones(image: Image, depth: FloatArray, camera: Camera, cones: Cones) -> None:
    """Draw in place.

    Args:
        image: (H, W, 3) BGR.
        depth: (H, W) metres from the camera; nearer things already there stay in front.
        camera: whose picture this is.
        cones: what to draw, in any order.
    """
    height, width = depth.shape
    flat = FlatCones.seen(camera, cones)
    row_cone, row_y = _rows(flat, height)
    if not len(row_cone):
        return
    # Per row everything that does not depend on x; np.repeat then carries it to the row's pixels.
    a, u, radius, taper = flat.a[row_cone], flat.u[row_cone], flat.radius[row_cone], flat.taper[row_cone]
    first, count = _spans(a, u, radius, taper, row_y, width)
    total = int(count.sum())
    if not total:
        return
    dy = row_y - a[:, 1]
    alpha = taper * taper - u[:, 0] ** 2 - u[:, 1] ** 2
    squash = alpha / (alpha - u[:, 2] ** 2)
    offset = np.cumsum(count) - count
    x = np.arange(total, dtype=np.float32) + np.repeat((first - offset).astype(np.float32), count)
    row = np.repeat(np.arange(len(count), dtype=np.int32), count)
    dx = x - np.repeat(a[:, 0], count)
    # Q(t) = radius(t)^2 - distance(t)^2 = alpha t^2 + beta t + gamma; the surface is where -z(t) + sqrt(Q(t)) is most.
    half_beta = np.repeat(radius * taper + dy * u[:, 1], count) + dx * np.repeat(u[:, 0], count)
    gamma = np.repeat(radius * radius - dy * dy, count) - dx * dx
    inverse = np.repeat(1 / alpha, count)
    tip = half_beta * inverse
    bulge = np.sqrt(np.maximum(gamma - half_beta * tip, 0) * np.repeat(squash, count))
    t = np.clip(np.repeat(u[:, 2] / alpha, count) * bulge - tip, 0, 1)
    q = gamma + t * (2 * half_beta + t * np.repeat(alpha, count))
    hit = np.flatnonzero(q > 0)
    row, t, q, dx = row[hit], t[hit], np.sqrt(q[hit]), dx[hit]
    pixel = (row_y[row].astype(np.int32) * width) + x[hit].astype(np.int32)
    cone_z = (a[:, 2] / flat.scale[row_cone])[row] + t * (u[:, 2] / flat.scale[row_cone])[row]
    z = cone_z - q * (1 / flat.scale[row_cone])[row]
    buffer = depth.reshape(-1)
    np.minimum.at(buffer, pixel, z)
    front = np.flatnonzero(buffer[pixel] == z)
    row, t, q, dx, pixel = row[front], t[front], q[front], dx[front], pixel[front]
    inverse_radius = 1 / (radius[row] + t * taper[row])
    light = (dx - t * u[row, 0]) * _LIGHT[0] + (dy[row] - t * u[row, 1]) * _LIGHT[1] - q * _LIGHT[2]
    shade = _AMBIENT + inverse_radius * (np.maximum(light, 0) * _DIFFUSE + q * _FACING)
    colour = cones.colour[row_cone[row]] * shade[:, None]
    image.reshape(-1, 3)[pixel] = np.minimum(colour, 255).astype(np.uint8)


def _rows(flat: FlatCones, height: int) -> tuple[NDArray[np.int64], FloatArray]:
    """The picture's rows that each cone touches: (R,) cone and (R,) y."""
    end_y, end_radius = flat.a[:, 1] + flat.u[:, 1], flat.radius + flat.taper
    top = np.clip(np.ceil(np.minimum(flat.a[:, 1] - flat.radius, end_y - end_radius)), 0, height).astype(np.int64)
    bottom = np.clip(np.floor(np.maximum(flat.a[:, 1] + flat.radius, end_y + end_radius)) + 1, 0, height)
    count = np.maximum(bottom.astype(np.int64) - top, 0)
    cone = np.repeat(np.arange(len(count)), count)
    y = np.arange(len(cone)) - np.repeat(np.cumsum(count) - count - top, count)
    return cone, y.astype(np.float32)


def _spans(
    a: FloatArray, u: FloatArray, radius: FloatArray, taper: FloatArray, y: FloatArray, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where a cone can be in each row: (R,) first x and (R,) number of pixels; a little too wide, never too narrow."""
    end_x, end_radius = a[:, 0] + u[:, 0], radius + taper
    left = np.minimum(a[:, 0] - radius, end_x - end_radius)
    right = np.maximum(a[:, 0] + radius, end_x + end_radius)
    largest = np.maximum(radius, end_radius)
    steep = np.abs(u[:, 1]) > 0.5
    rise = np.where(steep, u[:, 1], 1)
    middle = a[:, 0] + (y - a[:, 1]) * u[:, 0] / rise
    half = largest * np.hypot(u[:, 0], u[:, 1]) / np.abs(rise)
    left = np.where(steep, np.maximum(left, middle - half), left)
    right = np.where(steep, np.minimum(right, middle + half), right)
    first = np.clip(np.ceil(left), 0, width).astype(np.int64)
    last = np.clip(np.floor(right) + 1, 0, width).astype(np.int64)
    return first, np.maximum(last - first, 0)


def draw_polygon(
    image: Image, depth: FloatArray, camera: Camera, corners: FloatArray, colour: tuple[float, float, float]
) -> None:
    """Draw one flat convex polygon in place.

    Args:
        image, depth: as in `draw_cones`.
        camera: whose picture this is.
        corners: (N, 3) room metres, in order; all must lie before the camera.
        colour: BGR 0-255, lit already.
    """
    view = camera.view(corners.astype(np.float32))
    if view[:, 2].min() < _NEAR:
        return
    pixels = camera.pixels(view)
    height, width = depth.shape
    x0, y0 = np.clip(np.floor(pixels.min(0)), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(pixels.max(0)) + 1, 0, (width, height)).astype(int)
    if x0 >= x1 or y0 >= y1:
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(mask, np.round((pixels - (x0, y0)) * 16).astype(np.int32), 1, shift=4)
    # 1/z is linear over a plane's picture.
    basis = np.column_stack([pixels, np.ones(len(pixels))])
    slope_x, slope_y, constant = np.linalg.lstsq(basis, 1 / view[:, 2], rcond=None)[0]
    ys, xs = np.mgrid[y0:y1, x0:x1]
    nearness = np.clip(slope_x * xs + slope_y * ys + constant, 1 / view[:, 2].max(), 1 / view[:, 2].min())
    z = (1 / nearness).astype(np.float32)
    part = depth[y0:y1, x0:x1]
    shown = (mask > 0) & (z < part)
    part[shown] = z[shown]
    image[y0:y1, x0:x1][shown] = np.clip(colour, 0, 255)


def depth_behind(flat: FlatCones, pixels: FloatArray) -> FloatArray:
    """The front of each cone at single points: (P, C) metres from the camera, infinite where a cone is not.

    Args:
        flat: C cones.
        pixels: (P, 2).
    """
    dx = pixels[:, 0:1] - flat.a[None, :, 0]
    dy = pixels[:, 1:2] - flat.a[None, :, 1]
    u, radius, taper = flat.u, flat.radius, flat.taper
    alpha = taper * taper - u[:, 0] ** 2 - u[:, 1] ** 2
    half_beta = radius * taper + dx * u[:, 0] + dy * u[:, 1]
    gamma = radius * radius - dx * dx - dy * dy
    bulge = np.sqrt(np.maximum(gamma - half_beta**2 / alpha, 0) * alpha / (alpha - u[:, 2] ** 2))
    t = np.clip(u[:, 2] / alpha * bulge - half_beta / alpha, 0, 1)
    q = gamma + t * (2 * half_beta + t * alpha)
    z = (flat.a[:, 2] + t * u[:, 2] - np.sqrt(np.maximum(q, 0))) / flat.scale
    return np.where(q > 0, z, np.inf).astype(np.float32)
