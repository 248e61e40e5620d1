"""Footage from links, by yt-dlp where it is installed.

A CSV with the columns url and label, and perhaps person: each becomes ``folder/<label>/[<person>/]<id>.<ending>``. What
is there already is not fetched again. Whoever downloads minds the licence and the site's terms.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from services.core.errors import Cause, SettingsError, SourceLost
from training.footage.annotations import spelled

LONGEST_SIDE: Final = 1280
"""Pixels; larger videos only take longer to decode."""


@dataclass(frozen=True, slots=True)
class Link:
    """One video to fetch.

    Attributes:
        url: where it is.
        label: what is done in it.
        person: who does it; "" where nobody says.
    """

    url: str
    label: str
    person: str = ""

    @property
    def stem(self) -> str:
        """Its file's name without ending, the same for the same address."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:12]


class Downloader(Protocol):
    """Fetches one video."""

    def fetch(self, url: str, folder: Path, stem: str) -> None:
        """Write the video as ``folder/<stem>.<ending>``.

        Raises:
            SourceLost: it can't.
        """
        ...


class _Silent:
    """Takes what yt-dlp would print: addresses may hold credentials, and the error says what there is to say."""

    def debug(self, _text: str) -> None: ...

    def warning(self, _text: str) -> None: ...

    def error(self, _text: str) -> None: ...


class YtDlp:
    """yt-dlp, which knows a thousand sites and plain files on web servers.

    Raises:
        SettingsError: it is not installed.
    """

    def __init__(self) -> None:
        try:
            self._library: Any = importlib.import_module("yt_dlp")
        except ModuleNotFoundError as error:
            raise SettingsError(
                "downloading needs yt-dlp, which is not installed: python -m pip install yt-dlp, "
                "or put the videos into <folder>/<label>/ yourself"
            ) from error

    def fetch(self, url: str, folder: Path, stem: str) -> None:
        """Fetch one video without sound."""
        options = {
            "format": f"bv*[width<={LONGEST_SIDE}][height<={LONGEST_SIDE}]/b[width<={LONGEST_SIDE}]/bv*/b",
            "outtmpl": str(folder / f"{stem}.%(ext)s"),
            "noplaylist": True,
            "quiet": True,
            "noprogress": True,
            "logger": _Silent(),
        }
        try:
            with self._library.YoutubeDL(options) as fetching:
                fetching.download([url])
        except self._library.utils.DownloadError as error:
            # Colour codes of its messages, and the address with whatever credentials are in it, are not passed on.
            text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).replace(url, "the video")
            raise SourceLost(Cause.NETWORK, text.removeprefix("ERROR: ")) from None


def read_links(file: Path) -> list[Link]:
    """The links of a CSV.

    Raises:
        SettingsError: it cannot be read, or a line has no address or label.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened)
            if not {"url", "label"} <= set(reader.fieldnames or ()):
                raise SettingsError(f"{file}: expected the columns url,label[,person]; got {reader.fieldnames}")
            links = []
            for line, row in enumerate(reader, start=2):
                url, label, person = ((row.get(name) or "").strip() for name in ("url", "label", "person"))
                if not url.startswith(("http://", "https://")) or not label:
                    raise SettingsError(f"{file.name} line {line}: expected an http address and a label")
                links.append(Link(url, spelled(label), person))
            return links
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"links {file}: cannot be read: {error}") from error


def download(links: Sequence[Link], folder: Path, downloader: Downloader) -> Iterator[tuple[Link, str]]:
    """Fetch what is not there yet, and say of each link when it is done and what was wrong with it, or "".

    Args:
        links: which.
        folder: where label folders are made.
        downloader: fetches one.
    """
    for link in links:
        target = folder / link.label / re.sub(r"[^\w\-]", "_", link.person)
        target.mkdir(parents=True, exist_ok=True)
        fault = ""
        if not any(file.suffix != ".part" for file in target.glob(f"{link.stem}.*")):
            try:
                downloader.fetch(link.url, target, link.stem)
            except SourceLost as error:
                fault = str(error)
        yield link, fault
