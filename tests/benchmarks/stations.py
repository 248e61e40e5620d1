"""What stations are worth: real people who are 9 to 12 % as tall as a 1080p view, found with stations and without.

Four people stand in each view from its first picture on, in an empty room and in a real gym; their stations are drawn
around where they are, as an operator would. Found is what `people_found` calls so, from the first picture on.

    SPOTTER_DATA=... python -m tests.benchmarks.stations [--split dev]
"""

from __future__ import annotations

import argparse
from typing import Final

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from services.core.stations import Station
from services.pose.settings import PoseSettings
from tests.benchmarks.composites import HEIGHT, WIDTH, Truth, truth_of
from tests.benchmarks.machine import describe, save
from tests.benchmarks.people_found import found_by_us, matched
from tests.benchmarks.scenes import Composite, Part

HEIGHTS: Final = (0.09, 0.10, 0.11, 0.12)
"""Of the picture's height."""
PLACES: Final = (0.14, 0.38, 0.61, 0.86)
"""Of its width."""
MARGIN: Final = 0.15
"""What a station is drawn larger by on each side, over the longer side of the person's box."""
SCENES: Final = tuple(
    Composite(
        f"stations_{number}",
        "far",
        15,
        tuple(
            Part(height, ((0.0, x),), floor=0.55 + 0.04 * place)
            for place, (height, x) in enumerate(zip(np.roll(HEIGHTS, number).tolist(), PLACES, strict=True))
        ),
        real_gym=number % 2 == 1,
    )
    for number in range(4)
)


def stations(truth: Truth) -> tuple[Station, ...]:
    """One around each person."""
    low, high = truth.boxes[..., :2].min(0) / (WIDTH, HEIGHT), truth.boxes[..., 2:].max(0) / (WIDTH, HEIGHT)
    margin = MARGIN * truth.heights.reshape(-1, 1) * (HEIGHT / WIDTH, 1.0)
    corners = np.clip(np.hstack([low - margin, high + margin]), 0, 1).tolist()
    return tuple(
        Station("bench", f"station-{number}", ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
        for number, (x0, y0, x1, y1) in enumerate(corners)
    )


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="test")
    split = parser.parse_args().split
    cv2.setNumThreads(1)
    rows: list[dict[str, object]] = []
    table = Table(title=f"People on stations, split {split}; {describe()}")
    columns = "stations", "people", "ever found", "frames", "found in", "median s until found", "wrong poses", "CPU ms"
    for column in columns:
        table.add_column(column, justify="right")
    for drawn in (False, True):
        found_at: list[float] = []
        hits = asked = wrong = frames = 0
        cpu = 0.0
        for scene in SCENES:
            truth = truth_of(scene, split)
            answer = found_by_us(truth, PoseSettings(stations=stations(truth) if drawn else ()))
            matches = matched(truth, answer)
            hit = (matches.poses >= 0) & matches.asked
            found_at += [answer.seconds[int(one.argmax())] if one.any() else np.inf for one in hit.T]
            hits, asked, wrong = (
                hits + int(hit.sum()),
                asked + int(matches.asked.sum()),
                wrong + int(matches.wrong.sum()),
            )
            cpu, frames = cpu + answer.cpu, frames + answer.frames
        row: dict[str, object] = {
            "stations": drawn, "people": len(found_at), "ever": float(np.isfinite(found_at).mean()), "frames": asked,
            "recall": hits / asked, "median_seconds": float(np.median(found_at)), "wrong": wrong,
            "milliseconds": 1000 * cpu / frames,
        }  # fmt: skip
        rows.append(row)
        table.add_row(
            "drawn" if drawn else "none", f"{row['people']}", f"{row['ever']:.2f}", f"{asked}", f"{row['recall']:.3f}",
            f"{row['median_seconds']:.2f}", f"{wrong}", f"{row['milliseconds']:.1f}",
        )  # fmt: skip
    Console(width=140).print(table)
    save(f"stations_{split}", rows)


if __name__ == "__main__":
    main()
