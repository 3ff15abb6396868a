"""Pieces of text that are kept: small ones joined, none that holds a large frame in memory."""

from __future__ import annotations

from typing import Final

from netfsm.wire.checksum import Octets
from netfsm.wire.offload import lasting

__all__ = ["SMALL", "keep"]

SMALL: Final = 1024
"""Pieces of fewer octets are joined with their neighbour, so that memory follows the text."""


def keep(pieces: list[Octets], text: Octets) -> None:
    """Put `text` behind `pieces`, copied only where it is small or its memory is not its own."""
    if len(text) < SMALL:
        if pieces and len(pieces[-1]) < SMALL:
            pieces[-1] = b"".join((pieces[-1], text))
            return
        text = bytes(text)
    elif isinstance(text, memoryview):
        frame = text.obj
        small = isinstance(frame, bytes) and 2 * len(text) < len(frame)
        text = bytes(text) if small else lasting(text)
    elif isinstance(text, bytearray):
        text = bytes(text)
    pieces.append(text)
