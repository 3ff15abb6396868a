"""Processes that work side by side, and end with the one that has started them."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread

__all__ = ["workers"]


def workers(count: int) -> ProcessPoolExecutor:
    """At most `count` processes; none outlives this one, even where it is killed."""
    context = get_context("spawn")  # a fork would copy the threads of Z3 half
    return ProcessPoolExecutor(count, mp_context=context, initializer=_watch)


def _watch() -> None:
    """Have a thread that waits for the end of the process that has started this one."""
    Thread(target=_end_too, daemon=True).start()


def _end_too() -> None:
    parent = parent_process()
    assert parent is not None  # this is a worker
    parent.join()
    os._exit(1)
