"""The only loop: take a message from the bus, let a stage process it, publish what it returns.

run(worker, bus)    drives a stage or a producer; embedded.py and the tests call it
serve(worker, ...)  the same as a program: NATS, signals, health, metrics
"""

from __future__ import annotations

from services.runtime.logs import configure_logging
from services.runtime.loop import run
from services.runtime.program import serve, until_signalled

__all__ = ["configure_logging", "run", "serve", "until_signalled"]
