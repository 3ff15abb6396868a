"""The hands of UDP: datagrams to sockets and layers, sockets by number."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple

from netfsm.errors import BadAddress, ReserveError
from netfsm.layers.contracts import Flow, Inbound
from netfsm.layers.transport import ANY, V4, Answer, Transport, every, is_group, zone
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED, dropped
from netfsm.wire.refusal import Refusal


class Datagram(NamedTuple):
    """A datagram that waits in a socket."""

    data: bytes
    source: bytes
    source_port: int
    destination: bytes
    group: bool
    interface: str


class Udp(Transport):
    """Bound to protocol 17 of IP; provides `udp.port`."""

    def setup(self) -> None:
        """Resolve what every datagram needs."""
        self._input = self.part("udp.input")
        self._sockets = self.part("udp.socket")
        self._ports = self.spaces["udp.port"]
        codec = self.codec("udp.datagram")
        self._decode, self._encode_into = codec.decode, codec.encode_into
        self._decode_quoted = self.codec("udp.quoted").decode
        self._header, self._sum_offset = codec.header_octets, codec.sum_offset
        self._protocol = self.number("PROTOCOL")
        self._by_port: dict[int, dict[int, CompiledMachine]] = {}
        self._last = 0
        self._failures = self.numbers("udp.Failure")
        self._words = {number: name for name, number in self._failures.items()}

    def quiesce(self) -> None:
        """Every socket is closed."""
        self._sockets.step_all("close")

    # ---- in

    def arrived(self, payload: memoryview, inbound: Inbound, octets: int) -> Verdict:
        """A datagram from IP."""
        datagram = self._decode(payload, pseudo=inbound.pseudo, checked=inbound.checked)
        if isinstance(datagram, Refusal):
            return self.refused(datagram.reason)
        handler = self._ports.find(datagram.dport)
        hearing = self._hearing(datagram, inbound, octets)
        verdict = self._input.step(
            (),
            "datagram",
            datagram,
            handler is not None,
            bool(hearing),
            context=(handler, hearing, datagram, inbound, octets),
        )
        return verdict or DELIVERED

    def _hearing(self, datagram: Any, inbound: Inbound, octets: int) -> list[int]:
        """The sockets that hear a datagram: each in a group, or the one with the nearest match."""
        sender = (inbound.src.to_bytes(octets), datagram.sport)
        to = {inbound.dst.to_bytes(octets), inbound.sent_to.to_bytes(octets)}
        heard = {ANY, bytes(octets)} | to
        found = [
            (one.address in to, number)
            for number, one in self._by_port.get(datagram.dport, {}).items()
            if one.address in heard and _speaks_with(one, sender)
        ]
        if inbound.group or not found:
            return [number for _, number in found]
        return [max(found)[1]]

    def on_input_hand_up(self, _: CompiledMachine, __: Any, context: Any) -> Verdict:
        """To the layer that is bound to the port; taps see it first."""
        handler, _hearing, datagram, inbound, _octets = context
        self.counters["in_datagrams"] += 1
        for tap in self._ports.taps(datagram.dport):
            tap(datagram, inbound)
        verdict: Verdict = handler(datagram, inbound)
        return verdict

    def on_input_queue(self, _: CompiledMachine, __: Any, context: Any) -> Verdict:
        """To every socket that hears it; delivered where one of them had room."""
        _handler, hearing, datagram, inbound, octets = context
        thing = Datagram(
            bytes(datagram.payload),
            inbound.src.to_bytes(octets),
            datagram.sport,
            inbound.sent_to.to_bytes(octets),
            inbound.group,
            inbound.interface.name,
        )
        verdicts = [self._sockets.step((one,), "arrived", thing) for one in hearing]
        kept = [verdict for verdict in verdicts if verdict is None]
        self.counters["in_datagrams"] += len(kept)
        return DELIVERED if kept else verdicts[0] or DELIVERED

    def on_socket_readable(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """There is something to receive."""
        self.report("readable", socket=instance.socket)

    # ---- errors

    def failed(self, failure: str, quoted: memoryview, src: bytes, dst: bytes) -> None:
        """The network reports that a datagram of ours did not arrive (RFC 1122 §4.1.3.3)."""
        header = self._decode_quoted(quoted)
        self.counters["errors_told"] += 1
        if isinstance(header, Refusal):
            self.counters["errors_stray"] += 1
            return
        found = [
            number
            for number, one in self._by_port.get(header.sport, {}).items()
            if (every(one.address) or one.address == src) and _speaks_with(one, (dst, header.dport))
        ]
        if not found:
            self.counters["errors_stray"] += 1
        for number in found:
            to = str(ip_address(dst))
            self.report("undelivered", socket=number, to=to, port=header.dport, failure=failure)
            self._sockets.step((number,), "reported", self._failures[failure])

    def on_socket_stray(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """Nobody could tell which datagram is meant."""
        self.counters["errors_stray"] += 1

    # ---- out

    def flow_datagram(
        self, size: int, *, socket: int, address: bytes = ANY, port: int = 0, interface: str = ""
    ) -> Outgoing:
        """Room for a datagram of a socket."""
        answer = Answer()
        to_all = len(address) == V4 and (
            self.internet(V4).tables.way(int.from_bytes(address)).kind == "BROADCAST"
        )
        self._sockets.step(
            (socket,), "reserve", address, port, interface, size, to_all, context=answer
        )
        packet: Outgoing = answer.result()
        return packet

    def on_socket_room(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """Room below; ports are noted until the data are there."""
        src, dst = emission.src, emission.dst
        source = None if every(src) else int.from_bytes(src)
        via = zone(dst, emission.via)
        flow = Flow(int.from_bytes(dst), self._protocol, source, interface=via)
        try:
            if not every(src) and len(src) != len(dst):
                raise BadAddress(str(ip_address(dst)), "the socket's address is of another IP")
            packet = self.internet(len(dst)).reserve(flow, emission.size + self._header)
        except (ReserveError, OSError) as error:
            self.counters["unsent"] += 1
            answer.error = error
            return
        packet.note(emission, self._header)
        answer.value = packet

    def commit(self, packet: Outgoing) -> Verdict:
        """The header in front of the data, checksum and all."""
        ports = packet.recall()
        buffer = packet.buffer
        start = buffer.prepend(self._header)
        self._encode_into(
            buffer.data,
            start,
            buffer.tail,
            sport=ports.sport,
            dport=ports.dport,
            pseudo=packet.pseudo,
            partial=packet.partial,
        )
        if packet.partial:
            buffer.leave_sum(start, self._sum_offset)
        self.counters["out_datagrams"] += 1
        return self.internet(len(ports.dst)).commit(packet)

    # ---- sockets

    def command_open(self, address: bytes = ANY, port: int = 0, broadcast: bool = False) -> int:
        """A new socket's number. OSError where the port is taken or the address is not ours."""
        port = port or self.free_port(lambda one: self._is_free(address, one))
        answer = Answer()
        number = self._last + 1
        ours = every(address) or is_group(address) or self.is_ours(address)
        free = self._is_free(address, port)
        verdict = self._sockets.step(
            (number,), "open", address, port, broadcast, free, ours, context=answer
        )
        if verdict is not None and verdict.reason == "full":
            raise OSError("too many sockets are open")
        answer.result()
        self._last = number
        self._by_port.setdefault(port, {})[number] = self._sockets.instances[number,]
        return number

    def _is_free(self, address: bytes, port: int) -> bool:
        others = self._by_port.get(port, {}).values()
        taken = any(_meet(address, one.address) for one in others)
        return not taken and self._ports.find(port) is None

    def command_connect(self, socket: int, address: bytes, port: int, interface: str = "") -> None:
        """Send to and hear from one peer only."""
        answer = Answer()
        one = self._sockets.instances.get((socket,))
        fits = one is None or one.address == ANY or len(one.address) == len(address)
        source = self.source(address, interface) if fits else ANY
        self._sockets.step((socket,), "connect", address, port, interface, source, context=answer)
        answer.result()

    def command_receive(self, socket: int) -> Mapping[str, object]:
        """The oldest datagram. BlockingIOError where none waits, OSError for what went wrong."""
        answer = Answer()
        self._sockets.step((socket,), "receive", context=answer)
        found: Datagram = answer.result()
        return found._asdict()

    def command_close(self, socket: int) -> None:
        """Close a socket; what waits in it is let go."""
        answer = Answer()
        self._sockets.step((socket,), "close", context=answer)
        answer.result()

    def query_waiting(self, socket: int) -> int:
        """How many datagrams wait. OSError where there is no such socket."""
        one = self._sockets.instances.get((socket,))
        if one is None:
            raise OSError(f"there is no socket {socket}")
        return len(one.received)

    def query_sockets(self) -> list[dict[str, object]]:
        """The sockets that are open."""
        return [
            {
                "socket": key[0],
                "address": one.address,
                "port": one.port,
                "peer": one.peer or ANY,
                "peer_port": one.peer_port or 0,
                "waiting": len(one.received),
                "state": one.state,
            }
            for key, one in self._sockets.states()
        ]

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:  # noqa: ARG002  # the base's form
        """No more sockets."""
        self.counters["full"] += 1
        return dropped(self.name, "full")

    # ---- what rows answer

    def on_socket_opened(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """The socket is there."""

    def on_socket_connected(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """It has a peer."""

    def on_socket_datagram(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """A datagram is received."""
        answer.value = emission.thing

    def on_socket_closed(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Its port is free again."""
        number = instance.socket
        for port, sockets in list(self._by_port.items()):
            sockets.pop(number, None)
            if not sockets:
                del self._by_port[port]

    def on_socket_failed(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """What the network reported of an earlier datagram."""
        word = self._words[emission.failure]
        kind = ConnectionRefusedError if word == "REFUSED" else OSError
        answer.error = kind(f"the network reports: {word.lower().replace('_', ' ')}")

    def on_socket_nothing(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """Nothing waits."""
        answer.error = BlockingIOError("no datagram waits")

    def _refuse(self, answer: Answer, what: str) -> None:
        answer.error = OSError(what)

    def on_socket_in_use(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """Another has the port."""
        self._refuse(answer, "the port is in use")

    def on_socket_not_ours(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """The address is another host's."""
        self._refuse(answer, "it is no address of ours")

    def on_socket_no_such_socket(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """It was never opened, or it is closed."""
        self._refuse(answer, "there is no such socket")

    def on_socket_no_way(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """No route."""
        self._refuse(answer, "no route leads there")

    def on_socket_no_destination(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """It has no peer and no port was said."""
        self._refuse(answer, "a datagram needs a port to go to")

    def on_socket_not_permitted(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """Broadcasts were not asked for."""
        self._refuse(answer, "broadcasts were not asked for when it was opened")


def _meet(one: bytes, other: bytes) -> bool:
    """Whether sockets with these addresses would hear the same datagrams."""
    if ANY in (one, other):
        return True
    return len(one) == len(other) and (one == other or every(one) or every(other))


def _speaks_with(socket: CompiledMachine, other: tuple[bytes, int]) -> bool:
    """Whether a socket has to do with an address and port: one that has a peer with no other."""
    return socket.state != "CONNECTED" or (socket.peer, socket.peer_port) == other
