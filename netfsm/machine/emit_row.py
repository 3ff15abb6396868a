"""From a row to a Python function that takes its step.

The order inside is always the same: locals, timers, emissions, stores, state. Everything is
computed from old values before the first store; a variable that another right side still reads is
stored after it. Where a signal inside the scope is part of the step, the stores come first, then
the signals, then the emissions, which take the values after the whole step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from attrs import evolve, frozen

from netfsm.machine.constants import Constants
from netfsm.machine.emit_emission import Emissions
from netfsm.machine.emit_expr import Place, Writer
from netfsm.machine.emit_timer import Timers, settings
from netfsm.machine.facts import told
from netfsm.machine.layout import (
    Layout,
    emission_expressions,
    identifier,
    place,
    row_expressions,
)
from netfsm.machine.local import Locals
from netfsm.machine.plan import Planner, reads
from netfsm.machine.source import Source
from netfsm.spec import model
from netfsm.spec.expr import At, Call, Expr, Name, TimerRef, walk


@frozen
class Stores:
    """How the assignments of a row are made: in locals first, or straight in this order."""

    kept: tuple[model.Assign, ...]
    straight: tuple[model.Assign, ...]


Arguments = tuple[str, ...]


class RowWriter:
    """Writes the functions of one machine's rows; `constants` collects what never changes."""

    def __init__(
        self, layout: Layout, writer: Writer, planner: Planner, constants: Constants
    ) -> None:
        self._layout = layout
        self._write = writer
        self._planner = planner
        self._lets = {let.name: let for let in layout.machine.lets}
        self._locals = Locals(layout, writer, planner)
        self._timers = Timers(layout, writer, constants)
        self._emissions = Emissions(layout, writer, constants)

    def write(self, row: model.Row, known: Collection[str] | None, source: Source) -> Arguments:
        """Add the function of `row`; gives the arguments that it takes after self.

        `known` are the lets that its cells have computed: those that it reads are handed over, so
        that a row does not compute again what its guard did. None where the row stands in a table
        and takes all arguments of its event.
        """
        layout = self._layout
        passed = {name: layout.local(name) for name in self._lets if name in (known or ())}
        plan = self._planner.plan(row_expressions(row), row.states, passed)
        facts = told(row.guard, {}, holds=True)
        where = Place(row.states, lets=passed, to=row.to, facts=facts)
        body, head = Source(), Source()
        with body.indented(row.mark), self._write.recording() as read:
            if any(isinstance(e, model.Signal) and e.inside for e in row.emissions):
                self._step_with_signals(row, self._locals.place(where, plan), body)
            else:
                self._step(row, self._locals.place(where, plan), body)
        with head.indented(row.mark), self._write.recording() as more:
            self._locals.define(read, plan, where, head)
        every = layout.arguments[row.event]
        taken = every
        if known is not None:
            taken = tuple(name for name in (*every, *passed.values()) if name in read | more)
        source.call(f"def {layout.row(row)}(", ("self", *taken), "):", row.mark)
        with source.indented(row.mark):
            source.docstring(_told(row))
            if layout.options.traced:
                source.add(f"self.trace({row.id!r})")
        source.extend(head)
        source.extend(body)
        return taken

    # ---- the two forms of a step

    def _step(self, row: model.Row, where: Place, source: Source) -> None:
        where = self._keep_flags(row, where, source)
        stores = self._stores(row)
        new = self._keep(row, stores, where, source)
        orders = self._timers.write(row, where, source)
        emissions = self._emissions.write(row, evolve(where, new=new), source)
        self._commit(row, stores, new, where, source)
        source.add(f"return {self._result(row, emissions, orders)}")

    def _step_with_signals(self, row: model.Row, where: Place, source: Source) -> None:
        exprs = [e for emission in row.emissions for e in emission_expressions(emission)]
        where = self._keep_flags(row, where, source, always=True)
        known = where.lets
        old = {
            name: f"old_{self._layout.slots[name]}"
            for name in sorted(set[str]().union(*(reads(e, self._lets, known) for e in exprs)))
        }
        for name, local in old.items():
            source.add(f"{local} = {self._layout.attribute(name)}")
        if any(isinstance(node, At) for expr in exprs for node in self._nodes(expr)):
            source.add("before = self._state")
        stores = self._stores(row)
        new = self._keep(row, stores, where, source)
        orders = self._timers.write(row, where, source)
        self._commit(row, stores, new, where, source)
        after = evolve(where, old=old, state="before")
        inner = self._emissions.signals_inside(row, after, source)
        emissions = self._emissions.write(row, after, source, inner)
        given = [] if orders == "()" else [orders]
        given += [f"{name}[1]" for name in inner.values()]
        source.add(f"return {emissions}, {' + '.join(given)}")

    def _nodes(self, expr: Expr) -> Iterator[Expr]:
        """Every node of `expr`, through the lets that it calls."""
        for node in walk(expr):
            yield node
            if isinstance(node, Call) and node.kind == "let":
                yield from self._nodes(self._lets[node.name].expr)

    # ---- parts of both

    def _keep_flags(
        self, row: model.Row, where: Place, source: Source, *, always: bool = False
    ) -> Place:
        """Keep the flags of timers that the row reads and also changes."""
        touched = {setting.timer for setting in settings(self._layout, row)}
        flags = {
            name: f"{identifier(name)}_was_armed"
            for name in sorted(self._timers_read(row_expressions(row)))
            if name in touched or always
        }
        for name, local in flags.items():
            source.add(f"{local} = {self._layout.flag(name)}")
        return evolve(where, flags=flags)

    def _timers_read(self, exprs: Iterable[Expr]) -> set[str]:
        found: set[str] = set()
        seen: set[str] = set()
        pending = list(exprs)
        while pending:
            for node in walk(pending.pop()):
                if isinstance(node, TimerRef) and not node.new and node.what != "deadline":
                    found |= {node.timer} if node.timer else set(self._layout.flags)
                if isinstance(node, Call) and node.kind == "let" and node.name not in seen:
                    seen.add(node.name)
                    pending.append(self._lets[node.name].expr)
        return found

    def _stores(self, row: model.Row) -> Stores:
        """Order the assignments so that none is made before its old value is read."""
        ghosts = {v.name for v in self._layout.machine.variables if v.ghost}
        assigns = [a for a in row.assigns if a.variable not in ghosts]
        if self._layout.options.checked:
            return Stores(tuple(assigns), ())
        told = self._new_read(row)
        kept = [a for a in assigns if a.variable in told]
        rest = [a for a in assigns if a.variable not in told]
        straight: list[model.Assign] = []
        while rest:
            free = next((a for a in rest if not self._read_by_others(a, rest)), None)
            if free is None:
                return Stores((*kept, *rest), tuple(straight))
            straight.append(free)
            rest.remove(free)
        return Stores(tuple(kept), tuple(straight))

    def _read_by_others(self, assign: model.Assign, rest: list[model.Assign]) -> bool:
        return any(
            assign.variable in reads(other.value, self._lets)
            for other in rest
            if other is not assign
        )

    def _new_read(self, row: model.Row) -> set[str]:
        return {
            node.name
            for emission in row.emissions
            for expr in emission_expressions(emission)
            for node in walk(expr)
            if isinstance(node, Name) and node.kind == "var" and node.new
        }

    def _keep(self, row: model.Row, stores: Stores, where: Place, source: Source) -> dict[str, str]:
        """Compute into locals what can't be stored yet; gives the local of each variable."""
        new: dict[str, str] = {}
        for assign in stores.kept:
            local = f"new_{self._layout.slots[assign.variable]}"
            source.statement(
                f"{local} = ", self._write.write(assign.value, where), mark=assign.mark
            )
            new[assign.variable] = local
            if self._layout.options.checked:
                self._check(row, assign, local, source)
        return new

    def _check(self, row: model.Row, assign: model.Assign, local: str, source: Source) -> None:
        name = assign.variable
        kind = next(v.type for v in self._layout.variables if v.name == name)
        with source.block(f"if not values.fits(TYPES[{name!r}], {local}):", assign.mark):
            source.add(f"broken(self, {row.event!r}, {name!r}, {str(kind)!r}, {local})")

    def _commit(
        self, row: model.Row, stores: Stores, new: dict[str, str], where: Place, source: Source
    ) -> None:
        """Store, clear what leaves its scope, and go to the next state."""
        layout = self._layout
        for assign in stores.straight:
            head = f"{layout.attribute(assign.variable)} = "
            source.statement(head, self._write.write(assign.value, where), mark=assign.mark)
        for assign in stores.kept:
            text = f"{layout.attribute(assign.variable)} = {new[assign.variable]}"
            source.add(text, assign.mark)
        if row.to is None or row.states == (row.to,):
            return
        for variable in layout.variables:
            scope = variable.states
            mine = not variable.shared or variable.owner == layout.machine.name
            if scope is not None and mine and row.to not in scope and scope & set(row.states):
                source.add(f"{layout.attribute(variable.name)} = None")
        source.add(f"self._state = {layout.states[row.to]}  # {row.to}")

    def _result(self, row: model.Row, emissions: str, orders: str) -> str:
        if emissions == orders == "()":
            return "NOTHING"
        return self._emissions.constant_result(row, emissions, orders) or f"{emissions}, {orders}"


def _told(row: model.Row) -> str:
    refs = ", ".join(str(ref) for ref in row.refs)
    says = row.reason or row.says
    head = f"{row.id}: {says}" if says else row.id
    text = f"{head} ({refs}; {place(row.mark)})" if refs else f"{head} ({place(row.mark)})"
    return text.replace("\\", "/").replace('"', "'").replace("\n", " ")
