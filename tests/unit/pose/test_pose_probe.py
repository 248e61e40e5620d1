"""Which engine runs the models, and that it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import structlog
from numpy.typing import NDArray
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from services.core.errors import ModelMismatch, SettingsError
from services.pose import probe
from services.pose.backends import EVERYWHERE, Engine
from services.pose.metrics import PoseMetrics
from services.pose.models import DETECTOR, Source
from services.pose.network import Network, Precision
from services.pose.openvino_network import openvino_core
from services.pose.probe import ROUNDS, Choice, choose, medians
from services.pose.settings import Runtime
from tests.pose_models import models_directory

BF16 = Engine(Runtime.OPENVINO, "bf16")


@dataclass
class Slow:
    """A network that takes its time on a clock of its own."""

    bench: Bench
    milliseconds: list[float]
    runs: int = 0

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        self.bench.now += self.milliseconds[self.runs % len(self.milliseconds)] / 1e3
        self.runs += 1
        return ()


@dataclass
class Bench:
    """Two engines, what they take, and which models one of them refuses."""

    takes: dict[Engine, float] = field(default_factory=lambda: {EVERYWHERE: 5.0, BF16: 3.0})
    refuses: Source | None = None
    now: float = 0.0
    loaded: list[tuple[Engine, str]] = field(default_factory=list)

    def load(self, engine: Engine, source: Source) -> Network:
        if engine.runtime is Runtime.OPENVINO and source is self.refuses:
            raise SettingsError("OpenVINO cannot compile it")
        self.loaded.append((engine, source.stem))
        return Slow(self, [self.takes.get(engine, 4.0)])

    def choose(self, asked: Runtime, openvino: Callable[[], Precision | None]) -> Choice:
        return choose(asked, self.load, openvino, lambda: self.now)


def broken() -> Precision | None:
    raise SettingsError("OpenVINO cannot be loaded (no libtbb)")


def test_auto_takes_bf16_where_it_is_faster() -> None:
    choice = Bench().choose(Runtime.AUTO, lambda: "bf16")
    assert choice.engine == BF16
    assert choice.milliseconds == pytest.approx({Runtime.ONNXRUNTIME: 5.0, Runtime.OPENVINO: 3.0})
    assert "1.67 times" in choice.reason
    assert not choice.fault


@pytest.mark.parametrize(("bf16", "taken"), [(4.6, EVERYWHERE), (4.2, BF16), (9.0, EVERYWHERE)])
def test_auto_keeps_exact_digits_where_bf16_gives_little(bf16: float, taken: Engine) -> None:
    choice = Bench({EVERYWHERE: 5.0, BF16: bf16}).choose(Runtime.AUTO, lambda: "bf16")
    assert choice.engine == taken
    assert choice.milliseconds[Runtime.OPENVINO] == pytest.approx(bf16)


@pytest.mark.parametrize(("precision", "reason"), [(None, "not installed"), ("fp32", "no bf16")])
def test_auto_measures_nothing_where_there_is_no_choice(precision: Precision | None, reason: str) -> None:
    bench = Bench()
    choice = bench.choose(Runtime.AUTO, lambda: precision)
    assert choice.engine == EVERYWHERE
    assert reason in choice.reason
    assert not choice.milliseconds
    assert not choice.fault
    assert bench.now == 0


def test_auto_falls_back_where_openvino_is_broken_or_refuses_a_model() -> None:
    for choice in (
        Bench().choose(Runtime.AUTO, broken),
        Bench(refuses=DETECTOR).choose(Runtime.AUTO, lambda: "bf16"),
    ):
        assert choice.engine == EVERYWHERE
        assert "cannot" in choice.fault


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_openvino_when_named_is_taken_without_measuring(precision: Precision) -> None:
    bench = Bench({})
    choice = bench.choose(Runtime.OPENVINO, lambda: precision)
    assert choice.engine == Engine(Runtime.OPENVINO, precision)
    assert bench.now == 0


def test_openvino_when_named_and_missing_says_how_to_get_it() -> None:
    with pytest.raises(SettingsError, match=r"pip install 'spotter\[openvino\]'"):
        Bench().choose(Runtime.OPENVINO, lambda: None)
    with pytest.raises(SettingsError, match="libtbb"):
        Bench().choose(Runtime.OPENVINO, broken)
    with pytest.raises(SettingsError, match="cannot compile"):
        Bench(refuses=DETECTOR).choose(Runtime.OPENVINO, lambda: "bf16")


def test_onnx_runtime_when_named_does_not_even_look_for_openvino() -> None:
    assert Bench().choose(Runtime.ONNXRUNTIME, broken).engine == EVERYWHERE


def test_the_median_of_rounds_after_a_warm_up() -> None:
    bench = Bench()
    first, second = Slow(bench, [900, 900, *[5.0] * 6, 70.0]), Slow(bench, [3.0])
    found = medians({Runtime.ONNXRUNTIME: first, Runtime.OPENVINO: second}, lambda: bench.now)
    assert found == pytest.approx({Runtime.ONNXRUNTIME: 5.0, Runtime.OPENVINO: 3.0})
    assert first.runs == second.runs == ROUNDS + 2


@pytest.fixture
def anew() -> Iterator[None]:
    """A process that has not chosen yet."""
    probe._made.cache_clear()
    probe._told.cache_clear()
    yield
    probe._made.cache_clear()
    probe._told.cache_clear()


@pytest.mark.usefixtures("anew")
def test_the_choice_is_made_once_and_said_in_the_log_and_in_the_metrics() -> None:
    with structlog.testing.capture_logs() as lines:
        choice = probe.chosen(Runtime.AUTO, models_directory())
        assert probe.chosen(Runtime.AUTO, models_directory()) is choice
        assert probe.measured(Runtime.AUTO, models_directory()) is choice
    [line] = lines
    assert line["runtime"] == choice.engine.runtime
    assert line["precision"] == choice.engine.precision
    labels = {"runtime": str(choice.engine.runtime), "precision": choice.engine.precision}
    assert REGISTRY.get_sample_value("spotter_pose_backend", labels) == 1
    for runtime, milliseconds in choice.milliseconds.items():
        assert 0 < milliseconds < 500
        said = REGISTRY.get_sample_value("spotter_pose_probe_milliseconds", {"runtime": str(runtime)})
        assert said == line[f"{runtime}_ms"] == pytest.approx(milliseconds, abs=0.01)


@pytest.mark.usefixtures("anew")
def test_openvino_that_is_not_installed_is_normal_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert probe.chosen(Runtime.AUTO, models_directory()).engine == EVERYWHERE
    with pytest.raises(SettingsError, match="not installed"):
        probe.chosen(Runtime.OPENVINO, models_directory())


@pytest.mark.usefixtures("anew")
def test_openvino_that_is_broken_is_said_as_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    openvino_core.cache_clear()
    with structlog.testing.capture_logs() as lines:
        assert probe.chosen(Runtime.AUTO, models_directory()).engine == EVERYWHERE
    assert [line["log_level"] for line in lines] == ["warning"]
    assert "spotter[openvino]" in lines[0]["fault"]


@pytest.mark.usefixtures("anew")
def test_missing_models_are_not_taken_for_a_fault_of_openvino(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="the extra openvino is not installed", exc_type=ImportError)
    with pytest.raises(ModelMismatch, match="spotter models fetch"):
        choose(Runtime.AUTO, lambda engine, source: engine.load(tmp_path, source, 1), lambda: "bf16")


def test_metrics_name_one_backend_only() -> None:
    registry = CollectorRegistry()
    metrics = PoseMetrics(registry)
    metrics.chose("onnxruntime", "fp32", {})
    metrics.chose("openvino", "bf16", {"onnxruntime": 5.3, "openvino": 2.9})
    text = generate_latest(registry).decode()
    assert 'spotter_pose_backend{precision="bf16",runtime="openvino"} 1.0' in text
    assert "fp32" not in text
    assert 'spotter_pose_probe_milliseconds{runtime="openvino"} 2.9' in text
