"""Machines over one scope, which one of them begins and ends: a composition is the same for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.explore.explored import explore
from netfsm.prove.spin import Beyond, promela
from netfsm.prove.spin import search as spin
from netfsm.spec.composition import Composition
from netfsm.spec.load import read_spec
from tests.explore.samples import Change, changed, composition
from tests.explore.test_tcp import SIZES
from tests.specs.crowd import crowd
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
@pytest.mark.parametrize("name", ["tcp.transfer", "tcp.simultaneous_close"])
def test_spin_counts_the_same(name: str, tmp_path: Path) -> None:
    """The lead ends all, completions follow another machine's step, signals come back to rows."""
    assert SIZES[name][0] == spin(promela(composition(name, split(tmp_path)))).states


@pytest.mark.needs("spin", "gcc")
def test_machines_complete_one_another_in_turn() -> None:
    """Wheel and stone wait for one another, and keep times; a timer ends all through the door."""
    found = composition("mill.day", MILL)
    explored = explore(found)
    assert {"holds"} == set(explored.verdicts.values())
    assert (80, 80) == (explored.states, spin(promela(found)).states)


@pytest.mark.needs("spin", "gcc")
def test_seven_machines_are_searched(tmp_path: Path) -> None:
    """Rows that signal six others: each receiver stands in the model once."""
    found = composition("tcp.simultaneous_close", crowd(tmp_path, 5))
    explored = explore(found)
    assert {"holds"} == set(explored.verdicts.values())
    assert explored.states == spin(promela(found)).states


REFUSED: list[tuple[str, Change, str]] = [
    (
        "a completion that ends the scope",
        ("stone.yaml", "+ 1},", "+ 1}, emit: [signal: mill.door.shut],"),
        r"^mill\.floor: open\.shut ends it",
    ),
    (
        "a time longer than those that are kept",
        ("floor.yaml", "initial: NAP,", "initial: DAY,"),
        r"^mill\.wheel rest: a time that is kept is at most 134 s",
    ),
    (
        "a product of times that no int holds",
        ("wheel.yaml", "min(2 * rest, LONG_NAP)", "min(20 * rest, LONG_NAP)"),
        r"^mill\.wheel: times are added or multiplied beyond what an int holds",
    ),
]


@pytest.mark.parametrize(("change", "told"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_promela_can_not_say_is_refused(change: Change, told: str, tmp_path: Path) -> None:
    """By name: never is something else searched."""
    found = read_spec("mill.day", path=[changed(tmp_path, change, layer=MILL)]).model
    assert isinstance(found, Composition)
    with pytest.raises(Beyond, match=told):
        promela(found)
