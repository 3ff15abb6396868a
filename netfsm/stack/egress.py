"""The way out of a stack: packets that leave, the buffers they are built in, and who waits.

What a step gives is the caller's until the next step; then the buffers of its frames are free
again. A buffer that a driver lent is the driver's when its frame is out.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from netfsm.stack.interface import Interface
from netfsm.stack.messages import Output, Transmit
from netfsm.stack.outgoing import Outgoing
from netfsm.wire.buffer import Buffer


@define(eq=False)
class Egress:
    """`outputs` is where frames go, `rows` holds those that made them in a traced stack.

    `loop` takes a frame that goes to ourselves, and must call what it is given when it is done.
    """

    outputs: list[Output]
    rows: list[str]
    loop: Callable[[Interface, memoryview, Callable[[], None]], None]
    _out: list[Buffer] = field(factory=list[Buffer])
    _given: list[Buffer] = field(factory=list[Buffer])

    def transmit(self, interface: Interface, packet: Outgoing) -> None:
        """Put a packet with all its headers among the outputs."""
        buffer = packet.buffer
        frame = buffer.view
        interface.out_frames += 1
        interface.out_octets += len(frame)
        if interface.loopback:
            self.loop(interface, frame, buffer.release)
            return
        self._out.append(buffer)
        self.outputs.append(Transmit(interface.name, frame, tuple(self.rows), buffer))

    def given(self) -> None:
        """The outputs have been handed out."""
        self._given, self._out = self._out, []

    def reclaim(self) -> bool:
        """Take back the buffers of what was handed out; True where there were any."""
        given, self._given = self._given, []
        for buffer in given:
            buffer.release()
        return bool(given)
