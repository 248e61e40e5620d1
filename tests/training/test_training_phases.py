"""The training of the networks that tell how far into a repetition a pose is."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from rich.progress import Progress

from services.core.phases import WIDTH, PhaseNetwork, phase_network, side_by_side
from training import phases
from training.phases import source, train
from training.shown import LABELS, NOTHING, simulated


def test_a_network_learns_what_is_rest_and_what_the_far_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "EPOCHS", 6)
    monkeypatch.setattr(phases, "POSES", 4096)
    shown = list(islice(simulated(np.random.default_rng(2), ("squat",), people=24), 48))
    network = PhaseNetwork(LABELS, tuple(train(shown[16:], Progress(disable=True))))
    for take in (one for one in shown[:16] if one.label != NOTHING):
        progress = network.progress(take.bodies, "squat")
        assert progress[take.progress > 0.9].mean() - progress[take.progress < 0.1].mean() > 0.4


def test_what_is_written_is_read_again() -> None:
    random = np.random.default_rng(1)
    sizes = (WIDTH, 6, 4, len(LABELS))
    networks = [
        [(random.normal(size=shape), random.normal(size=shape[1])) for shape in pairwise(sizes)] for _ in range(2)
    ]
    written: dict[str, object] = {}
    exec(source(networks), written)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EXERCISES", "SHAPES", "NUMBERS"):
            patch.setattr(f"services.core.phase_weights.{name}", written[name])
        known = phase_network.__wrapped__()
    assert known.exercises == LABELS
    for (weights, biases), (expected, expected_biases) in zip(known.layers, side_by_side(networks), strict=True):
        assert weights == pytest.approx(expected, abs=0.003)
        assert biases == pytest.approx(expected_biases, abs=0.003)
