"""What pytest's face of the suites is collected from: every spec that can be found, once."""

from __future__ import annotations

from functools import cache

from netfsm.conformance.folder import told_case
from netfsm.conformance.profiles import PROFILES
from netfsm.conformance.results import Case
from netfsm.conformance.stock import load_stock
from netfsm.conformance.suites import Bench
from netfsm.conformance.targets import find_target

__all__ = ["alone", "bench", "expect_fine", "together"]


@cache
def bench() -> Bench:
    """The quick suites of all layers against the generated code."""
    return Bench(load_stock(), find_target("self"), PROFILES["quick"])


def alone() -> list[str]:
    """The machines that share no scope: the library `transitions` knows one machine."""
    return sorted(m.name for m in bench().stock.machines.values() if m.shares is None)


def together() -> list[str]:
    """The machines that share a scope, of which one does not step without the others."""
    return sorted(m.name for m in bench().stock.machines.values() if m.shares is not None)


def expect_fine(case: Case) -> None:
    """Fail with the whole story of `case` if something is wrong with it."""
    assert () == case.problems, told_case(case)
