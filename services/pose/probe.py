"""Which engine is faster on this CPU: measured at start-up, chosen once for the process, and said.

auto         OpenVINO not installed ------------------> ONNX Runtime fp32
             it fails, or the CPU has no bf16 --------> ONNX Runtime fp32
             bf16 faster by the margin, by measure ---> OpenVINO bf16, else ONNX Runtime fp32
onnxruntime  ONNX Runtime fp32
openvino     OpenVINO, bf16 where the CPU has it, else fp32; the service does not start where it cannot
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import structlog

from services.core.errors import SettingsError
from services.pose.backends import EVERYWHERE, Engine
from services.pose.landmarks import PIXELS
from services.pose.metrics import process_metrics
from services.pose.models import DETECTOR, LANDMARKS, Source, default_directory
from services.pose.network import Network, Precision
from services.pose.openvino_network import openvino_precision
from services.pose.settings import Runtime

MARGIN: Final = 1.15
"""How many times as fast bf16 must be to be worth its digits."""
ROUNDS: Final = 7
"""Turns that each takes, one run each; 14 runs of 3 to 10 ms."""
_WARM_UP: Final = 2

_log = structlog.get_logger(__name__)
_measuring = Lock()


@dataclass(frozen=True, slots=True)
class Choice:
    """What runs the models, and why.

    Attributes:
        engine: the choice.
        reason: why, for people.
        milliseconds: runtime -> CPU time of one crop through the landmark model on one thread; empty when nothing had
            to be measured.
        fault: what keeps OpenVINO from running although it is installed; "" when nothing does.
    """

    engine: Engine
    reason: str
    milliseconds: Mapping[Runtime, float] = field(default_factory=dict)
    fault: str = ""


def chosen(asked: Runtime, directory: Path | None = None) -> Choice:
    """The choice for this process; told once to the log and to /metrics.

    Raises:
        ModelMismatch: a model is missing or was altered.
        SettingsError: OpenVINO is asked for, and is not installed or cannot run the models.
    """
    with _measuring:
        return _told(asked, directory or default_directory())


def measured(asked: Runtime, directory: Path | None = None) -> Choice:
    """The choice for this process, made at the first call and then kept.

    Every estimator of a process so runs on the same engine, however the CPU's speed goes up and down.

    Args:
        asked: what the settings ask for.
        directory: the models folder; None for the default one.

    Raises:
        ModelMismatch: a model is missing or was altered.
        SettingsError: OpenVINO is asked for, and is not installed or cannot run the models.
    """
    with _measuring:
        return _made(asked, directory or default_directory())


@cache
def _made(asked: Runtime, directory: Path) -> Choice:
    return choose(asked, lambda engine, source: engine.load(directory, source, 1), _installed_precision)


@cache
def _told(asked: Runtime, directory: Path) -> Choice:
    choice = _made(asked, directory)
    engine = choice.engine
    milliseconds = {runtime.value: round(value, 2) for runtime, value in choice.milliseconds.items()}
    said: dict[str, object] = {"runtime": engine.runtime.value, "precision": engine.precision, "reason": choice.reason}
    said |= {f"{runtime}_ms": value for runtime, value in milliseconds.items()}
    if choice.fault:
        _log.warning("pose runtime chosen", **said, fault=choice.fault)
    else:
        _log.info("pose runtime chosen", **said)
    process_metrics().chose(engine.runtime.value, engine.precision, milliseconds)
    return choice


def choose(
    asked: Runtime,
    load: Callable[[Engine, Source], Network],
    openvino: Callable[[], Precision | None],
    clock: Callable[[], float] = time.thread_time,
) -> Choice:
    """Choose what runs the models.

    Args:
        asked: what the settings ask for.
        load: loads a model on an engine; SettingsError when that cannot run it.
        openvino: what OpenVINO would compute in here; None when it is not installed, SettingsError when it is broken.
        clock: seconds of CPU of this thread.

    Raises:
        SettingsError: OpenVINO is asked for, and is not installed or cannot run the models.
    """
    if asked is Runtime.ONNXRUNTIME:
        return Choice(EVERYWHERE, "set so")
    try:
        precision = openvino()
        if precision is None and asked is Runtime.OPENVINO:
            raise SettingsError(
                "SPOTTER_POSE_RUNTIME is openvino, which is not installed: install it with "
                "`pip install 'spotter[openvino]'`, or set the runtime to auto."
            )
        if precision is None:
            return Choice(EVERYWHERE, "OpenVINO is not installed")
        if asked is Runtime.AUTO and precision != "bf16":
            return Choice(EVERYWHERE, "this CPU has no bf16")
        fast = Engine(Runtime.OPENVINO, precision)
        load(fast, DETECTOR)
        network = load(fast, LANDMARKS)
    except SettingsError as error:
        if asked is Runtime.OPENVINO:
            raise
        return Choice(EVERYWHERE, "OpenVINO cannot run the models", fault=str(error))
    if asked is Runtime.OPENVINO:
        return Choice(fast, "set so")
    measured = medians({EVERYWHERE.runtime: load(EVERYWHERE, LANDMARKS), fast.runtime: network}, clock)
    ratio = measured[EVERYWHERE.runtime] / measured[fast.runtime]
    if ratio < MARGIN:
        return Choice(EVERYWHERE, f"bf16 is {ratio:.2f} times as fast, which is not worth its digits", measured)
    return Choice(fast, f"bf16 is {ratio:.2f} times as fast", measured)


def medians(networks: Mapping[Runtime, Network], clock: Callable[[], float] = time.thread_time) -> dict[Runtime, float]:
    """Milliseconds of one crop, median of a few rounds in which they take turns: the CPU's speed changes for all.

    Args:
        networks: what to compare, the landmark model.
        clock: seconds of CPU of this thread.
    """
    crop = np.random.default_rng(0).integers(0, 256, (1, PIXELS, PIXELS, 3), np.uint8)
    taken: dict[Runtime, list[float]] = {runtime: [] for runtime in networks}
    for _ in range(_WARM_UP + ROUNDS):
        for runtime, network in networks.items():
            begin = clock()
            network.run(crop)
            taken[runtime].append(1e3 * (clock() - begin))
    return {runtime: statistics.median(values[_WARM_UP:]) for runtime, values in taken.items()}


def _installed_precision() -> Precision | None:
    """What OpenVINO would compute in here; None when it is not installed, which is normal."""
    return openvino_precision() if importlib.util.find_spec("openvino") else None
