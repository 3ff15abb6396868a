"""What rows deliver to the user: answers to calls, reports, and errors by their names in Python."""

from __future__ import annotations

from typing import Any

from netfsm.layers.tcp.sockets import Sockets
from netfsm.layers.tcp.stream import MODULUS, Answer, Stream
from netfsm.machine import CompiledMachine


class Answers(Sockets):
    """A hand for each output that is the user's."""

    def _tell(self, instance: CompiledMachine, name: str, **data: object) -> None:
        stream = self._of(instance)
        if stream is not None and stream.socket:
            self.report(name, socket=stream.socket, **data)

    def _fail(self, context: Any, error: Exception) -> None:
        """An error of a call: it concerns nobody else, and nobody where the stack itself called."""
        if isinstance(context, Answer):
            context.error = error

    def _break(self, instance: CompiledMachine, context: Any, error: Exception) -> None:
        """An error that ends the connection: of the call that waits, and of those that follow."""
        stream = self._of(instance)
        if stream is not None:
            stream.error = error
        self._fail(context, error)

    # ---- calls

    def on_connection_accepted(
        self, instance: CompiledMachine, emission: Any, answer: Answer
    ) -> None:
        """So much of a SEND is queued."""
        count, data, stream = emission.count, answer.data, answer.stream
        assert stream is not None  # it was called
        number = (instance.scope.SND_END - count) % MODULUS
        stream.queue(data if count == len(data) else data[:count], number)
        stream.wants_room = count < len(data)
        answer.value = count

    def on_connection_received(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """A RECEIVE is served."""
        assert answer.stream is not None  # it was called
        answer.value = answer.stream.read(emission.count)

    def on_connection_status(self, _: CompiledMachine, emission: Any, context: Any) -> None:
        """A STATUS is answered."""
        context.value = emission.name

    # ---- what is told unasked

    def on_connection_is_open(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Both ends are synchronized."""
        self._tell(instance, "opened")

    def on_connection_urgent(self, instance: CompiledMachine, emission: Any, __: Any) -> None:
        """There is urgent text (RFC 9293 §3.8.5)."""
        self._tell(instance, "urgent", left=emission.left)

    def on_connection_end(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The peer sends no more."""
        stream = self._of(instance)
        if stream is not None:
            stream.ended = True
            stream.forget()
        self._tell(instance, "ended")

    def on_connection_ok(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Our FIN has arrived, or the ABORT is done."""
        self._tell(instance, "finished")

    def on_connection_trouble(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """Soft errors: what was sent may not arrive (RFC 9293 MUST-47)."""
        self._tell(instance, "trouble")

    def on_connection_doubt(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """The way to the peer may be dead (RFC 1122 §3.3.1.4)."""
        remote = instance.scope.remote
        internet = self.carrier(len(remote))
        if internet is not None:
            internet.doubt(int.from_bytes(remote))

    # ---- errors

    def on_connection_no_connection(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """It is no more."""
        self._fail(context, OSError("the connection does not exist"))

    def on_connection_already_exists(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """It was opened before."""
        self._fail(context, OSError("the connection exists already"))

    def on_connection_no_resources(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """The queue is full."""
        if isinstance(context, Answer) and context.stream is not None:
            context.stream.wants_room = True
        self._fail(context, BlockingIOError("there is no room to send"))

    def on_connection_nothing(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """Text may still come."""
        self._fail(context, BlockingIOError("nothing has come yet"))

    def on_connection_is_closing(self, _: CompiledMachine, __: Any, context: Any) -> None:
        """To a RECEIVE it is the end of the text; to a SEND or CLOSE an error."""
        if isinstance(context, Answer) and context.receives:
            context.value = b""
            return
        self._fail(context, BrokenPipeError("the connection is closing"))

    def on_connection_is_reset(self, one: CompiledMachine, _: Any, context: Any) -> None:
        """The peer gave it up, or we did."""
        self._break(one, context, ConnectionResetError("the connection was reset"))

    def on_connection_refused(self, one: CompiledMachine, _: Any, context: Any) -> None:
        """Nobody listens there."""
        self._break(one, context, ConnectionRefusedError("the connection was refused"))

    def on_connection_timed_out(self, one: CompiledMachine, _: Any, context: Any) -> None:
        """The peer does not answer."""
        self._break(one, context, TimeoutError("the peer does not answer"))

    def on_connection_unreachable(self, one: CompiledMachine, _: Any, context: Any) -> None:
        """No way leads there."""
        self._break(one, context, OSError("the peer can't be reached"))

    # ---- listeners

    def on_listener_listening(self, _: CompiledMachine, __: Any, ___: Any) -> None:
        """The passive OPEN is noted."""

    def on_listener_failure(self, _: CompiledMachine, emission: Any, context: Any) -> None:
        """Why a call of a listener was refused."""
        word = self._words[emission.why]
        if word == "NOTHING":
            context.error = BlockingIOError("no connection waits")
        else:
            context.error = OSError(f"the port is {word.lower().replace('_', ' ')}")

    def on_listener_readable(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """A connection waits to be taken."""
        number = self._homes.get((instance.address, instance.port))
        if number is not None:
            self.report("accepted", socket=number)

    def on_listener_connection(self, _: CompiledMachine, emission: Any, answer: Answer) -> None:
        """The oldest that waits."""
        answer.value = emission.connection

    def on_listener_forget(self, instance: CompiledMachine, emission: Any, __: Any) -> None:
        """A connection that is back in LISTEN is not needed: the listener is there."""
        stream = self._streams.get((emission.local, instance.port, emission.remote, emission.rport))
        if stream is not None:
            self._uncall(stream)
            self._connections.step(stream.key, "ABORT", context=Answer(stream))

    def on_listener_abort(self, _: CompiledMachine, emission: Any, __: Any) -> None:
        """Connections that nobody took."""
        for stream in emission.connections:
            if not stream.gone:
                self._connections.step(stream.key, "ABORT", context=Answer(stream))

    def on_connection_to_take(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A connection of a listener is open."""
        stream = self._of(instance)
        assert stream is not None  # it has just come to be open
        self._uncall(stream)
        home = (emission.home, instance.scope.lport)
        self.later(lambda: self._offer(home, stream))

    def _offer(self, home: tuple[bytes, int], stream: Stream) -> None:
        self._listeners.step(home, "opened", stream)
