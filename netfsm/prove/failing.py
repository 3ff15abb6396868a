"""The step in which an obligation fails, as a machine can take it: from the model of Z3 to values.

There is none where the obligation speaks of more than one step (a shift), of none (how a machine
begins), or of the machines of a scope together; nor where the model is none of real values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from attrs import frozen

from netfsm.machine.base import Snapshot
from netfsm.machine.values import fits
from netfsm.prove.answer import Obligation
from netfsm.prove.asking import Here
from netfsm.prove.concrete import Concrete
from netfsm.prove.example import situation
from netfsm.prove.example_form import held_of, named_of, pairs, plain_held
from netfsm.prove.solver import Term, z3
from netfsm.prove.step import Steps
from netfsm.spec.types import Value

__all__ = ["Failing", "failing", "failing_of"]

_NO_STEP = frozenset({"PROOF-SHIFT", "PROOF-CODE", "PROOF-CHOICE", "PROOF-MEASURE"})


@frozen
class Failing:
    """What is held before the step, the event, its inputs, and the time (microseconds)."""

    before: Snapshot
    event: str
    inputs: Mapping[str, Value]
    now: int


@frozen
class _Model:
    """A model of Z3."""

    model: Any

    def value(self, term: Term) -> Any:
        """What `term` is, completed where the model leaves it open."""
        return self.model.eval(term, model_completion=True)


def failing(steps: Steps, solver: Any, obligation: Obligation) -> str:
    """The step of the model that `solver` has found, as JSON; "" where there is none.

    The solver is asked once more, for the literals of the spec are to be what they are.
    """
    view, machine = obligation.view, steps.machine
    if view is None or not obligation.event or obligation.code in _NO_STEP:
        return ""
    if machine.shares is not None:
        return ""
    event = machine.event(obligation.event)
    here = Here.of(steps, steps.before(view.state, event))
    solver.push()
    solver.add(*steps.theory.facts)
    if solver.check() != z3.sat:
        solver.pop()
        solver.check()
        return ""
    concrete = Concrete(here, _Model(solver.model()), ())
    named = {name: concrete.named(name) for name in here.names}
    if not all(fits(kind, named[name]) for name, (kind, _) in here.names.items()):
        return ""
    inputs = {name: named[name] for name, _ in event.inputs}
    before, now = situation(concrete, named), cast(int, named.get("now", 0))
    return json.dumps([plain_held(before), event.name, pairs(inputs), now])


def failing_of(text: str) -> Failing:
    """The step that `failing` wrote."""
    before, event, inputs, now = json.loads(text)
    return Failing(held_of(before), event, named_of(inputs), now)
