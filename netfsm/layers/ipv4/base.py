"""What the parts of IPv4's hands share: the tables, and how addresses are written."""

from __future__ import annotations

from netfsm.layers.addresses import Tables, dotted
from netfsm.layers.network.base import Base as Shared


class Base(Shared):
    """Bound to EtherType 0x0800 and IP version 4; provides protocols, resolvers and errors."""

    def setup(self) -> None:
        """Begin with empty tables."""
        self._tables = Tables()
        super().setup()

    @property
    def tables(self) -> Tables:
        """Addresses and ways."""
        return self._tables

    def written(self, address: int) -> str:
        """Four numbers with dots."""
        return dotted(address)
