"""Faults of form, as data: what can be wrong with a repetition or a hold, and from where it can be seen.

A fault is a value that is looked at, how it is judged, and its right bounds; `services.core.form` judges. Bounds are
wide: a false alarm is worse than a miss, for who is told wrong things listens no more. What keypoints cannot tell is
not judged, above all a rounded back: BlazePose has no point between shoulders and hips.

Sources, by short name: NSCA is G. G. Haff and N. T. Triplett (eds.), Essentials of Strength Training and Conditioning,
4th ed. 2016, chapter 15 (exercise technique). ACSM is its position stand "Progression models in resistance training
for healthy adults", Med Sci Sports Exerc 41(3), 2009. They describe right technique in words; where they give no
number the bound is a round one outside of what people do whose form is labelled good (`tests.benchmarks.form_faults`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.core.alignment import Alignment
from services.core.signals import Signal


class Judged(StrEnum):
    """What of a value during one repetition is judged; of a hold, during its last seconds."""

    SMALLEST = "smallest"
    LARGEST = "largest"
    TYPICAL = "typical"
    """The middle one."""
    SPAN = "span"
    """Largest less smallest."""
    GAIN = "gain"
    """Largest less what it was at the repetition's start."""
    RANGE = "range"
    """The share of the exercise's full range that was covered, 0-1."""
    AHEAD = "ahead"
    """By how much of its own way, 0-1, it is at most ahead of the exercise's signal on the way back to rest."""
    LOWERING = "lowering"
    """Seconds in which the weight, or the body, goes down."""


ANY_VIEW: Final = (0.0, 90.0)
FROM_FRONT: Final = (0.0, 40.0)
"""Degrees of `Alignment.VIEW` from which left and right can be told apart."""
FROM_SIDE: Final = (45.0, 90.0)
"""Degrees from which forward and backward can be told apart."""

ANYTHING: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can be wrong with a repetition or a hold.

    Attributes:
        fault: its id.
        message: what the person is told.
        signal, judged: the value that is looked at.
        right: its lowest and highest right value, in the signal's unit.
        severity: "hint" or "warning".
        view: lowest and highest `Alignment.VIEW`, degrees, from which it can be seen; from elsewhere nothing is said.
    """

    fault: str
    message: str
    signal: Signal | Alignment
    judged: Judged
    right: tuple[float, float]
    severity: str = "hint"
    view: tuple[float, float] = ANY_VIEW


def _range(least: float) -> tuple[float, float]:
    """The share of the full range, without the edges, that makes a whole repetition."""
    return least, ANYTHING


_DROPPED_SECONDS: Final = (0.16, ANYTHING)
"""NSCA and ACSM: lower under control; ACSM calls 1-2 s moderate. A way of a third of a second is no control; the part
of it between a repetition's start and its far end, which lacks the slow edges, takes half of that. Good push-ups and
squats are as quick as bad ones, so nobody is told of theirs."""


def _dropped(signal: Signal, message: str) -> Fault:
    return Fault("dropped", message, signal, Judged.LOWERING, _DROPPED_SECONDS)


SQUAT: Final = (
    Fault("shallow", "Go lower: thighs towards parallel.", Signal.HIP_HEIGHT, Judged.RANGE, _range(0.50), "warning"),
    Fault("lean", "Keep your chest up.", Alignment.LEAN, Judged.LARGEST, (-90.0, 56.0), view=FROM_SIDE),
    Fault("knees_in", "Push your knees out over your toes.", Alignment.KNEES, Judged.SMALLEST, (0.7, ANYTHING),
          "warning", FROM_FRONT),
    Fault("heels", "Keep your heels on the floor.", Alignment.HEELS, Judged.GAIN, (-ANYTHING, 45.0), view=FROM_SIDE),
)  # fmt: skip
"""NSCA: down until the thighs are parallel to the floor, torso-to-floor angle kept, knees over the feet, heels down.
Trunk lean at the bottom of loaded back squats is 30-45 degrees in published motion capture (M. J. Glassbrook et al.,
J Strength Cond Res 31(9), 2017, review). Knees: F. R. Noyes et al. (Am J Sports Med 33(2), 2005) call a knee separation
under 60 % of the ankles' distinctly abnormal and under 80 % doubtful, in landings."""

DEADLIFT: Final = (
    Fault("hips_first", "Let hips and shoulders rise together.", Signal.HIP_HEIGHT, Judged.AHEAD, (0.0, 0.45),
          view=FROM_SIDE),
)  # fmt: skip
"""NSCA: hips do not rise before the shoulders. A rounded back, the fault that matters most, cannot be told from
keypoints and is not judged; nor is lockout, in which good and bad lifts do not differ by what keypoints show."""

BENCH_PRESS: Final = (
    Fault("half", "Use the whole range of the press.", Signal.WRIST_HEIGHT, Judged.RANGE, _range(0.50)),
    Fault("uneven", "Press with both arms alike.", Alignment.UNEVEN, Judged.LARGEST, (0.0, 0.18), view=FROM_FRONT),
    _dropped(Signal.WRIST_HEIGHT, "Lower the bar under control."),
)
"""NSCA: bar to the chest and up to full extension, level, under control."""

PUSH_UP: Final = (
    Fault("shallow", "Bend the elbows more.", Signal.ELBOW, Judged.RANGE, _range(0.55)),
    Fault("hips_low", "Don't let your hips sag.", Alignment.LINE, Judged.TYPICAL, (-0.06, ANYTHING), "warning",
          FROM_SIDE),
    Fault("hips_high", "Bring your hips down in line.", Alignment.LINE, Judged.TYPICAL, (-ANYTHING, 0.14), "warning",
          FROM_SIDE),
    Fault("no_lockout", "Straighten your arms at the top.", Signal.ELBOW, Judged.LARGEST, (115.0, 180.0)),
)  # fmt: skip
"""NSCA, and the push-up test of ACSM's Guidelines for Exercise Testing: body straight from shoulders to ankles, down
until chin or chest is near the floor, up to straight arms."""

DIP: Final = (
    Fault("shallow", "Bend the elbows more.", Signal.ELBOW, Judged.RANGE, _range(0.50)),
    _dropped(Signal.ELBOW, "Lower yourself under control."),
)

OVERHEAD_PRESS: Final = (
    Fault("no_lockout", "Press until your arms are straight.", Signal.ELBOW, Judged.LARGEST, (132.0, 180.0)),
    Fault("lean_back", "Don't lean back: brace your trunk.", Alignment.LEAN, Judged.SMALLEST, (-14.0, 90.0), "warning",
          FROM_SIDE),
    _dropped(Signal.ELBOW, "Lower the weight under control."),
)  # fmt: skip
"""NSCA: up to full extension of the elbows, trunk rigid."""

BICEPS_CURL: Final = (
    Fault("half", "Curl all the way up and all the way down.", Signal.REACH, Judged.RANGE, _range(0.30)),
    Fault("elbow_drift", "Keep your elbows at your sides.", Signal.SHOULDER, Judged.GAIN, (-180.0, 45.0)),
    Fault("lean_back", "Don't swing: keep your trunk still.", Alignment.LEAN, Judged.SMALLEST, (-10.0, 90.0),
          view=FROM_SIDE),
    _dropped(Signal.REACH, "Lower the weight under control."),
)  # fmt: skip
"""NSCA: upper arms stationary against the trunk, no swinging, from full extension to near the shoulders."""

ROW: Final = (
    Fault("half", "Pull all the way, and let your arms straighten.", Signal.REACH, Judged.RANGE, _range(0.33)),
    Fault("jerk", "Keep your trunk still.", Signal.TORSO, Judged.SPAN, (0.0, 30.0)),
    _dropped(Signal.REACH, "Lower the weight under control."),
)
"""NSCA: torso slightly above parallel to the floor and rigid throughout."""

PULL_UP: Final = (
    Fault("no_hang", "Start each one from straight arms.", Signal.ELBOW, Judged.LARGEST, (120.0, 180.0)),
    Fault("chin", "Pull until your chin is over the bar.", Alignment.CHIN, Judged.LARGEST, (-0.02, ANYTHING)),
    Fault("kipping", "Don't swing: pull straight up.", Alignment.SWING, Judged.SPAN, (0.0, 30.0), view=FROM_SIDE),
    _dropped(Signal.ELBOW, "Lower yourself under control."),
)
"""NSCA: from fully extended elbows until the chin is over the bar, without swinging."""

LUNGE: Final = (
    Fault("shallow", "Sink deeper into the lunge.", Signal.HIP_HEIGHT, Judged.RANGE, _range(0.44)),
    Fault("knee_ahead", "Keep your front knee behind your toes.", Alignment.KNEE_AHEAD, Judged.LARGEST,
          (-ANYTHING, 0.05), view=FROM_SIDE),
    Fault("lean", "Keep your trunk upright.", Alignment.LEAN, Judged.LARGEST, (-90.0, 35.0), view=FROM_SIDE),
)  # fmt: skip
"""NSCA: front knee over its foot, torso near perpendicular to the floor."""

SIT_UP: Final = (Fault("half", "Come all the way up.", Signal.TORSO, Judged.RANGE, _range(0.20)),)

JUMPING_JACK: Final = (
    Fault("low_arms", "Bring your arms over your head.", Signal.WRIST_HEIGHT, Judged.LARGEST, (0.12, ANYTHING)),
    Fault("narrow", "Jump your feet wider apart.", Signal.STRIDE, Judged.LARGEST, (0.33, ANYTHING), view=FROM_FRONT),
)

PLANK: Final = (
    Fault("hips_low", "Lift your hips: don't sag.", Alignment.LINE, Judged.TYPICAL, (-0.05, ANYTHING), "warning",
          FROM_SIDE),
    Fault("hips_high", "Bring your hips down in line.", Alignment.LINE, Judged.TYPICAL, (-ANYTHING, 0.15), "warning",
          FROM_SIDE),
)  # fmt: skip
"""NSCA: shoulders, hips and ankles in one line."""

WALL_SIT: Final = (
    Fault("high", "Sit lower: thighs level.", Alignment.THIGH, Judged.TYPICAL, (0.0, 25.0), view=FROM_SIDE),
)
