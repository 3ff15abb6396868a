"""What layers expect of those that bind to them, and of those that they bind to.

Nobody here is named: a protocol over IPv4 or IPv6 sees an `Internet`, IP sees a `Resolver`, a
resolver sees a `Claimant`. The registry joins them. Addresses are numbers: ipv4 values over IPv4,
ipv6 values over IPv6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from netfsm.layers.addresses import Way
from netfsm.stack.interface import Interface
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import Verdict
from netfsm.wire.checksum import Octets


class Inbound(NamedTuple):
    """What IP tells of a datagram whose payload it hands up.

    `dst` is the specific destination (RFC 1122 §3.2.1.3): an address of ours even where the
    datagram went to a group, which `group` tells; `link_group` tells that its frame did. `sent_to`
    is what stands in the header, as `hop_limit` is. `alert` is the value of a router alert option,
    None where the datagram has none; `fragmented` tells that it came in pieces. `checked` tells
    that the payload's checksum needs no verifying. With a `segment` the payload is several TCP
    segments that the link has joined, with so many octets of text in each but the last.
    """

    interface: Interface
    src: int
    dst: int
    group: bool
    sent_to: int
    checked: bool = False
    segment: int = 0
    hop_limit: int = 0
    link_group: bool = False
    alert: int | None = None
    fragmented: bool = False

    @property
    def pseudo(self) -> int:
        """The addresses of the pseudo-header that checksums are made with, as one number."""
        return self.src + self.sent_to


class Trouble(NamedTuple):
    """A datagram that could not be delivered, and what the rule for errors asks about it.

    `why` is a word of the rule's (`port_unreachable`), `packet` the datagram from its header on.
    `pointer` is the octet that a parameter problem is about, `mtu` that of the link on which the
    datagram had no room, `interface` the name of the one that it came by.
    """

    why: str
    packet: memoryview
    src: int
    dst: int
    group: bool
    link_group: bool
    later_fragment: bool
    one_host: bool
    pointer: int = 0
    mtu: int = 0
    interface: str = ""


@runtime_checkable
class Reporter(Protocol):
    """Bound to `ipv4.reporter` or `ipv6.reporter`: tells senders what became of datagrams."""

    def tell(self, trouble: Trouble) -> None:
        """Tell the sender, or don't, as the rule has it."""
        ...


class ErrorHandler(Protocol):
    """Bound to a protocol number in `ipv4.errors` or `ipv6.errors`."""

    def __call__(self, failure: str, quoted: memoryview, src: int, dst: int) -> None:
        """A datagram of ours from `src` to `dst` did not arrive.

        `failure` is REFUSED, UNREACHABLE or TOO_LONG; `quoted` the first octets of its payload.
        """
        ...


class NetworkHandler(Protocol):
    """Bound to an EtherType or an IP version."""

    def __call__(self, interface: Interface, packet: memoryview, broadcast: bool) -> Verdict:
        """Take a packet; `broadcast` says that it came to a group address of the link."""
        ...


class ProtocolHandler(Protocol):
    """Bound to a protocol number of IP."""

    def __call__(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """Take the payload of a datagram; who keeps of it keeps `wire.offload.lasting(payload)`."""
        ...


class Flow(NamedTuple):
    """Where datagrams go.

    Without `src` the address is one of ours that suits the way (RFC 1122 §3.3.4.2, RFC 6724 §5);
    zero is the unspecified address, for those that have none yet. Without `hop_limit` it is the
    stack's own. `interface` is the name of the one that they leave by, which an address needs whose
    scope is a link. With `alert` every router on the way is told to look (RFC 2711).
    """

    dst: int
    protocol: int
    src: int | None = None
    traffic_class: int = 0
    hop_limit: int | None = None
    dont_fragment: bool = False
    interface: str = ""
    alert: int | None = None


class Cut(NamedTuple):
    """How a TCP segment may be cut: octets of its header, and of text in each piece."""

    header: int
    text: int


class Places(Protocol):
    """What IP knows of addresses and ways."""

    def is_ours(self, address: int) -> bool:
        """True for an address of ours that is in use."""
        ...

    def is_near(self, address: int) -> bool:
        """True for an address on a network that we are on."""
        ...

    def way(self, dst: int, interface: str = "") -> Way:
        """How to reach `dst`; `interface` names the link where its scope is one."""
        ...


class Internet(Protocol):
    """What IP offers to those that are bound to its protocol numbers."""

    def reserve(
        self, flow: Flow, size: int, *, may_wait: bool = False, cut: Cut | None = None
    ) -> Outgoing:
        """Room for one datagram with `size` octets behind its header.

        With `may_wait` a next hop that is not known yet is no error: the packet waits for it.
        With `cut` the payload is a TCP segment that leaves in pieces, each of which must fit the
        MTU of the path. Where the packet then says `partial`, its checksum is left to others.
        Raises ReserveError: NoRoute, BadAddress, TooBig, Unresolved, Unreachable, NoBuffers,
        LinkDown. `Outgoing.pseudo` is what checksums are made with.
        """
        ...

    def commit(self, packet: Outgoing) -> Verdict:
        """Send the datagram."""
        ...

    def send(
        self,
        flow: Flow,
        head: Octets,
        text: Sequence[Octets],
        *,
        sum_offset: int,
        segment: int = 0,
        may_wait: bool = True,
    ) -> Verdict:
        """Send a segment in one call: its header, and pieces of text which are copied once.

        The checksum field, `sum_offset` octets into `head`, is filled in. With a `segment` the
        text may be longer than the path carries: it leaves in pieces of so many octets, which the
        link cuts. Raises what `reserve` raises; by then nothing was copied.
        """
        ...

    @property
    def tables(self) -> Places:
        """What is known of addresses and ways."""
        ...

    def mtu_to(self, dst: int) -> int:
        """What the way to `dst` carries in one piece, 0 where there is none."""
        ...

    def path_told(self, dst: int, mtu: int, size: int) -> None:
        """A router could not send `size` octets on to `dst`; `mtu` is 0 where it told none."""
        ...

    def owner_of_errors(self, protocol: int) -> ErrorHandler | None:
        """Who is told of errors that concern datagrams of a protocol."""
        ...

    def rerouted(self, dst: int, gateway: int) -> None:
        """There is a better first hop to `dst`."""
        ...

    def reached(self, dst: int) -> None:
        """Something that went to `dst` has arrived: its first hop is alive (RFC 4861 §7.3.1)."""
        ...

    def doubt(self, dst: int) -> None:
        """Nothing that goes to `dst` seems to arrive: its first hop may be dead."""
        ...


class Resolver(Protocol):
    """Bound to a hardware type: finds neighbours and guards addresses."""

    def claim(
        self, interface: Interface, address: int, prefix: int, *, probing: bool | None, defence: str
    ) -> None:
        """Make sure that nobody else uses `address`, then say `usable`; `lost` where somebody does.

        `probing` None means what the resolver's constants say.
        """
        ...

    def release(self, interface: Interface, address: int) -> None:
        """The address is not ours any more."""
        ...

    def station(self, interface: Interface, next_hop: int, src: int) -> bytes:
        """The link's address of the neighbour `next_hop`.

        Raises Unresolved where it is not known yet (it is asked for, and `neighbour_ready` or
        `neighbour_given_up` follows), Unreachable where it did not answer a moment ago.
        """
        ...

    def resolve(self, interface: Interface, next_hop: int, src: int, packet: Outgoing) -> Verdict:
        """Send a whole datagram to the neighbour `next_hop`, now or when it is found."""
        ...

    def advise(self, interface: Interface, next_hop: int) -> None:
        """What is sent by way of the neighbour `next_hop` does not seem to arrive."""
        ...

    def group_station(self, interface: Interface, address: int) -> bytes:
        """The link's address for a multicast group."""
        ...


class Claimant(Protocol):
    """What a resolver is told to speak to: the owner of the addresses and of the packets."""

    def usable(self, interface: str, address: int) -> None:
        """The address may be used."""
        ...

    def lost(self, interface: str, address: int, by: bytes) -> None:
        """Another host, with hardware address `by`, has the address."""
        ...

    def claim_refused(self, interface: str, address: int) -> None:
        """The claim was not taken: too many conflicts, or the link is down."""
        ...

    def returned(self, packet: Outgoing, why: str) -> None:
        """A packet could not be sent; the resolver has counted it as `why`."""
        ...

    def neighbour_ready(self, interface: str, next_hop: int) -> None:
        """A neighbour that was asked for is known now."""
        ...

    def neighbour_given_up(self, interface: str, next_hop: int) -> None:
        """A neighbour that was asked for does not answer."""
        ...
