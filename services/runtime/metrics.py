"""What the loop counts, for Prometheus; one set for the process, because a process has one /metrics page."""

from __future__ import annotations

from functools import cache
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histograms' buckets, seconds; 0.15 is the latency that Spotter promises."""


class Metrics:
    """The loop's counters, each by service and kind of message."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("service", "kind")
        self.taken = Counter("spotter_messages_in", "Messages taken from the bus.", labels, registry=registry)
        self.published = Counter("spotter_messages_out", "Messages published.", labels, registry=registry)
        self.bad = Counter(
            "spotter_messages_bad", "Messages that broke the contract and were dropped.", labels, registry=registry
        )
        self.dropped = Counter(
            "spotter_messages_dropped",
            "Messages dropped on purpose: replaced by a newer one, or made while the bus was away.",
            (*labels, "cause"),
            registry=registry,
        )
        self.seconds = Histogram(
            "spotter_process_seconds", "Time to process one message.", labels, buckets=SECONDS, registry=registry
        )
        self.age = Histogram(
            "spotter_message_age_seconds",
            "Time from capture to the start of processing; live cameras only.",
            labels,
            buckets=SECONDS,
            registry=registry,
        )


@cache
def process_metrics() -> Metrics:
    """The metrics of this process, registered at the first call."""
    return Metrics(REGISTRY)
