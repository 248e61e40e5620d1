"""The networks that tell how far into a repetition a pose is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from services.core.phases import Layers, PhaseNetwork, side_by_side

SIZES = (5, 4, 3, 2)


def _network(seed: int) -> Layers:
    random = np.random.default_rng(seed)
    return [(random.normal(size=(inputs, outputs)), random.normal(size=outputs)) for inputs, outputs in pairwise(SIZES)]


def _odds(layers: Layers, values: np.ndarray) -> np.ndarray:
    hidden = PhaseNetwork(("one", "two"), tuple(layers)).hidden(values)
    weights, biases = layers[-1]
    return np.asarray(hidden @ weights + biases)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_networks_side_by_side_give_the_mean_of_what_they_give(count: int) -> None:
    networks = [_network(seed) for seed in range(count)]
    values = np.random.default_rng(9).normal(size=(7, SIZES[0]))
    together = side_by_side(networks)
    assert [weights.shape for weights, _ in together] == [(5, 4 * count), (4 * count, 3 * count), (3 * count, 2)]
    assert _odds(together, values) == pytest.approx(np.mean([_odds(one, values) for one in networks], axis=0))
