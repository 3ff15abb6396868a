"""The hands of ICMPv6: what comes in, what errors quote, messages of other layers."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from netfsm.layers.addresses6 import is_group, zone
from netfsm.layers.contracts import Flow, Inbound, Trouble
from netfsm.layers.contracts6 import Messenger
from netfsm.layers.headers6 import Quoted, Quotes
from netfsm.layers.messages import Messages, echo_data
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.checksum import Octets
from netfsm.wire.refusal import Refusal

WORD: Final = 8
"""Octets that the length of what an error quotes counts in."""


HEADER = 4
"""Octets of type, code and checksum, which every message begins with (RFC 4443 §2.1)."""


class Arrived(NamedTuple):
    """A message as it came, and the packet that it quotes where it is an error."""

    octets: memoryview
    type: int
    inbound: Inbound
    quoted: Quoted | None


class Echo(NamedTuple):
    """What an echo request carries, and the interface that it leaves by where one was named."""

    data: bytes
    interface: str


class Icmpv6(Messages):
    """Bound to protocol 58 of IPv6 and to its troubles; provides `icmpv6.type`."""

    network = "ipv6"

    def setup(self) -> None:
        """Resolve what every message needs, and offer to send those of others."""
        super().setup()
        self._quotes = Quotes(self)
        self._types = self.spaces["icmpv6.type"]
        self._types.port = self.messenger
        self._quote = self.number("QUOTE")
        self._informational = self.number("FIRST_INFORMATIONAL")
        self._redirect = self.number("REDIRECT_TYPE")

    @property
    def messenger(self) -> Messenger:
        """What those that are bound to types send by."""
        return self

    # ---- in

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """A message from IPv6."""
        self.counters["in_messages"] += 1
        message = self._decode(payload, pseudo=inbound.pseudo, checked=inbound.checked)
        if isinstance(message, Refusal):
            return self.refused(message.reason)
        quoted = None
        if message.type < self._informational:
            quoted = self._quotes.read(_original(message))
        ours = quoted is not None and self._internet.tables.is_ours(quoted.src)
        verdict = self._input.step(
            (),
            "message",
            message,
            inbound.src,
            inbound.dst,
            inbound.group,
            bool(inbound.src) and not is_group(inbound.src),
            message.payload,
            quoted is not None and ours and quoted.protocol is not None,
            0 if quoted is None else quoted.dst,
            0 if quoted is None else quoted.octets,
            self._types.find(message.type) is not None,
            context=Arrived(payload, message.type, inbound, quoted),
        )
        return verdict or DELIVERED

    def on_input_tell(self, _: CompiledMachine, emission: Any, arrived: Arrived) -> None:
        """The owner of a packet is told what became of it."""
        quoted = arrived.quoted
        assert quoted is not None  # the row asked for one
        failure, protocol = self._failures[emission.failure], quoted.protocol
        if protocol is None or not self.tell_owner(
            protocol, failure, quoted.payload, quoted.src, quoted.dst
        ):
            self.counters["errors_unowned"] += 1

    def on_input_path(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """The path carries less."""
        self._internet.path_told(emission.dst, emission.mtu, emission.size)

    def on_input_hand_on(self, _: CompiledMachine, __: Any, arrived: Arrived) -> Verdict:
        """To the layer that is bound to the type; taps see it first."""
        for tap in self._types.taps(arrived.type):
            tap(arrived.octets, arrived.inbound)
        handler: Any = self._types.find(arrived.type)  # the row asked for one
        verdict: Verdict = handler(arrived.octets, arrived.inbound)
        return verdict

    # ---- errors

    def tell(self, trouble: Trouble) -> None:
        """Let the rule decide whether a sender is told (see `contracts.Reporter`)."""
        self._rule.step(
            (),
            "asked",
            self._whys[trouble.why],
            trouble.src,
            trouble.dst,
            trouble.pointer,
            trouble.mtu,
            trouble.packet,
            self._is_error(trouble.packet),
            trouble.group,
            trouble.link_group,
            self._internet.tables.is_ours(trouble.dst),
            trouble.one_host,
            context=trouble,
        )

    def _is_error(self, packet: memoryview) -> bool:
        """Whether a packet holds an error message or a redirect, or breaks off before its type."""
        found = self._quotes.read(packet)
        if found is None or found.protocol != self._protocol:
            return False
        kind = found.payload[0] if found.payload else 0
        return kind < self._informational or kind == self._redirect

    def on_errors_error(self, _: CompiledMachine, emission: Any, trouble: Trouble) -> None:
        """An error message leaves, with as much of the packet as fits (RFC 4443 §2.4 (c))."""
        self.counters["out_errors"] += 1
        flow = self._back(emission, trouble.interface)
        self.send_message(emission, flow, emission.quoted[: self._quote])

    # ---- out

    def write_message(self, packet: Outgoing, start: int, fields: dict[str, Any]) -> None:
        """The header of a message, with the checksum over the pseudo-header too."""
        buffer = packet.buffer
        self._encode_into(buffer.data, start, buffer.tail, pseudo=packet.pseudo, **fields)

    def on_input_reply(self, _: CompiledMachine, emission: Any, arrived: Arrived) -> None:
        """A reply leaves, with the data of its request."""
        self.counters["out_echo_replies"] += 1
        self.send_message(
            emission, self._back(emission, arrived.inbound.interface.name), emission.data
        )

    def _back(self, emission: Any, interface: str) -> Flow:
        """To whoever sent what came by an interface; without a source from one that suits."""
        via = zone(emission.dst, interface)
        return Flow(emission.dst, self._protocol, emission.src or None, interface=via)

    def on_ping_request(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """An echo request leaves."""
        self.counters["out_echos"] += 1
        echo: Echo = emission.data
        self.send_message(
            emission, Flow(emission.dst, self._protocol, interface=echo.interface), echo.data
        )

    def send(self, flow: Flow, message: Octets, *, may_wait: bool = True) -> Verdict:
        """Send the message of another layer (see `contracts6.Messenger`)."""
        self.counters["out_messages"] += 1
        whole = memoryview(message)
        head, text = whole[:HEADER], whole[HEADER:]
        return self._internet.send(
            flow, head, (text,), sum_offset=self._codec.sum_offset, may_wait=may_wait
        )

    # ---- control

    def command_ping(
        self,
        destination: int,
        id: int = 1,  # noqa: A002  # the field's word
        sequence: int = 1,
        size: int = 56,
        interface: str = "",
    ) -> None:
        """Send one echo request; `icmpv6.answered` or `icmpv6.lost` is reported."""
        key = (destination, id, sequence)
        self._ping.step(key, "send", Echo(echo_data(size), interface))


def _original(message: Any) -> memoryview:
    """What an error quotes, without the extensions that may follow it (RFC 4884 §4.2)."""
    octets: memoryview = message.payload
    return octets[: WORD * message.length] if message.length else octets
