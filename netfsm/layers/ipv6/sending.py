"""IPv6's hands for what goes out: headers, flow labels, what the rows are asked."""

from __future__ import annotations

from hashlib import blake2s
from typing import Any, Final

from netfsm.layers.addresses import Way
from netfsm.layers.contracts import Flow
from netfsm.layers.ipv6.paths import Paths
from netfsm.layers.network.sending import Asked, Going, Noted, Piece
from netfsm.layers.network.sending import Sending as Shared
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.outgoing import Outgoing

ANY: Final = 0
UNIT: Final = 8
PADDING: Final = bytes((1, 0))
"""PadN of two octets (RFC 8200 §4.2)."""
LABELS: Final = 0xFFFFF


class Sending(Shared, Paths):
    """The machines `ipv6.output` and `ipv6.fragments`."""

    def setup(self) -> None:
        """Resolve what every packet needs."""
        super().setup()
        self._alert_header = self.number("ALERT_HEADER")
        self._fragment_header = self.number("FRAGMENT_HEADER")
        self._fragment_kind = self.number("FRAGMENT")
        self._extension = self.codec("ipv6.extension")
        self._option = self.codec("ipv6.option")
        self._encode_fragment = self.codec("ipv6.fragment").encode_into
        self._alert_type = self.number("ROUTER_ALERT")
        self._identification = self.random.getrandbits(32)
        self._secret = self.random.randbytes(32)

    def flow_datagram(
        self,
        size: int,
        *,
        dst: int,
        protocol: int,
        src: int | None = None,
        traffic_class: int = 0,
        hop_limit: int | None = None,
        dont_fragment: bool = False,
        interface: str = "",
    ) -> Outgoing:
        """Room for a packet that a program sends by itself."""
        flow = Flow(dst, protocol, src, traffic_class, hop_limit, dont_fragment, interface)
        return self.reserve(flow, size)

    # ---- what the shared hands ask

    def octets_before(self, flow: Flow) -> int:
        """The header, and options of hop by hop where a router alert is wanted."""
        return self._header if flow.alert is None else self._header + self._alert_header

    def piece_octets(self, noted: Noted) -> int:
        """A fragment header too."""
        return noted.before + self._fragment_header

    def question(self, asked: Asked, way: Way, going: Going) -> tuple[Any, ...]:
        """Parameters and choices of `reserve`."""
        flow, size, may_wait, each = asked
        interface = going.interface
        limit = self.hop_limit(way.interface) if flow.hop_limit is None else flow.hop_limit
        # without an address of ours that suits the way there is none to send from
        usable = self.tables.is_ours(going.src) if going.src else False
        unsaid = flow.src is None and not going.src and way.kind != "NONE"
        return (
            going.src,
            flow.dst,
            flow.protocol,
            flow.traffic_class,
            limit,
            size,
            may_wait,
            flow.dont_fragment,
            each,
            flow.alert is not None,
            self._routes[way.kind],
            interface is not None and self.resolver(interface) is not None,
            way.next_hop,
            usable,
            unsaid,
            self.label(going.src, flow),
            going.mtu,
        )

    def label(self, src: int, flow: Flow) -> int:
        """The flow label: the same for a flow, and nobody's guess (RFC 6437 §3)."""
        text = src.to_bytes(16) + flow.dst.to_bytes(16) + bytes((flow.protocol,))
        found = int.from_bytes(blake2s(text, key=self._secret, digest_size=4).digest())
        return found % LABELS + 1

    def division(self, size: int, noted: Noted) -> tuple[Any, ...]:
        """Parameters of `divide`; the identification is drawn here (RFC 8200 §4.5)."""
        self._identification = (self._identification + 1) & 0xFFFFFFFF
        return size, noted.before, min(noted.mtu, 0xFFFF)

    # ---- headers

    def write_headers(self, packet: Outgoing, noted: Noted, piece: Piece | None) -> None:
        """The fragment header, options of hop by hop, and the header itself, in this order."""
        header, buffer, alert = noted.header, packet.buffer, noted.flow.alert
        kind = noted.flow.protocol
        if piece is not None:
            start = buffer.prepend(self._fragment_header)
            self._encode_fragment(
                buffer.data,
                start,
                buffer.tail,
                next_header=kind,
                offset=piece.offset,
                M=piece.more,
                id=self._identification,
            )
            kind = self._fragment_kind
        if alert is not None:
            octets = self._alert(kind, alert)
            start = buffer.prepend(len(octets))
            buffer.data[start : start + len(octets)] = octets
            kind = header.next_header
        start = buffer.prepend(self._header)
        self._encode_into(
            buffer.data,
            start,
            buffer.tail,
            traffic_class=header.traffic_class,
            flow_label=header.flow_label,
            next_header=kind,
            hop_limit=header.hop_limit,
            src=header.src,
            dst=header.dst,
        )

    def _alert(self, kind: int, value: int) -> bytes:
        """Options of hop by hop with a router alert (RFC 2711 §2.1)."""
        data = value.to_bytes(2) + PADDING
        option = self._option.make(type=self._alert_type, length=2, payload=data)
        return self._extension.encode(
            self._extension.make(next_header=kind, data=self._option.encode(option), payload=b"")
        )

    def on_output_beyond_scope(self, _: CompiledMachine, __: Any, going: Any) -> Verdict:
        """Its source means nothing where it would go."""
        return self.bad_source(going, "its scope ends before the destination", "beyond_scope")

    def reached(self, dst: int) -> None:
        """What goes to `dst` arrives: its first hop is alive (RFC 4861 §7.3.1)."""
        hop = self.hop_to(dst)
        resolver = None if hop is None else self.resolver(hop.interface)
        if hop is not None and resolver is not None:
            resolver.reached(hop.interface, hop.address)
