"""IPv4's hands for addresses, routes, groups and interfaces."""

from __future__ import annotations

from typing import Any, Final

from netfsm.layers.addresses import Configured
from netfsm.layers.ipv4.base import Base
from netfsm.layers.network.claims import Claims
from netfsm.layers.network.routes import Routes

LOOPBACK_ADDRESS: Final = 0x7F000001


class Addressing(Claims, Routes, Base):
    """The machine `ipv4.address`, and the tables."""

    def loopback_address(self, interface: str) -> Configured:
        """127.0.0.1, with all of its network."""
        return Configured(interface, LOOPBACK_ADDRESS, 8, False, "KEEP")

    def command_add_address(
        self,
        interface: str,
        address: int,
        prefix: int,
        probe: bool | None = None,
        defence: str = "DEFEND",
    ) -> None:
        """Give the interface an address. ValueError where it has it."""
        if (interface, address) in self.tables.addresses:
            raise ValueError(f"{interface} has this address already")
        if defence not in ("CEASE", "DEFEND", "KEEP"):
            raise ValueError(f"defence is CEASE, DEFEND or KEEP (RFC 5227 §2.4), not {defence}")
        self.interface(interface)
        self.add(Configured(interface, address, prefix, probe, defence))

    def remember(self) -> Any:
        """Addresses, routes and groups; the loopback makes its own."""
        loopback = self.tables.loopback
        addresses = [one for one in self.tables.addresses.values() if one.interface != loopback]
        return addresses, list(self.tables.routes), dict(self.tables.groups)

    def restore(self, kept: Any) -> None:
        """Put them back; addresses are claimed again."""
        addresses, routes, groups = kept
        for one in addresses:
            self.add(Configured(one.interface, one.address, one.prefix, one.probing, one.defence))
        self.tables.routes = routes
        self.tables.groups = groups
        self.tables.changed()

    def check_group(self, group: int) -> None:
        """ValueError for an address that is no group."""
        if group >> 28 != 0xE:
            raise ValueError("a multicast group is in 224.0.0.0/4")

    def query_groups(self) -> list[dict[str, object]]:
        """The groups that were joined, and that of all hosts (RFC 1112 §4)."""
        return [{"interface": name, "group": group} for name, group in self.tables.groups]

    def rerouted(self, dst: int, gateway: int) -> None:
        """A router says that `gateway` is the better first hop to `dst` (RFC 1122 §3.2.2.2)."""
        self.tables.reroute(dst, gateway)
