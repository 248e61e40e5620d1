"""What REST and the WebSocket say about the current state: the response models.

All times are event time in nanoseconds (Unix time for live cameras). They pass 2^53, so JavaScript reads them
to a quarter of a microsecond: tell things apart by id.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from proto.messages import HEAVIEST_KG
from services.core.types import Side
from services.gateway.sets import ExerciseSet
from services.gateway.state import CameraBoard, Person


class View(BaseModel):
    """Any response; `model_validate` makes one of an object whose fields have the same names."""

    model_config = ConfigDict(from_attributes=True)


class Problem(View):
    """Why a request failed."""

    detail: str = Field(description="What was wrong, what was expected, what to change.")


class Health(View):
    """Whether the gateway works."""

    status: str = Field(description="'ok', or what is missing.")


class CueView(View):
    """One piece of advice that a person was given."""

    event_id: str
    set_id: str
    camera_id: str
    track_id: str
    exercise: str
    fault: str = Field(description="Id of what was wrong.")
    severity: str
    message: str = Field(description="What the person is told.")
    rep: int | None = Field(description="Number of the repetition within its set, from 1.")
    at: int = Field(description="Event time, ns.")


class RepView(View):
    """One repetition, or half of one."""

    number: int = Field(
        description="Place within its set, from 1; of half a repetition the one that it would have had."
    )
    start: int = Field(description="Event time, ns, when the body left rest.")
    end: int = Field(description="Event time, ns, when it was back there.")
    half: bool = Field(description="Begun and given up: reported, not counted.")
    range_of_motion: float = Field(
        description="0-1, the part of the exercise's full range that was covered; 0 where it is not known."
    )
    tempo: tuple[float | None, float | None, float | None, float | None] | None = Field(
        description="Seconds of the eccentric part, the pause at the bottom, the concentric part and the pause at the "
        "top; null where it was not told."
    )
    peak_speed: float | None = Field(description="The quickest it moved, in speed_unit.")
    speed_unit: str | None = Field(description="m/s, or deg/s of the joint that is looked at.")
    confidence: float | None = Field(description="0-1, how sure it is that this was one repetition.")
    side: Side | None = Field(
        description="The arm that did it, or the leg that stood in front; null where both did the same or it "
        "cannot be told."
    )


class SetView(View):
    """One set of one exercise, going on or finished."""

    set_id: str
    camera_id: str
    track_id: str
    exercise: str
    start: int = Field(description="Event time, ns.")
    end: int | None = Field(description="Event time, ns; null while it goes on.")
    reps: int = Field(description="Repetitions that count; final once `end` is set.")
    rep_times: list[tuple[int, int]] = Field(description="Start and end of each counted repetition, ns.")
    repetitions: list[RepView] = Field(
        description="What is known of each repetition, halves included, by start; those from before the gateway "
        "started are missing."
    )
    halves: int = Field(description="Half repetitions; none is among `reps`.")
    hold_seconds: float | None = Field(
        description="Length of a hold (plank, wall sit) so far, without its breaks; null for what is counted."
    )
    hold_until: int | None = Field(
        description="Event time up to which the hold has lasted, ns: while it goes on and this stands still, there is "
        "a break. Null for what is counted."
    )
    breaks: int = Field(description="How often the hold was broken off and taken up again.")
    load_kg: float | None = Field(description="What is lifted, kg; null where nobody told.")
    volume_kg: float | None = Field(description="Load times repetitions, kg; null where nobody told the load.")
    rest_before_seconds: float | None = Field(
        description="Rest since the person's set before this one; null for their first."
    )
    corrected_from: str | None = Field(
        description="The exercise that it was taken for before, where the whole set told otherwise; else null."
    )
    confidence: float | None = Field(
        description="0-1 that it is this exercise: the mean over its predictions, final once `end` is set."
    )
    cues: list[CueView] = Field(description="Oldest first.")


class HintView(View):
    """Where somebody should stand, so that they can be counted and judged."""

    hint: str = Field(description="step_back, come_closer or turn_sideways.")
    message: str = Field(description="What the person is told.")
    exercise: str = Field(description="What they seem to be doing.")
    start: int = Field(description="Since when it has been so; event time, ns.")


class PersonView(View):
    """One person in one camera's view; a track, never an identity."""

    camera_id: str
    track_id: str
    present: bool = Field(description="Whether the newest picture shows them.")
    label: str | None = Field(description="What they do by the latest prediction; 'unknown', 'none' or an exercise id.")
    confidence: float | None = Field(description="0-1, of that prediction.")
    first_seen: int = Field(description="Event time, ns.")
    last_seen: int = Field(description="Event time, ns.")
    current_set: SetView | None = Field(description="The set they are in the middle of.")
    resting_since: int | None = Field(
        description="End of the last set that they finished, event time, ns; null during a set and before the first."
    )
    load_kg: float | None = Field(description="What they lift, as told last, kg; null before anybody told.")
    hints: list[HintView] = Field(description="Where they should stand, as long as it holds; oldest first.")


class CameraView(View):
    """How one camera is doing."""

    camera_id: str
    status: str = Field(description="connecting, online, stalled, offline or disabled; unknown until it said so.")
    source: str | None = Field(description="rtsp, webcam, file or sim; never its address.")
    cause: str | None = Field(
        description="Why it gives no frames: auth, not-found, timeout, codec, network or ended; or none of use: frozen "
        "(always the same picture), dark (black) or blank (one even colour)."
    )
    detail: str = Field(description="One line about the cause, for people.")
    fps: float = Field(description="Frames a second over the last few seconds.")
    width: int
    height: int
    dropped: dict[str, int] = Field(description="Frames dropped since start, by cause.")
    reconnects: int
    night: bool = Field(description="Its picture has no colour: it sees by infrared light, or is black-and-white.")
    pace: str = Field(
        description="How often its people are looked at: full; for want of CPU slowed (less often) or paused (not at "
        "all: the picture is live, but nobody is seen or counted)."
    )
    at: int = Field(description="Unix time of this statement, ns; 0 while the status is unknown.")
    now: int = Field(description="Newest event time seen from it, ns.")
    people: int = Field(description="How many people are in view.")


class BoardView(View):
    """Everything current about one camera; what a WebSocket client gets first."""

    camera: CameraView
    people: list[PersonView]
    sets: list[SetView] = Field(description="Finished lately, newest first.")


class Credentials(View):
    """What the dashboard sends to open a session."""

    token: str = Field(description="The access token.", max_length=1024)


class Load(View):
    """What somebody lifts."""

    kilograms: float = Field(
        strict=True,
        description="The whole load, kg, from 0 (their own body alone) to 1000.",
        json_schema_extra={"minimum": 0, "maximum": HEAVIEST_KG},
    )

    @field_validator("kilograms")
    @classmethod
    def _liftable(cls, value: float) -> float:
        if not 0 <= value <= HEAVIEST_KG:
            raise PydanticCustomError(
                "load", "a load of {got} kg cannot be: expected 0 to {most} kg", {"got": value, "most": HEAVIEST_KG}
            )
        return value


class Accepted(View):
    """A command was taken: it is stored and will be obeyed, if the person is still there."""

    command_id: str = Field(description="Its id, as on the bus.")
    captured_at: int = Field(
        description="From when it holds: after the camera's frame of this event time, ns, and before the next."
    )


def set_view(one: ExerciseSet, board: CameraBoard) -> SetView:
    """Describe a set; of one that goes on the load is what its person was told to lift last."""
    confidence = board.confidence_of(one)
    load, volume = one.load_kg, one.volume_kg
    if one.end is None and (person := board.persons.get(one.track_id)) and person.load:
        load = person.load.kilograms
        volume = load * one.reps
    return SetView(
        set_id=one.set_id,
        camera_id=one.camera_id,
        track_id=one.track_id,
        exercise=one.exercise,
        start=one.start,
        end=one.end,
        reps=one.reps,
        rep_times=one.rep_times,
        repetitions=[RepView.model_validate(rep) for rep in one.repetitions],
        halves=one.halves,
        hold_seconds=one.hold_seconds,
        hold_until=one.hold.end if one.hold else None,
        breaks=one.hold.breaks if one.hold else 0,
        load_kg=load,
        volume_kg=volume,
        rest_before_seconds=one.rest_before_seconds,
        corrected_from=one.corrected_from,
        confidence=round(confidence, 3) if confidence is not None else None,
        # What was said while the set was taken for something else is no advice any more.
        cues=[CueView.model_validate(cue) for cue in one.cues if cue.exercise == one.exercise],
    )


def person_view(person: Person, board: CameraBoard) -> PersonView:
    """Describe a person."""
    current = board.current_set(person)
    last = None if current else board.last_set(person)
    return PersonView(
        camera_id=person.camera_id,
        track_id=person.track_id,
        present=person.present,
        label=person.label,
        confidence=person.confidence,
        first_seen=person.first_seen,
        last_seen=person.last_seen,
        current_set=set_view(current, board) if current else None,
        resting_since=last.end if last else None,
        load_kg=person.load.kilograms if person.load else None,
        hints=[
            HintView.model_validate(hint)
            for hint in sorted(person.hints.values(), key=lambda one: (one.start, one.hint))
        ],
    )


def camera_view(board: CameraBoard) -> CameraView:
    """Describe a camera; one that was only heard of through its poses or events has the status unknown."""
    state = board.state
    return CameraView(
        camera_id=board.camera_id,
        status=state.status.value if state else "unknown",
        source=state.source if state else None,
        cause=state.cause.value if state and state.cause else None,
        detail=state.detail if state else "",
        fps=round(state.fps, 2) if state else 0.0,
        width=state.width if state else 0,
        height=state.height if state else 0,
        dropped=dict(state.dropped) if state else {},
        reconnects=state.reconnects if state else 0,
        night=state.night if state else False,
        pace=board.pace.value,
        at=state.at if state else 0,
        now=board.now,
        people=len(board.people),
    )


def board_view(board: CameraBoard, *, sets: int) -> BoardView:
    """Describe all of a camera's board, with at most so many finished sets."""
    return BoardView(
        camera=camera_view(board),
        people=[person_view(person, board) for person in board.people],
        sets=[set_view(one, board) for one in board.finished_sets[:sets]],
    )
