"""People cut out of real clips by legacy MediaPipe, for `composites`: keypoints and a mask of every frame.

Run by the Python of an environment of its own, since legacy MediaPipe wants an older numpy; so nothing of Spotter is
imported.

    python cutouts.py FOLDER SECONDS CLIP.mp4 ...    writes FOLDER/CLIP.npz for each of the first so many seconds
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np


def cut_out(clip: Path, seconds: float, target: Path) -> None:
    """Write `fps`; `keypoints` (F, 33, 2), pixels; `visibility` (F, 33), all 0 where nobody was found; `masks`.

    The masks are PNG bytes, one after the other, `lengths` (F,) of them; 0-255 is how sure the model is of the person.
    """
    capture = cv2.VideoCapture(str(clip))
    fps = capture.get(cv2.CAP_PROP_FPS)
    keypoints, visibility, masks = [], [], []
    with mp.solutions.pose.Pose(model_complexity=1, enable_segmentation=True) as pose:
        while len(keypoints) < seconds * fps:
            there, image = capture.read()
            if not there:
                break
            height, width = image.shape[:2]
            found = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            mask = np.zeros((height, width), np.uint8)
            points, sure = np.zeros((33, 2), np.float32), np.zeros(33, np.float32)
            if found.pose_landmarks and found.segmentation_mask is not None:
                mask = np.clip(found.segmentation_mask * 255, 0, 255).astype(np.uint8)
                marks = found.pose_landmarks.landmark
                points = np.array([[mark.x * width, mark.y * height] for mark in marks], np.float32)
                sure = np.array([mark.visibility for mark in marks], np.float32)
            keypoints.append(points)
            visibility.append(sure)
            masks.append(cv2.imencode(".png", mask)[1].ravel())
    with target.with_suffix(".part").open("wb") as file:
        np.savez(
            file,
            fps=fps,
            keypoints=np.array(keypoints),
            visibility=np.array(visibility),
            masks=np.concatenate(masks),
            lengths=np.array([len(mask) for mask in masks]),
        )
    target.with_suffix(".part").replace(target)


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    cv2.setNumThreads(1)
    for clip in map(Path, sys.argv[3:]):
        cut_out(clip, seconds, folder / f"{clip.stem}.npz")


if __name__ == "__main__":
    main()
