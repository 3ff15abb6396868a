"""IPv4's hands for what goes out: room for datagrams, headers, fragments, the MTU of paths."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from netfsm.errors import (
    BadAddress,
    InternalError,
    LinkDown,
    NoRoute,
    ReserveError,
    TooBig,
)
from netfsm.layers.addresses import dotted
from netfsm.layers.contracts import Flow
from netfsm.layers.ipv4.base import Base
from netfsm.machine import CompiledMachine
from netfsm.stack import Interface, Verdict
from netfsm.stack.outgoing import Attempt, Outgoing
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.buffer import Buffer

PLATEAUS: Final = (32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68)
"""MTUs of common links, for routers that don't tell theirs (RFC 1191 §7.1)."""


class _Going(NamedTuple):
    """A datagram for which room is sought."""

    attempt: Attempt
    interface: Interface | None
    dst: int
    src: int
    mtu: int


class _Noted(NamedTuple):
    """What a reserved datagram needs: header, station (None: not known yet), MTU of the path."""

    header: Any
    station: bytes | None
    mtu: int


class Sending(Base):
    """The machines `ipv4.output`, `ipv4.fragments` and `ipv4.path`."""

    _whole: tuple[Outgoing, _Noted]
    _verdict: Verdict

    def setup(self) -> None:
        """Resolve what every datagram needs."""
        super().setup()
        self._output = self.part("ipv4.output")
        self._fragments = self.part("ipv4.fragments")
        self._paths = self.part("ipv4.path")
        self._ttl = int(str(self.constants["DEFAULT_TTL"]))
        self._routes = self.numbers("ipv4.Route")
        self._identification = self.random.getrandbits(16)

    def _interface(self, name: str) -> Interface | None:
        return self.interface(name) if name else None

    # ---- out

    def flow_datagram(
        self,
        size: int,
        *,
        dst: int,
        protocol: int,
        src: int | None = None,
        tos: int = 0,
        ttl: int | None = None,
        dont_fragment: bool = False,
    ) -> Outgoing:
        """Room for a datagram that a program sends by itself."""
        return self.reserve(Flow(dst, protocol, src, tos, ttl, dont_fragment), size)

    def reserve(self, flow: Flow, size: int, *, may_wait: bool = False) -> Outgoing:
        """Room for one datagram (see `contracts.Internet`)."""
        self.counters["out_requests"] += 1
        way = self.tables.way(flow.dst)
        source = way.src if flow.src is None else flow.src
        interface = self._interface(way.interface)
        self._identification = (self._identification + 1) & 0xFFFF
        mtu = self._mtu(interface, flow.dst)
        going = _Going(Attempt(size), interface, flow.dst, source, mtu)
        self._output.step(
            (),
            "reserve",
            source,
            flow.dst,
            flow.protocol,
            flow.tos,
            self._ttl if flow.ttl is None else flow.ttl,
            size,
            may_wait,
            flow.dont_fragment,
            self._routes[way.kind],
            interface is not None and self.resolver(interface) is not None,
            way.next_hop,
            self.tables.is_ours(source),
            self._identification,
            mtu,
            context=going,
        )
        return going.attempt.result()

    def _mtu(self, interface: Interface | None, dst: int) -> int:
        """What the path carries in one piece: the interface's MTU, or what routers told."""
        if interface is None:
            return 0
        path = self._paths.instances.get((dst,))
        return interface.mtu if path is None else min(interface.mtu, path.mtu)

    def on_output_loop(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To ourselves, by the loopback interface."""
        self._room(going, emission, b"")

    def on_output_flood(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To every station of the link."""
        self._room(going, emission, going.interface.broadcast)

    def on_output_group(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the stations of a group; the resolver knows how the link addresses them."""
        interface = going.interface
        resolver = self.resolver(interface)
        to = resolver.group_station(interface, emission.dst) if resolver else interface.broadcast
        self._room(going, emission, to)

    def on_output_straight(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the only station there is, or to all where nobody is looked for."""
        self._room(going, emission, going.interface.peer or going.interface.broadcast)

    def on_output_ask(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the next hop, where the resolver knows it."""
        resolver = self.resolver(going.interface)
        assert resolver is not None  # the row asked for one
        try:
            to = resolver.station(going.interface, emission.next_hop, emission.src)
        except ReserveError as error:
            self.counters["unresolved"] += 1
            going.attempt.error = error
            return
        self._room(going, emission, to)

    def on_output_hold(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To the next hop, when the resolver knows it."""
        self._room(going, emission, None)

    def _room(self, going: _Going, emission: Any, station: bytes | None) -> None:
        """Room below; the header is noted until the payload is there."""
        interface, attempt = going.interface, going.attempt
        assert interface is not None  # a route names one
        try:
            packet = self._buffer(going, interface, in_pieces=emission.in_pieces)
        except ReserveError as error:
            self.counters["no_room"] += 1
            attempt.error = error
            return
        packet.note(_Noted(emission, station, going.mtu), self._header)
        attempt.packet = packet

    def _buffer(self, going: _Going, interface: Interface, *, in_pieces: bool) -> Outgoing:
        """A buffer of the link's, or one of our own for what is going to be cut."""
        size = going.attempt.size + self._header
        if in_pieces:
            return Outgoing(interface.name, Buffer.allocate(size), size)
        link = self.link_of(interface)
        if link is None:
            raise LinkDown(interface.name)
        return link.reserve(interface, size)

    def commit(self, packet: Outgoing) -> Verdict:
        """The header in front of the payload; then the packet goes to its station."""
        noted: _Noted = packet.recall()
        if noted.header.in_pieces:
            return self._divide(packet, noted)
        return self._leave(packet, noted, 0, more=False)

    def _leave(self, packet: Outgoing, noted: _Noted, offset: int, *, more: bool) -> Verdict:
        header, buffer = noted.header, packet.buffer
        start = buffer.prepend(self._header)
        self._encode_into(
            buffer.data,
            start,
            buffer.tail,
            tos=header.tos,
            id=header.id,
            DF=header.DF,
            MF=more,
            offset=offset,
            ttl=header.ttl,
            protocol=header.protocol,
            src=header.src,
            dst=header.dst,
        )
        self.counters["out_transmits"] += 1
        interface = self.interface(packet.interface)
        if noted.station is None:
            return self._resolve(interface, header, packet)
        link = self.link_of(interface)
        if link is None:
            packet.cancel()
            return self.unsent("no_room")
        return link.send(packet, noted.station, self._ethertype)

    # ---- fragments

    def _divide(self, packet: Outgoing, noted: _Noted) -> Verdict:
        """Let the pieces leave, each in a buffer of its own."""
        self.counters["out_fragmented"] += 1
        self._whole = packet, noted
        self._verdict = DELIVERED
        self._fragments.step((), "divide", len(packet.buffer), noted.mtu)
        while self._fragments.state_of(()) == "CUTTING":
            self._fragments.step((), "next")
        return self._verdict

    def on_fragments_fragment(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """A piece leaves with a header of its own."""
        packet, noted = self._whole
        interface = self.interface(packet.interface)
        link = self.link_of(interface)
        try:
            if link is None:
                raise LinkDown(interface.name)
            piece = link.reserve(interface, self._header + emission.size)
        except ReserveError:
            self._verdict = self.unsent("no_room")
            return
        piece.write(packet.buffer.view[emission.place : emission.place + emission.size])
        self.counters["out_fragments"] += 1
        verdict = self._leave(piece, noted, emission.offset, more=emission.more)
        if verdict is not DELIVERED:
            self._verdict = verdict

    def on_fragments_busy(self, _: CompiledMachine, __: Any, ___: Any) -> Verdict:
        """The pieces of one datagram leave in one step, so that this is a fault of the hands."""
        raise InternalError("a datagram is cut while another is", self.name)

    # ---- paths

    def path_told(self, dst: int, mtu: int, size: int) -> None:
        """A router could not send on `size` octets to `dst`; it carries `mtu`, 0 unknown."""
        plateau = next((one for one in PLATEAUS if one < size), 0)
        self.counters["path_mtu_told"] += 1
        self._paths.step((dst,), "too_big", mtu, size, plateau)

    def on_path_smaller(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """The path carries less than was thought."""
        self.report("path_mtu", destination=instance.dst, mtu=emission.mtu)

    def query_path_mtus(self) -> list[dict[str, object]]:
        """What routers told of paths."""
        return [{"destination": key[0], "mtu": one.mtu} for key, one in self._paths.states()]

    # ---- what is not sent

    def _resolve(self, interface: Interface, header: Any, packet: Outgoing) -> Verdict:
        """The resolver keeps the packet until the next hop is known."""
        resolver = self.resolver(interface)
        if resolver is None:
            packet.cancel()
            return self.unsent("unresolved")
        return resolver.resolve(interface, header.next_hop, header.src, packet)

    def on_output_no_route(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """Nobody knows the way."""
        going.attempt.error = NoRoute(dotted(going.dst))
        return self.unsent("no_route")

    def on_output_bad_source_out(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """No host may send so."""
        going.attempt.error = BadAddress(dotted(going.src), "no host may send from it so")
        return self.unsent("bad_source_out")

    def on_output_bad_destination(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """Nothing may be sent to it."""
        going.attempt.error = BadAddress(dotted(going.dst), "it must not be sent to")
        return self.unsent("bad_destination")

    def on_output_not_ready(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """The source is not, or not yet, an address of ours."""
        going.attempt.error = BadAddress(dotted(going.src), "it is no address of ours in use")
        return self.unsent("not_ready")

    def on_output_too_big(self, _: CompiledMachine, emission: Any, going: Any) -> Verdict:
        """The interface does not carry as much in one piece."""
        going.attempt.error = TooBig(emission.size + self._header, emission.mtu)
        return self.unsent("too_big")
