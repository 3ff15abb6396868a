"""Instances by key: made by the absent rows, ended by final states, bounded by the limit."""

from __future__ import annotations

import tracemalloc

import pytest

from netfsm.machine import NOTHING, compile_machine
from netfsm.machine.population import Evicted, Population, Refused
from netfsm.spec import model
from netfsm.spec.types import DURATION, TEXT, Nat
from tests.machine.models import Builder
from tests.machine.samples import connection

SMALL = Nat(1000)


def entry(when_full: str = "refuse", evict_by: str | None = None) -> model.Machine:
    """A cache entry with a timer, of which there may be two."""
    made = Builder("test.entry", ("LIVE",), absent="-", limit=2)
    made.keys(name=TEXT)
    made.gives(size=SMALL)
    made.var("used", SMALL, "LIVE")
    made.timer("age", "LIVE")
    made.output("told", "deliver", name=TEXT, size=SMALL, used=SMALL)
    made.event("make", n=SMALL)
    made.event("touch")
    made.event("drop")
    made.const("LONG", DURATION, 9)
    made.row("absent.make", "-", "make", do={"used": "n", "age": "start(LONG)"}, to="LIVE")
    made.row(
        "absent.touch", "-", "touch",
        emit=[{"told": {"name": "name", "size": "size", "used": "0"}}],
    )  # fmt: skip
    made.row("live.touch", "LIVE", "touch", do={"used": "used + 1"})
    made.row(
        "live.drop", "LIVE", "drop", to="-",
        emit=[{"told": {"name": "name", "size": "size", "used": "used"}}],
    )  # fmt: skip
    made.impossible("-", "age")
    made.row("live.age", "LIVE", "age", to="-")
    made.ignore_rest()
    made.when_full = "evict" if when_full == "evict" else "refuse"
    made.evict = "used" if when_full == "evict" else None
    made.evict_by = evict_by
    return made.build()


def population(machine: model.Machine) -> Population:
    """An empty population whose instances are given the length of their name."""
    made = compile_machine(machine)
    return Population(made, machine, given=lambda key: (len(str(key[0])),))


def test_an_absent_row_makes_an_instance() -> None:
    """The first event that goes to a real state makes one; it is found again by its key."""
    held = population(entry())
    assert ((), (("age", 9),)) == held.deliver(("a",), "make", (4,))
    assert 1 == len(held)
    assert ("a",) in held
    held.deliver(("a",), "touch")
    found = held.get(("a",))
    assert found is not None
    assert (5, 1, "LIVE") == (found.used, found.size, found.state)
    assert held.get(("b",)) is None


def test_an_event_for_nobody_is_answered_all_the_same() -> None:
    """The absent row has the key and what the hands give for it, and makes nothing."""
    held = population(entry())
    assert ((("abc", 3, 0),), ()) == held.deliver(("abc",), "touch")
    assert ((("a", 1, 0),), ()) == held.deliver(("a",), "touch")
    assert NOTHING == held.deliver(("a",), "drop")
    assert 0 == len(held)


def test_an_event_for_nobody_allocates_nothing() -> None:
    """Ten thousand of them leave memory flat."""
    held = population(entry())
    key = ("a",)
    held.deliver(key, "drop")
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(10_000):
        held.deliver(key, "drop")
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 2_000


def test_a_final_state_ends_an_instance() -> None:
    """The result is the last one of the instance, its timer is stopped, its key is free."""
    held = population(entry())
    held.deliver(("a",), "make", (4,))
    assert ((("a", 1, 4),), (("age", None),)) == held.deliver(("a",), "drop")
    assert 0 == len(held)
    held.deliver(("a",), "make", (1,))
    assert NOTHING == held.deliver(("a",), "age")
    assert 0 == len(held)


def test_two_instances_are_two() -> None:
    """What happens to one leaves the other alone."""
    held = population(entry())
    held.deliver(("a",), "make", (1,))
    held.deliver(("b",), "make", (2,))
    held.deliver(("b",), "touch")
    assert [1, 3] == [instance.used for instance in held]
    assert [("a",), ("b",)] == [key for key, _ in held.items()]


def test_a_full_population_refuses() -> None:
    """The event did not happen, and the caller gets its arguments back."""
    held = population(entry())
    held.deliver(("a",), "make", (1,))
    held.deliver(("b",), "make", (2,))
    assert ((Refused(("c",), "make", (3,)),), ()) == held.deliver(("c",), "make", (3,))
    assert ["a", "b"] == [instance.name for instance in held]
    assert ((("c", 1, 0),), ()) == held.deliver(("c",), "touch")


def test_a_full_population_evicts_the_least() -> None:
    """The one of the least rank goes; its running timer is stopped under its own key."""
    held = population(entry("evict"))
    held.deliver(("a",), "make", (5,))
    held.deliver(("b",), "make", (2,))
    (gone,), orders = held.deliver(("c",), "make", (3,))
    assert isinstance(gone, Evicted)
    assert (("b",), (), (("age", None),)) == (gone.key, gone.emissions, gone.orders)
    assert (("age", 9),) == orders
    assert ["a", "c"] == [instance.name for instance in held]


def test_an_evicted_instance_gets_its_last_event() -> None:
    """Its rows give back what it holds."""
    held = population(entry("evict", evict_by="drop"))
    held.deliver(("a",), "make", (5,))
    held.deliver(("b",), "make", (2,))
    (gone,), _ = held.deliver(("c",), "make", (3,))
    assert (("b", 1, 2),) == gone.emissions
    assert (("age", None),) == gone.orders


def test_an_event_for_all() -> None:
    """Each instance gets it once, and each result comes with its key."""
    held = population(entry())
    held.deliver(("a",), "make", (1,))
    held.deliver(("b",), "make", (2,))
    results = held.deliver_all("drop")
    assert [("a",), ("b",)] == [key for key, _ in results]
    assert [1, 2] == [emissions[0].used for _, (emissions, _) in results]
    assert 0 == len(held)


def test_a_snapshot_can_be_taken_back() -> None:
    """What is restored goes on as it was."""
    held = population(entry())
    held.deliver(("a",), "make", (1,))
    kept = held.snapshot()
    held.deliver(("a",), "drop")
    held.deliver(("b",), "make", (2,))
    held.restore(kept)
    assert kept == held.snapshot()
    assert ((("a", 1, 1),), (("age", None),)) == held.deliver(("a",), "drop")


def test_clear_gives_all_back() -> None:
    """Who unloads sees which timers still run."""
    held = population(entry())
    held.deliver(("a",), "make", (1,))
    ((key, instance),) = held.clear()
    assert (("a",), ("age",)) == (key, instance.armed)
    assert 0 == len(held)


def test_wrong_use_is_told() -> None:
    """A machine without instances, and one whose givens are missing, have no population."""
    lone, needy = connection(), entry()
    with pytest.raises(ValueError, match="has no instances"):
        Population(compile_machine(lone), lone)
    with pytest.raises(ValueError, match=r"needs given\(key\) for size"):
        Population(compile_machine(needy), needy)
