"""Pictures of figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray


def draw_confusion(confusion: NDArray[np.int64], labels: Sequence[str], title: str, file: Path) -> None:
    """Draw a confusion matrix: rows are the truth, shades the share of the row, numbers the counts.

    Args:
        confusion: (L, L) counts.
        labels: names, in order.
        title: above it.
        file: the PNG to write.
    """
    figure = Figure(figsize=(9, 8), layout="constrained")
    axes = figure.add_subplot()
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right")
    axes.set_yticks(range(len(labels)), [f"{label} ({confusion[row].sum()})" for row, label in enumerate(labels)])
    axes.set_xlabel("answer")
    axes.set_ylabel("truth (videos)")
    axes.set_title(title)
    for row, column in zip(*np.nonzero(confusion), strict=True):
        shade = "white" if share[row, column] > 0.5 else "black"
        axes.text(column, row, str(confusion[row, column]), ha="center", va="center", color=shade, fontsize=8)
    figure.savefig(file, dpi=110)
