"""A run that was written down is done again octet by octet."""

from __future__ import annotations

import json
from functools import partial
from io import StringIO
from typing import Any

import pytest

from netfsm.sim import Simulation
from netfsm.stack import Frame, Stack
from netfsm.stack.record import BadRecord, RecordedStack, replay
from tests.stack.bench import LAYERS, OURS, Plug, arp, echo

BAD: dict[str, Any] = {"loss": 0.2, "duplicate": 0.1, "reorder": 0.1, "corrupt": 0.1}


def lossy_run(seed: int) -> dict[str, str]:
    """The records of two hosts that ping each other over a bad cable."""
    simulation = Simulation(seed)
    sinks = {name: StringIO() for name in ("alice", "bob")}
    for name, sink in sinks.items():
        simulation.add_host(name, make=partial(RecordedStack, sink))
    simulation.connect("alice", "bob", **BAD, delay=1_000)
    for last, name in enumerate(sinks, 1):
        simulation.command(
            name, "ipv4.add_address", interface="eth0", address=f"192.0.2.{last}", prefix=24
        )
    simulation.run(10_000_000)
    for number in range(60):
        simulation.command("alice", "icmp.ping", destination="192.0.2.2", sequence=number)
        simulation.run(simulation.now + 100_000)
    simulation.set_link("bob", "eth0", up=False)
    simulation.run(30_000_000)
    return {name: sink.getvalue() for name, sink in sinks.items()}


@pytest.mark.parametrize("seed", range(3))
def test_a_lossy_run_is_replayed_bit_for_bit(seed: int) -> None:
    """Each call gives the frames, reports, rows, states and deadline that it gave."""
    for record in lossy_run(seed).values():
        replayed = list(replay(record.splitlines()))
        assert len(record.splitlines()) == len(replayed)
        assert [] == [one for one in replayed if not one.same]


def test_the_same_run_gives_the_same_record() -> None:
    """The record itself is the same text, so that two runs can be compared with diff."""
    assert lossy_run(1) == lossy_run(1)
    assert lossy_run(1) != lossy_run(2)


def recorded() -> str:
    """A short life with everything that can be done to a stack."""
    sink = StringIO()
    values = {"arp.REACHABLE_TIME": 30_000_000}
    stack = RecordedStack(sink, layers=LAYERS, values=values, strict=True)
    stack.attach(Plug(), "eth0")
    given = {"interface": "eth0", "address": OURS, "prefix": 24, "probe": False}
    stack.command("ipv4.add_address", **given)
    with pytest.raises(ValueError, match="already"):
        stack.command("ipv4.add_address", **given)
    stack.command("arp.set_neighbour", interface="eth0", address="192.0.2.8", lladdr=bytes(6))
    stack.step(1_000, [Frame("eth0", arp(1)), Frame("eth0", memoryview(echo()))])
    stack.set_link("eth0", up=False)
    stack.set_link("eth0", up=True)
    stack.unload("icmp")
    stack.load("icmp")
    stack.step(5_000_000)
    stack.detach("eth0")
    stack.step(6_000_000)
    return sink.getvalue()


def test_every_kind_of_call_is_written_and_done_again() -> None:
    """Calls inside calls are part of them; what a call raised, it raises again."""
    lines = recorded().splitlines()
    calls = [json.loads(line)["call"] for line in lines]
    assert calls == [
        *("stack", "attach", "command", "command", "command", "step", "set_link", "set_link"),
        *("unload", "load", "step", "detach", "step"),
    ]
    assert {"raised": "ValueError"} == json.loads(lines[3])["gave"]
    assert [True] * len(lines) == [one.same for one in replay(lines)]


def test_a_difference_is_found_at_its_line() -> None:
    """A frame that is changed in the record leads to other outputs, from that line on."""
    lines = recorded().splitlines()
    changed = [line.replace(arp(1).hex(), arp(1, "192.0.2.77").hex()) for line in lines]
    different = [one.line for one in replay(changed) if not one.same]
    assert 6 == different[0]


def test_a_recorded_stack_gives_what_a_plain_one_gives() -> None:
    """Recording changes nothing but the sink."""
    results: list[object] = []
    for stack in (Stack(layers=LAYERS), RecordedStack(StringIO(), layers=LAYERS)):
        stack.attach(Plug(), "eth0")
        stack.command("ipv4.add_address", interface="eth0", address=OURS, prefix=24, probe=False)
        outputs, deadline = stack.step(1_000, [Frame("eth0", arp(1))])
        results.append((len(outputs), deadline, stack.query("arp.neighbours")))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (["{"], 1, "no JSON"),
        (["[]"], 1, "a call is an object"),
        (['{"call": "step", "gave": {}}'], 1, "begins with how its stack was made"),
        (['{"call": "stack", "gave": {}}'], 1, "KeyError: 'format'"),
        (["FIRST", '{"call": "stack", "gave": {}}'], 2, "says it once"),
        (["FIRST", '{"call": "fly", "gave": {}}'], 2, "there is no call 'fly'"),
        (["FIRST", '{"call": "step", "gave": {}}'], 2, "KeyError: 'inputs'"),
    ],
)
def test_a_broken_record_is_told_by_its_line(lines: list[str], line: int, reason: str) -> None:
    """No traceback of the insides: the line and what is wrong with it."""
    first = '{"call": "stack", "format": 1, "settings": {}, "gave": {}}'
    with pytest.raises(BadRecord) as caught:
        list(replay(first if text == "FIRST" else text for text in lines))
    assert line == caught.value.line
    assert reason in str(caught.value)


def test_a_record_of_another_form_is_refused() -> None:
    """The number of the form is looked at before anything else."""
    (only,) = replay(['{"call": "stack", "format": 99, "settings": {}, "gave": {}}'])
    assert not only.same
    assert {"raised": "ValueError"} == only.got
