"""What is to be sent and is not acknowledged yet."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from netfsm.layers.tcp.text import keep
from netfsm.wire.checksum import Octets

__all__ = ["SendQueue"]

SPACE: Final = 0xFFFFFFFF


class SendQueue:
    """Octets by sequence number, in the pieces in which they were given.

    `number` is the sequence number of the first octet that is kept. Pieces stand at places that
    are counted from the beginning of the stream and never wrap.
    """

    __slots__ = ("_end", "_first", "_pieces", "_places", "number")

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self._first = self._end = 0
        self._pieces: list[Octets] = []
        self._places: list[int] = []

    def __len__(self) -> int:
        """Octets that are kept."""
        return self._end - self._first

    def append(self, text: Octets) -> None:
        """Put `text` behind what is there."""
        count = len(self._pieces)
        keep(self._pieces, text)
        if len(self._pieces) > count:
            self._places.append(self._end)
        self._end += len(text)

    def release(self, upto: int) -> None:
        """Let go of what lies before the sequence number `upto`; a SYN or FIN is no text."""
        count = (upto - self.number) & SPACE
        self.number = upto
        self._first = min(self._first + count, self._end)
        gone = bisect_right(self._places, self._first) - 1
        if self._first == self._end:
            gone = len(self._places)
        if gone > 0:
            del self._pieces[:gone], self._places[:gone]

    def clear(self) -> None:
        """Let go of everything."""
        self._first = self._end
        self._pieces.clear()
        self._places.clear()

    def slice(self, number: int, count: int) -> list[Octets]:
        """`count` octets from the sequence number `number` on, in as few pieces as there are.

        IndexError where they are not all there.
        """
        start = self._first + ((number - self.number) & SPACE)
        end = start + count
        if end > self._end:
            raise IndexError(f"{count} octets from {number} are not in the queue")
        index = bisect_right(self._places, start) - 1
        found: list[Octets] = []
        while start < end:
            piece, place = self._pieces[index], self._places[index]
            part = memoryview(piece)[start - place : end - place]
            found.append(part)
            start += len(part)
            index += 1
        return found
