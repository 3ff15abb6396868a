"""The plain loop: one thread, descriptors, a clock that tests bring along."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from netfsm.drivers import SocketLink
from netfsm.stack import Report, Stack
from netfsm.stack.loop import Loop, microseconds
from tests.stack.bench import LAYERS, OURS, PEER_MAC, arp, echo, spoken_to, take_address


class Ticks:
    """A clock that goes on by ten microseconds each time it is read."""

    def __init__(self) -> None:
        self.now = 5_000_000_000

    def __call__(self) -> int:
        """The time in microseconds."""
        self.now += 10
        return self.now


class Scene(NamedTuple):
    """A loop on one end of a socket pair, its stack with an address; and the other end."""

    loop: Loop
    theirs: SocketLink
    reports: list[Report]


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A loop whose clock is no wall clock."""
    ours, theirs = SocketLink.pair()
    reports: list[Report] = []
    loop = Loop(Stack(layers=LAYERS, strict=True), {"eth0": ours}, reports.append, clock=Ticks())
    take_address(loop.stack, OURS)
    yield Scene(loop, theirs, reports)
    for one in (loop, ours, theirs):
        one.close()


def test_a_loop_answers_what_comes_over_a_socket(scene: Scene) -> None:
    """Frames that wait at the descriptor are answered; `until` ends the run after a turn."""
    loop, theirs, _ = scene
    mac = loop.stack.interface("eth0").hwaddr
    for frame in (arp(1), echo()):
        theirs.transmit(spoken_to(frame, mac))
    answers: list[bytes] = []

    def until() -> bool:
        answers.extend(bytes(frame) for frame in theirs.receive())
        return bool(answers) and b"\x08\x00" == answers[-1][12:14]

    loop.run(until)
    assert PEER_MAC == answers[-1][:6]
    assert {"delivered": 2} == loop.stack.interface("eth0").outcomes


def test_the_stacks_time_goes_on_from_where_it_stands(scene: Scene) -> None:
    """A pause between two runs is no time for the stack; its timers do not all fire at once."""
    loop = scene.loop
    loop.stack.step(2_000_000)
    loop.run(lambda: True)
    first = loop.stack.clock.now
    loop._clock.now += 60_000_000  # type: ignore[attr-defined]  # it is Ticks
    loop.run(lambda: True)
    assert 2_000_000 <= first < loop.stack.clock.now < 2_001_000


def test_a_signal_handler_may_stop_it(scene: Scene) -> None:
    """`run` returns after the turn that is under way, and can be called again."""
    loop = scene.loop

    def handler(_number: int, _frame: object) -> None:
        loop.stop()

    before = signal.signal(signal.SIGUSR1, handler)
    turns: list[int] = []

    def until() -> bool:
        turns.append(loop.stack.clock.now)
        os.kill(os.getpid(), signal.SIGUSR1)
        return False

    try:
        loop.run(until)
        loop.run(until)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert 2 == len(turns)


def test_another_thread_may_stop_it_while_it_sleeps(scene: Scene) -> None:
    """Nothing is due for an hour, and still `run` returns."""
    loop = scene.loop
    loop.stack.step(10_000_000)
    thread = threading.Thread(target=loop.stop)
    thread.start()
    loop.run()
    thread.join()
    assert 10_000_000 <= loop.stack.clock.now < 11_000_000


def test_a_link_that_goes_away_is_reported(scene: Scene) -> None:
    """The loop stops watching its descriptor, and does not spin on it."""
    loop, theirs, reports = scene
    theirs.close()
    loop.run(lambda: not loop.stack.interface("eth0").up)
    assert "driver.gone" in [report.name for report in reports]


def test_the_clock_is_monotonic_and_in_microseconds() -> None:
    """Two readings are in order, and their difference is no more than a test can take."""
    first = microseconds()
    assert 0 <= microseconds() - first < 300_000_000
