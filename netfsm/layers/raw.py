"""The hands of links that carry IP packets as they are."""

from __future__ import annotations

from typing import Any

from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Interface, Link, Verdict
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.buffer import Buffer


class Raw(Hands):
    """Bound to `link.type` 772 and 65534; provides `raw.version`."""

    def setup(self) -> None:
        """Resolve what every packet needs."""
        self._input = self.part("raw.input")
        self._versions = self.spaces["raw.version"]

    @property
    def link(self) -> Link:
        """What is bound to the link types."""
        return self

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

    def send(self, interface: Interface, to: bytes, protocol: int, packet: Buffer) -> None:  # noqa: ARG002  # a link of two stations needs no address, and IP tells its version itself
        """Send a packet to the other end."""
        self.counters["out_packets"] += 1
        self.transmit(interface, packet.view)
