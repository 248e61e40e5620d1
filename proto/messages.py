"""What every message on the bus looks like, field by field, with units.

    gym.v1.poses.<camera_id>     PoseFrame
    gym.v1.events.<camera_id>    Prediction | SetStarted | Rep | Hold | FormCue | PlacementHint | SetEnded | TrackEnded,
                                 told by `type`
    gym.v1.cameras.<camera_id>   CameraState
    gym.v1.commands.<camera_id>  ResetCount | TellLoad, told by `type`
    gym.v1.snapshots.<camera_id> Snapshot
    gym.v1.frames.<camera_id>    a JPEG, with FrameHeaders beside it
    gym.v1.pictures.<camera_id>  a JPEG, with PictureHeaders beside it

Within v1 only optional fields are added, and readers ignore what they don't know. All times are integers of nanoseconds
of event time (the time of capture) unless a name ends in ``_seconds``; they pass 2^53, so JavaScript reads
Unix times to a quarter of a microsecond.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from proto.subjects import IDENTIFIER

Identifier = Annotated[str, Field(pattern=f"^{IDENTIFIER.pattern}$", max_length=128)]
Nanoseconds = Annotated[int, Field(ge=0, lt=2**63)]
Counter = Annotated[int, Field(ge=0, lt=2**63)]
Side = Annotated[int, Field(ge=0, le=16_384)]
Share = Annotated[float, Field(ge=0, le=1)]
Coordinate = Annotated[float, Field(ge=-1000, le=1000)]
Exercise = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=500)]
Seconds = Annotated[float, Field(ge=0)]

HEAVIEST_KG: Final = 1000
"""The largest load that can be told, kg; a deadlift's record is about half of it."""

Kilograms = Annotated[float, Field(ge=0, le=HEAVIEST_KG)]

KeypointRow = tuple[Coordinate, Coordinate, Coordinate, Share]
WorldRow = tuple[Coordinate, Coordinate, Coordinate]


class Wire(BaseModel):
    """What all wire models share: frozen, exact about types, indifferent to fields of later versions."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


class FrameHeaders(Wire):
    """The NATS headers beside the JPEG of a frame; each value is sent as text."""

    camera_id: Identifier = Field(description="Which camera; also the last token of the subject.")
    frame_id: Counter = Field(description="Counter of the camera's frames since its source was opened; gaps are drops.")
    captured_at: Nanoseconds = Field(description="Event time, ns: Unix time for cameras, presentation time for files.")
    width: Side = Field(description="Width of the JPEG, pixels; 0 in the frame that only ends a stream.")
    height: Side = Field(description="Height of the JPEG, pixels; 0 in the frame that only ends a stream.")
    live: Literal["true", "false"] = Field(
        default="true",
        description="true: only the newest matters. false: a file's frame, whose sender waits for an answer (request "
        "and reply) before it sends the next, so that none is lost.",
    )
    end_of_stream: Literal["true", "false"] = Field(
        default="false", description="true in the last message of a file, which has an empty body."
    )


class PictureHeaders(Wire):
    """The NATS headers beside the JPEG that people may see; each value is sent as text."""

    camera_id: Identifier = Field(description="Which camera.")
    frame_id: Counter = Field(description="That of the frame it was made from, and of the PoseFrame beside it.")
    captured_at: Nanoseconds = Field(description="Event time of the frame, ns.")
    width: Side = Field(description="Width of the JPEG, pixels.")
    height: Side = Field(description="Height of the JPEG, pixels.")


class Pose(Wire):
    """One person in one frame."""

    track_id: Identifier = Field(
        description="One person over time in one camera's view; <epoch>-<n>, never reused, never an identity."
    )
    box: tuple[Coordinate, Coordinate, Coordinate, Coordinate] = Field(
        description="x0, y0, x1, y1 of the visible person, as parts of the picture's width and height."
    )
    score: Share = Field(description="The estimator's confidence that this is a person, 0 to 1.")
    keypoints: tuple[KeypointRow, ...] = Field(
        min_length=33,
        max_length=33,
        description="33 rows of x, y, z, visibility in BlazePose's order: x in picture widths, y in picture heights, z "
        "(depth, negative towards the camera, origin between the hips) in picture widths, visibility 0 to 1.",
    )
    world_keypoints: tuple[WorldRow, ...] = Field(
        min_length=33,
        max_length=33,
        description="33 rows of x, y, z in metres, origin between the hips, x right, y down, z away from the camera.",
    )


class PoseFrame(Wire):
    """All the people of one frame."""

    camera_id: Identifier = Field(description="Which camera.")
    frame_id: Counter = Field(description="That of the frame the poses were found in.")
    captured_at: Nanoseconds = Field(description="Event time of the frame, ns.")
    width: Side = Field(description="Width of the picture, pixels; undoes the normalisation of x and z.")
    height: Side = Field(description="Height of the picture, pixels; undoes the normalisation of y.")
    people: tuple[Pose, ...] = Field(default=(), max_length=100, description="Everybody found, in no given order.")
    end_of_stream: bool = Field(default=False, description="True when a file ended: whatever is open is closed.")
    provisional: bool = Field(
        default=False,
        description="True where somebody who was not looked at in this frame is put where they were heading, so that "
        "live pictures need not wait. The final one of the same frame_id follows within 0.15 s (0.5 s where load is "
        "shed); use that for anything but drawing.",
    )
    pace: Literal["full", "slowed", "paused"] = Field(
        default="full",
        description="How often the camera's people are looked at. For want of CPU: slowed, less often; paused, not at "
        "all, so that nobody is seen or counted.",
    )


class EventBase(Wire):
    """What every event carries."""

    camera_id: Identifier = Field(description="Which camera.")
    track_id: Identifier = Field(description="Which person in its view.")
    event_id: Identifier = Field(
        description="Hash of camera, track, kind and start in ms: the same poses always give the same id."
    )
    captured_at: Nanoseconds = Field(description="Event time of the frame at which this became known, ns.")
    revision: Counter = Field(default=0, description="Raised by a correction; readers keep the highest of an event_id.")


class Prediction(EventBase):
    """A model's answer for one clip of one person."""

    type: Literal["prediction"] = Field(description="Which event this is.")
    label: Exercise = Field(description='The likeliest exercise, or "unknown" or "none".')
    confidence: Share = Field(description="The label's probability, 0 to 1.")
    probabilities: dict[Exercise, Share] = Field(max_length=200, description="Label -> probability, the likeliest few.")
    start: Nanoseconds = Field(description="The clip's first moment, ns.")
    end: Nanoseconds = Field(description="The clip's last moment, ns.")


class SetStarted(EventBase):
    """A set began; its event_id is the set_id of all that follows. A higher revision corrects the exercise."""

    type: Literal["set_started"] = Field(description="Which event this is.")
    exercise: Exercise = Field(description="What is being done, as far as is known.")
    start: Nanoseconds = Field(description="When the set began, ns.")
    corrected_from: Exercise | None = Field(
        default=None, description="What the last revision named, where this one names another exercise."
    )
    rest_before_seconds: Seconds | None = Field(
        default=None, description="Time since the person's last set ended; null for their first."
    )


class Rep(EventBase):
    """One repetition."""

    type: Literal["rep"] = Field(description="Which event this is.")
    set_id: Identifier = Field(description="event_id of the set's SetStarted.")
    exercise: Exercise = Field(description="What was repeated.")
    number: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        description="Place within its set, from 1; of half a repetition the place that it would have had."
    )
    start: Nanoseconds = Field(description="When the body left rest, ns.")
    end: Nanoseconds = Field(description="When it was back at rest, ns.")
    range_of_motion: Share = Field(description="The part of the exercise's full range that was covered, 0 to 1.")
    counted: bool = Field(
        default=True, description="False takes the repetition back; a half repetition has it too and never counts."
    )
    half: bool = Field(
        default=False,
        description="True where it was told as half a repetition: begun and given up. One that proves whole after all "
        "is told again by a higher revision.",
    )
    reached: Nanoseconds | None = Field(default=None, description="When it reached the end far from rest, ns.")
    left: Nanoseconds | None = Field(default=None, description="When it left that end again, ns.")
    tempo: tuple[Seconds | None, Seconds | None, Seconds | None, Seconds | None] | None = Field(
        default=None,
        description="Durations as coaches write them: eccentric, pause at the bottom, concentric, pause at the top, "
        "seconds. The pause at rest is the one before this repetition, null in the first of a set.",
    )
    peak_speed: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="The quickest it moved, in speed_unit."
    )
    speed_unit: Literal["m/s", "deg/s"] | None = Field(
        default=None, description="Metres a second, or degrees a second of the joint that is looked at."
    )
    confidence: Share | None = Field(default=None, description="How sure it is that this was one repetition, 0 to 1.")
    side: Literal["left", "right"] | None = Field(
        default=None,
        description="The arm that did it, or the leg that stood in front; null where both did the same or it "
        "cannot be told.",
    )


class Hold(EventBase):
    """A timed hold so far (plank, wall sit); later revisions lengthen it."""

    type: Literal["hold"] = Field(description="Which event this is.")
    set_id: Identifier = Field(description="event_id of the set's SetStarted.")
    exercise: Exercise = Field(description="What is held.")
    start: Nanoseconds = Field(description="When the hold began, ns.")
    end: Nanoseconds = Field(description="Until when it has lasted so far, breaks included, ns.")
    held_seconds: Seconds | None = Field(
        default=None, description="Time held, without the breaks; null where it was not told."
    )
    breaks: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=0, description="How often the posture was lost and taken again within it."
    )


class FormCue(EventBase):
    """What was wrong with a repetition, and what the person is told."""

    type: Literal["form_cue"] = Field(description="Which event this is.")
    set_id: Identifier = Field(description="event_id of the set's SetStarted.")
    exercise: Exercise = Field(description="What was being done.")
    fault: Exercise = Field(description="Id of the fault in the exercise catalogue.")
    severity: Exercise = Field(description="How much it matters.")
    message: Text = Field(description="What the person is told.")
    rep: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        description="Number of the repetition within its set; null for the set as a whole."
    )
    at: Nanoseconds = Field(description="When it was worst, ns.")


class PlacementHint(EventBase):
    """Somebody stands where they cannot be counted or judged well; a higher revision withdraws it."""

    type: Literal["placement_hint"] = Field(description="Which event this is.")
    exercise: Exercise = Field(description="What they seem to be doing.")
    hint: Exercise = Field(description="step_back, come_closer or turn_sideways.")
    message: Text = Field(description="What the person is told.")
    start: Nanoseconds = Field(description="Since when it has been so, ns.")
    active: bool = Field(default=True, description="False once it is mended, or no longer matters.")


class SetEnded(EventBase):
    """A set closed; final: exercise and repetitions were decided over the whole set."""

    type: Literal["set_ended"] = Field(description="Which event this is.")
    set_id: Identifier = Field(description="event_id of the set's SetStarted.")
    exercise: Exercise = Field(description="What was done, decided over the whole set.")
    start: Nanoseconds = Field(description="When the set began, ns.")
    end: Nanoseconds = Field(description="When it ended, ns.")
    reps: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="Repetitions that count.")
    confidence: Share = Field(description="Mean probability of the exercise over the set, 0 to 1.")
    rep_times: tuple[tuple[Nanoseconds, Nanoseconds], ...] = Field(
        description="Start and end of each repetition that counts, ns."
    )
    halves: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=0, description="Half repetitions, which are not among reps."
    )
    load_kg: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="What was lifted, kg; null where nobody told."
    )
    volume_kg: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Load times repetitions that count, kg; null where nobody told the load."
    )
    rest_before_seconds: Seconds | None = Field(
        default=None, description="Time since the person's last set ended; null for their first."
    )
    corrected_from: Exercise | None = Field(
        default=None, description="The exercise that was told first, where the set ended as another."
    )
    held_seconds: Seconds | None = Field(
        default=None, description="Time held, without breaks; null for what is counted."
    )

    @model_validator(mode="after")
    def _one_time_for_each_rep(self) -> SetEnded:
        if self.rep_times and len(self.rep_times) != self.reps:
            msg = f"rep_times has {len(self.rep_times)} entries, expected one for each of the {self.reps} reps"
            raise ValueError(msg)
        return self


class TrackEnded(EventBase):
    """A person left the view."""

    type: Literal["track_ended"] = Field(description="Which event this is.")
    first: Nanoseconds = Field(description="When the person was first seen, ns.")
    last: Nanoseconds = Field(description="When the person was last seen, ns.")


AnyEvent = Prediction | SetStarted | Rep | Hold | FormCue | PlacementHint | SetEnded | TrackEnded
Event = Annotated[AnyEvent, Field(discriminator="type")]
"""All that travels on an events subject."""

EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Event)
"""Reads and checks any event."""


class CommandBase(Wire):
    """What every command carries.

    A command takes effect in event time: after the frame of its `captured_at` and before the next one, however early or
    late it arrives. A replay of poses and commands therefore gives the same events with the same ids. A command about
    somebody who has left changes nothing.
    """

    camera_id: Identifier = Field(description="Which camera.")
    track_id: Identifier = Field(description="Which person in its view.")
    command_id: Identifier = Field(
        description="Given by whoever asks, different for each command; a second copy changes nothing."
    )
    captured_at: Nanoseconds = Field(
        description="Event time of the camera's newest frame when it was asked, ns: the moment from which it holds."
    )


class ResetCount(CommandBase):
    """Count anew: the open set ends here, and the next repetition is the first of another set."""

    type: Literal["reset_count"] = Field(description="Which command this is.")


class TellLoad(CommandBase):
    """What the person lifts from now on, the open set included, until another load is told or they leave."""

    type: Literal["tell_load"] = Field(description="Which command this is.")
    kilograms: Kilograms = Field(description="The load, kg; 0 for none but their own body.")


Command = Annotated[ResetCount | TellLoad, Field(discriminator="type")]
"""All that travels on a commands subject."""

COMMAND: TypeAdapter[ResetCount | TellLoad] = TypeAdapter(Command)
"""Reads and checks any command."""


class CameraState(Wire):
    """How one camera is doing; published at each change and every few seconds, and retained."""

    camera_id: Identifier = Field(description="Which camera.")
    source: Exercise = Field(description="The kind of source: rtsp, webcam, file or sim. Never its address.")
    status: Literal["connecting", "online", "stalled", "offline", "disabled"] = Field(
        description="Whether the camera gives frames."
    )
    at: Nanoseconds = Field(description="Unix time of this statement, ns.")
    cause: Literal["auth", "not-found", "timeout", "codec", "network", "ended", "frozen", "dark", "blank"] | None = (
        Field(
            default=None,
            description="Why there are no frames, or none of use (frozen: always the same picture, dark: black, blank: "
            "one even colour); null while there are.",
        )
    )
    detail: Text = Field(default="", description="The cause in a sentence for people, free of credentials.")
    fps: Annotated[float, Field(ge=0, le=1000)] = Field(
        default=0.0, description="Frames a second published over the last few seconds."
    )
    width: Side = Field(default=0, description="Width of the published frames, pixels.")
    height: Side = Field(default=0, description="Height of the published frames, pixels.")
    dropped: dict[Exercise, Counter] = Field(
        default_factory=dict, max_length=100, description="Cause of drop -> frames since the service's start."
    )
    reconnects: Counter = Field(default=0, description="How often the source was opened again.")
    night: bool = Field(
        default=False,
        description="The picture has no colour: the camera sees by infrared light, or is black-and-white.",
    )


class Snapshot(Wire):
    """What the classifier remembers of one camera, so that another process can go on where it was killed."""

    camera_id: Identifier = Field(description="Which camera.")
    captured_at: Nanoseconds = Field(description="Event time of the last frame in it, ns.")
    place: Text = Field(
        default="",
        description="Where in the stream of poses that frame was: when the stream was made, and the message's number "
        "in it.",
    )
    state: Annotated[str, Field(max_length=1 << 20, json_schema_extra={"contentEncoding": "base64"})] = Field(
        description="For the classifier alone; its form may change with each version."
    )
