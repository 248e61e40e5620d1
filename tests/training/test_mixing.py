"""Examples mixed while networks are fitted: who learns from spliced clips goes by what they end with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from services.classifier.manifest import NONE
from training.examples import Examples, Origin
from training.fitting import Network, Recipe, fitted
from training.mixing import HEARD, OWN, UNHEARD, begun_as

MOMENTS = 20
RECIPE = Recipe(epochs=12, batch=32, learning_rate=3e-2, mixed=0.3)


class Mean(Network):
    """Looks at each half of a clip by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.leave = nn.Linear(2, 2)
        nn.init.zeros_(self.leave.weight)

    def scores(self, features: Tensor) -> Tensor:
        """(N, 2) of (N, T, 1)."""
        halves = features.unflatten(1, (2, MOMENTS // 2)).mean((2, 3))
        scores: Tensor = self.leave(halves)
        return scores


def examples(labels: tuple[str, str] = ("squat", "row")) -> Examples:
    """Clips of one number each, -1 for the first label and 1 for the second, and some noise."""
    random = np.random.default_rng(5)
    label = np.arange(400) % 2
    features = (2.0 * label - 1.0)[:, None, None] + random.normal(0, 0.2, (400, MOMENTS, 1))
    recorded = np.full(400, Origin.RECORDED)
    return Examples(features.astype(np.float32), label, np.arange(400), labels, recorded)


def told(first: float, last: float, own: float, recipe: Recipe, labels: tuple[str, str] = ("squat", "row")) -> float:
    """How likely the second label is in a clip of `first` whose share `own` at the end is of `last`."""
    clip = np.full((1, MOMENTS, 1), first, np.float32)
    clip[:, round((1 - own) * MOMENTS) :] = last
    return float(fitted(Mean, examples(labels), recipe, seed=1).probabilities(clip)[0, 1])


def test_a_clip_begins_as_another_and_keeps_its_own_end() -> None:
    batch = torch.arange(3.0)[:, None, None].expand(3, MOMENTS, 2)
    joined = begun_as(batch, torch.tensor([1, 2, 0]), torch.tensor([0.25, 1.0, 0.5]))
    assert joined[0, :, 0].tolist() == [1.0] * 15 + [0.0] * 5
    assert joined[1, :, 1].tolist() == [1.0] * MOMENTS
    assert joined[2, :, 1].tolist() == [0.0] * 10 + [2.0] * 10


@pytest.mark.parametrize("first", [-1.0, 1.0])
def test_who_learnt_from_spliced_clips_goes_by_the_end(first: float) -> None:
    spliced = replace(RECIPE, spliced=0.5)
    by_end, by_both = (told(first, -first, 0.5, recipe) for recipe in (spliced, RECIPE))
    assert (by_end > 0.5) == (first < 0)
    assert abs(by_end - 0.5) > abs(by_both - 0.5) + 0.1


def test_rest_is_spliced_with_nobody() -> None:
    """Who pauses has not stopped, and who moves for a second does not exercise yet."""
    shown: list[Tensor] = []

    class Watched(Mean):
        def scores(self, features: Tensor) -> Tensor:
            shown.append(features)
            return super().scores(features)

    fitted(Watched, examples(("squat", NONE)), replace(RECIPE, spliced=1.0, epochs=1), seed=1)
    clips = torch.cat(shown)[..., 0]
    assert ((clips > 0).all(1) | (clips < 0).all(1)).all()


def test_shares_are_in_order() -> None:
    assert 0 < OWN[0] < UNHEARD < HEARD < OWN[1] < 1
