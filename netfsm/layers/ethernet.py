"""The hands of Ethernet: header on, header off, and the handler of a type looked up."""

from __future__ import annotations

from typing import Any

from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Interface, Link, Verdict
from netfsm.stack.part import Key
from netfsm.stack.verdicts import DELIVERED, dropped
from netfsm.wire.buffer import Buffer
from netfsm.wire.refusal import Refusal

MIN_PAYLOAD = 46  # octets that a frame carries at least (RFC 894)


class Ethernet(Hands):
    """Bound to `link.type` 1; provides `ethernet.ethertype`."""

    def setup(self) -> None:
        """Resolve what every frame needs."""
        self._input = self.part("ethernet.input")
        self._output = self.part("ethernet.output")
        self._types = self.spaces["ethernet.ethertype"]
        codec = self.codec("ethernet.frame")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._header = codec.header_octets

    @property
    def link(self) -> Link:
        """What is bound to the link type."""
        return self

    # ---- in

    def receive(self, interface: Interface, frame: memoryview) -> Verdict:
        """A frame from the driver, without its check sequence."""
        self.counters["in_frames"] += 1
        header = self._decode(frame)
        if isinstance(header, Refusal):
            return self.refused(header.reason)
        handler = self._types.find(header.type)
        verdict = self._input.step(
            (interface.name,),
            "frame",
            header,
            bool(header.src[0] & 1),
            bool(header.dst[0] & 1),
            handler is not None,
            context=(handler, interface, header),
        )
        return verdict or DELIVERED

    def on_input_deliver(self, _: CompiledMachine, emission: Any, context: Any) -> Verdict:
        """The payload goes to the layer that is bound to the type; taps see it first."""
        handler, interface, header = context
        for tap in self._types.taps(header.type):
            tap(interface, header.payload, emission.broadcast)
        verdict: Verdict = handler(interface, header.payload, emission.broadcast)
        return verdict

    # ---- out

    def send(self, interface: Interface, to: bytes, protocol: int, packet: Buffer) -> None:
        """Send a packet to a station; `protocol` is its EtherType."""
        self._output.step((interface.name,), "send", to, protocol, packet, context=interface)

    def on_output_frame(self, _: CompiledMachine, emission: Any, interface: Interface) -> None:
        """Write the header in front of the packet, pad it, and let it go."""
        packet: Buffer = emission.packet
        short = MIN_PAYLOAD - len(packet)
        if short > 0:
            packet.append(bytes(short))
        start = packet.prepend(self._header)
        self._encode_into(
            packet.data, start, packet.tail, dst=emission.dst, src=emission.src, type=emission.type
        )
        self.counters["out_frames"] += 1
        self.transmit(interface, packet.view)

    def on_output_link_down(self, _: CompiledMachine, __: Any, ___: Any) -> Verdict:
        """The packet is let go; its owner has counted it as sent."""
        self.counters["link_down"] += 1
        return dropped(self.name, "link_down")

    # ---- interfaces

    def given_input(self, key: Key) -> tuple[bytes, bool]:
        """Our address, and whether every frame is taken."""
        interface = self.interface(str(key[0]))
        return interface.hwaddr, interface.promiscuous

    def given_output(self, key: Key) -> tuple[bytes]:
        """Our address."""
        return (self.interface(str(key[0])).hwaddr,)

    def interface_up(self, interface: Interface) -> None:
        """Frames may leave."""
        self._output.step((interface.name,), "up")

    def interface_down(self, interface: Interface) -> None:
        """Frames are held back from now on."""
        self._output.step((interface.name,), "down")
