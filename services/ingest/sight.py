r"""What a camera sees, when that is no use: too dark, one even colour, or the same picture again and again.

                 CLEAR  --- nothing bright for 2 s ---------> DARK     at once when something is bright again
                   |    --- all of one colour for 2 s ------> BLANK    at once when there is something to see again
                   |    --- nothing moved for a while ------> FROZEN   at once when anything moves
                   '--------------------------------------------- the first that holds, from top to bottom

A frozen camera's encoder goes on and adds small errors of its own, above all at each key picture, so "the same" cannot
mean "identical". Nor can it mean "hardly different": of an empty gym at night, which a camera has freed of noise,
nearly nothing changes. Measured with x264 (720p, 25 fps, a key picture each 2 s, 0.3 to 3 Mbit/s, and constant quality
28 and 36), on samples of the shrunk picture, against the first one of 6 s:

                                           frozen            live, nobody there, noise of 0.5 to 2 levels
    samples more than 2 levels off         0.0004 - 0.0055   0.0014 - 0.23; constant quality: 0.034 and more
    samples changed from look to look      0 - 0.001         0.02 and more; constant quality: 0, blocks are skipped
    most that four neighbours have moved   1.2 - 3.5         1.5 - 6

So the picture is frozen when all three are low (`FAR_SHARE`, `CHANGED_SHARE`, `MOVED`): at constant quality an empty
room fails the first, at a constant rate the second. A person, however still, fails the third: in 77 real clips (15
minutes, planks and people at rest among them) the longest that all of it held was 2.6 s. An encoder that goes on
refining what is frozen fails the first or second as well, so it takes some key pictures longer than `frozen_seconds`.
What is left over is an empty room with a key picture seldom, and nothing but skipped blocks between: each time that it
turns out to be alive after all, the wait doubles, so that it does not flap.

A clock that runs in the picture of a camera which is frozen otherwise hides the fault.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.errors import Cause
from services.core.types import NANOSECONDS
from services.ingest.capture import Image, fitted

Grid = NDArray[np.uint8]
"""(h, w) brightness."""

LOOK_SECONDS: Final = 0.2
"""Time between two looks; a look costs about 0.2 ms, so 0.07 ms a frame at 15 a second."""
SAMPLES: Final = 192
"""Samples on the longer side: every seventh pixel of a picture 1280 wide. A person 110 tall covers 100."""

DARK_BELOW, BRIGHT_FROM = 32, 40
"""Brightness that is not reached in a dark picture, and at which it is dark no longer. At 32 of 255, people cannot be
told from what is behind them; an infrared camera at night is far above."""
EVEN_WITHIN, UNEVEN_FROM = 10, 16
"""Levels within which a picture is of one even colour, and from which it no longer is. Walls alone differ by more."""
TAIL: Final = 0.02
"""Part of a picture, at either end of its brightness, that is not looked at: the camera's clock and name."""
BLIND_SECONDS: Final = 2.0
"""How long a picture is dark or even before it is said: longer than a camera takes to switch to infrared."""

FAR: Final = 2
"""Levels beyond which a sample is not what it was."""
FAR_SHARE: Final = 0.01
"""Part of the samples that may be far off, in a frozen picture."""
CHANGED_SHARE: Final = 0.005
"""Part of the samples that may change at all from one picture to the next, typically, in a frozen picture."""
MOVED: Final = 6
"""Levels by which four neighbouring samples together differ when something moved."""
LONGEST_PATIENCE: Final = 600.0
"""Seconds of sameness after which a picture is always frozen."""

GREY_BELOW, COLOURED_FROM = 4.0, 8.0
"""Mean difference (levels) of red from blue or green: of infrared pictures, and from which they are in colour again."""
COLOUR_SECONDS: Final = 1.0
"""Time between two looks at the colour."""
GREY_LOOKS: Final = 3
"""So many looks in a row say the same before it is believed."""


@dataclass(frozen=True, slots=True)
class View:
    """What was made of a picture.

    Attributes:
        cause: DARK, BLANK or FROZEN; None for a picture that can be used.
        detail: the cause in plain words; "" without one.
        night: the picture has no colour: infrared light, or a black-and-white camera.
    """

    cause: Cause | None = None
    detail: str = ""
    night: bool = False


class Sight:
    """Judges the pictures of one camera, one after the other, in event time.

    Args:
        frozen_seconds: how long nothing changes before the picture counts as frozen.
    """

    def __init__(self, frozen_seconds: float) -> None:
        self._brightness = _Lasting(BLIND_SECONDS)
        self._evenness = _Lasting(BLIND_SECONDS)
        self._stillness = _Stillness(frozen_seconds)
        self._colour = _Colour()
        self._looked_at: int | None = None
        self._view = View()

    @property
    def view(self) -> View:
        """What was made of the picture that was looked at last."""
        return self._view

    def due(self, captured_at: int) -> bool:
        """Whether a picture of this event time (ns) is to be looked at; between two looks the answer stays."""
        return self._looked_at is None or not 0 <= captured_at - self._looked_at < LOOK_SECONDS * NANOSECONDS

    def look(self, image: Image, captured_at: int) -> View:
        """Judge the next picture, (H, W, 3) BGR, of this event time (ns), if it is due."""
        if self.due(captured_at):
            self._looked_at = captured_at
            self._view = self._judged(image, captured_at)
        return self._view

    def _judged(self, image: Image, captured_at: int) -> View:
        size = fitted(image.shape[1], image.shape[0], SAMPLES)
        samples = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        grid = np.asarray(cv2.cvtColor(samples, cv2.COLOR_BGR2GRAY), np.uint8)
        low, high = _range(grid)
        night = self._colour.update(samples, captured_at, high >= BRIGHT_FROM and high - low >= UNEVEN_FROM)
        dark = self._brightness.update(high < DARK_BELOW, high < BRIGHT_FROM, captured_at)
        even = self._evenness.update(high - low < EVEN_WITHIN, high - low < UNEVEN_FROM, captured_at)
        still = self._stillness.update(grid, captured_at)
        if dark:
            return View(Cause.DARK, "the picture is black: is the light off, or something in front of the lens?", night)
        if even:
            return View(Cause.BLANK, _blank(low), night)
        if still:
            return View(
                Cause.FROZEN,
                "the stream goes on, but with one and the same picture: restart the camera, or what passes it on",
                night,
            )
        return View(night=night)


def _range(grid: Grid) -> tuple[int, int]:
    """Brightness of the darkest and the brightest part, without the tails."""
    below = np.cumsum(cv2.calcHist([grid], [0], None, [256], [0, 256]))
    low, high = np.searchsorted(below, (TAIL * grid.size, (1 - TAIL) * grid.size))
    return int(low), int(high)


def _blank(low: int) -> str:
    if low > 235:
        return "the picture is white: the light blinds the camera, or its exposure is wrong"
    return "the picture is of one even colour: is the lens covered, or does the recorder have no signal?"


class _Lasting:
    """Something that has to hold for a while before it is believed, and is given up at once.

    Args:
        seconds: that while.
    """

    def __init__(self, seconds: float) -> None:
        self._needed = round(seconds * NANOSECONDS)
        self._since: int | None = None
        self._held = False

    def update(self, begins: bool, lasts: bool, captured_at: int) -> bool:
        """Whether it holds now.

        Args:
            begins: whether it would begin now.
            lasts: whether it would go on if it held already.
        """
        if not (lasts if self._held else begins):
            self._since, self._held = None, False
            return False
        if self._since is None or captured_at < self._since:
            self._since = captured_at
        self._held = self._held or captured_at - self._since >= self._needed
        return self._held


class _Stillness:
    """Whether one picture has been standing still for long enough."""

    def __init__(self, frozen_seconds: float) -> None:
        self._shortest = self._patience = frozen_seconds
        self._anchor: Grid | None = None
        self._means: Grid | None = None
        self._before: Grid | None = None
        self._since = 0
        self._frozen_at: int | None = None
        self._changes: deque[bool] = deque(maxlen=_PAIRS)

    def update(self, grid: Grid, captured_at: int) -> bool:
        size = (max(1, grid.shape[1] // 2), max(1, grid.shape[0] // 2))
        means = np.asarray(cv2.resize(grid, size, interpolation=cv2.INTER_AREA), np.uint8)
        if not self._same(grid, means) or captured_at < self._since:
            self._thaw(captured_at)
            self._anchor, self._means, self._since = grid, means, captured_at
            self._changes.clear()
        elif self._before is not None:
            self._changes.append(int(np.count_nonzero(grid != self._before)) > CHANGED_SHARE * grid.size)
        self._before = grid
        lasting = captured_at - self._since >= self._patience * NANOSECONDS
        # Once it is frozen, only what differs from the anchor ends it.
        calm = len(self._changes) >= _ENOUGH_PAIRS and 2 * sum(self._changes) < len(self._changes)
        if self._frozen_at is None and lasting and calm:
            self._frozen_at = captured_at
        return self._frozen_at is not None

    def _same(self, grid: Grid, means: Grid) -> bool:
        if self._anchor is None or self._means is None or self._anchor.shape != grid.shape:
            return False
        if int(cv2.absdiff(means, self._means).max()) > MOVED:
            return False
        return int(np.count_nonzero(cv2.absdiff(grid, self._anchor) > FAR)) <= FAR_SHARE * grid.size

    def _thaw(self, captured_at: int) -> None:
        """It moves. If it was said to be frozen only just before, it was a quiet room: be slower to say so again."""
        if self._frozen_at is None:
            return
        lasted = (captured_at - self._frozen_at) / NANOSECONDS
        self._patience = min(LONGEST_PATIENCE, self._patience * 2) if lasted < _BRIEF else self._shortest
        self._frozen_at = None


_PAIRS: Final = 50
"""Pairs of looks, the latest, of which most have to be the same ..."""
_ENOUGH_PAIRS: Final = 8
"""... and how few are too few: after a gap in the stream."""
_BRIEF: Final = 60.0
"""Seconds; a picture that was frozen for less may have been a quiet room."""


class _Colour:
    """Whether the camera sees by infrared light."""

    def __init__(self) -> None:
        self._night = False
        self._looked_at: int | None = None
        self._looks = 0

    def update(self, samples: Image, captured_at: int, visible: bool) -> bool:
        """Whether it is night now; what cannot be seen has no colour, and changes nothing."""
        due = self._looked_at is None or not 0 <= captured_at - self._looked_at < COLOUR_SECONDS * NANOSECONDS
        if due and visible:
            self._looked_at = captured_at
            blue, green, red = cv2.split(samples)
            strength = max(float(cv2.absdiff(red, blue).mean()), float(cv2.absdiff(red, green).mean()))
            other = strength >= COLOURED_FROM if self._night else strength < GREY_BELOW
            self._looks = self._looks + 1 if other else 0
            if self._looks >= GREY_LOOKS:
                self._night, self._looks = not self._night, 0
        return self._night
