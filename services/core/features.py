"""What a classifier sees of a clip: signals of the body over time, and statistics of them.

    Clip --signals--> (T, S) --sequence_features--> (T, S) bounded, for networks
                             --clip_features-----> (F,) percentiles, range, speed, rhythm, for forests
                             --pose_features-----> (P,) for photos: only what one moment can tell
         --skeleton_features-----------------> (T, 33, 6) the keypoints themselves, for networks that know the skeleton
         --angle_features--------------------> (T, 6) the six angles of the known baselines

Nothing in the first three knows where in the picture a person is, how big, or which side the camera stands on:
left and right enter as their mean and their absolute difference, so a clip and its mirror image are the same. How the
body lies to gravity stays in, for it parts a bench press from a push-up; the camera is taken to be level. The last two
leave more to the model: both know left from right, and angles in the picture know where the camera stands.

Pictures and world keypoints both enter, because they fail differently: picture angles are exact and foreshortened,
world angles are whole and guessed. Lengths in the picture are in body metres: the factor is what makes the spread
of the picture's keypoints equal that of the world keypoints.

Everything works over leading axes, so training describes many clips at once with the same code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from services.core.clips import Clip
from services.core.geometry import (
    EPSILON,
    JOINTS,
    Floats,
    facing,
    horizontal,
    joint_turns,
)
from services.core.skeleton import INDEX
from services.core.types import FloatArray

FEATURES_VERSION: Final = 1
"""Raised whenever the meaning or order of any feature changes: older bundles then refuse to load."""

PERCENTILES: Final = (5, 25, 50, 75, 95)
"""Percentiles over a clip's moments that describe a signal's distribution."""

_PAIRED: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_LEFT: Final = {name: INDEX[f"left_{name}"] for name in (*_PAIRED, "heel", "foot_index")}
_RIGHT: Final = {name: INDEX[f"right_{name}"] for name in (*_PAIRED, "heel", "foot_index")}
_NOSE: Final = INDEX["nose"]
_BODY: Final = np.array([_NOSE, *(_LEFT[name] for name in _PAIRED), *(_RIGHT[name] for name in _PAIRED)])
"""The thirteen keypoints that carry the body's extent."""

_SEGMENTS: Final = {
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "side": ("hip", "shoulder"),
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
    "foot": ("heel", "foot_index"),
}
_REACHES: Final = (("wrist", "shoulder"), ("wrist", "hip"), ("wrist", "ankle"), ("wrist", "knee"), ("elbow", "hip"))
_RIGHT_ANGLES: Final = 2 / np.pi
"""Angles are told in right angles, so that angles and metres are of one size for networks."""

_BOUND: Final = 4.0
"""Largest value that a network gets: no angle or length of a person reaches it, broken poses do."""

STILL: Final = 0.05
"""Added to a signal's range (right angles or metres) before its rhythm is taken: less than that is noise."""

_SHOULDERS, _HIPS, _WRISTS = range(len(INDEX), len(INDEX) + 3)
"""Places of the points halfway between left and right, behind the keypoints."""
_HALFWAY: Final = np.array([(_LEFT[name], _RIGHT[name]) for name in ("shoulder", "hip", "wrist")]).T
_HEIGHTS: Final = (
    *(("shoulders", _SHOULDERS, name) for name in ("elbow", "wrist")),
    *(("hips", _HIPS, name) for name in ("wrist", "knee", "ankle")),
)
_SPREAD: Final = ("elbow", "wrist", "knee", "ankle")
"""Joints whose left and right part and meet."""
_SIDES: Final = {"left_": _LEFT, "right_": _RIGHT}

_ANGLES: Final = {
    **{f"{name}_angle": points for name, points in JOINTS.items()},
    "head_bend": (_HIPS, _SHOULDERS, _NOSE),
}
"""Name of an angle -> one end, the joint, other end."""
_ELEVATIONS: Final = {
    **{
        f"{side}{name}_elevation": (points[start], points[end])
        for side, points in _SIDES.items()
        for name, (start, end) in _SEGMENTS.items()
    },
    "trunk_elevation": (_HIPS, _SHOULDERS),
    "head_elevation": (_SHOULDERS, _NOSE),
}
"""Name of an elevation -> where its line starts and ends."""
_LENGTHS: Final = {
    **{
        f"{side}{one}_to_{other}": (points[one], points[other])
        for side, points in _SIDES.items()
        for one, other in _REACHES
    },
    **{f"{name}s_apart": (_LEFT[name], _RIGHT[name]) for name in _SPREAD},
    "hands_to_nose": (_WRISTS, _NOSE),
}
"""Name of a length -> its line."""
_DROPS: Final = {
    f"{side}{name}_over_{over}": (points[name], origin)
    for side, points in _SIDES.items()
    for over, origin, name in _HEIGHTS
}
"""Name of a height over something -> the line down to that."""
_MEASURED: Final = (*_ANGLES, *_ELEVATIONS, *_LENGTHS, *_DROPS, "tallness")
"""What is measured of one moment, in the world as in the picture."""

_ARMS: Final = len(_ANGLES)
_STARTS, _ENDS = np.array([
    *((joint, first) for first, joint, _ in _ANGLES.values()),
    *((joint, last) for _, joint, last in _ANGLES.values()),
    *_ELEVATIONS.values(),
    *_LENGTHS.values(),
    *_DROPS.values(),
]).T  # fmt: skip
"""All lines whose two ends are subtracted at once: numpy takes about as long for sixty as for one."""
_RISES: Final = slice(2 * _ARMS, 2 * _ARMS + len(_ELEVATIONS))
_SPANS: Final = slice(_RISES.stop, _RISES.stop + len(_LENGTHS))
_FALLS: Final = slice(_SPANS.stop, _SPANS.stop + len(_DROPS))


def _paired_names(names: Iterable[str]) -> list[str]:
    return [told for name in names for told in (name, f"{name}_uneven")]


_TOLD: Final = (
    *_paired_names(f"{joint.removeprefix('left_')}_angle" for joint in list(JOINTS)[: len(JOINTS) // 2]),
    *_paired_names(f"{segment}_elevation" for segment in _SEGMENTS),
    "trunk_elevation",
    "head_elevation",
    "head_bend",
    *_paired_names(f"{name}_over_{origin}" for origin, _, name in _HEIGHTS),
    *_paired_names(f"{one}_to_{other}" for one, other in _REACHES),
    *(f"{name}s_apart" for name in _SPREAD),
    "tallness",
    "hands_to_nose",
)
"""What is told of it: of each pair the mean and the absolute difference."""


def _place(name: str, side: str) -> int:
    """Where what is told comes from among what is measured; of a pair, its one side."""
    base = name.removesuffix("_uneven")
    return _MEASURED.index(side + base if side + base in _MEASURED else base)


_FROM_LEFT, _FROM_RIGHT = (np.array([_place(name, side) for name in _TOLD]) for side in _SIDES)
_UNEVEN: Final = np.array([name.endswith("_uneven") for name in _TOLD])

_SPREAD_BOTH: Final = np.array([points[name] for points in _SIDES.values() for name in _SPREAD])
_PAIRED_LEFT, _PAIRED_RIGHT = (np.array([points[name] for name in _PAIRED]) for points in _SIDES.values())


def _shape_names() -> list[str]:
    names = [f"{space}_{name}" for space in ("world", "picture") for name in _TOLD]
    for name in _SPREAD:
        names += [f"body_{name}s_wide", f"body_{name}s_aside", *_paired_names([f"body_{name}_behind"])]
    return [*names, "facing"]


_SHAPE: Final = len(_shape_names())
_PICTURE_LENGTHS: Final = np.array([
    index
    for index, name in enumerate(_shape_names())
    if name.startswith("picture_") and any(part in name for part in ("_over_", "_to_", "_apart"))
])  # fmt: skip
"""Columns that are told in picture heights by a moment and in body metres by a clip."""
_EXTENT: Final = slice(_SHAPE, _SHAPE + 2)
_PLACES: Final = slice(_SHAPE + 2, _SHAPE + 2 + 2 * len(_PAIRED))
_HIP_PLACE: Final = _PLACES.start + _PAIRED.index("hip") + np.array([0, len(_PAIRED)])


def moments(points: FloatArray, world: FloatArray) -> Floats:
    """What single moments tell: all that clips which overlap can share.

    Args:
        points: (..., 33, 3) in picture heights, as in `Clip`.
        world: (..., 33, 3) metres.

    Returns:
        (..., M): the signals of the moment alone, its lengths in the picture still in picture heights; the body's
        spread in metres and in the picture; and x and y of the middle of each pair of joints in the picture.
    """
    # Coordinates come first, (3, 2, ..., 36): sums over three neighbours would take most of the time.
    at = np.zeros((3, 2, *world.shape[:-2], len(INDEX) + len(_HALFWAY[0])))
    for axis in range(3):
        at[axis, 0, ..., : len(INDEX)] = world[..., axis]
    for axis in range(2):
        at[axis, 1, ..., : len(INDEX)] = points[..., axis]
    at[..., len(INDEX) :] = (at.take(_HALFWAY[0], axis=-1) + at.take(_HALFWAY[1], axis=-1)) / 2
    body = at[:2].take(_BODY, axis=-1)
    apart = body - np.add.reduce(body, axis=-1, keepdims=True) / len(_BODY)
    spread = np.sqrt(np.add.reduce(np.add.reduce(apart * apart, axis=-1), axis=0))
    tallness = np.arctan2(*(np.maximum.reduce(body, axis=-1) - np.minimum.reduce(body, axis=-1))[::-1])
    told = _measured(at, tallness)
    flat = at[:2, 1]
    places = (flat.take(_PAIRED_LEFT, axis=-1) + flat.take(_PAIRED_RIGHT, axis=-1)) / 2
    return np.concatenate(
        [told[0], told[1], _on_body(at[:, 0]), spread[0, ..., None], spread[1, ..., None], places[0], places[1]],
        axis=-1,
    )


def _measured(at: Floats, tallness: Floats) -> Floats:
    """Angles, elevations, lengths and heights as `_TOLD`.

    Args:
        at: (3, ..., 36) coordinates.
        tallness: (...) radians.

    Returns:
        (..., S).
    """
    lines = at.take(_ENDS, axis=-1) - at.take(_STARTS, axis=-1)
    x, y, z = lines
    extents = np.sqrt(x * x + y * y + z * z)
    first, last = lines[..., :_ARMS], lines[..., _ARMS : 2 * _ARMS]
    product = extents[..., :_ARMS] * extents[..., _ARMS : 2 * _ARMS]
    across, down, deep = first * last
    cosine = (across + down + deep) / np.maximum(product, EPSILON)
    angles = np.arccos(np.minimum(np.maximum(cosine, -1.0), 1.0))
    # An angle at a joint that lies on its neighbour is 0.
    angles[product <= EPSILON] = 0.0
    sine = y[..., _RISES] / np.maximum(extents[..., _RISES], EPSILON)
    elevations = np.arcsin(np.minimum(np.maximum(sine, -1.0), 1.0))
    measured = np.concatenate(
        [
            angles * _RIGHT_ANGLES,
            elevations * -_RIGHT_ANGLES,
            extents[..., _SPANS],
            y[..., _FALLS],
            tallness[..., None] * _RIGHT_ANGLES,
        ],
        axis=-1,
    )
    left, right = measured.take(_FROM_LEFT, axis=-1), measured.take(_FROM_RIGHT, axis=-1)
    return np.asarray(np.where(_UNEVEN, np.abs(left - right), (left + right) / 2))


def _on_body(world: Floats) -> Floats:
    """Where joints are on the body that faces a fixed way (`geometry.body_frame`), and whether it faces the camera.

    Args:
        world: (3, ..., 36) metres.

    Returns:
        (..., 4 * 4 + 1): of each of `_SPREAD` how far left and right are apart, how far both are aside, and how far
        behind the body; which way it is turned does not say what it does, but which other signals to trust.
    """
    shoulders = world[..., _LEFT["shoulder"]] - world[..., _RIGHT["shoulder"]]
    lateral = shoulders + (world[..., _LEFT["hip"]] - world[..., _RIGHT["hip"]])
    cosine, sine = horizontal(lateral[0], lateral[2])
    x, _, z = world.take(_SPREAD_BOTH, axis=-1) - world[..., _HIPS, None]
    cosine, sine = cosine[..., None], sine[..., None]
    count = len(_SPREAD)
    told = np.empty((*x.shape[:-1], count, 4))
    turned = x * cosine + z * sine
    left, right = turned[..., :count], turned[..., count:]
    told[..., 0] = left - right
    told[..., 1] = np.abs(left + right)
    turned = z * cosine - x * sine
    left, right = turned[..., :count], turned[..., count:]
    told[..., 2] = (left + right) / 2
    told[..., 3] = np.abs(left - right)
    x, y, z = shoulders
    facing_camera = np.abs(x) / np.maximum(np.sqrt(x * x + y * y + z * z), EPSILON)
    return np.concatenate([told.reshape(*told.shape[:-2], -1), facing_camera[..., None]], axis=-1)


def _median(values: Floats, axis: int) -> Floats:
    """`numpy.median` along an axis that is kept, in a third of its time."""
    ordered = np.sort(values, axis=axis)
    count = values.shape[axis]
    low, high = (ordered.take([at], axis=axis) for at in ((count - 1) // 2, count // 2))
    return np.asarray((low + high) / 2)


def _body_metre(of_moments: Floats) -> Floats:
    """Body metres in a picture height, of a whole clip, for one moment's are noisy: (..., 1, 1) of (..., T, M)."""
    spread = _median(of_moments[..., _EXTENT], -2)
    scale = spread[..., 1:] / np.maximum(spread[..., :1], EPSILON)
    return np.asarray(np.maximum(scale, EPSILON))


def signal_names() -> tuple[str, ...]:
    """The names of the columns of `signals`, in order."""
    travel = [told for name in _PAIRED for told in (f"{name}s_risen", f"{name}s_strayed")]
    return (*_shape_names(), *travel)


def signals(points: FloatArray, world: FloatArray) -> Floats:
    """All signals of clips.

    Args:
        points: (..., T, 33, 3) in picture heights, as in `Clip`.
        world: (..., T, 33, 3) metres.

    Returns:
        (..., T, S): angles in right angles, lengths in metres.
    """
    of_moments = moments(points, world)
    return _signals(of_moments, _body_metre(of_moments))


def _signals(of_moments: Floats, metre: Floats) -> Floats:
    """The same of what the moments tell, (..., T, S) of (..., T, M), when the body's metre is known.

    Travel is where parts of the body go in the picture during the clip, about their own median. A part that stays while
    others move is what the body hangs from or stands on.
    """
    shape = of_moments[..., :_SHAPE].copy()
    shape[..., _PICTURE_LENGTHS] /= metre
    places = of_moments[..., _PLACES] / metre
    moved = places - _median(places, -2)
    travel = np.empty_like(moved)
    np.negative(moved[..., len(_PAIRED) :], out=travel[..., ::2])
    np.abs(moved[..., : len(_PAIRED)], out=travel[..., 1::2])
    return np.concatenate([shape, travel], axis=-1)


def bounded(values: Floats) -> FloatArray:
    """Signals as networks get them: float32, none beyond what a body can do."""
    return np.asarray(np.minimum(np.maximum(values, -_BOUND), _BOUND), np.float32)


def statistics(values: Floats, seconds: float) -> FloatArray:
    """Statistics of signals over time, for forests.

    For each signal its `PERCENTILES`, its range between the outer two, its mean speed (per second) and its rhythm:
    speed over range, which for a steady to and fro is twice the repetitions a second.

    Args:
        values: (..., T, S) signals.
        seconds: time that the T moments span.

    Returns:
        (..., F) float32; F is eight times S.
    """
    levels = np.percentile(values, PERCENTILES, axis=-2)
    reach = levels[-1] - levels[0]
    speed = np.abs(np.diff(values, axis=-2)).sum(-2) / max(seconds, EPSILON)
    rhythm = speed / (reach + STILL)
    return np.asarray(np.concatenate([*levels, reach, speed, rhythm], axis=-1), np.float32)


def _moments_of(clip: Clip) -> Floats:
    """What a clip's moments tell, (T, M); what the clip before it shares is not made again."""
    if clip.shared is None:
        return moments(clip.points, clip.world)
    shared, times = clip.shared
    return shared.of(times, lambda fresh: moments(clip.points[fresh:], clip.world[fresh:]))


def clip_features(clip: Clip) -> FloatArray:
    """The `statistics` of a clip's signals: (F,) float32."""
    of_moments = _moments_of(clip)
    return statistics(_signals(of_moments, _body_metre(of_moments)), clip.seconds)


def sequence_features(clip: Clip) -> FloatArray:
    """A clip's signals over time, `bounded`: (T, S) float32."""
    of_moments = _moments_of(clip)
    return bounded(_signals(of_moments, _body_metre(of_moments)))


def skeleton_features(clip: Clip) -> FloatArray:
    """A clip's `skeletons`: (T, 33, 6) float32."""
    of_moments = _moments_of(clip)
    return _skeletons(of_moments, _body_metre(of_moments), clip.points, clip.visibility, clip.world)


def motion_features(clip: Clip) -> FloatArray:
    """A clip's `motions`: (T, S + 33 * 6) float32."""
    return _motions(_moments_of(clip), clip.points, clip.visibility, clip.world)


def motions(points: FloatArray, visibility: FloatArray, world: FloatArray) -> FloatArray:
    """Signals of clips and, beside them, their `skeletons` with each moment's keypoints in one row.

    Args:
        points: (..., T, 33, 3) in picture heights.
        visibility: (..., T, 33) 0-1.
        world: (..., T, 33, 3) metres.

    Returns:
        (..., T, S + 33 * 6) float32, `bounded`.
    """
    return _motions(moments(points, world), points, visibility, world)


def _motions(of_moments: Floats, points: FloatArray, visibility: FloatArray, world: FloatArray) -> FloatArray:
    """The same when what the moments tell is known, (..., T, M)."""
    metre = _body_metre(of_moments)
    told, rows = _signals(of_moments, metre), _placed(of_moments, metre, points, visibility, world)
    return bounded(np.concatenate([told, rows.reshape(*rows.shape[:-2], -1)], axis=-1))


def skeletons(points: FloatArray, visibility: FloatArray, world: FloatArray) -> FloatArray:
    """Keypoints of clips in one place, size and direction.

    Args:
        points: (..., T, 33, 3) in picture heights, as in `Clip`.
        visibility: (..., T, 33) 0-1.
        world: (..., T, 33, 3) metres.

    Returns:
        (..., T, 33, 6) float32, `bounded`: x, y, z in metres about the hips, turned about the vertical so that the
        body of the whole clip faces the camera; the picture's x and y in body metres about the median place of the
        hips; visibility.
    """
    of_moments = moments(points, world)
    return _skeletons(of_moments, _body_metre(of_moments), points, visibility, world)


def _skeletons(
    of_moments: Floats, metre: Floats, points: FloatArray, visibility: FloatArray, world: FloatArray
) -> FloatArray:
    """The same when what the moments tell is known, (..., T, M), and the body's metre."""
    return bounded(_placed(of_moments, metre, points, visibility, world))


def _placed(of_moments: Floats, metre: Floats, points: FloatArray, visibility: FloatArray, world: FloatArray) -> Floats:
    """The same before they are `bounded`."""
    hips = _median(of_moments[..., _HIP_PLACE], -2)
    rows = np.empty((*world.shape[:-1], 6))
    rows[..., :3] = facing(world)
    rows[..., 3:5] = (points[..., :2] - hips[..., None, :]) / metre[..., None, :]
    rows[..., 5] = visibility
    return rows


def angle_features(clip: Clip) -> FloatArray:
    """A clip's `turns`: (T, 6) float32."""
    return turns(clip.points)


def turns(points: FloatArray) -> FloatArray:
    """The angles of `geometry.MODEL_JOINTS` in the picture's plane.

    Args:
        points: (..., T, 33, 3) in picture heights, as in `Clip`.

    Returns:
        (..., T, 6) float32, degrees, 0-360.
    """
    return np.asarray(joint_turns(points), np.float32)


def pose_features(clip: Clip) -> FloatArray:
    """A clip's middle moment alone, for photos: (P,) float32; nothing in it needs a second moment."""
    moment = len(clip.points) // 2
    return shape_features(clip.points[moment], clip.world[moment])


def shape_features(points: FloatArray, world: FloatArray) -> FloatArray:
    """The same of many single poses.

    Args:
        points: (..., 33, 3) in picture heights.
        world: (..., 33, 3) metres.

    Returns:
        (..., P) float32.
    """
    of_moments = moments(points, world)[..., None, :]
    return bounded(_signals(of_moments, _body_metre(of_moments))[..., 0, :_SHAPE])
