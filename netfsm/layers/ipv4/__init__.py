"""The hands of IPv4: what comes in, what goes out, and the tables between them.

========== ==========================================================================
base       the tables, and how addresses are written
receiving  datagrams, reassembly, what senders should be told
sending    headers, and what rows are asked about a datagram
paths      routers that tell no MTU
addressing what a person gives and takes
========== ==========================================================================

The rest is what both versions of IP have in common: `netfsm.layers.network`.
"""

from __future__ import annotations

from netfsm.layers.contracts import Claimant, Internet
from netfsm.layers.ipv4.addressing import Addressing
from netfsm.layers.ipv4.receiving import Receiving
from netfsm.layers.ipv4.sending import Sending

__all__ = ["Ipv4"]


class Ipv4(Receiving, Sending, Addressing):
    """All of it."""

    def setup(self) -> None:
        """Offer what protocols use and what resolvers speak to."""
        super().setup()
        self._protocols.port = self.internet
        self._resolvers.port = self.claimant

    @property
    def internet(self) -> Internet:
        """What protocols over IPv4 use."""
        return self

    @property
    def claimant(self) -> Claimant:
        """What resolvers speak to."""
        return self
