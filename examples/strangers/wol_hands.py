"""The hands of a stranger's layer: Wake-on-LAN over Ethernet."""

from __future__ import annotations

from typing import Any

from netfsm.errors import ReserveError
from netfsm.machine import CompiledMachine
from netfsm.stack import DELIVERED, Hands, Interface, Verdict
from netfsm.stack.part import Key
from netfsm.wire.refusal import Refusal

ETHERTYPE = 0x0842


class WakeOnLan(Hands):
    """Bound to EtherType 0x0842."""

    def setup(self) -> None:
        """Resolve what every packet needs."""
        self._station = self.part("wol.station")
        self._codec = self.codec("wol.packet")

    def given_station(self, key: Key) -> tuple[bytes]:
        """Our address on the interface."""
        return (self.interface(str(key[0])).hwaddr,)

    def receive(self, interface: Interface, packet: memoryview, broadcast: bool) -> Verdict:  # noqa: ARG002  # magic packets come either way
        """A packet from the link."""
        found = self._codec.decode(packet)
        if isinstance(found, Refusal):
            return self.refused(found.reason)
        repeated = bytes(found.again) == bytes(found.station) * 15
        verdict = self._station.step((interface.name,), "packet", found, repeated)
        return verdict or DELIVERED

    def on_station_woken(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """The one who runs the stack is told."""
        self.counters["in_packets"] += 1
        self.report("woken", times=emission.times)

    def command_wake(self, interface: str, station: bytes) -> None:
        """Send a magic packet."""
        place = self.interface(interface)
        self._station.step((interface,), "wake", station, station * 15, context=place)

    def on_station_magic(self, _: CompiledMachine, emission: Any, place: Interface) -> None:
        """A magic packet leaves, to all stations of the link."""
        octets = self._codec.encode(
            self._codec.make(station=emission.station, again=emission.again)
        )
        link = self.link_of(place)
        assert link is not None  # the layer is bound to one
        try:
            packet = link.reserve(place, len(octets))
        except ReserveError:
            self.counters["unsent"] += 1
            return
        packet.write(octets)
        self.counters["out_packets"] += 1
        link.send(packet, place.broadcast, ETHERTYPE)

    def query_woken(self) -> list[dict[str, object]]:
        """How often each interface was woken."""
        return [{"interface": key[0], "times": one.times} for key, one in self._station.states()]
