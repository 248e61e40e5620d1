"""What every benchmark says beside its figures: the machine; and where it keeps them: var/benchmarks/NAME.json."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path("var/benchmarks")


def describe() -> str:
    """Processor, cores and Python of this machine, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def save(name: str, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write a benchmark's rows, with the machine beside them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({"machine": describe(), "rows": list(rows)}, indent=2) + "\n")
    return path
