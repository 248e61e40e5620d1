"""The web application: dashboard, REST, WebSocket, probes and metrics, put together for one stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from fastapi import Depends, FastAPI, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import protocol
from services.gateway.access import Access
from services.gateway.commands import Publish, command_router
from services.gateway.metrics import GatewayCollector
from services.gateway.rest import UNAUTHORIZED, rest_router
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage
from services.gateway.views import Health
from services.gateway.websocket import websocket_router

DASHBOARD: Final = Path(__file__).parent / "dashboard"
"""The dashboard's files: plain ES modules, served as they lie there."""

HEADERS: Final = {
    # Nothing from elsewhere: no script, font, picture or frame; blob: is for pictures taken off the WebSocket.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Sent with every answer."""

LONGEST_BODY: Final = 16 << 10
"""Longest body of a request, bytes; the longest that is asked for, an access token, has up to 1024 characters."""

_ABOUT: Final = """What the people in a gym's cameras do: exercise, repetitions, form. Live over `/ws`, on request below
`/api/v1`. When an access token is set, send it as `Authorization: Bearer <token>`.

"""


def create_app(
    stage: GatewayStage, settings: GatewaySettings, *, ready: Callable[[], bool], publish: Publish
) -> FastAPI:
    """Put the web application together.

    Args:
        stage: keeps the state and the hub that are served; whoever runs it feeds it.
        settings: whom to let in.
        ready: whether the bus is connected, asked by /readyz.
        publish: publishes a command.
    """
    access = Access(settings)
    app = FastAPI(
        title="Spotter gateway",
        version=str(protocol.VERSION),
        description=_ABOUT + (protocol.__doc__ or ""),
        docs_url=None,
        redoc_url=None,
        max_body_size=LONGEST_BODY,
    )
    app.state.gym = stage.gym
    app.add_middleware(_FixedHeaders)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization"],
        )
    app.add_exception_handler(RequestValidationError, _explained)
    registry = CollectorRegistry()
    registry.register(GatewayCollector(stage))

    @app.get("/healthz", tags=["operations"], summary="Is the process alive?")
    async def healthz() -> Health:
        """Always 200 while the process can answer."""
        return Health(status="ok")

    @app.get("/readyz", tags=["operations"], summary="Is the bus connected?", responses={503: {"model": Health}})
    async def readyz() -> Response:
        """200 while messages come in; 503 while the bus is not connected."""
        if ready():
            return JSONResponse(Health(status="ok").model_dump())
        health = Health(status="the bus is not connected: is the message server running and reachable?")
        return JSONResponse(health.model_dump(), status.HTTP_503_SERVICE_UNAVAILABLE)

    @app.get(
        "/metrics",
        tags=["operations"],
        summary="Figures for Prometheus",
        response_class=Response,
        dependencies=[Depends(access.guard)],
        responses=UNAUTHORIZED,
    )
    async def metrics() -> Response:
        """The process's and the gateway's figures; they name cameras and tell how many people each sees."""
        return Response(generate_latest(REGISTRY) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(DASHBOARD / "docs.html")

    app.include_router(rest_router(access))
    app.include_router(command_router(access, ready, publish))
    app.include_router(websocket_router(stage, access, ready))
    app.mount("/", StaticFiles(directory=DASHBOARD, html=True), name="dashboard")
    return app


async def _explained(request: Request, error: Exception) -> Response:
    """Say what is wrong with a request, without what was sent: a secret is none of an answer's, and NaN is no JSON."""
    if not isinstance(error, RequestValidationError):
        raise error
    detail = [{name: fault[name] for name in ("type", "loc", "msg")} for fault in error.errors()]
    return JSONResponse({"detail": detail}, status.HTTP_422_UNPROCESSABLE_CONTENT)


class _FixedHeaders:
    """Adds `HEADERS` to every answer, and has browsers ask again for what says nothing about keeping it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
