"""TCP's hands for what goes out: segments, SYNs and resets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from netfsm.errors import ReserveError
from netfsm.layers.contracts import Flow
from netfsm.layers.tcp.receiving import Receiving
from netfsm.machine import CompiledMachine
from netfsm.wire.checksum import Octets

CHECKSUM: Final = 16
"""Octets of a header before its checksum (RFC 9293 §3.1)."""
BLOCK: Final = 8
"""Octets of a block of a SACK option, before which two octets tell of it (RFC 2018 §3)."""
NOTHING: Final[Sequence[Octets]] = ()


class Emitting(Receiving):
    """The outputs that are messages."""

    def setup(self) -> None:
        """Resolve what every segment needs."""
        super().setup()
        codec = self.codec("tcp.segment")
        assert codec.options is not None  # the format has some
        self._encode, self._packet, self._options = codec.encode, codec.packet, codec.options
        self._send = self._internet.send

    def on_connection_segment(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A segment with text from the queue, and with what is held where the peer understands."""
        socket = self._socket(instance)
        count = emission.len
        text = socket.sending.slice(emission.SEQ, count) if count else NOTHING
        options: dict[str, Any] = {}
        if emission.timestamps_present:
            options = {
                "timestamps_present": True,
                "timestamps_value": emission.timestamps_value,
                "timestamps_echo": emission.timestamps_echo,
            }
        size = emission.size
        if emission.sack and socket.received.holds:
            options |= self._blocks(socket.received.blocks, size - count, 3 if options else 4)
        self._emit(socket.flow, emission, options, text, size if count > size else 0)

    def _blocks(self, blocks: Any, room: int, most: int) -> dict[str, Any]:
        """A SACK option with as many blocks as the segment has room for, beside its text."""
        found = blocks(min(most, max((room - 2) // BLOCK, 0)))
        if not found:
            return {}
        options: dict[str, Any] = {"sack_present": True, "sack_count": len(found)}
        for index, (left, right) in enumerate(found, 1):
            options[f"sack_left{index}"] = left
            options[f"sack_right{index}"] = right
        return options

    def on_connection_syn(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A SYN; the text that follows begins one number later."""
        socket = self._socket(instance)
        socket.sending.number = (emission.SEQ + 1) & 0xFFFFFFFF
        options: dict[str, Any] = {"mss_present": True, "mss_value": emission.mss_value}
        if emission.window_scale_present:
            options["window_scale_present"] = True
            options["window_scale_value"] = emission.window_scale_value
        if emission.sack_permitted_present:
            options["sack_permitted_present"] = True
        if emission.timestamps_present:
            options["timestamps_present"] = True
            options["timestamps_value"] = emission.timestamps_value
            options["timestamps_echo"] = emission.timestamps_echo or 0
        self._emit(socket.flow, emission, options, NOTHING, 0)

    def on_connection_reset(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A reset of a connection, or of none."""
        scope = instance.scope
        self._reset(scope.local, scope.remote, emission)

    def on_listener_reset(self, _: CompiledMachine, emission: Any, arrived: Any) -> None:
        """A reset for a segment that acknowledges what was never sent."""
        local, _lport, remote, _rport = arrived.key
        self._reset(local, remote, emission)

    def _reset(self, local: bytes, remote: bytes, emission: Any) -> None:
        flow = Flow(
            int.from_bytes(remote), self._protocol, int.from_bytes(local), dont_fragment=True
        )
        self.counters["out_resets"] += 1
        self._emit(flow, emission, {}, NOTHING, 0)

    def _emit(
        self,
        flow: Flow,
        emission: Any,
        options: dict[str, Any],
        text: Sequence[Octets],
        segment: int,
    ) -> None:
        """One packet; where there is no room for it now it is lost as on any wire."""
        packet = self._packet(
            emission.SPORT,
            emission.DPORT,
            emission.SEQ,
            emission.ACK or 0,
            emission.CTL,
            emission.WND or 0,
            emission.UP or 0,
            self._options(**options),
            b"",
        )
        head = bytearray(self._encode(packet))
        head[CHECKSUM : CHECKSUM + 2] = b"\0\0"
        try:
            self._send(flow, head, text, sum_offset=CHECKSUM, segment=segment)
        except ReserveError:
            self.counters["unsent"] += 1
            return
        self.counters["out_segments"] += 1
