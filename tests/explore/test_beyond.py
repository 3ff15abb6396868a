"""SPIN beside the search of the generated code: the same findings, in ladders as short."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from netfsm.errors import InternalError
from netfsm.explore.beyond import compared, retraced, spun
from netfsm.explore.explored import Explored, explore
from netfsm.explore.search import search as explored
from netfsm.explore.verdicts import Verdicts
from netfsm.explore.world import World
from netfsm.prove.spin import Limits, promela, search
from netfsm.spec.composition import Composition
from tests.explore.samples import drawn
from tests.prove.spin.samples import composition, with_budgets, without_row

needed = pytest.mark.needs("spin", "gcc")

FAULTS: list[tuple[str, dict[str, Any], tuple[str, str] | None, tuple[str, str]]] = [
    ("arp.conflict", {"lose": 2}, None, ("COMPOSE-ASSERT", "one_user")),
    ("arp.conflict", {}, ("arp.address", "tentative.simultaneous"), ("COMPOSE-CRASH", "")),
    ("arp.defence", {"lose": 2}, None, ("COMPOSE-ASSERT", "one_defence_a_cause")),
    ("arp.resolution", {}, ("arp.neighbour", "incomplete.replace"), ("COMPOSE-CRASH", "")),
]


@needed
@pytest.mark.parametrize(("name", "budgets", "row", "wanted"), FAULTS)
def test_a_fault_is_told_as_shortly_by_both(
    name: str, budgets: dict[str, Any], row: tuple[str, str] | None, wanted: tuple[str, str]
) -> None:
    """A row that is missing, a wire that loses too much: one finding, as many steps."""
    model = with_budgets(composition(name), **budgets)
    if row is not None:
        model = without_row(model, *row)

    world = World(model)
    verdicts = Verdicts(world, frozenset({"always", "never", "finally"}))
    verdicts.finish(explored(world, model.limit, verdicts))
    problems = {(each.code, each.property): each for each in verdicts.problems}
    (problem,) = retraced(world, search(promela(model)))

    assert wanted == (problem.code, problem.property)
    assert problems[wanted].message == problem.message
    assert len(problems[wanted].way) == len(problem.way)


@needed
def test_what_spin_finds_is_told_by_the_ladder() -> None:
    """Hosts, rows and what is false, as for what the generated code's search finds."""
    model = with_budgets(composition("arp.conflict"), lose=2)

    (failure,) = spun(model).failures

    told = drawn(failure)
    assert 2 == told.count("X──")
    assert "[address/probing.done]" in told
    assert told.rstrip().endswith("where A.uses = true, B.uses = true")


@needed
def test_counts_that_differ_are_a_finding() -> None:
    """One state more or less for one of the two searches is a mistake of netfsm's own."""
    model = composition("arp.defence")
    found = explore(model)

    (failure,) = compared(model, evolve(found, states=found.states + 1)).failures

    assert "COMPOSE-COUNT" == failure.code
    assert "688 states for the search of the generated code and 687 for SPIN" in failure.message


@needed
def test_spin_goes_beyond_the_limit() -> None:
    """Where only SPIN sees every state, what it answers holds and the rest is not known."""
    found = compared(*_limited("arp.defence"))

    assert 687 == found.spin
    assert ("holds", "unknown") == (found.verdicts["kept"], found.verdicts["resolvable"])
    assert ["COMPOSE-LIMIT"] == [each.code for each in found.failures]
    assert "resolvable" in found.failures[0].message


@needed
def test_a_composition_that_spin_answers_whole_has_no_limit() -> None:
    """Properties of every state, of every end and of what is sent are all that there are."""
    found = compared(*_limited("post.letters"))

    assert (18_435, ()) == (found.spin, found.failures)
    assert {"holds"} == set(found.verdicts.values())


def _limited(name: str) -> tuple[Composition, Explored]:
    """A composition that may have 100 states, and what comes of exploring it."""
    model = evolve(composition(name), limit=100)
    found = explore(model)
    assert not found.whole
    return model, found


@needed
def test_too_little_memory_is_a_limit() -> None:
    """What SPIN has not seen is not claimed."""
    model = with_budgets(composition("post.parcels"), capacity=4, lose=3, duplicate=2, reorder=2)

    (failure,) = spun(model, Limits(memory=18)).failures

    assert "COMPOSE-LIMIT" == failure.code
    assert "SPIN's memory was over after" in failure.message


@needed
def test_a_way_that_the_generated_code_cannot_go_is_a_bug() -> None:
    """SPIN's way through another composition leads nowhere here."""
    lossy = with_budgets(composition("arp.conflict"), lose=2)
    found = search(promela(lossy))

    with pytest.raises(InternalError, match="SPIN finds one_user, which the generated code does"):
        retraced(World(composition("arp.conflict")), found)
