"""Pictures of figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from services.core.geometry import Floats


def draw_confusion(confusion: NDArray[np.int64], labels: Sequence[str], title: str, file: Path | BytesIO) -> None:
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
    figure.savefig(file, format="png", dpi=110)


def confusion_png(confusion: NDArray[np.int64], labels: Sequence[str], title: str) -> bytes:
    """The same as PNG."""
    made = BytesIO()
    draw_confusion(confusion, labels, title, made)
    return made.getvalue()


def lines_png(
    lines: Mapping[str, tuple[Floats, Floats]], *, across: str, up: str, diagonal: bool = False, bounded: bool = True
) -> bytes:
    """Lines in one picture.

    Args:
        lines: name -> what is across and up.
        across, up: what the axes tell.
        diagonal: draws the line of equality.
        bounded: whether what is up goes from 0 to 1.
    """
    figure, axes = _blank(7.5 if len(lines) > 8 else 6.0, 4.8)
    if diagonal:
        axes.plot([0, 1], [0, 1], color="#b0b8c0", linewidth=1, linestyle="--")
    for number, (name, (x, y)) in enumerate(lines.items()):
        marker = "o" if len(x) < 20 else ""
        axes.plot(x, y, label=name, marker=marker, markersize=4, linestyle="-" if number < 10 else "--")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    if bounded:
        axes.set_ylim(0, 1.02)
    axes.grid(alpha=0.3)
    if len(lines) > 8:
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    else:
        axes.legend(fontsize=8)
    return _png(figure)


def scatter_png(at: Floats, kinds: Sequence[tuple[str, NDArray[np.int64], Sequence[str]]]) -> bytes:
    """Points, once for each way to colour them, side by side.

    Args:
        at: (N, 2).
        kinds: what the colours tell, the kind of each point (N,), and the kinds' names.
    """
    figure = Figure(figsize=(7 * len(kinds), 6.5), layout="constrained")
    # Two maps of twenty colours that are easy to tell apart.
    palette = np.concatenate([colormaps[name](np.arange(20)) for name in ("tab20", "tab20b")])
    for number, (title, kind, names) in enumerate(kinds):
        axes = figure.add_subplot(1, len(kinds), number + 1)
        for index, name in enumerate(names):
            own = kind == index
            if own.any():
                axes.scatter(at[own, 0], at[own, 1], s=5, color=palette[index % len(palette)], label=name[:34])
        axes.set_title(title)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.legend(fontsize=6, markerscale=2, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.02))
    return _png(figure)


def bars_png(bars: Mapping[str, Sequence[float]], names: Sequence[str], *, up: str) -> bytes:
    """Bars in groups.

    Args:
        bars: name of a colour -> height in each group; NaN for none.
        names: of the groups.
        up: what their height tells.
    """
    figure, axes = _blank(8.0, 4.2)
    width = 0.8 / max(len(bars), 1)
    for number, (name, heights) in enumerate(bars.items()):
        axes.bar(np.arange(len(names)) + (number - (len(bars) - 1) / 2) * width, heights, width, label=name)
    axes.set_xticks(range(len(names)), names, rotation=20, ha="right", fontsize=8)
    axes.set_ylabel(up)
    axes.set_ylim(0, 1.02)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8)
    return _png(figure)


def _blank(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _png(figure: Figure) -> bytes:
    made = BytesIO()
    figure.savefig(made, format="png", dpi=100)
    return made.getvalue()
