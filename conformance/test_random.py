"""Random walks through every machine, built from what it holds."""

from __future__ import annotations

import pytest

from netfsm.conformance.collected import alone, bench, expect_fine

MACHINES = sorted(bench().stock.driven)


@pytest.mark.parametrize("machine", MACHINES)
def test_generated_code_and_interpreter_agree(machine: str) -> None:
    """On every walk both give the same, and every property holds."""
    expect_fine(bench().random_case(bench().stock.machines[machine]))


@pytest.mark.parametrize("machine", alone())
def test_transitions_and_interpreter_agree(machine: str) -> None:
    """The library `transitions` picks the same rows."""
    expect_fine(bench().adapter_case(bench().stock.machines[machine]))
