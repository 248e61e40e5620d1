"""What pose tells Prometheus beside the loop's counters; on the process's one /metrics page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Gauge


class PoseMetrics:
    """Which engine runs the models, and what the measuring at start-up found."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.backend = Gauge(
            "spotter_pose_backend", "1 for what runs the pose models.", ("runtime", "precision"), registry=registry
        )
        self.probe = Gauge(
            "spotter_pose_probe_milliseconds",
            "CPU time of one crop through the landmark model at start-up, where runtimes were compared.",
            ("runtime",),
            registry=registry,
        )

    def chose(self, runtime: str, precision: str, milliseconds: Mapping[str, float]) -> None:
        """Say what runs the models.

        Args:
            runtime: onnxruntime or openvino.
            precision: fp32 or bf16.
            milliseconds: runtime -> what was measured.
        """
        self.backend.clear()
        self.backend.labels(runtime, precision).set(1)
        for name, value in milliseconds.items():
            self.probe.labels(name).set(value)


@cache
def process_metrics() -> PoseMetrics:
    """The metrics of this process, registered at the first call."""
    return PoseMetrics(REGISTRY)
