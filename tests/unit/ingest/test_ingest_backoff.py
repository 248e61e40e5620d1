from __future__ import annotations

import random

from services.core.errors import Cause
from services.ingest.backoff import AUTH, FIRST, LONGEST, Backoff


def test_waits_grow_to_a_limit_and_start_again_after_success() -> None:
    backoff = Backoff(random.Random(1))
    delays = [backoff.delay(Cause.NETWORK) for _ in range(12)]
    for number, delay in enumerate(delays):
        longest = min(LONGEST, FIRST * 2**number)
        assert longest / 2 <= delay <= longest
    backoff.reset()
    assert backoff.delay(Cause.NETWORK) <= FIRST


def test_cameras_behind_one_switch_do_not_come_back_in_step() -> None:
    assert len({Backoff(random.Random(seed)).delay(Cause.NETWORK) for seed in range(20)}) == 20


def test_a_wrong_password_is_not_tried_often() -> None:
    assert Backoff(random.Random(1)).delay(Cause.AUTH) >= AUTH / 2
