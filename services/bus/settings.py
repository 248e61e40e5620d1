"""Where the NATS server is, and how to be let in."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SCHEMES: Final = ("nats", "tls", "ws", "wss")
"""What an address may begin with."""


class NatsSettings(BaseSettings):
    """The connection to NATS; SPOTTER_NATS_*. Secrets appear in no log and in no error."""

    model_config = SettingsConfigDict(env_prefix="SPOTTER_NATS_", hide_input_in_errors=True)

    url: str = Field(
        default="nats://127.0.0.1:4222",
        description="Address of the server, or several of a cluster separated by commas; tls:// asks for encryption.",
    )
    user: str = Field(default="", description="User name, where the server asks for one.")
    password: SecretStr = Field(default=SecretStr(""), description="Password of the user.")
    tls_ca: FilePath | None = Field(
        default=None, description="The authority (PEM) that signed the server's certificate; unset: the system's."
    )
    tls_certificate: FilePath | None = Field(default=None, description="Our own certificate (PEM), for mutual TLS.")
    tls_key: FilePath | None = Field(default=None, description="The key (PEM) of our certificate.")
    resend_seconds: float = Field(
        default=5.0,
        gt=0,
        description="After how long a file's frame is sent again when no reader has answered: lower finds a dead "
        "reader sooner, but below the time of the slowest frame it wastes bandwidth.",
    )
    ack_seconds: float = Field(
        default=30.0,
        gt=0,
        description="After how long an event that its reader took and did not finish is given again; below the time "
        "that a reader needs for what it holds, events come twice.",
    )

    @field_validator("url")
    @classmethod
    def _addresses(cls, value: str) -> str:
        if not all(_is_address(address.strip()) for address in value.split(",")):
            # Not what was got: it may hold a password.
            raise ValueError("expected addresses such as nats://127.0.0.1:4222, with commas between")
        return value


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
