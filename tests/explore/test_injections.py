"""What a third party sends is explored, told in ladders, and taken by the runtime as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.explore.beyond import spin_all
from netfsm.explore.explored import Explored, explore
from netfsm.explore.replay import replay
from netfsm.explore.search import search
from netfsm.explore.verdicts import Verdicts
from netfsm.explore.world import World
from netfsm.prove.spin import Beyond, promela
from tests.explore.samples import Change, changed, codes, composition, drawn, run
from tests.prove.spin.samples import with_budgets

BUDGETS = """\
    lose: 1
    duplicate: 1
    reorder: 1
    larger: {capacity: 4, duplicate: 3, reorder: 3}
"""
BUDGET: Change = ("conflict.yaml", BUDGETS, "    inject: 1\n")
FORGED = """\
inject:
  wire:
    message: arp.packet
    with: {hrd: 1, pro: 0x0800, op: [REQUEST, REPLY], sha: "0c", spa: ADDRESS, tha: "00", tpa: ADDRESS}
    when: WHEN
choose:
"""  # noqa: E501  # a line of a spec


UNHARMED = """\
properties:
  - {id: unharmed, always: not (wire.injected == 1 and at(A.address.CONFLICT)), ref: RFC 5227 §2.4}
"""


def forged(folder: Path, when: str, properties: str = "properties:\n") -> Path:
    """Where a third party may claim the address at which both want to be, once."""
    made = ("conflict.yaml", "choose:\n", FORGED.replace("WHEN", when))
    return changed(folder, BUDGET, made, ("conflict.yaml", "properties:\n", properties))


def explored(folder: Path, when: str, properties: str = "properties:\n") -> Explored:
    """What comes of it."""
    return run("arp.conflict", forged(folder, when, properties))


@pytest.mark.parametrize(
    ("when", "size"),
    [
        ('"True"', (2_874, 7_865)),
        ("at(address.PROBING)", (2_368, 4_981)),
        ("at(address.BOUND)", (1_750, 3_528)),
    ],
)
def test_a_claim_may_be_forged(when: str, size: tuple[int, int], tmp_path: Path) -> None:
    """At any moment, or only while the receiver probes or uses the address: all settles."""
    found = explored(tmp_path, when)
    assert [] == codes(found)
    assert size == (found.states, found.transitions)


def test_the_ladder_says_who_sent_it(tmp_path: Path) -> None:
    """A step of the receiver's own, with the packet in words; the runtime does the same."""
    found = explored(tmp_path, "at(address.BOUND)", UNHARMED)
    (failure,) = found.failures
    told = drawn(failure)
    assert "● a third party sends ARP announcement 192.0.2.1" in told
    assert told.rstrip().endswith("where wire.injected = 1, A.address is CONFLICT")
    assert "" == failure.runtime


def test_the_runtime_takes_it_too(tmp_path: Path) -> None:
    """A forged packet goes through octets and the parts of a stack to the same state."""
    world = World(composition("arp.conflict", forged(tmp_path, '"True"')))
    graph = search(world, 600, Verdicts(world, frozenset()))
    ways = [graph.way(number) for number in range(0, len(graph.states), 7)]
    assert {""} == {replay(world, way) for way in ways}
    assert any(move.act == "injection" for way in ways for move in way)


def test_without_faults_nothing_is_injected(tmp_path: Path) -> None:
    """The budget counts as the others do."""
    world = World(composition("arp.conflict", forged(tmp_path, '"True"')), faults=False)
    graph = search(world, 5_000, Verdicts(world, frozenset()))
    assert 1_231 == len(graph.states)


def test_spin_is_not_asked_of_third_parties() -> None:
    """No model is made that leaves them out, and what was explored stands as it is."""
    model = with_budgets(composition("arp.defence"), inject=1)
    with pytest.raises(Beyond, match="a third party sends, which is explored only"):
        promela(model)
    found = explore(composition("arp.defence"))
    assert (found,) == spin_all([(model, found)])
