"""Why nothing can take a row: the smallest set of what contradicts itself that Z3 finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netfsm.prove.answer import Obligation
from netfsm.prove.encode import View
from netfsm.prove.solver import Term, z3
from netfsm.prove.step import Before, Steps
from netfsm.spec.conjuncts import conjuncts
from netfsm.spec.expr import Expr
from netfsm.spec.pretty import pretty

Found = tuple[tuple[str, ...], tuple[str, ...]]
Tracked = tuple[str, str, Term]
"""What a term is, how the spec writes it, and the term."""


def contradiction(steps: Steps, solver: Any, obligation: Obligation) -> Found:
    """The ids of the invariants that forbid the row, and the lines that tell what meets.

    `solver` is a new one that knows the facts of the theory.
    """
    row, view = obligation.row, obligation.view
    if row is None or view is None:
        return (), ()
    before = steps.before(view.state, steps.machine.event(row.event))
    guard = [*_guard(steps, row.guard, view)]
    contracts, invariants = [*_contracts(steps, before)], [*_invariants(steps, before.was)]
    known = {term.get_id() for _, _, term in (*contracts, *invariants)}
    solver.add(*(term for term in obligation.assume if term.get_id() not in known))
    solver.set("core.minimize", True)
    for tracked in (guard, [*guard, *contracts], [*guard, *contracts, *invariants]):
        core = _core(solver, tracked)
        if core:
            ids = (text.partition(":")[0] for what, text, _ in core if what == "invariant")
            against = tuple(ids)
            lines = [f"        {what} {text}" for what, text, _ in core]
            first = "these can't all be true" if len(core) > 1 else "this can't be true"
            return against, (first, *lines)
    return (), ()


def _core(solver: Any, tracked: list[Tracked]) -> list[Tracked]:
    """Those of `tracked` that contradict one another, in their order; none where none do."""
    literals = [z3.Bool(f"why {index}") for index in range(len(tracked))]
    solver.push()
    for literal, (_, _, term) in zip(literals, tracked, strict=True):
        solver.add(z3.Implies(literal, term))
    found = solver.check(*literals)
    core = {str(literal) for literal in solver.unsat_core()} if found == z3.unsat else set[str]()
    solver.pop()
    return [each for each, literal in zip(tracked, literals, strict=True) if str(literal) in core]


def _guard(steps: Steps, guard: Expr | None, view: View) -> Iterator[Tracked]:
    for part in conjuncts(guard, steps.lets):
        yield "guard", pretty(part), steps.encode(part, view)


def _invariants(steps: Steps, view: View) -> Iterator[Tracked]:
    for rule, holds in steps.invariants(view):
        yield "invariant", f"{rule.id}: {pretty(rule.holds)}", holds


def _contracts(steps: Steps, before: Before) -> Iterator[Tracked]:
    event = before.event
    if event is not None:
        rules = [("assumes", event.assume)]
        rules += [("choice", choice.contract) for choice in event.choices]
        for what, rule in rules:
            if rule is not None and steps.readable(rule, before.state):
                yield what, pretty(rule), steps.encode(rule, before.view)
