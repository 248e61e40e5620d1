"""The estimator contract over BlazePose on OpenVINO, in bf16 where the CPU has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.pose.backends import Engine
from services.pose.blazepose import BlazePose
from services.pose.openvino_network import openvino_precision
from services.pose.settings import Runtime
from tests.contracts.estimator import EstimatorContract, MakeEstimator
from tests.contracts.test_estimator import closing
from tests.pose_models import models_directory, needs_openvino


@pytest.fixture(scope="module")
def models() -> BlazePose:
    needs_openvino("fp32")
    return BlazePose(models_directory(), engine=Engine(Runtime.OPENVINO, openvino_precision()))


class TestBlazePoseOnOpenVino(EstimatorContract):
    @pytest.fixture
    def make(self, models: BlazePose) -> Iterator[MakeEstimator]:
        yield from closing(models.estimator)
