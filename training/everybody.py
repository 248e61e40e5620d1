"""Everybody of the simulated gym that models learn from, acted once and kept.

It takes two minutes and a half, of which every training and every evaluation would spend as many. They are kept by
what they hang on: the seed, and the code of the simulator and of what makes people of it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np

from services import core, simulator
from training import simulated
from training.simulated import Simulated, athletes, busy_people, simulated_people

CACHE: Final = Path("var/training/simulated")
"""Where they are kept, about 190 MB."""


def everybody(seed: int, cache: Path = CACHE) -> tuple[Simulated, ...]:
    """People who rest, run errands and exercise, the same for the same seed and code.

    Args:
        seed: of who they are, what they do and where they are seen from.
        cache: the folder to keep the latest in; made when missing. What is damaged in there is made anew.
    """
    file = cache / f"{_made_by(seed)[:32]}.pickle"
    people = _read(file) if file.exists() else None
    if people is None:
        people = _acted(seed)
        _keep(people, file)
    return people


def _keep(people: tuple[Simulated, ...], file: Path) -> None:
    """Write them, their hash before them, in the place of all that is kept in the folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob("*.pickle"):
        old.unlink(missing_ok=True)
    aside = file.with_suffix(f".{os.getpid()}.part")
    told = pickle.dumps(people, protocol=5)
    aside.write_bytes(hashlib.sha256(told).digest() + told)
    aside.rename(file)


def _read(file: Path) -> tuple[Simulated, ...] | None:
    """What is kept there; None when it is not what was written, for what is unpickled must be whole."""
    whole = memoryview(file.read_bytes())
    digest, told = whole[: hashlib.sha256().digest_size], whole[hashlib.sha256().digest_size :]
    if hashlib.sha256(told).digest() != digest:
        return None
    people: tuple[Simulated, ...] = pickle.loads(told)  # noqa: S301 - nobody else writes there
    return people


def _acted(seed: int) -> tuple[Simulated, ...]:
    random = np.random.default_rng(seed)
    return (*simulated_people(random), *busy_people(random), *athletes(random))


def _made_by(seed: int) -> str:
    """A hash of all that they hang on."""
    digest = hashlib.sha256(f"{seed} {np.__version__}".encode())
    digest.update(Path(simulated.__file__).read_bytes())
    for file in source_files(core, simulator):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def source_files(*packages: ModuleType) -> list[Path]:
    """All files of code of some packages, one package after the other, in the same order everywhere."""
    folders = (Path(package.__file__ or "").parent for package in packages)
    return [file for folder in folders for file in sorted(folder.rglob("*.py"))]
