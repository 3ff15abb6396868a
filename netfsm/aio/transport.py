"""A TCP connection of a stack as a transport of asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, Final

from netfsm.aio.shell import STOPPED, Running
from netfsm.stack.messages import Report

__all__ = ["SocketTransport"]

PIECE: Final = 65536
HIGH: Final = 65536
LOW: Final = 16384
"""Octets that wait here for room in the connection's own queue: the protocol pauses and resumes."""


class SocketTransport(asyncio.Transport):
    """The connection `socket` of the stack that `running` runs, for `protocol`.

    What is written and finds no room waits here. The protocol is told of the connection at once.
    """

    def __init__(
        self,
        running: Running,
        socket: int,
        protocol: asyncio.Protocol,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(extra)
        self._running = running
        self._stack = running.stack
        self._socket = socket
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._unsent: deque[memoryview] = deque()
        self._size = 0
        self._high, self._low = HIGH, LOW
        self._full = self._reading_paused = self._heard_end = False
        self._closing = self._said_end = self._gone = False
        running.watch(socket, self._told)
        protocol.connection_made(self)
        self._loop.call_soon(self._read)

    # ---- what the stack tells

    def _told(self, report: Report) -> None:
        if report is STOPPED:
            self._lose(ConnectionAbortedError("the stack does not run any more"))
        elif report.name == "tcp.writable":
            self._flush()
        elif report.name in ("tcp.readable", "tcp.ended"):
            self._read()
        elif report.name == "tcp.closed":
            self._read()
            if not self._reading_paused or self._closing:
                self._over()

    def _over(self) -> None:
        """The connection is gone: with an error, where something was still to be sent."""
        error: OSError | None = None
        try:
            self._command("send", data=b"?")
        except BrokenPipeError:
            pass
        except OSError as why:
            error = why
        self._lose(error)

    def _read(self) -> None:
        """Give the protocol what has come."""
        with suppress(BlockingIOError):
            while not (self._reading_paused or self._heard_end or self._closing or self._gone):
                try:
                    data = self._command("receive", count=PIECE)
                except BlockingIOError:
                    return
                except OSError as error:
                    self._lose(error)
                    return
                if data:
                    self._protocol.data_received(data)
                else:
                    self._heard_end = True
                    if not self._protocol.eof_received():
                        self.close()

    def _flush(self) -> None:
        """Put what waits into the connection's queue, as much as has room."""
        try:
            while self._unsent:
                piece = self._unsent[0]
                sent = self._command("send", data=bytes(piece))
                self._size -= sent
                if sent == len(piece):
                    self._unsent.popleft()
                else:
                    self._unsent[0] = piece[sent:]
        except BlockingIOError:
            pass
        except OSError as error:
            self._lose(error)
            return
        if self._full and self._size <= self._low:
            self._full = False
            self._protocol.resume_writing()
        if not self._unsent:
            self._finish()

    def _finish(self) -> None:
        """All is said: close as far as was asked for."""
        try:
            if self._closing:
                self._command("close")
                self._lose(None)
            elif self._said_end:
                self._command("close", reads=True)
        except OSError as error:
            self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        """The connection is over; its socket is let go of."""
        if self._gone:
            return
        self._gone = self._closing = True
        self._unsent.clear()
        self._size = 0
        self._running.unwatch(self._socket)
        with suppress(OSError):
            self._command("close")
        self._loop.call_soon(self._protocol.connection_lost, error)

    def _command(self, name: str, **params: object) -> Any:
        return self._stack.command(f"tcp.{name}", socket=self._socket, **params)

    # ---- what asyncio asks

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, now or when there is room. RuntimeError behind the end."""
        if self._said_end:
            raise RuntimeError("nothing can be written behind the end")
        if self._closing or not data:
            return
        self._unsent.append(memoryview(bytes(data)))
        self._size += len(data)
        self._flush()
        if self._size > self._high and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def write_eof(self) -> None:
        """Close this side when all is sent; the peer may still send."""
        if not (self._said_end or self._closing):
            self._said_end = True
            if not self._unsent:
                self._finish()

    def can_write_eof(self) -> bool:
        """TCP can."""
        return True

    def close(self) -> None:
        """Close when all is sent; nothing more is heard."""
        if not self._closing:
            self._closing = True
            if not self._unsent:
                self._loop.call_soon(self._finish_close)

    def _finish_close(self) -> None:
        if not self._gone:
            self._finish()

    def abort(self) -> None:
        """Reset the connection."""
        if not self._gone:
            with suppress(OSError):
                self._command("abort")
            self._lose(None)

    def is_closing(self) -> bool:
        """Whether it is closed, or will be."""
        return self._closing

    def pause_reading(self) -> None:
        """Leave what comes where it is: the window closes."""
        self._reading_paused = True

    def resume_reading(self) -> None:
        """Go on."""
        if self._reading_paused:
            self._reading_paused = False
            self._loop.call_soon(self._read)

    def is_reading(self) -> bool:
        """Whether what comes is given to the protocol."""
        return not (self._reading_paused or self._closing)

    def get_write_buffer_size(self) -> int:
        """Octets that wait for room."""
        return self._size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """When the protocol is to resume and to pause."""
        return self._low, self._high

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set them. ValueError where they are not in order."""
        self._high = high if high is not None else HIGH if low is None else 4 * low
        self._low = low if low is not None else self._high // 4
        if not 0 <= self._low <= self._high:
            raise ValueError(f"0 <= low <= high must hold, not {self._low} and {self._high}")

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who is told."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell another. TypeError for one that takes no streams."""
        if not isinstance(protocol, asyncio.Protocol):
            raise TypeError("a stream needs a streaming protocol")
        self._protocol = protocol
