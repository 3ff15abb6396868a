"""Models of Z3 in the words of a spec, with small numbers where there is a model that has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from netfsm.prove.answer import Obligation, Pairs, Part, Told
from netfsm.prove.case import Case
from netfsm.prove.contradiction import contradiction
from netfsm.prove.failing import failing
from netfsm.prove.solver import Term, z3
from netfsm.prove.step import Steps
from netfsm.prove.values import Values
from netfsm.spec import model
from netfsm.spec.types import INSTANT, Seq, Type

_BOUNDS: Final = (0, 1, 3, 16, 256)


class Witnesses:
    """Tells models in the words of a spec."""

    def __init__(self, steps: Steps, more: Mapping[str, Type] | None = None) -> None:
        """The names are those of the machine of `steps`, and `more`: of its scope's others."""
        self._steps = steps
        self._kinds = _kinds(steps.machine) | dict(more or {})
        self._anchors = {v.name: v.anchor for v in steps.machine.variables}

    def taken(self, solver: Any, obligation: Obligation, question: Term) -> Told:
        """The values with which a row is taken, whatever they are."""
        return Told(self._pairs(solver.model(), obligation, self._names(obligation, question)))

    def failed(self, solver: Any, obligation: Obligation, question: Term) -> Told:
        """Small values with which it does not hold, and what is false then."""
        names = self._names(obligation, question)
        self._shrink(solver, names)
        step = failing(self._steps, solver, obligation)
        found = solver.model()
        pairs = self._pairs(found, obligation, names)
        part = _false_part(obligation, found)
        values = Values(self._steps, found, self._kinds, self._anchors_of(names))
        lines = Case(self._steps, values, obligation, part).lines(pairs)
        return Told(pairs, lines, part, step=step)

    def forbidden(self, solver: Any, obligation: Obligation) -> Told:
        """The conjuncts, invariants and contracts that contradict one another."""
        against, lines = contradiction(self._steps, solver, obligation)
        return Told(case=lines, against=against)

    # ---- names and values

    def _names(self, obligation: Obligation, question: Term) -> dict[str, Term]:
        """The constants of which something is said, by name."""
        found = _constants(question)
        for term in obligation.shown:
            found |= _constants(term)
        for constant in [*found.values()]:
            found |= _constants(self._steps.theory.numbers.whole(constant))
        return found

    def _pairs(self, found: Any, obligation: Obligation, names: Mapping[str, Term]) -> Pairs:
        numbers = self._steps.theory.numbers
        plain = Values(self._steps, found, self._kinds)
        told: dict[str, str] = {}
        if obligation.view is not None:
            told["state"] = obligation.view.state
        for name in sorted(names):
            kind = self._kinds.get(name)
            if kind is not None or name.startswith("armed("):
                text = plain.text(kind, numbers.whole(names[name]))
                told |= {name: text} if text else {}
        for length in plain.lengths(names):
            told[f"len({length})"] = plain.length(length)
        return tuple(told.items())

    # ---- small numbers

    def _shrink(self, solver: Any, names: Mapping[str, Term]) -> None:
        """Take small numbers where there is a model that has them, one name after the other."""
        for wishes in self._wishes(names):
            for wish in wishes:
                solver.push()
                solver.add(wish)
                if solver.check() == z3.sat:
                    break
                solver.pop()
        solver.check()

    def _wishes(self, names: Mapping[str, Term]) -> Iterator[list[Term]]:
        """For each name what it should be, best first: numbers of a space near their anchor."""
        numbers = self._steps.theory.numbers
        anchors = self._anchors_of(names)
        for anchor in dict.fromkeys(anchors.values()):
            yield [numbers.compare("eq", numbers.whole(names[anchor]), 0)]
        for name, anchor in anchors.items():
            if name != anchor:
                kind = self._kinds[name]
                assert isinstance(kind, Seq)  # only those have an anchor
                here, there = numbers.whole(names[name]), numbers.whole(names[anchor])
                ways = ((here, there), (there, here))
                yield [
                    numbers.compare("le", numbers.distance(a, b, kind.modulus), bound)
                    for bound in _BOUNDS
                    for a, b in ways
                ]
        for name in sorted(set(names) - set(anchors)):
            small = [numbers.small(names[name], bound) for bound in _BOUNDS]
            yield [wish for wish in small if wish is not None]

    def _anchors_of(self, names: Mapping[str, Term]) -> dict[str, str]:
        """Of each sequence number the name of that which it is told from: its own for the first."""
        first: dict[Type, str] = {}
        found: dict[str, str] = {}
        for name, kind in self._kinds.items():
            if isinstance(kind, Seq) and name in names:
                anchor = self._anchors.get(name)
                first.setdefault(kind, name)
                found[name] = anchor if anchor is not None and anchor in names else first[kind]
        return found


def _kinds(machine: model.Machine) -> dict[str, Type]:
    """The type of every name, to write its values."""
    found: dict[str, Type] = {v.name: v.type for v in machine.variables}
    fields = [*machine.given, *machine.key]
    for event in machine.events:
        fields += event.params
        found |= {choice.name: choice.type for choice in event.choices}
    return found | {each.name: each.type for each in fields} | {"now": INSTANT}


def _false_part(obligation: Obligation, found: Any) -> Part | None:
    """The first part that is false in the model."""
    for part in obligation.parts:
        if z3.is_false(found.eval(part.goal, model_completion=True)):
            return part
    return None


def _constants(term: Term) -> dict[str, Term]:
    """The constants that stand in `term`, by name."""
    seen: dict[int, Term] = {}
    pending = [term]
    while pending:
        node = pending.pop()
        if node.get_id() not in seen:
            seen[node.get_id()] = node
            pending.extend(node.children())
    free = z3.Z3_OP_UNINTERPRETED
    nodes = (node for node in seen.values() if z3.is_const(node))
    return {str(node): node for node in nodes if node.decl().kind() == free}
