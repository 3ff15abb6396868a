"""The hands of IPv6: what comes in, what goes out, and the tables between them.

========== ==========================================================================
base       the tables, and the choice of a source address
receiving  packets, their headers one after the other, what senders should be told
sending    headers, flow labels, and what rows are asked about a packet
forwarding packets of other nodes
paths      the MTU of links and paths, the hop limit
addressing what a person gives and what neighbours tell
========== ==========================================================================

The rest is what both versions of IP have in common: `netfsm.layers.network`.
"""

from __future__ import annotations

from netfsm.layers.contracts import Internet
from netfsm.layers.contracts6 import Configuration
from netfsm.layers.ipv6.addressing import Addressing
from netfsm.layers.ipv6.forwarding import Forwarding

__all__ = ["Ipv6"]


class Ipv6(Forwarding, Addressing):
    """All of it."""

    def setup(self) -> None:
        """Offer what protocols use and what resolvers speak to."""
        super().setup()
        self._protocols.port = self.internet
        self._resolvers.port = self.configuration

    @property
    def internet(self) -> Internet:
        """What protocols over IPv6 use."""
        return self

    @property
    def configuration(self) -> Configuration:
        """What resolvers speak to."""
        return self
