"""Belief: what has to be seen for repetitions, or movement without a name, to make a set.

Repetitions of an exercise that clips show      the fewer, the surer clips and counter have to be
... that clips show for a moment only           three, and no less sure
... that clips hold for possible                alike, clear and far
... of any movement, whatever clips say         alike, clear and more of them, while rest is not what clips show
Movement that no exercise fits                  clips that are sure of it, or sure that it is no rest

People who rest, rack and tidy up move once or twice as if they exercised; what they do over and over is no rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.core.exercises import Exercise, Limb
from services.core.repetition import Repetition, alike
from services.core.types import NANOSECONDS

NEEDED: Final = (0.65, 0.6, 0.5, 0.4)
"""What so few repetitions, one to four, need of the clips' confidence to make a set; more need nothing."""

CLEAR: Final = 0.45
"""And so much of the counter's, in the mean."""

SLOW: Final = 4 * NANOSECONDS
"""A repetition that takes longer, ns, adds nothing to belief: of 3,052 counted in the footage 88 do, but most of what
is counted of people who wipe a bench, load a bar or pick something up."""

NEEDED_SLOW: Final = 0.8
"""Where most are slow, clips have to be as sure of one to four."""

SHORT: Final = 20 * NANOSECONDS
FILLED: Final = 3
"""A recording that is no longer than this, ns, or than so many times the repetitions at its end, slow ones as long as
`SLOW`, was made to show them ..."""

NEEDED_IN_SHORT: Final = 0.2
"""... and a single one needs only so much: the clips' confidence times the counter's."""

REGULAR: Final = 3
"""So many repetitions make a set of an exercise that the clips only hold for possible ..."""

ALIKE: Final = 1.7
"""... where they are as alike, 0-2, ..."""

SURE: Final = 0.75
"""... the counter is as sure of them, in the mean, ..."""

FAR: Final = 0.5
MANY: Final = 8
"""... and they cover so much of the full range, or are so many."""

RHYTHM: Final = 4
"""So many repetitions of any movement make a set (one fewer in a recording that was made to show them) ..."""

RHYTHM_FAR: Final = 0.4
"""... that go so far in the mean, metres over all keypoints together, ..."""

IDLE: Final = 0.5
RHYTHM_ALIKE: Final = 1.75
RHYTHM_SURE: Final = 0.7
"""... where clips hold rest for less likely than this, in the mean, if they are as alike and clear, ..."""

BUSY: Final = 0.15
BUSY_ALIKE: Final = 1.4
BUSY_SURE: Final = 0.6
"""... or, where clips hold it for so unlikely, as this."""

UNKNOWN_SURE: Final = 0.45
"""Movement of an unknown kind needs so much of the clips' confidence, or that rest is as unlikely as `BUSY`, ..."""

UNKNOWN_CLIPS: Final = 6
"""... of so many clips ..."""

UNKNOWN_SHORT: Final = 5 * NANOSECONDS
"""... or all that there can be in a recording that is no longer, ns."""


def longest_short(reps: Sequence[Repetition]) -> int:
    """How long a recording may be that was made to show some repetitions, ns."""
    return max(SHORT, FILLED * sum(min(rep.end - rep.start, SLOW) for rep in reps))


def believed(reps: Sequence[Repetition], confidence: float, *, short: bool) -> bool:
    """Whether repetitions of an exercise that clips show make a set.

    Args:
        reps: one at least.
        confidence: 0-1, of the clips.
        short: whether the recording was made to show them.
    """
    if len(reps) > len(NEEDED) or (short and len(reps) > 1):
        return True
    if short:
        return confidence * _clear(reps) >= NEEDED_IN_SHORT
    quick = _quick(reps)
    needed = NEEDED[quick - 1] if 2 * quick >= len(reps) else NEEDED_SLOW
    return confidence >= needed and _clear(reps) >= CLEAR


def brief(reps: Sequence[Repetition], likely: float) -> bool:
    """Whether repetitions make a set that is over before the clips, each longer than some of them, agree on a stretch.

    Args:
        reps: one at least.
        likely: 0-1, their exercise's mean probability over the clips of their time.
    """
    return len(reps) >= REGULAR and likely >= NEEDED[-1] and believed(reps, likely, short=False)


def regular(reps: Sequence[Repetition], entry: Exercise) -> bool:
    """Whether repetitions are alike, clear and far enough to be of an exercise that clips are not sure of."""
    if _quick(reps) < REGULAR and len(reps) < MANY:
        return False
    far = sum(entry.range_of_motion(rep.swing) for rep in reps) / len(reps)
    # Arms that take turns go half as far in their mean.
    enough = FAR / 2 if entry.in_turn and entry.limb is Limb.ARM else FAR
    return alike(reps) >= ALIKE and _clear(reps) >= SURE and (far >= enough or len(reps) >= MANY)


def rhythmic(reps: Sequence[Repetition], idle: float, *, short: bool) -> bool:
    """Whether repetitions of any movement make a set.

    Args:
        reps: one at least.
        idle: 0-1, how likely rest is by the clips meanwhile.
        short: whether the recording was made to show them.
    """
    if sum(rep.swing for rep in reps) / len(reps) < RHYTHM_FAR:
        return False
    quick = _quick(reps)
    if idle < BUSY and quick >= RHYTHM - short:
        return alike(reps) >= BUSY_ALIKE and _clear(reps) >= BUSY_SURE
    return idle < IDLE and quick >= RHYTHM and alike(reps) >= RHYTHM_ALIKE and _clear(reps) >= RHYTHM_SURE


def _quick(reps: Sequence[Repetition]) -> int:
    """How many repetitions are not slow."""
    return sum(rep.end - rep.start <= SLOW for rep in reps)


def _clear(reps: Sequence[Repetition]) -> float:
    """How sure the counter is of repetitions, in the mean."""
    return sum(rep.confidence for rep in reps) / len(reps)
