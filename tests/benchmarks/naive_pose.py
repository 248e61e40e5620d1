"""The naive pipeline, for `pose_throughput`: MediaPipe on every frame of a camera, full-size JPEG in between.

Run by the Python of an environment of its own, since legacy MediaPipe wants an older numpy; so nothing of Spotter is
imported.

    python naive_pose.py VIDEO legacy                    rounds: reads SECONDS, answers {"cpu", "frames", "people"}
    python naive_pose.py VIDEO tasks --bundle FILE       the same with the tasks API, which can follow several people
    python naive_pose.py VIDEO legacy --poses FILE.npz   one pass; writes what was found in each frame
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator

import cv2
import mediapipe as mp
import numpy as np

Estimate = Callable[[np.ndarray, int], list[np.ndarray]]
"""(RGB picture, ms) -> (33, 2) normalised keypoints of each person."""


def legacy() -> Estimate:
    pose = mp.solutions.pose.Pose(model_complexity=1)

    def estimate(image: np.ndarray, milliseconds: int) -> list[np.ndarray]:
        found = pose.process(image).pose_landmarks
        return [np.array([[point.x, point.y] for point in found.landmark])] if found else []

    return estimate


def tasks(bundle: str, people: int) -> Estimate:
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=bundle),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=people,
    )
    landmarker = vision.PoseLandmarker.create_from_options(options)

    def estimate(image: np.ndarray, milliseconds: int) -> list[np.ndarray]:
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
        found = landmarker.detect_for_video(picture, milliseconds).pose_landmarks
        return [np.array([[point.x, point.y] for point in person]) for person in found]

    return estimate


def frames(video: str, *, loop: bool) -> Iterator[np.ndarray]:
    """The pictures as a camera process would put them on a bus and a pose process would take them off it."""
    while True:
        capture = cv2.VideoCapture(video)
        while True:
            there, image = capture.read()
            if not there:
                break
            body = cv2.imencode(".jpg", image)[1].tobytes()
            yield cv2.cvtColor(cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        if not loop:
            return


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("api", choices=["legacy", "tasks"])
    parser.add_argument("--bundle")
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--poses")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    estimate = legacy() if arguments.api == "legacy" else tasks(arguments.bundle, arguments.people)
    fps = cv2.VideoCapture(arguments.video).get(cv2.CAP_PROP_FPS)
    if arguments.poses:
        rows = []
        for number, image in enumerate(frames(arguments.video, loop=False)):
            rows += [(number, person) for person in estimate(image, 1 + round(number * 1000 / fps))]
        numbers, people = [row[0] for row in rows], [row[1] for row in rows]
        np.savez(arguments.poses, frame=np.array(numbers), keypoints=np.array(people), fps=fps)
        return
    stream = enumerate(frames(arguments.video, loop=True))
    print("ready", flush=True)
    for line in sys.stdin:
        count = round(float(line) * fps)
        begin, people = time.process_time(), 0
        for _ in range(count):
            number, image = next(stream)
            people += len(estimate(image, 1 + round(number * 1000 / fps)))
        cpu = time.process_time() - begin
        print(json.dumps({"cpu": cpu, "frames": count, "people": people / count}), flush=True)


if __name__ == "__main__":
    main()
