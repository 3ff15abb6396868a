"""A model of Z3 in the words of a spec, with small numbers where there is a model that has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from netfsm.prove.answer import Obligation
from netfsm.prove.solver import Term, z3
from netfsm.prove.theory import Theory
from netfsm.spec import model
from netfsm.spec.pretty import pretty_value
from netfsm.spec.types import INSTANT, Type

_BOUNDS: Final = (0, 1, 3, 16, 256)


class Witnesses:
    """Tells models in the words of a spec."""

    def __init__(
        self, theory: Theory, machine: model.Machine, more: Mapping[str, Type] | None = None
    ) -> None:
        """The names are those of `machine`, and `more`: those of its scope's other machines."""
        self._theory = theory
        self._kinds = _kinds(machine) | dict(more or {})

    def tell(
        self, solver: Any, obligation: Obligation, question: Term, *, small: bool
    ) -> tuple[tuple[str, str], ...]:
        """The values that a model gives to the names of the question, small where they can be."""
        numbers = self._theory.numbers
        names = _names(question)
        wholes = {name: numbers.whole(constant) for name, constant in names.items()}
        for whole in wholes.values():
            names |= _names(whole)
        if small:
            self._shrink(solver, names)
        found = solver.model()
        literals = {str(found.eval(t)): text for t, text in self._theory.literals().items()}
        told: dict[str, str] = {}
        if obligation.view is not None:
            told["state"] = obligation.view.state
        for name in sorted(names):
            value = found.eval(numbers.whole(names[name]), model_completion=True)
            if (name in self._kinds or name.startswith("armed(")) and not z3.is_array(value):
                told[name] = self._word(name, value, literals)
        for length in _lengths(question):
            if str(length.arg(0)) in self._kinds:
                told[f"len({length.arg(0)})"] = str(found.eval(length, model_completion=True))
        return tuple(told.items())

    def _word(self, name: str, value: Any, literals: dict[str, str]) -> str:
        kind: Any = self._kinds.get(name)
        if z3.is_int_value(value) or z3.is_bv_value(value):
            number: int = value.as_long()
            return str(number) if kind is None else pretty_value(number, kind)
        if z3.is_true(value) or z3.is_false(value):
            return "true" if z3.is_true(value) else "false"
        text = str(value)
        return literals.get(text) or text.rpartition("!val!")[2].join(("#", ""))

    def _shrink(self, solver: Any, names: dict[str, Term]) -> None:
        """Take small numbers where there is a model that has them."""
        solver.push()
        for name in sorted(names):
            for bound in _BOUNDS:
                small = self._theory.numbers.small(names[name], bound)
                if small is None:
                    break
                solver.push()
                solver.add(small)
                if solver.check() == z3.sat:
                    break
                solver.pop()
        solver.check()


def _kinds(machine: model.Machine) -> dict[str, Type]:
    """The type of every name, to write its values."""
    found: dict[str, Type] = {v.name: v.type for v in machine.variables}
    fields = [*machine.given, *machine.key]
    for event in machine.events:
        fields += event.params
        found |= {choice.name: choice.type for choice in event.choices}
    return found | {each.name: each.type for each in fields} | {"now": INSTANT}


def _names(term: Term) -> dict[str, Term]:
    """The constants that stand in `term`, by name."""
    return {str(node): node for node in _nodes(term) if z3.is_const(node) and _free(node)}


def _lengths(term: Term) -> list[Term]:
    return [
        node
        for node in _nodes(term)
        if z3.is_app(node)
        and node.num_args() == 1
        and node.decl().name().startswith("len:")
        and z3.is_const(node.arg(0))
    ]


def _free(node: Term) -> bool:
    return bool(node.decl().kind() == z3.Z3_OP_UNINTERPRETED)


def _nodes(term: Term) -> list[Term]:
    seen: dict[int, Term] = {}
    pending = [term]
    while pending:
        node = pending.pop()
        if node.get_id() not in seen:
            seen[node.get_id()] = node
            pending.extend(node.children())
    return list(seen.values())
