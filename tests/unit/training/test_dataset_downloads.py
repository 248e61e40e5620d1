"""Footage from links: what is fetched, what is not, and what is said when it cannot be."""

from __future__ import annotations

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.core.errors import Cause, SettingsError, SourceLost
from training.footage.downloads import Link, YtDlp, download, read_links
from training.footage.folders import Reading, read_footage

SECRET = "t0ken"

FAKE = '''
"""What `training.footage.downloads` asks of yt-dlp, over a plain web server."""
import urllib.error
import urllib.request


class utils:
    class DownloadError(Exception):
        pass


class YoutubeDL:
    def __init__(self, options):
        self.options = options

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def download(self, urls):
        for url in urls:
            try:
                with urllib.request.urlopen(url) as answer, open(
                    self.options["outtmpl"].replace("%(ext)s", "mp4"), "wb"
                ) as file:
                    file.write(answer.read())
            except urllib.error.HTTPError as error:
                raise utils.DownloadError("\\x1b[0;31mERROR:\\x1b[0m [generic] " + url + ": " + str(error)) from error
'''


class Memory:
    """A downloader that has some videos."""

    def __init__(self, *urls: str) -> None:
        self.urls = urls
        self.asked: list[str] = []

    def fetch(self, url: str, folder: Path, stem: str) -> None:
        self.asked.append(url)
        if url not in self.urls:
            raise SourceLost(Cause.NETWORK, "the video is private")
        (folder / f"{stem}.webm").write_bytes(url.encode())


def links(folder: Path, text: str) -> Path:
    (folder / "links.csv").write_text(text)
    return folder / "links.csv"


def test_links_become_folders_of_labels_and_people(tmp_path: Path) -> None:
    file = links(tmp_path, "url,label,person\nhttps://a/1,Push-Up,ann lee\nhttps://a/2,squat,\nhttps://a/3,squat,bob\n")
    memory = Memory("https://a/1", "https://a/2")
    faults = [fault for _, fault in download(read_links(file), tmp_path / "gym", memory)]
    assert faults == ["", "", "the video is private"], "the others go on"
    videos = read_footage(tmp_path / "gym", Reading())
    assert [(video.label, video.subject_id) for video in videos] == [("push_up", "ann_lee"), ("squat", "gym")]


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    wanted = [Link("https://a/1", "squat"), Link("https://a/2", "squat")]
    list(download(wanted[:1], tmp_path, Memory("https://a/1")))
    (tmp_path / "squat" / f"{wanted[1].stem}.mp4.part").touch()
    memory = Memory("https://a/1", "https://a/2")
    assert [fault for _, fault in download(wanted, tmp_path, memory)] == ["", ""]
    assert memory.asked == ["https://a/2"], "half a file is no file"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("address\nhttps://a/1\n", "expected the columns url,label"),
        ("url,label\nhttps://a/1,\n", "line 2: expected an http address and a label"),
        ("url,label\nfile:///etc/passwd,squat\n", "line 2: expected an http address"),
    ],
)
def test_bad_links_are_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_links(links(tmp_path, text))
    with pytest.raises(SettingsError, match="cannot be read"):
        read_links(tmp_path / "none.csv")


def test_without_yt_dlp_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    with pytest.raises(SettingsError, match="pip install yt-dlp"):
        YtDlp()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server with one file on it."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "clip.mp4").write_bytes(b"a clip")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *words: Quiet(*words, directory=str(tmp_path / "web"))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_yt_dlp_is_driven_over_http(tmp_path: Path, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "yt_dlp.py").write_text(FAKE)
    monkeypatch.syspath_prepend(str(tmp_path / "library"))
    monkeypatch.delitem(sys.modules, "yt_dlp", raising=False)
    wanted = [Link(f"{web}/clip.mp4", "squat"), Link(f"{web}/gone.mp4?key={SECRET}", "squat")]
    found = dict(download(wanted, tmp_path / "gym", YtDlp()))
    assert found[wanted[0]] == ""
    assert (tmp_path / "gym" / "squat" / f"{wanted[0].stem}.mp4").read_bytes() == b"a clip"
    assert "404" in found[wanted[1]]
    assert SECRET not in found[wanted[1]]
    monkeypatch.delitem(sys.modules, "yt_dlp")
