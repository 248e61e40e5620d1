"""What a process that runs the models does about its memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.pose import process
from services.pose.process import join_pages

BYTES = 32 << 20


def large(block: NDArray[np.uint8]) -> int:
    """Bytes in large pages of the part of the memory in which a block is."""
    found, held = False, 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if place := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            begin, end = (int(address, 16) for address in place.groups())
            found = begin < block.ctypes.data + block.nbytes and block.ctypes.data < end
        elif found and line.startswith("AnonHugePages:"):
            held += 1024 * int(line.split()[1])
    return held


@pytest.fixture
def block() -> Iterator[NDArray[np.uint8]]:
    if not process._LARGE_PAGE.exists():
        pytest.skip("this system has no large pages")
    yield np.full(BYTES, 7, np.uint8)


def test_what_is_in_memory_is_joined_and_stays_as_it_was(block: NDArray[np.uint8]) -> None:
    before = large(block)
    joined = join_pages()
    if not joined:
        pytest.skip("this kernel joins no pages: it is older than 6.1, or has no large ones left")
    assert joined >= BYTES // 2
    assert large(block) > before or before >= BYTES // 2
    assert (block == 7).all()


def test_without_large_pages_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "_LARGE_PAGE", tmp_path / "none")
    assert join_pages() == 0
    (tmp_path / "odd").write_text("two megabytes")
    monkeypatch.setattr(process, "_LARGE_PAGE", tmp_path / "odd")
    assert join_pages() == 0
