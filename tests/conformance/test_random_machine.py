"""The state machine of Hypothesis: named by the spec and its hash, the same every time."""

from __future__ import annotations

from attrs import evolve
from hypothesis.internal.reflection import function_digest

from netfsm.conformance.random_machine import (
    Effort,
    RandomRun,
    class_name,
    machine_class,
    random_walks,
)
from netfsm.conformance.subjects import adapted, compiled, compiled_class
from tests.conformance.faulty import neighbour, stock


def test_name_holds_the_hash_of_the_spec() -> None:
    """Hypothesis keys its examples by the class's name: another content is another key."""
    machine, calls = neighbour(), stock().calls(neighbour())
    other = evolve(machine, digest="0" * 64)
    one, two = (machine_class(each, calls, (), RandomRun(each.name)) for each in (machine, other))

    assert machine.digest[:12] in one.__name__
    assert one.__name__ == class_name(machine, "self")
    assert function_digest(one) != function_digest(two)


def test_rules_have_names_of_their_own() -> None:
    """A rule's name is its sort key and what is printed."""
    made = machine_class(neighbour(), stock().calls(neighbour()), (), RandomRun("arp.neighbour"))
    names = [getattr(made, word).__name__ for word in ("begin", "event", "tick")]

    assert ["arp_neighbour__begin", "arp_neighbour__event", "arp_neighbour__tick"] == names


def test_walks_are_the_same_every_time() -> None:
    """Without a seed, and with one, a run can be repeated."""
    machine, calls = neighbour(), stock().calls(neighbour())
    make = compiled(compiled_class(machine))
    for effort in (Effort(8, 10), Effort(8, 10, seed=5)):
        one, two = (random_walks(machine, calls, (make,), effort) for _ in range(2))
        assert (one.steps, one.taken) == (two.steps, two.taken)


def test_transitions_walk_beside_the_generated_code() -> None:
    """Several subjects take the same walk."""
    machine, calls = neighbour(), stock().calls(neighbour())
    makers = (compiled(compiled_class(machine)), adapted)

    assert random_walks(machine, calls, makers, Effort(8, 10)).failure is None
