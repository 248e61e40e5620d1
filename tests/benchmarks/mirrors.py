"""Whether a mirror image is taken for a person: composites in which people stand before a mirror.

The image is the same cut-out at the same moment, left and right exchanged and smaller. Nobody can know it from a second
person before they have moved for a while, so it is said when each was known, how long it was shown as a person after
`SECONDS`, and how much of the people themselves is still found then.

    python -m tests.benchmarks.mirrors [--split dev|test]
"""

from __future__ import annotations

import argparse
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.benchmarks.composites import Truth, truth_of
from tests.benchmarks.machine import describe, save
from tests.benchmarks.people_found import Found, found_by_us, likeness, quietly
from tests.benchmarks.scenes import MIRRORS, Composite

SECONDS: Final = 5.0


def rows_of(scene: Composite, truth: Truth, found: Found) -> list[dict[str, object]]:
    """A row for each image and each person of a scene."""
    rows: list[dict[str, object]] = []
    fps = 1 / (truth.seconds[1] - truth.seconds[0])
    at = np.clip(np.round(np.array(found.seconds) * fps), 0, len(truth.seconds) - 1).astype(int)
    late = np.array(found.seconds) >= SECONDS
    for number, part in enumerate(scene.parts):
        shown = np.array([
            any(likeness(truth, int(frame), number, pose) > 0 for pose in people)
            for frame, people in zip(at, found.people, strict=True)
        ])  # fmt: skip
        asked = truth.counted[at, number] & late
        last = max((found.seconds[row] for row in np.flatnonzero(shown)), default=0.0)
        rows.append({
            "scene": scene.name, "clip": truth.people[number], "image": part.image_of is not None,
            "height": part.height, "frames": int(asked.sum()), "shown": float(shown[asked].mean()), "last": last,
        })  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="dev", help="dev is for tuning, test for reporting")
    options = parser.parse_args()
    quietly()
    rows: list[dict[str, object]] = []
    for scene in MIRRORS:
        truth = truth_of(scene, options.split)
        rows += rows_of(scene, truth, found_by_us(truth))
    shown = Table(title=f"Mirrors in 1080p H.264, split {options.split}\n{describe()}")
    for column in ("scene", "clip", "who", "height", f"frames after {SECONDS:.0f} s", "shown in", "last shown at"):
        shown.add_column(column)
    for row in rows:
        who = "image" if row["image"] else "person"
        shown.add_row(
            str(row["scene"]), str(row["clip"]), who, f"{row['height']:.0%}", str(row["frames"]),
            f"{row['shown']:.2f}", f"{row['last']:.1f} s",
        )  # fmt: skip
    Console(width=120).print(shown)
    print(f"written to {save(f'mirrors_{options.split}', rows)}")


if __name__ == "__main__":
    main()
