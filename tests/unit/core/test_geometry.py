"""Angles are what a protractor says, and do not care where, how big or how many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.core import geometry
from services.core.skeleton import INDEX, MIRROR

coordinates = st.floats(-10, 10, allow_nan=False, width=32)
bodies = arrays(np.float64, (2, 33, 3), elements=coordinates)


@pytest.mark.parametrize(
    ("a", "b", "c", "degrees"),
    [
        ((1, 0), (0, 0), (0, 1), 90),
        ((1, 0), (0, 0), (-1, 0), 180),
        ((1, 0), (0, 0), (2, 0), 0),
        ((1, 0, 0), (0, 0, 0), (1, 0, 1), 45),
        ((5, 5), (4, 5), (4 + np.cos(np.pi / 6), 5 + np.sin(np.pi / 6)), 30),
    ],
)
def test_angle_is_what_a_protractor_says(
    a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...], degrees: float
) -> None:
    assert geometry.angle(a, b, c) == pytest.approx(degrees, abs=1e-6)


def test_angle_at_a_joint_on_its_neighbour_is_zero_not_nan() -> None:
    assert geometry.angle((1, 1), (1, 1), (2, 1)) == 0


@pytest.mark.parametrize(
    ("c", "degrees"), [((0, 1), 90), ((-1, 0), 180), ((0, -1), 270), ((1, 0), 0)], ids=["down", "back", "up", "same"]
)
def test_turn_goes_clockwise_in_the_picture(c: tuple[float, float], degrees: float) -> None:
    assert geometry.turn((1, 0), (0, 0), c) == pytest.approx(degrees)


def test_elevation_is_against_gravity() -> None:
    assert geometry.elevation((0, 0, 0), (0, -2, 0)) == pytest.approx(90)
    assert geometry.elevation((0, 0, 0), (1, 0, 1)) == pytest.approx(0)
    assert geometry.elevation((0, 0), (1, 1)) == pytest.approx(-45)
    assert geometry.elevation((1, 1), (1, 1)) == 0


@given(bodies, st.floats(0.1, 10), arrays(np.float64, 3, elements=coordinates))
def test_joint_angles_ignore_place_and_size(body: np.ndarray, size: float, place: np.ndarray) -> None:
    arms = np.array(
        [[geometry.distance(body[..., j, :], body[..., k, :]) for k in (a, c)] for a, j, c in geometry.JOINTS.values()]
    )
    angles, moved = geometry.joint_angles(body), geometry.joint_angles(body * size + place)
    clear = (arms > 0.05).all(axis=1).T
    assert ((angles >= 0) & (angles <= 180)).all()
    np.testing.assert_allclose(moved[clear], angles[clear], atol=0.2)


@given(bodies)
def test_leading_axes_are_only_more_of_the_same(body: np.ndarray) -> None:
    for function in (geometry.joint_angles, geometry.joint_turns, geometry.body_frame):
        together = function(body)
        np.testing.assert_array_equal(together, np.stack([function(one) for one in body]))


@given(bodies)
def test_joint_turns_agree_with_flat_angles(body: np.ndarray) -> None:
    flat = body[..., :2]
    turns = geometry.joint_turns(flat)
    angles = geometry.joint_angles(flat, geometry.MODEL_JOINTS)
    folded = np.where(turns > 180, 360 - turns, turns)
    assert ((turns >= 0) & (turns <= 360)).all()
    ends = np.array([geometry.JOINTS[name] for name in geometry.MODEL_JOINTS]).T
    clear = (geometry.distance(flat[:, ends[0]], flat[:, ends[1]]) > 1e-3) & (
        geometry.distance(flat[:, ends[2]], flat[:, ends[1]]) > 1e-3
    )
    np.testing.assert_allclose(folded[clear], angles[clear], atol=0.01)


def test_isotropic_makes_a_square_square() -> None:
    square = np.array([[0.25, 0.25, 0], [0.5, 0.25, 0], [0.5, 0.25 + 0.25 * 16 / 9, 0.25]])
    at = geometry.isotropic(square, 1600, 900)
    assert geometry.distance(at[0], at[1]) == pytest.approx(geometry.distance(at[1, :2], at[2, :2]))
    assert at[2, 2] == pytest.approx(0.25 * 16 / 9)


@given(bodies, st.floats(-np.pi, np.pi))
def test_body_frame_ignores_where_the_camera_stands(body: np.ndarray, yaw: float) -> None:
    lateral = sum(body[:, INDEX[f"left_{part}"]] - body[:, INDEX[f"right_{part}"]] for part in ("shoulder", "hip"))
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    clear = geometry.length(lateral[:, (0, 2)]) > 0.05
    seen, turned = geometry.body_frame(body), geometry.body_frame(body @ turn.T + 3)
    np.testing.assert_allclose(turned[clear], seen[clear], atol=1e-6)


@given(bodies)
def test_body_frame_of_the_mirror_image_is_the_mirrored_body(body: np.ndarray) -> None:
    lateral = sum(body[:, INDEX[f"left_{part}"]] - body[:, INDEX[f"right_{part}"]] for part in ("shoulder", "hip"))
    clear = geometry.length(lateral[:, (0, 2)]) > 0.05
    mirrored = (body * (-1, 1, 1))[:, MIRROR]
    expected = (geometry.body_frame(body) * (-1, 1, 1))[:, MIRROR]
    np.testing.assert_allclose(geometry.body_frame(mirrored)[clear], expected[clear], atol=1e-6)
