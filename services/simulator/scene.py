"""A made-up gym at any time: its picture, and the truth about it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.core.skeleton import INDEX, KEYPOINTS
from services.core.types import NANOSECONDS, FloatArray, Pose, PoseFrame
from services.simulator import props, room
from services.simulator.body import HANDS, TRUNK, Bones, solve
from services.simulator.camera import Camera
from services.simulator.exercises import MOVEMENTS, STRIDE_LENGTH
from services.simulator.figure import Figure, Look
from services.simulator.programme import Moment, Plan, Programme, TrueRep
from services.simulator.raster import Canvas, Cones, FlatCones, Image, fronts
from services.simulator.segments import HOME, Spot

_WALK = 2.4
"""Metres that a walker goes before turning round."""
_TURN_SECONDS = 0.8


class Person:
    """Somebody in the gym.

    Args:
        look: appearance.
        plan: what they do.
        place: (x, z) metres on the floor.
        facing: degrees from looking at the camera's wall side; 0 looks along +z, to the camera.
        seed: their own variation.
    """

    def __init__(self, look: Look, plan: Plan, place: tuple[float, float], facing: float, seed: int) -> None:
        self.look = look
        self.plan = plan
        self.place = place
        self.facing = facing
        self.programme = Programme(plan, seed)
        self._open, self._fists = Figure(look), Figure(look, fists=True)

    def at(self, seconds: float) -> Standing:
        """Everything about them at one time."""
        moment = self.programme.at(seconds)
        exercise = MOVEMENTS[moment.name]
        bones = solve(
            moment.numbers,
            shoulders=self.look.shoulders,
            hips=self.look.hips,
        )
        x, z, facing = *self.place, self.facing
        if moment.name == "walking" and not self.plan.everyday:
            x, z, facing = self._way(moment.walked)
        elif moment.spot != HOME:
            x, z, facing = self._gone(moment.spot)
        bones = _placed(bones, self.look.stature, x, z, facing)
        empty = exercise.prop in ("", "mat", "seat") or not moment.holding
        figure = self._open if empty else self._fists
        return Standing(self, moment, bones, figure)

    def _gone(self, spot: Spot) -> tuple[float, float, float]:
        """x, z in metres and facing in degrees of where they have gone."""
        angle = math.radians(self.facing)
        x, z = spot.x * self.look.stature, spot.z * self.look.stature
        ahead, aside = (math.sin(angle), math.cos(angle)), (math.cos(angle), -math.sin(angle))
        return (
            self.place[0] + x * aside[0] + z * ahead[0],
            self.place[1] + x * aside[1] + z * ahead[1],
            self.facing + spot.turned,
        )

    def _way(self, walked: float) -> tuple[float, float, float]:
        """To and fro along the facing, turning on the spot at both ends."""
        exercise = MOVEMENTS["walking"]
        cycle = self.plan.tempo or exercise.seconds
        leg = _WALK / (STRIDE_LENGTH * self.look.stature / cycle)
        _, time = divmod(walked + leg / 2, 2 * (leg + _TURN_SECONDS))
        back = time >= leg + _TURN_SECONDS
        if back:
            time -= leg + _TURN_SECONDS
        gone = min(time / leg, 1.0)
        turned = max(time - leg, 0.0) / _TURN_SECONDS
        along = (0.5 - gone if back else gone - 0.5) * _WALK
        facing = self.facing + (180 if back else 0) + 180 * (0.5 - 0.5 * math.cos(math.pi * turned))
        angle = math.radians(self.facing)
        return self.place[0] + along * math.sin(angle), self.place[1] + along * math.cos(angle), facing


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A person at one time, put into the room.

    Attributes:
        person, moment: who and what.
        bones: in room metres.
        figure: their shape now.
    """

    person: Person
    moment: Moment
    bones: Bones
    figure: Figure

    @property
    def held(self) -> list[props.Held]:
        """What is in their hands."""
        exercise = MOVEMENTS[self.moment.name]
        offset = np.full((2, 3), (0.0, -0.040, 0.0), np.float32) * self.person.look.stature
        hands = np.array(HANDS)
        grips = self.bones.points(hands, offset)
        if not self.moment.holding:
            return []
        order = slice(None, None, -1 if self.moment.other_hand else 1)
        return props.held(exercise.prop, grips[order], self.bones.axes[hands][order, :, 2], exercise.discs)


@dataclass(frozen=True, slots=True)
class PersonTruth:
    """What one person is doing.

    Attributes:
        label: the exercise, or "none" between sets and for everyday movement.
        movement: the catalogue's name of what is done; at rest that of what was done or will be.
        phase: 0-1 within the repetition under way, or None.
        rep: that repetition's number in its set, or None.
        fault: what is wrong with it, or "".
    """

    label: str
    movement: str
    phase: float | None
    rep: int | None
    fault: str


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """All that is so at one time; people in the scene's order in both."""

    frame: PoseFrame
    people: tuple[PersonTruth, ...]


class Scene:
    """A room, a camera and people, as a pure function of time.

    Args:
        camera: the view.
        people: who is there; their order is that of every answer.
        seed: the room's own variation.
        camera_id: goes into pose frames.
    """

    def __init__(self, camera: Camera, people: tuple[Person, ...], *, seed: int = 0, camera_id: str = "sim") -> None:
        self.camera = camera
        self.people = people
        self.seed = seed
        self.camera_id = camera_id
        self._backdrop: room.Backdrop | None = None

    @property
    def width(self) -> int:
        """Pixels."""
        return self.camera.width

    @property
    def height(self) -> int:
        """Pixels."""
        return self.camera.height

    def render(self, seconds: float) -> Image:
        """The (H, W, 3) BGR picture at one time."""
        backdrop = self._backdrop = self._backdrop or self._empty_room()
        canvas = Canvas(self.camera, backdrop.image.copy(), backdrop.depth.copy())
        standing = [person.at(seconds) for person in self.people]
        if not standing:
            return canvas.image
        figures = [who.figure.cones(who.bones) for who in standing]
        held = [thing for who in standing for thing in who.held]
        backdrop.cast_shadows(canvas.image, figures)
        box = canvas.draw_cones(Cones.joined([*figures, *(thing.cones for thing in held)]))
        for thing in held:
            props.draw_discs(canvas, thing)
        room.soften(canvas.image, box)
        return canvas.image

    def _empty_room(self) -> room.Backdrop:
        furniture = [
            room.Furniture(prop, person.place, person.facing, person.look.stature)
            for person in self.people
            for prop in dict.fromkeys(MOVEMENTS[name].prop for name in person.plan.exercises)
        ]
        reach = max((abs(person.place[0]) for person in self.people), default=0.0)
        return room.backdrop(self.camera, furniture, seed=self.seed, reach=reach)

    def truth(self, seconds: float) -> Truth:
        """Keypoints, labels and phases at one time."""
        people = tuple(self._person_truth(person, seconds) for person in self.people)
        return Truth(self.pose_frame(seconds), people)

    def reps(self, until: float) -> list[TrueRep]:
        """Every repetition of everybody that has ended by `until` (seconds), by its end."""
        found = [rep for number, person in enumerate(self.people) for rep in person.programme.reps(until, number)]
        return sorted(found, key=lambda rep: (rep.end, rep.person))

    def pose_frame(self, seconds: float, *, frame_id: int = 0, noise: float = 0.0) -> PoseFrame:
        """The true keypoints as an estimator would give them, without drawing.

        Args:
            seconds: when; also the frame's `captured_at`.
            frame_id: the frame's number.
            noise: standard deviation of an error on every keypoint, as a share of the person's trunk (0.02 is what a
                good estimator does); the same moment always has the same error.
        """
        standing = [person.at(seconds) for person in self.people]
        everybody = [FlatCones.seen(self.camera, who.figure.cones(who.bones)) for who in standing]
        held = [thing for who in standing for thing in who.held]
        poses = []
        for number, who in enumerate(standing):
            view = self.camera.view(who.figure.keypoints(who.bones))
            pixels = self.camera.pixels(view)
            hiders = [fronts(body, pixels) for body in everybody]
            hiders += [props.disc_fronts(self.camera, thing, view) for thing in held]
            hidden = view[:, 2] - who.figure.margin - np.concatenate(hiders, axis=1).min(1)
            error = noise * TRUNK * who.person.look.stature
            poses.append(self._pose(number, view + self._noise(number, seconds) * error if noise else view, hidden))
        return PoseFrame(self.camera_id, frame_id, round(seconds * NANOSECONDS), self.width, self.height, tuple(poses))

    def pose_frames(
        self, end: float, *, start: float = 0.0, fps: float = 15.0, noise: float = 0.0
    ) -> Iterator[PoseFrame]:
        """True keypoints of every frame from `start` up to `end` (seconds)."""
        for number in range(math.ceil((end - start) * fps)):
            yield self.pose_frame(start + number / fps, frame_id=number, noise=noise)

    def _person_truth(self, person: Person, seconds: float) -> PersonTruth:
        moment = person.programme.at(seconds)
        return PersonTruth(moment.label, moment.name, moment.phase, moment.rep, moment.fault)

    def _noise(self, number: int, seconds: float) -> FloatArray:
        """(33, 3) of unit deviation, one and the same for a person and a time."""
        digest = hashlib.blake2b(f"{self.seed}/{number}/{seconds:.6f}".encode(), digest_size=8).digest()
        random = np.random.default_rng(int.from_bytes(digest, "big"))
        return random.standard_normal((len(KEYPOINTS), 3), np.float32)

    def _pose(self, number: int, view: FloatArray, hidden: FloatArray) -> Pose:
        """One person's pose from (33, 3) view metres and the metres by which each keypoint is behind something."""
        hips = (view[INDEX["left_hip"]] + view[INDEX["right_hip"]]) / 2
        places = self.camera.pixels(view) / np.array((self.width, self.height), np.float32)
        depth = (view[:, 2:] - hips[2]) * self.camera.focal_length / hips[2] / self.width
        inside = np.all((places >= 0) & (places <= 1), axis=1)
        visibility = np.where(inside, np.maximum(0.98 / (1 + np.exp(np.clip(hidden / 0.012, -30, 30))), 0.02), 0.01)
        low, high = np.clip(places.min(0), 0, 1), np.clip(places.max(0), 0, 1)
        return Pose(
            track_id=f"0-{number}",
            box=np.concatenate([low, high]).astype(np.float32),
            score=1.0,
            keypoints=np.column_stack([places, depth]).astype(np.float32),
            visibility=visibility.astype(np.float32),
            world_keypoints=(view - hips).astype(np.float32),
        )


def _placed(bones: Bones, stature: float, x: float, z: float, facing: float) -> Bones:
    """Body heights to room metres."""
    cos, sin = math.cos(math.radians(facing)), math.sin(math.radians(facing))
    turn = np.array(((cos, 0, sin), (0, 1, 0), (-sin, 0, cos)), np.float32)
    origin = bones.origin @ turn.T * stature + np.array((x, 0, z), np.float32)
    return Bones(origin.astype(np.float32), (turn @ bones.axes).astype(np.float32))
