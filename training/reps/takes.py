"""Takes: what somebody did, how often by people's count, and what the pose engine saw of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.classifier.manifest import NONE
from services.core.errors import SettingsError
from services.core.exercises import CATALOGUE, Exercise
from services.core.signals import Measures, measure
from services.core.types import NANOSECONDS, Pose
from training.folds import grouped_folds
from training.people import people_of
from training.poses import Recording, Track, recording_of
from training.videos import Video


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """Something to count in.

    Attributes:
        name: of the video, the sequence or the joined set.
        exercise: what is done, an id of the catalogue or a label of the footage.
        reps: how often, counted by people.
        source: where it is from; figures are resampled by it.
        fold: number of the split whose model never saw the person or the source; None where none ever did.
        recording: what the pose engine saw.
        people: how many exercise in it.
        subject: the person, or the shoot.
        view: from where they were filmed.
        rests: start and end of what was put in of people who do not exercise, ns.
    """

    name: str
    exercise: str
    reps: int
    source: str
    fold: int | None
    recording: Recording
    people: int = 1
    subject: str = ""
    view: str = ""
    rests: tuple[tuple[int, int], ...] = ()

    @property
    def entry(self) -> Exercise | None:
        """The catalogue's entry of the exercise, None when it has none that is counted."""
        return counted_entry(self.exercise)

    @property
    def seconds(self) -> float:
        """From its first to its last frame."""
        at = self.recording.captured_at
        return float(at[-1] - at[0]) / NANOSECONDS if len(at) else 0.0

    def person(self) -> Track | None:
        """Whom the count is of, None when the pose engine saw nobody."""
        people = people_of(self.recording, self.people)
        return people[0] if people else None

    def measures(self) -> list[tuple[int, Measures]]:
        """The person's signals by event time, ns."""
        track = self.person()
        if track is None:
            return []
        size = self.recording.width, self.recording.height
        return [(int(at), measure(pose_of(track, row), *size)) for row, at in enumerate(track.captured_at)]


def pose_of(track: Track, row: int) -> Pose:
    """One pose of a track."""
    return Pose(
        track.track_id,
        track.box[row],
        float(track.score[row]),
        track.keypoints[row],
        track.visibility[row],
        track.world[row],
    )


def counted_entry(exercise: str) -> Exercise | None:
    """The entry of an exercise that has repetitions."""
    entry = CATALOGUE.get(exercise)
    return None if entry is None or entry.hold else entry


def counted_clips(videos: Sequence[Video], poses: Path) -> list[Take]:
    """Every clip whose repetitions people counted well enough to measure against; none in which there are none.

    Args:
        videos: all the footage, for its folds.
        poses: where training.dataset keeps poses.

    Raises:
        SettingsError: a clip has no poses yet.
    """
    return _takes(videos, poses, [index for index, one in enumerate(videos) if one.reps_trusted and one.reps])


def idle_clips(videos: Sequence[Video], poses: Path) -> list[Take]:
    """All footage in which nobody exercises.

    Args:
        videos: all the footage, for its folds.
        poses: where training.dataset keeps poses.

    Raises:
        SettingsError: a clip has no poses yet.
    """
    return _takes(videos, poses, [index for index, one in enumerate(videos) if one.label == NONE])


def _takes(videos: Sequence[Video], poses: Path, chosen: Sequence[int]) -> list[Take]:
    fold_of = {index: number for number, fold in enumerate(grouped_folds(videos)) for index in fold.test}
    takes = []
    for index in chosen:
        video = videos[index]
        try:
            recording = recording_of(video, poses)
        except FileNotFoundError as error:
            raise SettingsError(
                f"{video.name} has no poses in {poses}: run python -m training.dataset, or name with --poses the "
                f"folder that it wrote"
            ) from error
        takes.append(
            Take(
                name=video.name,
                exercise=video.footage_label,
                reps=video.reps or 0,
                source=video.source,
                fold=fold_of[index],
                recording=recording,
                people=video.people,
                subject=video.subject_id,
                view=video.view,
            )
        )
    return takes
