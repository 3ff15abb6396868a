"""The hands of ICMP: what comes in, what errors quote, and what its datagrams are like."""

from __future__ import annotations

from typing import Any, Final

from netfsm.layers.contracts import Flow, Inbound, Trouble
from netfsm.layers.messages import Messages, echo_data
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.refusal import Refusal

ERRORS: Final = frozenset({3, 4, 5, 11, 12})
"""The types of messages that report errors (RFC 1122 §3.2.2)."""


class Icmp(Messages):
    """Bound to protocol 1 of IPv4, and to its troubles."""

    network = "ipv4"

    def setup(self) -> None:
        """Resolve what every message needs."""
        super().setup()
        self._decode_quoted = self.codec("ipv4.quoted").decode
        self._ttl = self.number("ECHO_TTL")
        self._quote = self.number("QUOTE")

    # ---- in

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """A message from IPv4."""
        self.counters["in_messages"] += 1
        message = self._decode(payload)
        if isinstance(message, Refusal):
            return self.refused(message.reason)
        quoted = self._quoted(message)
        tables = self._internet.tables
        about = 0 if quoted is None else quoted.dst
        verdict = self._input.step(
            (),
            "message",
            message,
            inbound.src,
            inbound.dst,
            inbound.group,
            message.payload,
            quoted is not None and tables.is_ours(quoted.src),
            about,
            0 if quoted is None else quoted.total_length,
            quoted is not None and tables.way(about).next_hop == inbound.src,
            tables.is_near(getattr(message, "gateway", None) or 0),
            (self.clock.now // 1000) & 0x7FFFFFFF | 0x80000000,
            context=quoted,
        )
        return verdict or DELIVERED

    def _quoted(self, message: Any) -> Any:
        """The header that an error quotes; None for a message that is none, or quotes none."""
        if message.type not in ERRORS:
            return None
        found = self._decode_quoted(message.payload)
        return None if isinstance(found, Refusal) else found

    def on_input_tell(self, _: CompiledMachine, emission: Any, quoted: Any) -> None:
        """The owner of a datagram is told what became of it."""
        self._tell(self._failures[emission.failure], quoted)

    def on_input_path(self, _: CompiledMachine, emission: Any, quoted: Any) -> None:
        """The path carries less; the owner of the datagram is told too."""
        self._internet.path_told(emission.dst, emission.mtu, emission.size)
        self._tell("TOO_LONG", quoted)

    def _tell(self, failure: str, quoted: Any) -> None:
        self.tell_owner(quoted.protocol, failure, quoted.payload, quoted.src, quoted.dst)

    def on_input_reroute(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """There is a better first hop."""
        self.counters["redirected"] += 1
        self._internet.rerouted(emission.dst, emission.gateway)

    # ---- errors

    def tell(self, trouble: Trouble) -> None:
        """Let the rule decide whether a sender is told (see `contracts.Reporter`)."""
        packet = trouble.packet
        self._rule.step(
            (),
            "asked",
            self._whys[trouble.why],
            trouble.src,
            trouble.dst,
            trouble.pointer,
            packet,
            self._is_error(packet),
            trouble.group,
            trouble.link_group,
            trouble.later_fragment,
            trouble.one_host,
        )

    def _is_error(self, packet: memoryview) -> bool:
        """Whether a datagram holds an error message; one that breaks off before its type does."""
        header = self._decode_quoted(packet)
        if isinstance(header, Refusal) or header.protocol != self._protocol:
            return False
        return not header.payload or header.payload[0] in ERRORS

    def on_errors_error(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """An error message leaves, with the beginning of the datagram that it is about."""
        self.counters["out_errors"] += 1
        self._send(emission, emission.src, emission.quoted[: self._quote])

    # ---- out

    def on_input_reply(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """A reply leaves, with the data of its request."""
        stamped = emission.originate is not None
        self.counters["out_timestamp_replies" if stamped else "out_echo_replies"] += 1
        self._send(emission, emission.src, emission.data)

    def on_ping_request(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """An echo request leaves."""
        self.counters["out_echos"] += 1
        self._send(emission, None, emission.data)

    def _send(self, emission: Any, src: int | None, data: memoryview | bytes) -> None:
        flow = Flow(emission.dst, self._protocol, src, hop_limit=self._ttl)
        self.send_message(emission, flow, data)

    # ---- control

    def command_ping(
        self,
        destination: int,
        id: int = 1,  # noqa: A002  # the field's word
        sequence: int = 1,
        size: int = 56,
    ) -> None:
        """Send one echo request; `icmp.answered` or `icmp.lost` is reported."""
        self._ping.step((destination, id, sequence), "send", echo_data(size))
