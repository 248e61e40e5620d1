"""The REST API's commands: what people ask of the counting, published for the classifier.

A command is stamped with the event time of the newest frame that this gateway has seen of the camera: what the person
who asked had before their eyes. It holds from the next frame on, whenever the classifier hears of it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, HTTPException, Path, status

from proto.subjects import IDENTIFIER
from services.bus import BusClosed
from services.core.types import Command, ResetCount, TellLoad
from services.gateway.access import Access
from services.gateway.rest import UNAUTHORIZED, Board
from services.gateway.state import Person
from services.gateway.views import Accepted, Load, Problem

Publish = Callable[[Command], Awaitable[None]]
"""Publishes a command; returns when it is stored."""

SEND_SECONDS: Final = 5.0
"""How long a command may take to be stored before the client is told that it was not."""

ID_BYTES: Final = 12
"""Random bytes of a command's id; no two commands of a gym ever share theirs."""

TrackId = Annotated[
    str, Path(pattern=f"^{IDENTIFIER.pattern}$", max_length=128, description="Id of the person's track.")
]

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    **UNAUTHORIZED,
    403: {"model": Problem, "description": "A web page of elsewhere."},
    404: {"model": Problem, "description": "No such camera (yet), or nobody of that id in its view."},
    503: {"model": Problem, "description": "The bus is away, so that the command cannot be stored."},
}

_log = structlog.get_logger(__name__)


def _person(board: Board, track_id: TrackId) -> Person:
    """The person in the path, while they are there.

    Raises:
        HTTPException: 404.
    """
    person = board.persons.get(track_id)
    if person is None or person.ended:
        there = ", ".join(one.track_id for one in board.people) or "nobody"
        raise HTTPException(
            status.HTTP_404_NOT_FOUND,
            f"Nobody in view of the camera {board.camera_id} has the track {track_id}; there are: {there}.",
        )
    return person


OfPerson = Annotated[Person, Depends(_person)]


def command_router(access: Access, ready: Callable[[], bool], publish: Publish) -> APIRouter:
    """The routes that ask something of a person's counting.

    Args:
        access: whom to let in.
        ready: whether the bus is connected.
        publish: publishes a command.
    """
    router = APIRouter(
        prefix="/api/v1/cameras/{camera_id}/tracks/{track_id}",
        tags=["commands"],
        dependencies=[Depends(access.guard), Depends(access.guard_writing)],
        responses=_ANSWERS,
    )

    async def taken(command: Command) -> Accepted:
        """Publish a command.

        Raises:
            HTTPException: 503.
        """
        if not ready():
            raise HTTPException(
                status.HTTP_503_SERVICE_UNAVAILABLE,
                "The bus is not connected, so nothing can be asked of the counting: is the message server running?",
            )
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await publish(command)
        except (TimeoutError, BusClosed):
            raise HTTPException(
                status.HTTP_503_SERVICE_UNAVAILABLE,
                "The bus went away before it said that it has the command: look whether it was obeyed, or ask again.",
            ) from None
        _log.info(
            "command", kind=type(command).__name__, camera_id=command.camera_id, track_id=command.track_id,
            command_id=command.command_id,
        )  # fmt: skip
        return Accepted(command_id=command.command_id, captured_at=command.captured_at)

    @router.post("/reset", status_code=status.HTTP_202_ACCEPTED, summary="Count a person's repetitions anew")
    async def reset(board: Board, person: OfPerson) -> Accepted:
        """End the set that they are in, if any: their next repetition is the first of another."""
        return await taken(
            ResetCount(
                camera_id=board.camera_id,
                track_id=person.track_id,
                command_id=secrets.token_hex(ID_BYTES),
                captured_at=board.frame_time,
            )
        )

    @router.post("/load", status_code=status.HTTP_202_ACCEPTED, summary="Tell what a person lifts")
    async def load(board: Board, person: OfPerson, told: Load) -> Accepted:
        """Tell the load from now on, the set that they are in included: it gives the volume of their sets."""
        return await taken(
            TellLoad(
                camera_id=board.camera_id,
                track_id=person.track_id,
                command_id=secrets.token_hex(ID_BYTES),
                captured_at=board.frame_time,
                kilograms=told.kilograms,
            )
        )

    return router
