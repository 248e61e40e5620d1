"""What a process that runs the models sets once: how many threads, and what becomes of its memory."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2

_LARGE_PAGE: Final = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")
_COLLAPSE: Final = 25
"""MADV_COLLAPSE of madvise(2), which Linux has since 6.1."""


def limit_threads(threads: int) -> None:
    """Keep OpenCV to so many threads, as the models are kept to theirs by their own settings.

    One for each process is the cheapest: what several threads do together they do with up to half as much CPU again.
    """
    cv2.setNumThreads(threads)


def give_back_memory() -> None:
    """Return what was freed to the system: of what loading the models took, the C library keeps 40 MB otherwise.

    Only glibc does so, and has `malloc_trim(3)`.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def join_pages() -> int:
    """Put what is in memory by now into large pages; how many bytes that was.

    The models' weights and their room to compute in are 60 MB, more than a processor keeps the places of in pages of
    4 kB: 2 % of a run are spent on looking them up. It takes 0.15 s, and hardly any memory, since only what is there
    is joined; what comes later is not. Elsewhere than on Linux nothing happens, nor where it is too old.
    """
    madvise = getattr(ctypes.CDLL(None), "madvise", None)
    try:
        size = int(_LARGE_PAGE.read_text())
        own = [*_own_memory(size)]
    except (OSError, ValueError):
        return 0
    if madvise is None:
        return 0
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return sum(size for at in own if madvise(at, size, _COLLAPSE) == 0)


def _own_memory(size: int) -> Iterator[int]:
    """Addresses of the aligned pieces of such a size in memory that the process alone writes to, and no file backs."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights == "rw-p" and inode == "0" and name in ([], ["[heap]"]):
            begin, end = (int(address, 16) for address in place.split("-"))
            yield from range(-(-begin // size) * size, end - size + 1, size)
