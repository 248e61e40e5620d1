"""The nouns of Spotter: what one stage hands to the next.

    Frame -> Picture, PoseFrame -> Prediction, SetStarted, Rep, Hold, FormCue, PlacementHint, SetEnded,
                                    TrackEnded; CameraState beside them
    ResetCount, TellLoad: commands, what people ask of the counting

Times are integers: nanoseconds of event time, which is the time of capture (Unix time for live cameras, presentation
time for files, rising on across loops). No other clock is ever looked at by logic.
Picture coordinates are normalised: x by the picture's width, y by its height, z (depth, negative towards the camera,
origin between the hips) by its width, as BlazePose gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.core.errors import Cause

FloatArray = NDArray[np.float32]
"""Any array of 32-bit floats; the shape stands where it is used."""

Pixels = NDArray[np.uint8]
"""(H, W, 3) BGR."""

NANOSECONDS = 1_000_000_000
"""Nanoseconds in a second."""

Tempo = tuple[float | None, float | None, float | None, float | None]
"""Seconds of the eccentric part, at the bottom, of the concentric part, at the top."""


Side = Literal["left", "right"]
"""A side of the body, the person's own."""


class LatePixels:
    """Pixels that are made by whoever looks at them first: most are never looked at where a machine is short of time.

    Made just before they are used, they are also still in the processor's cache then.

    Args:
        shape: (H, W, 3).
        make: makes them, of that shape.
    """

    def __init__(self, shape: tuple[int, int, int], make: Callable[[], Pixels]) -> None:
        self.shape = shape
        self._make = make
        self._made: Pixels | None = None

    def image(self) -> Pixels:
        """The pixels, the same array each time."""
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One captured image of one camera.

    Attributes:
        camera_id: which camera; matches ``[A-Za-z0-9_-]+``.
        frame_id: counter of the camera's frames since its source was opened; gaps are drops.
        captured_at: event time, ns.
        width, height: size of the encoded picture in pixels; both 0 in the frame that only ends a stream.
        jpeg: the JPEG body; b"" where there are `pixels`.
        live: True when only the newest matters and an old one may be dropped; False for files, whose sender
            waits for each frame to be processed, so that none is lost.
        end_of_stream: True in the last frame of a file, and where a live camera froze. It carries no picture: whatever
            is open is closed.
        pixels: the picture itself, for a reader in the same process (see `image`); never on the wire.
    """

    camera_id: str
    frame_id: int
    captured_at: int
    width: int
    height: int
    jpeg: bytes
    live: bool = True
    end_of_stream: bool = False
    pixels: Pixels | LatePixels | None = None

    def image(self) -> Pixels | None:
        """The picture's pixels where it is not a JPEG. Not to be written to.

        Raises:
            BadMessage: they cannot be made.
        """
        return self.pixels.image() if isinstance(self.pixels, LatePixels) else self.pixels


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The JPEG that people may see of a frame, made by pose; same frame_id as the `PoseFrame` beside it."""

    camera_id: str
    frame_id: int
    captured_at: int
    width: int
    height: int
    jpeg: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One person in one frame.

    Attributes:
        track_id: one person over time in one camera's view; ``<epoch>-<n>``, never reused, never an identity.
        box: (4,) x0, y0, x1, y1 of the visible person, normalised.
        score: 0-1, the estimator's confidence that this is a person.
        keypoints: (33, 3) x, y, z, normalised.
        visibility: (33,) 0-1.
        world_keypoints: (33, 3) metres, origin between the hips, x right, y down, z away from the camera.
    """

    track_id: str
    box: FloatArray
    score: float
    keypoints: FloatArray
    visibility: FloatArray
    world_keypoints: FloatArray


class Pace(StrEnum):
    """How often the people of a camera are looked at; all but ``full`` for want of CPU, and told to who watches.

    ``slowed``: seldom enough that quick movement blurs. ``paused``: not at all, so that nobody is seen or counted.
    """

    FULL = "full"
    SLOWED = "slowed"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, eq=False)
class PoseFrame:
    """All the people of one frame.

    Attributes:
        width, height: of the picture, to undo the normalisation.
        provisional: True where somebody between two looks is put where they were heading, for whoever draws live
            pictures. The final one of the same frame follows within one interval between looks; logic waits for that.
        pace: how often the camera's people are looked at now.
    """

    camera_id: str
    frame_id: int
    captured_at: int
    width: int
    height: int
    people: tuple[Pose, ...] = ()
    end_of_stream: bool = False
    provisional: bool = False
    pace: Pace = Pace.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event carries.

    Attributes:
        event_id: hash of (camera, track, kind, start in ms): the same poses always give the same id.
        revision: raised by a correction; readers keep the highest of an event_id.
        captured_at: event time (ns) of the frame at which this became known.
    """

    camera_id: str
    track_id: str
    event_id: str
    captured_at: int
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction(Event):
    """A model's answer for one clip of one person.

    Attributes:
        label: the likeliest exercise id, or "unknown" or "none".
        confidence: 0-1, its probability.
        probabilities: label -> probability, the likeliest few.
        start, end: the clip's first and last moment, ns.
    """

    label: str
    confidence: float
    probabilities: Mapping[str, float] = field(hash=False)
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStarted(Event):
    """A set began; its event_id is the set_id of all that follows. A higher revision corrects the exercise.

    Attributes:
        corrected_from: the exercise that the last revision named, where this one names another.
        rest_before_seconds: time since the person's last set ended; None for their first.
    """

    exercise: str
    start: int
    corrected_from: str | None = None
    rest_before_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep(Event):
    """One repetition; `number` counts from 1 within its set.

    Attributes:
        number: its place; of half a repetition the place that it would have had.
        start, end: when the body left rest and was back there, ns.
        range_of_motion: 0-1, the part of the exercise's full range that was covered.
        counted: False takes the repetition back (a correction of the exercise), and in half a repetition.
        half: whether it was told as half a repetition: begun and given up, never raising the number. One that proves
            whole is told again so.
        reached, left: when it reached the end far from rest, and left it, ns.
        tempo: eccentric, pause at the bottom, concentric, pause at the top, as coaches write it; seconds. The pause at
            rest is the one before this repetition, None in the first of a set.
        peak_speed: the quickest it moved, in `speed_unit`: "m/s", or "deg/s" of the joint that is looked at.
        confidence: 0-1, how sure it is that this was one repetition.
        side: the arm that did it, or the leg that stood in front; None where both did the same, or nobody can tell.
    """

    set_id: str
    exercise: str
    number: int
    start: int
    end: int
    range_of_motion: float
    counted: bool = True
    half: bool = False
    reached: int | None = None
    left: int | None = None
    tempo: Tempo | None = None
    peak_speed: float | None = None
    speed_unit: str | None = None
    confidence: float | None = None
    side: Side | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Event):
    """A timed hold so far (plank, wall sit); later revisions lengthen it.

    Attributes:
        start, end: its first and last moment so far, breaks included, ns.
        held_seconds: time held, without the breaks; None where nobody told.
        breaks: how often the posture was lost and taken again within it.
    """

    set_id: str
    exercise: str
    start: int
    end: int
    held_seconds: float | None = None
    breaks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCue(Event):
    """What was wrong with a repetition, and what the person is told."""

    set_id: str
    exercise: str
    fault: str
    severity: str
    message: str
    rep: int | None
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementHint(Event):
    """Somebody stands where they cannot be counted or judged well; a higher revision withdraws it.

    Attributes:
        exercise: what they seem to be doing.
        hint: its id: "step_back", "come_closer" or "turn_sideways".
        message: what the person is told.
        start: since when it has been so, ns.
        active: False once it is mended, or no longer matters.
    """

    exercise: str
    hint: str
    message: str
    start: int
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnded(Event):
    """A set closed; final: exercise and repetitions were decided over the whole set.

    Attributes:
        confidence: 0-1, mean probability of the exercise over the set.
        rep_times: (start, end) of each counted repetition, ns.
        halves: half repetitions, which `reps` does not hold.
        load_kg: what was lifted, where somebody told.
        volume_kg: load times repetitions.
        rest_before_seconds: time since the person's last set ended; None for their first.
        corrected_from: the exercise that was told first, where the set ended as another.
        held_seconds: time held without breaks; None for what is counted.
    """

    set_id: str
    exercise: str
    start: int
    end: int
    reps: int
    confidence: float
    rep_times: tuple[tuple[int, int], ...]
    halves: int = 0
    load_kg: float | None = None
    volume_kg: float | None = None
    rest_before_seconds: float | None = None
    corrected_from: str | None = None
    held_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEnded(Event):
    """A person left the view; `first` and `last` are when the track was seen, ns."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody asks of one person's counting.

    It takes effect in event time: after the frame of `captured_at` and before the next one, however early or late it
    arrives. So the same poses and commands always give the same events.

    Attributes:
        command_id: given by whoever asks; a second copy changes nothing.
        captured_at: event time (ns) of the camera's newest frame when it was asked.
    """

    camera_id: str
    track_id: str
    command_id: str
    captured_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetCount(Command):
    """Count anew: the open set ends here, and the next repetition is the first of another set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellLoad(Command):
    """What the person lifts from now on, the open set included, until another load is told or they leave.

    Attributes:
        kilograms: the load, kg; 0 for none but their own body.
    """

    kilograms: float


class Status(StrEnum):
    """Whether a camera gives frames."""

    CONNECTING = "connecting"
    ONLINE = "online"
    STALLED = "stalled"
    OFFLINE = "offline"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState:
    """How one camera is doing; published at each change and every few seconds, and retained.

    Attributes:
        source: the kind of source: rtsp, webcam, file or sim. Never its address.
        cause, detail: why there are no frames, or none of use; None and "" while there are. No credentials.
        at: Unix time of the statement, ns (a camera without frames has no event time).
        fps: frames a second published over the last few seconds.
        dropped: cause of drop -> frames since start.
        reconnects: how often the source was opened again.
        night: the picture has no colour: the camera sees by infrared light, or is black-and-white. No fault.
    """

    camera_id: str
    source: str
    status: Status
    at: int
    cause: Cause | None = None
    detail: str = ""
    fps: float = 0.0
    width: int = 0
    height: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict, hash=False)
    reconnects: int = 0
    night: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a stage remembers of one camera, from which another process can go on; the last one is retained.

    Attributes:
        captured_at: event time (ns) of the last frame in it.
        state: for the stage itself; nobody else looks into it.
        place: where in the stream of poses that frame was; set by the runtime, which reads on from there.
    """

    camera_id: str
    captured_at: int
    state: bytes
    place: str = ""


Message = Frame | Picture | PoseFrame | Event | Command | CameraState | Snapshot
"""All that travels on the bus."""
