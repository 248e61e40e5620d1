"""What is there, what is missing and how to mend it: the one screen of `spotter doctor`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings
from rich.console import Console
from rich.table import Column, Table

from services.bus.settings import NatsSettings
from services.classifier.settings import ClassifierSettings
from services.core.errors import SettingsError
from services.doctor import checks
from services.doctor.checks import Finding, Verdict
from services.gateway.settings import GatewaySettings
from services.ingest.codecs import missing_codecs
from services.ingest.settings import IngestSettings
from services.pose.settings import PoseSettings
from services.runtime.faults import settings_faults
from services.runtime.logs import LogSettings

__all__ = ["AllSettings", "Finding", "Verdict", "diagnose", "examine", "table"]

CAMERA_SECONDS: Final = 8.0

READ_ELSEWHERE: Final = frozenset(
    {"SPOTTER_SERVICE", "SPOTTER_DATA", "SPOTTER_CAMERAS", "SPOTTER_PORT", "SPOTTER_ACCESS_TOKEN"}
)
"""Variables that images, training and tests, and compose read."""

S = TypeVar("S", bound=BaseSettings)


@dataclass(frozen=True, slots=True)
class AllSettings:
    """What the checks judge by: the settings of each service, as it would read them."""

    ingest: IngestSettings
    pose: PoseSettings
    classifier: ClassifierSettings
    gateway: GatewaySettings
    nats: NatsSettings


async def diagnose(settings: AllSettings, *, camera_seconds: float = CAMERA_SECONDS) -> list[Finding]:
    """Look at everything.

    Args:
        settings: what to judge by.
        camera_seconds: how long a camera may take to give its first picture.
    """
    slow = asyncio.gather(
        asyncio.to_thread(checks.nats, settings.nats),
        *(checks.one_camera(camera, camera_seconds) for camera in settings.ingest.cameras),
    )
    features = checks.cpu_features(Path("/proc/cpuinfo"))
    findings = [
        checks.python(),
        checks.libraries(),
        checks.machine(),
        features,
        checks.codecs(missing_codecs()),
        checks.pose_models(settings.pose),
        *await asyncio.to_thread(checks.pose_runtime, settings.pose, features),
        *checks.mediapipe(settings.pose),
        checks.bundle(settings.classifier.bundle),
        checks.dashboard(settings.gateway.host, settings.gateway.port),
        checks.health_ports(
            {
                "ingest": settings.ingest.health_port,
                "pose": settings.pose.health_port,
                "classifier": settings.classifier.health_port,
            }
        ),
    ]
    nats, *cameras = await slow
    return [*findings, nats, *(cameras or [Finding("cameras", Verdict.GOOD, "none named: a simulated gym of two")])]


def examine(console: Console) -> int:
    """Look at everything and show it.

    Returns:
        The exit code: 0 when Spotter can run as it is set, 1 when something that it needs is missing.
    """
    settings, findings = _read_settings()
    if settings is not None:
        with console.status("looking ..."):
            findings = asyncio.run(diagnose(settings))
    findings += checks.setting_names(os.environ, _setting_names())
    console.print(table(findings))
    missing = sum(finding.verdict is Verdict.MISSING for finding in findings)
    if missing:
        console.print(f"{missing} of {len(findings)} would stop Spotter; see the right column.", style="red")
        return 1
    console.print("Spotter can run: `spotter run`, or `make run`.", style="green", markup=False)
    return 0


def table(findings: Sequence[Finding]) -> Table:
    """The findings as one screen."""
    marks = {
        Verdict.GOOD: "[green]ok[/]",
        Verdict.OPTIONAL: "[yellow]note[/]",
        Verdict.MISSING: "[red]missing[/]",
    }
    # Folded: a variable, a path or a command must be there to its end, however narrow the screen.
    columns = [Column(name, overflow="fold") for name in ("", "what", "found", "how to mend it")]
    shown = Table(*columns, title="Spotter", title_justify="left", pad_edge=False)
    for finding in findings:
        # Paths and addresses may hold square brackets, which rich would read as its own.
        cells = (finding.subject, finding.detail, finding.remedy)
        shown.add_row(marks[finding.verdict], *(cell.replace("[", r"\[") for cell in cells))
    return shown


def _read_settings() -> tuple[AllSettings | None, list[Finding]]:
    """The settings, or what is wrong with them."""
    faults: list[Finding] = []
    ingest = _read(IngestSettings, faults)
    pose = _read(PoseSettings, faults)
    classifier = _read(ClassifierSettings, faults)
    gateway = _read(GatewaySettings, faults)
    nats = _read(NatsSettings, faults)
    if ingest and pose and classifier and gateway and nats:
        return AllSettings(ingest, pose, classifier, gateway, nats), []
    return None, faults


def _setting_names() -> frozenset[str]:
    """The variables that something of Spotter reads."""
    kinds = (IngestSettings, PoseSettings, ClassifierSettings, GatewaySettings, NatsSettings, LogSettings)
    names = (f"{kind.model_config.get('env_prefix', '')}{name}" for kind in kinds for name in kind.model_fields)
    return frozenset(name.upper() for name in names) | READ_ELSEWHERE


def _read(kind: type[S], faults: list[Finding]) -> S | None:
    """One service's settings; what was set wrongly is named."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    try:
        return kind()
    except SettingsError as error:
        faults.append(Finding("settings", Verdict.MISSING, str(error), f"correct {prefix}*"))
    except ValidationError as error:
        for name, why in settings_faults(error):
            faults.append(Finding("settings", Verdict.MISSING, f"{name}: {why}", f"correct {name}"))
    return None
