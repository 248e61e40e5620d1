"""Everybody's count of every take, kept as it is made, so that a stopped evaluation goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from services import classifier, core
from services.classifier.manifest import MODEL_FILE, sha256_of
from services.classifier.model import BUNDLES, ExerciseModel, load_bundle
from services.core.counting import COUNTERS
from services.core.errors import SettingsError
from services.core.summary import nearness
from training.reps.alone import Count, count
from training.reps.findings import PRINCIPAL, WHOLE, Counted, Findings, Told
from training.reps.principal import principal_count
from training.reps.takes import Take, counted_entry
from training.reps.whole import CAMERA, Asker, events_of, heard
from training.trials import fold_bundle


class Asked(Protocol):
    """Who is asked for the exercise."""

    @property
    def family(self) -> str:
        """Name for people."""
        ...

    def of(self, take: Take) -> Asker:
        """The model that never saw a take."""
        ...

    def digest(self, take: Take) -> str:
        """What that model is, in letters: another one has others."""
        ...


class Models:
    """For each take the bundle of a family that saw neither the person nor the source.

    Args:
        family: of models.
        folder: where training.evaluate keeps the folds' bundles.
    """

    def __init__(self, family: str, folder: Path) -> None:
        self.family = family
        self._folder = folder
        self._loaded: dict[int | None, tuple[ExerciseModel, str]] = {}

    def of(self, take: Take) -> ExerciseModel:
        """The model that never saw a take.

        Raises:
            SettingsError: there is no such bundle yet.
            ModelMismatch: it was made for other features.
        """
        return self._of(take.fold)[0]

    def digest(self, take: Take) -> str:
        """SHA-256 of that model."""
        return self._of(take.fold)[1]

    def _of(self, fold: int | None) -> tuple[ExerciseModel, str]:
        if fold not in self._loaded:
            bundle = BUNDLES / self.family if fold is None else fold_bundle(self.family, fold, self._folder)
            if not (bundle / MODEL_FILE).exists():
                raise SettingsError(
                    f"no model {self.family} in {bundle}: run python -m training.evaluate --model {self.family}, name "
                    f"another with --model, or give --given to count with the exercise told only"
                )
            self._loaded[fold] = load_bundle(bundle), sha256_of(bundle / MODEL_FILE)
        return self._loaded[fold]


def counted_in(take: Take, models: Asked | None) -> Iterator[Counted]:
    """What everybody says of a take: counters told the truth's exercise, told the predicted one, and untold.

    Args:
        take: to count in.
        models: asked for the exercise; None asks nobody.
    """

    def said(counter: str, told: Told, answer: str, found: Count) -> Counted:
        return Counted(
            take=take.name,
            exercise=take.exercise,
            source=take.source,
            truth=take.reps,
            counter=counter,
            told=told,
            answer=answer,
            counted=found.reps,
            live=found.live,
            phantoms=sum(any(a <= (start + end) // 2 <= b for a, b in take.rests) for start, end in found.spans),
            spans=found.spans,
            delays=found.delays,
            under_way=found.under_way,
        )

    measures = take.measures()
    alone: dict[str, dict[str, Count]] = {}

    def counts(exercise: str) -> dict[str, Count]:
        if exercise not in alone:
            entry = counted_entry(exercise)
            alone[exercise] = {
                name: Count(0, 0) if entry is None else count(make, entry, measures) for name, make in COUNTERS.items()
            }
        return alone[exercise]

    if take.entry is not None:
        for name, found in counts(take.exercise).items():
            yield said(name, Told.GIVEN, take.exercise, found)
    if models is not None:
        near = nearness(take.recording.pose_frames(CAMERA))
        whole = heard(events_of(take.recording, models.of(take)), near)
        for name, found in counts(whole.exercise).items():
            yield said(name, Told.PREDICTED, whole.exercise, found)
        told = Count(whole.reps, whole.reps, whole.spans, whole.delays, whole.under_way)
        yield said(WHOLE, Told.PREDICTED, whole.exercise, told)
    person = take.person()
    yield said(PRINCIPAL, Told.NOBODY, "", Count(0, 0) if person is None else principal_count(person))


def findings_of(
    takes: Sequence[Take], what: str, models: Asked | None, kept: Path, told: Callable[[], None] = lambda: None
) -> Findings:
    """What everybody counts in takes.

    Args:
        takes: of one kind.
        what: they are, for people.
        models: asked for the exercise; None asks nobody.
        kept: file that keeps what was counted of each.
        told: called after each.
    """
    code = _code()
    known = _read(kept)
    fresh = {_key(take, models, code): take for take in takes}
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a", encoding="utf-8") as file:
        for key, take in fresh.items():
            if key not in known:
                known[key] = _Kept(key=key, counted=tuple(counted_in(take, models)))
                file.write(known[key].model_dump_json() + "\n")
                file.flush()
            told()
    # What is of other takes, poses, models or code goes.
    aside = kept.with_suffix(".part")
    aside.write_text("".join(known[key].model_dump_json() + "\n" for key in fresh), encoding="utf-8")
    aside.rename(kept)
    return Findings(
        what=what,
        model=models.family if models else "",
        counted=tuple(one for key in fresh for one in known[key].counted),
    )


class _Kept(BaseModel):
    """What was counted of one take, and a hash of all that it depends on."""

    model_config = ConfigDict(frozen=True)

    key: str
    counted: tuple[Counted, ...]


def _read(file: Path) -> dict[str, _Kept]:
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            one = _Kept.model_validate_json(line)
        except ValidationError:
            # It was being written when the evaluation stopped, or is of an older version: it is made again.
            continue
        found[one.key] = one
    return found


def _code() -> str:
    """The same for the same code of all that counts."""
    digest = hashlib.sha256()
    for folder in (Path(core.__file__).parent, Path(classifier.__file__).parent, Path(__file__).parent):
        for file in sorted(folder.glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _key(take: Take, models: Asked | None, code: str) -> str:
    digest = hashlib.sha256(f"{code} {models.digest(take) if models else ''}".encode())
    digest.update(f"{take.name} {take.exercise} {take.reps} {take.source} {take.people} {take.rests}".encode())
    digest.update(take.recording.captured_at.tobytes())
    for track in take.recording.tracks:
        for array in (track.frame, track.keypoints, track.visibility, track.world):
            digest.update(array.tobytes())
    return digest.hexdigest()
