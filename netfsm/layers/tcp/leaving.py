"""The way down: segments leave by IP, and those that found no buffer wait for one."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from netfsm.errors import NoBuffers, ReserveError
from netfsm.layers.contracts import Flow
from netfsm.layers.tcp.base import Base
from netfsm.stack import Interface
from netfsm.wire.checksum import Octets


class Late(NamedTuple):
    """A segment that waits for a buffer: what `Internet.send` is to be given.

    `octets` are those of an address: they say which IP.
    """

    octets: int
    flow: Flow
    head: bytes
    text: list[Octets]
    segment: int


class Leaving(Base):
    """Segments leave in the order in which they were made, whatever they had to wait for."""

    def setup(self) -> None:
        """Resolve what every segment needs."""
        super().setup()
        self._sum_offset = self._codec.sum_offset
        self._late: deque[Late] = deque()
        self._most_late = self.number("MAX_LATE")

    def _leave(
        self, octets: int, flow: Flow, head: bytes, text: list[Octets], segment: int
    ) -> None:
        """Down to IP, at once or when a buffer is free."""
        late = Late(octets, flow, head, text, segment)
        if self._late or not self._gone(late):
            self._put_off(late)

    def _gone(self, late: Late) -> bool:
        """Whether a segment need not wait: IP took it, or will never take it.

        What it will not send is lost, as it may be anywhere on the way.
        """
        octets, flow, head, text, segment = late
        try:
            internet = self.internet(octets)
            internet.send(flow, head, text, sum_offset=self._sum_offset, segment=segment)
        except NoBuffers:
            return False
        except (ReserveError, OSError):  # OSError: IP was unloaded
            self.counters["unsent"] += 1
        else:
            self.counters["out_segments"] += 1
        return True

    def _put_off(self, late: Late) -> None:
        if len(self._late) < self._most_late:
            self._late.append(late)
        else:
            self.counters["unsent"] += 1

    def ready(self, interface: Interface) -> None:  # noqa: ARG002  # the oldest goes first, whatever its way
        """Buffers are free again."""
        while self._late and self._gone(self._late[0]):
            self._late.popleft()

    def quiesce(self) -> None:
        """What waits will not leave."""
        self.counters["unsent"] += len(self._late)
        self._late.clear()
