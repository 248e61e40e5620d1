"""Legacy MediaPipe's answers to given pictures, for `pose_agreement`: what each step of its pose graph says.

Run by the Python of an environment of its own, as `naive_pose`; so nothing of Spotter is imported.

    python legacy_pose.py     reads jobs; for each writes FILE.npz and says "done"

A job is a line of JSON, {"size": [H, W], "step": 33333, "noise": 0, "alone": false, "out": "FILE.npz"}, then its
pictures, each a byte 1 and H x W x 3 bytes of BGR, then a byte 0. The pictures are `step` microseconds apart. A `noise`
other than 0 seeds an error of -1, 0 or 1 grey level on every value; `alone` looks at each picture as if there was no
other, unsmoothed. FILE.npz has, for N pictures, with NaN for what is not there:

    points (N, 33, 4)      x, y, z normalised, visibility; smoothed, as `mp.solutions.pose.Pose` gives them
    world (N, 33, 3)       metres, smoothed
    raw_points, raw_world  the same before smoothing
    presence (N,)          the model's score, 0-1
    region (N, 5)          centre x, y, width, height (normalised) and angle of the crop that the model saw
    looked (N, 5)          the region that the detector gave, where it was asked
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.python.solution_base import SolutionBase

GRAPH = "mediapipe/modules/pose_landmark/pose_landmark_cpu.binarypb"
STREAMS = {
    "points": "pose_landmarks",
    "world": "pose_world_landmarks",
    "raw_points": "unfiltered_pose_landmarks",
    "raw_world": "unfiltered_world_landmarks",
    "presence": "poselandmarkbyroicpu__tensorstoposelandmarksandsegmentation__pose_presence_score",
    "region": "pose_rect",
    "looked": "pose_rect_from_detection",
}
SHAPES = {
    "points": (33, 4), "world": (33, 3), "raw_points": (33, 4), "raw_world": (33, 3), "presence": (), "region": (5,),
    "looked": (5,),
}  # fmt: skip


class Inspected(SolutionBase):
    """`mp.solutions.pose.Pose` with its default parameters, of which the streams inside are seen as well."""

    def __init__(self, *, alone: bool) -> None:
        super().__init__(
            binary_graph_path=GRAPH,
            side_inputs={
                "model_complexity": 1,
                "smooth_landmarks": not alone,
                "enable_segmentation": False,
                "smooth_segmentation": not alone,
                "use_prev_landmarks": not alone,
            },
            outputs=list(STREAMS.values()),
        )

    def look(self, image: np.ndarray, at: int) -> dict[str, np.ndarray]:
        """The answer to an RGB picture of a time in microseconds."""
        self._simulated_timestamp = at - 33333  # `process` makes up a clock of its own, by adding this
        answer = self.process({"image": image})
        return {name: values(name, getattr(answer, stream)) for name, stream in STREAMS.items()}


def values(name: str, found: object) -> np.ndarray:
    if found is None:
        return np.full(SHAPES[name], np.nan)
    if name == "presence":
        return np.array(found)
    if name in ("region", "looked"):
        return np.array([found.x_center, found.y_center, found.width, found.height, found.rotation])
    columns = ("x", "y", "z", "visibility")[: SHAPES[name][1]]
    return np.array([[getattr(point, column) for column in columns] for point in found.landmark])


def pictures(height: int, width: int, noise: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(noise)
    while sys.stdin.buffer.read(1) == b"\1":
        body = sys.stdin.buffer.read(height * width * 3)
        image = np.frombuffer(body, np.uint8).reshape(height, width, 3)
        if noise:
            error = random.integers(-1, 2, image.shape, np.int8)
            image = np.clip(image.astype(np.int16) + error, 0, 255).astype(np.uint8)
        yield cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def main() -> None:
    assert mp.solutions.pose  # its import registers what the graph is made of
    cv2.setNumThreads(1)
    for line in sys.stdin.buffer:
        job = json.loads(line)
        with Inspected(alone=job["alone"]) as graph:
            answers = [
                graph.look(image, (1 + number) * job["step"])
                for number, image in enumerate(pictures(*job["size"], job["noise"]))
            ]
        arrays = {name: np.array([one[name] for one in answers], np.float32) for name in STREAMS}
        np.savez_compressed(job["out"], **arrays)
        print("done", flush=True)


if __name__ == "__main__":
    main()
