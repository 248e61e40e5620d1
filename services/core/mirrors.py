r"""Who is only the mirror image of somebody else in view, told by how the two move.

    camera's side |m|  behind the mirror
                  |i|                            heights in the picture    person  _/\_/\_    image  _/\_/\_
       person --- |r| --- image                  at the same moment, left and right exchanged
                  |r|

In an upright mirror, wherever it hangs, every point of a body is as high as in the room, so the heights of the joints
move alike in both pictures, at the very same time, the left side's as the right side's; how they move across depends
on the mirror's angle. The image is as far behind the mirror as the person is before it, so a camera, which is on the
person's side, is nearer to the person: of two who move alike the smaller is the image. Two people who do the same
exercise are not so exact: one is ahead by a tenth of a second or more, and no two move every limb alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.quantiles import median
from services.core.sightings import Sighting
from services.core.skeleton import INDEX, MIRROR
from services.core.types import NANOSECONDS

ALIKE: Final = 0.85
"""Correlation of the heights of all joints at one moment from which two move alike. Of 96 pairs of different people at
one exercise, each at the best of four alignments, none came to more than 0.82; an image whose keypoints are a hundredth
of a person off has 0.89 in 95 cases of 100."""
UNLIKE: Final = 0.5
"""The same below which they do not."""
SHARPNESS: Final = 0.02
"""How much lower the correlation must be `_APART` seconds earlier and later: a slow movement says nothing of time."""
MAX_LAG_SECONDS: Final = 0.04
"""By how much one may be ahead: an image is not, and what is measured is a few hundredths of a second off."""
TIMES: Final = 3
"""Checks in a row, `_PAUSE` apart, that have to agree."""
_MOVED: Final = 0.02
"""Movement below this, in sizes of the person, says nothing (root of the mean square over joints and time)."""
_WINDOW: Final = 4.0
"""Seconds that are compared, at most ..."""
_SHORTEST: Final = 2.5
"""... and at least."""
_STEP: Final = 1 / 15
_LAGS: Final = 4
"""Steps by which one is shifted against the other."""
_APART: Final = 3
"""Steps at which `SHARPNESS` is asked for."""
_PAUSE: Final = 0.5
_GAP: Final = 0.7
"""Somebody who was not looked at for so many seconds is watched anew; who rests is looked at twice a second."""
_VISIBLE: Final = 0.4
_FEWEST: Final = 6
"""Joints that both must show."""
_LIMBS: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_JOINTS: Final = [INDEX[f"{side}_{limb}"] for side in ("left", "right") for limb in _LIMBS]
_EXCHANGED: Final = np.array([_JOINTS.index(joint) for joint in MIRROR[_JOINTS].tolist()])
"""Where among the joints each one's of the other side is."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike two people move when one is taken for the other's image.

    Attributes:
        correlation: of the heights of the joints at the same moment, -1 to 1.
        lag: seconds by which the first is behind where the correlation is highest, 0.3 at most.
        sharpness: how much higher the correlation is than a fifth of a second earlier and later, the less of the two.
    """

    correlation: float
    lag: float
    sharpness: float

    @property
    def image(self) -> bool:
        """Whether one may be the other's image."""
        return self.correlation >= ALIKE and abs(self.lag) <= MAX_LAG_SECONDS and self.sharpness >= SHARPNESS


@dataclass(slots=True, eq=False)
class _Watched:
    """Somebody's last seconds."""

    looks: deque[tuple[int, Sighting]] = field(default_factory=deque)

    def add(self, captured_at: int, sighting: Sighting) -> None:
        if self.looks and not 0 < captured_at - self.looks[-1][0] < _GAP * NANOSECONDS:
            self.looks.clear()
        self.looks.append((captured_at, sighting))
        while captured_at - self.looks[0][0] > _WINDOW * NANOSECONDS:
            self.looks.popleft()

    def movement(self) -> _Movement:
        """All of it, for several comparisons."""
        times = [captured_at for captured_at, _ in self.looks]
        seen = [sighting for _, sighting in self.looks]
        hips = np.array([float(sighting.hips[1]) for sighting in seen])
        size = float(median(np.array([sighting.size for sighting in seen])))
        return _Movement(
            times[0],
            times[-1],
            np.array(times, np.float64),
            np.array([sighting.keypoints for sighting in seen])[:, _JOINTS, 1] - hips[:, None],
            np.array([sighting.visibility for sighting in seen])[:, _JOINTS].mean(0),
            size,
            float(median(np.array([sighting.metre for sighting in seen]))) or size,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Movement:
    """How somebody moved in their last seconds.

    Attributes:
        begin, end: event times of the first and the last look, ns.
        at: (N,) event times of all, ns.
        joints: (N, 12) heights of the joints over the hips.
        visible: (12,) mean visibility of the joints.
        size: of the person.
        metre: how long a metre is where they stand, or where that is unknown how large they are.
    """

    begin: int
    end: int
    at: NDArray[np.float64]
    joints: NDArray[np.float64]
    visible: NDArray[np.float64]
    size: float
    metre: float

    def heights(self, joints: NDArray[np.intp], times: NDArray[np.float64]) -> NDArray[np.float64]:
        """(T, J) heights of some of the joints at some times (ns), in sizes of the person."""
        # As `numpy.interp`, digit for digit, of all joints at once. No time is before the first look or after the last.
        place = np.minimum(np.searchsorted(self.at, times, "right"), len(self.at) - 1)
        seen = self.joints[:, joints]
        from_at, from_joints = self.at[place - 1], seen[place - 1]
        slopes = (seen[place] - from_joints) / (self.at[place] - from_at)[:, None]
        return np.asarray((slopes * (times - from_at)[:, None] + from_joints) / self.size)


class Mirrors:
    """Watches everybody of one view, and says who is an image of somebody else.

    Once known, an image stays one as long as it is followed, unless it is seen to move otherwise.
    """

    def __init__(self) -> None:
        self.images: set[str] = set()
        self._watched: dict[str, _Watched] = {}
        self._agreed: dict[tuple[str, str], int] = {}
        self._image_of: dict[str, str] = {}
        self._checked_at = 0

    def update(self, captured_at: int, seen: Mapping[str, Sighting], known: Collection[str]) -> None:
        """Watch on.

        Args:
            captured_at: event time, ns; after a step back everything is watched anew.
            seen: track id -> what was seen of whoever was looked at.
            known: ids of all who are not forgotten.
        """
        if captured_at < self._checked_at:
            self._checked_at = captured_at
            self._watched.clear()
        self._watched = {name: watched for name, watched in self._watched.items() if name in known}
        self.images &= set(known)
        for name, sighting in seen.items():
            self._watched.setdefault(name, _Watched()).add(captured_at, sighting)
        if captured_at - self._checked_at < _PAUSE * NANOSECONDS:
            return
        self._checked_at = captured_at
        self._image_of = {name: other for name, other in self._image_of.items() if name in self.images}
        agreed = {}
        movements = (
            {name: watched.movement() for name, watched in self._watched.items()} if len(self._watched) > 1 else {}
        )
        for pair in combinations(movements, 2):
            one, other = movements[pair[0]], movements[pair[1]]
            result = agreement(one, other)
            before = self._agreed.get(pair, 0)
            image, person = (pair[1], pair[0]) if other.metre < one.metre else pair
            agreed[pair] = before if result is None else self._judged(image, person, result, before)
        self._agreed = agreed

    def _judged(self, image: str, person: str, result: Agreement, before: int) -> int:
        """Take a check into account: how often in a row it has agreed, negative for how often it has not."""
        pair = image, person
        if result.image:
            count = max(before, 0) + 1
            if count >= TIMES and not self.images & set(pair):
                self.images.add(image)
                self._image_of[image] = person
            return count
        if result.correlation >= UNLIKE:
            return max(min(before, TIMES) - 1, 0) if before > 0 else before
        count = min(before, 0) - 1
        for one, other in (pair, pair[::-1]):
            if count <= -TIMES and self._image_of.get(one) == other:
                self.images.discard(one)
                del self._image_of[one]
        return count


def agreement(one: _Movement, other: _Movement) -> Agreement | None:
    """How alike two move, or None where too little is seen of them or one hardly moves."""
    begin, end = max(one.begin, other.begin), min(one.end, other.end)
    step = _STEP * NANOSECONDS
    if end - begin < _SHORTEST * NANOSECONDS:
        return None
    times = np.arange(begin, end, step)
    [shown] = np.nonzero((one.visible > _VISIBLE) & (other.visible[_EXCHANGED] > _VISIBLE))
    if len(shown) < _FEWEST:
        return None
    first, second = one.heights(shown, times), other.heights(_EXCHANGED[shown], times)
    if min(first.std(0).max(), second.std(0).max()) < _MOVED:
        return None
    middle = first[_LAGS : len(first) - _LAGS]
    middle = middle - middle.mean(0)
    length = (middle**2).sum()
    lags = np.arange(2 * _LAGS + 1)
    values = _correlations(middle, length, second[lags[:, None] + np.arange(len(middle))]).tolist()
    best = int(np.argmax(values))
    lag = float(best - _LAGS)
    if 0 < best < 2 * _LAGS:
        # The top of the parabola through the highest value and its neighbours.
        low, top, high = values[best - 1 : best + 2]
        bent = low - 2 * top + high
        lag += 0.5 * (low - high) / bent if bent < 0 else 0.0
    beside = max(values[_LAGS - _APART], values[_LAGS + _APART])
    return Agreement(values[_LAGS], -lag * _STEP, values[_LAGS] - beside)


def _correlations(one: NDArray[np.float64], length: float, others: NDArray[np.float64]) -> NDArray[np.float64]:
    """(L,) of all columns together, each less its mean, with each of some others.

    Args:
        one: (T, J), less its mean already.
        length: the sum of its squares.
        others: (L, T, J).
    """
    others = others - others.mean(1, keepdims=True)
    lengths = np.maximum(np.sqrt(length * np.add.reduce(others**2, (1, 2))), 1e-12)
    return np.asarray(np.add.reduce(one * others, (1, 2)) / lengths)
