"""How often to look at a person: keypoints kept right against looks a second, over all real clips.

Run ``python -m training.dataset`` first: this takes the poses that it keeps, at 15 a second, thins each track out as a
rule would have looked at it, fills in between on straight lines, and compares with what was there. PCK@0.1 is the part
of the keypoints within a tenth of a trunk. The constant answer is a fixed rate. Needs SPOTTER_DATA.

The figures in decision 12 are of poses looked at in every frame, made before that decision. Poses of the engine since
then are thinned out and filled in already, which flatters every rule: compare rules with them, but quote nothing.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from services.core.cadence import Cadence
from services.core.types import NANOSECONDS
from tests.benchmarks.machine import save
from training.poses import CACHE, recording_of
from training.videos import data_directory, read_videos

SHORTEST = 30
"""Frames of the shortest track that is used."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A track: (N,) event times in ns, (N, 33, 2) keypoints and (N,) lengths of the trunk in pixels."""

    times: np.ndarray
    points: np.ndarray
    trunks: np.ndarray


Rule = Callable[[Seen], list[int]]
"""Gives the indices of the frames that are looked at."""


def every(count: int) -> Rule:
    """The constant answer: one frame in so many."""
    return lambda seen: list(range(0, len(seen.times), count))


def adaptive(tolerance: float) -> Rule:
    """As the pose engine does, with another tolerance."""

    def looked_at(seen: Seen) -> list[int]:
        one, looks = Cadence(tolerance), []
        for index, at in enumerate(seen.times):
            if one.due(int(at), int(at - seen.times[max(index - 1, 0)])):
                one.update(int(at), seen.points[index], seen.trunks[index])
                looks.append(index)
        return looks

    return looked_at


def tracks(cache: Path) -> Iterator[Seen]:
    """Everybody who was seen for long enough."""
    for video in read_videos(data_directory()):
        try:
            recording = recording_of(video, cache)
        except FileNotFoundError:
            continue
        for track in recording.tracks:
            if len(track.frame) >= SHORTEST:
                points = track.keypoints[:, :, :2].astype(float) * (recording.width, recording.height)
                trunk = np.hypot(*((points[:, 11] + points[:, 12] - points[:, 23] - points[:, 24]) / 2).T)
                yield Seen(track.captured_at, points, np.maximum(trunk, np.ptp(points, axis=1).max(-1) / 8))


def kept(seen: Seen, looks: list[int]) -> np.ndarray:
    """(N, 33) whether each keypoint is within a tenth of a trunk when the rest is filled in."""
    flat = seen.points.reshape(len(seen.points), -1)
    filled = np.stack([np.interp(seen.times, seen.times[looks], column[looks]) for column in flat.T], 1)
    apart = np.hypot(*(filled.reshape(seen.points.shape) - seen.points).transpose(2, 0, 1))
    return apart < 0.1 * seen.trunks[:, None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--poses", type=Path, default=CACHE, help="where training.dataset keeps poses")
    everybody = list(tracks(parser.parse_args().poses))
    if not everybody:
        parser.exit(1, "no clip has poses: run python -m training.dataset\n")
    rules: dict[str, Rule] = {f"one frame in {count}": every(count) for count in (1, 2, 3, 4, 5)}
    rules |= {f"as they move, within {tolerance} trunks": adaptive(tolerance) for tolerance in (0.02, 0.05, 0.08)}
    table = Table(
        "looks", "a second", "PCK@0.1", "worst tenth of tracks", title=f"{len(everybody)} tracks of real clips"
    )
    rows: list[dict[str, object]] = []
    for name, rule in rules.items():
        looks = [rule(seen) for seen in everybody]
        shares = [float(kept(seen, own).mean()) for seen, own in zip(everybody, looks, strict=True)]
        seconds = sum(int(seen.times[-1] - seen.times[0]) for seen in everybody) / NANOSECONDS
        rate = sum(map(len, looks)) / seconds
        pck = float(np.average(shares, weights=[len(seen.times) for seen in everybody]))
        worst = statistics.quantiles(shares, n=10)[0]
        table.add_row(name, f"{rate:.1f}", f"{pck:.3f}", f"{worst:.3f}")
        rows.append({"rule": name, "looks_per_second": rate, "pck": pck, "worst_tenth": worst, "tracks": len(looks)})
    Console(width=110).print(table)
    save("cadence", rows)


if __name__ == "__main__":
    main()
