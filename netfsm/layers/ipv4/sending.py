"""IPv4's hands for what goes out: its header, its identification, what the rows are asked."""

from __future__ import annotations

from typing import Any

from netfsm.layers.addresses import Way
from netfsm.layers.contracts import Flow
from netfsm.layers.ipv4.paths import Paths
from netfsm.layers.network.sending import Asked, Going, Noted, Piece
from netfsm.layers.network.sending import Sending as Shared
from netfsm.machine import CompiledMachine
from netfsm.stack.outgoing import Outgoing


class Sending(Shared, Paths):
    """The machines `ipv4.output` and `ipv4.fragments`."""

    def setup(self) -> None:
        """Resolve what every datagram needs."""
        super().setup()
        self._ttl = self.number("DEFAULT_TTL")
        self._identification = self.random.getrandbits(16)

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

    def numbered(self, pieces: int) -> int:
        """The next identification, or the first of those that the pieces of a segment take."""
        number = (self._identification + 1) & 0xFFFF
        self._identification = (self._identification + pieces) & 0xFFFF
        return number

    def question(self, asked: Asked, way: Way, going: Going) -> tuple[Any, ...]:
        """Parameters and choices of `reserve`."""
        flow, size, may_wait, each = asked
        interface = going.interface
        return (
            going.src,
            flow.dst,
            flow.protocol,
            flow.traffic_class,
            self._ttl if flow.hop_limit is None else flow.hop_limit,
            size,
            may_wait,
            flow.dont_fragment,
            each,
            self._routes[way.kind],
            interface is not None and self.resolver(interface) is not None,
            way.next_hop,
            self.tables.is_ours(going.src),
            going.number,
            going.mtu,
        )

    def division(self, size: int, noted: Noted) -> tuple[Any, ...]:
        """Parameters of `divide`."""
        return size, noted.mtu

    def on_output_flood(self, _: CompiledMachine, emission: Any, going: Any) -> None:
        """To every station of the link."""
        self._room(going, emission, going.interface.broadcast)

    def write_headers(self, packet: Outgoing, noted: Noted, piece: Piece | None) -> None:
        """One header, which tells of the piece too."""
        header, buffer = noted.header, packet.buffer
        start = buffer.prepend(self._header)
        self._encode_into(
            buffer.data,
            start,
            buffer.tail,
            tos=header.tos,
            id=noted.number,
            DF=header.DF,
            MF=piece is not None and piece.more,
            offset=0 if piece is None else piece.offset,
            ttl=header.ttl,
            protocol=header.protocol,
            src=header.src,
            dst=header.dst,
        )

    def reached(self, dst: int) -> None:
        """It says nothing to ARP, which believes ARP packets alone (RFC 1122 §2.3.2.1)."""
