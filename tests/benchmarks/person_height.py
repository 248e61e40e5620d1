"""How many pixels tall people have to be for their keypoints: which of a camera's streams to take.

Pictures in which somebody is large are shrunk until that person is so many pixels tall, sent through JPEG as frames
are, and given to the landmark model on one and the same crop. PCK@0.1 of the trunk against the picture as it was; the
height is that of all keypoints, so an upright person has nearly their own, and a bent one less.

    SPOTTER_DATA=... python -m tests.benchmarks.person_height [--clips 24]

Without SPOTTER_DATA the people are simulated.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from services.ingest.sources import open_source
from services.pose.blazepose import BlazePose
from services.pose.crop import Region
from services.simulator import open_scene
from tests.benchmarks.machine import describe, save

Image = NDArray[np.uint8]

HEIGHTS = (30, 45, 60, 80, 100, 130, 180)
"""Pixels."""
LABELS = ("squat", "lunge", "overhead_press", "biceps_curl", "deadlift", "jumping_jack", "row")
EVERY = 40
"""One picture in so many of a clip is looked at."""
TALL, TRUNK, PRESENCE = 200, 40, 0.8
"""Least height and trunk (pixels), and presence, of somebody who can stand for the truth."""
SIDES = {"640x360": 360, "704x576": 576, "longest side 960 (16:9)": 540}
"""Streams -> their height, pixels."""


def pictures(clips: int) -> Iterator[Image]:
    data = os.environ.get("SPOTTER_DATA")
    if not data:
        for seed in range(clips):
            scene = open_scene(f"{LABELS[seed % 2]}?seed={seed}&view={30 * seed % 360}", width=1280, height=720)
            yield from (scene.render(second) for second in range(5))
        return
    found = [path for label in LABELS for path in sorted(Path(data, "clips", label).glob("*.mp4"))[::4]]
    for path in found[:: max(1, len(found) // clips)][:clips]:
        for capture in islice(open_source(str(path)), 0, None, EVERY):
            yield capture.image()


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=24, help="so many clips, spread over the exercises")
    arguments = parser.parse_args()
    pose = BlazePose()
    errors: dict[int, list[NDArray[np.float64]]] = {height: [] for height in HEIGHTS}
    for image in pictures(arguments.clips):
        people = pose.detector.detect(image, Region.whole(image.shape[1], image.shape[0]))
        if not people:
            continue
        region = people[0].region
        found = pose.landmarker.find(image, [region])
        truth = found.points[0, :33, :2]
        trunk, tall = np.linalg.norm(truth[[11, 12]].mean(axis=0) - truth[[23, 24]].mean(axis=0)), np.ptp(truth[:, 1])
        if found.presence[0] < PRESENCE or tall < TALL or trunk < TRUNK:
            continue
        for height in HEIGHTS:
            scale = height / tall
            small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            shown = cv2.imdecode(cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, 85))[1], cv2.IMREAD_COLOR)
            scales = np.array([shown.shape[1] / image.shape[1], shown.shape[0] / image.shape[0]])
            where = replace(region, x=region.x * scales[0], y=region.y * scales[1], size=region.size * scales[0])
            points = pose.landmarker.find(np.asarray(shown, np.uint8), [where]).points[0, :33, :2] / scales
            errors[height].append(np.linalg.norm(points - truth, axis=1) / trunk)
    table = Table(title=f"Height of people and their keypoints; {len(errors[HEIGHTS[0]])} pictures; {describe()}")
    for column in ("height, pixels", "PCK@0.1", "mean error, trunks", *(f"of {name}" for name in SIDES)):
        table.add_column(column, justify="right")
    rows: list[dict[str, object]] = []
    for height in HEIGHTS:
        every = np.array(errors[height])
        pck, error = float((every < 0.1).mean()), float(every.mean())
        rows.append({"height": height, "pictures": len(every), "pck": pck, "error": error})
        table.add_row(str(height), f"{pck:.3f}", f"{error:.3f}", *(f"{height / side:.0%}" for side in SIDES.values()))
    console = Console(width=140)
    console.print(table)
    console.print(f"saved to {save('person_height', rows)}")


if __name__ == "__main__":
    main()
