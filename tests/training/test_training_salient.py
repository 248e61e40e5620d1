"""The choice of salient poses: each end's own, as bytes and back."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from services.core.phases import described
from services.core.salient import JOINTS, STEPS, SalientPoses
from services.core.signals import BODY, Floats
from training import salient
from training.salient import EDGE, KEPT, chosen, source
from training.shown import NOTHING, Shown, simulated


@pytest.fixture(scope="module")
def shown() -> list[Shown]:
    takes = islice(simulated(np.random.default_rng(2), ("squat",), people=12), 24)
    return [take for take in takes if take.label != NOTHING]


def test_examples_are_poses_of_their_end(shown: list[Shown], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "LABELS", ("squat",))
    ends, spread = chosen(shown)
    poses = ends["squat"]
    assert poses.shape == (2, KEPT, len(spread))
    of_end = [
        np.concatenate([described(take.bodies[at(take.progress)])[:, JOINTS] for take in shown])
        for at in (lambda progress: progress <= EDGE, lambda progress: progress >= 1 - EDGE)
    ]
    # Mirrored, the sides change places: sorted, a pose is like its image.
    for examples, all_poses in zip(poses, of_end, strict=True):
        distances = np.abs(np.sort(examples)[:, None] - np.sort(all_poses)[None]).max(axis=-1).min(axis=1)
        assert distances.max() < 1e-9
    known = SalientPoses(ends, spread)
    for take in shown:
        progress = known.progress(take.bodies, "squat")
        assert progress[take.progress > 0.9].mean() > 0.8
        assert progress[take.progress < 0.1].mean() < 0.2


def test_what_is_written_is_read_again() -> None:
    random = np.random.default_rng(1)
    ends: dict[str, Floats] = {name: random.uniform(-1, 1, (2, KEPT, described(np.zeros((len(BODY), 3)))[JOINTS].size))
                               for name in ("one", "two")}  # fmt: skip
    spread = random.uniform(0.3, 0.8, 26)
    written: dict[str, object] = {}
    exec(source(ends, spread), written)
    assert written["EXERCISES"] == ("one", "two")
    assert written["SPREAD"] == pytest.approx(spread, abs=0.005)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EXERCISES", "SPREAD", "NUMBERS"):
            patch.setattr(f"services.core.salient_poses.{name}", written[name])
        from services.core.salient import known_poses

        known = known_poses.__wrapped__()
    body = random.normal(0, 0.4, (9, len(BODY), 3))
    expected = SalientPoses(ends, spread).progress(body, "two")
    assert known.progress(body, "two") == pytest.approx(expected, abs=4 / STEPS)
