"""A driver that gives back the frames of a capture, each at its time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from netfsm.drivers.address import mac_for
from netfsm.drivers.base import ETHERNET, BaseDriver
from netfsm.drivers.pcapng import LINK_TYPES, CapturedPacket, PcapngReader
from netfsm.errors import TargetError
from netfsm.stack.driver import Rows
from netfsm.wire.checksum import Octets

__all__ = ["Replay"]


class Replay(BaseDriver):
    """The frames of `path` that were not sent by us, counted from the first call of `advance`.

    What is sent is kept in `sent`. Raises BadCapture where the file is no pcapng, TargetError where
    its first interface is of another link type than `link_type`.
    """

    def __init__(
        self, path: Path | str, mac: bytes | None = None, link_type: int = ETHERNET
    ) -> None:
        super().__init__(mac if mac is not None else mac_for("replay"), 1500, link_type)
        with Path(path).open("rb") as file:
            reader = PcapngReader(file)
            packets = [one for one in reader if one.interface == 0 and one.way != "out"]
            found = reader.link_types[:1]
        if found and found[0] != LINK_TYPES[link_type]:
            raise TargetError(f"replay of {path}", f"its link type is {found[0]}")
        self.sent: list[bytes] = []
        self._packets: deque[CapturedPacket] = deque(packets)
        self._start: int | None = None
        self._now = 0

    @property
    def done(self) -> bool:
        """True when every frame has been given."""
        return not self._packets

    def advance(self, now: int) -> None:
        """Move on; the first call is the time of the first frame."""
        if self._start is None and self._packets:
            self._start = now - self._packets[0].time
        self._now = now

    def receive(self) -> Sequence[Octets]:
        """The frames that are due."""
        found: list[bytes] = []
        while (at := self.deadline()) is not None and at <= self._now:
            found.append(self._packets.popleft().data)
        return found

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Keep the frame; nobody is there."""
        self.sent.append(bytes(frame))

    def deadline(self) -> int | None:
        """When the next frame is due."""
        if not self._packets or self._start is None:
            return None
        return self._start + self._packets[0].time
