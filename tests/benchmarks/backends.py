"""What runs the two pose models: CPU time, memory, start-up and digits of each runtime, setting and precision.

First each model by itself, on crops and squares of the clips of `legacy`: CPU milliseconds of one thread for one crop
and for each crop of a batch of three (medians of rounds in which all take turns), seconds of CPU to load both models
and the memory they take (a process for each), and how far the answers are from ONNX Runtime in fp32: PCK@0.1, pixels of
the crop after refinement with the heatmap, world keypoints, and for the detector how many people it finds as well.

Then in closed loop over whole clips, each picture looked at, against legacy MediaPipe as in `pose_agreement`; "itself"
is legacy against legacy with one grey level of noise, and so the floor.

    python -m tests.benchmarks.backends [--rounds 15] [--no-loop]

Real clips where SPOTTER_DATA is set, else the simulator's. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TypedDict

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from services.pose.backends import Engine
from services.pose.blazepose import BlazePose
from services.pose.crop import Region
from services.pose.detector import PIXELS as SQUARE
from services.pose.detector import Detector
from services.pose.landmarks import PIXELS, Landmarker, refined
from services.pose.models import DETECTOR, LANDMARKS, Source, default_directory, model_file
from services.pose.network import INPUT, Network, Precision
from services.pose.openvino_network import openvino_core, openvino_precision
from services.pose.settings import Runtime
from tests.benchmarks.legacy import Legacy, clips
from tests.benchmarks.machine import FOLDER, describe, save

Crops = NDArray[np.uint8]
PICTURES, EVERY = 60, 12
"""Of each clip's first pictures each so manieth gives its crops and a square."""
BATCH = 3
CORES = (11, 12, 23, 24)
"""Shoulders and hips."""


class OrtNetwork:
    """ONNX Runtime as nobody uses it here: with other settings, or with memory of our own for what comes out."""

    def __init__(
        self, source: Source, *, entries: Mapping[str, str] | None = None, bind: bool = False, int8: bool = False,
        **options: object,
    ) -> None:  # fmt: skip
        chosen = onnxruntime.SessionOptions()
        chosen.intra_op_num_threads = chosen.inter_op_num_threads = 1
        chosen.log_severity_level = 3
        for name, value in (entries or {}).items():
            chosen.add_session_config_entry(name, value)
        for name, option in options.items():
            setattr(chosen, name, option)
        model = quantized(source) if int8 else model_file(default_directory(), source)
        self.session = onnxruntime.InferenceSession(model, chosen, providers=["CPUExecutionProvider"])
        self.names = list(source.outputs.values())
        self.bind = bind
        self.bound: dict[int, tuple[NDArray[np.float32], ...]] = {}

    def run(self, crops: Crops) -> tuple[NDArray[np.float32], ...]:
        if not self.bind:
            return tuple(self.session.run(self.names, {INPUT: crops}))
        if len(crops) not in self.bound:
            self.bound[len(crops)] = tuple(self.session.run(self.names, {INPUT: crops}))
        binding = self.session.io_binding()
        binding.bind_cpu_input(INPUT, crops)
        for name, output in zip(self.names, self.bound[len(crops)], strict=True):
            binding.bind_output(name, "cpu", 0, np.float32, output.shape, output.ctypes.data)
        self.session.run_with_iobinding(binding)
        return self.bound[len(crops)]


class WholeOpenVinoNetwork:
    """OpenVINO as it comes: the whole model in one precision, for batches of a size or of any."""

    def __init__(self, source: Source, hint: str, batch: int | None = 1, **properties: object) -> None:
        core = openvino_core()
        model = core.read_model(model_file(default_directory(), source))
        model.reshape([batch or -1, *model.inputs[0].partial_shape[1:]])
        common = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
        compiled = core.compile_model(model, "CPU", {**common, "INFERENCE_PRECISION_HINT": hint, **properties})
        self.request = compiled.create_infer_request()
        self.names = list(source.outputs.values())
        self.batch = batch

    def run(self, crops: Crops) -> tuple[NDArray[np.float32], ...]:
        parts = [crops[at : at + 1] for at in range(len(crops))] if self.batch == 1 else [crops]
        outputs = []
        for part in parts:
            self.request.infer({0: part}, share_inputs=True, share_outputs=True)
            outputs.append([self.request.get_tensor(name).data for name in self.names])
            if len(parts) > 1:
                outputs[-1] = [one.copy() for one in outputs[-1]]
        return tuple(np.concatenate(one) for one in zip(*outputs, strict=True)) if len(parts) > 1 else tuple(outputs[0])


def quantized(source: Source) -> bytes:
    """Weights and activations in int8, by ranges found at each run."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    FOLDER.mkdir(parents=True, exist_ok=True)
    exact, target = FOLDER / f"{source.stem}.onnx", FOLDER / f"{source.stem}_int8.onnx"
    exact.write_bytes(model_file(default_directory(), source))
    quantize_dynamic(exact, target, weight_type=QuantType.QUInt8)
    return target.read_bytes()


def shipped(runtime: Runtime, precision: Precision) -> Callable[[Source], Network]:
    return lambda source: Engine(runtime, precision).load(default_directory(), source, 1)


EXTENDED = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
BASE = "ONNX Runtime fp32 *"
HEADS = "OpenVINO bf16, heads fp32 *"
PLAIN = "OpenVINO bf16"
NETWORKS: dict[str, Callable[[Source], Network]] = {
    BASE: shipped(Runtime.ONNXRUNTIME, "fp32"),
    "  without its own memory layout": lambda source: OrtNetwork(source, graph_optimization_level=EXTENDED),
    "  without memory arena": lambda source: OrtNetwork(source, enable_cpu_mem_arena=False),
    "  denormals as zero": lambda source: OrtNetwork(source, entries={"session.set_denormal_as_zero": "1"}),
    "  bf16 fast math (arm64's switch)": lambda source: OrtNetwork(
        source, entries={"mlas.enable_gemm_fastmath_arm64_bfloat16": "1"}
    ),
    "  outputs bound to our memory": lambda source: OrtNetwork(source, bind=True),
    "  int8, dynamic": lambda source: OrtNetwork(source, int8=True),
}
if find_spec("openvino"):
    NETWORKS["OpenVINO fp32 *"] = shipped(Runtime.OPENVINO, "fp32")
    if openvino_precision() == "bf16":
        NETWORKS |= {
            HEADS: shipped(Runtime.OPENVINO, "bf16"),
            PLAIN: lambda source: WholeOpenVinoNetwork(source, "bf16"),
            "  pinned to a core": lambda source: WholeOpenVinoNetwork(source, "bf16", ENABLE_CPU_PINNING=True),
            "  denormals as zero ": lambda source: WholeOpenVinoNetwork(
                source, "bf16", CPU_DENORMALS_OPTIMIZATION=True
            ),
            "  compiled for any batch": lambda source: WholeOpenVinoNetwork(source, "bf16", None),
        }


# The pixels.


def collect() -> tuple[Crops, Crops]:
    """Crops of people who are followed in fp32, and squares of whole pictures."""
    models = BlazePose()
    crops: list[Crops] = []
    squares: list[Crops] = []

    class Keeping:
        def __init__(self, network: Network, kept: list[Crops]) -> None:
            self.network, self.kept = network, kept

        def run(self, pixels: Crops) -> tuple[NDArray[np.float32], ...]:
            self.kept += [one[None].copy() for one in pixels]
            return self.network.run(pixels)

    landmarker = Landmarker(Keeping(models.landmarker.network, crops))
    detector = Detector(Keeping(models.detector.network, squares))
    for clip in clips():
        estimator = models.estimator(max_people=2)
        estimator.slack = 0
        for number, (at, image) in enumerate(islice(clip.timed(), PICTURES)):
            look = number % EVERY == EVERY - 1
            estimator.landmarker = landmarker if look else models.landmarker
            if look:
                detector.detect(image, Region.whole(image.shape[1], image.shape[0]))
            estimator.estimate(image, at)
    return np.concatenate(crops), np.concatenate(squares)


# The figures.


def turns(networks: Mapping[str, Network], pixels: Crops, batch: int, rounds: int) -> dict[str, float]:
    """Milliseconds of CPU for each crop."""
    taken: dict[str, list[float]] = {name: [] for name in networks}
    for number in range(rounds + 1):
        for name, network in networks.items():
            begin = time.thread_time()
            for run in range(3):
                first = (number * 3 + run) * batch % (len(pixels) - batch)
                network.run(pixels[first : first + batch])
            taken[name].append((time.thread_time() - begin) / 3 / batch * 1e3)
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


def landmark_digits(networks: Mapping[str, Network], crops: Crops) -> dict[str, dict[str, float]]:
    """Distance from the first network's answers on crops in which it sees somebody."""
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in networks}
    exact, *_ = networks.values()
    for crop in crops:
        true = [one.copy() for one in exact.run(crop[None])]
        if true[1].item() < 0.5:
            continue
        truth = points(true)
        left, right, left_hip, right_hip = truth[CORES, :]
        trunk = max(float(np.hypot(*((left + right - left_hip - right_hip) / 2))), PIXELS / 16)
        for name, network in networks.items():
            found = network.run(crop[None])
            apart = np.hypot(*(points(found) - truth).T)
            world = np.linalg.norm((found[3] - true[3]).reshape(-1, 3)[:33], axis=1).mean() * 100
            figures[name].append((float((apart < 0.1 * trunk).mean()), float(apart.mean()), float(world)))
    return {
        name: dict(zip(("pck", "pixels", "world_cm"), np.mean(values, 0).tolist(), strict=True))
        | {"crops": len(values)}
        for name, values in figures.items()
    }


def points(outputs: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """(33, 2) crop pixels."""
    raw = outputs[0].reshape(1, -1, 5)[:, :33].astype(np.float64)
    return refined(raw[..., :3] / PIXELS, outputs[2][:, :33])[0, :, :2] * PIXELS


def detector_digits(networks: Mapping[str, Network], squares: Crops) -> dict[str, dict[str, float]]:
    """Of the people that the first network finds, those that another finds too; and how far its regions are off."""
    view = Region.whole(SQUARE, SQUARE)
    decoders = {name: Detector(network) for name, network in networks.items()}
    found: dict[str, list[bool]] = {name: [] for name in networks}
    off: dict[str, list[float]] = {name: [] for name in networks}
    extra = dict.fromkeys(networks, 0)
    for square in squares:
        regions = {}
        for name, decoder in decoders.items():
            boxes, scores = decoder.network.run(square[None])
            regions[name] = [one.region for one in decoder.decode(boxes[0], scores[0, :, 0], view)]
        truth = next(iter(regions.values()))
        for name, these in regions.items():
            for region in truth:
                best = max(these, key=region.overlap, default=None)
                hit = best is not None and region.overlap(best) > 0.5
                found[name].append(hit)
                if hit and best is not None:
                    off[name].append(float(np.hypot(best.x - region.x, best.y - region.y)) / region.size * 100)
            extra[name] += sum(not any(one.overlap(region) > 0.5 for region in truth) for one in these)
    return {
        name: {
            "found": float(np.mean(found[name])), "extra": extra[name] / max(len(found[name]), 1),
            "off_percent": float(np.mean(off[name])), "people": len(found[name]),
        }
        for name in networks
    }  # fmt: skip


def cost(name: str) -> dict[str, float]:
    """CPU seconds and MB of both models, in a process of its own that has imported everything before."""
    command = [sys.executable, "-m", "tests.benchmarks.backends", "--child", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def child(name: str) -> None:
    before, begin = memory(), time.process_time()
    networks = [NETWORKS[name](source) for source in (LANDMARKS, DETECTOR)]
    loaded = time.process_time() - begin
    for network, size in zip(networks, (PIXELS, SQUARE), strict=True):
        for _ in range(20):
            network.run(np.zeros((1, size, size, 3), np.uint8))
    print(json.dumps({"load_seconds": loaded, "megabytes": memory() - before}))


def memory() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def model_rows(rounds: int) -> Iterator[dict[str, object]]:
    crops, squares = collect()
    made = {source.stem: {name: make(source) for name, make in NETWORKS.items()} for source in (LANDMARKS, DETECTOR)}
    digits = landmark_digits(made[LANDMARKS.stem], crops)
    found = detector_digits(made[DETECTOR.stem], squares)
    times = {
        (stem, batch): turns(networks, pixels, batch, rounds)
        for (stem, networks), pixels in zip(made.items(), (crops, squares), strict=True)
        for batch in (1, BATCH)
    }
    for name in NETWORKS:
        yield {
            "table": "models", "network": name.strip(), "shown": name,
            **{f"{stem}_{batch}": values[name] for (stem, batch), values in times.items()},
            **digits[name], **found[name], **cost(name),
        }  # fmt: skip


class LoopRow(TypedDict):
    """One clip in closed loop; of each network PCK@0.1, and how far world keypoints are off."""

    table: str
    clip: str
    frames: int
    stable: bool
    pck: dict[str, float]
    world_cm: dict[str, float]


def loop_rows() -> Iterator[LoopRow]:
    from tests.benchmarks.pose_agreement import SEEDS, agreement, every_frame, itself

    ways = {name: NETWORKS[name] for name in (BASE, HEADS, PLAIN) if name in NETWORKS}
    models = {}
    for name, make in ways.items():
        models[name] = BlazePose()
        models[name].landmarker, models[name].detector = Landmarker(make(LANDMARKS)), Detector(make(DETECTOR))
    legacy = Legacy()
    for clip in clips():
        true = legacy.answers(clip)
        height, width = next(clip.pictures()).shape[:2]
        noisy = [
            agreement(clip, true, itself(clip, legacy.answers(clip, noise=seed)), (width, height)) for seed in SEEDS
        ]
        results = {f"itself_{seed}": one for seed, one in zip(SEEDS, noisy, strict=True)}
        results |= {
            name: agreement(clip, true, every_frame(clip, one), (width, height)) for name, one in models.items()
        }
        yield {
            "table": "closed loop", "clip": clip.name, "frames": len(true["presence"]),
            "stable": all(one.pck >= 0.98 for one in noisy),
            "pck": {name: one.pck for name, one in results.items()},
            "world_cm": {name: one.world for name, one in results.items()},
        }  # fmt: skip
    legacy.close()


def model_table(rows: Sequence[Mapping[str, object]], loaded: str) -> Table:
    columns = {
        "landmarks\nms": (f"{LANDMARKS.stem}_1", 2), f"in {BATCH}s\nms": (f"{LANDMARKS.stem}_{BATCH}", 2),
        "detector\nms": (f"{DETECTOR.stem}_1", 2), f"in {BATCH}s\nms ": (f"{DETECTOR.stem}_{BATCH}", 2),
        "load\ns": ("load_seconds", 2), "memory\nMB": ("megabytes", 0), "PCK\n@0.1": ("pck", 4),
        "crop\npx": ("pixels", 3), "world\ncm": ("world_cm", 2), "people\nfound": ("found", 3), "more": ("extra", 3),
        "off\n% of size": ("off_percent", 2),
    }  # fmt: skip
    crops, people = rows[0]["crops"], rows[0]["people"]
    shown = Table(
        title=f"One thread of {describe()}; {crops} crops, {people} people in squares of {loaded}; * as shipped"
    )
    shown.add_column("runtime", no_wrap=True)
    for column in columns:
        shown.add_column(column, justify="right")
    for row in rows:
        shown.add_row(str(row["shown"]), *(f"{row[key]:.{digits}f}" for key, digits in columns.values()))
    return shown


def loop_table(rows: Sequence[LoopRow]) -> Table:
    names = list(rows[0]["pck"])
    shown = Table(title="Closed loop against legacy MediaPipe 0.10.21, every picture looked at: PCK@0.1 and world cm")
    shown.add_column("clips")
    shown.add_column("frames", justify="right")
    for name in names:
        shown.add_column(name, justify="right")
    groups = {
        "stable": [row for row in rows if row["stable"]],
        "not stable": [row for row in rows if not row["stable"]],
        "all": list(rows),
    }
    for title, group in groups.items():
        if group:
            weights = [row["frames"] for row in group]
            cells = [
                f"{np.average([row['pck'][name] for row in group], weights=weights):.3f} "
                f"{np.average([row['world_cm'][name] for row in group], weights=weights):.2f}"
                for name in names
            ]
            shown.add_row(f"{title}, {len(group)}", str(sum(weights)), *cells)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="turns that each takes (default: 15)")
    parser.add_argument("--no-loop", action="store_true", help="the models only, not whole clips")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child)
        return
    console = Console()
    rows: list[Mapping[str, object]] = [*model_rows(arguments.rounds)]
    console.print(model_table(rows, "real clips" if os.environ.get("SPOTTER_DATA") else "the simulator"))
    if not arguments.no_loop:
        looped = list(loop_rows())
        console.print(loop_table(looped))
        rows += looped
    save("backends", rows)


if __name__ == "__main__":
    main()
