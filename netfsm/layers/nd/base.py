"""What the parts of neighbour discovery's hands share: machines, codecs, the way out."""

from __future__ import annotations

from typing import Any

from netfsm.errors import ReserveError
from netfsm.layers.addresses6 import solicited_group, written
from netfsm.layers.contracts import Flow
from netfsm.layers.contracts6 import Configuration, Messenger
from netfsm.layers.resolving import Resolving
from netfsm.stack import Interface
from netfsm.stack.part import Key
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.layout import attribute

PROTOCOL = 58


class Base(Resolving):
    """Bound to ICMPv6's types 133 to 137, and to IPv6's resolvers for Ethernet."""

    ethertype = 0x86DD

    def setup(self) -> None:
        """Resolve what every message needs."""
        super().setup()
        self._links = self.part("nd.interface")
        self._codec = self.codec("nd.message")
        self._settable = [
            (field.name, attribute(field.name)) for field in self._codec.format.settable
        ]
        self._hop_limit = self.number("HOP_LIMIT")
        self._retrans = self.number("RETRANS_TIMER")
        self._reachable = self.number("REACHABLE_TIME")

    def written(self, address: int) -> str:
        """As RFC 5952 has it."""
        return written(address)

    @property
    def owner(self) -> Configuration:
        """Who owns addresses, routes and packets."""
        found: Configuration = self.below("ipv6.resolver")
        return found

    @property
    def _messenger(self) -> Messenger:
        found: Messenger = self.below("icmpv6.type")
        return found

    # ---- what the link's machine knows

    def link(self, interface: str) -> Any:
        """The machine of an interface; None where discovery does not run there."""
        return self._links.instances.get((interface,))

    def retrans(self, interface: str) -> int:
        """RetransTimer of an interface in microseconds."""
        link = self.link(interface)
        told = None if link is None else link.retrans_time
        return self._retrans if told is None else int(told)

    def reachable(self, interface: str) -> int:
        """ReachableTime of an interface in microseconds."""
        link = self.link(interface)
        told = None if link is None else link.reachable_time
        return self._reachable if told is None else int(told)

    def around(self, base: int) -> int:
        """Uniform from half of `base` to one and a half of it (RFC 4861 §6.3.2)."""
        return self.random.randint(-(-base // 2), base * 3 // 2)

    def upto(self, name: str) -> int:
        """Uniform from zero to the duration of that name."""
        return self.random.randint(0, self.number(name))

    def is_router(self, interface: str) -> bool:
        """Whether we are a router there: we forward, or advertise prefixes (RFC 4861 §6.2.2)."""
        advertises = (interface,) in self.part("nd.advertiser").instances
        return advertises or self.owner.forwards(interface)

    # ---- out

    def leave(self, interface: str, emission: Any, options: bytes = b"") -> None:
        """A message leaves by an interface, with whole options behind those of its emission."""
        said = {
            name: value
            for name, short in self._settable
            if (value := getattr(emission, short, None)) is not None
        }
        octets = self._codec.encode(self._codec.build(said)) + options
        flow = Flow(
            emission.dst,
            PROTOCOL,
            emission.src,
            hop_limit=self._hop_limit,
            interface=interface,
        )
        try:
            verdict = self._messenger.send(flow, octets)
        except ReserveError:
            self.counters["unsent"] += 1
        else:
            self.counters["out_messages" if verdict is DELIVERED else "unsent"] += 1

    def given_target(self, key: Key) -> tuple[bytes, int]:
        """Our address on the link, and the group of solicited nodes of the key's address."""
        return self.interface(str(key[0])).hwaddr, solicited_group(int(str(key[1])))

    def serves(self, interface: Interface) -> bool:
        """Whether neighbours are looked for on an interface."""
        return interface.resolves
