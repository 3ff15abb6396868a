"""The asyncio face: a stack runs beside coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

import netfsm
from netfsm.drivers import SocketLink, Wire, WireEnd
from netfsm.drivers.socket_link import Framing
from netfsm.stack import Report, Stack
from netfsm.wire.checksum import Octets
from tests.stack.bench import LAYERS, OURS, take_address

OTHERS = "192.0.2.2"


def stacks() -> tuple[Stack, Stack]:
    """Two stacks."""
    one, other = (Stack(layers=LAYERS, strict=True, seed=seed) for seed in (1, 2))
    return one, other


def answered(report: Report) -> bool:
    """True for the answer to a ping."""
    return report.name == "icmp.answered"


async def ping(left: WireEnd | SocketLink, right: WireEnd | SocketLink) -> Report:
    """Let one stack ping another one over the two ends."""
    one, other = stacks()
    one.attach(left, "eth0")
    other.attach(right, "eth0")
    async with netfsm.aio.running(one) as first, netfsm.aio.running(other):
        take_address(one, OURS)
        take_address(other, OTHERS)
        await asyncio.sleep(0)
        waiting = asyncio.create_task(first.report(answered))
        await asyncio.sleep(0)
        one.command("icmp.ping", destination=OTHERS)
        return await asyncio.wait_for(waiting, 10)


@pytest.mark.parametrize("framing", ["stream", "dgram"])
def test_two_stacks_ping_each_other_on_one_event_loop(framing: Framing) -> None:
    """Commands of coroutines are sent at once, and reports can be waited for."""
    left, right = SocketLink.pair(framing)
    report = asyncio.run(ping(left, right))
    left.close()
    right.close()
    assert 1 == report.data["sequence"]


class Broken(WireEnd):
    """A driver with a bug."""

    def receive(self) -> Sequence[Octets]:
        """Fail."""
        raise ZeroDivisionError


def test_an_exception_ends_the_running_and_is_raised_at_its_end() -> None:
    """The body goes on until it waits for the end, or ends; then it learns why."""

    async def scene(*, wait: bool) -> None:
        stack, _ = stacks()
        async with netfsm.aio.running(stack, {"eth0": Broken(bytes(6), 1500, 1)}) as running:
            await asyncio.sleep(0)
            if wait:
                await running.stopped()

    for wait in (True, False):
        with pytest.raises(ZeroDivisionError):
            asyncio.run(scene(wait=wait))


def test_an_exception_of_the_body_is_not_hidden() -> None:
    """Leaving the block by an exception stops the stack and passes it on."""

    async def scene() -> Stack:
        stack, _ = stacks()
        with pytest.raises(KeyError, match="mine"):
            async with netfsm.aio.running(stack, {"eth0": Wire().left}):
                raise KeyError("mine")
        return stack

    assert None is asyncio.run(scene()).on_change


def test_a_link_that_goes_away_is_reported() -> None:
    """The interface goes down; the running goes on without it."""

    async def scene() -> tuple[Report, bool]:
        stack, _ = stacks()
        ours, theirs = SocketLink.pair()
        async with netfsm.aio.running(stack, {"eth0": ours}) as running:
            theirs.close()
            gone = await asyncio.wait_for(running.report(lambda r: r.name == "driver.gone"), 10)
            ours.close()
            return gone, stack.interface("eth0").up

    gone, up = asyncio.run(scene())
    assert "eth0" == gone.data["interface"]
    assert not up


def test_who_waits_when_the_running_ends_is_told() -> None:
    """A report that will not come any more is cancelled, not awaited for ever."""

    async def scene() -> None:
        stack, _ = stacks()
        async with netfsm.aio.running(stack, {"eth0": Wire().left}) as running:
            waiting = asyncio.create_task(running.report(answered))
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await running.stopped()

    asyncio.run(scene())
