"""What expressions of a composition may name, and where its variables have a value.

A slot's names stand behind its end and its own name: `A.address.probes`. One such expression looks
at several machines, so `at(...)` narrows the states of one slot and leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import Factory, define, evolve

from netfsm.spec.composition import Ghost, Place, Places
from netfsm.spec.expr import At, Call, Expr, Name, Op, TimerRef, children
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.model import Constant, Event, Machine, Variable
from netfsm.spec.names import Known, Names, Vocabulary
from netfsm.spec.nodes import Node
from netfsm.spec.parse import parse_node
from netfsm.spec.types import BOOL, Enum, Flags, Nat, Type

__all__ = ["Scene", "has_value"]

_Slot = tuple[str, str]  # an end, "" for the one that speaks, and a slot
_States = Mapping[_Slot, frozenset[str]]  # names of states as they stand in at(...)


@define
class Scene:
    """The names of one kind of expression: a vocabulary, and what each name stands for."""

    vocabulary: Vocabulary = Factory(Vocabulary)
    values: dict[str, Place] = Factory(dict[str, Place])
    states: dict[str, Place] = Factory(dict[str, Place])
    timers: dict[str, Place] = Factory(dict[str, Place])
    _where: dict[str, frozenset[str]] = Factory(dict[str, frozenset[str]])
    _all: dict[_Slot, frozenset[str]] = Factory(dict[_Slot, frozenset[str]])

    # ---- filling it

    def add_constants(self, constants: Iterable[Constant]) -> None:
        """Make constants known, and the members of their types."""
        for constant in constants:
            self.vocabulary.values[constant.name] = Known("const", constant.type)
            self.vocabulary.add_members(constant.type)

    def add_members(self, machine: Machine) -> None:
        """Make the members of the enums and flags of `machine` known."""
        kinds = [kind for kind in machine.used_types if isinstance(kind, Enum | Flags)]
        self.vocabulary.add_members(*kinds)

    def add_slot(self, end: str, slot: str, prefix: str, machine: Machine) -> None:
        """Make what `machine` holds known behind `prefix`."""
        self.add_members(machine)
        for variable in machine.variables:
            name = prefix + variable.name
            place = Place("variable", end, slot, variable.name)
            self._value(name, Known("var", variable.type), place)
            valued = [s.name for s in machine.states if has_value(machine, variable, s.name)]
            self._where[name] = frozenset(prefix + state for state in valued)
        for part in machine.key:
            place = Place("key", end, slot, part.name)
            self._value(prefix + part.name, Known("key", part.type), place)
        for part in machine.given:
            place = Place("given", end, slot, part.name)
            self._value(prefix + part.name, Known("given", part.type), place)
        for state in machine.states:
            self.states[prefix + state.name] = Place("state", end, slot, state.name)
            self.vocabulary.states[prefix + state.name] = (prefix + state.name,)
        self._all[end, slot] = frozenset(prefix + state.name for state in machine.states)
        for group, members in machine.groups.items():
            self.vocabulary.states[prefix + group] = tuple(prefix + each for each in members)
        for timer in machine.timers:
            self.timers[prefix + timer.name] = Place("timer", end, slot, timer.name)
            self.vocabulary.timers.add(prefix + timer.name)

    def add_ghosts(self, end: str, prefix: str, ghosts: Iterable[Ghost]) -> None:
        """Make the ghosts of an end known behind `prefix`."""
        for ghost in ghosts:
            self.vocabulary.add_members(ghost.type)
            place = Place("ghost", end, "", ghost.name)
            self._value(prefix + ghost.name, Known("var", ghost.type), place)

    def add_given(self, name: str, type_: Type, place: Place) -> None:
        """Make one thing that is given known by `name`."""
        self._value(name, Known("given", type_), place)

    def add_event(self, event: Event) -> None:
        """Make the parameters of `event` known; they stand above what is given by such a name."""
        for param in event.params:
            place = self.values.get(param.name)
            if place is not None and place.kind == "given" and not place.slot:
                del self.values[param.name], self.vocabulary.values[param.name]
        self.vocabulary.add_params(event.name, ((p.name, p.type) for p in event.params))

    def add_count(self, name: str, most: int, place: Place) -> None:
        """Make a number from 0 to `most` known: messages under way, losses."""
        self._value(name, Known("var", Nat(most)), place)

    def _value(self, name: str, known: Known, place: Place) -> None:
        self.vocabulary.values[name] = known
        self.values[name] = place

    @property
    def places(self) -> Places:
        """What the names stand for, to be kept in the model."""
        return Places(FrozenMap(self.values), FrozenMap(self.states), FrozenMap(self.timers))

    # ---- reading with it

    def read(
        self,
        node: Node,
        findings: Findings,
        *,
        expect: Type | None = BOOL,
        event: str = "",
        out: Mapping[str, Type] | None = None,
        args: Mapping[str, Type] | None = None,
    ) -> Expr | None:
        """The typed expression in `node`; None with a finding.

        `event` is the one whose parameters have a value, `out` the fields behind `o.`, `args` the
        arguments of a function.
        """
        names = evolve(Names(self.vocabulary), event=event, out=out, args=args or {})
        expr = parse_node(node, names, findings, expect=expect)
        if expr is None:
            return None
        noted = len(findings)
        for code, mark, message, hint in self._faults(expr, self._all):
            findings.add(code, mark, message, hint)
        return expr if len(findings) == noted else None

    def _faults(self, expr: Expr, states: _States) -> Iterator[tuple[str, Mark, str, str]]:
        """What is wrong with a typed expression because it looks at several machines."""
        if isinstance(expr, Name):
            yield from self._name_faults(expr, states)
        elif isinstance(expr, At) and len({self._slot(state) for state in expr.states}) > 1:
            hint = "join two of them with 'and' or 'or'"
            yield "ARGUMENTS", expr.mark, "at(...) speaks of one slot", hint
        elif isinstance(expr, TimerRef) and expr.what != "armed":
            hint = "time is not explored: ask armed(...) of a timer"
            yield "NOT-ALLOWED", expr.mark, f"{expr.what} has no place in a composition", hint
        elif isinstance(expr, Call) and expr.kind == "let":
            yield from self._faults(self.vocabulary.lets[expr.name].expr, states)
        elif isinstance(expr, Op) and expr.op in ("and", "or"):
            for part in expr.args:
                yield from self._faults(part, states)
                states = self._assume(part, states, truth=expr.op == "and")
        elif isinstance(expr, Op) and expr.op == "if":
            test, then, orelse = expr.args
            yield from self._faults(test, states)
            yield from self._faults(then, self._assume(test, states, truth=True))
            yield from self._faults(orelse, self._assume(test, states, truth=False))
        else:
            for child in children(expr):
                yield from self._faults(child, states)

    def _name_faults(self, name: Name, states: _States) -> Iterator[tuple[str, Mark, str, str]]:
        if name.kind == "now":
            hint = "time is not explored"
            yield "NOT-ALLOWED", name.mark, "now has no place in a composition", hint
        place = self.values.get(name.name)
        if place is None or place.kind != "variable":
            return
        lacking = sorted(states[place.end, place.slot] - self._where[name.name])
        if lacking:
            more = f" and {len(lacking) - 1} more states" if len(lacking) > 1 else ""
            what = f"{name.name} has no value in {lacking[0]}{more}"
            yield "SCOPE", name.mark, what, "ask at(...) first"

    def _slot(self, state: str) -> _Slot:
        place = self.states[state]
        return place.end, place.slot

    def _assume(self, test: Expr, states: _States, *, truth: bool) -> _States:
        """`states` where `test` is `truth`."""
        if isinstance(test, At):
            slot = self._slot(test.states[0])
            asked = frozenset(test.states)
            left = states[slot] & asked if truth else states[slot] - asked
            return {**states, slot: left}
        if isinstance(test, Call) and test.kind == "let":
            return self._assume(self.vocabulary.lets[test.name].expr, states, truth=truth)
        if isinstance(test, Op) and test.op == "not":
            return self._assume(test.args[0], states, truth=not truth)
        if isinstance(test, Op) and test.op == ("and" if truth else "or"):
            for part in test.args:
                states = self._assume(part, states, truth=truth)
        return states


def has_value(machine: Machine, variable: Variable, state: str) -> bool:
    """True where `variable` has a value in `state`."""
    place = next(each for each in machine.states if each.name == state)
    if place.absent:
        return variable.initial is not None
    return not place.final and (variable.states is None or state in variable.states)
