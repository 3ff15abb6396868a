"""Examples that Z3 finds at the edges of every machine: generated code beside the interpreter."""

from __future__ import annotations

import pytest

from netfsm.conformance.collected import alone, bench, expect_fine, together

MACHINES = alone()
SHARING = together()


@pytest.mark.parametrize("name", MACHINES)
def test_examples_give_what_the_spec_says(name: str) -> None:
    """Every row in every state, every conjunct flipped, every edge: both give the same."""
    pytest.importorskip("z3", reason="the examples come from Z3: netfsm[prove]")
    bench().find_examples([bench().stock.machines[each] for each in MACHINES], jobs=2)
    machine = bench().stock.machines[name]
    for example in bench().examples(machine):
        expect_fine(bench().boundary_case(machine, example))


@pytest.mark.parametrize("name", SHARING)
def test_examples_of_a_scope_give_what_the_spec_says(name: str) -> None:
    """Every row in every state, in the step of all machines of the scope."""
    pytest.importorskip("z3", reason="the examples come from Z3: netfsm[prove]")
    bench().find_examples([bench().stock.machines[each] for each in SHARING], jobs=2)
    for case in bench().boundary_cases(bench().stock.machines[name]):
        expect_fine(case)


@pytest.mark.parametrize("name", MACHINES)
def test_transitions_give_it_too(name: str) -> None:
    """The library `transitions` picks the same rows."""
    pytest.importorskip("z3", reason="the examples come from Z3: netfsm[prove]")
    machine = bench().stock.machines[name]
    for case in bench().adapted_examples(machine):
        expect_fine(case)
