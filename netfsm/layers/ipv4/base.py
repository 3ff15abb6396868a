"""What the parts of IPv4's hands share: machines, tables, key spaces and numbers of the spec."""

from __future__ import annotations

from netfsm.layers.addresses import Tables
from netfsm.layers.contracts import Resolver
from netfsm.stack import Hands, Interface


class Base(Hands):
    """Bound to EtherType 0x0800 and IP version 4; provides protocols, resolvers and errors."""

    def setup(self) -> None:
        """Resolve what every datagram needs, and bring the loopback interface up."""
        self.tables = Tables()
        self._protocols = self.spaces["ipv4.protocol"]
        self._resolvers = self.spaces["ipv4.resolver"]
        codec = self.codec("ipv4.header")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._header = codec.header_octets
        self._ethertype = int(str(self.constants["ETHERTYPE"]))
        self.tables.loopback = self.loopback().name

    def resolver(self, interface: Interface) -> Resolver | None:
        """The resolver of the interface's link, None where neighbours are not looked for."""
        found: Resolver | None = None
        if interface.resolves:
            found = self._resolvers.find(interface.link_type)
        return found
