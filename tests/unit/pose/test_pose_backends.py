"""Every runtime gives the same answers under the same names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from services.core.errors import ModelMismatch, SettingsError
from services.pose.backends import EVERYWHERE, Engine
from services.pose.models import DETECTOR, LANDMARKS, Source
from services.pose.network import Network
from services.pose.settings import Runtime
from services.simulator import open_scene
from tests.pose_models import models_directory, needs_openvino

SIZES = {DETECTOR.stem: 224, LANDMARKS.stem: 256}
SHAPES: dict[str, list[tuple[int, ...]]] = {
    DETECTOR.stem: [(2254, 12), (2254, 1)],
    LANDMARKS.stem: [(195,), (1,), (39, 64, 64), (117,)],
}


def crops(source: Source, count: int) -> NDArray[np.uint8]:
    """People of the simulated gym, about as large as the models want them."""
    size = SIZES[source.stem]
    scene = open_scene("squat?seed=3&view=35", width=size, height=size)
    return np.stack([scene.render(index * 0.3)[..., ::-1] for index in range(count)])


@pytest.fixture(params=[("onnxruntime", "fp32"), ("openvino", "fp32"), ("openvino", "bf16")], ids="-".join)
def engine(request: pytest.FixtureRequest) -> Engine:
    runtime, precision = request.param
    if runtime == "openvino":
        needs_openvino(precision)
    return Engine(Runtime(runtime), precision)


def load(engine: Engine, source: Source) -> Network:
    return engine.load(models_directory(), source, 1)


@pytest.mark.parametrize("source", [DETECTOR, LANDMARKS], ids=lambda source: source.stem)
@pytest.mark.parametrize("count", [1, 3])
def test_outputs_are_those_of_the_source_in_its_order(engine: Engine, source: Source, count: int) -> None:
    outputs = load(engine, source).run(crops(source, count))
    assert [output.shape for output in outputs] == [(count, *shape) for shape in SHAPES[source.stem]]
    assert {output.dtype for output in outputs} == {np.dtype(np.float32)}
    assert all(np.isfinite(output).all() for output in outputs)


@pytest.mark.parametrize("source", [DETECTOR, LANDMARKS], ids=lambda source: source.stem)
def test_a_batch_answers_as_its_parts_do(engine: Engine, source: Source) -> None:
    network, batch = load(engine, source), crops(source, 3)
    together = [output.copy() for output in network.run(batch)]
    for index in range(3):
        alone = network.run(batch[index : index + 1])
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[index], part[0], rtol=1e-4, atol=1e-3)


def test_ten_people_at_once_take_no_more_memory_than_one() -> None:
    network, batch = load(EVERYWHERE, LANDMARKS), crops(LANDMARKS, 10)
    network.run(batch[:1])
    before = psutil.Process().memory_info().rss
    network.run(batch)
    # The answers alone are 6.4 MB; all ten in one run would keep 80 MB more.
    assert psutil.Process().memory_info().rss - before < 30e6


def test_precision_is_what_the_engine_says(engine: Engine) -> None:
    exact, crop = load(EVERYWHERE, LANDMARKS), crops(LANDMARKS, 1)
    points, presence, heatmap, world = load(engine, LANDMARKS).run(crop)
    true_points, true_presence, true_heatmap, true_world = exact.run(crop)
    pixels = np.abs(points - true_points).reshape(39, 5)[:33, :2]
    if engine.precision == "bf16":
        assert 0.01 < pixels.mean() < 2
        assert np.abs(presence - true_presence).max() < 0.05
        assert np.abs(world - true_world).max() < 0.03
    else:
        assert pixels.max() < 0.01
        assert np.abs(presence - true_presence).max() < 1e-4
        assert np.abs(heatmap - true_heatmap).max() < 0.01
        assert np.abs(world - true_world).max() < 1e-3


def test_only_an_unaltered_model_is_loaded(engine: Engine, tmp_path: Path) -> None:
    for suffix in (".onnx", ".tflite"):
        name = f"{LANDMARKS.stem}{suffix}"
        (tmp_path / name).write_bytes((models_directory() / name).read_bytes() + b"x")
    (tmp_path / "blazepose.json").write_bytes((models_directory() / "blazepose.json").read_bytes())
    with pytest.raises(ModelMismatch, match="altered"):
        engine.load(tmp_path, LANDMARKS, 1)


def test_a_model_that_openvino_cannot_read_is_a_setting_that_cannot_work() -> None:
    needs_openvino("fp32")
    from services.pose.openvino_network import OpenVinoNetwork

    with pytest.raises(SettingsError, match="SPOTTER_POSE_RUNTIME to onnxruntime") as raised:
        OpenVinoNetwork(b"not a model", LANDMARKS, 1, "bf16")
    assert "cpp" not in str(raised.value)
