"""Who may look: an optional access token, and which web pages may use the API.

With a token set, a program sends it as ``Authorization: Bearer <token>``. A browser cannot do so for a WebSocket or a
picture, so the dashboard trades it once for a session cookie: an HMAC of the token, so that neither the cookie nor an
address ever carries the token itself. Changing the token ends every session.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit

from fastapi import HTTPException, status
from starlette.requests import HTTPConnection

from services.gateway.settings import GatewaySettings

COOKIE: Final = "spotter_session"
"""Name of the session cookie."""


class Access:
    """Checks one request or connection against the settings."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._origins = settings.allowed_origins
        secret = settings.access_token.get_secret_value() if settings.access_token else None
        self._token = secret.encode() if secret else None

    @property
    def open(self) -> bool:
        """Whether everybody is let in."""
        return self._token is None

    def session(self) -> str:
        """The value of the session cookie."""
        return hmac.new(self._token or b"", b"spotter dashboard session", hashlib.sha256).hexdigest()

    def knows(self, token: str) -> bool:
        """Whether this is the token; takes the same time however much of it is right."""
        return self._token is None or hmac.compare_digest(token.encode(), self._token)

    def admits(self, connection: HTTPConnection) -> bool:
        """Whether a request or WebSocket carries the token or a session."""
        if self._token is None:
            return True
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.knows(token.strip()):
            return True
        return hmac.compare_digest(connection.cookies.get(COOKIE, "").encode(), self.session().encode())

    def trusts_origin(self, connection: HTTPConnection) -> bool:
        """Whether the web page that asks may open a WebSocket or change something; programs that are no browser may."""
        origin = connection.headers.get("origin")
        if origin is None or "*" in self._origins or origin in self._origins:
            return True
        try:
            return urlsplit(origin).netloc == connection.headers.get("host")
        except ValueError:
            return False

    async def guard_writing(self, connection: HTTPConnection) -> None:
        """Refuse a request that changes something when a web page of elsewhere makes it: a browser lets any page send.

        Raises:
            HTTPException: 403.
        """
        if not self.trusts_origin(connection):
            raise HTTPException(
                status.HTTP_403_FORBIDDEN,
                "This web page may not use this gateway: name its origin in SPOTTER_GATEWAY_ALLOWED_ORIGINS.",
            )

    async def guard(self, connection: HTTPConnection) -> None:
        """Refuse a REST request without the token.

        Raises:
            HTTPException: 401.
        """
        if not self.admits(connection):
            raise HTTPException(
                status.HTTP_401_UNAUTHORIZED,
                "The gateway wants its access token: send 'Authorization: Bearer <token>' or sign in to the dashboard.",
                headers={"WWW-Authenticate": "Bearer"},
            )
