"""The estimator contract over both backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from services.pose.estimator import PoseEstimator
from tests.contracts.estimator import EstimatorContract, Latest, MakeEstimator
from tests.pose_models import blazepose, mediapipe


def closing(factory: Callable[..., PoseEstimator]) -> Iterator[MakeEstimator]:
    made: list[PoseEstimator] = []

    def make(epoch: int = 0, max_people: int = 6) -> Latest:
        made.append(factory(epoch, max_people))
        return Latest(made[-1])

    yield make
    for estimator in made:
        estimator.close()


class TestBlazePose(EstimatorContract):
    @pytest.fixture
    def make(self) -> Iterator[MakeEstimator]:
        yield from closing(blazepose().estimator)


class TestMediaPipe(EstimatorContract):
    @pytest.fixture
    def make(self) -> Iterator[MakeEstimator]:
        yield from closing(mediapipe().estimator)
