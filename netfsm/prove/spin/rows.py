"""From the rows of a machine to Promela: what an event does to the part that takes it.

An event is one choice among all rows that may answer it, each with the states it stands in. Right
sides read old values: a row stores at once what nobody reads afterwards, and the rest by way of a
local. What emissions read of the time before the step is kept in locals too.

A signal within a scope ends the text of its row: another machine goes on, and then the rest of the
row does, as a text of its own. Since no step comes back to a machine in the middle of its row, the
locals of the row are still there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from attrs import evolve, frozen

from netfsm.machine.layout import emission_expressions, place, row_expressions
from netfsm.machine.source import Source
from netfsm.prove.spin.expression import AND, OR, STATE, Place, Writer
from netfsm.prove.spin.numbers import LONGEST, Numbers, timed
from netfsm.prove.spin.words import Words
from netfsm.spec import model
from netfsm.spec.expr import At, Call, Expr, Name, Op, TimerRef, walk
from netfsm.spec.findings import Mark
from netfsm.spec.types import Nat

__all__ = ["NO_LEAF", "RowWriter", "Writes"]

NO_LEAF = "NO_LEAF"
"""What a decide list without `else` may come to."""

Emit = Callable[[model.Emission, Place, Source], None]
"""Adds what an emission does, its condition left out."""
Writes = Callable[[Source], None]
Called = Callable[[model.Row, model.Signal, Place, Writes, Source], None]
"""Adds a signal within the scope, its condition too, and keeps what its row goes on with."""


class Store(NamedTuple):
    """A new value of `target`; `reads` are the variables, timers and state that it hangs on."""

    thing: str
    target: str
    value: str
    reads: frozenset[str]
    most: int | None  # the store is checked to be from 0 to this


@frozen
class RowWriter:
    """Writes the rows of one machine; `emit` writes their emissions."""

    machine: model.Machine
    numbers: Numbers
    words: Words
    write: Writer
    emit: Emit
    call: Called

    # ---- an event

    def calls(self, event: str) -> bool:
        """Whether a row of `event` signals within the scope."""
        return any(_calls(row) for row in self.machine.rows if row.event == event)

    def event(self, place: Place, source: Source, otherwise: Writes, done: Writes) -> None:
        """Add all that the event of `place` may do, as one choice; `otherwise` for no row.

        `done` is what follows a row that had to wait for others, after it.
        """
        rows = [row for row in self.machine.rows if row.event == place.event]
        for let in self._lets(rows):
            source.add(f"{self.words.let(let.name)} = {self.write(let.expr, place)};")
        for decide in self.machine.decides:
            if any(row.decide == decide.name for row in rows):
                source.add(f"{self.words.let(decide.name)} = {self._leaf(decide, place)};")
        source.add("if")
        for row in rows:
            self._row(row, place, source, done)
        cells = [cell for cell in self.machine.impossibles if cell.event == place.event]
        for reason in dict.fromkeys(cell.reason for cell in cells):
            states = [each for cell in cells if cell.reason == reason for each in cell.states]
            source.add(f"/* impossible: {_quiet(reason)} */")
            source.add(f":: {self._in(tuple(states))} -> broken(IMPOSSIBLE)")
        source.add(":: else ->")
        with source.indented():
            otherwise(source)
        source.add("fi;")

    def _leaf(self, decide: model.Decide, place: Place) -> str:
        """The leaf that a decide list comes to: its tests in their order."""
        *leaves, last = decide.leaves
        told = self.words.leaf(decide.name, last.name) if last.test is None else NO_LEAF
        tested = leaves if last.test is None else list(decide.leaves)
        for leaf in reversed(tested):
            assert leaf.test is not None  # `else` is the last
            name = self.words.leaf(decide.name, leaf.name)
            told = f"({self.write.at(leaf.test, place, OR)} -> {name} : {told})"
        return told

    def _lets(self, rows: Iterable[model.Row]) -> list[model.Let]:
        """The lets without arguments that `rows` use, those first that others need."""
        lets = {let.name: let for let in self.machine.lets}
        found: set[str] = set()
        pending = [expr for row in rows for expr in _expressions(row)]
        while pending:
            for node in walk(pending.pop()):
                if isinstance(node, Call) and node.kind == "let" and node.name not in found:
                    found.add(node.name)
                    pending.append(lets[node.name].expr)
        return [let for let in self.machine.lets if let.name in found and not let.params]

    # ---- a row

    def _in(self, states: tuple[str, ...]) -> str:
        tests = [f"{self.words.state()} == {self.words.state_name(each)}" for each in states]
        return tests[0] if len(tests) == 1 else f"({' || '.join(tests)})"

    def _guard(self, row: model.Row, where: Place) -> str:
        tests = [self._in(row.states)]
        if row.decide:
            local = self.words.let(row.decide)
            names = [self.words.leaf(row.decide, leaf) for leaf in row.leaf.split("|")]
            told = " || ".join(f"{local} == {name}" for name in names)
            tests.append(f"({told})" if len(names) > 1 else told)
        if row.when is not None:
            tests.append(self.write.at(row.when, where, AND))
        return " && ".join(tests)

    def _row(self, row: model.Row, where: Place, source: Source, done: Writes) -> None:
        source.add(f"/* {told(row.id, row.refs, row.reason or row.says, row.mark)} */")
        source.add(f":: {self._guard(row, where)} ->")
        with source.indented():
            before = len(source.lines)
            self._body(row, where, source, done)
            if len(source.lines) == before:
                source.add("skip")

    def _body(self, row: model.Row, where: Place, source: Source, done: Writes) -> None:
        stores = [*self._variables(row, where), *self._timers(row, where), *self._state(row)]
        after = self._kept(row, stores, where, source)
        self._store(stores, source)
        calls = _calls(row)
        if not calls:
            self._end(row, after, source)
            return

        def end(inner: Source) -> None:
            self._end(row, after, inner)
            done(inner)

        self._call(row, calls, after, end, source)

    def _call(
        self, row: model.Row, calls: list[model.Signal], where: Place, end: Writes, source: Source
    ) -> None:
        """Add the first of `calls`; the others, and then `end`, go on when it is done."""
        first, *others = calls
        then = partial(self._call, row, others, where, end) if others else end
        self.call(row, first, where, then, source)

    def _end(self, row: model.Row, where: Place, source: Source) -> None:
        """Add all that a row emits but for signals within the scope, and what is left of it."""
        inside = _calls(row)
        for emission in row.emissions:
            if emission not in inside:
                self._emission(emission, where, source)
        if row.to is not None and self._ends(row.to) and self.machine.scope is None:
            self._reset(row.to, source)  # a scope ends as a whole, when the step is over

    def _emission(self, emission: model.Emission, where: Place, source: Source) -> None:
        if emission.condition is None:
            self.emit(emission, where, source)
            return
        source.add("if")
        source.add(f":: {self.write(emission.condition, where)} ->")
        with source.indented():
            before = len(source.lines)
            self.emit(emission, where, source)
            if len(source.lines) == before:
                source.add("skip")
        source.add(":: else -> skip")
        source.add("fi;")

    def _reset(self, state: str, source: Source) -> None:
        """Add what makes a part that has ended again what it was at the beginning."""
        if state != self.machine.initial:
            source.add(f"{self.words.state()} = {self.words.state_name(self.machine.initial)};")
        for variable in self.machine.variables:
            if variable.initial is not None and not variable.shared:
                value = self.write(variable.initial, Place())
                source.add(f"{self.words.variable(variable.name)} = {value};")

    # ---- what changes

    def _variables(self, row: model.Row, where: Place) -> Iterator[Store]:
        kinds = {variable.name: variable.type for variable in self.machine.variables}
        for assign in row.assigns:
            kind = kinds[assign.variable]
            most = LONGEST if timed(kind) else None
            if isinstance(kind, Nat) and not _inside(assign.value, kind):
                most = kind.max
            yield Store(
                assign.variable,
                self.words.variable(assign.variable),
                self.write(assign.value, where),
                self.reads([assign.value]),
                most,
            )
        assigned = {assign.variable for assign in row.assigns}
        for variable in self.machine.variables:
            if variable.name not in assigned and self._leaves(variable, row):
                yield Store(
                    variable.name, self.words.variable(variable.name), "0", frozenset(), None
                )

    def _timers(self, row: model.Row, where: Place) -> Iterator[Store]:
        told_of = {setting.timer for setting in row.timers}
        for setting in row.timers:
            flag = self.words.timer(setting.timer)
            value, tests = self._order(setting.order, flag, where)
            if value != flag:
                yield Store(setting.timer, flag, value, self.reads(tests), None)
        for timer in self.machine.timers:
            gone = row.to is not None and self._ends(row.to) and row.states != (row.to,)
            gone = gone and self._owns(timer)
            if timer.name not in told_of and (gone or self._leaves(timer, row)):
                yield Store(timer.name, self.words.timer(timer.name), "false", frozenset(), None)

    def _order(self, order: model.TimerOrder, flag: str, where: Place) -> tuple[str, list[Expr]]:
        if isinstance(order, model.TimerIf):
            then, inner = self._order(order.then, flag, where)
            orelse, others = self._order(order.orelse, flag, where)
            test = self.write.at(order.test, where, AND)
            return f"({test} -> {then} : {orelse})", [order.test, *inner, *others]
        if order.order == "keep":
            return flag, []
        return ("false" if order.order == "stop" else "true"), []

    def _state(self, row: model.Row) -> Iterator[Store]:
        if row.to is not None and row.states != (row.to,):
            name = self.words.state_name(row.to)
            yield Store(STATE, self.words.state(), name, frozenset(), None)

    def _owns(self, thing: model.Variable | model.Timer) -> bool:
        return not thing.shared or thing.owner == self.machine.name

    def _leaves(self, thing: model.Variable | model.Timer, row: model.Row) -> bool:
        """True if something that lives in some states only ends with `row`."""
        states = thing.states
        if states is None or row.to is None or not self._owns(thing):
            return False
        return row.to not in states and bool(states & set(row.states))

    def _ends(self, state: str) -> bool:
        return any(
            each.name == state and (each.absent or each.final) for each in self.machine.states
        )

    # ---- old values

    def _kept(self, row: model.Row, stores: list[Store], where: Place, source: Source) -> Place:
        """Add locals for what emissions read of the time before; gives where they find it."""
        parts = [expr for each in row.emissions for expr in emission_expressions(each)]
        changed = {store.thing: store.target for store in stores}
        if _calls(row):
            changed |= self._shared()
        old: dict[str, str] = {}
        for thing in sorted(self.reads(parts) & set(changed)):
            name = self.words.old("state" if thing == STATE else thing)
            source.add(f"{name} = {changed[thing]};")
            old[thing] = name
        return evolve(where, old=old)

    def _shared(self) -> dict[str, str]:
        """What another machine of the scope may change."""
        machine, words = self.machine, self.words
        variables = {v.name: words.variable(v.name) for v in machine.variables if v.shared}
        return variables | {t.name: words.timer(t.name) for t in machine.timers if t.shared}

    def _store(self, stores: list[Store], source: Source) -> None:
        """Add the stores, each after all that read its old value."""
        late: list[Store] = []
        for at, store in enumerate(stores):
            if store.most is None and not any(
                store.thing in other.reads for other in stores[at + 1 :]
            ):
                source.add(f"{store.target} = {store.value};")
                continue
            name = self.words.new(store.thing)
            source.add(f"{name} = {store.value};")
            if store.most is not None:
                source.add(f"within({name}, {store.most});")
            late.append(store)
        for store in late:
            source.add(f"{store.target} = {self.words.new(store.thing)};")

    def reads(self, exprs: Iterable[Expr]) -> frozenset[str]:
        """The variables and timers, and the state, whose old values `exprs` read.

        Lets without arguments are computed before the step, so what they read does not count.
        """
        lets = {let.name: let for let in self.machine.lets}
        found: set[str] = set()
        pending = list(exprs)
        while pending:
            for node in walk(pending.pop()):
                match node:
                    case Name(kind="var", new=False):
                        found.add(node.name)
                    case At(new=False):
                        found.add(STATE)
                    case TimerRef(new=False, timer=None):
                        found.update(timer.name for timer in self.machine.timers)
                    case TimerRef(new=False, timer=str(timer)):
                        found.add(timer)
                    case Call(kind="let") if node.args:
                        pending.append(lets[node.name].expr)
                    case _:
                        pass
        return frozenset(found)


def told(name: str, refs: Iterable[model.Ref], says: str, mark: Mark) -> str:
    """What a comment on a row or cell tells: its id, clauses, place, and what it says."""
    where = ", ".join([*(str(ref) for ref in refs), place(mark)])
    text = f"{name} ({where})" + (f": {says}" if says else "")
    return _quiet(text)


def _quiet(text: str) -> str:
    """`text` on one line, and nothing in it that ends a comment."""
    return " ".join(text.replace("*/", "* /").split())


def _inside(value: Expr, kind: Nat) -> bool:
    """True if the type of `value` tells that it fits `kind`."""
    lessened = any(isinstance(node, Op) and node.op == "sub" for node in walk(value))
    return isinstance(value.type, Nat) and value.type.max <= kind.max and not lessened


def _calls(row: model.Row) -> list[model.Signal]:
    """The signals of a row within its scope."""
    return [each for each in row.emissions if isinstance(each, model.Signal) and each.inside]


def _expressions(row: model.Row) -> list[Expr]:
    return row_expressions(row) + ([row.guard] if row.guard is not None else [])
