"""TCP's hands for what comes in: segments to their connection, text to its place, errors told."""

from __future__ import annotations

from typing import Any, NamedTuple

from netfsm.layers.contracts import Flow, Inbound
from netfsm.layers.tcp.base import Base
from netfsm.layers.tcp.sockets import ConnectionKey, ListenerKey, Socket
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.verdicts import DELIVERED
from netfsm.wire.refusal import Refusal

ANY = bytes(4)
SYN = 0x02
SPACE = 0xFFFFFFFF


class Arrived(NamedTuple):
    """A segment, and what tells whose it is."""

    segment: Any
    key: ConnectionKey
    inbound: Inbound


class Receiving(Base):
    """The machine `tcp.input`, and the events `segment`, `reported` and `path`."""

    def setup(self) -> None:
        """Resolve what every segment needs."""
        super().setup()
        self._decode = self.codec("tcp.segment").decode
        self._decode_quoted = self.codec("tcp.quoted").decode

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """A segment from IPv4."""
        src, dst = inbound.src, inbound.sent_to
        segment = self._decode(payload, 0, None, src + dst, inbound.checked)
        if segment.__class__ is Refusal:
            return self.refused(segment.reason)
        self.counters["in_segments"] += 1
        key = dst.to_bytes(4), segment.DPORT, src.to_bytes(4), segment.SPORT
        socket = self._by_key.get(key)
        if socket is None:
            return self._stray(Arrived(segment, key, inbound))
        received = socket.received
        follows = 0
        if received.holds:
            follows = received.follows((segment.SEQ + len(segment.payload)) & SPACE)
        isn = self._numbers.isn(key, self.clock.now) if segment.CTL & SYN else 0
        context = Arrived(segment, key, inbound)
        verdict = self._connection.step(key, "segment", segment, isn, follows, context=context)
        return verdict or DELIVERED

    # ---- segments of no connection

    def _stray(self, arrived: Arrived) -> Verdict:
        segment, inbound = arrived.segment, arrived.inbound
        tables = self._internet.tables
        alone = not inbound.group and tables.is_host(inbound.interface.name, inbound.src)
        heard = self._listener_of(arrived.key) is not None
        verdict = self._input.step((), "stray", segment, alone, heard, context=arrived)
        return verdict or DELIVERED

    def _listener_of(self, key: ConnectionKey) -> ListenerKey | None:
        """Who listens: at this very address before at any (RFC 9293 MUST-42)."""
        for address in (key[0], ANY):
            if (address, key[1]) in self._listeners:
                return address, key[1]
        return None

    def on_input_to_listener(
        self, _: CompiledMachine, __: Any, arrived: Arrived
    ) -> Verdict | None:
        """The listener judges it."""
        key = self._listener_of(arrived.key)
        assert key is not None  # the row says that there is one
        return self._listener.step(key, "segment", arrived.segment, context=arrived)

    def on_input_to_nobody(self, _: CompiledMachine, __: Any, arrived: Arrived) -> Verdict | None:
        """The state CLOSED answers."""
        return self._connection.step(
            arrived.key, "segment", arrived.segment, 0, 0, context=arrived
        )

    def on_listener_fork(
        self, instance: CompiledMachine, _: Any, arrived: Arrived
    ) -> Verdict | None:
        """A passive OPEN for the sender of the segment, which then takes the segment."""
        home: ListenerKey = (instance.address, instance.port)
        socket = self._begin(arrived.key, home)
        mss, most = self._path(socket.flow.dst)
        verdict = self._connection.step(
            arrived.key, "OPEN", False, home[0], mss, most, 0, context=arrived
        )
        if verdict is not None:
            self._forget(socket)
            self._listener.step(home, "failed")
            return verdict
        return self.receive_again(arrived)

    def receive_again(self, arrived: Arrived) -> Verdict | None:
        """Let a connection that has just begun take its segment."""
        key = arrived.key
        isn = self._numbers.isn(key, self.clock.now)
        return self._connection.step(
            key, "segment", arrived.segment, isn, 0, context=arrived
        )

    def _begin(self, key: ConnectionKey, listener: ListenerKey | None) -> Socket:
        """A socket for a connection whose OPEN is about to be called."""
        local, _, remote, _ = key
        flow = Flow(
            int.from_bytes(remote),
            self._protocol,
            int.from_bytes(local),
            dont_fragment=True,
        )
        socket = Socket(self._new_number(), key, flow, listener)
        self._by_key[key] = self._by_number[socket.number] = socket
        return socket

    def _forget(self, socket: Socket) -> None:
        """No machine came of it."""
        self._by_key.pop(socket.key, None)
        self._by_number.pop(socket.number, None)

    def on_connection_anew(self, _: CompiledMachine, __: Any, arrived: Arrived) -> None:
        """The old connection is gone when this step is over; then the segment is judged again."""
        self.later(lambda: self._judge_again(arrived))

    def _judge_again(self, arrived: Arrived) -> None:
        self._stray(arrived)

    # ---- text

    def on_connection_take_text(
        self, instance: CompiledMachine, emission: Any, arrived: Arrived
    ) -> None:
        """Text in order for the user, with what was held behind it."""
        socket = self._by_key[arrived.key]
        received, segment = socket.received, arrived.segment
        skip, fresh = emission.skip, emission.fresh
        first = segment.SEQ + (1 if segment.CTL & SYN else 0)
        received.number = (first + skip) & SPACE
        received.take(segment.payload[skip : skip + fresh], emission.take)
        self._tell_text(socket)

    def on_connection_hold(
        self, instance: CompiledMachine, emission: Any, arrived: Arrived
    ) -> None:
        """Text that came too early."""
        received = self._by_key[arrived.key].received
        received.number = instance.scope.RCV_NXT
        received.hold(emission.number, arrived.segment.payload[: emission.count])

    def _tell_text(self, socket: Socket) -> None:
        """Tell the user once that there is text, until he receives."""
        if not socket.told and socket.listener is None and not socket.closed:
            socket.told = True
            self.report("readable", socket=socket.number)

    # ---- errors

    def told(self, failure: str, quoted: memoryview, src: int, dst: int) -> None:
        """The network reports that a segment of ours did not arrive (RFC 9293 §3.9.2.2)."""
        header = self._decode_quoted(quoted)
        self.counters["errors_told"] += 1
        if isinstance(header, Refusal):
            self.counters["errors_stray"] += 1
            return
        key = src.to_bytes(4), header.SPORT, dst.to_bytes(4), header.DPORT
        if key not in self._by_key:
            self.counters["errors_stray"] += 1
            return
        if failure == "TOO_LONG":
            mss, most = self._path(dst)
            self._connection.step(key, "path", header.SEQ, mss, most)
        else:
            self._connection.step(key, "reported", header.SEQ, failure == "REFUSED")
