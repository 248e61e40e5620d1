"""Annotations: what our own files and the exports of labelling tools say of videos."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.errors import SettingsError
from training.footage.annotations import Annotation, read_annotations, spelled
from training.footage.moments import Moment

EXPORTS = Path(__file__).parent / "exports"


def parts(annotations: list[Annotation], fps: float) -> list[tuple[str, str, float, float]]:
    """Video, label, start and end in seconds, of a video of this rate."""
    found = []
    for one in annotations:
        assert one.part is not None, one
        rate = one.part.fps or fps
        start, end = one.part.start.seconds(rate), one.part.end.seconds(rate)
        found.append((one.video, one.label, round(start, 3), round(end, 3)))
    return found


# ---- moments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.5", 12.5), ("12.5s", 12.5), ("0", 0.0), ("00:01:02.500", 62.5), ("1:02.5", 62.5), ("01:00:00", 3600.0),
        ("375f", 15.0), ("0:00:01,250", 1.25),
    ],
)  # fmt: skip
def test_moments_are_seconds_clocks_or_frames(text: str, seconds: float) -> None:
    assert Moment.parse(text).seconds(25.0) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "-3", "nan", "inf", "1:2:3:4", "f12", "12 minutes"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment; expected seconds"):
        Moment.parse(text)


@given(st.integers(0, 10_000_000))
def test_a_clock_and_its_seconds_are_one_moment(milliseconds: int) -> None:
    whole, rest = divmod(milliseconds, 1000)
    clock = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{rest:03d}"
    assert Moment.parse(clock).seconds(0) == pytest.approx(milliseconds / 1000)


def test_frames_of_an_unknown_rate_ask_for_it() -> None:
    with pytest.raises(SettingsError, match="--annotation-fps"):
        Moment(3, frames=True).seconds(0.0)


@pytest.mark.parametrize("label", ["Push-Up", "push up", " push_up ", "PUSH/UP", "push - up"])
def test_labels_are_spelled_one_way(label: str) -> None:
    assert spelled(label) == "push_up"


# ---- our own files -------------------------------------------------------------------------------------------------


def test_our_csv(tmp_path: Path) -> None:
    file = tmp_path / "cuts.csv"
    file.write_text(
        "video,label,start,end,start_frame,end_frame,reps,person,source\n"
        "a.mp4,Squat,1.5,00:00:04.0,,,3,ann,home\n"
        "a.mp4,lunge,,,60,119,,,\n"
        "b.mp4,plank,,,,,,,\n"
    )
    one, two, whole = read_annotations(file)
    assert parts([one, two], 30.0) == [("a.mp4", "squat", 1.5, 4.0), ("a.mp4", "lunge", 2.0, 4.0)]
    assert (one.reps, one.person, one.source) == (3, "ann", "home")
    assert (two.reps, two.person) == (None, "")
    assert whole.part is None
    assert whole.where == "cuts.csv line 4"


def test_our_json_is_create_mls(tmp_path: Path) -> None:
    file = tmp_path / "cuts.json"
    rows = [
        {"video": "a.mov", "label": "squat", "start": 0, "end": 3.14},
        {"video": "a.mov", "label": "lunge", "start": "01:03.14", "end": "05:01:03"},
    ]
    file.write_text(json.dumps(rows))
    assert parts(read_annotations(file), 0.0) == [("a.mov", "squat", 0.0, 3.14), ("a.mov", "lunge", 63.14, 18063.0)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "file,exercise\nx.mp4,squat\n", "no column label, video"),
        ("a.csv", "video,label,start,end\nx.mp4,squat,1,soon\n", "line 2: 'soon' is no moment"),
        ("a.csv", "video,label,start,end\nx.mp4,squat,1,\n", "line 2: '' is no moment"),
        ("a.csv", "video,label,start_frame,end_frame\nx.mp4,squat,9,3\n", "from frame 9 to 3"),
        ("a.csv", "video,label\nx.mp4,\n", "line 2: video or label is empty"),
        ("a.csv", "video,label\n", "nothing is annotated"),
        ("a.json", "{", "cannot be read"),
        ("a.json", '{"shapes": []}', "no known format"),
        (
            "a.json",
            '[{"id": 1, "annotations": [{"id": 1, "result": [{}]}], "data": {"video": "/x.mp4"}}]',
            "not as Label",
        ),
        ("a.xml", "<html/>", "<annotations> was expected"),
        ("a.xml", "<annotations>", "not as Label Studio"),
        ("a.txt", "x", "CSV, JSON or XML, not .txt"),
    ],
)
def test_a_bad_file_is_told(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SettingsError, match=said) as raised:
        read_annotations(tmp_path / name)
    assert name in str(raised.value)


def test_no_such_annotations(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such annotations"):
        read_annotations(tmp_path / "a.csv")


WORDS = (
    "annotations", "data", "result", "value", "ranges", "start", "end", "timelinelabels", "tags", "frameRange", "name",
    "framesCount", "type_info", "exercise", "frames", "view1", "img_key", "video", "label", "objects", "key", "figures",
    "index", "id", "duration",
)  # fmt: skip
damaged = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(0, 9)
    | st.sampled_from(("", "a.mp4", "squat", "/x/y.mp4")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=30, deadline=None)
@given(damaged)
def test_any_json_gives_annotations_or_one_explained_error(content: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.json"
        file.write_text(json.dumps(content))
        try:
            found = read_annotations(file)
        except SettingsError as error:
            assert "a.json" in str(error)
        else:
            assert all(one.video and one.label for one in found)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_an_export_that_lost_something_gives_annotations_or_one_explained_error(data: st.DataObject) -> None:
    """Some value of a real export, at any depth, is replaced or missing."""
    name = data.draw(
        st.sampled_from(("label_studio.json", "label_studio_min.json", "supervisely/ds0/ann/leg_day.mp4.json"))
    )
    content = json.loads((EXPORTS / name).read_text())
    at = content
    for _ in range(data.draw(st.integers(0, 6))):
        keys = list(range(len(at))) if isinstance(at, list) else list(at)
        inner = [key for key in keys if isinstance(at[key], list | dict) and at[key]]
        if not inner:
            break
        at = at[data.draw(st.sampled_from(inner))]
    key = data.draw(st.sampled_from(list(range(len(at))) if isinstance(at, list) else list(at)))
    if data.draw(st.booleans()):
        del at[key]
    else:
        at[key] = data.draw(damaged)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.mp4.json"
        file.write_text(json.dumps(content))
        with contextlib.suppress(SettingsError):
            read_annotations(file)


# ---- exports -------------------------------------------------------------------------------------------------------


def test_label_studio_counts_frames_from_one_at_its_own_rate() -> None:
    """240 frames in 10 s are 24 a second, whatever the video has; frames 25 to 72 are the second and third second."""
    found = read_annotations(EXPORTS / "label_studio.json")
    assert parts(found, 30.0) == [("leg_day.mp4", "squat", 1.0, 3.0)]


def test_label_studio_what_is_true_wins_and_what_was_cancelled_does_not(tmp_path: Path) -> None:
    tasks = json.loads((EXPORTS / "label_studio.json").read_text())
    tasks[0]["annotations"][1]["ground_truth"] = True
    tasks[0]["annotations"][0]["ground_truth"] = True
    (tmp_path / "a.json").write_text(json.dumps(tasks))
    assert [one.label for one in read_annotations(tmp_path / "a.json")] == ["push_up"]


def test_label_studio_min() -> None:
    found = read_annotations(EXPORTS / "label_studio_min.json")
    assert parts(found, 30.0) == [
        ("gym/anna/leg_day.mp4", "squat", 0.0, 1.0),
        ("gym/anna/leg_day.mp4", "deadlift", 2.0, 3.0),
    ]


def test_cvat_tracks_end_where_they_are_outside_and_change_with_their_attribute() -> None:
    found = read_annotations(EXPORTS / "cvat_video.xml")
    assert parts(found, 30.0) == [
        ("leg_day.mp4", "squat", 0.0, 2.0),
        ("leg_day.mp4", "squat", 3.0, 5.0),
        ("leg_day.mp4", "deadlift", 5.0, 7.0),
        ("leg_day.mp4", "row", 7.0, 9.0),
    ]


def test_cvat_tags_of_frames_are_joined_over_the_step() -> None:
    found = read_annotations(EXPORTS / "cvat_images.xml")
    assert parts(found, 5.0) == [
        ("leg_day.mp4", "squat", 2.0, 4.0),
        ("leg_day.mp4", "squat", 5.0, 6.0),
        ("arm_day.mp4", "biceps_curl", 0.0, 1.0),
    ]


def test_cvat_that_does_not_say_of_which_video_is_refused(tmp_path: Path) -> None:
    text = (EXPORTS / "cvat_video.xml").read_text().replace("<source>leg_day.mp4</source>", "")
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(SettingsError, match="does not say which video"):
        read_annotations(tmp_path / "a.xml")


def test_a_supervisely_project() -> None:
    found = read_annotations(EXPORTS / "supervisely")
    assert parts(found, 30.0) == [
        ("leg_day.mp4", "squat", 0.0, 2.0),
        ("leg_day.mp4", "deadlift", 3.0, 6.0),
        ("leg_day.mp4", "lunge", 6.667, 8.0),
    ]
    assert [one.reps for one in found] == [None, 4, None], "a number is the count"


def test_five_views_of_ai_hub_are_of_one_person() -> None:
    found = read_annotations(EXPORTS / "aihub")
    assert [one.video for one in found] == [f"Day12_201005_F/2/{view}/265-1-2-21-Z41_{view}" for view in "ABCDE"]
    assert {(one.label, one.person, one.source, one.reps) for one in found} == {
        ("biceps_curl", "aihub_Z41", "aihub_Z41", 1)
    }


def test_ai_hub_without_pictures_is_refused(tmp_path: Path) -> None:
    content = {"frames": [{"pts": {}}], "type": "265", "type_info": {"exercise": "바벨 컬"}}
    (tmp_path / "a-3d.json").write_text(json.dumps(content))
    with pytest.raises(SettingsError, match="3-D keypoints"):
        read_annotations(tmp_path / "a-3d.json")
