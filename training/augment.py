"""Variation: what the same movement could have looked like, so that a model learns the movement and not the take.

    tempo        faster and slower, by stretching event time
    camera       turned about the person a little: yaw, pitch, roll; every length is kept
    guesswork    depth stretched, each joint trembling, as a pose model's does
    frame rate   every second frame dropped, as a slower camera would

Mirroring is not needed: features are the same for a clip and its mirror image (`services.core.features`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.random import Generator

from services.core.geometry import Floats, isotropic
from services.core.types import FloatArray
from training.poses import Track

TEMPO: Final = 1.4
"""Greatest factor of tempo, up or down."""
YAW, PITCH, ROLL = 20.0, 8.0, 6.0
"""Standard deviations of the camera's turn about the vertical, up or down, and on its side; degrees."""
DEPTH: Final = 1.2
"""Greatest factor by which depth is stretched or pressed."""
TREMBLE: Final = 0.008
"""Standard deviation of a joint's noise, metres in the world; in the picture the same part of the body's height."""
SLOW_CAMERA: Final = 0.25
"""How often every second frame is dropped."""


def varied(track: Track, width: int, height: int, random: Generator) -> Track:
    """One random variation of a track.

    Args:
        track: as it was seen.
        width: of the picture, pixels.
        height: of the picture, pixels.
        random: where chance comes from.
    """
    if random.random() < SLOW_CAMERA and len(track.frame) > 10:
        track = _every_second(track, int(random.integers(2)))
    turn = _turn(random)
    depth = np.array([1.0, 1.0, DEPTH ** random.uniform(-1, 1)])
    points = isotropic(track.keypoints, width, height)
    body = max(float(np.median(np.ptp(points[..., 1], axis=-1))), 1e-3)
    centre = points[:, 23:25].mean(axis=1, keepdims=True)
    points = tremble((points - centre) * depth @ turn.T, TREMBLE * body, random) + centre
    world = tremble(track.world * depth @ turn.T, TREMBLE, random)
    tempo = TEMPO ** random.uniform(-1, 1)
    return replace(
        track,
        captured_at=np.round((track.captured_at - track.captured_at[0]) / tempo).astype(np.int64),
        keypoints=(points / isotropic(np.ones(3), width, height)).astype(np.float32),
        world=world.astype(np.float32),
    )


def varied_poses(points: FloatArray, world: FloatArray, random: Generator) -> tuple[FloatArray, FloatArray]:
    """One random variation of single poses, each its own.

    Args:
        points: (N, 33, 3) in picture heights.
        world: (N, 33, 3) metres.
        random: where chance comes from.
    """
    turns = np.stack([_turn(random) for _ in points])
    centre = points[:, 23:25].mean(axis=1, keepdims=True)
    seen = np.einsum("nij,nkj->nki", turns, points - centre) + centre
    return seen.astype(np.float32), np.einsum("nij,nkj->nki", turns, world).astype(np.float32)


def _every_second(track: Track, first: int) -> Track:
    kept = slice(first, None, 2)
    rows = {name: getattr(track, name)[kept] for name in ("frame", "captured_at", "box", "score")}
    bodies = {name: getattr(track, name)[kept] for name in ("keypoints", "visibility", "world")}
    return replace(track, **rows, **bodies)


def _turn(random: Generator) -> Floats:
    """(3, 3) rotation: roll after pitch after yaw."""
    yaw, pitch, roll = np.radians(random.normal(0.0, (YAW, PITCH, ROLL)))
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def turned(at: Floats, random: Generator) -> Floats:
    """Points (..., 3) as a camera sees them that stands a little elsewhere."""
    return np.asarray(at @ _turn(random).T)


def tremble(at: Floats, deviation: float, random: Generator) -> Floats:
    """Noise on (T, 33, 3) that lasts: most of it stays for the whole take, for a pose model misplaces joints for long.

    Args:
        at: the points.
        deviation: its standard deviation, in their unit.
        random: where chance comes from.
    """
    lasting = random.normal(0.0, deviation, (1, *at.shape[1:]))
    return np.asarray(at + lasting + random.normal(0.0, deviation / 2, at.shape))
