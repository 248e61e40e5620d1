"""Footage of one's own: folders, parts of videos, corrections, and the manifest that they become."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from services.classifier.manifest import NONE, UNKNOWN
from services.core.errors import SettingsError
from tests.made_up_videos import write_video
from training.footage.folders import Reading, contradictions, new_labels, read_footage
from training.splits import groups_of
from training.videos import Video, read_videos, write_videos

EXPORTS = Path(__file__).parent / "exports"


def touched(folder: Path, *names: str) -> Path:
    """Files that are no videos, each with other content: of what lies where, that is enough."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def told(videos: list[Video]) -> list[tuple[str, str, str]]:
    return [(video.path.name, video.footage_label, video.subject_id) for video in videos]


# ---- folders -------------------------------------------------------------------------------------------------------


def test_folders_name_labels_and_people(tmp_path: Path) -> None:
    touched(tmp_path, "Push-Up/anna/1.mp4", "squat/bob/2.MOV", "squat/3.mp4", "squat/notes.txt", "stray.mp4")
    videos = read_footage(tmp_path, Reading())
    assert told(videos) == [
        ("1.mp4", "push_up", "anna"), ("3.mp4", "squat", tmp_path.name), ("2.MOV", "squat", "bob"),
    ]  # fmt: skip
    assert all(video.raw for video in videos), "nobody said that they are trimmed"


def test_unknown_people_count_as_one_until_somebody_says_otherwise(tmp_path: Path) -> None:
    touched(tmp_path, "squat/1.mp4", "squat/2.mp4", "lunge/1.mp4")
    assert len(groups_of(read_footage(tmp_path, Reading()))) == 1
    assert len(groups_of(read_footage(tmp_path, Reading(one_person_each=True)))) == 3


def test_raw_or_trimmed_can_be_said(tmp_path: Path) -> None:
    touched(tmp_path, "squat/1.mp4")
    (video,) = read_footage(tmp_path, Reading(raw=False))
    assert not video.raw


def test_a_folder_without_videos_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"neither a manifest\.csv nor folders of labelled videos"):
        read_footage(tmp_path, Reading())
    with pytest.raises(SettingsError, match="no such folder"):
        read_footage(tmp_path / "nowhere", Reading())


def test_labels_outside_the_catalogue_are_named_with_what_was_perhaps_meant(tmp_path: Path) -> None:
    touched(tmp_path, "squad/1.mp4", "wood_chop/1.mp4", "plank/1.mp4", "non_exercise/1.mp4")
    assert new_labels(read_footage(tmp_path, Reading())) == {"squad": "squat", "wood_chop": ""}


def test_a_rare_label_is_learnt_as_soon_as_two_sources_have_it(tmp_path: Path) -> None:
    touched(tmp_path, "kettlebell_swing/anna/1.mp4", "non_exercise/anna/1.mp4", "other_exercise/bob/1.mp4")
    assert [video.label for video in read_footage(tmp_path, Reading())] == [UNKNOWN, NONE, UNKNOWN]
    touched(tmp_path, "kettlebell_swing/bob/1.mp4")
    assert [video.label for video in read_footage(tmp_path, Reading())][:2] == ["kettlebell_swing"] * 2


# ---- parts of videos -----------------------------------------------------------------------------------------------


@pytest.fixture
def gym(tmp_path: Path) -> Path:
    """Ten seconds of nothing much, at 10 pictures a second."""
    (tmp_path / "gym" / "anna").mkdir(parents=True)
    write_video(tmp_path / "gym" / "anna" / "leg_day.mp4", seconds=10.0, fps=10)
    return tmp_path / "gym"


def cuts(folder: Path, *rows: str) -> Reading:
    file = folder / "cuts.csv"
    file.write_text("\n".join(("video,label,start,end,reps", *rows)) + "\n")
    return Reading((file,))


def test_annotations_cut_a_video_into_parts(gym: Path) -> None:
    reading = cuts(gym, "leg_day.mp4,squat,1.0,4.0,3", "anna/leg_day.mp4,lunge,45f,00:00:09.5,", "leg_day.mp4,row,,,")
    squat, lunge, whole = read_footage(gym, reading)
    assert (squat.start, squat.end, squat.seconds, squat.reps) == (1.0, 4.0, 3.0, 3)
    assert (lunge.start, lunge.end) == (4.5, 9.5), "frames are of the video's own rate"
    assert (whole.end, whole.seconds) == (None, pytest.approx(10.0, abs=0.2))
    assert [squat.name, lunge.name, whole.name] == ["leg_day-1000ms", "leg_day-4500ms", "leg_day"]
    assert {video.subject_id for video in (squat, lunge, whole)} == {"anna"}
    assert [video.raw for video in (squat, lunge, whole)] == [False, False, True]


def test_exports_find_their_videos(gym: Path) -> None:
    exports = [EXPORTS / name for name in ("label_studio.json", "label_studio_min.json", "supervisely")]
    videos = read_footage(gym, Reading(tuple(exports), annotation_fps=30.0))
    assert {video.path for video in videos} == {gym / "anna" / "leg_day.mp4"}
    assert videos[0].start == pytest.approx(24 / 30), "whoever states a rate knows better than the export"


def test_annotations_that_cannot_be_used_are_all_named(gym: Path) -> None:
    reading = cuts(
        gym, "leg_dya.mp4,squat,1,2,", "leg_day.mp4,squat,4,3,", "leg_day.mp4,squat,30,60,", "leg_day.mp4,squat,1,2,"
    )
    with pytest.raises(SettingsError) as raised:
        read_footage(gym, reading)
    text = str(raised.value)
    assert "3 of 4 annotations cannot be used" in text
    assert "line 2 (leg_dya.mp4, squat): no such video" in text
    assert "there is leg_day.mp4" in text
    assert "line 3" in text
    assert "the end must lie after the start" in text
    assert "ends at 60 s, and the video has 10.0 s" in text


def test_the_same_part_in_two_files_counts_once_and_contradictions_are_found(gym: Path) -> None:
    rows = ("leg_day.mp4,squat,1,4,", "leg_day.mp4,squat,1,4,", "leg_day.mp4,lunge,3,6,", "leg_day.mp4,lunge,5,9,")
    videos = read_footage(gym, cuts(gym, *rows))
    assert [(video.label, video.start) for video in videos] == [("squat", 1.0), ("lunge", 3.0), ("lunge", 5.0)]
    assert contradictions(videos) == [(videos[0], videos[1])], "parts of one label may overlap"
    assert contradictions([replace(video, people=2) for video in videos]) == [], "two people may do two things"


def test_a_name_that_several_videos_have_needs_its_path(gym: Path) -> None:
    touched(gym, "bob/leg_day.mp4")
    with pytest.raises(SettingsError, match=r"2 videos in .* have this name"):
        read_footage(gym, cuts(gym, "leg_day.mp4,squat,1,2,"))
    (video,) = read_footage(gym, cuts(gym, "anna/leg_day.mp4,squat,1,2,"))
    assert video.path == gym / "anna" / "leg_day.mp4"


def test_the_views_of_ai_hub_are_folders_of_pictures_of_one_group(tmp_path: Path) -> None:
    for view in "ABCDE":
        stem = f"265-1-2-21-Z41_{view}"
        touched(tmp_path, *(f"Day12_201005_F/2/{view}/{stem}/{stem}-{number:07d}.jpg" for number in (1, 3, 5)))
    videos = read_footage(tmp_path, Reading((EXPORTS / "aihub",), picture_fps=5.0))
    assert len(videos) == 5
    assert len(groups_of(videos)) == 1, "five views of one repetition are never parted"
    assert {video.seconds for video in videos} == {0.6}


# ---- corrections ---------------------------------------------------------------------------------------------------


def corrections(folder: Path, *rows: str) -> Reading:
    file = folder.parent / "corrections.csv"
    file.write_text("\n".join(("video,label,reps,note", *rows)) + "\n")
    return Reading(corrections=file)


def test_corrections_override_by_path_by_name_and_by_content(tmp_path: Path) -> None:
    data = touched(tmp_path / "data", "squat/1.mp4", "squat/2.mp4", "squat/3.mp4", "squat/4.mp4")
    digest = hashlib.sha256(b"squat/3.mp4").hexdigest()
    rows = ("squat/1.mp4,Front Raise,,arms only", "2,,7,counted again", f"{digest[:12]},lunge,2,", "4,row,,", "4,dip,,")
    reading = corrections(data, *rows)
    before = sorted(data.rglob("*"))
    one, two, three, four = read_footage(data, reading)
    assert (one.label, one.footage_label, one.reps, one.corrected) == ("front_raise", "front_raise", None, True)
    assert (two.label, two.reps, two.reps_trusted) == ("squat", 7, True)
    assert (three.label, three.reps) == ("lunge", 2)
    assert four.label == "dip", "later rows win"
    assert sorted(data.rglob("*")) == before, "the originals stay as they are"


def test_corrections_of_unknown_videos_are_errors(tmp_path: Path) -> None:
    data = touched(tmp_path / "data", "squat/1.mp4")
    with pytest.raises(SettingsError, match=r"2 corrections are of no video.*line 2: squat/l.mp4 \(is it squat/1.mp4"):
        read_footage(data, corrections(data, "squat/l.mp4,lunge,,", "0123456789ab,lunge,,"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,label\n", "no column video, reps"),
        ("video,label,reps,note\n1,,,nothing\n", "line 2: expected a video and a label or a count"),
        ("video,label,reps,note\n1,,many,\n", "'many' repetitions"),
    ],
)
def test_bad_corrections_are_told(tmp_path: Path, text: str, said: str) -> None:
    data = touched(tmp_path / "data", "squat/1.mp4")
    file = tmp_path / "corrections.csv"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        read_footage(data, Reading(corrections=file))


# ---- the manifest --------------------------------------------------------------------------------------------------


def test_what_was_read_comes_back_from_its_manifest(gym: Path, tmp_path: Path) -> None:
    reading = cuts(gym, "leg_day.mp4,squat,1.0,4.0,3", "leg_day.mp4,wood_chop,4.5,9.25,", "leg_day.mp4,row,,,")
    videos = read_footage(gym, reading)
    write_videos(videos, tmp_path / "made")
    back = read_videos(tmp_path / "made")
    for one, other in zip(videos, back, strict=True):
        assert replace(one, path=one.path.resolve(), seconds=0) == replace(other, path=other.path.resolve(), seconds=0)
        assert one.seconds == pytest.approx(other.seconds, abs=1e-3)
    with pytest.raises(SettingsError, match="is there already"):
        write_videos(videos, tmp_path / "made")
