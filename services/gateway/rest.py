"""The REST API: the present state of cameras and people, for programs."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response, status

from proto import messages
from proto.subjects import IDENTIFIER
from services.bus import codec
from services.gateway.access import COOKIE, Access
from services.gateway.state import RECENT_EVENTS, RECENT_SETS, CameraBoard, GymState
from services.gateway.views import (
    CameraView,
    Credentials,
    PersonView,
    Problem,
    SetView,
    camera_view,
    person_view,
    set_view,
)

CameraId = Annotated[str, Path(pattern=f"^{IDENTIFIER.pattern}$", max_length=128, description="Id of the camera.")]

SESSION_SECONDS: Final = 30 * 24 * 3600
"""How long a browser stays signed in."""

UNAUTHORIZED: Final[dict[int | str, dict[str, Any]]] = {401: {"model": Problem, "description": "No or wrong token."}}
"""What every route answers to who may not."""

_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"model": Problem, "description": "No such camera (yet)."}}


def _board(request: Request, camera_id: CameraId) -> CameraBoard:
    """The board of the camera in the path.

    Raises:
        HTTPException: 404.
    """
    gym: GymState = request.app.state.gym
    if (board := gym.boards.get(camera_id)) is None:
        there = ", ".join(sorted(gym.boards)) or "none yet"
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"No camera is called {camera_id}; there are: {there}.")
    return board


Board = Annotated[CameraBoard, Depends(_board)]


def rest_router(access: Access) -> APIRouter:
    """All routes below /api/v1; they read the state in ``app.state.gym``."""
    router = APIRouter(prefix="/api/v1")
    router.include_router(_session_router(access))
    router.include_router(_camera_router(), dependencies=[Depends(access.guard)], responses=UNAUTHORIZED)
    return router


def _session_router(access: Access) -> APIRouter:
    router = APIRouter(tags=["session"])

    @router.post(
        "/session",
        status_code=204,
        response_class=Response,
        responses=UNAUTHORIZED,
        summary="Sign a browser in",
    )
    async def open_session(credentials: Credentials, request: Request) -> Response:
        """Sign a browser in: the answer sets a cookie that REST and the WebSocket accept in place of the token."""
        if not access.knows(credentials.token):
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, "This is not the access token of this gateway.")
        response = Response(status_code=status.HTTP_204_NO_CONTENT)
        if not access.open:
            response.set_cookie(
                COOKIE,
                access.session(),
                max_age=SESSION_SECONDS,
                httponly=True,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
        return response

    @router.delete("/session", status_code=204, response_class=Response, summary="Sign out")
    async def close_session() -> Response:
        """Sign a browser out."""
        response = Response(status_code=status.HTTP_204_NO_CONTENT)
        response.delete_cookie(COOKIE)
        return response

    return router


def _camera_router() -> APIRouter:
    router = APIRouter(tags=["cameras"])

    @router.get("/cameras", summary="All cameras")
    async def cameras(request: Request) -> list[CameraView]:
        """Every camera that was heard of, by id: its state, frame rate, drops and, if it is down, why."""
        gym: GymState = request.app.state.gym
        return [camera_view(board) for board in gym.select(None)]

    @router.get("/cameras/{camera_id}", summary="One camera", responses=_UNKNOWN)
    async def camera(board: Board) -> CameraView:
        """One camera's state."""
        return camera_view(board)

    @router.get("/cameras/{camera_id}/people", summary="Who is in view, doing what", responses=_UNKNOWN)
    async def people(board: Board) -> list[PersonView]:
        """Everybody in the camera's newest picture, with their current set and its repetitions."""
        return [person_view(person, board) for person in board.people]

    @router.get("/cameras/{camera_id}/sets", summary="Sets finished lately", responses=_UNKNOWN)
    async def sets(
        board: Board,
        limit: Annotated[int, Query(ge=1, le=RECENT_SETS, description="At most so many.")] = RECENT_SETS,
    ) -> list[SetView]:
        """Sets that ended since the gateway started, newest first; the older ones are dropped."""
        return [set_view(one, board) for one in board.finished_sets[:limit]]

    @router.get(
        "/cameras/{camera_id}/events", summary="Events of late", response_model=list[messages.Event], responses=_UNKNOWN
    )
    async def events(
        board: Board,
        limit: Annotated[int, Query(ge=1, le=RECENT_EVENTS, description="At most so many.")] = 100,
    ) -> Response:
        """The last events as they were on the bus, oldest first; an event_id may come again with a higher revision."""
        bodies = [codec.encode(event).body for event in list(board.events)[-limit:]]
        return Response(b"[" + b",".join(bodies) + b"]", media_type="application/json")

    @router.get(
        "/cameras/{camera_id}/picture.jpg",
        summary="The latest picture",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}, "description": "A JPEG."}, **_UNKNOWN},
    )
    async def picture(board: Board) -> Response:
        """The newest picture, as the dashboard shows it: of what the camera sees nothing is masked or blurred."""
        if board.picture is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, f"The camera {board.camera_id} has given no picture yet.")
        headers = {
            "Cache-Control": "no-store",
            "X-Frame-Id": str(board.picture.frame_id),
            "X-Captured-At": str(board.picture.captured_at),
        }
        return Response(board.picture.jpeg, media_type="image/jpeg", headers=headers)

    return router
