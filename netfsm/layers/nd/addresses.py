"""The hands of our addresses: detection of duplicates, formation, lifetimes."""

from __future__ import annotations

from typing import Any

from netfsm.layers.nd.base import Base
from netfsm.layers.nd.identity import BITS, stable_address
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface

NONCE = 6
"""Octets of a nonce: the least, and what fills its option (RFC 3971 §5.3.2)."""


class Addresses(Base):
    """The machines `nd.address` and `nd.formation`."""

    given_address = Base.given_target

    def setup(self) -> None:
        """Find the machines."""
        super().setup()
        self.addresses = self.part("nd.address")
        self.formations = self.part("nd.formation")
        self._secret = self.random.randbytes(32)

    # ---- what IPv6 asks for

    def claim(
        self, interface: Interface, address: int, prefix: int, *, probing: bool | None, defence: str
    ) -> None:
        """See that nobody else uses the address (RFC 4862 §5.4)."""
        del prefix, defence  # a detected duplicate is never defended
        transmits = 0 if probing is False else self._transmits
        first = not self.owner.link_local(interface.name)
        pause = self.upto("MAX_RTR_SOLICITATION_DELAY") if first else 0
        self.addresses.step((interface.name, address), "claim", transmits, pause)

    def release(self, interface: Interface, address: int) -> None:
        """The address is not ours any more."""
        self.addresses.step((interface.name, address), "release")

    @property
    def _transmits(self) -> int:
        return self.number("DUP_ADDR_DETECT_TRANSMITS")

    # ---- what the machines say

    def on_address_ns(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A solicitation that asks whether somebody has the address leaves."""
        self.leave(instance.interface, emission)

    on_address_na = on_address_ns

    def on_address_formed(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """An address was formed: IPv6 has it, tentative, from now on."""
        name, address = instance.interface, instance.address
        self.later(lambda: self.owner.assign(name, address, BITS))

    def on_address_usable(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Nobody else has it. It is told after it was assigned."""
        name, address = instance.interface, instance.address
        self.later(lambda: self.owner.usable(name, address))

    def on_address_lost(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Another node has it."""
        self.owner.lost(instance.interface, instance.address, emission.by)

    def on_address_contested(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Another node has it too; we keep it."""
        told = {"interface": instance.interface, "address": instance.address, "by": emission.by}
        self.report("contested", **told)

    def on_address_came_back(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The link loops our messages back."""
        self.counters["came_back"] += 1
        self.report("came_back", interface=instance.interface, address=instance.address)

    def on_address_deprecated(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """New communication should use another address, or may use this one again."""
        name, address, preferred = instance.interface, instance.address, not emission.yes
        self.later(lambda: self.owner.prefer(name, address, preferred=preferred))

    def on_address_gone(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The address is valid no more."""
        name, address = instance.interface, instance.address
        self.later(lambda: self.owner.withdraw(name, address))

    def on_formation_failed(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """No address could be formed from a prefix."""
        self.report("not_formed", interface=instance.interface, prefix=instance.prefix)

    def function_formation_stable(self, link: str, network: int, counter: int) -> int:
        """The address that the host forms from a prefix."""
        hwaddr = self.interface(link).hwaddr
        return stable_address(self._secret, link, hwaddr, network, counter)

    # ---- choices

    def choose_address_form(self, _: CompiledMachine) -> tuple[int, int]:
        """The random delay, and how often is asked."""
        return self.upto("MAX_RTR_SOLICITATION_DELAY"), self._transmits

    def choose_address_wait(self, instance: CompiledMachine) -> tuple[bytes, int]:
        """A nonce, and RetransTimer."""
        return self.random.randbytes(NONCE), self.retrans(instance.interface)

    choose_address_probe = choose_address_wait

    def choose_address_solicited(self, _: CompiledMachine) -> tuple[int]:
        """The delay of an answer for an anycast address."""
        return (self.upto("MAX_ANYCAST_DELAY_TIME"),)

    def choose_address_answer(self, instance: CompiledMachine) -> tuple[bool, int]:
        """Whether we are a router, and the delay of the next answer."""
        router = self.is_router(instance.interface)
        return router, self.upto("MAX_ANYCAST_DELAY_TIME")

    # ---- control

    def query_addresses(self, interface: str | None = None) -> list[dict[str, object]]:
        """Our addresses with their states and lifetimes."""
        return [
            {"interface": key[0], "address": key[1], "state": one.state, **self._lifetimes(one)}
            for key, one in self.addresses.states()
            if interface in (None, key[0])
        ]

    def _lifetimes(self, one: CompiledMachine) -> dict[str, object]:
        """The seconds that are left of the lifetimes."""
        now = self.clock.now
        return {
            name: "forever" if endless in (None, True) else str(max(0, until - now) // 1_000_000)
            for name, endless, until in (
                ("valid", one.endless, one.valid_until),
                ("preferred", one.liked, one.liked_until),
            )
        }

    def command_share(self, interface: str, address: int) -> None:
        """Take an anycast address (RFC 4861 §7.2.7)."""
        self.interface(interface)
        self.owner.assign(interface, address, 128)
        self.addresses.step((interface, address), "share")

    def command_set_secret(self, secret: bytes) -> None:
        """Give the key of stable identifiers, so that they are the same after the next start."""
        if not secret or len(secret) > 32:
            raise ValueError("a secret has 1 to 32 octets")
        self._secret = secret
