r"""What a worker with too little CPU leaves undone: rates first, then whole cameras, the least important one first.

               frames are lost, and there is no time for them
           ---------------------------------------------------->
    all      1.5 x longer       2 x longer       3 x longer        + cameras paused,
             between looks,     10 fps           8 fps               one or more
             15 fps
           <----------------------------------------------------
               there has been time for more for `PATIENCE` seconds, twice that after each relapse; one at a time

Laws:
    1. Nothing waits: a frame is looked at now or never. What waits before this (`services.bus.mailbox`) is one frame a
       camera, so a result is as old as one round over the cameras, whatever comes in.
    2. Every camera has its turn; one that sends too much loses by itself, because the rate is each camera's own.
    3. A paused camera is one that nobody looks at. Looking at it now and then would be worse than not at all: at one
       frame a second repetitions are miscounted, and nobody could tell those counts from good ones.
    4. Files are neither shed nor slowed: their sender waits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from services.core.types import NANOSECONDS, Pace

WINDOW_SECONDS: Final = 1.0
"""How long is measured before something is decided."""
LOST: Final = 0.1
"""Overloaded is who loses more than this part of the frames that it wants ..."""
FULL: Final = 0.9
"""... and would need more than this part of the time for them; other frames are lost elsewhere, and not for want of
CPU."""
ROOM: Final = 0.75
"""Something is taken back when all of it is expected to need less than this part of the time."""
RATES_AFTER: Final = 2
"""Overloaded windows in a row after which everybody is looked at less often."""
PAUSE_AFTER: Final = 4
"""The same, until a camera is paused."""
PATIENCE: Final = 10.0
"""Seconds for which there is room before something is taken back."""
LONGEST_PATIENCE: Final = 320.0
RELAPSE_SECONDS: Final = 60.0
"""An overload so soon after something was taken back is a relapse: the next try waits twice as long."""
HALF_LIFE: Final = 60.0
"""Seconds after which a paused camera is expected to cost half of what it did: people may have left it."""
LATE_SECONDS: Final = 0.3
"""A live frame that arrives so much later than the camera's fastest is not looked at: a newer one is on its way."""
_NEVER_SO_LATE: Final = 10.0
"""Nothing waits so long on the way: a frame that seems to has a clock that was set."""
_FASTEST_SECONDS: Final = 5.0
"""The fastest is that of the last so many seconds, or twice as many."""
_SILENT_SECONDS: Final = 10.0
"""A camera that sends nothing for so long takes no part."""
_ENOUGH: Final = 0.75
"""Credit at which a frame is looked at: arrivals jitter."""
_MOST: Final = 1.5


class Verdict(StrEnum):
    """What becomes of a frame; all but `LOOK` are causes of shedding."""

    LOOK = "look"
    RATE = "rate"
    PRIORITY = "priority"
    LATE = "late"


class Step(NamedTuple):
    """How often everybody is looked at.

    Attributes:
        slack: see `PoseEstimator.slack`.
        max_fps: frames a second and camera that are looked at at most. Below 8, quick repetitions blur.
    """

    slack: float
    max_fps: float


STEPS: Final = (Step(1.0, math.inf), Step(1.5, 15.0), Step(2.0, 10.0), Step(3.0, 8.0))
"""They take 0.75, 0.6 and 0.4 of the CPU, at PCK@0.1 of 0.97, 0.97 and 0.93 to the first (one quick squat; three people
0.99, 0.99 and 0.96)."""


class Level(NamedTuple):
    """What is shed now.

    Attributes:
        step: which of the steps, 0 for none.
        slack, max_fps: that step's.
        paused: cameras that are not looked at, the most important first.
        demand: what all that is looked at needs, as part of the time; above 1 it is too much.
    """

    step: int
    slack: float
    max_fps: float
    paused: tuple[str, ...]
    demand: float


@dataclass(slots=True)
class _Camera:
    """One live camera: what came of it lately. Times are seconds of the wall."""

    credited_at: float
    heard_at: float = 0.0
    credit: float = 1.0
    frame_id: int | None = None
    captured_at: int | None = None
    fastest: float = math.inf
    fastest_before: float = math.inf
    fastest_since: float = 0.0
    offered: int = 0
    looks: int = 0
    busy: float = 0.0
    offered_rate: float = 0.0
    look_seconds: float = 0.0
    cost: float = 0.0

    def arrive(self, frame_id: int, captured_at: int, now: float) -> bool:
        """Count a frame and those lost before it; whether it comes too late to be looked at."""
        lost = 0 if self.frame_id is None else max(0, frame_id - self.frame_id - 1)
        self.offered += 1 + lost
        self.frame_id, self.heard_at = frame_id, now
        age = now - captured_at / NANOSECONDS
        behind = age - min(self.fastest, self.fastest_before)
        set_back = self.captured_at is not None and captured_at < self.captured_at
        self.captured_at = captured_at
        if set_back or abs(behind) > _NEVER_SO_LATE:
            self.fastest, self.fastest_before, self.fastest_since = age, math.inf, now
            return False
        if now - self.fastest_since > _FASTEST_SECONDS:
            self.fastest, self.fastest_before, self.fastest_since = age, self.fastest, now
        self.fastest = min(self.fastest, age)
        return behind > LATE_SECONDS

    def turn(self, max_fps: float, now: float) -> bool:
        """Whether it may be looked at again."""
        if max_fps == math.inf:
            self.credit, self.credited_at = 1.0, now
            return True
        self.credit = min(_MOST, self.credit + (now - self.credited_at) * max_fps)
        self.credited_at = now
        if self.credit < _ENOUGH:
            return False
        self.credit -= 1.0
        return True

    def measure(self, seconds: float) -> None:
        """End a window."""
        self.offered_rate += 0.5 * (self.offered / seconds - self.offered_rate)
        if self.looks:
            self.look_seconds = self.busy / self.looks

    def restart(self) -> None:
        """Begin a window."""
        self.offered = self.looks = 0
        self.busy = 0.0

    def demand(self, max_fps: float) -> float:
        """The part of the time that it needs at such a rate."""
        return self.look_seconds * min(self.offered_rate, max_fps)


@dataclass(slots=True)
class _Hysteresis:
    """When something is taken back; seconds."""

    patience: float = PATIENCE
    room_since: float | None = None
    given_back_at: float = -math.inf

    def room(self, now: float) -> bool:
        """There is room: whether for long enough."""
        if self.room_since is None:
            self.room_since = now
        if now - self.room_since < self.patience:
            return False
        if now - self.given_back_at > RELAPSE_SECONDS + 2 * self.patience:
            self.patience = PATIENCE
        self.room_since, self.given_back_at = None, now
        return True

    def overload(self, now: float) -> None:
        """Something more is shed."""
        if now - self.given_back_at < RELAPSE_SECONDS:
            self.patience = min(LONGEST_PATIENCE, 2 * self.patience)
        self.room_since = None


@dataclass(slots=True)
class Load:
    """Decides for one worker which live frames are looked at.

    Time comes in as seconds of a clock that never goes back.

    Attributes:
        priority: camera ids, the most important first; all others come after them, by name.
        full: the part of the time above which it is overloaded; infinite for never.
    """

    priority: Sequence[str] = ()
    full: float = FULL
    _step: int = 0
    _paused: set[str] = field(default_factory=set)
    _cameras: dict[str, _Camera] = field(default_factory=dict)
    _began_at: float | None = None
    _overloaded: int = 0
    _hysteresis: _Hysteresis = field(default_factory=_Hysteresis)
    _demand: float = 0.0

    @property
    def level(self) -> Level:
        """What is shed now."""
        return Level(self._step, *STEPS[self._step], tuple(sorted(self._paused, key=self._rank)), self._demand)

    def pace(self, camera_id: str) -> Pace:
        """How often a camera's people are looked at, in the words that its viewers are told."""
        if camera_id in self._paused:
            return Pace.PAUSED
        return Pace.SLOWED if self._step else Pace.FULL

    def admit(self, camera_id: str, frame_id: int, captured_at: int, now: float) -> Verdict:
        """Whether to look at a live frame.

        Args:
            camera_id: whose.
            frame_id: gaps are frames that were lost before they came here.
            captured_at: event time, ns. Only its differences matter: the camera's clock may be wrong.
            now: seconds.
        """
        camera = self._cameras.setdefault(camera_id, _Camera(credited_at=now))
        if camera.arrive(frame_id, captured_at, now):
            return Verdict.LATE
        if camera_id in self._paused:
            return Verdict.PRIORITY
        if not camera.turn(STEPS[self._step].max_fps, now):
            return Verdict.RATE
        camera.looks += 1
        return Verdict.LOOK

    def spent(self, camera_id: str, seconds: float, now: float) -> Level | None:
        """Take note of the time that a live frame took, looked at or not.

        Returns:
            What is shed from now on, if that changed.
        """
        self._cameras[camera_id].busy += seconds
        if self._began_at is None:
            self._began_at = now
        elapsed = now - self._began_at
        if elapsed < WINDOW_SECONDS:
            return None
        before = self.level
        self._decide(elapsed, now)
        for camera in self._cameras.values():
            camera.restart()
        self._began_at = now
        after = self.level
        return after if (after.step, after.paused) != (before.step, before.paused) else None

    def forget(self, camera_id: str) -> None:
        """Drop what is known of a camera that is gone."""
        self._cameras.pop(camera_id, None)
        self._paused.discard(camera_id)

    def _decide(self, elapsed: float, now: float) -> None:
        for camera_id in [one for one, camera in self._cameras.items() if now - camera.heard_at > _SILENT_SECONDS]:
            self.forget(camera_id)
        for camera in self._cameras.values():
            camera.measure(elapsed)
        active = {key: one for key, one in self._cameras.items() if key not in self._paused}
        max_fps = STEPS[self._step].max_fps
        wanted = sum(min(one.offered, max_fps * elapsed) for one in active.values())
        looks = sum(one.looks for one in active.values())
        self._demand = sum(one.demand(max_fps) for one in active.values())
        for camera_id in self._paused & self._cameras.keys():
            self._cameras[camera_id].cost *= 0.5 ** (elapsed / HALF_LIFE)
        if looks < (1 - LOST) * wanted and self._demand > self.full:
            self._overloaded += 1
            self._shed(active, now)
        else:
            self._overloaded = 0
            self._take_back(active, now)

    def _shed(self, active: dict[str, _Camera], now: float) -> None:
        last = self._step + 1 == len(STEPS)
        if self._overloaded < (PAUSE_AFTER if last else RATES_AFTER):
            self._hysteresis.room_since = None
            return
        if not last:
            self._step += 1
        elif len(active) > 1:
            needed, least_first = self._demand, sorted(active, key=self._rank, reverse=True)
            # Half of them at once at most: what was measured in an overload may be too much.
            for camera_id in least_first[: len(active) // 2]:
                if needed > self.full:
                    camera = active[camera_id]
                    camera.cost = camera.demand(STEPS[self._step].max_fps)
                    needed -= camera.cost
                    self._paused.add(camera_id)
        else:
            return
        self._overloaded = 0
        self._hysteresis.overload(now)

    def _take_back(self, active: dict[str, _Camera], now: float) -> None:
        if self._paused:
            first = min(self._paused, key=self._rank)
            expected = self._demand + self._cameras[first].cost
        elif self._step:
            now_at, then_at = STEPS[self._step], STEPS[self._step - 1]
            # A look at somebody costs the same, but there are more of them in a frame.
            expected = sum(one.demand(then_at.max_fps) for one in active.values()) * now_at.slack / then_at.slack
        else:
            return
        if expected >= ROOM:
            self._hysteresis.room_since = None
        elif self._hysteresis.room(now):
            if self._paused:
                self._paused.discard(first)
            else:
                self._step -= 1

    def _rank(self, camera_id: str) -> tuple[int, str]:
        named = self.priority.index(camera_id) if camera_id in self.priority else len(self.priority)
        return (named, camera_id)
