"""The hands of reception: a message is decoded, and what the machine asks about it looked up."""

from __future__ import annotations

from typing import Any

from netfsm.layers.contracts import Inbound
from netfsm.layers.nd.addresses import Addresses
from netfsm.layers.nd.neighbours import Neighbours
from netfsm.layers.nd.routers import Routers
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED, dropped
from netfsm.wire.refusal import Refusal


class Receiving(Neighbours, Addresses, Routers):
    """The machine `nd.input`."""

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self._input = self.part("nd.input")
        self._held = self.numbers("nd.Held")

    def receive(self, message: memoryview, inbound: Inbound) -> Verdict:
        """A message from ICMPv6, whose checksum holds."""
        found = self._codec.decode(message)
        if isinstance(found, Refusal):
            return self.refused(found.reason)
        self.counters["in_messages"] += 1
        interface = inbound.interface
        name, link = interface.name, self.link(interface.name)
        held = self.addresses.state_of((name, found.sought or found.target))
        first_hop = found.destination and self.owner.first_hop(name, found.destination)
        verdict = self._input.step(
            (),
            "message",
            found,
            name,
            inbound.src,
            inbound.sent_to,
            inbound.hop_limit,
            inbound.fragmented,
            b"",
            link is not None and link.state == "ENABLED",
            self.is_router(name),
            _fits(found.options.source_link_value, interface),
            _fits(found.options.target_link_value, interface),
            self._held[_HOLDS.get(held, "OTHER")],
            held in _TENTATIVE,
            first_hop == inbound.src,
            interface.mtu,
            self.around(1000 * found.reachable),
            context=message,
        )
        return verdict or DELIVERED

    def on_input_reroute(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """There is a better first hop."""
        self.owner.redirected(emission.interface, emission.destination, emission.next_hop)

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:
        """There is no room for another instance: a packet goes back, a claim is refused."""
        self.counters["full"] += 1
        if part is self.neighbours and event == "resolve":
            self.owner.returned(inputs[0], "full")
        if part is self.addresses and event == "claim":
            self.owner.claim_refused(str(key[0]), int(str(key[1])))
        return dropped(self.name, "full")


def _fits(lladdr: bytes | None, interface: Interface) -> bool:
    return lladdr is not None and len(lladdr) == len(interface.hwaddr)


_HOLDS = {
    "WAITING": "OURS",
    "PROBING": "OURS",
    "PREFERRED": "OURS",
    "DEPRECATED": "OURS",
    "ANYCAST": "SHARED",
}
_TENTATIVE = frozenset({"WAITING", "PROBING"})
