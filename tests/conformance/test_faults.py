"""Faults that are put in are found: by the tour, by random walks, by vectors."""

from __future__ import annotations

import pytest

from netfsm.conformance.minimal import shortest
from netfsm.conformance.random_machine import Effort, random_walks
from netfsm.conformance.subjects import Maker, compiled, compiled_class
from netfsm.conformance.tour import plan_tour, run_walk
from netfsm.conformance.vector_run import run_machine_case
from netfsm.conformance.vectors import MachineCase, read_vectors
from netfsm.spec.findings import Findings
from tests.conformance.faulty import FAULTS, neighbour, stock

CODES = {
    "swapped target": "STATE",
    "dropped emission": "EMISSION",
    "forgotten timer": "ORDER",
    "bound off by one": "ROW",
}


def codes_of_tour(make: Maker) -> set[str]:
    """The codes of all problems that the tour of the neighbour machine meets."""
    machine, calls = neighbour(), stock().calls(neighbour())
    walks = plan_tour(machine, calls).walks.values()
    return {
        problem.code
        for walk in walks
        for step in run_walk(machine, calls, walk, make)
        for problem in step.problems
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_tour_finds_fault(fault: str) -> None:
    """Walking every row once is enough for each of these."""
    assert CODES[fault] in codes_of_tour(FAULTS[fault]())


def test_tour_finds_nothing_in_what_is_right() -> None:
    """The generated code as it is has no problem."""
    assert set() == codes_of_tour(compiled(compiled_class(neighbour())))


@pytest.mark.parametrize("fault", FAULTS)
def test_random_walks_find_fault_and_make_it_short(fault: str) -> None:
    """A random walk finds it too, and what is told is no longer than it must be."""
    machine, calls, make = neighbour(), stock().calls(neighbour()), FAULTS[fault]()
    starts = tuple(plan_tour(machine, calls).walks.values())
    run = random_walks(machine, calls, (make,), Effort(60, 20), starts=starts)

    assert run.failure is not None
    code = run.failure.problems[0].code
    short = shortest(machine, calls, run.failure.walk, make, code)
    last = tuple(run_walk(machine, calls, short, make))[-1]
    assert code in {problem.code for problem in last.problems}
    assert len(short.moves) <= len(run.failure.walk.moves)


@pytest.mark.parametrize("fault", FAULTS)
def test_vectors_find_fault(fault: str) -> None:
    """So do the cases that lie beside the spec."""
    findings = Findings()
    path = next(p for p in stock().vectors if p.parent.parent.name == "arp" and "neigh" in p.name)
    file = read_vectors(path, stock(), findings)
    assert file is not None
    make = FAULTS[fault]()
    machine, calls = neighbour(), stock().calls(neighbour())
    cases = [case for case in file.cases if isinstance(case, MachineCase)]
    found = {
        problem.code
        for case in cases
        for step in run_machine_case(machine, calls, case, make)
        for problem in step.problems
    }

    assert CODES[fault] in found
