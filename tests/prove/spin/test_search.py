"""SPIN's search: everything that there is, or the shortest way to what is broken."""

from __future__ import annotations

import pytest

from netfsm import programs
from netfsm.errors import TargetError
from netfsm.prove.spin import Limits, promela, search
from tests.prove.spin.samples import composition, with_budgets

needed = pytest.mark.needs("spin", "gcc")


@needed
def test_lost_probes_are_told_in_the_fewest_steps() -> None:
    """Both probes of the second host are lost, and both hosts use the address."""
    found = search(promela(with_budgets(composition("arp.conflict"), lose=2)))
    assert ("broken", "one_user") == (found.verdict, found.fault)
    kinds = [move.kind for move in found.trail]
    assert ["call", "call", "call", "timer", "arrival", "timer", "arrival"] == kinds[:7]
    assert ["timer", "arrival", "call", "timer", "loss", "timer", "loss", "timer"] == kinds[7:]


@needed
def test_too_little_memory_is_no_verdict() -> None:
    """A search that stops early says so, and claims nothing."""
    wide = with_budgets(composition("post.parcels"), capacity=4, lose=3, duplicate=2, reorder=2)
    assert "memory" == search(promela(wide), Limits(memory=18)).verdict


def test_a_missing_program_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where spin is not installed there is one line on what to install."""
    monkeypatch.setattr(programs, "find", {}.get)
    with pytest.raises(TargetError) as caught:
        search(promela(composition("arp.conflict")))
    assert "spin isn't available: it is not installed; apt-get install spin" == str(caught.value)
