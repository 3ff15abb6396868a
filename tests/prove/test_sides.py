"""What expressions ask on their way to a value: each claim once, and none of them left out."""

from __future__ import annotations

from netfsm.prove.encode import Side
from netfsm.prove.sides import sides_of
from netfsm.prove.solver import z3
from netfsm.prove.step import Steps
from netfsm.spec.expr import Lit
from netfsm.spec.findings import Mark
from netfsm.spec.types import Nat
from tests.prove.samples import real


def test_each_claim_is_asked_once() -> None:
    """A hundred claims, each twice, whose terms nobody keeps when the next is made."""
    steps = Steps(real()["arp.neighbour"])
    view = steps.before(steps.machine.initial, None).view
    mark = Mark("a.yaml", 1, 1)
    truths = [z3.Bool(f"truth {number}") for number in range(101)]
    sides = [
        Side(
            "natural",
            (truths[number],),
            truths[number + 1],
            Lit(number, Nat(999), str(number), mark),
        )
        for number in range(100)
        for _ in range(2)
    ]
    names = [each.name for each in sides_of(sides, "here", "a row", (), view)]
    assert [f"here/natural/{number}" for number in range(1, 101)] == names
