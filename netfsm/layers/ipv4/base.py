"""What the parts of IPv4's hands share: machines, tables, key spaces and numbers of the spec."""

from __future__ import annotations

from netfsm.layers.addresses import Tables
from netfsm.layers.contracts import Claimant, Internet, Resolver
from netfsm.spec.types import Enum
from netfsm.stack import Hands, Interface


class Base(Hands):
    """Bound to EtherType 0x0800 and IP version 4; provides protocols, resolvers and errors."""

    def setup(self) -> None:
        """Resolve what every datagram needs, and bring the loopback interface up."""
        self.tables = Tables()
        self._protocols = self.spaces["ipv4.protocol"]
        self._resolvers = self.spaces["ipv4.resolver"]
        self._protocols.port = self.internet
        self._resolvers.port = self.claimant
        codec = self.codec("ipv4.header")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._header = codec.header_octets
        self._ethertype = int(str(self.constants["ETHERTYPE"]))
        self.tables.loopback = self.loopback().name

    def numbers(self, name: str) -> dict[str, int]:
        """The members of an enum of the layer."""
        kinds = {kind.name: kind for kind in self.layer.used_types if isinstance(kind, Enum)}
        return dict(kinds[name].members)

    @property
    def internet(self) -> Internet:
        """What protocols over IPv4 use."""
        raise NotImplementedError

    @property
    def claimant(self) -> Claimant:
        """What resolvers speak to."""
        raise NotImplementedError

    def resolver(self, interface: Interface) -> Resolver | None:
        """The resolver of the interface's link, None where neighbours are not looked for."""
        found: Resolver | None = None
        if interface.resolves:
            found = self._resolvers.find(interface.link_type)
        return found
