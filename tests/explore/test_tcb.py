"""Machines over one scope, which one of them begins and ends: a composition is the same for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.explore.explored import explore
from netfsm.prove.spin import Beyond, promela
from netfsm.prove.spin import search as spin
from netfsm.spec.composition import Composition
from netfsm.spec.load import read_spec
from tests.explore.samples import changed, composition
from tests.explore.test_tcp import SIZES
from tests.specs.split import SPECS, split

MILL = SPECS / "mill"


@pytest.mark.parametrize("name", SIZES)
def test_a_timer_of_its_own_changes_no_count(name: str, tmp_path: Path) -> None:
    """The trial, its retransmission timer in another machine: as many states, and all holds."""
    found = composition(name, split(tmp_path))
    explored = explore(found)
    assert [] == [failure.message for failure in explored.failures]
    assert SIZES[name] == (explored.states, explored.transitions)


@pytest.mark.needs("spin", "gcc")
@pytest.mark.parametrize("name", SIZES)
def test_spin_counts_the_same(name: str, tmp_path: Path) -> None:
    """The lead ends all, completions follow another machine's step, signals come back to rows."""
    assert SIZES[name][0] == spin(promela(composition(name, split(tmp_path)))).states


@pytest.mark.needs("spin", "gcc")
def test_machines_complete_one_another_in_turn() -> None:
    """Wheel and stone wait for one another; the wheel's timer ends the scope by way of the door."""
    found = composition("mill.day", MILL)
    explored = explore(found)
    assert {"holds"} == set(explored.verdicts.values())
    assert (80, 80) == (explored.states, spin(promela(found)).states)


def test_a_completion_that_ends_the_scope_is_refused(tmp_path: Path) -> None:
    """What is to be completed after it has no instance any more."""
    change = (
        "stone.yaml",
        "do: {flour: flour + 1}, ref",
        "do: {flour: flour + 1},\n         emit: [signal: mill.door.shut], ref",
    )
    found = read_spec("mill.day", path=[changed(tmp_path, change, layer=MILL)]).model
    assert isinstance(found, Composition)
    with pytest.raises(Beyond, match=r"^mill\.floor: open\.shut ends it"):
        promela(found)
