"""What a process that runs the models sets once: how many threads, and what becomes of freed memory."""

from __future__ import annotations

import ctypes

import cv2


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
