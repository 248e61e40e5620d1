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

from typing import Final

import numpy as np

from services.core.clips import Clip
from services.core.geometry import EPSILON, Floats, facing, joint_turns
from services.core.moments import EXTENT, HIP_PLACE, PAIRED, PICTURE_LENGTHS, PLACES, SHAPE, moments, shape_names
from services.core.types import FloatArray

FEATURES_VERSION: Final = 1
"""Raised whenever the meaning or order of any feature changes: older bundles then refuse to load."""

PERCENTILES: Final = (5, 25, 50, 75, 95)
"""Percentiles over a clip's moments that describe a signal's distribution."""

_BOUND: Final = 4.0
"""Largest value that a network gets: no angle or length of a person reaches it, broken poses do."""

STILL: Final = 0.05
"""Added to a signal's range (right angles or metres) before its rhythm is taken: less than that is noise."""


def _median(values: Floats, axis: int) -> Floats:
    """`numpy.median` along an axis that is kept, in a third of its time."""
    ordered = np.sort(values, axis=axis)
    count = values.shape[axis]
    low, high = (ordered.take([at], axis=axis) for at in ((count - 1) // 2, count // 2))
    return np.asarray((low + high) / 2)


def _body_metre(of_moments: Floats) -> Floats:
    """Body metres in a picture height, of a whole clip, for one moment's are noisy: (..., 1, 1) of (..., T, M)."""
    spread = _median(of_moments[..., EXTENT], -2)
    scale = spread[..., 1:] / np.maximum(spread[..., :1], EPSILON)
    return np.asarray(np.maximum(scale, EPSILON))


def signal_names() -> tuple[str, ...]:
    """The names of the columns of `signals`, in order."""
    travel = [told for name in PAIRED for told in (f"{name}s_risen", f"{name}s_strayed")]
    return (*shape_names(), *travel)


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
    shape = of_moments[..., :SHAPE].copy()
    shape[..., PICTURE_LENGTHS] /= metre
    places = of_moments[..., PLACES] / metre
    moved = places - _median(places, -2)
    travel = np.empty_like(moved)
    np.negative(moved[..., len(PAIRED) :], out=travel[..., ::2])
    np.abs(moved[..., : len(PAIRED)], out=travel[..., 1::2])
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
    hips = _median(of_moments[..., HIP_PLACE], -2)
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
    return bounded(_signals(of_moments, _body_metre(of_moments))[..., 0, :SHAPE])
