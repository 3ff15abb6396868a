"""Sockets: what a program asks of TCP (RFC 9293 §3.9.1), and what it is told."""

from __future__ import annotations

from typing import Any, cast

from netfsm.layers.tcp.segments import Segments
from netfsm.layers.tcp.stream import Answer, Key, Stream
from netfsm.layers.transport import ANY, every
from netfsm.stack.part import Key as PartKey
from netfsm.stack.part import Part
from netfsm.stack.verdicts import Verdict, dropped


class Sockets(Segments):
    """Commands, queries, and what rows answer to them."""

    # ---- opening

    def command_connect(
        self,
        address: bytes,
        port: int,
        *,
        local: bytes = ANY,
        local_port: int = 0,
        diffserv: int = 0,
        interface: str = "",
    ) -> int:
        """A new socket's number; `opened` or `closed` is reported of it. OSError where it can't."""
        source, host = self._from(address, local, interface)
        key = (source, local_port or self._draw(source, address, port), address, port)
        if key in self._streams:
            raise OSError("there is such a connection already")
        answer = Answer()
        stream = self._stream(key, interface)
        stream.mark(diffserv)
        mss, most = self._way(address)
        verdict = self._connections.step(
            key, "OPEN", True, ANY, mss, most, self._isn(key), host, context=answer
        )
        if verdict is not None or answer.error is not None:
            self._forget(stream)
            raise answer.error or OSError("too many connections are open")
        return self._new_socket(stream)

    def _from(self, address: bytes, local: bytes, interface: str) -> tuple[bytes, bool]:
        """Our address for a connection, and whether the peer's is one host's that a way leads to.

        OSError where `local` is wrong, or the IP of the address is not loaded.
        """
        if not address:
            raise OSError("a connection needs an address to go to")
        if not every(local) and not (len(local) == len(address) and self.is_ours(local)):
            raise OSError("it is no address of ours")
        way = self.internet(len(address)).tables.way(int.from_bytes(address), interface)
        source = (way.src or 0).to_bytes(len(address)) if every(local) else local
        return source, way.kind in ("LOCAL", "DIRECT", "GATEWAY") and not every(source)

    def command_listen(self, port: int, address: bytes = ANY, backlog: int = 128) -> int:
        """A new socket's number. OSError where another listens there."""
        home = (address, port)
        if not every(address) and not self.is_ours(address):
            raise OSError("it is no address of ours")
        answer = Answer()
        self._listeners.step(home, "listen", backlog, context=answer)
        answer.result()
        self._ports[port] = self._ports.get(port, 0) + 1
        return self._new_socket(home)

    def command_accept(self, socket: int) -> int:
        """The socket of the oldest connection that waits. BlockingIOError where none does."""
        answer = Answer()
        self._listeners.step(self._listener(socket), "accept", context=answer)
        stream: Stream = answer.result()
        return self._new_socket(stream)

    def _new_socket(self, what: Stream | tuple[bytes, int]) -> int:
        self._last += 1
        self._sockets[self._last] = what
        if isinstance(what, Stream):
            what.socket = self._last
        else:
            self._homes[what] = self._last
        return self._last

    def _draw(self, local: bytes, remote: bytes, port: int) -> int:
        """A free port by chance (RFC 6056 §3.3.1). OSError where all are taken."""
        return self.free_port(
            lambda one: one not in self._ports,
            lambda one: (local, one, remote, port) not in self._streams,
        )

    def _listener(self, socket: int) -> tuple[bytes, int]:
        found = self._sockets.get(socket)
        if found is None or isinstance(found, Stream):
            raise OSError(f"socket {socket} does not listen")
        return found

    def _open(self, socket: int) -> Stream:
        found = self._sockets.get(socket)
        if not isinstance(found, Stream):
            raise OSError(f"there is no connection {socket}")
        return found

    # ---- text

    def command_send(self, socket: int, data: bytes, urgent: bool = False) -> int:
        """How many octets were queued. BlockingIOError without room; `writable` follows."""
        stream = self._open(socket)
        if not data:
            return 0
        answer = Answer(stream, data)
        if stream.gone:
            raise stream.error or BrokenPipeError("the connection is closed")
        self._connections.step(
            stream.key, "SEND", len(data), urgent, self._isn_of(stream), context=answer
        )
        queued: int = answer.result()
        return queued

    def _isn_of(self, stream: Stream) -> int:
        return 0 if stream.begun else self._isn(stream.key)

    def command_receive(self, socket: int, count: int) -> bytes:
        """At most `count` octets, none at the end. BlockingIOError where text may still come."""
        stream = self._open(socket)
        stream.told = False
        if stream.gone:
            return self._rest(stream, count)
        answer = Answer(stream, receives=True)
        self._connections.step(stream.key, "RECEIVE", count, context=answer)
        found: bytes = answer.result()
        return found

    def _rest(self, stream: Stream, count: int) -> bytes:
        """What a connection left that is no more."""
        if stream.unread or stream.error is None:
            return stream.read(count)
        raise stream.error

    # ---- closing

    def command_close(self, socket: int, reads: bool = False) -> None:
        """CLOSE. With `reads` the socket stays for what the peer sends, until closed again."""
        found = self._sockets.get(socket)
        if found is None:
            raise OSError(f"there is no socket {socket}")
        if not isinstance(found, Stream):
            self._close_listener(socket, found)
            return
        if not found.gone:
            self._connections.step(found.key, "CLOSE", reads, context=Answer(found))
        if not reads:
            found.socket = 0
            del self._sockets[socket]

    def _close_listener(self, socket: int, home: tuple[bytes, int]) -> None:
        answer = Answer()
        self._listeners.step(home, "unlisten", context=answer)
        answer.result()
        del self._sockets[socket], self._homes[home]
        self._give_port_back(home[1])

    def command_abort(self, socket: int) -> None:
        """ABORT: the peer is told by a reset, and the socket is no more."""
        stream = self._open(socket)
        del self._sockets[socket]
        stream.socket = 0
        if not stream.gone:
            self._connections.step(stream.key, "ABORT", context=Answer(stream))

    def command_nodelay(self, socket: int, on: bool) -> None:
        """Nagle's algorithm off or on."""
        stream = self._open(socket)
        self._connections.step(stream.key, "NODELAY", on, context=Answer(stream))

    def command_keep_alive(self, socket: int, on: bool) -> None:
        """Keep-alive on or off."""
        self._keepers.step(self._open(socket).key, "keep_alive", on)

    def command_diffserv(self, socket: int, codepoint: int) -> None:
        """The Differentiated Services field of segments from now on (RFC 9293 MUST-48)."""
        self._open(socket).mark(codepoint)

    def command_insist(self, socket: int, times: int) -> None:
        """How often text is sent again before the connection is given up (RFC 9293 MUST-21)."""
        self._timers.step(self._open(socket).key, "insist", times)

    def command_error_reports(self, socket: int, on: bool) -> None:
        """Reports of soft errors, `trouble`, on or off (RFC 9293 SHLD-20)."""
        stream = self._open(socket)
        self._connections.step(stream.key, "ERROR_REPORTS", on, context=Answer(stream))

    def query_urgent(self, socket: int) -> int:
        """How many octets of the peer's urgent text remain to be received (RFC 9293 MUST-33)."""
        found = self._open(socket)
        one = self._connections.instances.get(found.key)
        return 0 if one is None or found.gone else one.scope.urgent_left

    def query_connections(self) -> list[dict[str, object]]:
        """Connections and listeners."""
        found: list[dict[str, object]] = []
        for key, one in self._connections.states():
            stream = self._streams[cast(Key, key)]
            scope = one.scope
            found.append(
                {
                    "socket": stream.socket,
                    "local": scope.local,
                    "local_port": scope.lport,
                    "remote": scope.remote,
                    "remote_port": scope.rport,
                    "state": one.state,
                    "unread": stream.unread,
                    "unsent": stream.unsent,
                }
            )
        for number, home in self._sockets.items():
            if not isinstance(home, Stream):
                found.append(
                    {
                        "socket": number,
                        "local": home[0],
                        "local_port": home[1],
                        "remote": ANY,
                        "remote_port": 0,
                        "state": "LISTEN",
                        "unread": 0,
                        "unsent": 0,
                    }
                )
        return found

    # ---- what becomes of connections

    def ended(self, part: Part, key: PartKey) -> None:
        """A connection is no more."""
        if part is not self._connections:
            return
        stream = self._streams.get(cast(Key, key))
        if stream is None:
            return
        self._forget(stream)
        stream.gone = True
        home = self._uncall(stream)
        if home is not None:
            self._listeners.step(home, "failed")
        if stream.socket:
            reason = "" if stream.error is None else str(stream.error)
            self.report("closed", socket=stream.socket, reason=reason)

    def full(self, part: Part, key: PartKey, event: str, inputs: tuple[Any, ...]) -> Verdict | None:  # noqa: ARG002  # the base's form
        """No more connections or listeners."""
        self.counters["full"] += 1
        return dropped(self.name, "full")

    def quiesce(self) -> None:
        """Every connection is aborted, every listener closed."""
        for key, stream in list(self._streams.items()):
            self._connections.step(key, "ABORT", context=Answer(stream))
        for home in list(self._listeners.instances):
            self._listeners.step(home, "unlisten", context=Answer())
        super().quiesce()
        self._sockets.clear()
        self._homes.clear()
        self._ports.clear()
