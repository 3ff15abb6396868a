"""What all of TCP's hands share: the streams, the codec, the constants, the way down."""

from __future__ import annotations

from netfsm.layers.contracts import Flow
from netfsm.layers.tcp import functions
from netfsm.layers.tcp.stream import Key, Stream
from netfsm.layers.transport import V4, V6, Transport, zone
from netfsm.machine import CompiledMachine

HEADERS = {V4: 40, V6: 60}
"""Octets of an IP and a TCP header without options (RFC 9293 §3.7.1)."""
LONGEST = 65535 - HEADERS[V4] - 40
"""The most text of a segment, with all room for options."""


class Base(Transport):
    """Streams by key, sockets by number."""

    def setup(self) -> None:
        """Resolve what every segment needs."""
        self._connections = self.part("tcp.connection")
        self._listeners = self.part("tcp.listener")
        self._keepers = self.part("tcp.keepalive")
        self._timers = self.part("tcp.retransmission")
        self._codec = self.codec("tcp.segment")
        self._protocol = self.number("PROTOCOL")
        self._most_window = self.number("MAX_WINDOW")
        self._most_field = self.number("FIELD")
        self._most_text = self.number("MAX_MSS")
        self._send_room = self.number("SND_BUF")
        self._most_trip = self.number("MAX_TRIP")
        self._words = {n: w for w, n in self.numbers("tcp.Failure").items()}
        self._secret = self.random.randbytes(32)
        self._ticks = self.random.getrandbits(32)
        self._streams: dict[Key, Stream] = {}
        self._sockets: dict[int, Stream | tuple[bytes, int]] = {}
        self._callers: dict[tuple[bytes, int], dict[Key, None]] = {}
        self._homes: dict[tuple[bytes, int], int] = {}
        self._ports: dict[int, int] = {}
        self._last = 0

    # ---- what the spec leaves to us to compute

    def function_connection_clock(self, moment: int) -> int:
        """Our time stamp."""
        return functions.clock(moment, self._ticks)

    def function_connection_since(self, tick: int, moment: int) -> int:
        """The time since a time stamp of ours."""
        return functions.since(tick, moment, self._ticks, self._most_trip)

    def function_connection_widened(self, window: int, shift: int) -> int:
        """A window as the peer means it."""
        return functions.widened(window, shift, self._most_window)

    def function_connection_shown(self, window: int, shift: int) -> int:
        """What the window field says."""
        return functions.shown(window, shift, self._most_field)

    def function_connection_whole(self, count: int, size: int) -> int:
        """The largest multiple of `size` within `count`."""
        return functions.whole(count, size)

    def _isn(self, key: Key) -> int:
        local, lport, remote, rport = key
        four = local + lport.to_bytes(2) + remote + rport.to_bytes(2)
        return functions.initial_number(self.clock.now, four, self._secret)

    # ---- streams

    def _stream(self, key: Key, interface: str = "") -> Stream:
        """A stream between two sockets, which nobody has yet."""
        stream = self._streams[key] = Stream(key, zone(key[2], interface))
        self._ports[key[1]] = self._ports.get(key[1], 0) + 1
        return stream

    def _flow(self, stream: Stream) -> Flow:
        """Where a stream's segments go: made for each, since an idle connection needs none."""
        local, _, remote, _ = stream.key
        return Flow(
            int.from_bytes(remote),
            self._protocol,
            int.from_bytes(local),
            stream.traffic_class,
            dont_fragment=True,
            interface=stream.via,
        )

    def _of(self, instance: CompiledMachine) -> Stream | None:
        scope = instance.scope
        return self._streams.get((scope.local, scope.lport, scope.remote, scope.rport))

    def _forget(self, stream: Stream) -> None:
        """The stream of a connection that is no more; what was received stays its user's."""
        if self._streams.pop(stream.key, None) is not None:
            self._give_port_back(stream.key[1])

    def _uncall(self, stream: Stream) -> tuple[bytes, int] | None:
        """A listener's connection is half open no more; the listener's home, None without one."""
        home, stream.listener = stream.listener, None
        callers = {} if home is None else self._callers.get(home, {})
        callers.pop(stream.key, None)
        if home is not None and not callers:
            self._callers.pop(home, None)
        return home

    def _give_port_back(self, port: int) -> None:
        self._ports[port] -= 1
        if not self._ports[port]:
            del self._ports[port]

    def _way(self, dst: bytes) -> tuple[int, int]:
        """The most text of a segment on the way to `dst`, and the most that leaves at once."""
        mtu = self.internet(len(dst)).mtu_to(int.from_bytes(dst))
        return min(max(mtu - HEADERS[len(dst)], 1), self._most_text), LONGEST
