from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from services.core.errors import SettingsError
from services.core.types import NANOSECONDS
from services.ingest.capture import Control, SourceOptions
from services.ingest.settings import parse_cameras
from services.ingest.sources import open_source
from services.simulator import open_scene

SPEC = "squat?seed=3"


def test_a_scene_is_shown_in_real_time_with_unix_time() -> None:
    started, control = time.time_ns(), Control()
    source = open_source(f"sim://{SPEC}", SourceOptions(fps=10), control)
    captures = list(itertools.islice(source, 6))
    passed = time.time_ns() - started
    steps = [later.captured_at - earlier.captured_at for earlier, later in itertools.pairwise(captures)]
    assert all(step > 0 and step % (NANOSECONDS // 10) == 0 for step in steps)
    assert started <= captures[0].captured_at
    assert captures[-1].captured_at <= started + passed
    assert sum(steps) // (NANOSECONDS // 10) == 5 + control.dropped().get("late", 0)


def test_what_is_shown_depends_on_the_scenes_second_alone() -> None:
    captures = list(itertools.islice(open_source(f"sim://{SPEC}", SourceOptions(fps=10)), 4))
    second = (captures[3].captured_at - captures[0].captured_at) / NANOSECONDS
    assert np.array_equal(captures[3].image(), open_scene(SPEC).render(second))


def test_a_picture_is_shrunk_on_demand() -> None:
    capture = next(open_source(f"sim://{SPEC}"))
    assert capture.image().shape == (360, 640, 3)
    assert capture.image(longest_side=320).shape == (180, 320, 3)


def test_an_unknown_exercise_is_refused_before_anything_runs() -> None:
    with pytest.raises(SettingsError, match="juggling"):
        parse_cameras("gym=sim://juggling")
