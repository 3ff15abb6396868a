"""TCP's hands for its users: calls on connections, and what rows answer."""

from __future__ import annotations

from typing import Any

from netfsm.layers.answer import Answer
from netfsm.layers.tcp.base import refuse
from netfsm.layers.tcp.emitting import Emitting
from netfsm.layers.tcp.sockets import Socket
from netfsm.machine import CompiledMachine


class Serving(Emitting):
    """The calls of RFC 9293 §3.9.1 on connections, and the outputs that answer them."""

    _send_room: int

    # ---- calls

    def _connected(self, number: int) -> Socket:
        """The connection of a socket. OSError where it is none."""
        found = self._by_number.get(number)
        if not isinstance(found, Socket):
            raise OSError(f"there is no connection {number}")
        return found

    def command_send(self, socket: int, data: bytes, urgent: bool = False) -> int:
        """Queue data; how many octets were queued.

        BlockingIOError where there is no room (`tcp.writable` follows), ConnectionError where
        nothing can be sent any more.
        """
        one = self._connected(socket)
        if one.over:
            raise one.error or BrokenPipeError("the connection is closed")
        if not data:
            return 0
        answer = Answer((one, data))
        self._connection.step(one.key, "SEND", len(data), urgent, 0, context=answer)
        if isinstance(answer.error, BlockingIOError):
            one.refused = True
        return int(answer.result())

    def command_receive(self, socket: int, count: int) -> bytes:
        """What is there, at most `count` octets; none where the peer has sent all.

        BlockingIOError where text may still come, ConnectionError where none will.
        """
        one = self._connected(socket)
        one.told = False
        if count == 0:
            return b""
        if one.over:
            return self._rest(one, count)
        answer = Answer(one)
        self._connection.step(one.key, "RECEIVE", count, context=answer)
        found: bytes = answer.result()
        return found

    def _rest(self, one: Socket, count: int) -> bytes:
        """What came before the connection ended."""
        if one.received.unread:
            return one.received.receive(count)
        if one.error is not None:
            raise one.error
        return b""

    def command_nodelay(self, socket: int, on: bool) -> None:
        """Turn Nagle's algorithm off, or on again."""
        answer = Answer()
        self._connection.step(self._connected(socket).key, "NODELAY", on, context=answer)
        answer.result()

    def command_keep_alive(self, socket: int, on: bool) -> None:
        """Ask a silent peer now and then whether it is there, or don't."""
        self._keepalive.step(self._connected(socket).key, "keep_alive", on)

    def command_abort(self, socket: int) -> None:
        """Reset a connection, and let go of its socket."""
        one = self._connected(socket)
        self._let_go(one)
        if not one.over:
            self._connection.step(one.key, "ABORT", context=Answer())

    def _close(self, one: Socket, reads: bool) -> None:
        """CLOSE. Without `reads` the socket is let go of, whatever is still to be sent."""
        if one.over or not reads:
            self._let_go(one)
        if one.over:
            return
        answer = Answer()
        self._connection.step(one.key, "CLOSE", reads, context=answer)
        if reads and not one.over:
            answer.result()

    def _let_go(self, one: Socket) -> None:
        if not one.closed:
            one.closed = True
            del self._by_number[one.number]

    # ---- what rows answer

    def on_connection_accepted(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """So much of a SEND is queued."""
        one, data = answer.value
        count = answer.value = emission.count
        one.sending.append(data if count == len(data) else data[:count])

    def on_connection_received(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """A RECEIVE is served."""
        answer.value = answer.value.received.receive(emission.count)

    def on_connection_status(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """The name of the state."""
        answer.value = emission.name

    def on_connection_no_connection(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """There is no such connection."""
        refuse(context, OSError("there is no such connection"))

    def on_connection_already_exists(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """Its two ends have a connection."""
        refuse(context, OSError("these two sockets are connected already"))

    def on_connection_no_resources(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """The queue is full."""
        refuse(context, BlockingIOError("the queue to the peer is full"))

    def on_connection_nothing(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """Nothing came yet."""
        refuse(context, BlockingIOError("nothing waits"))

    def on_connection_is_closing(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """Nothing can be sent any more; to a RECEIVE it means that nothing will come."""
        if isinstance(context, Answer) and isinstance(context.value, Socket):
            context.value = b""
            return
        refuse(context, BrokenPipeError("the connection is closing"))

    # ---- what happens to a connection

    def on_connection_is_open(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """It is open; who listens for it is told by the listener."""
        one = self._socket(instance)
        if one.listener is None:
            self.report("opened", socket=one.number)
        one.listener = None

    def on_connection_acknowledged(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Text has arrived, and its room is free."""
        one = self._socket(instance)
        one.sending.release(emission.upto)
        if one.refused and 2 * len(one.sending) <= self._send_room:
            one.refused = False
            self.report("writable", socket=one.number)

    def on_connection_end(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The peer has sent all."""
        one = self._socket(instance)
        one.received.forget()
        if not one.closed:
            self.report("ended", socket=one.number)

    def on_connection_urgent(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Text before a number is urgent; told is how many octets away it ends (MUST-31)."""
        one = self._socket(instance)
        ahead = (emission.upto - instance.scope.RCV_NXT + one.received.unread) & 0xFFFFFFFF
        self.report("urgent", socket=one.number, octets=ahead)

    def on_connection_trouble(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """What was sent may not arrive (RFC 9293 MUST-47)."""
        self.report("trouble", socket=self._socket(instance).number)

    def on_connection_ok(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """The CLOSE is done; the end of the machine is told."""

    def on_connection_is_reset(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The peer has reset it, or we have."""
        self._failed(instance, ConnectionResetError("the connection was reset"))

    def on_connection_refused(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Nobody listens there."""
        self._failed(instance, ConnectionRefusedError("nobody listens there"))

    def on_connection_timed_out(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The peer does not answer."""
        self._failed(instance, TimeoutError("the peer does not answer"))

    def on_connection_unreachable(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The network reports that the peer can't be reached."""
        self._failed(instance, ConnectionRefusedError("the network does not reach the peer"))

    def _failed(self, instance: CompiledMachine, error: OSError) -> None:
        self._socket(instance).error = error
