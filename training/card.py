"""The card of a model for people: what its manifest says, as one page of Markdown beside the model.

After Mitchell et al., Model cards for model reporting (2019), and Gebru et al., Datasheets for datasets (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.classifier.manifest import NONE, UNKNOWN, Figure, Input, Manifest

CARD_FILE: Final = "MODEL_CARD.md"

_USE: Final = """\
Tells which exercise a person in view of a gym's camera is doing, from keypoints of their body over a few seconds, so
that repetitions can be counted and shown while it happens. It is fed by Spotter's own pose engine and nothing else.

Not meant for: telling who somebody is, judging health, injury or fitness, grading or paying people, or anything where a
wrong answer harms somebody. It sees keypoints only, no faces and no pictures."""

_STILL: Final = """\
Tells which exercise the person in a photo most resembles. One moment cannot tell a push-up from a plank: never take it
for more than a hint.

Not meant for: telling who somebody is, judging health, injury or fitness, or anything where a wrong answer harms
somebody. It sees keypoints only, no faces and no pictures."""

_LIMITS: Final = (
    "Figures are of people and sources that the model never saw, but of public videos: filmed by phones and web "
    "cameras, mostly from the side, one person in view. A gym's camera that hangs high sees nobody as they do.",
    "Who is in the footage, how old they are and where they live is not known, so it was not measured for whom the "
    "model does worse. It may well do worse for bodies, clothes and equipment that the footage hardly shows.",
    "Labels with few videos have figures that say little; their intervals tell how little.",
    "Movement that is none of its exercises is often taken for one: see the figures for unknown movement before "
    "relying on silence.",
)


def model_card(manifest: Manifest) -> str:
    """The card of a bundle."""
    card = manifest.card
    single = manifest.input is Input.POSE
    exercises = [label for label in manifest.labels if label not in {UNKNOWN, NONE}]
    beside = [label for label in manifest.labels if label in {UNKNOWN, NONE}]
    sees = (
        "one moment"
        if single
        else f"{manifest.clip_seconds:g} s as {manifest.samples} moments, every {manifest.stride_seconds:g} s"
    )
    stated = [source for source in card.sources if source.licence != "none stated"]
    parts = [
        f"# {manifest.name}\n\nA model of Spotter. Written by training from `manifest.json`; change nothing here.",
        _table(
            ("", ""),
            [
                ("kind", manifest.kind),
                ("sees", f"{sees} of {manifest.skeleton}, features version {manifest.features_version}"),
                ("exercises", ", ".join(exercises)),
                ("besides", ", ".join(beside) or "nothing: it takes everything for an exercise"),
                ("temperature", f"{manifest.temperature:g}"),
                ("sha256", f"`{manifest.sha256}`"),
                ("licence", "Apache-2.0, the model and its code"),
            ],
        ),
        "## What it is for\n\n" + (_STILL if single else _USE),
        "## How well it does\n\n" + _figures(card.figures),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in (*_LIMITS, *card.notes)),
        "## Data card\n\n"
        f"{sum(card.videos.values())} videos, looked at by Spotter's pose engine; only keypoints were learnt from, and "
        "no picture, video or keypoint of anybody is in this bundle.\n\n"
        + _table(("label", "videos"), [(label, str(number)) for label, number in card.videos.items()]),
    ]
    if card.folded:
        rows = [(label, became) for label, became in card.folded.items()]
        parts.append("Labels of the footage that became others:\n\n" + _table(("label", "became"), rows))
    parts.append(
        "### Where it came from, and its licence\n\n"
        f"{len(card.sources)} sources, of which {len(stated)} state a licence. Footage without a stated licence was "
        "used to learn from and to measure with, and is not passed on; whether that is allowed where you are is for "
        "you to judge.\n\n"
        + _table(
            ("source", "videos or people", "licence"),
            [(source.name, str(source.videos), source.licence) for source in card.sources],
        )
    )
    return "\n\n".join(parts) + "\n"


def _figures(figures: Sequence[Figure]) -> str:
    if not figures:
        return "Not measured: this bundle was written without an evaluation."
    rows = [
        (
            figure.name,
            f"{figure.value:.3f}",
            "" if figure.low is None or figure.high is None else f"{figure.low:.2f} - {figure.high:.2f}",
            "" if figure.constant is None else f"{figure.constant:.3f}",
            str(figure.n),
        )
        for figure in figures
    ]
    return (
        "People and sources that were never seen: five models like this one, each trained without a fifth of the "
        "sources and whoever is in them, asked about those. This bundle itself learnt from all.\n\n"
        + _table(("figure", "value", "95 % interval", "best constant answer", "n"), rows)
        + "\n\nIntervals resample whole sources."
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
