"""The gateway's stage: takes messages off the bus into the present state, and on to whoever watches."""

from __future__ import annotations

from collections.abc import Iterable

from proto.subjects import Kind
from services.bus import codec
from services.core.types import CameraState, Command, Event, Message, Picture, PoseFrame
from services.gateway import protocol
from services.gateway.hub import Hub
from services.gateway.state import CameraBoard, GymState
from services.gateway.views import camera_view, person_view, set_view


class GatewayStage:
    """Keeps the present state and feeds the hub; it returns nothing, for it is where the data path ends.

    Attributes:
        gym: the present state.
        hub: the WebSocket clients.
    """

    name = "gateway"
    consumes: tuple[type, ...] = (Picture, PoseFrame, Event, CameraState, Command)
    blocking = False

    def __init__(self) -> None:
        self.gym = GymState()
        self.hub = Hub()

    def process(self, message: Message) -> Iterable[Message]:
        """Take one message in."""
        board = self.gym.board(message.camera_id)
        match message:
            case Picture():
                board.picture = message
                self.hub.publish(Kind.PICTURES, message.camera_id, lambda: protocol.picture(message))
            case PoseFrame():
                before = board.pace
                board.see(message)
                self.hub.publish(Kind.POSES, message.camera_id, lambda: protocol.poses(codec.encode(message).body))
                if board.pace is not before:
                    self._camera(board)
            case Event():
                if board.update(message):
                    self.hub.publish(Kind.EVENTS, message.camera_id, lambda: self._event(message))
            case Command():
                person = board.told(message)
                if person:
                    body = codec.encode(message).body
                    view = person_view(person, board)
                    self.hub.publish(Kind.EVENTS, message.camera_id, lambda: protocol.command(body, view))
            case CameraState():
                if board.state is None or message.at >= board.state.at:
                    board.state = message
                    self._camera(board)
            case _:
                pass
        return ()

    def close(self) -> Iterable[Message]:
        """Give what is still open: nothing."""
        return ()

    def _camera(self, board: CameraBoard) -> None:
        self.hub.publish(Kind.CAMERAS, board.camera_id, lambda: protocol.camera(camera_view(board)))

    def _event(self, event: Event) -> str:
        board = self.gym.board(event.camera_id)
        one = board.set_of(event)
        person = person_view(board.person_of(event), board)
        return protocol.event(codec.encode(event).body, person, set_view(one, board) if one else None)
