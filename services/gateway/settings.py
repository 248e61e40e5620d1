"""Settings of the gateway, from the environment (``SPOTTER_GATEWAY_*``)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class GatewaySettings(BaseSettings):
    """Where the gateway listens and whom it lets in."""

    model_config = SettingsConfigDict(env_prefix="SPOTTER_GATEWAY_", hide_input_in_errors=True)

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. 127.0.0.1 serves this machine only; 0.0.0.0 serves the whole network: "
        "set an access token with it, for what is served is video of people.",
    )
    port: int = Field(
        8000, ge=0, le=65535, description="TCP port of dashboard, REST and WebSocket. 0 takes any free one."
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Web pages of other origins that may use the API from a browser, comma-separated "
        "(https://screen.example.org). The gateway's own pages always may; '*' lets every page in.",
    )
    access_token: SecretStr | None = Field(
        None,
        description="When set, REST, WebSocket, pictures and /metrics want it, as 'Authorization: Bearer <token>'; the "
        "dashboard asks for it once. At least 12 characters. Unset: everybody who reaches the port sees everything.",
    )

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not origin.startswith(("http://", "https://")):
                raise ValueError(
                    f"got the origin {origin!r}, expected '*' or something like https://screen.example.org"
                )
        return value

    @field_validator("access_token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or value.get_secret_value() == "":
            return None
        if len(value.get_secret_value()) < 12:
            raise ValueError("the access token is shorter than 12 characters; take a longer one")
        return value
