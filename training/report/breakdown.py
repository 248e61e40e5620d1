"""Where the figures come from: length, view, visibility, camera rate, hidden joints, footage, and a map of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler

from services.classifier.manifest import Input
from training.answers import Answers
from training.evaluate import LENGTH_FPS
from training.examples import Cut, clips_of, described
from training.intervals import share_interval
from training.picture import bars_png, lines_png, scatter_png
from training.report.page import Cell, Section, note, picture, table, text
from training.report.shown import Shown
from training.trials import Ground

SHARES: Final = ("model", "clips that are", "n", "sources", "right", "95 % interval", "best constant answer")
MAPPED: Final = 3000
"""Clips on the map, at most."""
SEED: Final = 3


def breakdown(models: Sequence[Shown], conditions: Mapping[str, Mapping[str, Answers]]) -> list[Section]:
    """All but the map of features.

    Args:
        models: that see clips.
        conditions: condition -> model -> its answers.
    """
    return [_lengths(models), _views(models), _conditions(models, conditions), _learning(models)]


def _lengths(models: Sequence[Shown]) -> Section:
    body = text(
        "Clips of 70, 100, 120 and 150 frames at 30 a second, each length by models that were trained for it. A video "
        "too short for a clip is played to and fro until it fills one, so long clips of short videos hold no more. "
        f"Ours are {Cut().clip_seconds:g} s, asked about every {Cut().stride_seconds:g} s."
    )
    rows: list[Sequence[Cell]] = []
    bars: dict[str, list[float]] = {}
    names: list[str] = []
    for one in models:
        found = one.lengths()
        if not found:
            body += note(f"{one.name}: not trained for other lengths yet (training.evaluate --lengths).")
            continue
        told = {**found, round(Cut().clip_seconds * LENGTH_FPS): one.answers}
        names = [f"{frames} frames, {frames / LENGTH_FPS:.2f} s" for frames in sorted(told)]
        heights = []
        for frames in sorted(told):
            f1, accuracy = one.worth(told[frames])
            rows.append(
                (one.name, frames, f"{frames / LENGTH_FPS:.2f}", f1.n, f1.value, accuracy.value, accuracy.constant)
            )
            heights.append(f1.value)
        bars[one.name] = heights
    if rows:
        body += table(
            ("model", "frames", "seconds", "clips", "macro F1", "accuracy", "best constant accuracy"), rows
        ) + picture(bars_png(bars, names, up="macro F1 by clip"), "Labels with three sources or more.")
    return Section("length", "Length of a clip", body)


def _views(models: Sequence[Shown]) -> Section:
    rows: list[Sequence[Cell]] = []
    for one in models:
        answers = one.answers
        view = np.array([answers.videos[index].view for index in answers.video])
        rows += [_share_row(one.name, f"seen from: {name}", answers, view == name) for name in sorted(set(view))]
        seen = answers.moments.visibility
        edges = np.quantile(seen, [0.0, 0.1, 0.25, 0.5, 1.0])
        for low, high in pairwise(edges):
            chosen = (seen >= low) & ((seen < high) | (high == edges[-1]))
            rows.append(_share_row(one.name, f"visibility {low:.2f} - {high:.2f}", answers, chosen))
    body = text(
        "Views differ in their exercises too, so a view that does badly may only hold harder ones; the best constant "
        "answer tells how uneven each lot is. Visibility is the pose engine's own, mean of shoulders to ankles."
    )
    return Section("view", "View and visibility", body + table(SHARES, rows))


def _share_row(model: str, what: str, answers: Answers, chosen: NDArray[np.bool_]) -> Sequence[Cell]:
    truth = answers.truth[chosen]
    right = answers.clip_answer[chosen] == truth
    low, high = share_interval(right, answers.source[chosen])
    constant = float(np.bincount(truth).max() / max(len(truth), 1)) if len(truth) else None
    sources = len(np.unique(answers.source[chosen]))
    return (model, what, len(right), sources, float(right.mean()), f"{low:.2f} - {high:.2f}", constant)


def _conditions(models: Sequence[Shown], conditions: Mapping[str, Mapping[str, Answers]]) -> Section:
    body = text(
        "The same people, seen worse, by the same models. Our poses are of 15 pictures a second at most, so 30 was not "
        "measured: the engine looks at 15 of 30 as well. 8 and 5 are thinned out of them. A hidden joint is told where "
        "it was on average, seen from the last joint in sight, and hardly visible: as a stiff limb, for a pose engine "
        "guesses what it does not see."
    )
    rows: list[Sequence[Cell]] = []
    bars: dict[str, list[float]] = {}
    for one in models:
        told = {"as seen": one.answers, **{name: found[one.name] for name, found in conditions.items()}}
        for name, answers in told.items():
            f1, accuracy = one.worth(answers)
            rows.append((one.name, name, f1.n, f1.value, accuracy.value, accuracy.constant))
            bars.setdefault(one.name, []).append(f1.value)
    columns = ("model", "condition", "clips", "macro F1", "accuracy", "best constant accuracy")
    drawn = picture(
        bars_png(bars, ["as seen", *conditions], up="macro F1 by clip"), "Labels with three sources or more."
    )
    return Section("conditions", "Camera rate and hidden joints", body + drawn + table(columns, rows))


def _learning(models: Sequence[Shown]) -> Section:
    body = text(
        "How much more footage would help: the same clips asked about, with a quarter, half and three quarters of the "
        "other sources to learn from. A curve that still rises at its end wants footage of further sources."
    )
    lines = {}
    rows: list[Sequence[Cell]] = []
    for one in models:
        found = one.learning()
        if not found:
            body += note(f"{one.name}: no learning curve yet (training.evaluate --learning-curve).")
            continue
        worth = {share: one.worth(answers) for share, answers in found.items()}
        lines[one.name] = (np.array(list(worth)), np.array([f1.value for f1, _ in worth.values()]))
        rows += [(one.name, f"{share:.0%}", f1.value, accuracy.value, f1.n) for share, (f1, accuracy) in worth.items()]
    if rows:
        body += picture(
            lines_png(lines, across="share of the sources learnt from", up="macro F1 by clip"),
            "Labels with three sources or more.",
        )
        body += table(("model", "sources", "macro F1", "accuracy", "clips"), rows)
    return Section("learning", "Learning curve", body)


def feature_map(ground: Ground, answers: Answers) -> Section:
    """t-SNE of clip features, coloured by label and by source (van der Maaten, Hinton: Visualizing data, 2008).

    Args:
        ground: all footage.
        answers: any, for their labels and sources.
    """
    clips = [
        (index, clip)
        for index, (video, recording) in enumerate(zip(ground.videos, ground.recordings, strict=True))
        for clip in clips_of(video, recording, Cut())
    ]
    random = np.random.default_rng(SEED)
    # Push-ups are two fifths of all: no video may give more than its share.
    video = np.array([index for index, _ in clips])
    weight = 1 / np.bincount(video)[video]
    chosen = random.choice(len(clips), min(MAPPED, len(clips)), replace=False, p=weight / weight.sum())
    features = described([clips[index][1] for index in chosen], Input.CLIP)
    flat = PCA(30, random_state=SEED).fit_transform(StandardScaler().fit_transform(features))
    at = TSNE(2, random_state=SEED, init="pca", perplexity=30).fit_transform(flat)
    of_video = video[chosen]
    told = scatter_png(
        np.asarray(at, float),
        (
            ("by label", answers.video_truth[of_video], answers.labels),
            ("by source", answers.video_source[of_video], answers.sources),
        ),
    )
    body = text(
        "Each dot is a clip, near others that move alike by the forest's features. Lumps of one colour on the left are "
        "exercises that are easy to tell; lumps of one colour on the right are sources, which a model may learn "
        "instead of the exercise: that is why nothing here is split by clip."
    )
    return Section("map", "Map of features", body + picture(told, f"t-SNE of {len(chosen)} clips."))
