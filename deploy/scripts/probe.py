"""Asks a service on this machine whether it lives: exit 0 when /healthz answers 200, else 1 with the reason.

SPOTTER_SERVICE names it; ``probe.py readyz`` asks whether it is ready. Needs nothing but Python.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

PORTS = {
    "ingest": ("SPOTTER_INGEST_HEALTH_PORT", "9101"),
    "pose": ("SPOTTER_POSE_HEALTH_PORT", "9102"),
    "classifier": ("SPOTTER_CLASSIFIER_HEALTH_PORT", "9103"),
    "gateway": ("SPOTTER_GATEWAY_PORT", "8000"),
}


def main() -> int:
    """Ask once."""
    variable, default = PORTS[os.environ["SPOTTER_SERVICE"]]
    page = sys.argv[1] if len(sys.argv) > 1 else "healthz"
    address = f"http://127.0.0.1:{os.environ.get(variable) or default}/{page}"
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError) as error:
        print(f"{address}: {error}", file=sys.stderr)  # noqa: T201 - what docker shows of a failed check
        return 1


if __name__ == "__main__":
    sys.exit(main())
