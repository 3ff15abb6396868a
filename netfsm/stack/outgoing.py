"""A packet on its way out, in two stages: room is reserved from the top down, then it is filled.

`reserve` walks down before a byte is written: each layer decides whether the packet can go, and
notes what it will write. It fails there or not at all for reasons that are known beforehand. The
caller writes the payload where it will be sent from; `commit` walks down once more, and each layer
takes back its note and writes its header in front of what is there.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from netfsm.errors import InternalError, ReserveError, TooBig
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets

__all__ = ["Attempt", "Outgoing"]


@define(eq=False)
class Outgoing:
    """A packet with room for `size` octets of payload, in a buffer of `interface` (its name).

    `write` fills it, or `payload` gives the octets to be filled in place. `partial` tells that the
    way out finishes a checksum of which the pseudo-header's sum is there (`Buffer.leave_sum`);
    with a `segment` the packet is to be cut into so many octets of text each. `pseudo` is the part
    of the pseudo-header that IP knows: both addresses as one number. `layer` is the one that was
    asked for it, `number` its place among the packets of the stack.
    """

    interface: str
    buffer: Buffer
    size: int
    partial: bool = False
    segment: int = 0
    pseudo: int = 0
    layer: str = ""
    number: int = 0
    _notes: list[Any] = field(factory=list[Any])

    def note(self, note: object, header: int = 0) -> None:
        """Keep what the layer that reserves will need on commit; its header takes `header`."""
        self._notes.append(note)
        self.size -= header

    def last_note(self) -> Any:
        """The note of the layer that reserved last, which stays."""
        return self._notes[-1]

    def recall(self) -> Any:
        """The note of the layer that commits."""
        return self._notes.pop()

    def write(self, data: Octets) -> None:
        """Put `data` behind what was written. TooBig where more is written than was reserved."""
        if len(self.buffer) + len(data) > self.size:
            raise TooBig(len(self.buffer) + len(data), self.size)
        self.buffer.append(data)

    def payload(self, octets: int) -> memoryview:
        """The next `octets` of the packet, to be filled in place. TooBig as for `write`."""
        if len(self.buffer) + octets > self.size:
            raise TooBig(len(self.buffer) + octets, self.size)
        return self.buffer.extend(octets)

    def cancel(self) -> None:
        """Give the buffer back unsent."""
        self._notes.clear()
        self.buffer.release()


@define
class Attempt:
    """What becomes of one `reserve`, while the rows of a machine decide it."""

    size: int
    packet: Outgoing | None = None
    error: ReserveError | None = None

    def result(self) -> Outgoing:
        """The packet. Raises the ReserveError that was met."""
        if self.error is not None:
            raise self.error
        if self.packet is None:
            raise InternalError("no row gave room for a packet, and none said why")
        return self.packet
