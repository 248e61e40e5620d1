"""What answers depend on, as hashes: the footage's poses, and the code that makes models of them."""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Final

import numpy as np

from services.core import clips as core_clips
from services.core import features as core_features
from services.core import geometry as core_geometry
from services.core import moments as core_moments
from services.core.features import FEATURES_VERSION
from training import augment, examples, extremes, made_up, people, placed, resemblance, sequences, simulated
from training.families import Family
from training.made_up import MadeUp
from training.poses import Recording
from training.videos import Video

_NOT_OF_MODELS: Final = frozenset(
    {"training.families", "training.bundle", "training.videos", "training.poses", "training.recordings"}
)
"""Modules that models are told by, carried in or made known by: their code changes no answer."""

_MADE_BY: Final = (
    core_clips,
    core_features,
    core_geometry,
    core_moments,
    augment,
    examples,
    extremes,
    made_up,
    people,
    placed,
    resemblance,
    sequences,
    simulated,
)
"""Modules that make examples of poses."""


def footage_hash(videos: Sequence[Video], recordings: Sequence[Recording], made: MadeUp, seed: int) -> str:
    """The same for the same poses of the same videos, told apart in the same way.

    Args:
        videos: all of them.
        recordings: their poses, in the same order.
        made: further people.
        seed: of variations and models.
    """
    digest = hashlib.sha256(f"{seed} {FEATURES_VERSION}".encode())
    for video, recording in zip(videos, recordings, strict=True):
        told = (video.name, video.label, video.source, video.subject_id, video.people)
        digest.update(repr((told, recording.width, recording.height)).encode())
        for track in recording.tracks:
            for array in (track.captured_at, track.keypoints, track.visibility, track.world):
                digest.update(np.ascontiguousarray(array).tobytes())
    _take_in(made, digest.update)
    return digest.hexdigest()


def _take_in(value: object, update: Callable[[bytes], None]) -> None:
    """Hash whatever records of arrays and plain values hold."""
    if isinstance(value, np.ndarray):
        update(np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        for field in fields(value):
            _take_in(getattr(value, field.name), update)
    elif isinstance(value, tuple | list):
        for part in value:
            _take_in(part, update)
    else:
        update(repr(value).encode())


def code_hash(family: Family) -> str:
    """A hash of the code that makes a family's models of poses; comments and docstrings don't count."""
    fit = inspect.getclosurevars(family.fit)
    own: set[str] = set()
    found = {**fit.nonlocals, **fit.globals}
    while found:
        named = {str(getattr(value, "__module__", "") or getattr(value, "__name__", "")) for value in found.values()}
        new = {name for name in named if name.startswith("training.")} - own - _NOT_OF_MODELS
        own |= new
        found = {f"{name}.{key}": value for name in new for key, value in vars(sys.modules[name]).items()}
    modules = [*_MADE_BY, *(sys.modules[name] for name in sorted(own - {module.__name__ for module in _MADE_BY}))]
    digest = hashlib.sha256()
    for module in modules:
        digest.update(_bare(inspect.getsource(module)).encode())
    return digest.hexdigest()


def _bare(source: str) -> str:
    """Source without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [part for part in node.body if not _is_text(part)]
    return ast.dump(tree)


def _is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)
