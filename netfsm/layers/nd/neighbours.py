"""The hands of the neighbour cache: what IPv6 asks a resolver for (see `contracts.Resolver`)."""

from __future__ import annotations

from typing import Any

from netfsm.layers.nd.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import DELIVERED


class Neighbours(Base):
    """The machine `nd.neighbour`."""

    given_neighbour = Base.given_target

    # ---- what IPv6 asks for

    def station(self, interface: Interface, next_hop: int, src: int) -> bytes:
        """The link's address of a neighbour."""
        return self.asked(interface, next_hop, src, self.retrans(interface.name))

    def resolve(self, interface: Interface, next_hop: int, src: int, packet: Outgoing) -> Verdict:
        """Send a datagram to a neighbour, now or when it is found."""
        key = (interface.name, next_hop)
        retrans = self.retrans(interface.name)
        return self.neighbours.step(key, "resolve", packet, src, retrans) or DELIVERED

    def group_station(self, interface: Interface, address: int) -> bytes:  # noqa: ARG002  # all of Ethernet has one mapping
        """Where a multicast group listens: 33-33 and its low 32 bits (RFC 2464 §7)."""
        return b"\x33\x33" + (address & 0xFFFFFFFF).to_bytes(4)

    def reached(self, interface: Interface, next_hop: int) -> None:
        """A layer above makes forward progress through a neighbour."""
        self.neighbours.step((interface.name, next_hop), "confirm", self.reachable(interface.name))

    # ---- what the machine says

    def on_neighbour_ns(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A solicitation leaves."""
        self.leave(instance.interface, emission)

    def on_neighbour_doubted(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Nothing that a redirect sends through it goes there any more."""
        self.owner.forget_redirects(instance.interface, instance.address)

    # ---- choices

    def choose_neighbour_retransmit(self, instance: CompiledMachine) -> tuple[int]:
        """RetransTimer."""
        return (self.retrans(instance.interface),)

    choose_neighbour_delay = choose_neighbour_retransmit

    def choose_neighbour_advertised(self, instance: CompiledMachine) -> tuple[int]:
        """ReachableTime."""
        return (self.reachable(instance.interface),)

    # ---- control

    def query_neighbours(self, interface: str | None = None) -> list[dict[str, object]]:
        """The cache."""
        return [
            {
                "interface": key[0],
                "address": key[1],
                "lladdr": one.lladdr or bytes(6),
                "state": one.state,
                "router": bool(one.is_router),
            }
            for key, one in self.neighbours.states()
            if interface in (None, key[0])
        ]
