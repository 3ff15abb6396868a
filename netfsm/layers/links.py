"""What the hands of links have in common: room for a packet is reserved, then it leaves."""

from __future__ import annotations

from typing import Any

from netfsm.errors import LinkDown, NoBuffers, TooBig
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Interface, Link, Verdict
from netfsm.stack.outgoing import Attempt, Outgoing
from netfsm.stack.part import Part
from netfsm.stack.verdicts import DELIVERED


class LinkHands(Hands):
    """Hands of a layer that is bound to `link.type` and has a machine called `output`.

    The machine takes `up`, `down`, `reserve` and `send` and gives `room`, `link_down`, `too_big`,
    `no_buffers` and `lost`.
    """

    output: Part

    def setup(self) -> None:
        """Find the machine."""
        self.output = self.part(f"{self.name}.output")

    @property
    def link(self) -> Link:
        """What is bound to the link type."""
        return self

    def receive(self, interface: Interface, frame: memoryview) -> Verdict:
        """A frame from the driver."""
        raise NotImplementedError

    def reserve(self, interface: Interface, size: int, whole: int = 0) -> Outgoing:
        """Room for a packet (see `Link`)."""
        attempt = Attempt(size)
        free = (interface.large if whole else interface.buffers).free > 0
        place = (attempt, interface, whole)
        self.output.step((interface.name,), "reserve", size, interface.mtu, free, context=place)
        return attempt.result()

    def send(self, packet: Outgoing, to: bytes, protocol: int) -> Verdict:
        """Send a packet to a station (see `Link`)."""
        raise NotImplementedError

    def leave(self, packet: Outgoing, *inputs: object) -> Verdict:
        """Let the machine send a packet; `inputs` are those of its event before the packet."""
        return self.output.step((packet.interface,), "send", *inputs, packet) or DELIVERED

    def on_output_room(self, _: CompiledMachine, emission: Any, place: Any) -> None:
        """Take a buffer of the interface."""
        attempt, interface, whole = place
        attempt.packet = self.room(interface, emission.size, whole)

    def on_output_link_down(self, _: CompiledMachine, __: Any, place: Any) -> Verdict:
        """Nothing can leave."""
        attempt, interface, _whole = place
        attempt.error = LinkDown(interface.name)
        return self.unsent("link_down")

    def on_output_too_big(self, _: CompiledMachine, emission: Any, place: Any) -> Verdict:
        """The link does not carry as much."""
        attempt, _interface, _whole = place
        attempt.error = TooBig(emission.size, emission.mtu)
        return self.unsent("too_big")

    def on_output_no_buffers(self, _: CompiledMachine, __: Any, place: Any) -> Verdict:
        """All buffers are under way."""
        attempt, interface, _whole = place
        attempt.error = NoBuffers(interface.name)
        interface.starved = True
        return self.unsent("no_buffers")

    def on_output_lost(self, _: CompiledMachine, emission: Any, __: Any) -> Verdict:
        """The link went down meanwhile: the packet is let go."""
        emission.packet.cancel()
        return self.unsent("link_down")

    def interface_up(self, interface: Interface) -> None:
        """Packets may leave."""
        self.output.step((interface.name,), "up")

    def interface_down(self, interface: Interface) -> None:
        """Packets are held back from now on."""
        self.output.step((interface.name,), "down")
