"""What tests ask a running stack, and patience with it: it is another process, as the kernel is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

from netfsm.stack.control_socket import ask

TURNS = 100
PAUSE = 0.2
"""Seconds until it is asked again."""


def counters(control: Path, layer: str) -> dict[str, int]:
    """The counters of a layer of the running stack that are not zero."""
    rows = ask(control, query="host.counters", params={"layer": layer})
    return {row["counter"]: row["count"] for row in rows}


def eventually(found: Callable[[], Any]) -> Any:
    """The first answer that is true, within some seconds; the last one where none is."""
    for _ in range(TURNS):
        answer = found()
        if answer:
            return answer
        Event().wait(PAUSE)  # nothing tells when the other side is ready
    return found()
