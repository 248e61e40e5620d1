"""What is shed when there is too little CPU: in what order, how much, and that nobody starves or falls behind.

A worker is played in made-up time: cameras fill the real mailbox, and each look takes as long as the test says. What
comes of the frames is in `test_pose_shedding`.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from proto.subjects import Kind
from services.bus import Envelope
from services.bus.mailbox import Mailbox
from services.core.types import NANOSECONDS
from services.pose.load import LATE_SECONDS, PATIENCE, STEPS, Level, Load, Verdict

START = 1000.0
PASSED_ON = 0.0003
"""Seconds that a frame takes which nobody looks at."""


@dataclass
class Played:
    """What became of the frames.

    Attributes:
        looks: camera -> seconds at which a frame of it was looked at.
        ages: of those that were looked at, when they were done, seconds.
        verdicts: camera -> how often which.
        levels: (seconds, level) of each change.
        now: seconds.
    """

    looks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ages: list[float] = field(default_factory=list)
    verdicts: dict[str, Counter[Verdict]] = field(default_factory=lambda: defaultdict(Counter))
    levels: list[tuple[float, Level]] = field(default_factory=list)
    now: float = START

    def rate(self, camera_id: str, since: float = 0.0) -> float:
        """Looks a second from so many seconds after the start on."""
        begin = START + since
        return sum(at >= begin for at in self.looks[camera_id]) / (self.now - begin)

    def longest_wait(self, camera_id: str, since: float = 0.0) -> float:
        """Seconds between two looks at most."""
        times = [at for at in self.looks[camera_id] if at >= START + since]
        return max(after - before for before, after in pairwise(times))


Cost = float | Callable[[str, float], float]
"""Seconds of a look without slack; or a function of the camera and of the seconds since the start."""


async def play(load: Load, fps: dict[str, float], cost: Cost, seconds: float) -> Played:
    """Let cameras send for a while, each frame into the mailbox whether or not the worker is ready."""
    played, mailbox, numbers = Played(), Mailbox(), Counter[str]()
    coming = [(START + index * 0.001, camera_id) for index, camera_id in enumerate(fps)]
    waiting = 0
    while played.now < START + seconds:
        while coming and (coming[0][0] <= played.now or not waiting):
            at, camera_id = heapq.heappop(coming)
            played.now = max(played.now, at)
            numbers[camera_id] += 1
            headers = {"frame_id": str(numbers[camera_id]), "captured_at": str(round(at * NANOSECONDS))}
            dropped = mailbox.dropped
            mailbox.put(Envelope(Kind.FRAMES, camera_id, b"", headers))
            waiting += mailbox.dropped == dropped
            heapq.heappush(coming, (at + 1 / fps[camera_id], camera_id))
        taken = await mailbox.take()
        assert taken is not None
        waiting -= 1
        camera_id, captured_at = taken.camera_id, int(taken.headers["captured_at"])
        verdict = load.admit(camera_id, int(taken.headers["frame_id"]), captured_at, played.now)
        played.verdicts[camera_id][verdict] += 1
        begin = played.now
        if verdict is Verdict.LOOK:
            whole = cost(camera_id, begin - START) if callable(cost) else cost
            played.now += whole / load.level.slack
            played.looks[camera_id].append(begin)
            played.ages.append(played.now - captured_at / NANOSECONDS)
        else:
            played.now += PASSED_ON
        if level := load.spent(camera_id, played.now - begin, played.now):
            played.levels.append((played.now - START, level))
    return played


def four(fps: float = 15.0) -> dict[str, float]:
    return dict.fromkeys(("a", "b", "c", "d"), fps)


async def test_nothing_is_shed_while_there_is_time() -> None:
    load = Load()
    played = await play(load, four(), 0.012, 60)
    assert played.levels == []
    assert all(set(verdicts) == {Verdict.LOOK} for verdicts in played.verdicts.values())
    assert load.level.demand == pytest.approx(0.72, abs=0.05)


async def test_twice_too_much_is_met_by_rates_alone() -> None:
    load = Load()
    played = await play(load, four(), 2 / 60, 120)
    assert [level.step for _, level in played.levels] == [1, 2]
    assert played.levels[-1][0] < 6
    assert load.level.paused == ()
    assert load.level.demand < 1
    since = played.levels[-1][0]
    rates = [played.rate(camera_id, since) for camera_id in "abcd"]
    assert min(rates) == pytest.approx(max(rates), rel=0.05)
    assert all(played.longest_wait(camera_id, since) < 0.25 for camera_id in "abcd")
    assert max(played.ages) < 0.3


async def test_cameras_are_paused_when_rates_are_not_enough_the_least_important_first() -> None:
    load = Load(priority=("d", "b"))
    played = await play(load, four(), 8 / 60, 60)
    assert [level.paused for _, level in played.levels] == [(), (), (), ("a", "c")]
    since = played.levels[-1][0] + 1
    assert (played.rate("a", since), played.rate("c", since)) == (0, 0)
    assert played.rate("d", since) > 7
    assert played.rate("b", since) > 7
    assert max(played.ages) < 0.7


async def test_the_last_camera_is_never_paused() -> None:
    load = Load()
    played = await play(load, four(), 2.0, 120)
    assert load.level.paused == ("b", "c", "d")
    assert played.rate("a", 60) == pytest.approx(1.5, abs=0.1)


async def test_everything_is_taken_back_when_the_load_falls() -> None:
    load = Load()
    played = await play(load, four(), lambda camera_id, at: 8 / 60 if at < 60 else 0.004, 400)
    assert load.level[:4] == (0, 1.0, math.inf, ())
    times = [at for at, _ in played.levels if at > 60]
    assert len(times) == 5
    assert all(after - before >= PATIENCE for before, after in pairwise([60, *times]))


async def test_it_does_not_flap_where_one_step_is_too_little_and_the_next_too_much() -> None:
    load = Load()
    played = await play(load, four(), lambda camera_id, at: (2 if camera_id == "d" else 8) / 60, 900)
    changes = [at for at, _ in played.levels if at > 60]
    assert len(changes) <= 10
    assert len([at for at in changes if at > 450]) <= 4


async def test_a_slow_worker_is_measured_again_after_its_slow_phase() -> None:
    load = Load()
    played = await play(load, four(), lambda camera_id, at: 0.1 if 10 < at < 12 else 0.012, 60)
    assert [level.step for _, level in played.levels] in ([1, 0], [1, 2, 1, 0])
    assert load.level.step == 0


async def test_a_look_that_hangs_costs_one_gap_and_nobody_their_turn() -> None:
    load = Load()
    played = await play(load, four(), lambda camera_id, at: 5.0 if 10 <= at < 10.02 else 0.01, 30)
    assert load.level.paused == ()
    assert sorted(played.ages)[-8] < 0.2
    assert all(played.longest_wait(camera_id) < 5.3 for camera_id in "abcd")
    assert all(played.rate(camera_id, 16) > 14 for camera_id in "abcd")


async def test_a_camera_that_floods_takes_nothing_from_others() -> None:
    load = Load()
    played = await play(load, {**four(), "flood": 200.0}, 0.012, 120)
    assert load.level.step == 1
    assert len(played.levels) == 1
    assert all(played.rate(camera_id, 10) > 14 for camera_id in "abcd")
    assert played.rate("flood", 10) <= 15.1
    assert played.verdicts["flood"][Verdict.RATE] > 10_000
    assert max(played.ages) < 0.15


async def test_a_flood_is_looked_at_while_nobody_needs_the_time() -> None:
    load = Load()
    played = await play(load, {"flood": 200.0}, 0.004, 20)
    assert load.level.step == 0
    assert played.rate("flood") == pytest.approx(200, rel=0.02)


async def test_frames_lost_elsewhere_are_no_reason_to_shed() -> None:
    load = Load()
    for number in range(3000):
        now = START + number / 15
        assert load.admit("a", 3 * number, round(now * NANOSECONDS), now) is Verdict.LOOK
        assert load.spent("a", 0.01, now + 0.01) is None


async def test_never_is_never() -> None:
    load = Load(full=math.inf)
    played = await play(load, four(), 1.0, 60)
    assert played.levels == []


def admit_all(load: Load, ages: list[float], captured: Callable[[int], float]) -> list[Verdict]:
    """Ten frames a second: at `captured` seconds, arriving so many seconds later."""
    return [
        load.admit("a", number, round(captured(number) * NANOSECONDS), START + number / 10 + age)
        for number, age in enumerate(ages)
    ]


def test_a_frame_that_comes_late_is_not_looked_at() -> None:
    ages = [0.1] * 20 + [LATE_SECONDS + 0.2, LATE_SECONDS + 0.15, 0.1]
    verdicts = admit_all(Load(), ages, lambda number: START + number / 10)
    assert verdicts == [Verdict.LOOK] * 20 + [Verdict.LATE] * 2 + [Verdict.LOOK]


@pytest.mark.parametrize("wrong", [-86_400.0, -3.0, 3.0, 3600.0])
def test_only_differences_of_a_cameras_clock_count(wrong: float) -> None:
    verdicts = admit_all(Load(), [0.1] * 50, lambda number: START + wrong + number / 10)
    assert set(verdicts) == {Verdict.LOOK}


@pytest.mark.parametrize("jump", [-3600.0, -5.0, -0.5, 0.5, 5.0, 3600.0])
def test_a_clock_that_is_set_costs_no_frame(jump: float) -> None:
    verdicts = admit_all(Load(), [0.1] * 200, lambda number: START + number / 10 + (jump if number >= 100 else 0))
    assert set(verdicts) == {Verdict.LOOK}


@pytest.mark.parametrize("jump", [0.4, 5.0, 3600.0])
def test_one_time_stamp_in_the_future_costs_no_frame(jump: float) -> None:
    verdicts = admit_all(Load(), [0.1] * 200, lambda number: START + number / 10 + (jump if number == 100 else 0))
    assert set(verdicts) == {Verdict.LOOK}


def test_a_slower_way_is_late_for_some_seconds_only() -> None:
    verdicts = admit_all(Load(), [0.1] * 100 + [0.9] * 200, lambda number: START + number / 10)
    assert verdicts[110] is Verdict.LATE
    assert set(verdicts[210:]) == {Verdict.LOOK}


async def test_a_camera_that_is_gone_is_forgotten() -> None:
    load = Load(priority=("a", "b", "c", "d"))
    await play(load, four(), 8 / 60, 60)
    assert list(load.level.paused) == ["c", "d"]
    load.forget("d")
    assert list(load.level.paused) == ["c"]
    now = START + 100
    assert load.admit("d", 1, round(now * NANOSECONDS), now) is Verdict.LOOK


def test_steps_lower_rates_and_never_raise_them() -> None:
    assert STEPS[0] == (1.0, math.inf)
    for before, after in pairwise(STEPS):
        assert after.slack >= before.slack
        assert after.max_fps <= before.max_fps
        assert after != before
