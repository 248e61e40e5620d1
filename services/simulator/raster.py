r"""Solid shapes to pixels: rounded cones with soft shading, and flat polygons, against one depth buffer.

A rounded cone is every sphere between two end spheres:      .--.____
                                                            (    .    ``)     centre a + t(b - a),
                                                             `--'````         radius ra + t(rb - ra)

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
Colour = tuple[float, float, float]
"""BGR, 0-255."""

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

    def taken(self, index: NDArray[np.int64]) -> FlatCones:
        """The cones at some indices."""
        return FlatCones(self.a[index], self.u[index], self.radius[index], self.taper[index], self.scale[index])


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A picture in the making; nearer things already drawn stay in front.

    Attributes:
        camera: whose picture this is.
        image: (H, W, 3) BGR, drawn into.
        depth: (H, W) metres from the camera, kept up to date.
    """

    camera: Camera
    image: Image
    depth: FloatArray

    def draw_cones(self, cones: Cones) -> tuple[int, int, int, int]:
        """Draw rounded cones, in any order; returns the box that was changed: x0, y0, x1, y1 (pixels)."""
        height, width = self.depth.shape
        flat = FlatCones.seen(self.camera, cones)
        cone, y = _rows(flat, height)
        # Per row everything that does not depend on x; np.repeat then carries it to the row's pixels.
        rows = flat.taken(cone)
        first, count = _spans(rows, y, width)
        total = int(count.sum())
        if not total:
            return (0, 0, 0, 0)
        u, radius, taper, dy = rows.u, rows.radius, rows.taper, y - rows.a[:, 1]
        alpha = taper * taper - u[:, 0] ** 2 - u[:, 1] ** 2
        x = np.arange(total, dtype=np.float32) + np.repeat((first - np.cumsum(count) + count).astype(np.float32), count)
        row = np.repeat(np.arange(len(count), dtype=np.int32), count)
        dx = x - np.repeat(rows.a[:, 0], count)
        # Q(t) = radius(t)^2 - distance(t)^2 = alpha t^2 + beta t + gamma; it shows where sqrt(Q(t)) - z(t) is most.
        half_beta = np.repeat(radius * taper + dy * u[:, 1], count) + dx * np.repeat(u[:, 0], count)
        gamma = np.repeat(radius * radius - dy * dy, count) - dx * dx
        tip = half_beta * np.repeat(1 / alpha, count)
        bulge = np.maximum(gamma - half_beta * tip, 0) * np.repeat(alpha / (alpha - u[:, 2] ** 2), count)
        t = np.clip(np.repeat(u[:, 2] / alpha, count) * np.sqrt(bulge) - tip, 0, 1)
        q = gamma + t * (2 * half_beta + t * np.repeat(alpha, count))
        hit = np.flatnonzero(q > 0)
        row, t, q, dx = row[hit], t[hit], np.sqrt(q[hit]), dx[hit]
        pixel = y[row].astype(np.int32) * width + x[hit].astype(np.int32)
        z = (rows.a[row, 2] + t * u[row, 2] - q) / rows.scale[row]
        buffer = self.depth.reshape(-1)
        np.minimum.at(buffer, pixel, z)
        front = np.flatnonzero(buffer[pixel] == z)
        row, t, q, dx, pixel = row[front], t[front], q[front], dx[front], pixel[front]
        light = (dx - t * u[row, 0]) * _LIGHT[0] + (dy[row] - t * u[row, 1]) * _LIGHT[1] - q * _LIGHT[2]
        shade = _AMBIENT + (np.maximum(light, 0) * _DIFFUSE + q * _FACING) / (radius[row] + t * taper[row])
        colour = cones.colour[cone[row]] * shade[:, None]
        self.image.reshape(-1, 3)[pixel] = np.minimum(colour, 255).astype(np.uint8)
        return int(first.min()), int(y.min()), int((first + count).max()), int(y.max()) + 1

    def draw_polygon(self, corners: FloatArray, colour: Colour) -> None:
        """Draw one flat convex polygon.

        Args:
            corners: (N, 3) room metres, in order; nothing is drawn when one is not before the camera.
            colour: BGR 0-255, lit already.
        """
        view = self.camera.view(corners.astype(np.float32))
        if view[:, 2].min() < _NEAR:
            return
        pixels = self.camera.pixels(view)
        height, width = self.depth.shape
        x0, y0 = (max(int(low), 0) for low in pixels.min(0))
        x1, y1 = (min(int(high) + 2, size) for high, size in zip(pixels.max(0), (width, height), strict=True))
        if x0 >= x1 or y0 >= y1:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillConvexPoly(mask, np.round((pixels - (x0, y0)) * 16).astype(np.int32), 1, shift=4)
        # 1/z is linear over a plane's picture: with the plane normal . point = distance it is normal . ray / distance.
        third = len(view) // 3
        normal = np.cross(view[third] - view[0], view[2 * third] - view[0])
        distance = float(normal @ view[0])
        nearest, furthest = 1 / view[:, 2].min(), 1 / view[:, 2].max()
        if abs(distance) > 1e-7:
            rays_x = (np.arange(x0, x1, dtype=np.float32) - (width - 1) / 2) / self.camera.focal_length
            rays_y = (np.arange(y0, y1, dtype=np.float32) - (height - 1) / 2) / self.camera.focal_length
            nearness = (normal[0] * rays_x + (normal[1] * rays_y + normal[2])[:, None]) / distance
            z = 1 / np.clip(nearness, furthest, nearest)
        else:
            z = np.full(mask.shape, 1 / nearest)
        part = self.depth[y0:y1, x0:x1]
        shown = (mask > 0) & (z < part)
        part[shown] = z[shown]
        self.image[y0:y1, x0:x1][shown] = np.clip(colour, 0, 255).astype(np.uint8)


def _rows(flat: FlatCones, height: int) -> tuple[NDArray[np.int64], FloatArray]:
    """The picture's rows that each cone touches: (R,) cone and (R,) y."""
    end_y, end_radius = flat.a[:, 1] + flat.u[:, 1], flat.radius + flat.taper
    top = np.clip(np.ceil(np.minimum(flat.a[:, 1] - flat.radius, end_y - end_radius)), 0, height).astype(np.int64)
    bottom = np.clip(np.floor(np.maximum(flat.a[:, 1] + flat.radius, end_y + end_radius)) + 1, 0, height)
    count = np.maximum(bottom.astype(np.int64) - top, 0)
    cone = np.repeat(np.arange(len(count)), count)
    y = np.arange(len(cone)) - np.repeat(np.cumsum(count) - count - top, count)
    return cone, y.astype(np.float32)


def _spans(rows: FlatCones, y: FloatArray, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where a cone can be in each row: (R,) first x and (R,) number of pixels; a little too wide, never too narrow."""
    a, u, end_radius = rows.a, rows.u, rows.radius + rows.taper
    left = np.minimum(a[:, 0] - rows.radius, a[:, 0] + u[:, 0] - end_radius)
    right = np.maximum(a[:, 0] + rows.radius, a[:, 0] + u[:, 0] + end_radius)
    steep = np.abs(u[:, 1]) > 0.5
    rise = np.where(steep, u[:, 1], 1)
    middle = a[:, 0] + (y - a[:, 1]) * u[:, 0] / rise
    half = np.maximum(rows.radius, end_radius) * np.hypot(u[:, 0], u[:, 1]) / np.abs(rise)
    left = np.where(steep, np.maximum(left, middle - half), left)
    right = np.where(steep, np.minimum(right, middle + half), right)
    first = np.clip(np.ceil(left), 0, width).astype(np.int64)
    last = np.clip(np.floor(right) + 1, 0, width).astype(np.int64)
    return first, np.maximum(last - first, 0)


def fronts(flat: FlatCones, pixels: FloatArray) -> FloatArray:
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
