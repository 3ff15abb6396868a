"""What the hands of resolvers have in common: packets leave to neighbours, wait, or go back."""

from __future__ import annotations

from typing import Any

from netfsm.errors import NoBuffers, ReserveError, Unresolved
from netfsm.layers.contracts import Claimant
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Interface
from netfsm.stack.outgoing import Outgoing


class Resolving(Hands):
    """Hands with a machine `neighbour`, which is keyed by an interface and an address.

    It takes `ask`, `advise`, `set`, `delete` and `flush`, and gives `transmit`, `release`, `known`,
    `not_known`, `ready`, `given_up` and `returned`. `ethertype` is that of the packets.
    """

    ethertype: int

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self.neighbours = self.part(f"{self.name}.neighbour")
        returned = self.numbers(f"{self.name}.Returned")
        self._whys = {value: name.lower() for name, value in returned.items()}

    def quiesce(self) -> None:
        """Packets that wait go back to their owner."""
        self.neighbours.step_all("delete")

    # ---- what tells one resolver from another

    @property
    def owner(self) -> Claimant:
        """Who owns the addresses and the packets."""
        raise NotImplementedError

    def keyed(self, address: int) -> Any:
        """An address as the machine's keys have it."""
        return address

    def plain(self, address: Any) -> int:
        """The address of a key."""
        found: int = address
        return found

    def written(self, address: int) -> str:
        """An address as people write it."""
        raise NotImplementedError

    # ---- asking

    def asked(self, interface: Interface, next_hop: int, *inputs: Any) -> bytes:
        """The link's address of a neighbour; `inputs` are those of the event `ask`.

        Raises ReserveError: Unresolved, Unreachable, NoBuffers.
        """
        found: list[bytes | ReserveError] = []
        key = (interface.name, self.keyed(next_hop))
        self.neighbours.step(key, "ask", *inputs, context=found)
        answer = found[0] if found else NoBuffers(interface.name)  # no room for another neighbour
        if isinstance(answer, ReserveError):
            raise answer
        return answer

    def advise(self, interface: Interface, next_hop: int) -> None:
        """What is sent by way of a neighbour does not seem to arrive."""
        self.neighbours.step((interface.name, self.keyed(next_hop)), "advise")

    # ---- what the machine says

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
            link.send(packet, lladdr, self.ethertype)

    def on_neighbour_known(self, _: CompiledMachine, emission: Any, found: Any) -> None:
        """Where a packet would go."""
        found.append(emission.lladdr)

    def on_neighbour_not_known(self, instance: CompiledMachine, _: Any, found: Any) -> None:
        """It is asked for; room is given when it is known."""
        address = self.plain(instance.address)
        found.append(Unresolved(instance.interface, self.written(address)))

    def on_neighbour_ready(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The neighbour is known now."""
        self.owner.neighbour_ready(instance.interface, self.plain(instance.address))

    def on_neighbour_given_up(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The neighbour does not answer."""
        self.owner.neighbour_given_up(instance.interface, self.plain(instance.address))

    def on_neighbour_returned(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Saved packets go back to their owner."""
        why = self._whys[emission.why]
        for packet in emission.packets:
            self.counters[why] += 1
            self.owner.returned(packet, why)

    # ---- control

    def command_flush(self, interface: str) -> None:
        """Forget what was learnt of neighbours on an interface."""
        self.neighbours.step_all("flush", interface)

    def command_set_neighbour(self, interface: str, address: int, lladdr: bytes) -> None:
        """Make an entry that stays."""
        self.interface(interface)
        self.neighbours.step((interface, self.keyed(address)), "set", lladdr)

    def command_delete_neighbour(self, interface: str, address: int) -> None:
        """Forget one neighbour."""
        self.neighbours.step((interface, self.keyed(address)), "delete")
