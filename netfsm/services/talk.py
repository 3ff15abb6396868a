"""Programs that talk over a TCP connection, and the connections that they talk over.

A program is asked for what it has to say and is given what came; it never waits. A talk moves
octets between it and a socket as far as both have room, and goes on when the stack reports it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from netfsm.services.words import LINE, daytime, pattern
from netfsm.stack import Stack

__all__ = ["Chargen", "Daytime", "Discard", "Echo", "Program", "Talk"]

PIECE: Final = 65536
"""Octets that are moved at a time."""


class Program(Protocol):
    """One side of a conversation."""

    @property
    def listens(self) -> bool:
        """Whether it has room for more of what the peer says."""
        ...

    @property
    def over(self) -> bool:
        """Whether it has said all that it will ever say."""
        ...

    def take(self, data: bytes) -> None:
        """The peer has said something; nothing at the end of all that it says."""
        ...

    def give(self) -> bytes:
        """Some octets to say, none where there is nothing to say now."""
        ...

    def close(self) -> None:
        """The conversation is over: give back what is open."""
        ...


class Talk:
    """A program on the connection `socket`; `done` tells that it is over."""

    def __init__(self, stack: Stack, socket: int, program: Program) -> None:
        self.socket = socket
        self.done = False
        self._stack = stack
        self._program = program
        self._unsent = memoryview(b"")
        self._ended = False

    def turn(self) -> None:
        """Move what can be moved now."""
        try:
            while self._hear() or self._say():
                pass
        except OSError:
            self.stop()
            return
        if self._program.over and not self._unsent:
            self.stop()

    def stop(self) -> None:
        """Close the connection. Stopping twice is harmless."""
        if not self.done:
            self.done = True
            self._program.close()
            with suppress(OSError):
                self._stack.command("tcp.close", socket=self.socket)

    def _hear(self) -> bool:
        """Let the program have a piece; True where there was one."""
        if self._ended or not self._program.listens:
            return False
        try:
            data = self._stack.command("tcp.receive", socket=self.socket, count=PIECE)
        except BlockingIOError:
            return False
        self._ended = not data
        self._program.take(data)
        return True

    def _say(self) -> bool:
        """Let the program say a piece; True where the connection took some of it."""
        unsent = self._unsent or memoryview(self._program.give())
        if not unsent:
            return False
        try:
            sent = self._stack.command("tcp.send", socket=self.socket, data=bytes(unsent))
        except BlockingIOError:
            sent = 0
        self._unsent = unsent[sent:]
        return bool(sent)


class Echo:
    """The same octets (RFC 862)."""

    def __init__(self) -> None:
        self._said: list[bytes] = []
        self._ended = False

    @property
    def listens(self) -> bool:
        """It keeps one piece at a time."""
        return not self._said

    @property
    def over(self) -> bool:
        """When the peer has said all and has heard it."""
        return self._ended and not self._said

    def take(self, data: bytes) -> None:
        """To be said again."""
        self._ended = not data
        if data:
            self._said.append(data)

    def give(self) -> bytes:
        """What was heard."""
        return self._said.pop() if self._said else b""

    def close(self) -> None:
        """Nothing is open."""


class Discard:
    """Nothing (RFC 863)."""

    def __init__(self) -> None:
        self.over = False

    @property
    def listens(self) -> bool:
        """Always."""
        return True

    def take(self, data: bytes) -> None:
        """It is thrown away."""
        self.over = not data

    def give(self) -> bytes:
        """Nothing."""
        return b""

    def close(self) -> None:
        """Nothing is open."""


class Chargen(Discard):
    """Lines without end (RFC 864)."""

    def __init__(self) -> None:
        super().__init__()
        self._line = 0

    def give(self) -> bytes:
        """The next lines."""
        if self.over:
            return b""
        lines = PIECE // LINE
        self._line += lines
        return pattern(self._line - lines, lines)


class Daytime(Discard):
    """One line (RFC 867)."""

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__()
        self._clock = clock

    @property
    def listens(self) -> bool:
        """Whatever is said is thrown away."""
        return not self.over

    def give(self) -> bytes:
        """The date and the time, once."""
        if self.over:
            return b""
        self.over = True
        return daytime(self._clock())
