"""What the parts of a network layer's hands share: tables, key spaces and numbers of the spec."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

from netfsm.layers.addresses import Book
from netfsm.layers.contracts import ErrorHandler, Reporter, Resolver, Trouble
from netfsm.stack import Hands, Interface, Verdict
from netfsm.stack.verdicts import DELIVERED


class Hop(NamedTuple):
    """A neighbour on a link."""

    interface: Interface
    address: int


class Base(Hands):
    """Provides the spaces `protocol`, `resolver`, `errors` and `reporter` of its layer."""

    @property
    @abstractmethod
    def tables(self) -> Book:
        """Addresses and ways."""

    @abstractmethod
    def written(self, address: int) -> str:
        """An address as people write it."""

    def setup(self) -> None:
        """Resolve what every datagram needs, and bring the loopback interface up."""
        self._protocols = self.spaces[f"{self.name}.protocol"]
        self._resolvers = self.spaces[f"{self.name}.resolver"]
        self._ethertype = self.number("ETHERTYPE")
        codec = self.codec(f"{self.name}.header")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._header = codec.header_octets
        self.tables.loopback = self.loopback().name

    def resolver(self, interface: Interface) -> Resolver | None:
        """The resolver of the interface's link, None where neighbours are not looked for."""
        found: Resolver | None = None
        if interface.resolves:
            found = self._resolvers.find(interface.link_type)
        return found

    def hop_to(self, dst: int) -> Hop | None:
        """The neighbour that datagrams to `dst` leave through; None where there is none."""
        way = self.tables.way(dst)
        if way.kind not in ("DIRECT", "GATEWAY"):
            return None
        return Hop(self.interface(way.interface), way.next_hop)

    def owner_of_errors(self, protocol: int) -> ErrorHandler | None:
        """Who is told of errors that concern datagrams of a protocol of ours."""
        found: ErrorHandler | None = self.spaces[f"{self.name}.errors"].find(protocol)
        return found

    def tell_sender(self, trouble: Trouble) -> None:
        """Let the rule for errors know what became of a datagram."""
        reporter: Reporter | None = self.spaces[f"{self.name}.reporter"].find(0)
        if reporter is not None:
            reporter.tell(trouble)


def outcome(verdict: Verdict | None) -> Verdict:
    """What became of a datagram that no row refused, or the verdict of the row that did."""
    return DELIVERED if verdict is None else verdict
