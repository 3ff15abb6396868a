"""Machines of one scope in a stack: one instance of the scope for each key, timers, emissions."""

from __future__ import annotations

import shutil
import tracemalloc
from pathlib import Path

import pytest

from netfsm.errors import BindingError
from netfsm.stack import Stack, Taken
from tests.stack.ferry import SPECS, boot, ferry

SECOND = 1_000_000


def test_the_first_machine_brings_the_others() -> None:
    """An event that creates an instance makes all machines of the scope, over one set of values."""
    stack = boot()
    hands = ferry(stack)
    hands.link.step(("a",), "open", 100, 50)
    hands.link.step(("a",), "write", 20)
    assert [("a",)] == [key for key, _ in hands.part("ferry.again").states()]
    assert "RUNNING" == hands.part("ferry.again").state_of(("a",))
    assert "IDLE" == hands.part("ferry.probe").state_of(("a",))
    assert [("data", (100, 20), "ferry.link")] == hands.told
    again = hands.part("ferry.again").find(("a",))
    assert again is not None
    assert 120 == again.snapshot().variables["NXT"]
    assert (("a",), ("a",)) == (again.key, again.snapshot().key)


def test_emissions_and_orders_of_a_receiver_are_its_own() -> None:
    """What a receiver emits inside a step goes to its own hands, its timer to its own event."""
    stack = boot()
    hands = ferry(stack)
    hands.link.step(("a",), "open", 100, 50)
    hands.link.step(("a",), "write", 20)
    hands.told.clear()
    hands.link.step(("a",), "ack", 110, 50)
    assert [("note", ("a", 0, 10), "ferry.again")] == hands.told
    hands.told.clear()
    _, deadline = stack.step(SECOND)
    assert [("data", (110, 10), "ferry.link")] == hands.told
    assert 2 * SECOND == deadline
    assert (1, 0) == (hands.part("ferry.again").armed(), hands.part("ferry.probe").armed())


def test_all_are_gone_when_the_first_has_ended() -> None:
    """No instance and no timer of any machine is left, and the next begins anew."""
    stack = boot()
    hands = ferry(stack)
    hands.link.step(("a",), "open", 100, 50)
    hands.link.step(("a",), "write", 20)
    for second in range(1, 5):
        stack.step(second * SECOND)
    assert ("lost", (3, False), "ferry.link") == hands.told[-1]
    assert [] == list(hands.part("ferry.again").states())
    assert (0, ()) == (hands.part("ferry.again").armed(), stack.clock.armed())
    hands.link.step(("a",), "open", 7, 50)
    found = hands.part("ferry.again").find(("a",))
    assert found is not None
    assert ("IDLE", 0) == (found.state, found.snapshot().variables["tries"])


def test_an_event_for_another_machine_needs_an_instance() -> None:
    """Where the first has not begun there is nobody to take it."""
    stack = boot()
    hands = ferry(stack)
    assert None is hands.part("ferry.again").step(("a",), "sent")
    assert [] == list(hands.link.states())


def test_the_limit_is_of_instances_of_the_scope() -> None:
    """The tenth line is refused, and no row of it is told."""
    stack = boot(traced=True)
    hands = ferry(stack)
    for number in range(10):
        hands.link.step((str(number),), "open", 0, 50)
    outputs, _ = stack.step(1)
    assert 9 == len(list(hands.link.states()))
    assert 9 == len([out for out in outputs if type(out) is Taken])


def test_rows_of_a_whole_step_are_told() -> None:
    """A trace names the rows of sender and receivers in order, each with its machine's state."""
    stack = boot(traced=True)
    hands = ferry(stack)
    hands.link.step(("a",), "open", 0, 50)
    hands.link.step(("a",), "write", 20)
    outputs, _ = stack.step(1)
    rows = [(out.machine, out.row, out.state) for out in outputs if type(out) is Taken]
    assert [
        ("ferry.link", "absent.open", "OPEN"),
        ("ferry.link", "open.send", "OPEN"),
        ("ferry.again", "idle.sent", "RUNNING"),
    ] == rows


def test_unloading_leaves_nothing() -> None:
    """Timers and instances of all machines go with their layer."""
    stack = boot()
    hands = ferry(stack)
    hands.link.step(("a",), "open", 0, 50)
    hands.link.step(("a",), "write", 20)
    stack.unload("ferry")
    assert () == stack.clock.armed()


def test_a_scope_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    """A layer has all machines of a scope, or none."""
    shutil.copytree(SPECS / "ferry", tmp_path / "ferry")
    file = tmp_path / "ferry" / "layer.yaml"
    file.write_text(file.read_text().replace(", ferry.probe]", "]"))
    with pytest.raises(BindingError, match=r"lacks machines of scope ferry.line: ferry.probe"):
        Stack(layers=["ferry"], path=[tmp_path / "ferry"])


def test_ten_thousand_lines_are_cheap() -> None:
    """Three machines and what they share take less than 300 octets a machine."""
    stack = boot()
    hands = ferry(stack)
    team = hands.link.team
    assert team is not None
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    held = [team.make(("a",)) for _ in range(10_000)]
    each = (tracemalloc.get_traced_memory()[0] - before) / len(held)
    tracemalloc.stop()
    assert each < 3 * 300
