"""TCP of a stack in the shape of asyncio's streams."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest

import netfsm
from netfsm.drivers import Wire
from netfsm.stack import Stack

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "tcp")
NEAR, FAR = "192.0.2.1", "192.0.2.2"
PORT = 7
Body = Callable[[Stack, Stack], Awaitable[None]]


@asynccontextmanager
async def two_stacks() -> AsyncGenerator[tuple[Stack, Stack]]:
    """Two stacks on one event loop, joined by a wire."""
    near, far = (Stack(layers=LAYERS, strict=True, seed=seed) for seed in (1, 2))
    wire = Wire()
    near.attach(wire.left, "eth0")
    far.attach(wire.right, "eth0")
    async with netfsm.aio.running(near), netfsm.aio.running(far):
        for stack, address in ((near, NEAR), (far, FAR)):
            stack.command(
                "ipv4.add_address", interface="eth0", address=address, prefix=24, probe=False
            )
        yield near, far


def run(body: Body) -> None:
    """Run a test between two stacks; nothing may be left open that it does not close."""

    async def whole() -> None:
        async with two_stacks() as (near, far):
            await asyncio.wait_for(body(near, far), 60)

    asyncio.run(whole())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say what is heard until the peer has said all."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_a_line_comes_back() -> None:
    """A server and a client, with names of both ends."""

    async def body(near: Stack, far: Stack) -> None:
        await netfsm.aio.start_server(far, echo, port=PORT)
        reader, writer = await netfsm.aio.open_connection(near, FAR, PORT)
        assert (FAR, PORT) == writer.get_extra_info("peername")
        assert NEAR == writer.get_extra_info("sockname")[0]
        writer.write(b"hello\n")
        assert b"hello\n" == await reader.readline()
        writer.write_eof()
        assert b"" == await reader.read()
        writer.close()
        await writer.wait_closed()

    run(body)


def test_a_megabyte_comes_back() -> None:
    """More than any buffer holds: writers wait, readers go on, and all is equal."""

    async def body(near: Stack, far: Stack) -> None:
        await netfsm.aio.start_server(far, echo, port=PORT)
        reader, writer = await netfsm.aio.open_connection(near, FAR, PORT)
        data = Random(1).randbytes(3_000_000)

        async def say() -> None:
            for place in range(0, len(data), 100_000):
                writer.write(data[place : place + 100_000])
                await writer.drain()
            writer.write_eof()

        saying = asyncio.create_task(say())
        got = await reader.read()
        await saying
        assert hashlib.sha256(data).digest() == hashlib.sha256(got).digest()
        writer.close()

    run(body)


def test_a_reader_that_does_not_read_stops_its_peer() -> None:
    """The window closes, and the peer's `drain` waits."""

    async def body(near: Stack, far: Stack) -> None:
        taken: list[asyncio.StreamReader] = []
        enough = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken.append(reader)
            await enough.wait()
            writer.close()

        await netfsm.aio.start_server(far, silent, port=PORT)
        _reader, writer = await netfsm.aio.open_connection(near, FAR, PORT)
        data = bytes(8_000_000)
        writer.write(data)
        waiting = asyncio.create_task(writer.drain())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert set() == done
        assert len(data) == len(await taken[0].readexactly(len(data)))
        await waiting
        enough.set()
        writer.close()

    run(body)


def test_nobody_listens() -> None:
    """The error is Python's own."""

    async def body(near: Stack, far: Stack) -> None:
        with pytest.raises(ConnectionRefusedError):
            await netfsm.aio.open_connection(near, FAR, PORT)
        assert ((), ()) == (near.query("tcp.connections"), far.query("tcp.connections"))

    run(body)


def test_an_abort_is_an_error_of_the_peer() -> None:
    """Who reads learns of the reset."""

    async def body(near: Stack, far: Stack) -> None:
        heard: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

        async def reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.read()
            except ConnectionResetError as error:
                heard.set_result(error)
            writer.close()

        await netfsm.aio.start_server(far, reads, port=PORT)
        _reader, writer = await netfsm.aio.open_connection(near, FAR, PORT)
        writer.transport.abort()
        assert isinstance(await heard, ConnectionResetError)

    run(body)


def test_a_closed_server_takes_nobody() -> None:
    """Those that were taken go on."""

    async def body(near: Stack, far: Stack) -> None:
        async with await netfsm.aio.start_server(far, echo, port=PORT) as server:
            reader, writer = await netfsm.aio.open_connection(near, FAR, PORT)
            writer.write(b"x")
            assert b"x" == await reader.readexactly(1)
        assert not server.is_serving()
        with pytest.raises(ConnectionRefusedError):
            await netfsm.aio.open_connection(near, FAR, PORT)
        writer.write(b"y")
        assert b"y" == await reader.readexactly(1)
        writer.close()

    run(body)


def test_a_stack_that_does_not_run_has_no_streams() -> None:
    """Nothing would ever come."""
    stack = Stack(layers=LAYERS)
    with pytest.raises(RuntimeError, match="does not run"):
        asyncio.run(netfsm.aio.open_connection(stack, FAR, PORT))


def test_the_end_of_the_run_ends_its_connections() -> None:
    """A reader that still waits is told."""

    async def body() -> None:
        async with two_stacks() as (near, far):
            await netfsm.aio.start_server(far, echo, port=PORT)
            reader, _writer = await netfsm.aio.open_connection(near, FAR, PORT)
            waiting = asyncio.create_task(reader.read())
            await asyncio.sleep(0)
        with pytest.raises(ConnectionAbortedError):
            await waiting

    asyncio.run(body())
