"""Two searches that share no code count the same states: the generated Python's, and SPIN's."""

from __future__ import annotations

from typing import Any

import pytest

from netfsm.explore.checking import compositions
from netfsm.explore.search import search
from netfsm.explore.verdicts import Verdicts
from netfsm.explore.world import World
from netfsm.prove.spin import promela
from netfsm.prove.spin import search as spin
from netfsm.spec.chosen import Chosen
from netfsm.spec.composition import Composition
from netfsm.spec.load import read_spec
from tests.prove.spin.samples import SPECS, composition, with_budgets

NO_FAULTS = {"lose": 0, "duplicate": 0, "reorder": 0}


@pytest.mark.needs("spin", "gcc")
@pytest.mark.parametrize(
    ("name", "budgets", "states"),
    [
        ("arp.conflict", NO_FAULTS, 1_231),
        ("arp.conflict", {}, 13_594),
        ("arp.defence", {}, 687),
        ("arp.resolution", {}, 2_716),
        ("post.letters", {}, 18_435),
        ("post.moods", {}, 2_080),
        ("post.parcels", {}, 14_471),
        ("tcp.close", {}, 1_039),
    ],
)
def test_both_count_the_same_states(name: str, budgets: dict[str, Any], states: int) -> None:
    """Signals, ghosts, choices, scopes, faults of the wire: no state more, none less."""
    model = with_budgets(composition(name), **budgets)
    world = World(model)

    graph = search(world, model.limit, Verdicts(world, frozenset()))

    assert states == len(graph.states)
    assert states == spin(promela(model)).states


@pytest.mark.needs("spin", "gcc")
def test_one_bit_more_changes_nothing() -> None:
    """Sequence numbers of TCP are wide enough for SPIN too."""
    wider = read_spec("tcp.close", path=[SPECS / "tcp"], chosen=Chosen(widen=1)).model
    assert isinstance(wider, Composition)

    assert 1_039 == spin(promela(wider)).states


@pytest.mark.needs("spin", "gcc")
def test_tcp_itself_has_the_same_states() -> None:
    """Six machines over one scope, whose times have small values: SPIN counts what is explored."""
    (found,) = compositions("tcp.simultaneous_open")

    assert 151 == spin(promela(found.model)).states
