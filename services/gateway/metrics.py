"""The gateway's figures for Prometheus, read from hub and state when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.gateway.stage import GatewayStage


class GatewayCollector(Collector):
    """Turns what hub and state know into metrics."""

    def __init__(self, stage: GatewayStage) -> None:
        self._stage = stage

    def collect(self) -> Iterable[Metric]:
        """Give the present figures."""
        hub, gym = self._stage.hub, self._stage.gym
        yield GaugeMetricFamily("spotter_gateway_clients", "WebSocket clients connected.", value=len(hub))
        sent = CounterMetricFamily("spotter_gateway_offered", "Messages put into clients' mailboxes.", labels=["kind"])
        for kind, number in hub.sent.items():
            sent.add_metric([kind.value], number)
        yield sent
        skipped = CounterMetricFamily(
            "spotter_gateway_skipped", "Pictures and poses that newer ones replaced for a slow client.", labels=["kind"]
        )
        for kind, number in hub.replaced.items():
            skipped.add_metric([kind.value], number)
        yield skipped
        yield CounterMetricFamily(
            "spotter_gateway_lost", "Events and camera states that a slow client missed.", value=hub.lost
        )
        people = GaugeMetricFamily("spotter_gateway_people", "People in view.", labels=["camera"])
        for board in gym.select(None):
            people.add_metric([board.camera_id], len(board.people))
        yield people
