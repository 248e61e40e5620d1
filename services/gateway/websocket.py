"""The ``/ws`` endpoint: one client's two directions; what is said stands in `services.gateway.protocol`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status
from fastapi.responses import PlainTextResponse

from proto.subjects import Kind
from services.gateway import protocol
from services.gateway.access import Access
from services.gateway.hub import Data, Mailbox
from services.gateway.stage import GatewayStage
from services.gateway.views import board_view

FINISHED_SETS: Final = 12
"""Finished sets per camera that a client gets at first."""

_log = structlog.get_logger(__name__)


def websocket_router(stage: GatewayStage, access: Access, ready: Callable[[], bool]) -> APIRouter:
    """The route of the WebSocket; `ready` says whether the bus is connected."""
    router = APIRouter()

    @router.websocket("/ws")
    async def watch(socket: WebSocket) -> None:
        if not access.trusts_origin(socket):
            text = "This web page may not use this gateway: name its origin in SPOTTER_GATEWAY_ALLOWED_ORIGINS."
            await socket.send_denial_response(PlainTextResponse(text, status.HTTP_403_FORBIDDEN))
            return
        if not access.admits(socket):
            text = "This gateway wants its access token: send 'Authorization: Bearer <token>'."
            await socket.send_denial_response(PlainTextResponse(text, status.HTTP_401_UNAUTHORIZED))
            return
        await socket.accept()
        await _Connection(socket, stage, ready).run()

    return router


class _Connection:
    """One client from hello to goodbye."""

    def __init__(self, socket: WebSocket, stage: GatewayStage, ready: Callable[[], bool]) -> None:
        self._socket = socket
        self._stage = stage
        self._ready = ready
        self._mailbox = Mailbox(self._state)
        self._bad = 0

    async def run(self) -> None:
        """Serve until the client is gone."""
        self._stage.hub.join(self._mailbox)
        self._mailbox.reply(protocol.hello(time.time_ns()))
        sender = asyncio.create_task(self._send(), name="websocket sender")
        try:
            await self._receive()
        finally:
            self._stage.hub.leave(self._mailbox)
            sender.cancel()
            await asyncio.wait({sender})

    async def _send(self) -> None:
        try:
            while True:
                data = await self._mailbox.take()
                if isinstance(data, str):
                    await self._socket.send_text(data)
                else:
                    await self._socket.send_bytes(data)
        except (WebSocketDisconnect, RuntimeError):
            # The client went while this was on its way; the receiving side notices by itself.
            return

    async def _receive(self) -> None:
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            try:
                self._answer(message.get("text"))
            except protocol.Refusal as refusal:
                self._mailbox.reply(protocol.error(refusal))
                self._bad += 1
                if self._bad >= protocol.BAD_MESSAGES:
                    _log.warning("websocket client closed: too many bad messages", last=refusal.code)
                    await self._socket.close(status.WS_1008_POLICY_VIOLATION, "too many bad messages")
                    return

    def _answer(self, text: str | None) -> None:
        if text is None:
            raise protocol.Refusal("bad-message", "got a binary message, expected text")
        match protocol.parse(text):
            case protocol.Ping() as ping:
                self._mailbox.reply(protocol.pong(ping, time.time_ns(), ready=self._ready()))
            case protocol.Subscribe() as subscribe:
                self._subscribe(subscribe)

    def _subscribe(self, subscribe: protocol.Subscribe) -> None:
        cameras = None if subscribe.cameras == "*" else frozenset(subscribe.cameras)
        self._mailbox.subscribe(cameras, frozenset(subscribe.kinds))
        boards = self._stage.gym.select(cameras)
        for board in boards:
            if board.picture and self._mailbox.wants(Kind.PICTURES, board.camera_id):
                self._mailbox.offer(Kind.PICTURES, board.camera_id, protocol.picture(board.picture))
        if unknown := sorted((cameras or frozenset()) - {board.camera_id for board in boards}):
            refusal = protocol.Refusal(
                "unknown-camera",
                f"no camera is called {', '.join(unknown)} yet; messages follow when it appears",
            )
            self._mailbox.reply(protocol.error(refusal))

    def _state(self, cameras: frozenset[str] | None) -> Data:
        boards = [board_view(board, sets=FINISHED_SETS) for board in self._stage.gym.select(cameras)]
        return protocol.state(boards, time.time_ns())
