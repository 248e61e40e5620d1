"""What the made-up gym costs: milliseconds of one core a person and frame.

    python -m tests.benchmarks.simulator

Writes var/benchmarks/simulator.json.
"""

from __future__ import annotations

import statistics
import time

import cv2

from services.simulator import open_scene
from tests.benchmarks.machine import describe, save

_SCENES = ("idle", "squat", "push_up", "idle,idle,idle,idle", "demo-1", "demo-2")
_SIZES = ((640, 360), (1280, 720))
_FRAMES = 90


def _milliseconds(spec: str, width: int, height: int) -> tuple[int, float, float, float]:
    scene = open_scene(spec, width=width, height=height)
    scene.render(0.0)
    drawn, known = [], []
    for number in range(_FRAMES):
        start = time.thread_time()
        scene.render(number / 7)
        drawn.append(time.thread_time() - start)
    for number in range(_FRAMES // 3):
        start = time.thread_time()
        scene.pose_frame(number / 7)
        known.append(time.thread_time() - start)
    return len(scene.people), 1e3 * statistics.median(drawn), 1e3 * min(drawn), 1e3 * statistics.median(known)


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)
    rows = []
    print(f"{describe()}, one thread, CPU time")
    print(f"{'scene':22}{'size':>11}{'people':>8}{'frame ms':>10}{'best':>8}{'a person':>10}{'truth only':>12}")
    for width, height in _SIZES:
        for spec in _SCENES:
            people, median, best, truth = _milliseconds(spec, width, height)
            rows.append({"scene": spec, "size": [width, height], "people": people, "frame_ms": median,
                         "best_ms": best, "person_ms": median / people, "truth_ms": truth})  # fmt: skip
            size = f"{width}x{height}"
            print(f"{spec:22}{size:>11}{people:>8}{median:>10.2f}{best:>8.2f}{median / people:>10.2f}{truth:>12.2f}")
    save("simulator", rows)


if __name__ == "__main__":
    main()
