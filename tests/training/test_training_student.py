"""A smaller landmark network: the teacher's graph in torch and back, seeing less, and learning."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from services.pose.backends import EVERYWHERE
from services.pose.landmarks import PIXELS
from services.pose.models import LANDMARKS, model_file
from services.pose.network import OnnxRuntimeNetwork
from tests.pose_models import models_directory
from training import student_fit
from training.student_crops import GRID, SIZES, Crops, CropWriter, simulated_crops
from training.student_fit import Batch, fit, loss
from training.student_network import OUTPUTS, Network, shrunk

CROPS = 6


@cache
def teacher() -> bytes:
    return model_file(models_directory(), LANDMARKS)


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Crops:
    folder = tmp_path_factory.mktemp("crops")
    network = EVERYWHERE.load(models_directory(), LANDMARKS, 1)
    writer = CropWriter(folder, CROPS + 8)
    for crop in simulated_crops(network, CROPS, np.random.default_rng(3)):
        writer.add(-1, *crop)
    writer.close()
    return Crops.at(folder)


def by_torch(network: Network, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    with torch.no_grad():
        answers = network(torch.from_numpy(np.array(pictures)))
    return [answers[name].numpy() for name in OUTPUTS]


@pytest.mark.parametrize("pixels", SIZES)
def test_torch_says_what_onnx_runtime_says(crops: Crops, pixels: int) -> None:
    model = teacher() if pixels == PIXELS else shrunk(teacher(), pixels)
    pictures = np.array(crops.pictures(pixels)[:3])
    expected = OnnxRuntimeNetwork(model, LANDMARKS, 1).run(pictures)
    network = Network(model)
    for mine, theirs in zip(by_torch(network, pictures), expected, strict=True):
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() < 2e-3 * max(1.0, np.abs(theirs).max())
    assert network.pixels == pixels
    assert expected[2].shape[2:] == (GRID, GRID)


def test_the_teacher_is_cached_as_it_answers(crops: Crops) -> None:
    landmarks, presence, _, world = EVERYWHERE.load(models_directory(), LANDMARKS, 1).run(np.array(crops.large))
    assert np.allclose(landmarks.reshape(crops.landmarks.shape), crops.landmarks, atol=0.05)
    assert np.allclose(presence.ravel(), crops.presence, atol=1e-3)
    assert np.allclose(world.reshape(crops.world.shape), crops.world, atol=1e-3)
    assert (crops.presence > 0.5).mean() > 0.5


def test_a_size_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        shrunk(teacher(), 200)


@pytest.mark.timeout(120)
def test_a_student_learns_and_is_exported_as_learnt(crops: Crops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student_fit, "BATCH", 4)
    torch.set_num_threads(1)
    network = Network(shrunk(teacher(), SIZES[0]))
    few = Batch.of(crops, np.arange(len(crops)), SIZES[0], torch.device("cpu"))
    with torch.no_grad():
        before = float(loss(network(few.image), few))
    done: list[int] = []
    fit(network, crops, 48, np.random.default_rng(0), lambda views, _: done.append(views))
    with torch.no_grad():
        after = float(loss(network(few.image), few))
    assert done[-1] == 48
    assert after < 0.95 * before
    exported = OnnxRuntimeNetwork(network.onnx(), LANDMARKS, 1).run(np.array(crops.small[:2]))
    for mine, theirs in zip(by_torch(network, crops.small[:2]), exported, strict=True):
        assert np.abs(mine - theirs).max() < 2e-3 * max(1.0, np.abs(theirs).max())
