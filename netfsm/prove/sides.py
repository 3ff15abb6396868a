"""Obligations for what an expression asks on its way to a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from netfsm.prove.answer import Claim, Obligation, Part
from netfsm.prove.encode import Side, View
from netfsm.prove.solver import Term
from netfsm.spec.model import Row

SIDES: Final = {
    "natural": ("PROOF-NATURAL", "a subtraction never goes below zero"),
    "not_empty": ("PROOF-EMPTY", "nothing is taken from an empty queue"),
    "has_value": ("PROOF-ABSENT", "what another machine owns is read only where it has a value"),
    "in_type": ("PROOF-RANGE", "what is kept in a collection or passed on keeps to its type"),
    "divisor": ("PROOF-DIVISOR", "a divisor is above zero"),
}


def sides_of(  # the sides, what they are called, and what is known
    sides: Iterable[Side],
    where: str,
    within: str,
    known: tuple[Term, ...],
    view: View,
    *,
    row: Row | None = None,
    shown: tuple[Term, ...] = (),
) -> Iterator[Obligation]:
    """Each of `sides` once, under what is `known`; named after `where` it is, told as `within`.

    `row` is the one that asks, `shown` what a case tells the values of besides.
    """
    count = Counter[str]()
    seen: dict[int, Term] = {}  # with the terms, so that no other gets their numbers
    for side in sides:
        goal = side.goal
        if goal.get_id() in seen:
            continue
        seen[goal.get_id()] = goal
        count[side.kind] += 1
        code, rule = SIDES[side.kind]
        name = f"{where}/{side.kind}/{count[side.kind]}"
        claims = (Claim("", side.expr, view),) if side.kind == "natural" else ()
        part = Part(f"{side} in {within}", side.expr.mark, goal, claims)
        yield Obligation(
            name,
            code,
            side.expr.mark,
            rule,
            known,
            (part,),
            view=view,
            row=row,
            event="" if row is None else row.event,
            shown=shown,
        )
