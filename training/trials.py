"""Trials: a model trained without some people and sources, then asked about them; each is made once and kept.

fold-0 ... fold-4        grouped 5-fold by source: where the headline figures come from; the bundles are kept too
source-<name>            without one source at a time
quarter-fold-0 ...       a part of the sources to learn from, the same clips asked about: the learning curve
frames-70-fold-0 ...     clips of another length
leaky                    split by clip, whatever video it is from: only to show how much that flatters
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.manifest import MODEL_FILE, DataCard, sha256_of
from services.classifier.model import ExerciseModel
from services.core.geometry import Floats
from services.core.types import FloatArray
from training.answers import Answers, Moments, keep, kept
from training.bundle import Fitted, data_card, write_bundle
from training.examples import Cut, Examples, clips_of, joined
from training.families import Family, Material, Model, family_of, material
from training.fingerprints import code_hash, footage_hash
from training.folds import Fold
from training.made_up import MadeUp
from training.poses import Recording
from training.splits import leaky_by_clip
from training.videos import Video, labels_of

PROOF: Final = 100
"""Examples on which the exported model is compared with the fitted one, about."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What trials are made on.

    Attributes:
        videos: all of them.
        recordings: their poses, in the same order.
        made_up: further people; all are learnt from, but for those who are dealt to the fold that is asked about.
        seed: of variations and models.
        folder: where answers and bundles are kept.
    """

    videos: list[Video]
    recordings: list[Recording]
    made_up: MadeUp
    seed: int
    folder: Path

    def fingerprint(self) -> str:
        """The same for the same poses of the same videos, told apart in the same way."""
        return footage_hash(self.videos, self.recordings, self.made_up, self.seed)


def fold_bundle(model: str, fold: int, folder: Path) -> Path:
    """Where the bundle lies that was trained without a fold's people and sources."""
    return folder / "folds" / model / str(fold)


def answers_file(model: str, trial: str, folder: Path) -> Path:
    """Where the answers of one trial lie."""
    return folder / "answers" / model / f"{trial}.npz"


def source_trial(source: str) -> str:
    """Name of the trial without a source."""
    return f"source-{re.sub(r'[^A-Za-z0-9._-]', '-', source)}"


class Trials:
    """All trials of one family of models with one cut of clips.

    Args:
        model: the family.
        ground: what they are made on.
        cut: how clips are cut.
        fingerprint: the ground's, when it is known already.
    """

    def __init__(self, model: Model, ground: Ground, cut: Cut, fingerprint: str = "") -> None:
        self.model = model
        self.ground = ground
        self.cut = cut
        self.family: Family = family_of(model)
        self.fingerprint = fingerprint or ground.fingerprint()

    def with_cut(self, cut: Cut) -> Trials:
        """The trials of the same family with clips cut differently."""
        return Trials(self.model, self.ground, cut, self.fingerprint)

    def kept(self, name: str, fold: Fold, *, bundled: int | None = None) -> Answers | None:
        """What this trial gave when it was made before; None when it was not, or was made of something else.

        Args:
            name: of the trial.
            fold: what it learns from and is asked about.
            bundled: number of the fold whose bundle must be there as well.
        """
        digest = ""
        if bundled is not None:
            model_file = fold_bundle(self.model, bundled, self.ground.folder) / MODEL_FILE
            if not model_file.exists():
                return None
            digest = sha256_of(model_file)
        return kept(self._file(name), self.ground.videos, self._key(fold), digest)

    def made(self, name: str, fold: Fold, *, bundled: int | None = None) -> Answers:
        """Make a trial, or take what was kept of it.

        Args:
            name: of the trial.
            fold: what it learns from and is asked about.
            bundled: writes the bundle of this number, and asks the bundle instead of the fitted model.
        """
        found = self.kept(name, fold, bundled=bundled)
        if found is not None:
            return found
        trained_on = [self.ground.videos[index] for index in fold.train]
        learnt = self._material.labels_with(labels_of(trained_on))
        beside = self.ground.made_up.learnt_in(fold)
        first = len(self.ground.videos)
        training = self._material.learnt.of((*fold.train, *(first + index for index in beside)), learnt)
        rows = np.flatnonzero(np.isin(self._seen.video, np.array(fold.test)))
        digest = ""
        if bundled is None and not len(rows):
            # Nobody was found in any of its videos, so nobody is asked.
            said: FloatArray = np.zeros((0, len(learnt)), np.float32)
        elif bundled is None:
            said = self.family.fit(training, self.ground.seed).probabilities(self._seen.features[rows])
        else:
            fitted = self.family.fit(training, self.ground.seed)
            bundle = self._bundle(
                fitted,
                training,
                data_card(
                    trained_on,
                    self.ground.made_up.only(beside).sources,
                    (),
                    (f"For measuring only: trained without fold {bundled}.",),
                ),
                bundled,
            )
            said = bundle.raw(self._seen.features[rows])
            digest = bundle.manifest.sha256
        answers = self._answers(said, learnt, rows)
        keep(self._file(name), answers, self._key(fold), digest)
        return answers

    def leaky(self) -> Answers:
        """Trained on eight of ten clips and asked about one of ten, though others of the same videos were learnt from.

        Only clips as they were seen are learnt from, and made-up people.
        """
        key = self._key(Fold((), ()))
        found = kept(self._file("leaky"), self.ground.videos, key)
        if found is not None:
            return found
        seen = self._seen
        split = leaky_by_clip(len(seen), seen.label, self.ground.seed)
        learnt = np.isin(np.arange(len(seen)), np.array(split.train))
        made_up = np.isin(self._material.learnt.video, np.array(self._material.made_up))
        training = joined([seen.at(learnt), self._material.learnt.at(made_up)])
        fitted = self.family.fit(training, self.ground.seed)
        rows = np.array(split.test, np.int64)
        answers = self._answers(fitted.probabilities(seen.features[rows]), seen.labels, rows)
        keep(self._file("leaky"), answers, key)
        return answers

    def kept_leaky(self) -> Answers | None:
        """The same when it was made before."""
        return kept(self._file("leaky"), self.ground.videos, self._key(Fold((), ())))

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _file(self, name: str) -> Path:
        return answers_file(self.model, name, self.ground.folder)

    @cached_property
    def _material(self) -> Material:
        ground = self.ground
        return material(self.family, ground.videos, ground.recordings, ground.made_up, cut=self.cut, seed=ground.seed)

    @property
    def _seen(self) -> Examples:
        return self._material.seen

    @cached_property
    def _moments(self) -> Moments:
        """Of the clips of `_seen`; where single poses are asked about, each has its clip's."""
        ground = self.ground
        clips = [
            clip
            for video, recording in zip(ground.videos, ground.recordings, strict=True)
            for clip in clips_of(video, recording, self.cut)
        ]
        poses = len(self._seen) // max(len(clips), 1)
        return Moments.of(clips).at(np.repeat(np.arange(len(clips)), poses))

    @cached_property
    def _made_of(self) -> str:
        """Everything but the split that answers depend on."""
        facts = {
            "footage": self.fingerprint,
            "family": [str(self.model), self.family.kind, self.family.fed, self.family.copies],
            "cut": asdict(self.cut),
            "code": code_hash(self.family),
        }
        return json.dumps(facts, sort_keys=True)

    def _key(self, fold: Fold) -> str:
        return hashlib.sha256(f"{self._made_of} {fold.train} {fold.test} {fold.place}".encode()).hexdigest()

    def _bundle(
        self,
        fitted: Fitted,
        training: Examples,
        card: DataCard,
        number: int,
    ) -> ExerciseModel:
        return write_bundle(
            fold_bundle(self.model, number, self.ground.folder),
            fitted,
            name=f"{self.model}-without-fold-{number}",
            kind=self.family.kind,
            fed=self.family.fed,
            labels=training.labels,
            cut=self.cut,
            card=card,
            temperature=1.0,
            proof=training.features[:: max(1, len(training) // PROOF)],
        )

    def _answers(self, said: Floats, learnt: tuple[str, ...], rows: NDArray[np.int64]) -> Answers:
        labels = self._seen.labels
        probabilities = np.zeros((len(rows), len(labels)))
        probabilities[:, [labels.index(label) for label in learnt]] = said
        video = self._seen.video[rows]
        split = np.zeros(len(rows), np.int64)
        return Answers(labels, probabilities, video, split, self._moments.at(rows), self.ground.videos)


def learning_fold(fold: Fold, videos: Sequence[Video], share: float, seed: int) -> Fold:
    """The same fold with a part of its sources to learn from; a smaller part lies within a larger one.

    Args:
        fold: the whole.
        videos: all videos.
        share: of the sources, 0-1; at least one is kept.
        seed: of the order in which sources are taken.
    """
    sources = sorted({videos[index].source for index in fold.train})
    order = np.random.default_rng(seed).permutation(len(sources))
    chosen = {sources[index] for index in order[: max(1, round(share * len(sources)))]}
    return replace(fold, train=tuple(index for index in fold.train if videos[index].source in chosen))


def source_folds(videos: Sequence[Video]) -> dict[str, Fold]:
    """Source -> everything else to learn from, but for videos of people who are in it too."""
    folds = {}
    for source in sorted({video.source for video in videos}):
        test = [index for index, video in enumerate(videos) if video.source == source]
        people_in_it = {videos[index].subject_id for index in test}
        train = [
            index
            for index, video in enumerate(videos)
            if video.source != source and video.subject_id not in people_in_it
        ]
        folds[source] = Fold(tuple(train), tuple(test))
    return folds
