"""The hands of neighbour discovery.

=========== =========================================================================
base        machines, codecs and numbers that the others share; how messages leave
receiving   messages, and what the machine for input asks about one
neighbours  the neighbour cache: what IPv6 asks a resolver for
addresses   duplicate address detection, formation of addresses, their lifetimes
routers     routers and prefixes, and the parameters of the link
advertising what a router tells its links
identity    interface identifiers (RFC 7217)
=========== =========================================================================
"""

from __future__ import annotations

from netfsm.layers.contracts6 import Discovery
from netfsm.layers.nd.addresses import Addresses
from netfsm.layers.nd.advertising import Advertising
from netfsm.layers.nd.neighbours import Neighbours
from netfsm.layers.nd.receiving import Receiving
from netfsm.layers.nd.routers import Routers

__all__ = ["Nd"]


class Nd(Receiving, Neighbours, Addresses, Routers, Advertising):
    """All of it."""

    @property
    def resolver(self) -> Discovery:
        """What is bound to IPv6's resolvers."""
        return self
