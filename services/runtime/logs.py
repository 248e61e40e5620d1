"""Logging: one structured line per change of state, on standard error, without credentials."""

from __future__ import annotations

import logging
import re
import sys
from enum import StrEnum
from typing import Any, Final

import structlog
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.core.errors import SettingsError

_CREDENTIALS: Final = re.compile(r"([a-z][a-z0-9+.-]*://)[^\s'\"<>]*@", re.IGNORECASE)
"""From the scheme to the last @ of a word: passwords have /, ? and @ in them, and hiding too much does no harm."""


class LogFormat(StrEnum):
    """How a line looks."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """From which weight on lines are written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogSettings(BaseSettings):
    """How the program logs; SPOTTER_LOG_*."""

    model_config = SettingsConfigDict(env_prefix="SPOTTER_LOG_")

    level: LogLevel | None = Field(
        default=None,
        description="From which weight on lines are written; DEBUG shows the libraries' too. Unset: INFO for services, "
        "WARNING for commands that end by themselves.",
    )
    format: LogFormat = Field(
        default=LogFormat.AUTO, description="auto: for people on a terminal, else JSON, one object a line."
    )


def redacted(text: str) -> str:
    """The text with user and password of every address in it replaced by ``***``."""
    return _CREDENTIALS.sub(r"\1***@", text)


def configure_logging(usual: LogLevel = LogLevel.INFO) -> None:
    """Send our lines and the libraries' to standard error, as LogSettings say.

    Args:
        usual: the level where LogSettings do not say.

    Raises:
        SettingsError: SPOTTER_LOG_LEVEL or SPOTTER_LOG_FORMAT cannot work.
    """
    try:
        settings = LogSettings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"SPOTTER_LOG_{first['loc'][0]}".upper()
        raise SettingsError(f"{name}: got {first['input']!r}: {first['msg']}") from None
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    people = settings.format is LogFormat.CONSOLE or (settings.format is LogFormat.AUTO and sys.stderr.isatty())
    last: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if people:
        # Plain: rich tracebacks show the values of variables.
        traceback = structlog.dev.plain_traceback
        last += [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=traceback)]
    else:
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    last.append(_redact)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    logging.basicConfig(handlers=[handler], level=settings.level or usual, force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _redact(
    _logger: Any,  # noqa: ANN401 - structlog's own signature
    _method: str,
    line: Any,  # noqa: ANN401 - after the renderer it is text, which structlog's types don't say
) -> str:
    return redacted(str(line))
