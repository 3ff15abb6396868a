"""TCP's hands for connections and listeners that begin and end."""

from __future__ import annotations

from typing import Any

from netfsm.layers.answer import Answer
from netfsm.layers.tcp.receiving import ANY
from netfsm.layers.tcp.serving import Serving
from netfsm.layers.tcp.sockets import ConnectionKey, ListenerKey, Listening, Socket
from netfsm.machine import CompiledMachine
from netfsm.stack import Verdict
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import dropped

BACKLOG = 128


class Opening(Serving):
    """OPEN, active and passive, CLOSE, and what is left when a connection has ended."""

    def setup(self) -> None:
        """Resolve what calls need."""
        super().setup()
        self._send_room = self.number("SND_BUF")
        first, last = self.number("FIRST_EPHEMERAL"), self.number("LAST_EPHEMERAL")
        self._ports = range(first, last + 1)
        self._words = {number: name for name, number in self.numbers("tcp.Failure").items()}

    # ---- active

    def command_connect(
        self, address: int, port: int, local: int | None = None, local_port: int = 0
    ) -> int:
        """An active OPEN; the socket's number.

        OSError where the address is not one host's, no route leads there, the local address is
        not ours, the two sockets are connected already, or all ports or sockets are in use.
        """
        tables = self._internet.tables
        way = tables.way(address)
        src = way.src if local is None else local
        group = way.kind in ("BROADCAST", "MULTICAST")
        alone = not group and tables.is_host(way.interface, address)
        answer = Answer()
        ours = tables.is_ours(src)
        self._input.step((), "call", alone, way.kind != "NONE", ours, context=answer)
        answer.result()
        return self._place_call(src.to_bytes(4), local_port, address.to_bytes(4), port)

    def _place_call(self, local: bytes, lport: int, remote: bytes, port: int) -> int:
        key = local, lport or self._draw(local, remote, port), remote, port
        one = self._by_key.get(key) or self._begin(key, None)
        mss, most = self._path(one.flow.dst)
        answer = Answer()
        isn = self._numbers.isn(key, self.clock.now)
        verdict = self._connection.step(key, "OPEN", True, local, mss, most, isn, context=answer)
        if verdict is not None:
            self._forget(one)
            raise OSError("too many connections are open")
        answer.result()
        return one.number

    def on_input_place_call(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """It goes on where it was asked for."""

    def on_input_no_host(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """The address is a group's."""
        answer.error = OSError("a connection leads to one host, and this is no address of one")

    def on_input_no_route(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """No route."""
        answer.error = OSError("no route leads there")

    def on_input_not_ours(self, _: CompiledMachine, __: Any, answer: Answer) -> None:
        """The local address is another host's."""
        answer.error = OSError("it is no address of ours")

    def _draw(self, local: bytes, remote: bytes, port: int) -> int:
        """A port that is free for this peer: a keyed hash, and chance (RFC 6056 §3.3.3).

        OSError where all are in use.
        """
        count = len(self._ports)
        start = self._numbers.hashed(b"port", (local, 0, remote, port))
        start += self.random.randrange(count)
        for step in range(count):
            lport = self._ports[(start + step) % count]
            if (local, lport, remote, port) not in self._by_key and not self._heard(local, lport):
                return lport
        raise OSError("no port is free")

    def _heard(self, local: bytes, port: int) -> bool:
        return (local, port) in self._listeners or (ANY, port) in self._listeners

    # ---- passive

    def command_listen(self, port: int, address: int = 0, backlog: int = BACKLOG) -> int:
        """Passive OPENs for every peer; the listener's number.

        OSError where somebody listens there, or the address is not ours.
        """
        key = address.to_bytes(4), port
        answer = Answer()
        ours = address == 0 or self._internet.tables.is_ours(address)
        verdict = self._listener.step(key, "listen", backlog, ours, context=answer)
        if verdict is not None:
            raise OSError("too many listeners are open")
        answer.result()
        found = Listening(self._new_number(), key)
        self._listeners[key] = self._by_number[found.number] = found
        return found.number

    def command_accept(self, socket: int) -> int:
        """The oldest connection that is open and was not taken. BlockingIOError where none is."""
        found = self._by_number.get(socket)
        if not isinstance(found, Listening):
            raise OSError(f"there is no listener {socket}")
        answer = Answer()
        self._listener.step(found.key, "accept", context=answer)
        one: Socket = answer.result()
        return one.number

    def choose_listener_opened(
        self, instance: CompiledMachine, local: bytes, remote: bytes, rport: int
    ) -> tuple[Socket | None]:
        """The connection that is open; it may have ended meanwhile."""
        return (self._by_key.get((local, instance.port, remote, rport)),)

    def on_listener_listening(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """It listens."""

    def on_listener_failure(self, _: CompiledMachine, emission: Any, context: Any) -> None:
        """Why not."""
        if isinstance(context, Answer):
            context.error = {
                "IN_USE": OSError("somebody listens there"),
                "NOT_OURS": OSError("it is no address of ours"),
                "NOT_LISTENING": OSError("nobody listens there"),
                "NOTHING": BlockingIOError("no connection waits to be taken"),
            }[self._words[emission.why]]

    def on_listener_readable(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """A connection is there to be taken."""
        found = self._listeners[instance.address, instance.port]
        self.report("accepted", socket=found.number)

    def on_listener_connection(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """A connection is taken."""
        answer.value = emission.connection

    def on_listener_forget(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A connection that is back in LISTEN ends: the listener is there already."""
        key = emission.local, instance.port, emission.remote, emission.rport
        one = self._by_key.get(key)
        if one is not None:
            one.listener = None
            self._let_go(one)
            self._connection.step(key, "CLOSE", False)

    def on_listener_abort(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Reset what was not taken."""
        for one in emission.connections:
            if one is not None:
                self._let_go(one)
                if not one.over:
                    self._connection.step(one.key, "ABORT")

    # ---- ends

    def command_close(self, socket: int, reads: bool = False) -> None:
        """CLOSE. OSError where there is no such socket."""
        found = self._by_number.get(socket)
        if found is None:
            raise OSError(f"there is no socket {socket}")
        if isinstance(found, Listening):
            self._listener.step(found.key, "unlisten")
        else:
            self._close(found, reads)

    def instance_ended(self, part: Part, key: Key) -> None:
        """A machine is gone: its port is free, and its user learns why."""
        if part is self._listener:
            found = self._listeners.pop(_listener_key(key))
            del self._by_number[found.number]
        elif part is self._connection:
            self._over(self._by_key.pop(_connection_key(key)))

    def _over(self, one: Socket) -> None:
        one.over = True
        one.sending.clear()
        one.received.forget()
        if one.listener is not None:
            self._let_go(one)
            self._listener.step(one.listener, "failed")
            return
        reason = "closed" if one.error is None else str(one.error)
        self.report("closed", socket=one.number, reason=reason)

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:  # noqa: ARG002  # the base's form
        """No more connections."""
        self.counters["full"] += 1
        return dropped(self.name, "full")

    # ---- queries

    def query_connections(self) -> list[dict[str, object]]:
        """Connections and listeners."""
        found: list[dict[str, object]] = []
        for listening in self._listeners.values():
            state = self._listener.state_of(listening.key)
            found.append(_row(listening.number, (*listening.key, ANY, 0), state))
        for key, one in self._by_key.items():
            state = self._connection.state_of(key)
            found.append(_row(one.number, key, state, one.received.unread, len(one.sending)))
        return found


def _listener_key(key: Key) -> ListenerKey:
    address, port = key
    assert isinstance(address, bytes)
    assert isinstance(port, int)
    return address, port


def _connection_key(key: Key) -> ConnectionKey:
    local, lport, remote, rport = key
    assert isinstance(local, bytes)
    assert isinstance(lport, int)
    assert isinstance(remote, bytes)
    assert isinstance(rport, int)
    return local, lport, remote, rport


def _row(
    number: int, key: ConnectionKey, state: str, unread: int = 0, unsent: int = 0
) -> dict[str, object]:
    local, lport, remote, rport = key
    return {
        "socket": number,
        "local": int.from_bytes(local),
        "local_port": lport,
        "remote": int.from_bytes(remote),
        "remote_port": rport,
        "state": state,
        "unread": unread,
        "unsent": unsent,
    }
