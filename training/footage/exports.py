"""What labelling tools and published sets write about videos.

Label Studio   JSON and JSON-MIN with TimelineLabels. Frames count from 1, both ends included, at the rate that the
               project's Video tag states; it is in the export only where boxes were drawn too (framesCount and
               duration), else it is taken to be the video's own, or --annotation-fps.
               https://labelstud.io/tags/timelinelabels
CVAT           "CVAT for video 1.1": a track lasts until its shape is outside; its label, or its attribute action,
               activity, exercise or label, says what is done. That format leaves tags of frames out
               (cvat-ai/cvat#7198): they are read from "CVAT for images 1.1". https://docs.cvat.ai/docs/other/xml_format
Supervisely    a JSON for each video (name.mp4.json): tags with a frameRange, both ends included, from 0. A text
               value is the label, else the tag's name is; a number is the count of repetitions.
               https://developer.supervisely.com/getting-started/supervisely-annotation-format/videos
AI-Hub         the fitness postures: one JSON for each repetition with frames of five views. Each view
               is a folder of pictures; all five belong to one person and so to one part of any split.

They were written from the tools' documentation and from exports that people published; no tool was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from training.footage.moments import Moments

TOOLS: Final = ("Label Studio (JSON, JSON-MIN)", "CVAT (XML 1.1)", "Supervisely (JSON)", "AI-Hub fitness (JSON)")
"""What can be read."""

DOING: Final = frozenset({"action", "activity", "exercise", "label"})
"""Names of attributes and tags whose value is the label."""

EXERCISES: Final = {
    "바벨스쿼트": "squat",
    "바벨데드리프트": "deadlift",
    "바벨스티프데드리프트": "romanian_deadlift",
    "푸시업": "push_up",
    "니푸쉬업": "push_up",
    "딥스": "dip",
    "오버헤드프레스": "overhead_press",
    "바벨컬": "biceps_curl",
    "덤벨컬": "biceps_curl",
    "케이블푸시다운": "tricep",
    "라잉트라이셉스익스텐션": "tricep",
    "바벨로우": "row",
    "덤벨벤트오버로우": "row",
    "랫풀다운": "lat_pulldown",
    "풀업": "pull_up",
    "사이드레터럴레이즈": "lateral_raise",
    "프런트레이즈": "front_raise",
    "바벨런지": "lunge",
    "스텝포워드다이나믹런지": "lunge",
    "스텝백워드다이나믹런지": "lunge",
    "힙쓰러스트": "hip_thrust",
    "버피테스트": "burpee",
    "플랭크": "plank",
}
"""AI-Hub's exercise, without spaces -> ours. The others (crunches, flies, good mornings ...) keep their own names."""

_UPLOAD: Final = re.compile(r"[0-9a-f]{8}-(.+)")
"""Label Studio puts eight digits before the name of an uploaded file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of a video in an export; see `training.footage.annotations.Annotation`."""

    video: str
    label: str
    part: Moments | None
    where: str
    person: str = ""
    source: str = ""
    view: str = ""
    reps: int | None = None


def entries_of_json(content: Any, name: str) -> Iterator[Entry]:  # noqa: ANN401 - any JSON: what it is, is found out here
    """The parts that a JSON export tells of.

    Args:
        content: the file's JSON.
        name: the file's name; Supervisely tells the video by it.

    Raises:
        ValueError: it is of no known tool.
    """
    tasks = content if isinstance(content, list) and all(isinstance(task, dict) for task in content) else []
    if tasks and "annotations" in tasks[0] and "data" in tasks[0]:
        yield from _label_studio(tasks)
    elif any(_timelines(task) for task in tasks):
        yield from _label_studio_min(tasks)
    elif isinstance(content, dict) and "type_info" in content:
        yield from _ai_hub(content)
    elif isinstance(content, dict) and "framesCount" in content:
        yield from _supervisely(content, name)
    else:
        raise ValueError("no known format")


# ---- Label Studio --------------------------------------------------------------------------------------------------


def _label_studio(tasks: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    for task in tasks:
        done = [one for one in task["annotations"] if not one.get("was_cancelled")]
        if not done:
            continue
        # Several people may have annotated a task: what was declared true counts, else what was said last.
        chosen = max(done, key=lambda one: (bool(one.get("ground_truth")), str(one.get("updated_at") or ""), one["id"]))
        video = _video_of_task(task["data"])
        results = [result["value"] for result in chosen["result"]]
        fps = next((_stated_rate(value) for value in results if _stated_rate(value)), 0.0)
        for value in results:
            yield from _timeline(value, video, fps, f"task {task.get('id')}")


def _label_studio_min(tasks: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    for task in tasks:
        boxes = [value for values in task.values() if isinstance(values, list) for value in values]
        fps = next((_stated_rate(value) for value in boxes if isinstance(value, dict) and _stated_rate(value)), 0.0)
        for value in _timelines(task):
            yield from _timeline(value, _video_of_task(task), fps, f"task {task.get('id')}")


def _timelines(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The values of a JSON-MIN task that are timelines: they stand under the name of their control."""
    lists = [values for values in task.values() if isinstance(values, list)]
    return [value for values in lists for value in values if isinstance(value, dict) and "timelinelabels" in value]


def _timeline(value: Mapping[str, Any], video: str, fps: float, where: str) -> Iterator[Entry]:
    # A box drawn on the same video is exported as a timeline without ranges (HumanSignal/label-studio#9744).
    for span in value.get("ranges", ()):
        for label in value.get("timelinelabels") or ():
            yield Entry(video, label, Moments.of_frames(span["start"] - 1, span["end"] - 1, fps), where)


def _stated_rate(value: Mapping[str, Any]) -> float:
    if value.get("framesCount") and value.get("duration"):
        return float(value["framesCount"]) / float(value["duration"])
    return 0.0


def _video_of_task(data: Mapping[str, Any]) -> str:
    others = (value for value in data.values() if isinstance(value, str) and "/" in value)
    text = data.get("video") or next(others, None)
    if not isinstance(text, str):
        raise ValueError("a task without a video")
    address = urlsplit(text)
    path = parse_qs(address.query).get("d", [unquote(address.path)])[0]
    upload = _UPLOAD.fullmatch(PurePosixPath(path).name) if "/upload/" in path else None
    return upload[1] if upload else path


# ---- CVAT ----------------------------------------------------------------------------------------------------------


def entries_of_xml(text: str) -> Iterator[Entry]:
    """The parts that a CVAT export tells of.

    Raises:
        ValueError: it is not CVAT's XML.
    """
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - a file of one's own; expat bounds what entities grow to
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    if root.tag != "annotations":
        raise ValueError(f"<{root.tag}> where <annotations> was expected")
    names = {task.findtext("id"): task.findtext("source") or "" for task in root.iter("task")}
    alone = root.findtext("meta/source") or (next(iter(names.values())) if len(names) == 1 else "")
    step = _step(root)
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for track in root.iter("track"):
        video = names.get(track.get("task_id")) or alone
        for label, first, last in _shown(track, step):
            spans.setdefault((video, label), []).append((first, last))
    for image in root.iter("image"):
        video = names.get(image.get("task_id")) or alone
        frame = int(image.attrib["id"])
        for tag in image.iter("tag"):
            spans.setdefault((video, _said(tag) or tag.attrib["label"]), []).append((frame, frame + step - 1))
    for (video, label), parts in spans.items():
        if not video:
            raise ValueError("no <source>: the export does not say which video it is of")
        for first, last in _joined(parts):
            yield Entry(video, label, Moments.of_frames(first, last), f"{label} from frame {first}")


def _step(root: ElementTree.Element) -> int:
    """Every which frame of the videos the tool showed."""
    match = re.search(r"step\s*=\s*(\d+)", " ".join(found.text or "" for found in root.iter("frame_filter")))
    return int(match[1]) if match else 1


def _said(shape: ElementTree.Element) -> str:
    return next((found.text or "" for found in shape.iter("attribute") if found.get("name", "").lower() in DOING), "")


def _shown(track: ElementTree.Element, step: int) -> Iterator[tuple[str, int, int]]:
    """Label, first and last frame of each stretch in which a track's shape is inside and says the same."""
    opened: tuple[str, int] | None = None
    last = 0
    for shape in sorted((one for one in track if "frame" in one.attrib), key=lambda one: int(one.attrib["frame"])):
        last = int(shape.attrib["frame"])
        label = "" if shape.get("outside") == "1" else _said(shape) or track.attrib["label"]
        if opened and opened[0] != label:
            yield opened[0], opened[1], last - 1
            opened = None
        if label and not opened:
            opened = label, last
    if opened:
        yield opened[0], opened[1], last + step - 1


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same frames in as few spans as possible: shapes of one frame each are exported as tracks of one frame."""
    at: tuple[int, int] | None = None
    for first, last in sorted(spans):
        if at and first <= at[1] + 1:
            at = at[0], max(at[1], last)
            continue
        if at:
            yield at
        at = first, last
    if at:
        yield at


# ---- Supervisely ---------------------------------------------------------------------------------------------------


def _supervisely(content: Mapping[str, Any], name: str) -> Iterator[Entry]:
    video = name.removesuffix(".json")
    frames = content.get("frames") or ()
    for tag in content.get("tags") or ():
        yield _tag(tag, video, tag.get("frameRange"))
    for thing in content.get("objects") or ():
        seen = [
            frame["index"] for frame in frames if any(one.get("objectKey") == thing["key"] for one in frame["figures"])
        ]
        for tag in thing.get("tags") or ():
            yield _tag(tag, video, tag.get("frameRange") or ([min(seen), max(seen)] if seen else None))


def _tag(tag: Mapping[str, Any], video: str, span: list[int] | None) -> Entry:
    value = tag.get("value")
    return Entry(
        video=video,
        label=value if isinstance(value, str) and value else tag["name"],
        part=Moments.of_frames(span[0], span[1]) if span else None,
        where=f"tag {tag['name']}",
        reps=int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None,
    )


# ---- AI-Hub --------------------------------------------------------------------------------------------------------


def _ai_hub(content: Mapping[str, Any]) -> Iterator[Entry]:
    """Each view of one repetition.

    ``img_key`` is ``<day>/.../A/033-1-1-21-Z17_A/033-1-1-21-Z17_A-0000001.jpg``: exercise, form, take, and the person
    before the view's letter.
    """
    told = str(content["type_info"]["exercise"])
    label = EXERCISES.get("".join(told.split()), told)
    views = sorted({view for frame in content["frames"] for view in frame if re.fullmatch(r"view\d", view)})
    if not views:
        raise ValueError("no views: its 3-D keypoints (-3d.json) say nothing of pictures, give the other file")
    for view in views:
        pictures = [frame[view]["img_key"] for frame in content["frames"] if view in frame]
        folder = PurePosixPath(pictures[0]).parent
        person = "aihub_" + folder.name.rpartition("_")[0].rpartition("-")[2]
        yield Entry(str(folder), label, None, view, person=person, source=person, view="other", reps=1)
