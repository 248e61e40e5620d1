r"""Who is who from frame to frame, with no pixels: people are matched by where they are and how they stand.

            seen                 for long enough                not seen
    (new) ------> doubted ---------------------> believed <-----------------> lost ------> forgotten
                     `--> forgotten, if not seen            seen, alike enough   too long

Doubted is who appears inside or around somebody else (a model may see a second person in a bent back or an arm), with
a low score, only partly visible, or where somebody was lost, without being like them; others are believed at once. Only
the believed have an id. It stays through a short absence, is given once and never again.

Alike are two sightings by where the keypoints are after walking on, by colours, and by how long a metre is in the
picture, which says how far away somebody stands whatever the pose. Who is partly hidden is taken to be where they are
seen, but their colours and their speed are not learned from that.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.cadence import LONGEST_SECONDS
from services.core.mirrors import Mirrors
from services.core.quantiles import median
from services.core.sightings import Sighting, distances, inside, overlap, same
from services.core.types import NANOSECONDS

MAX_DISTANCE: Final = 0.7
"""How far, in sizes of the person, keypoints may have moved on average since the track's last frame."""
LOST_REACH: Final = 0.5
"""How much further they may be for each second of absence."""
MAX_ABSENCE_REACH: Final = 1.0
"""Seconds after which that grows no more."""
SURE_SCORE: Final = 0.9
"""Whoever appears with this score, apart from others, is believed at once."""
OPENING_SCORE: Final = 0.8
"""In the first frame this is enough."""
CLEAR_VISIBILITY: Final = 0.7
"""Whoever shows less, on average of the keypoints, is doubted until a pixel moves where they are: what a model takes
for people in walls and machines shows 0.3 to 0.6, people 0.8 to 1."""
DOUBT_SECONDS: Final = 0.3
"""How long anybody else is doubted."""
NEAR_DOUBT_SECONDS: Final = 0.4
"""How long somebody is doubted who appears where another was lost, but not like them: half hidden, they may be them."""
INSIDE_DOUBT_SECONDS: Final = 1.5
"""How long somebody is doubted who stays inside or around another, or shows little beside others."""
MOMENT_SECONDS: Final = 0.5
"""Whoever is the only one in view and is gone for less is the one who is seen next near there, in whatever light."""
HIDDEN_SECONDS: Final = LONGEST_SECONDS + 0.01
"""Whoever is not seen beside others for no longer is taken to be there: output may lag by the longest interval between
two looks anyhow, and cameras are not so exact."""
YOUNG_SECONDS: Final = 0.5
"""Whoever was seen for less is not looked for when they are lost, since they may have been nobody, and may still turn
out to look different: a first pose is often a bad one."""
STILL_SECONDS: Final = 20.0
"""Whoever has not moved for so long since they were first seen is a picture, until they move. It is so long since
somebody who holds a plank moves no more than a photo does with its noise, for 7 seconds at least."""
LOOK_APART: Final = 45.0
"""Distance of two looks that says that they are two people's. Colours (CIE L*a*b*, trunk and thighs) of one real person
are 5 to 10 from their median, 30 in one case of ten; those of two people are mostly 35 to 70 apart."""
_INSIDE: Final = 0.5
_SHADED: Final = 0.3
"""Part of somebody's box in another's from which it is not sure who is seen."""
_STOPPING_SECONDS: Final = 1.2
"""A lost person is thought to walk on, but less and less: the time constant of that."""
_SPEED_SECONDS: Final = 0.5
"""Velocity is averaged over this: a walk lasts, the way down of a squat does not."""
_LOOK_SECONDS: Final = 2.0
"""The same for looks and for the length of a metre."""
_LOOK_WEIGHT: Final = 0.6
_METRE_WEIGHT: Final = 0.3
_RESIZED: Final = math.log(1.4)
"""A metre that is so much longer or shorter is not this person's; in 995 looks of 1000 it stays within 1.3."""
_OTHER: Final = 40.0
"""Who looks so different in every part is somebody else, unless they are exactly where they were: then the light has
changed. One part alone may, when what it is taken from is hidden or in the shade."""
_JUMP: Final = 0.1
"""Sizes of the person that keypoints seldom move between two looks, on average."""
_STRANGE: Final = 25.0
"""Who jumps beside others and looks so different, all parts together, has slid on to one of them."""
_STILL: Final = 0.05
_AGAIN: Final = (math.log(1.25), 20.0)
"""The same two for somebody lost who is looked for where they are thought to be: it may well be somebody else."""
_AGE_WEIGHT: Final = 0.1
_AGE_SECONDS: Final = 2.0
_MOVED: Final = 0.025
"""Sizes of the person by which keypoints are away from where they first were, in the median, when a person moved."""
_LIMB_MOVED: Final = 0.1
"""The same of a hand or a foot, for people who only bend their arms: four keypoints are as far away."""
_LIMB: Final = 4
_LIMB_SEEN: Final = 0.5
"""Visibility of keypoints that count for that: of hidden ones a model only guesses."""
_LONGEST_LOOK_SECONDS: Final = 0.25
"""Between two looks nobody is watched for longer: a clock may jump."""
_SETTLING_SECONDS: Final = 1.0
_PARTS_WALKED: Final = np.array([[1.0], [0.5], [0.0]])


@dataclass(slots=True, eq=False)
class _Track:
    last: Sighting
    first_at: int
    seen_at: int
    velocity: NDArray[np.float64]
    look: NDArray[np.float64] | None = None
    metre: float = 0.0
    first: NDArray[np.float64] | None = None
    moved: bool = False
    watched: float = 0.0
    compared: tuple[Sighting, int, int, tuple[float, float]] | None = None
    """What `unlike` said last: it is asked of one and the same several times."""

    @property
    def young(self) -> bool:
        """Whether it is too new to be relied on."""
        return self.seen_at - self.first_at < round(YOUNG_SECONDS * NANOSECONDS)

    def shift(self, elapsed: float) -> NDArray[np.float64]:
        """(2,) how far the person is thought to have walked since it was seen."""
        return self.velocity * _STOPPING_SECONDS * (1 - math.exp(-elapsed / _STOPPING_SECONDS))

    def unlike(self, sighting: Sighting, captured_at: int) -> tuple[float, float]:
        """How far a sighting is from this person, and how unlike: (sizes, the same plus what else tells them apart)."""
        if (
            self.compared is not None
            and self.compared[0] is sighting
            and self.compared[1:3] == (captured_at, self.seen_at)
        ):
            return self.compared[3]
        # Whoever was hidden may have walked on or stopped.
        shifts = _PARTS_WALKED * self.shift((captured_at - self.seen_at) / NANOSECONDS)
        aparts = distances(self.last, sighting, shifts)
        apart = min(aparts)
        shift = shifts[aparts.index(apart)]
        cost = apart + 0.5 * (1 - overlap(self.last.box + np.concatenate([shift, shift]), sighting.box))
        cost += _LOOK_WEIGHT * min(1.0, self.recoloured(sighting) / LOOK_APART)
        cost += _METRE_WEIGHT * min(1.0, self.resized(sighting) / _RESIZED)
        self.compared = sighting, captured_at, self.seen_at, (apart, cost)
        return apart, cost

    def reaches(self, sighting: Sighting, captured_at: int) -> bool:
        """Whether this person can have come there by now."""
        elapsed = (captured_at - self.seen_at) / NANOSECONDS
        return self.unlike(sighting, captured_at)[0] < MAX_DISTANCE + LOST_REACH * min(elapsed, MAX_ABSENCE_REACH)

    def recoloured(self, sighting: Sighting) -> float:
        """How far the sighting's look is from this person's."""
        return 0.0 if self.look is None or sighting.look is None else float(np.linalg.norm(self.look - sighting.look))

    def repainted(self, sighting: Sighting) -> float:
        """The same of the part of the body that is most like it."""
        if self.look is None or sighting.look is None:
            return 0.0
        return float(np.linalg.norm(self.look - sighting.look, axis=1).min())

    def resized(self, sighting: Sighting) -> float:
        """By how much a metre of the sighting is longer or shorter than this person's, a logarithm."""
        return abs(math.log(self.metre / sighting.metre)) if self.metre and sighting.metre else 0.0


class Tracker:
    """Gives each person of one camera's view an id that stays.

    Args:
        epoch: first part of every id; another one for each run, so that ids are never given twice.
        remember_seconds: how long after somebody was last seen the same id is given again.
    """

    def __init__(self, epoch: int = 0, remember_seconds: float = 3.0) -> None:
        self.epoch = epoch
        self.remember = round(remember_seconds * NANOSECONDS)
        self._believed: dict[str, _Track] = {}
        self._doubted: dict[str, _Track] = {}
        self._given = 0
        self._doubts = 0
        self._at = 0
        self._there: set[str] = set()
        self._opening = True
        self._mirrors = Mirrors()

    def update(self, captured_at: int, sightings: Sequence[Sighting], present: Collection[str] = ()) -> list[str]:
        """Name the people of one frame.

        Args:
            captured_at: event time, ns. After a step back in time only those of the frame before are remembered.
            sightings: one for each person who was looked at.
            present: ids of people who were not looked at in this frame; nobody else gets theirs.

        Returns:
            For each sighting its track id, or while it is doubted a name that `believes` denies and that only serves
            to follow it.
        """
        self._advance(captured_at)
        absent = {name: track for name, track in self._believed.items() if name not in present}
        names = self._matched(captured_at, sightings, absent, [""] * len(sightings))
        names = self._matched(captured_at, sightings, self._doubted, names)
        seen = [sighting for sighting, name in zip(sightings, names, strict=True) if name in self._believed]
        aside = [self._believed[name].last for name in present]
        seen += aside
        doubted = {}
        for index, (sighting, name) in enumerate(zip(sightings, names, strict=True)):
            if name in self._believed:
                shaded = any(
                    inside(sighting.box, other.box) > _SHADED for other in [*sightings, *aside] if other is not sighting
                )
                self._believed[name] = _next(self._believed[name], sighting, captured_at, sure=not shaded)
                continue
            track = _next(self._doubted.get(name), sighting, captured_at)
            lost = [other for key, other in self._believed.items() if key not in names and key not in present]
            if (self._opening and _apparent(track, seen)) or self._convincing(track, seen, lost):
                names[index] = self._identified(track, sighting, [*names, *present])
                self._believed[names[index]] = track
                seen.append(sighting)
            else:
                if not name:
                    self._doubts += 1
                    names[index] = f"?{self._doubts}"
                doubted[names[index]] = track
        self._doubted = doubted
        self._there = {*names, *present}
        believed = {name: one for name, one in zip(names, sightings, strict=True) if name in self._believed}
        self._mirrors.update(captured_at, believed, self._believed)
        self._opening = False
        return names

    def distinct(self, captured_at: int, sightings: Sequence[Sighting], present: Collection[str] = ()) -> list[int]:
        """Indices of the sightings that are different people, in the given order.

        A newcomer who is like somebody `present` (see `update`) is nobody new, and what is not like the person it
        follows is nobody. Where several show one person, that is kept which is most like the track it follows, the
        older track a little preferred; of somebody lost only after those, and a newcomer last, by score.
        """

        def rank(index: int) -> tuple[int, float, float]:
            sighting = sightings[index]
            track = self._believed.get(sighting.follows)
            if track is None:
                return 2, 0.0, -sighting.score
            age = min(1.0, (captured_at - track.first_at) / NANOSECONDS / _AGE_SECONDS)
            unlike = track.unlike(sighting, captured_at)[1]
            return sighting.follows not in self._there, unlike - _AGE_WEIGHT * age, -sighting.score

        others = [self._believed[name].last for name in present]
        kept: list[int] = []
        order = range(len(sightings))
        # To rank only one would cost a third of what tracking somebody does.
        for index in sorted(order, key=rank) if len(sightings) > 1 else order:
            if self._estranged(captured_at, sightings[index]):
                continue
            if not sightings[index].follows and any(same(sightings[index], other) for other in others):
                continue
            if not any(same(sightings[index], sightings[other]) for other in kept):
                kept.append(index)
        return sorted(kept)

    def lost(self, captured_at: int) -> dict[str, NDArray[np.float64]]:
        """Who was seen for a while but not at the last update: id -> (4,) the box that they are thought to be in."""
        return {
            name: track.last.box + np.concatenate([track.shift((captured_at - track.seen_at) / NANOSECONDS)] * 2)
            for name, track in self._believed.items()
            if name not in self._there and not track.young
        }

    def hidden(self, captured_at: int, seconds: float = HIDDEN_SECONDS) -> dict[str, NDArray[np.float64]]:
        """Who was not seen at the last update, though somebody else was, but at that time would not be gone for long.

        They are taken to be hidden: if they are seen by then, their poses follow from the looks before and after.

        Args:
            captured_at: event time, ns.
            seconds: how long that is; more finds people who may have gone.

        Returns:
            id -> (2,) how far they are thought to have walked by then since they were seen, in the keypoints' unit.
        """
        if not any(name in self._believed for name in self._there):
            return {}
        longest = round(seconds * NANOSECONDS)
        return {
            name: track.shift((captured_at - track.seen_at) / NANOSECONDS)
            for name, track in self._believed.items()
            if name not in self._there
            and not track.young
            and captured_at - track.seen_at <= longest
            and self.real(name)
        }

    def _estranged(self, captured_at: int, sighting: Sighting) -> bool:
        """Whether what an estimator came to by following somebody is not them: it slid off, or they are hidden."""
        track = self._believed.get(sighting.follows)
        if track is None or track.young:
            return False
        apart = track.unlike(sighting, captured_at)[0]
        again, alone = sighting.follows not in self._there, len(self._believed) == 1
        # Where there is nobody else, it is hardly somebody else: cameras zoom, and light changes.
        if alone and (apart < _JUMP or (sighting.score >= OPENING_SCORE and _clear(sighting))):
            return False
        if again and sighting.score < (OPENING_SCORE if alone else SURE_SCORE):
            return True
        if not again and not alone and apart > _JUMP and track.recoloured(sighting) > _STRANGE:
            return True
        resized, repainted = _AGAIN if again and not alone else (_RESIZED, _OTHER)
        resized_too_much = track.resized(sighting) > resized and (again or not _clear(sighting))
        return resized_too_much or (apart > _STILL and track.repainted(sighting) > repainted)

    def still(self, name: str) -> bool:
        """Whether somebody has never moved in so long a time that they are taken to be a poster or a photo."""
        track = self._believed.get(name)
        if track is None or track.moved:
            return False
        return track.seen_at - track.first_at >= round(STILL_SECONDS * NANOSECONDS)

    def mirrored(self, name: str) -> bool:
        """Whether somebody is the image of somebody else in a mirror (`services.core.mirrors`)."""
        return name in self._mirrors.images

    def real(self, name: str) -> bool:
        """Whether a name is of somebody who is believed in, and neither a picture nor an image in a mirror."""
        return self.believes(name) and not self.still(name) and not self.mirrored(name)

    def believes(self, name: str) -> bool:
        """Whether a name that `update` gave is a track id."""
        return name in self._believed

    def reopen(self) -> None:
        """Believe the next frame as the first one: the picture has changed its shape, and a metre its length."""
        self._opening = True
        for track in self._believed.values():
            track.metre = 0.0

    def clear(self) -> None:
        """Forget everybody; ids go on from where they were."""
        self._believed.clear()
        self._doubted.clear()
        self._opening = True

    def _advance(self, captured_at: int) -> None:
        """Forget whoever was not seen for too long."""
        if captured_at < self._at:
            self._believed = {name: track for name, track in self._believed.items() if name in self._there}
            self._doubted.clear()
            for track in self._believed.values():
                track.first_at = track.seen_at = captured_at
        self._at = captured_at
        oldest = captured_at - self.remember
        self._believed = {name: track for name, track in self._believed.items() if track.seen_at >= oldest}

    @staticmethod
    def _convincing(track: _Track, others: Sequence[Sighting], lost: Sequence[_Track]) -> bool:
        within = any(_within(track.last, other) for other in others)
        near = any(other.reaches(track.last, track.seen_at) for other in lost)
        alone = not others and len(lost) <= 1
        clear = _clear(track.last)
        if not clear and track.last.frozen and not (alone and near):
            return False
        if _sure(track.last) and not within and not near:
            return True
        # Where nobody else is, a mistake takes nothing from anybody.
        if alone:
            return track.watched >= DOUBT_SECONDS
        doubt = INSIDE_DOUBT_SECONDS if within or not clear else NEAR_DOUBT_SECONDS if near else DOUBT_SECONDS
        return track.watched >= doubt

    def _identified(self, track: _Track, sighting: Sighting, taken: Sequence[str]) -> str:
        """The id of somebody lost who is alike enough, or a new one."""
        lost = {name: other for name, other in self._believed.items() if name not in taken}
        name = self._matched(track.seen_at, [sighting], lost, [""])[0]
        if not name:
            self._given += 1
            name = f"{self.epoch}-{self._given}"
        return name

    @staticmethod
    def _matched(
        captured_at: int, sightings: Sequence[Sighting], tracks: Mapping[str, _Track], names: Sequence[str]
    ) -> list[str]:
        """The names, with those that are empty filled in from the tracks, the most alike pairs first."""
        alone = len(tracks) == len(sightings) == 1
        pairs = []
        for name, track in tracks.items():
            for index, sighting in enumerate(sightings):
                apart, cost = track.unlike(sighting, captured_at)
                led = sighting.follows == name
                other = apart > _STILL and track.repainted(sighting) > _OTHER
                other |= track.resized(sighting) > _RESIZED and not (_clear(sighting) and _clear(track.last))
                # Nobody takes the place of the only person in view within a moment.
                gone = captured_at - track.seen_at
                other &= not (alone and gone < round(MOMENT_SECONDS * NANOSECONDS) and _sure(sighting))
                if led or (track.reaches(sighting, captured_at) and not other):
                    pairs.append((cost - 0.1 * led, name, index))
        matched = list(names)
        for _, name, index in sorted(pairs):
            if not matched[index] and name not in matched:
                matched[index] = name
        return matched


def _apparent(track: _Track, others: Sequence[Sighting]) -> bool:
    """Whether to believe in somebody of the very first frame, which may be the only one: a photo."""
    return track.last.score >= OPENING_SCORE and not any(_within(track.last, other) for other in others)


def clear(visibility: NDArray[np.float64]) -> bool:
    """Whether somebody is seen well enough not to be taken for a wall or a machine; (33,) of the keypoints, 0-1."""
    return float(visibility.mean()) >= CLEAR_VISIBILITY


def _clear(sighting: Sighting) -> bool:
    return clear(sighting.visibility)


def _sure(sighting: Sighting) -> bool:
    return sighting.score >= SURE_SCORE and _clear(sighting)


def _differs(sighting: Sighting, first: NDArray[np.floating]) -> bool:
    """Whether somebody is elsewhere, or holds a limb elsewhere, than at first."""
    apart = np.hypot(*(sighting.keypoints - first).T) / sighting.size
    if float(median(apart)) > _MOVED:
        return True
    shown = np.where(sighting.visibility > _LIMB_SEEN, apart, 0.0)
    return float(np.partition(shown, -_LIMB)[-_LIMB]) > _LIMB_MOVED


def _within(one: Sighting, other: Sighting) -> bool:
    return max(inside(one.box, other.box), inside(other.box, one.box)) > _INSIDE


def _next(track: _Track | None, sighting: Sighting, captured_at: int, *, sure: bool = True) -> _Track:
    """The track with one more sighting; where that is not sure to be all theirs, only the place is taken from it."""
    if track is None:
        return _Track(sighting, captured_at, captured_at, np.zeros(2), sighting.look, sighting.metre)
    elapsed = (captured_at - track.seen_at) / NANOSECONDS
    velocity, look, metre = track.velocity, track.look, track.metre
    if sure and track.recoloured(sighting) < LOOK_APART and elapsed > 0:
        moved = median(sighting.keypoints - track.last.keypoints) / elapsed
        velocity = velocity + (1 - math.exp(-elapsed / _SPEED_SECONDS)) * (moved - velocity)
    part = 1 - math.exp(-elapsed / _LOOK_SECONDS)
    if not sighting.follows or track.young:
        look, metre = sighting.look, sighting.metre
    elif sure and look is not None and sighting.look is not None:
        look = look + part * (sighting.look - look)
    if sure and metre and sighting.metre:
        metre = metre * (sighting.metre / metre) ** part
    watched = track.watched + min(elapsed, _LONGEST_LOOK_SECONDS)
    first, has_moved = track.first, track.moved
    if not has_moved and sure:
        if first is None and captured_at - track.first_at >= round(_SETTLING_SECONDS * NANOSECONDS):
            first = sighting.keypoints
        if first is not None:
            has_moved = _differs(sighting, first)
    return _Track(sighting, track.first_at, captured_at, velocity, look, metre, first, has_moved, watched)
