"""What layers over IPv6 expect of one another besides what those over any IP do (`contracts`).

Neighbour discovery is bound to `ipv6.resolver`, and hears of addresses, routers and prefixes by
`icmpv6.type`. What it hears it hands to IPv6 through the `Configuration`, which is the port of
`ipv6.resolver`. Whoever keeps routers informed of our groups is bound to `ipv6.membership`.
Addresses are ipv6 values (numbers of 128 bits), interfaces are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from netfsm.layers.contracts import Claimant, Flow, Inbound, Resolver
from netfsm.stack.interface import Interface
from netfsm.stack.verdicts import Verdict
from netfsm.wire.checksum import Octets


class Discovery(Resolver, Protocol):
    """Bound to `ipv6.resolver` by the hardware type of a link.

    `claim` and `release` are as for any resolver. IPv6 asks for a claim whenever an address is to
    be used anew: it was assigned, or the link came up. It joins the group of solicited nodes before
    (RFC 4862 §5.4.2). The next hop of a datagram is looked for by `station` and `resolve`.
    """

    def reached(self, interface: Interface, next_hop: int) -> None:
        """What was sent by `next_hop` arrived lately: its reader says so (RFC 4861 §7.3.1)."""
        ...


class Given(NamedTuple):
    """An address of ours; `state` is that of the machine `ipv6.address`."""

    interface: str
    address: int
    prefix: int
    state: str


class Configuration(Claimant, Protocol):
    """What IPv6 offers to resolvers: the tables that neighbours and routers fill.

    Nothing here has a lifetime: whoever says that something holds says when it does not any more.
    Saying twice what holds already is harmless.
    """

    def assign(self, interface: str, address: int, prefix: int = 64) -> None:
        """Give the interface an address; `claim` follows, and `usable` is the answer to it.

        Nothing is on-link by that (RFC 5942 §4): see `on_link`. An address that a person gave stays
        as it is.
        """
        ...

    def withdraw(self, interface: str, address: int) -> None:
        """Take an address that was assigned away: its valid lifetime is over."""
        ...

    def prefer(self, interface: str, address: int, *, preferred: bool) -> None:
        """The preferred lifetime of an address is over, or runs again (RFC 4862 §5.5.4)."""
        ...

    def temporary(self, interface: str, address: int) -> None:
        """An address that was assigned is a temporary one (RFC 8981), which is chosen first."""
        ...

    def on_link(self, interface: str, network: int, prefix: int, *, present: bool) -> None:
        """Whether the addresses of a prefix are neighbours (RFC 4861 §6.3.4)."""
        ...

    def router(self, interface: str, address: int, rank: int | None) -> None:
        """A default router: of several the one of the lowest rank is taken. None takes it away."""
        ...

    def redirected(self, interface: str, dst: int, target: int) -> None:
        """The first hop to `dst` is `target`, which is `dst` itself where that is a neighbour."""
        ...

    def forget_redirects(self, interface: str, target: int) -> None:
        """Nothing is sent through `target` any more (RFC 4861 §7.3.3)."""
        ...

    def link_told(self, interface: str, *, mtu: int | None = None, hop_limit: int = 0) -> None:
        """A router tells the link's MTU and the hop limit; None and 0 where it tells neither.

        Which of them may be taken is for those to judge that hear them (RFC 4861 §6.3.4); more than
        the link carries is not sent.
        """
        ...

    def first_hop(self, interface: str, dst: int) -> int:
        """What the next datagram to `dst` goes through, 0 where there is no way."""
        ...

    def link_local(self, interface: str) -> int:
        """Our address of the link's scope that is in use there, 0 where there is none."""
        ...

    def given(self, interface: str) -> Sequence[Given]:
        """All addresses of an interface, in use or not."""
        ...

    def groups_of(self, interface: str) -> Sequence[int]:
        """The groups that are listened to on an interface, without that of all nodes."""
        ...

    def listen(self, interface: str, group: int, *, joined: bool) -> None:
        """Take packets to a group on an interface, or take them no more."""
        ...

    def forwards(self, interface: str) -> bool:
        """Whether we are a router there (RFC 4861 §6.2.1, IsRouter)."""
        ...


class ControlHandler(Protocol):
    """Bound to a type in `icmpv6.type`."""

    def __call__(self, message: memoryview, inbound: Inbound) -> Verdict:
        """Take a message from its type on, whose checksum holds."""
        ...


class Messenger(Protocol):
    """What ICMPv6 offers to those that are bound to its types: the port of `icmpv6.type`."""

    def send(self, flow: Flow, message: Octets, *, may_wait: bool = True) -> Verdict:
        """Send a message that is whole but for its checksum, which is filled in here.

        `flow.protocol` is ICMPv6's. Raises what `Internet.reserve` raises.
        """
        ...


@runtime_checkable
class Membership(Protocol):
    """Bound to `ipv6.membership`: who tells routers what groups we listen to (RFC 3810)."""

    def joined(self, interface: str, group: int) -> None:
        """A group is listened to from now on; never that of all nodes (RFC 3810 §6)."""
        ...

    def left(self, interface: str, group: int) -> None:
        """It is not any more."""
        ...
