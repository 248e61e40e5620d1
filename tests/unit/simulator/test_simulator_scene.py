"""The made-up gym: the same pixels for the same second, and a truth that the pixels agree with."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from services.core.errors import SettingsError
from services.core.skeleton import INDEX
from services.simulator import EXERCISES, Scene, open_scene
from services.simulator.exercises import DAILY

_LIMBS = [
    ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"), ("wrist", "index"),
]  # fmt: skip
_WITH_REPS = [name for name, exercise in EXERCISES.items() if not exercise.hold and exercise.label != "none"]


def _changed(scene: Scene, seconds: float) -> np.ndarray:
    """(H, W) where people and what they hold, or their shadows, alter the empty room."""
    empty = Scene(scene.camera, (), seed=scene.seed)
    return np.abs(scene.render(seconds).astype(int) - empty.render(seconds).astype(int)).max(axis=2) > 12


def test_the_same_spec_gives_the_same_pixels_in_any_order_of_time() -> None:
    first, second = open_scene("squat,push_up?seed=4"), open_scene("squat,push_up?seed=4")
    forwards = [first.render(t) for t in (0.5, 3.0, 7.7)]
    backwards = [second.render(t) for t in (7.7, 3.0, 0.5)][::-1]
    for one, other in zip(forwards, backwards, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(forwards[0], open_scene("squat,push_up?seed=5").render(0.5))


def test_a_picture_may_be_changed_by_its_owner() -> None:
    scene = open_scene("idle")
    first = scene.render(1.0)
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(scene.render(1.0), kept)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_moves_a_sound_body(name: str) -> None:
    scene = open_scene(f"{name}?seed=2&view=60&reps=2&rest=2")
    lengths = []
    for seconds in np.arange(0, 12, 0.31):
        pose = scene.pose_frame(float(seconds)).people[0]
        world = pose.world_keypoints.astype(float)
        assert np.isfinite(world).all() and np.isfinite(pose.keypoints).all()
        lengths.append(
            [
                np.linalg.norm(world[INDEX[f"{side}_{near}"]] - world[INDEX[f"{side}_{far}"]])
                for near, far in _LIMBS
                for side in ("left", "right")
            ]
        )
    spread = np.ptp(np.array(lengths), axis=0)
    assert spread.max() < 0.002, "bones must not stretch"


@pytest.mark.parametrize("name", EXERCISES)
def test_nobody_sinks_into_the_floor(name: str) -> None:
    scene = open_scene(f"{name}?seed=1&reps=2&rest=2")
    for seconds in np.arange(0, 10, 0.37):
        cones = scene.people[0].at(float(seconds))
        body = cones.figure.cones(cones.bones)
        assert (body.a[:, 1] - body.radius_a).min() > -0.06
        assert (body.b[:, 1] - body.radius_b).min() > -0.06


@pytest.mark.parametrize("name", ["squat", "push_up", "jumping_jack", "biceps_curl"])
def test_keypoints_lie_on_the_person_that_is_drawn(name: str) -> None:
    scene = open_scene(f"{name}?seed=3&view=35")
    for seconds in (0.4, 3.1, 5.2):
        person = _changed(scene, seconds)
        pose = scene.pose_frame(seconds).people[0]
        seen = pose.keypoints[pose.visibility > 0.5, :2] * (scene.width, scene.height)
        assert len(seen) > 10
        for x, y in np.round(seen).astype(int):
            near = person[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
            assert near.any(), f"nothing is drawn at {(x, y)}"
        ys, xs = np.nonzero(person)
        box = pose.box * (scene.width, scene.height, scene.width, scene.height)
        assert box[0] > xs.min() - 3 and box[2] < xs.max() + 3
        assert box[1] > ys.min() - 3 and box[3] < ys.max() + 3


def test_a_face_turned_away_is_hidden() -> None:
    nose = INDEX["nose"]
    assert open_scene("idle?view=0").pose_frame(1.0).people[0].visibility[nose] > 0.9
    assert open_scene("idle?view=180").pose_frame(1.0).people[0].visibility[nose] < 0.1


def test_views_show_the_side_that_they_name() -> None:
    left, right = INDEX["left_shoulder"], INDEX["right_shoulder"]
    front = open_scene("idle?view=0").pose_frame(1.0).people[0]
    assert front.keypoints[left, 0] > front.keypoints[right, 0]
    side = open_scene("idle?view=90").pose_frame(1.0).people[0]
    assert side.keypoints[left, 2] < side.keypoints[right, 2]
    assert side.keypoints[INDEX["nose"], 0] < side.keypoints[left, 0]


def _bones(scene: Scene, seconds: float) -> np.ndarray:
    return scene.people[0].at(seconds).bones.origin


@pytest.mark.parametrize("name", _WITH_REPS)
def test_repetitions_start_and_end_where_the_movement_does(name: str) -> None:
    scene = open_scene(f"{name}?seed=6&reps=3&rest=3")
    reps = scene.reps(60)
    assert len(reps) >= 6
    for number, rep in enumerate(reps[:4]):
        assert rep.number == number % 3 + 1
        start = _bones(scene, rep.start)
        times = np.linspace(rep.start, rep.end, 21)
        depth = [np.linalg.norm(_bones(scene, float(time)) - start, axis=1).max() for time in times]
        assert 0.2 < np.argmax(depth) / 20 < 0.9, "the turn is inside"
        assert max(depth[0], depth[-1]) < 0.15 * max(depth), "both ends are the first posture"
        middle = scene.truth((rep.start + rep.end) / 2).people[0]
        assert (middle.label, middle.rep) == (rep.exercise, rep.number)
        assert middle.phase == pytest.approx(0.5)


@pytest.mark.parametrize("name", _WITH_REPS)
def test_the_far_end_lies_between_where_it_is_reached_and_left(name: str) -> None:
    scene = open_scene(f"{name}?seed=6&reps=2&rest=3&pause=1.5&stop=1")
    for rep in scene.reps(30)[:3]:
        assert rep.start < rep.reached < rep.left < rep.end
        assert rep.left - rep.reached > 1.49
        rest, far = _bones(scene, rep.start), _bones(scene, rep.reached)
        gone = np.linalg.norm(far - rest, axis=1).max()
        for time in np.linspace(rep.reached, rep.left, 5):
            assert np.linalg.norm(_bones(scene, float(time)) - far, axis=1).max() < 0.2 * gone, "nothing moves there"
        for time in (rep.end, rep.end + 0.9):
            assert np.linalg.norm(_bones(scene, time) - rest, axis=1).max() < 0.2 * gone, "nor here"


def test_a_bounce_comes_back_a_part_of_the_way_within_one_repetition() -> None:
    scene = open_scene("squat?seed=6&reps=2&bounce=0.4")
    (rep,) = scene.reps(scene.reps(30)[0].end)
    height = [_bones(scene, float(time))[0, 1] for time in np.linspace(rep.start, rep.end, 120)]
    low, high = min(height), max(height)
    turns = np.sign(np.diff(height))
    turns = turns[np.abs(np.diff(height)) > 1e-3]
    assert np.count_nonzero(np.diff(turns)) == 3, "down, up a little, down, up"
    inner = [_bones(scene, float(time))[0, 1] for time in np.linspace(rep.reached, rep.left, 60)]
    assert 0.25 < (max(inner) - low) / (high - low) < 0.55


def test_repetitions_do_not_overlap_and_do_not_depend_on_how_far_one_looks() -> None:
    scene = open_scene("squat,jumping_jack?reps=4&rest=2")
    reps = scene.reps(90)
    assert scene.reps(30) == [rep for rep in reps if rep.end <= 30]
    for person in (0, 1):
        own = [rep for rep in reps if rep.person == person]
        assert all(one.end <= other.start + 1e-9 for one, other in itertools.pairwise(own))


def test_labels_follow_the_programme() -> None:
    scene = open_scene("squat+lunge?reps=2&rest=3")
    order = [label for label, _ in itertools.groupby(scene.truth(t).people[0].label for t in np.arange(0, 30, 0.2))]
    assert order[:5] == ["none", "squat", "none", "lunge", "none"]


def test_idle_and_walking_are_no_exercise() -> None:
    scene = open_scene("idle,walking")
    assert scene.reps(60) == []
    assert {person.label for t in range(0, 40, 3) for person in scene.truth(float(t)).people} == {"none"}


def test_a_walker_goes_somewhere_on_planted_feet() -> None:
    scene = open_scene("walking?view=90")
    hips = [scene.people[0].at(t).bones.origin[0] for t in np.arange(2, 8, 0.1)]
    assert np.ptp([place[0] for place in hips]) > 1.5
    assert max(np.linalg.norm(b - a) for a, b in itertools.pairwise(hips)) < 0.3, "no jumps"


@pytest.mark.parametrize("spec", ["squat+push_up+pull_up", "jumping_jack+lunge", "bench_press", "sit_up", "plank+row"])
def test_nobody_jumps_from_place_to_place(spec: str) -> None:
    scene = open_scene(f"{spec}?reps=2&rest=1&seed=3")
    places = [scene.people[0].at(t).bones.origin for t in np.arange(0, 25, 1 / 30)]
    assert max(np.linalg.norm(b - a, axis=1).max() for a, b in itertools.pairwise(places)) < 0.25


def test_half_repetitions_do_not_count_and_go_less_far() -> None:
    full, half = open_scene("squat?reps=4&seed=1"), open_scene("squat?reps=4&seed=1&fault=half/2")
    reps = half.reps(16)
    assert [rep.counted for rep in reps[:4]] == [True, False, True, False]
    assert [rep.fault for rep in reps[:4]] == ["", "half", "", "half"]
    knee, hip = INDEX["left_knee"], INDEX["left_hip"]

    def drop(scene: Scene, rep: int) -> float:
        chosen = scene.reps(16)[rep]
        world = scene.pose_frame((chosen.start + chosen.end) / 2).people[0].world_keypoints
        return float(world[knee, 1] - world[hip, 1])

    assert drop(half, 1) > drop(full, 1) + 0.1, "the hips stay well above the knees"


def test_knees_in_brings_the_knees_together() -> None:
    def gap(scene: Scene) -> float:
        rep = scene.reps(16)[1]
        world = scene.pose_frame((rep.start + rep.end) / 2).people[0].world_keypoints
        return float(np.linalg.norm(world[INDEX["left_knee"]] - world[INDEX["right_knee"]]))

    assert gap(open_scene("squat?fault=knees_in")) < 0.75 * gap(open_scene("squat"))


@pytest.mark.parametrize(
    ("name", "fault"), [(name, fault) for name, exercise in EXERCISES.items() for fault in exercise.faults]
)
def test_every_fault_changes_the_movement(name: str, fault: str) -> None:
    right, wrong = open_scene(f"{name}?seed=1"), open_scene(f"{name}?seed=1&fault={fault}")
    gaps = [
        np.abs(
            right.pose_frame(float(t)).people[0].world_keypoints - wrong.pose_frame(float(t)).people[0].world_keypoints
        ).max()
        for t in np.arange(4, 9, 0.4)
    ]
    assert max(gaps) > 0.05
    assert fault in {wrong.truth(float(t)).people[0].fault for t in np.arange(4, 9, 0.4)}


def test_pose_frames_come_at_any_rate_and_noise_repeats() -> None:
    scene = open_scene("squat")
    frames = list(scene.pose_frames(2.0, fps=10))
    assert [frame.frame_id for frame in frames] == list(range(20))
    assert frames[7].captured_at == 700_000_000
    noisy = scene.pose_frame(0.7, noise=0.02).people[0]
    np.testing.assert_array_equal(noisy.keypoints, scene.pose_frame(0.7, noise=0.02).people[0].keypoints)
    error = np.abs(noisy.world_keypoints - frames[7].people[0].world_keypoints)
    assert 0.001 < error.mean() < 0.03


@pytest.mark.parametrize("name", ["demo-1", "demo-2"])
def test_the_demos_show_people_exercising_soon_and_whole(name: str) -> None:
    scene = open_scene(f"sim://{name}")
    assert len(scene.people) >= 2
    for seconds in range(0, 40, 4):
        for pose in scene.pose_frame(float(seconds)).people:
            assert pose.keypoints[:, :2].min() > 0.01 and pose.keypoints[:, :2].max() < 0.99
    busy = {truth.label for t in (2.5, 5.0) for truth in scene.truth(t).people}
    assert busy - {"none"}
    assert {rep.person for rep in scene.reps(60)} == set(range(len(scene.people)))


@pytest.mark.parametrize("size", [(1280, 720), (320, 240), (64, 36)])
def test_other_sizes_show_the_same_people(size: tuple[int, int]) -> None:
    scene = open_scene("squat,idle", width=size[0], height=size[1])
    assert scene.render(2.0).shape == (size[1], size[0], 3)
    places = scene.pose_frame(2.0).people[0].keypoints[:, :2]
    assert (places > 0).all() and (places < 1).all()


def test_the_size_in_a_spec_wins() -> None:
    assert open_scene("idle?size=320x180").render(0).shape == (180, 320, 3)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "''"),
        ("squatt", "'squatt'"),
        ("squat,demo-1", "'demo-1'"),
        ("demo-3", "demo-1"),
        ("squat+walking", "'squat+walking'"),
        ("squat+everyday", "'squat+everyday'"),
        ("squat?sead=1", "'sead'"),
        ("squat?seed=x", "seed='x'"),
        ("squat?tempo=0", "tempo='0'"),
        ("squat?tempo=nan", "tempo='nan'"),
        ("squat?reps=", "reps=''"),
        ("squat?pause=-1", "pause='-1'"),
        ("squat?bounce=2", "bounce='2'"),
        ("squat?people=99", "people='99'"),
        ("squat?size=640", "size=''"),
        ("squat?size=9x9", "size='9'"),
        ("squat?fault=hips_sag", "knees_in"),
        ("squat?fault=half/0", "fault='0'"),
        ("idle?fault=half", "none"),
    ],
)
def test_a_spec_that_cannot_be_is_refused_with_what_was_got_and_expected(spec: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_scene(spec)
    assert said in str(caught.value)
    assert "expected" in str(caught.value)


def test_who_does_no_exercise_does_all_sorts_of_things_and_never_in_time() -> None:
    scene = open_scene("everyday?seed=4")
    assert scene.reps(120) == []
    moments = [scene.people[0].programme.at(float(t)) for t in np.arange(0, 590, 0.5)]
    assert {moment.label for moment in moments} == {"none"}
    assert {moment.name for moment in moments} == set(DAILY)
    assert scene.truth(20.0).people[0].movement == scene.people[0].programme.at(20.0).name
    drinks = [
        len(list(run))
        for name, run in itertools.groupby(moment.name for moment in moments)
        if name in {"drink", "drink_seated"}
    ]
    assert len(set(drinks)) > 2, "no two take equally long"


def test_who_does_no_exercise_stays_whole_in_view_and_moves_as_people_can() -> None:
    for seed, view in ((1, 20), (2, 110), (3, 250)):
        scene = open_scene(f"everyday,everyday?seed={seed}&view={view}")
        for pose in (pose for t in np.arange(0, 300, 11.3) for pose in scene.pose_frame(float(t)).people):
            assert pose.keypoints[:, :2].min() > 0 and pose.keypoints[:, :2].max() < 1
        places = [scene.people[0].at(t).bones.origin for t in np.arange(20, 40, 1 / 15)]
        assert max(np.linalg.norm(b - a, axis=1).max() for a, b in itertools.pairwise(places)) < 0.45


def test_somebody_at_the_bench_sits_on_it_and_the_bottle_changes_hands() -> None:
    scene = open_scene("rest_seated+drink?seed=2")
    hips = [scene.people[0].at(t).bones.origin[0] for t in np.arange(0, 120, 0.5)]
    seat = 0.245 * scene.people[0].look.stature
    assert min(hip[1] for hip in hips) == pytest.approx(seat, abs=0.15)
    hands = {
        standing.moment.other_hand
        for standing in (scene.people[0].at(t) for t in np.arange(0, 300, 0.5))
        if standing.moment.name == "drink" and standing.held
    }
    assert hands == {False, True}


def test_a_plate_is_in_the_hands_from_the_floor_to_the_bar_and_not_before() -> None:
    person = open_scene("load_plate?seed=1").people[0]
    standing = [person.at(t) for t in np.arange(0, 60, 0.1)]
    heights = [who.held[0].discs[0, 1] / person.look.stature for who in standing if who.held]
    assert min(heights) < 0.2 and max(heights) > 0.5
    assert not standing[0].held
