"""MediaPipe's own pose landmarker behind `PoseEstimator`, to compare with and to fall back on.

The library ships no model, so its bundle is made in memory from the same two files as BlazePose here. For several
people it neither smooths nor keeps ids: `services.core` does both.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any, Final

import cv2
import flatbuffers
import mediapipe
import numpy as np
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
from mediapipe.tasks.metadata import schema_py_generated as model_schema
from mediapipe.tasks.python import BaseOptions
from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode
from numpy.typing import NDArray

from services.core.sightings import Sighting
from services.core.tracking import Tracker
from services.core.types import Pose
from services.pose.crop import Image
from services.pose.filters import PoseFilter, made_pose
from services.pose.models import DETECTOR, LANDMARKS, default_directory, model_file

_MILLISECOND: Final = 1_000_000
_LONGEST_STEP: Final = 10_000
"""Milliseconds; MediaPipe's clock is moved on by no more, however far event time jumps."""


class MediaPipe:
    """The models in the form that MediaPipe reads, shared by the estimators of all cameras of a process.

    Args:
        models_dir: folder with the fetched models; None for the default one.

    Raises:
        ModelMismatch: a model is missing or was altered.
    """

    def __init__(self, models_dir: Path | None = None) -> None:
        directory = models_dir or default_directory()
        detector = model_file(directory, DETECTOR, suffix=".tflite")
        landmarks = model_file(directory, LANDMARKS, suffix=".tflite")
        self.bundle = _bundle(detector, landmarks)

    def estimator(self, epoch: int = 0, max_people: int = 6) -> MediaPipeEstimator:
        """A new estimator for one camera.

        Args:
            epoch: first part of its track ids.
            max_people: how many people it looks for; with fewer in view MediaPipe detects at every frame.
        """
        return MediaPipeEstimator(self.bundle, epoch, max_people)


class MediaPipeEstimator:
    """A `PoseEstimator` on MediaPipe's tasks API; a landmarker of its own, since that keeps a camera's state.

    Args:
        bundle: the models, a ``.task`` file's content.
        epoch: first part of its track ids.
        max_people: how many people it looks for.
    """

    def __init__(self, bundle: bytes, epoch: int, max_people: int) -> None:
        self.bundle = bundle
        self.max_people = max_people
        self.slack = 1.0
        self._tracker = Tracker(epoch)
        self._filters: dict[str, PoseFilter] = {}
        self._landmarker: Any = None
        self._size = (0, 0)
        self._at = 0
        self._clock = 0

    def estimate(self, image: Image, captured_at: int) -> dict[str, Pose | None]:
        """The people of the next picture, each looked at; see `PoseEstimator`."""
        height, width = image.shape[:2]
        if (width, height) != self._size or captured_at < self._at:
            self.close()
            self._size = (width, height)
        if self._landmarker is None:
            self._landmarker = self._open()
        # Its own clock must rise at every picture; ours may do what it likes.
        self._clock += int(np.clip((captured_at - self._at) // _MILLISECOND, 1, _LONGEST_STEP))
        self._at = captured_at
        picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        found = self._landmarker.detect_for_video(picture, self._clock)
        people = [_values(landmarks) for landmarks in found.pose_landmarks]
        worlds = [_values(landmarks)[:, :3] for landmarks in found.pose_world_landmarks]
        sightings = [
            Sighting(person[:, :2] * (1, height / width), person[:, 3], float(person[:, 4].mean())) for person in people
        ]
        kept = self._tracker.distinct(captured_at, sightings)
        ids = self._tracker.update(captured_at, [sightings[index] for index in kept])
        self._filters = {track_id: self._filters.get(track_id) or PoseFilter() for track_id in ids}
        return {
            track_id: self._pose(track_id, people[index], worlds[index], sightings[index], captured_at)
            for track_id, index in zip(ids, kept, strict=True)
            if self._tracker.believes(track_id)
        }

    def reset(self) -> None:
        """Forget everybody in view and give the landmarker back; ids go on from where they were."""
        self.close()
        self._tracker.clear()

    def close(self) -> None:
        """Give the landmarker back; the next picture opens another."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None
        self._filters.clear()

    def _open(self) -> Any:  # noqa: ANN401 - MediaPipe has no types
        options = PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=self.bundle),
            running_mode=RunningMode.VIDEO,
            num_poses=self.max_people,
        )
        return PoseLandmarker.create_from_options(options)

    def _pose(
        self,
        track_id: str,
        person: NDArray[np.float64],
        world: NDArray[np.float64],
        sighting: Sighting,
        captured_at: int,
    ) -> Pose:
        width, height = self._size
        points, visibility = person[:, :3] * (width, height, width), person[:, 3]
        if self.max_people > 1:  # one person it smooths itself
            size = sighting.size * width
            points, visibility, world = self._filters[track_id].update(points, visibility, world, captured_at, size)
        return made_pose(track_id, sighting.score, points / (width, height, width), visibility, world)


def _values(landmarks: Any) -> NDArray[np.float64]:  # noqa: ANN401 - MediaPipe has no types
    """(33, 5) x, y, z, visibility, presence."""
    return np.array([[point.x, point.y, point.z, point.visibility, point.presence] for point in landmarks], np.float64)


def _bundle(detector: bytes, landmarks: bytes) -> bytes:
    """A ``.task`` file: both models, stored without compression so that MediaPipe can map them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("pose_detector.tflite", detector)
        archive.writestr("pose_landmarks_detector.tflite", _described(landmarks))
    return content.getvalue()


def _described(model: bytes) -> bytes:
    """The landmark model with the metadata that the tasks API asks for: RGB input, scaled to 0-1."""
    tree = model_schema.ModelT.InitFromObj(model_schema.Model.GetRootAsModel(model, 0))
    buffer = model_schema.BufferT()
    buffer.data = np.frombuffer(_metadata(len(tree.subgraphs[0].outputs)), np.uint8)
    tree.buffers.append(buffer)
    entry = model_schema.MetadataT()
    entry.name, entry.buffer = "TFLITE_METADATA", len(tree.buffers) - 1
    tree.metadata = [other for other in tree.metadata or [] if other.name != b"TFLITE_METADATA"] + [entry]
    builder = flatbuffers.Builder(0)
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(outputs: int) -> bytes:
    picture = metadata_schema.TensorMetadataT()
    picture.name = "image"
    picture.content = metadata_schema.ContentT()
    picture.content.contentPropertiesType = metadata_schema.ContentProperties.ImageProperties
    picture.content.contentProperties = metadata_schema.ImagePropertiesT()
    picture.content.contentProperties.colorSpace = metadata_schema.ColorSpaceType.RGB
    scaling = metadata_schema.ProcessUnitT()
    scaling.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    scaling.options = metadata_schema.NormalizationOptionsT()
    scaling.options.mean, scaling.options.std = [0.0], [255.0]
    picture.processUnits = [scaling]
    picture.stats = metadata_schema.StatsT()
    picture.stats.min, picture.stats.max = [0.0], [1.0]
    graph = metadata_schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [picture]
    graph.outputTensorMetadata = []
    for index in range(outputs):
        output = metadata_schema.TensorMetadataT()
        output.name = f"output_{index}"
        graph.outputTensorMetadata.append(output)
    model = metadata_schema.ModelMetadataT()
    model.name, model.minParserVersion, model.subgraphMetadata = "pose_landmark", "1.0.0", [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())
