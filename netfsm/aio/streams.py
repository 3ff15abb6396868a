"""Connections and servers of a stack in the shape of asyncio's streams."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from netfsm.aio.shell import STOPPED, Running, running_of
from netfsm.aio.transport import SocketTransport
from netfsm.stack.messages import Report
from netfsm.stack.stack import Stack

__all__ = ["Server", "open_connection", "start_server"]

LIMIT: Final = 65536
"""Octets that a reader keeps before the peer must wait."""
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None] | None]


async def open_connection(
    stack: Stack, host: str, port: int, *, limit: int = LIMIT, **params: object
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to `host`, an address; `params` are others of `tcp.connect`.

    Raises OSError where it can't be opened: ConnectionRefusedError, TimeoutError; RuntimeError
    where the stack does not run.
    """
    running = running_of(stack)
    socket = stack.command("tcp.connect", address=host, port=port, **params)
    await _opened(running, socket)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport = SocketTransport(running, socket, protocol, _names(stack, socket))
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _opened(running: Running, socket: int) -> None:
    """Wait until a connection is open. Raises why it is not; its socket is let go of then."""
    opened: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def told(report: Report) -> None:
        if not opened.done() and (report is STOPPED or report.name in ("tcp.opened", "tcp.closed")):
            opened.set_result(report.name == "tcp.opened")

    running.watch(socket, told)
    stack = running.stack
    try:
        if not await opened:
            _raise_why(stack, socket)
    except BaseException:
        running.unwatch(socket)
        with suppress(OSError):
            stack.command("tcp.abort", socket=socket)
        raise


def _raise_why(stack: Stack, socket: int) -> None:
    """Raise why a connection did not open."""
    stack.command("tcp.receive", socket=socket, count=1)
    raise ConnectionAbortedError("the connection was closed before it was open")


def _names(stack: Stack, socket: int) -> dict[str, Any]:
    """What a transport tells of a connection, as asyncio's do."""
    for one in stack.query("tcp.connections"):
        if one.socket == socket:
            return {
                "sockname": (one.local, one.local_port),
                "peername": (one.remote, one.remote_port),
            }
    return {}


async def start_server(
    stack: Stack,
    handler: Handler,
    *,
    port: int,
    host: str = "0.0.0.0",  # noqa: S104  # a server of a stack of its own
    backlog: int = 128,
    limit: int = LIMIT,
) -> Server:
    """A server that calls `handler` with the reader and writer of each connection.

    Raises what `tcp.listen` raises, and RuntimeError where the stack does not run.
    """
    running = running_of(stack)
    socket = stack.command("tcp.listen", port=port, address=host, backlog=backlog)
    return Server(running, socket, handler, limit)


class Server:
    """A listener; made by `start_server`. An async with-block closes it."""

    def __init__(self, running: Running, socket: int, handler: Handler, limit: int) -> None:
        self._running = running
        self._stack = running.stack
        self._socket = socket
        self._handler = handler
        self._limit = limit
        self._closed = asyncio.Event()
        running.watch(socket, self._told)

    def is_serving(self) -> bool:
        """Whether connections are taken."""
        return not self._closed.is_set()

    def close(self) -> None:
        """Take no more connections; those that were taken go on. Closing twice is harmless."""
        if self.is_serving():
            self._closed.set()
            self._running.unwatch(self._socket)
            self._stack.command("tcp.close", socket=self._socket)

    async def wait_closed(self) -> None:
        """Wait until it is closed."""
        await self._closed.wait()

    async def serve_forever(self) -> None:
        """Wait until it is closed, and close it where the waiting is cancelled."""
        try:
            await self.wait_closed()
        finally:
            self.close()

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _told(self, report: Report) -> None:
        if report is STOPPED:
            self._closed.set()
        elif report.name == "tcp.accepted":
            self._take()

    def _take(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(BlockingIOError):
            while True:
                socket = self._stack.command("tcp.accept", socket=self._socket)
                reader = asyncio.StreamReader(limit=self._limit, loop=loop)
                protocol = asyncio.StreamReaderProtocol(reader, self._handler, loop=loop)
                names = _names(self._stack, socket)
                SocketTransport(self._running, socket, protocol, names)
