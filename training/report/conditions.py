"""The same people seen worse: fewer pictures a second, joints out of sight. The folds' own bundles are asked again.

A joint out of sight is not missing from what a pose engine says: it guesses. Here it is put where it was on the average
of the track, seen from the last joint in sight, with little visibility: a limb that hangs stiff.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from services.classifier.manifest import Input
from services.core.clips import Clip
from services.core.skeleton import INDEX
from services.core.types import NANOSECONDS, FloatArray
from training.answers import Answers, Moments, keep, kept
from training.examples import Cut, clips_of, described
from training.recordings import Recording, Track
from training.report.shown import Shown, columns_of
from training.trials import answers_file

GUESSED: Final = 0.15
"""Visibility of a joint that was guessed."""

_HANDS: Final = ("wrist", "pinky", "index", "thumb")
_FEET: Final = ("ankle", "heel", "foot_index")


def _hidden(side: str, arm: tuple[str, ...], arm_from: str, leg: tuple[str, ...], leg_from: str) -> dict[int, int]:
    """Joint out of sight -> the joint in sight that it is guessed from."""
    told = {INDEX[f"{side}_{name}"]: INDEX[f"{side}_{arm_from}"] for name in arm}
    return told | {INDEX[f"{side}_{name}"]: INDEX[f"{side}_{leg_from}"] for name in leg}


HIDDEN: Final[Mapping[str, Mapping[int, int]]] = {
    "both hands hidden": _hidden("left", _HANDS, "elbow", (), "") | _hidden("right", _HANDS, "elbow", (), ""),
    "both feet hidden": _hidden("left", (), "", _FEET, "knee") | _hidden("right", (), "", _FEET, "knee"),
    "left arm and leg hidden": _hidden("left", ("elbow", *_HANDS), "shoulder", ("knee", *_FEET), "hip"),
}

RATES: Final = (8.0, 5.0)
"""Pictures a second, at most."""

Change = Callable[[Recording], Recording]


def conditions() -> dict[str, Change]:
    """Name of each condition -> what it does to a recording."""
    slower = {f"{rate:g} pictures a second": _thinned(rate) for rate in RATES}
    return {**slower, **{name: _with_hidden(joints) for name, joints in HIDDEN.items()}}


def _thinned(rate: float) -> Change:
    def change(recording: Recording) -> Recording:
        wanted = set(thinned(recording, rate))
        tracks = []
        for track in recording.tracks:
            rows = np.array([row for row, frame in enumerate(track.frame) if int(frame) in wanted], np.int64)
            if len(rows):
                tracks.append(_rows(track, rows))
        return replace(recording, tracks=tuple(tracks))

    return change


def thinned(recording: Recording, rate: float) -> list[int]:
    """Frames of a recording that a camera of this rate would have taken: the next one when its time has come."""
    taken: list[int] = []
    due = -1
    for frame, at in enumerate(recording.captured_at):
        if int(at) >= due:
            taken.append(frame)
            due = max(due, int(at)) + round(NANOSECONDS / rate) if due >= 0 else int(at) + round(NANOSECONDS / rate)
    return taken


def _rows(track: Track, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Track:
    return replace(
        track, **{field.name: getattr(track, field.name)[rows] for field in fields(Track) if field.name != "track_id"}
    )


def _with_hidden(joints: Mapping[int, int]) -> Change:
    hidden, parents = np.array(list(joints), np.int64), np.array(list(joints.values()), np.int64)

    def guessed(points: FloatArray) -> FloatArray:
        told = points.copy()
        stiff = (points[:, hidden] - points[:, parents]).mean(axis=0, keepdims=True)
        told[:, hidden] = points[:, parents] + stiff
        return told

    def change(recording: Recording) -> Recording:
        tracks = []
        for track in recording.tracks:
            visibility = track.visibility.copy()
            visibility[:, hidden] = np.minimum(visibility[:, hidden], GUESSED)
            tracks.append(
                replace(track, keypoints=guessed(track.keypoints), world=guessed(track.world), visibility=visibility)
            )
        return replace(recording, tracks=tuple(tracks))

    return change


def asked_again(models: Sequence[Shown], name: str, change: Change) -> dict[str, Answers]:
    """Model -> what its folds' bundles say of the changed recordings; kept, so that it is asked once.

    Args:
        models: that see clips.
        name: of the condition.
        change: what it does to a recording.
    """
    found: dict[str, Answers] = {}
    for one in models:
        old = kept(_file(one, name), one.trials.ground.videos, _key(one, name))
        if old is not None:
            found[one.name] = old
    missing = [one for one in models if one.name not in found]
    if not missing:
        return found
    ground = missing[0].trials.ground
    cut = Cut()
    clips: list[Clip] = []
    video: list[int] = []
    for index, (one_video, recording) in enumerate(zip(ground.videos, ground.recordings, strict=True)):
        own = clips_of(one_video, change(recording), cut)
        clips += own
        video += [index] * len(own)
    of_video, moments = np.array(video, np.int64), Moments.of(clips)
    for fed in {_fed(one) for one in missing}:
        features = described(clips, fed)
        for one in (one for one in missing if _fed(one) is fed):
            answers = _asked(one, features, of_video, moments)
            keep(_file(one, name), answers, _key(one, name))
            found[one.name] = answers
    return found


def _fed(one: Shown) -> Input:
    return one.bundles[0].manifest.input


def _asked(
    one: Shown, features: FloatArray, video: np.ndarray[tuple[int], np.dtype[np.int64]], moments: Moments
) -> Answers:
    labels = one.answers.labels
    said = np.zeros((len(features), len(labels)))
    split = np.zeros(len(features), np.int64)
    for number, (fold, bundle) in enumerate(zip(one.folds, one.bundles, strict=True)):
        rows = np.flatnonzero(np.isin(video, np.array(fold.test)))
        split[rows] = number
        said[np.ix_(rows, columns_of(bundle, labels))] = bundle.raw(features[rows])
    return Answers(labels, said, video, split, moments, one.trials.ground.videos)


def _file(one: Shown, name: str) -> Path:
    return answers_file(one.name, f"condition-{name.replace(' ', '-')}", one.trials.ground.folder)


def _key(one: Shown, name: str) -> str:
    digests = " ".join(bundle.manifest.sha256 for bundle in one.bundles)
    return hashlib.sha256(f"{name} {one.trials.fingerprint} {digests}".encode()).hexdigest()
