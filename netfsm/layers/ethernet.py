"""The hands of Ethernet: header on, header off, and the handler of a type looked up."""

from __future__ import annotations

from typing import Any

from netfsm.layers.links import LinkHands
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.refusal import Refusal

MIN_PAYLOAD = 46  # octets that a frame carries at least (RFC 894)


class Ethernet(LinkHands):
    """Bound to `link.type` 1; provides `ethernet.ethertype`."""

    def setup(self) -> None:
        """Resolve what every frame needs."""
        super().setup()
        self._input = self.part("ethernet.input")
        self._types = self.spaces["ethernet.ethertype"]
        codec = self.codec("ethernet.frame")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._header = codec.header_octets

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

    def send(self, packet: Outgoing, to: bytes, protocol: int) -> Verdict:
        """Send a packet to a station; `protocol` is its EtherType."""
        return self.leave(packet, to, protocol)

    def on_output_frame(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Write the header in front of the packet, pad it, and let it go."""
        packet: Outgoing = emission.packet
        buffer = packet.buffer
        short = MIN_PAYLOAD - len(buffer)
        if short > 0:
            buffer.extend(short)[:] = bytes(short)
        start = buffer.prepend(self._header)
        self._encode_into(
            buffer.data, start, buffer.tail, dst=emission.dst, src=emission.src, type=emission.type
        )
        self.counters["out_frames"] += 1
        self.transmit(packet)

    # ---- what the machines are given

    def given_input(self, key: Key) -> tuple[bytes, bool]:
        """Our address, and whether every frame is taken."""
        interface = self.interface(str(key[0]))
        return interface.hwaddr, interface.promiscuous

    def given_output(self, key: Key) -> tuple[bytes]:
        """Our address."""
        return (self.interface(str(key[0])).hwaddr,)
