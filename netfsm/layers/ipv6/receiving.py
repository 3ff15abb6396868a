"""IPv6's hands for what comes in: packets, their headers one after the other, fragments."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

from attrs import define

from netfsm.errors import InternalError
from netfsm.layers.addresses6 import is_group, scope_of_group
from netfsm.layers.contracts import Inbound, Trouble
from netfsm.layers.ipv6.base import Base
from netfsm.layers.network.base import outcome
from netfsm.layers.network.pieces import Reassembling
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.wire.offload import PLAIN, Offload, lasting
from netfsm.wire.refusal import Refusal

NEXT_HEADER = 6
"""Octets of the header before its field of that name."""
PAYLOAD_LENGTH = 4


class Cut(NamedTuple):
    """A fragment header from octet `begin` to `end`, of which octet `named` says that it is one."""

    header: Any
    begin: int
    end: int
    named: int


@define(eq=False)
class Walk:
    """A packet whose headers are looked at.

    What is next begins at octet `place` and is of `kind`, as octet `named` says. `reader` is what
    the rows ask for next, None where they ask for nothing more; `skips`: options are not looked at.
    The header whose options are read is from octet `begun` to `until`. `cut` is what a fragment
    header says. `pointer` is where a fault is, `mtu` what would have passed. In its frame the
    packet stood behind `link_octets`.
    """

    interface: Interface
    header: Any
    packet: memoryview
    link_group: bool
    group: bool
    offload: Offload
    kind: int
    place: int
    named: int
    alert: int | None = None
    link_octets: int = 0
    reader: str | None = "header"
    skips: bool = False
    begun: int = 0
    until: int = 0
    cut: Cut | None = None
    pointer: int = 0
    mtu: int = 0
    verdict: Verdict | None = None

    @property
    def rest(self) -> memoryview:
        """What has not been looked at."""
        return self.packet[self.place :]


class Receiving(Reassembling[Walk], Base):
    """The machines `ipv6.input`, `ipv6.chain` and `ipv6.reassembly`."""

    looks = frozenset(
        {
            "input.walk",
            "chain.read_options",
            "chain.read_routing",
            "chain.read_fragment",
            "chain.go_on",
            "chain.alert",
            "chain.at",
        }
    )

    def setup(self) -> None:
        """Resolve what every packet needs."""
        super().setup()
        self._input = self.part("ipv6.input")
        self._chain = self.part("ipv6.chain")
        self._destinations = self.numbers("ipv6.Destination")
        self._decode_extension = self.codec("ipv6.extension").decode
        self._decode_option = self.codec("ipv6.option").decode
        self._decode_routing = self.codec("ipv6.routing").decode
        self._decode_fragment = self.codec("ipv6.fragment").decode
        self._readers = {
            "header": self._read_header,
            "extension": self._read_extension,
            "option": self._read_option,
            "routing": self._read_routing,
            "fragment": self._read_fragment,
        }

    def receive(self, interface: Interface, packet: memoryview, broadcast: bool) -> Verdict:
        """A packet from a link."""
        self.counters["in_receives"] += 1
        header = self._decode(packet)
        if isinstance(header, Refusal):
            return self.refused(header.reason)
        whole = packet[: self._header + len(header.payload)]
        group = is_group(header.dst)
        walk = Walk(
            interface,
            header,
            whole,
            broadcast,
            group,
            interface.arriving,
            header.next_header,
            self._header,
            NEXT_HEADER,
            link_octets=interface.arriving_octets - len(packet),
        )
        verdict = self._input.step(
            (),
            "packet",
            header,
            self._destinations[self.tables.destination(interface.name, header.dst)],
            scope_of_group(header.dst),
            interface.loopback,
            self.forwards(interface.name),
            context=walk,
        )
        return outcome(verdict)

    def on_input_walk(self, _: CompiledMachine, __: Any, walk: Walk) -> Verdict | None:
        """Its headers are looked at, one after the other."""
        return self._go(walk, whole=False)

    def _go(self, walk: Walk, *, whole: bool) -> Verdict | None:
        self._chain.step((), "begin", whole)
        while walk.reader is not None:
            read, walk.reader = self._readers[walk.reader], None
            read(walk)
        if walk.verdict is not None and walk.verdict.tells and self._chain.trial is None:
            self.tell_of(walk.verdict.tells, walk)
        return walk.verdict

    def _ask(self, walk: Walk, event: str, *inputs: Any) -> None:
        walk.verdict = self._chain.step((), event, *inputs, context=walk)

    @abstractmethod
    def forwards(self, interface: str) -> bool:
        """Whether what comes by an interface is sent on for others."""

    def tell_of(self, why: str, walk: Walk) -> None:
        """Let the rule for errors know what became of a packet."""
        header = walk.header
        self.tell_sender(
            Trouble(
                why,
                walk.packet,
                header.src,
                header.dst,
                group=walk.group,
                link_group=walk.link_group,
                later_fragment=False,
                one_host=bool(header.src) and not is_group(header.src),
                pointer=walk.pointer,
                mtu=walk.mtu,
                interface=walk.interface.name,
            )
        )

    # ---- what rows ask for

    def _read_header(self, walk: Walk) -> None:
        """What comes next, by its kind."""
        bound = self._protocols.find(walk.kind) is not None
        first = walk.named == NEXT_HEADER
        self._ask(walk, "header", walk.kind, first, len(walk.rest), walk.named, bound)

    def on_chain_read_options(self, _: CompiledMachine, emission: Any, walk: Walk) -> None:
        """An extension header is next, to be read or to be passed over."""
        walk.reader, walk.skips = "extension", emission.skip

    def _read_extension(self, walk: Walk) -> None:
        found = self._decode_extension(walk.rest)
        if isinstance(found, Refusal):
            self._ask(walk, "cut_off")
            return
        end = len(walk.packet) - len(found.payload)
        if walk.skips:
            self._pass(walk, found.next_header, end)
            return
        walk.begun, walk.until = walk.place, end
        walk.place += 2
        self._next_option(walk)

    def _pass(self, walk: Walk, kind: int, end: int) -> None:
        """The header behind the one at `place`, which ends at octet `end`."""
        walk.kind, walk.named, walk.place, walk.reader = kind, walk.place, end, "header"

    def _next_option(self, walk: Walk) -> None:
        if walk.place < walk.until:
            walk.reader = "option"
            return
        walk.place = walk.begun
        self._pass(walk, walk.packet[walk.begun], walk.until)

    def _read_option(self, walk: Walk) -> None:
        """The option at `place`."""
        octets = walk.packet[walk.place : walk.until]
        option = self._decode_option(octets)
        if isinstance(option, Refusal) or (option.length or 0) > len(option.payload):
            self._ask(walk, "cut_off")
            return
        value = int.from_bytes(option.payload[:2])
        self._ask(walk, "option", option, walk.place, value)
        if walk.reader is not None:
            walk.place += len(octets) - len(option.payload) + (option.length or 0)
            self._next_option(walk)

    def on_chain_alert(self, _: CompiledMachine, emission: Any, walk: Walk) -> None:
        """Routers are asked to look, and so are we."""
        walk.alert = emission.value

    def on_chain_go_on(self, _: CompiledMachine, __: Any, walk: Walk) -> None:
        """Nothing is wrong so far: who reads knows what is next."""
        walk.reader = "header"

    def on_chain_read_routing(self, _: CompiledMachine, __: Any, walk: Walk) -> None:
        """A routing header is next."""
        walk.reader = "routing"

    def _read_routing(self, walk: Walk) -> None:
        found = self._decode_routing(walk.rest)
        if isinstance(found, Refusal):
            self._ask(walk, "cut_off")
            return
        self._ask(walk, "routing", found.segments_left, walk.place)
        if walk.reader is not None:
            self._pass(walk, found.next_header, len(walk.packet) - len(found.payload))

    def on_chain_read_fragment(self, _: CompiledMachine, __: Any, walk: Walk) -> None:
        """A fragment header is next."""
        walk.reader = "fragment"

    def _read_fragment(self, walk: Walk) -> None:
        found = self._decode_fragment(walk.rest)
        if isinstance(found, Refusal):
            self._ask(walk, "cut_off")
            return
        end = len(walk.packet) - len(found.payload)
        walk.cut = Cut(found, walk.place, end, walk.named)
        self._ask(walk, "fragment", found, walk.place)
        if walk.reader is not None:
            self._pass(walk, found.next_header, end)

    def on_chain_at(self, _: CompiledMachine, emission: Any, walk: Walk) -> None:
        """Where the fault is."""
        walk.pointer = emission.pointer

    def on_chain_busy(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """The headers of a packet are done with in one step, so that this is our fault."""
        raise InternalError("a packet was begun while another was looked at", self.name)

    # ---- where it ends

    def on_chain_deliver(self, _: CompiledMachine, __: Any, walk: Walk) -> Verdict:
        """The rest goes to the layer bound to the protocol; taps see it first."""
        header, interface = walk.header, walk.interface
        self.counters["in_delivers"] += 1
        dst = self.tables.choose(header.src, interface.name) if walk.group else header.dst
        inbound = Inbound(
            interface,
            header.src,
            dst,
            walk.group,
            header.dst,
            checked=walk.offload.trusted,
            segment=walk.offload.segment,
            hop_limit=header.hop_limit,
            link_group=walk.link_group,
            alert=walk.alert,
            fragmented=walk.cut is not None,
        )
        for tap in self._protocols.taps(walk.kind):
            tap(walk.rest, inbound)
        handler: Any = self._protocols.find(walk.kind)  # the row asked for one
        verdict: Verdict = handler(walk.rest, inbound)
        return verdict

    # ---- fragments

    def on_chain_collect(self, _: CompiledMachine, emission: Any, walk: Walk) -> Verdict | None:
        """A fragment goes to the others of its packet."""
        self.counters["in_fragments"] += 1
        header = walk.header
        key = (header.src, header.dst, _cut(walk).header.id)
        there = self.pieces_of(key).get(emission.offset)
        same = (
            there is not None
            and emission.more == _cut(there).header.M
            and self.fragment_of(there) == self.fragment_of(walk)
        )
        return self._reassembly.step(
            key, "fragment", walk, emission.offset, emission.size, emission.more, same
        )

    def fragment_of(self, piece: Walk) -> memoryview:
        """What follows the fragment header."""
        return piece.packet[_cut(piece).end :]

    def lasting_piece(self, piece: Walk) -> Walk:
        """The fragment with octets of its own."""
        piece.packet = lasting(piece.packet)
        return piece

    def joined(self, first: Walk, payload: memoryview) -> Verdict | None:
        """The headers of the first fragment, but for the fragment header, and all the octets.

        What stood before the fragment header was acted on when the fragment came; the walk goes on
        behind it (RFC 8200 §4.5).
        """
        kind, place, _, named = _cut(first)
        packet = bytearray(first.packet[:place]) + payload
        packet[named] = kind.next_header
        packet[PAYLOAD_LENGTH : PAYLOAD_LENGTH + 2] = (len(packet) - self._header).to_bytes(2)
        whole = Walk(
            first.interface,
            first.header,
            memoryview(bytes(packet)),
            first.link_group,
            first.group,
            PLAIN,
            kind.next_header,
            place,
            named,
            first.alert,
            cut=first.cut,
        )
        return self._go(whole, whole=True)

    def late(self, first: Walk) -> None:
        """Its sender is told."""
        self.tell_of("reassembly_time", first)


def _cut(walk: Walk) -> Cut:
    """The fragment header of a packet that has one."""
    assert walk.cut is not None  # rows collect fragments only
    return walk.cut
