"""The way out of a stack: packets that leave, the buffers they are built in, and who waits.

What a step gives is the caller's until the next step; then the buffers of its frames are free
again. A buffer that a driver lent is the driver's when its frame is out. Here, and nowhere else,
the stack does what a driver does not do by itself: finish checksums, cut segments.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from netfsm.stack.interface import Interface
from netfsm.stack.messages import Output, Transmit
from netfsm.stack.outgoing import Outgoing
from netfsm.wire.buffer import Buffer
from netfsm.wire.cutter import cut
from netfsm.wire.offload import ChecksumState


@define(eq=False)
class Egress:
    """`outputs` is where frames go, `rows` holds those that made them in a traced stack.

    `loop` takes a frame that goes to ourselves, and must release its buffer when it is done.
    """

    outputs: list[Output]
    rows: list[str]
    loop: Callable[[Interface, Buffer], None]
    _out: list[Buffer] = field(factory=list[Buffer])
    _given: list[Buffer] = field(factory=list[Buffer])

    def transmit(self, interface: Interface, packet: Outgoing) -> None:
        """Put a packet with all its headers among the outputs."""
        buffer = packet.buffer
        if buffer.segment and not interface.cuts:
            for piece in cut(buffer.view, buffer.offload):
                self._leave(interface, Buffer(piece, 0, len(piece), ChecksumState.VALID))
            buffer.release()
            return
        if buffer.checksum is ChecksumState.PARTIAL and not interface.finishes:
            buffer.finish_sum()
        self._leave(interface, buffer)

    def _leave(self, interface: Interface, buffer: Buffer) -> None:
        frame = buffer.view
        interface.out_frames += 1
        interface.out_octets += len(frame)
        if interface.loopback:
            self.loop(interface, buffer)
            return
        self._out.append(buffer)
        self.outputs.append(Transmit(interface.name, frame, tuple(self.rows), buffer))

    @property
    def reclaims(self) -> bool:
        """Whether the next step brings buffers back."""
        return bool(self._given)

    def given(self) -> None:
        """The outputs have been handed out."""
        self._given, self._out = self._out, []

    def reclaim(self) -> bool:
        """Take back the buffers of what was handed out; True where there were any."""
        given, self._given = self._given, []
        for buffer in given:
            buffer.release()
        return bool(given)
