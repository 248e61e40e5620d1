"""Whether the pose stage's memory stays flat: its RSS while it does all that a core can for as long as you like.

More live cameras than one core can do, in a process of its own, through the in-memory bus, as the service does it. All
the while visitors come and go: cameras with a name of their own that send for some seconds, with a clock that is wrong
and with broken pictures now and then, and never come back. What is watched is the part after the warm-up: the median of
its last quarter against that of its first. Ends with status 1 where that is more than `MOST_GROWTH` MB, or RSS is above
`MOST` MB at the end.

    make soak [ARGS="--minutes 60"]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

import psutil
from rich.console import Console
from rich.table import Table

from tests.benchmarks.films import make_film
from tests.benchmarks.machine import describe, save

WARM_UP: Final = 0.2
"""Part of the time that is not watched."""
MOST_GROWTH: Final = 10.0
"""MB."""
MOST: Final = 300.0
"""MB."""
MB: Final = 1e6


def samples(process: subprocess.Popen[str], seconds: float) -> list[dict[str, float]]:
    """One for each line that the worker says."""
    assert process.stdout
    watched, rows, start = psutil.Process(process.pid), [], time.monotonic()
    for line in process.stdout:
        at = time.monotonic() - start
        times = watched.cpu_times()
        rows.append({
            "seconds": at, "rss": watched.memory_info().rss / MB, "cpu": times.user + times.system,
            "threads": watched.num_threads(), **json.loads(line),
        })  # fmt: skip
        if at > seconds:
            return rows
    raise SystemExit(f"the worker ended with status {process.wait()}")


def verdict(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Where memory began, where it ended, how fast it grew."""
    begin = WARM_UP * rows[-1]["seconds"]
    watched = [(row["seconds"], row["rss"]) for row in rows if row["seconds"] >= begin]
    quarter = max(1, len(watched) // 4)
    first = statistics.median(rss for _, rss in watched[:quarter])
    last = statistics.median(rss for _, rss in watched[-quarter:])
    slope = statistics.linear_regression(*zip(*watched, strict=True)).slope if len(watched) > 1 else 0.0
    return {
        "minutes": rows[-1]["seconds"] / 60,
        "first": rows[0]["rss"],
        "start": first,
        "end": last,
        "most": max(row["rss"] for row in rows),
        "growth": last - first,
        "slope_an_hour": 3600 * slope,
        "core": rows[-1]["cpu"] / rows[-1]["seconds"],
        "threads": rows[-1]["threads"],
        "results": rows[-1].get("cameras", 0) + rows[-1].get("visitors", 0),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--people", type=int, choices=(1, 3), default=3)
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "tests.benchmarks.soak_worker", str(make_film(arguments.people))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            rows = samples(process, 60 * arguments.minutes)
        finally:
            process.kill()
    found = verdict(rows)
    save("soak", [found, *rows])
    table = Table("", "", title=f"RSS of the pose stage, MB; {describe()}")
    for name, value in found.items():
        table.add_row(name.replace("_", " "), f"{value:,.1f}" if value < 1000 else f"{value:,.0f}")
    Console().print(table)
    if found["growth"] > MOST_GROWTH or found["end"] > MOST:
        print(f"Too much: expected at most {MOST_GROWTH:g} MB of growth and {MOST:g} MB in all.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
