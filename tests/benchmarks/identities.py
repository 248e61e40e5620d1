"""Whether ids stay with people who join, leave, cross and hide each other: IDF1, HOTA, MOTA, id switches.

The videos of `composites` with such scenes, and the simulator's, go through the default configuration as in
`people_found`; who is asked for and which poses may show whom is defined there, but from a person's first frame on.
IDF1 (Ristani et al., "Performance measures and a data set for multi-target, multi-camera tracking", 2016), MOTA and
switches (Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT metrics", 2008)
are py-motmetrics', fed with distances of our own; HOTA (Luiten et al., "HOTA: a higher order metric for evaluating
multi-object tracking", 2021) is computed here, with the object keypoint similarity as its similarity of places.

Beside it a baseline: the same poses named anew by a greedy tracker that knows only boxes.

    python -m tests.benchmarks.identities [--split dev|test] [--scene NAME ...] [--kind KIND ...] [--switches]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import motmetrics
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment

from services.core.sightings import overlap
from tests.benchmarks.composites import Floats, Truth, truths
from tests.benchmarks.machine import describe, save
from tests.benchmarks.people_found import Found, found_by_us, likeness, matched, quietly
from tests.benchmarks.scenes import SCENES

KINDS: Final = ("joining", "crossing", "simulator")
THRESHOLDS: Final = np.arange(0.05, 1.0, 0.05)
"""Of similarity, over which HOTA is averaged."""
_MIN_OVERLAP: Final = 0.3
_REMEMBER_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """One video's people and tracks, as the metrics see them; who is not asked for and poses on them are left out.

    Attributes:
        seconds: (N,) of each answer.
        people: for each answer the people asked for.
        tracks: for each answer the tracks given.
        similar: for each answer (people, tracks) 0-1, and 0 where a pose does not show a person.
    """

    seconds: list[float]
    people: list[list[int]]
    tracks: list[list[int]]
    similar: list[Floats]


def sequence(truth: Truth, found: Found) -> Story:
    """Take out what is not asked for, and number the tracks."""
    matches, numbers = matched(truth, found), dict[str, int]()
    people, tracks, similar = [], [], []
    for row, frame in enumerate(matches.at):
        asked = matches.asked[row]
        spare = set(matches.poses[row][~asked].tolist())
        kept = [index for index in range(len(found.people[row])) if index not in spare]
        here = np.flatnonzero(asked).tolist()
        names = [numbers.setdefault(found.tracks[row][index], len(numbers)) for index in kept]
        values = [[min(likeness(truth, frame, one, found.people[row][index]), 1.0) for index in kept] for one in here]
        people.append(here)
        tracks.append(names)
        similar.append(np.array(values, np.float64).reshape(len(here), len(kept)))
    return Story(found.seconds, people, tracks, similar)


def renamed(found: Found) -> Found:
    """The same poses with the ids of a greedy tracker: the most overlapping box of the last second is the same."""
    last: dict[str, tuple[float, NDArray[np.float64]]] = {}
    named: list[list[str]] = []
    for now, people in zip(found.seconds, found.people, strict=True):
        boxes = [np.concatenate([pose.min(0), pose.max(0)]) for pose in people]
        last = {name: seen for name, seen in last.items() if now - seen[0] <= _REMEMBER_SECONDS}
        pairs = sorted(
            ((overlap(seen[1], box), name, index) for name, seen in last.items() for index, box in enumerate(boxes)),
            reverse=True,
        )
        names: dict[int, str] = {}
        for shared, name, index in pairs:
            if shared > _MIN_OVERLAP and index not in names and name not in names.values():
                names[index] = name
        for index, box in enumerate(boxes):
            names.setdefault(index, f"{len(named)}-{index}")
            last[names[index]] = (now, box)
        named.append([names[index] for index in range(len(boxes))])
    return Found(found.seconds, found.people, named, found.cpu, found.frames)


@dataclass(slots=True, eq=False)
class Hota:
    """Sums over videos for each threshold of similarity."""

    true: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(THRESHOLDS)))
    missed: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(THRESHOLDS)))
    wrong: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(THRESHOLDS)))
    associated: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(THRESHOLDS)))

    def add(self, video: Story) -> None:
        """One video's sums: equations 6 to 9 of the paper.

        People and tracks are assigned in each frame so that similarity counts more for pairs that go together over the
        whole video, as the paper's authors do in TrackEval.
        """
        persons = 1 + max((one for some in video.people for one in some), default=-1)
        tracks = 1 + max((one for some in video.tracks for one in some), default=-1)
        seen, given, together = np.zeros(persons), np.zeros(tracks), np.zeros((persons, tracks))
        for people, names, similar in zip(video.people, video.tracks, video.similar, strict=True):
            seen[people] += 1
            given[names] += 1
            union = similar.sum(0, keepdims=True) + similar.sum(1, keepdims=True) - similar
            together[np.ix_(people, names)] += np.divide(similar, union, out=np.zeros_like(similar), where=union > 0)
        alignment = together / np.maximum(seen[:, None] + given[None] - together, 1e-12)
        hits = np.zeros((len(THRESHOLDS), persons, tracks))
        for people, names, similar in zip(video.people, video.tracks, video.similar, strict=True):
            rows, columns = linear_sum_assignment(-alignment[np.ix_(people, names)] * similar)
            close = similar[rows, columns] >= THRESHOLDS[:, None] - 1e-9
            hits[:, np.array(people, int)[rows], np.array(names, int)[columns]] += close
        true = hits.sum((1, 2))
        either = seen[:, None] + given[None] - hits
        self.true += true
        self.missed += seen.sum() - true
        self.wrong += given.sum() - true
        self.associated += (hits * hits / np.maximum(either, 1)).sum((1, 2))

    @property
    def value(self) -> float:
        """HOTA: the mean over thresholds of the geometric mean of detection and association accuracy."""
        detection = self.true / np.maximum(self.true + self.missed + self.wrong, 1)
        association = self.associated / np.maximum(self.true, 1)
        return float(np.sqrt(detection * association).mean())


@dataclass(slots=True, eq=False)
class Score:
    """Sums over videos."""

    videos: list[motmetrics.MOTAccumulator] = field(default_factory=list)
    hota: Hota = field(default_factory=Hota)
    people: int = 0
    boxes: int = 0
    tracks: int = 0

    def add(self, video: Story, accumulator: motmetrics.MOTAccumulator) -> None:
        self.videos.append(accumulator)
        self.hota.add(video)
        self.people += len({one for some in video.people for one in some})
        self.tracks += len({one for some in video.tracks for one in some})
        self.boxes += sum(map(len, video.people))

    def row(self) -> dict[str, object]:
        """The figures."""
        figures = motmetrics.metrics.create().compute_many(
            self.videos,
            metrics=["idf1", "idp", "idr", "mota", "num_switches"],
            names=[str(number) for number in range(len(self.videos))],
            generate_overall=True,
        )
        overall = figures.loc["OVERALL"]
        return {
            "videos": len(self.videos), "people": self.people, "tracks": self.tracks, "asked": self.boxes,
            "idf1": float(overall["idf1"]), "idp": float(overall["idp"]), "idr": float(overall["idr"]),
            "hota": self.hota.value, "mota": float(overall["mota"]), "switches": int(overall["num_switches"]),
        }  # fmt: skip


def accumulated(video: Story) -> motmetrics.MOTAccumulator:
    """py-motmetrics' events of one video."""
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for people, names, similar in zip(video.people, video.tracks, video.similar, strict=True):
        accumulator.update(people, names, np.where(similar > 0, 1 - similar, np.nan))
    return accumulator


def switches(truth: Truth, video: Story) -> list[str]:
    """Who has more than one track, from when on."""
    spans: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for now, people, names, similar in zip(video.seconds, video.people, video.tracks, video.similar, strict=True):
        for row, column in zip(*linear_sum_assignment(-similar), strict=True):
            if similar[row, column] > 0 and (not spans[people[row]] or spans[people[row]][-1][1] != names[column]):
                spans[people[row]].append((now, names[column]))
    return [
        f"  {truth.kind}/{truth.name}: {truth.people[person]} ({truth.heights[person]:.0%} tall) is "
        + ", ".join(f"{name} from {now:.1f} s" for now, name in changes)
        for person, changes in spans.items()
        if len(changes) > 1
    ]


def table(rows: Iterable[dict[str, object]], split: str) -> Table:
    """All figures, the sample sizes beside them."""
    shown = Table(title=f"Ids in 1080p H.264, split {split}\n{describe()}")
    columns = (
        "kind",
        "tracker",
        "videos",
        "people",
        "tracks",
        "asked",
        "idf1",
        "idp",
        "idr",
        "hota",
        "mota",
        "switches",
    )
    for column in columns:
        shown.add_column(column, justify="left" if column in ("kind", "tracker") else "right")
    for row in rows:
        values = (row[column] for column in columns)
        shown.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in values))
    return shown


def scenes_of(kinds: Sequence[str]) -> list[str]:
    """The names of the scenes of some kinds."""
    return [scene.name for scene in SCENES if scene.kind in kinds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="dev", help="dev is for tuning, test for reporting")
    parser.add_argument("--scene", action="append", default=[], help="only this scene; may be given again")
    parser.add_argument("--kind", action="append", default=[], choices=KINDS, help="only this kind; as often as wanted")
    parser.add_argument("--switches", action="store_true", help="list who has more than one track")
    options = parser.parse_args()
    quietly()
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    lines: list[str] = []
    for truth in truths(options.split, options.scene or scenes_of(options.kind or KINDS)):
        found = found_by_us(truth)
        for name, named in (("Spotter", found), ("greedy boxes", renamed(found))):
            video = sequence(truth, named)
            for kind in (truth.kind, "all"):
                scores[kind, name].add(video, accumulated(video))
            if named is found:
                lines += switches(truth, video)
    rows = [
        {"kind": kind, "tracker": name, "split": options.split} | score.row() for (kind, name), score in scores.items()
    ]
    rows.sort(key=lambda row: row["kind"] == "all")
    Console(width=140).print(table(rows, options.split))
    if options.switches:
        print(*lines, sep="\n")
    if not options.scene and not options.kind:
        print(f"written to {save(f'identities_{options.split}', rows)}")


if __name__ == "__main__":
    main()
