"""The hands of links that carry IP packets as they are."""

from __future__ import annotations

from typing import Any

from netfsm.layers.links import LinkHands
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import DELIVERED


class Raw(LinkHands):
    """Bound to `link.type` 772 and 65534; provides `raw.version`."""

    def setup(self) -> None:
        """Resolve what every packet needs."""
        super().setup()
        self._input = self.part("raw.input")
        self._versions = self.spaces["raw.version"]

    def receive(self, interface: Interface, frame: memoryview) -> Verdict:
        """A packet from the driver."""
        self.counters["in_packets"] += 1
        handler = self._versions.find(frame[0] >> 4) if frame else None
        verdict = self._input.step(
            (), "packet", len(frame), handler is not None, context=(handler, interface, frame)
        )
        return verdict or DELIVERED

    def on_input_deliver(self, _: CompiledMachine, __: Any, context: Any) -> Verdict:
        """The packet goes to the layer that is bound to its version; taps see it first."""
        handler, interface, packet = context
        for tap in self._versions.taps(packet[0] >> 4):
            tap(interface, packet, False)
        verdict: Verdict = handler(interface, packet, False)
        return verdict

    def send(self, packet: Outgoing, to: bytes, protocol: int) -> Verdict:  # noqa: ARG002  # a link of two stations needs no address, and IP tells its version itself
        """Send a packet to the other end."""
        return self.leave(packet)

    def on_output_packet(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """The packet leaves as it is."""
        self.counters["out_packets"] += 1
        self.transmit(emission.packet)
