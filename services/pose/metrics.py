"""What pose tells Prometheus beside the loop's counters; on the process's one /metrics page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

from services.pose.load import Level


class PoseMetrics:
    """Which engine runs the models, what the measuring at start-up found, and what is shed for want of CPU."""

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
        self.demand = Gauge(
            "spotter_pose_demand",
            "CPU time that the live cameras need at the rates of now, as part of what there is.",
            registry=registry,
        )
        self.slack = Gauge(
            "spotter_pose_slack",
            "How many times as long people wait for the next look as they should.",
            registry=registry,
        )
        self.paused = Gauge(
            "spotter_pose_paused",
            "1 for a camera that is not looked at for want of CPU.",
            ("camera",),
            registry=registry,
        )
        self.shed = Counter(
            "spotter_pose_shed",
            "Live frames not looked at: rate (looked at less often), priority (camera paused), late (too old).",
            ("camera", "cause"),
            registry=registry,
        )
        self.slack.set(1)

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

    def shedding(self, level: Level) -> None:
        """Say what is shed from now on."""
        self.slack.set(level.slack)
        self.paused.clear()
        for camera_id in level.paused:
            self.paused.labels(camera_id).set(1)

    def forget(self, camera_id: str) -> None:
        """Drop what is counted for a camera that is gone."""
        self.shed.remove_by_labels({"camera": camera_id})
        self.paused.remove_by_labels({"camera": camera_id})


@cache
def process_metrics() -> PoseMetrics:
    """The metrics of this process, registered at the first call."""
    return PoseMetrics(REGISTRY)
