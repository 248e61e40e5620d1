"""Clusters of clips by angles, and their names."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_up import video
from training.examples import Examples
from training.folds import grouped_folds
from training.kmeans import clusters_of, matched


def test_each_cluster_has_the_label_it_fits_and_no_two_the_same() -> None:
    cluster = np.array([0, 0, 0, 1, 1, 2])
    label = np.array([1, 1, 2, 1, 2, 0])
    assert matched(cluster, label, 3, 3).tolist() == [1, 2, 0], "two clusters would both be called 1"


def test_what_lies_apart_is_found_and_what_does_not_is_not() -> None:
    random = np.random.default_rng(1)
    videos = [video("squat", f"s/{index % 5}", f"p{index}", index) for index in range(20)]
    number = np.repeat(np.arange(20), 10)
    label = number % 2
    apart = np.where(label == 0, 40.0, 300.0)[:, None, None] + random.normal(0, 5, (200, 8, 6))
    alike = random.normal(180, 5, (200, 8, 6))
    nobody = np.zeros(200, bool)
    folds = grouped_folds(videos)
    for features, least, most in ((apart, 0.99, 1.0), (alike, 0.0, 0.7)):
        examples = Examples(features.astype(np.float32), label, number, ("a", "b"), nobody)
        raw, prepared = clusters_of(examples, folds, seed=1)
        assert raw.k == prepared.k == 2
        assert raw.constant == pytest.approx(0.5)
        for one in (raw, prepared):
            assert least <= one.strangers <= most
            assert (one.silhouette > 0.8) == (least > 0.9)
            assert one.matched >= 0.5
