"""The hands of the neighbour cache: what IPv6 asks a resolver for (see `contracts.Resolver`)."""

from __future__ import annotations

from typing import Any

from netfsm.errors import NoBuffers, ReserveError, Unresolved
from netfsm.layers.addresses6 import written
from netfsm.layers.nd.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import DELIVERED

ETHERTYPE = 0x86DD


class Neighbours(Base):
    """The machine `nd.neighbour`."""

    given_neighbour = Base.given_target

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self.neighbours = self.part("nd.neighbour")
        self._whys = {value: name.lower() for name, value in self.numbers("nd.Returned").items()}

    def quiesce(self) -> None:
        """Packets that wait go back to their owner."""
        self.neighbours.step_all("delete")

    # ---- what IPv6 asks for

    def station(self, interface: Interface, next_hop: int, src: int) -> bytes:
        """The link's address of a neighbour."""
        found: list[bytes | ReserveError] = []
        key = (interface.name, next_hop)
        self.neighbours.step(key, "ask", src, self.retrans(interface.name), context=found)
        answer = found[0] if found else NoBuffers(interface.name)  # no room for another neighbour
        if isinstance(answer, ReserveError):
            raise answer
        return answer

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

    def advise(self, interface: Interface, next_hop: int) -> None:
        """What is sent by way of a neighbour does not seem to arrive."""
        self.neighbours.step((interface.name, next_hop), "advise")

    # ---- what the machine says

    def on_neighbour_ns(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A solicitation leaves."""
        self.leave(instance.interface, emission)

    def on_neighbour_transmit(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A packet leaves to a neighbour that is known."""
        self._forward(instance, emission.packet, emission.lladdr)

    def on_neighbour_release(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Saved packets leave, in order."""
        for packet in emission.packets:
            self._forward(instance, packet, emission.lladdr)

    def _forward(self, instance: CompiledMachine, packet: Outgoing, lladdr: bytes) -> None:
        link = self.link_of(self.interface(instance.interface))
        if link is not None:
            link.send(packet, lladdr, ETHERTYPE)

    def on_neighbour_known(self, _: CompiledMachine, emission: Any, found: Any) -> None:
        """Where a packet would go."""
        found.append(emission.lladdr)

    def on_neighbour_not_known(self, instance: CompiledMachine, _: Any, found: Any) -> None:
        """It is asked for; room is given when it is known."""
        found.append(Unresolved(instance.interface, written(instance.address)))

    def on_neighbour_ready(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The neighbour is known now."""
        self.owner.neighbour_ready(instance.interface, instance.address)

    def on_neighbour_given_up(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The neighbour does not answer."""
        self.owner.neighbour_given_up(instance.interface, instance.address)

    def on_neighbour_doubted(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Nothing that a redirect sends through it goes there any more."""
        self.owner.forget_redirects(instance.interface, instance.address)

    def on_neighbour_returned(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Saved packets go back to their owner."""
        why = self._whys[emission.why]
        for packet in emission.packets:
            self.counters[why] += 1
            self.owner.returned(packet, why)

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

    def command_flush(self, interface: str) -> None:
        """Forget what was learnt of neighbours on an interface."""
        self.neighbours.step_all("flush", interface)

    def command_set_neighbour(self, interface: str, address: int, lladdr: bytes) -> None:
        """Make an entry that stays."""
        self.interface(interface)
        self.neighbours.step((interface, address), "set", lladdr)

    def command_delete_neighbour(self, interface: str, address: int) -> None:
        """Forget one neighbour."""
        self.neighbours.step((interface, address), "delete")
