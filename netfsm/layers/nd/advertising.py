"""The hands of a router: what it advertises on a link, with the prefixes that a person gave."""

from __future__ import annotations

from typing import Any

from netfsm.layers.nd.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack.part import Key

MOST_PREFIXES = 32
"""Prefixes of one link: an advertisement with all of them fits 1280 octets, and is never cut."""
MONTH = 2_592_000
WEEK = 604_800


class Advertising(Base):
    """The machine `nd.advertiser`."""

    def setup(self) -> None:
        """Find the machine."""
        super().setup()
        self.advertisers = self.part("nd.advertiser")
        self._prefix_codec = self.codec("nd.prefix_information")
        self._announced: dict[tuple[str, int, int], bytes] = {}

    def given_advertiser(self, key: Key) -> tuple[bytes]:
        """Our address on the link."""
        return (self.interface(str(key[0])).hwaddr,)

    def on_advertiser_ra(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """An advertisement leaves, with an option for each prefix of its link."""
        name = instance.interface
        options = [octets for key, octets in self._announced.items() if key[0] == name]
        self.leave(name, emission, b"".join(options))

    def choose_advertiser_again(self, instance: CompiledMachine) -> tuple[int, bool, int]:
        """Our link-local address, whether we forward, and a random time."""
        name = instance.interface
        least, most = self.number("MIN_RTR_ADV_INTERVAL"), self.number("MAX_RTR_ADV_INTERVAL")
        gap = self.random.randint(min(least, most), most)
        return self.owner.link_local(name), self.owner.forwards(name), gap

    def choose_advertiser_solicited(self, _: CompiledMachine) -> tuple[int]:
        """The random delay of an answer."""
        return (self.upto("MAX_RA_DELAY_TIME"),)

    # ---- control

    def command_advertise(
        self,
        interface: str,
        *,
        lifetime: int = 1800,
        hop_limit: int = 64,
        managed: bool = False,
        other: bool = False,
        reachable: int = 0,
        retrans: int = 0,
        mtu: int = 0,
    ) -> None:
        """Advertise on a link, or change what is advertised; no lifetime where we don't forward."""
        self.interface(interface)
        told = (hop_limit, managed, other, lifetime, reachable, retrans, mtu)
        self.advertisers.step((interface,), "advertise", *told)
        self.part("nd.solicitor").step((interface,), "stop")
        self.owner.listen(interface, self.number("ALL_ROUTERS"), joined=True)

    def command_cease(self, interface: str) -> None:
        """Advertise no more, after hosts were told so (RFC 4861 §6.2.5)."""
        self.advertisers.step((interface,), "cease")
        self.owner.listen(interface, self.number("ALL_ROUTERS"), joined=False)

    def command_add_prefix(
        self,
        interface: str,
        prefix: tuple[int, int],
        *,
        on_link: bool = True,
        autonomous: bool = True,
        valid: int = MONTH,
        preferred: int = WEEK,
    ) -> None:
        """Advertise a prefix on a link. ValueError for lifetimes or a number that can't be."""
        self.interface(interface)
        network, length = prefix
        if preferred > valid:
            raise ValueError("an address is preferred no longer than it is valid (RFC 4861 §6.2.1)")
        key = (interface, network, length)
        others = [one for one in self._announced if one[0] == interface and one != key]
        if len(others) >= MOST_PREFIXES:
            raise ValueError(f"a link has at most {MOST_PREFIXES} prefixes that are advertised")
        option = self._prefix_codec.make(
            length=length, L=on_link, A=autonomous, valid=valid, preferred=preferred, prefix=network
        )
        self._announced[key] = self._prefix_codec.encode(option)

    def command_remove_prefix(self, interface: str, prefix: tuple[int, int]) -> None:
        """Advertise a prefix no more. LookupError where it is not advertised."""
        if self._announced.pop((interface, *prefix), None) is None:
            raise LookupError(f"{interface} does not advertise this prefix")

    def query_advertised(self) -> list[dict[str, object]]:
        """The prefixes that are advertised."""
        return [
            {"interface": name, "prefix": (network, length)}
            for name, network, length in self._announced
        ]
