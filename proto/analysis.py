"""What `spotter analyze --json` says of a video, field by field: AnalysisReport, or a list of them.

It is no message: nothing of it travels on the bus. All times are seconds from the video's start. As in the messages,
within v1 only optional fields are added, and readers ignore what they don't know.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from proto.messages import Identifier, Seconds, Share, Wire


class AnalysisCue(Wire):
    """One fault of form in an analysed set."""

    fault: str = Field(description="Id of the fault in the exercise catalogue.")
    rep: int | None = Field(description="Number of the repetition within its set; null for the set as a whole.")
    at_s: float = Field(description="When it was worst, seconds from the video's start.")
    severity: str = Field(description="How much it matters.")
    message: str = Field(description="What the person is told.")


class AnalysisRep(Wire):
    """One repetition of an analysed set, or half of one."""

    number: Annotated[int, Field(ge=1)] = Field(
        description="Place within its set, from 1; of half a repetition the place that it would have had."
    )
    start_s: float = Field(description="When the body left rest, seconds from the video's start.")
    end_s: float = Field(description="When it was back at rest, seconds from the video's start.")
    half: bool = Field(default=False, description="Begun and given up: reported, not counted.")
    range_of_motion: Share = Field(description="The part of the exercise's full range that was covered, 0 to 1.")
    tempo_s: tuple[Seconds | None, Seconds | None, Seconds | None, Seconds | None] | None = Field(
        default=None,
        description="Eccentric, pause at the bottom, concentric, pause at the top, seconds; null where not known.",
    )
    peak_speed: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="The quickest it moved, in speed_unit."
    )
    speed_unit: str | None = Field(
        default=None, description="m/s, or deg/s of the joint that is looked at; null where no speed was told."
    )
    confidence: Share | None = Field(default=None, description="How sure it is that this was one repetition, 0 to 1.")
    side: Literal["left", "right"] | None = Field(
        default=None,
        description="The arm that did it, or the leg that stood in front; null where both did the same or it "
        "cannot be told.",
    )


class AnalysisSet(Wire):
    """One set of one person."""

    exercise: str = Field(description='Exercise id; "unknown" for movement that none of the known ones fits.')
    start_s: float = Field(description="When it began, seconds from the video's start.")
    end_s: float = Field(description="When it ended, seconds from the video's start.")
    reps: Annotated[int, Field(ge=0)] = Field(description="Repetitions that count.")
    confidence: Share = Field(description="Mean probability of the exercise over the set, 0 to 1.")
    rep_times_s: tuple[tuple[float, float], ...] = Field(description="Start and end of each repetition, seconds.")
    repetitions: tuple[AnalysisRep, ...] = Field(
        default=(), description="How each repetition was done, halves included, in order."
    )
    halves: Annotated[int, Field(ge=0)] = Field(default=0, description="Half repetitions; none is among reps.")
    held_s: Seconds | None = Field(
        default=None, description="Time held, without breaks, seconds; null for what is counted."
    )
    breaks: Annotated[int, Field(ge=0)] = Field(
        default=0, description="How often a hold was broken off and gone on with."
    )
    rest_before_s: Seconds | None = Field(
        default=None, description="Rest since the person's last set, seconds; null for their first."
    )
    corrected_from: str | None = Field(
        default=None, description="The exercise that it was first taken for, where the whole set told otherwise."
    )
    cues: tuple[AnalysisCue, ...] = Field(default=(), description="Faults of form, in order.")


class AnalysisLikeness(Wire):
    """What a person most resembles of whom no whole set was seen."""

    exercise: str = Field(description='Exercise id; "unknown" for movement that none of the known ones fits.')
    phase: str = Field(description="Where in the repetition: top, middle or bottom; empty but for photos.")
    confidence: Share = Field(description="Probability of the exercise, 0 to 1.")


class AnalysisPerson(Wire):
    """One person in the video."""

    track_id: Identifier = Field(description="One person over time; <epoch>-<n>.")
    first_s: float = Field(description="When first seen, seconds from the video's start.")
    last_s: float = Field(description="When last seen, seconds from the video's start.")
    sets: tuple[AnalysisSet, ...] = Field(default=(), description="What the person did, in order.")
    resembles: AnalysisLikeness | None = Field(
        default=None,
        description="Of a photo the exercise and phase that the pose most resembles; of a video the exercise that "
        "somebody seems to do who finished no repetition and held nothing, null where that is not likelier than not.",
    )


class AnalysisMain(Wire):
    """The person who exercises longest, the nearer ones first: whom the video was made to show."""

    track_id: Identifier | None = Field(description="Which of `people`; null when nobody exercises.")
    exercise: str = Field(
        description="The exercise done longest, of those counted or timed if any was; where nobody did a set, what "
        'whoever was seen longest and nearest resembles; "none" when nobody exercises.'
    )
    reps: Annotated[int, Field(ge=0)] = Field(description="Its repetitions; 0 when there was no set.")
    confidence: Share = Field(description="0 to 1.")


class AnalysisReport(Wire):
    """What `spotter analyze --json` says of one video; several videos give a list of these."""

    video: str = Field(description="The video's path as it was given.")
    duration_s: Seconds = Field(description="Length of the video, seconds.")
    fps: Annotated[float, Field(ge=0)] = Field(description="Frames a second that were looked at.")
    people: tuple[AnalysisPerson, ...] = Field(default=(), description="Everybody seen, in order of appearance.")
    main: AnalysisMain = Field(description="In short: who mainly exercises, and what.")
