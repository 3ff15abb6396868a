"""The reference interpreter: a machine taken step by step straight from its typed tree.

It is the oracle of the generated code and shares none of it. It looks at the guards of all rows of
a cell and raises InternalError unless exactly one is true, so that an overlap or a hole that no
proof has found shows here.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field, frozen

from netfsm.errors import InternalError, MissingFunctions
from netfsm.machine.base import Emission, Order, Result, Snapshot
from netfsm.machine.evaluate import evaluate
from netfsm.machine.layout import deadlines_read
from netfsm.spec import model
from netfsm.spec.expr import At, Expr, Name, TimerRef
from netfsm.spec.types import Value


@define
class Store:
    """Values of variables, running timers and their deadlines: a machine's own, or a scope's.

    In a scope `machines` are those that share it, by name. `told` takes up each row as it is taken,
    where somebody has put a list there.
    """

    values: dict[str, Any] = field(factory=dict[str, Any])
    deadlines: dict[str, int] = field(factory=dict[str, int])
    machines: dict[str, Interpreter] = field(factory=dict[str, "Interpreter"])
    told: list[Told] | None = None


@define
class Told:
    """A row that a machine took inside a step: what it found, what came, what it left.

    `view` is what the row has seen, `emissions` and `orders` are its own; `after` is there when its
    signals are through.
    """

    machine: model.Machine
    row: model.Row
    inputs: Mapping[str, Any]
    before: Snapshot
    view: View
    after: Snapshot | None = None
    emissions: tuple[Emission, ...] = ()
    orders: tuple[Order, ...] = ()


@frozen
class Before:
    """What was there before a step, and what came with its event."""

    state: str
    values: Mapping[str, Any]
    deadlines: Mapping[str, int]
    inputs: Mapping[str, Any]
    now: int | None


class Interpreter:
    """One instance of a machine, interpreted. Results have the form of the generated code's."""

    def __init__(
        self,
        machine: model.Machine,
        *,
        key: Mapping[str, Value] | None = None,
        given: Mapping[str, Value] | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        constants: Mapping[str, Value] | None = None,
        scope: Store | None = None,
    ) -> None:
        """Begin in the initial state.

        `key` and `given` are by name, `constants` replace values of the spec. Raises
        MissingFunctions where a declared function has no implementation.
        """
        self.machine = machine
        self.state = machine.initial
        self.lets = {let.name: let for let in machine.lets}
        self._functions = dict(functions or {})
        self.fixed: dict[str, Any] = {c.name: c.value for c in machine.constants}
        self.fixed |= constants or {}
        self._own = Store()
        self._scope = scope or Store()
        self._scope.machines[machine.name] = self
        self._events = {event.name: event for event in machine.events}
        self._ends = {state.name for state in machine.states if state.absent or state.final}
        things: tuple[model.Variable | model.Timer, ...] = (*machine.variables, *machine.timers)
        self._shared = {thing.name for thing in things if thing.shared}
        self.fixed |= {**(key or {}), **(given or {})}
        missing = tuple(f.name for f in machine.functions if f.name not in self._functions)
        if missing:
            raise MissingFunctions(machine.name, missing)
        self._begin()

    # ---- what can be seen

    @property
    def ended(self) -> bool:
        """True in the absent state and in final states."""
        return self.state in self._ends

    @property
    def armed(self) -> tuple[str, ...]:
        """The timers that run."""
        return tuple(t.name for t in self.machine.timers if t.name in self._home(t).deadlines)

    def value(self, name: str) -> Any:
        """The value of a variable, None where it is out of scope."""
        return self._where(name).values[name]

    def snapshot(self) -> Snapshot:
        """All that this instance holds."""
        machine = self.machine
        key = machine.key
        read = deadlines_read(machine)
        return Snapshot(
            machine.name,
            tuple(self.fixed.get(f.name) for f in key),
            tuple(self.fixed.get(f.name) for f in machine.given),
            self.state,
            {v.name: self.value(v.name) for v in machine.variables if not v.ghost},
            frozenset(self.armed),
            {
                t.name: self._home(t).deadlines[t.name]
                for t in machine.timers
                if t.name in read and t.name in self._home(t).deadlines
            },
        )

    def restore(self, held: Snapshot) -> None:
        """Become what `held` says."""
        machine = self.machine
        key = machine.key
        names = [f.name for f in (*key, *machine.given)]
        self.fixed.update(zip(names, (*held.key, *held.given), strict=True))
        self.state = held.state
        for name, value in held.variables.items():
            self._where(name).values[name] = value
        for timer in machine.timers:
            self._home(timer).deadlines.pop(timer.name, None)
            if timer.name in held.armed:
                self._home(timer).deadlines[timer.name] = held.deadlines.get(timer.name, 0)

    # ---- a step

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Take `event` with its inputs by name; None for a completion event that is disabled.

        Raises ValueError for an unknown event, InternalError for an impossible cell and where
        not exactly one guard is true.
        """
        return self.decide(self.begin(event, inputs))

    def begin(self, event: str, inputs: Mapping[str, Any]) -> Step:
        """What is there before `event`, for whoever picks the row; a timer that fires is idle.

        Raises ValueError for an unknown event.
        """
        known = self._events.get(event)
        if known is None:
            raise ValueError(f"{self.machine.name} has no event {event}")
        return self.begun(known, self._inputs(known, inputs), inputs.get("now"))

    def begun(self, event: model.Event, inputs: Mapping[str, Any], now: int | None) -> Step:
        """`begin` with the inputs by the spec's names, a message's as `SEG.SEQ`."""
        cell = self.machine.cells.get((self.state, event.name), ())
        if event.kind == "timer" and not isinstance(cell, model.Impossible):
            self._home(event).deadlines.pop(event.name, None)
        return Step(self, event, cell, View(self, self.before(inputs, now)))

    def decide(self, step: Step) -> Result | None:
        """Take the one row of the cell whose guard is true; None for a disabled completion."""
        where = f"{self.machine.name}/{self.state}/{step.event.name}"
        if isinstance(step.cell, model.Impossible):
            raise InternalError(f"an impossible cell ({step.cell.reason})", where)
        rows = [row for row in step.cell if step.holds(row)]
        if len(rows) > 1:
            names = " and ".join(row.id for row in rows)
            raise InternalError(f"the guards of {names} are true at once", where)
        if rows:
            return step.take(rows[0])
        if step.event.kind == "completion":
            return None
        raise InternalError("no guard is true", where)

    def take(self, row: model.Row, view: View) -> Result:
        """Take the step of `row` from what `view` has seen."""
        if self._scope.told is None:
            return self._take(row, view, None)
        told = Told(self.machine, row, view.before.inputs, self.snapshot(), view)
        self._scope.told.append(told)
        result = self._take(row, view, told)
        told.after = self.snapshot()
        return result

    def _take(self, row: model.Row, view: View, told: Told | None) -> Result:
        changed = {a.variable: evaluate(a.value, view) for a in row.assigns}
        orders = self._set_timers(row, view)
        for name, value in changed.items():
            self._where(name).values[name] = value
        if row.to is not None:
            self.state = row.to
        left = [v for v in self.machine.variables if v.states is not None and self._owns(v)]
        for variable in left:
            if self.state not in (variable.states or ()):
                self._where(variable.name).values[variable.name] = None
        own = orders
        sent = [self._send_inside(part, view) for part in row.emissions]
        emissions: tuple[Emission, ...] = ()
        for part, inner in zip(row.emissions, sent, strict=True):
            if inner is not None:
                emissions += inner[0]
                orders += inner[1]
            elif part.condition is None or evaluate(part.condition, view):
                emission = self._emit(part, view)
                emissions += (emission,)
                if told is not None:
                    told.emissions += (emission,)
        if told is not None:
            told.orders = own
        return emissions, orders

    # ---- timers

    def _set_timers(self, row: model.Row, view: View) -> tuple[Order, ...]:
        chosen = [(s.timer, self._choose(s.order, view)) for s in row.timers]
        asked = [
            (timer, step.order, evaluate(step.after, view) if step.after is not None else None)
            for timer, step in chosen
        ]
        target = row.to if row.to is not None else self.state
        told = {setting.timer for setting in row.timers}
        for timer in self.machine.timers:
            gone = (timer.states is not None and target not in timer.states) or target in self._ends
            if row.to is not None and gone and self._owns(timer) and timer.name not in told:
                asked.append((timer.name, "stop", None))
        given = (self._order(name, order, after, view.before.now) for name, order, after in asked)
        return tuple(order for order in given if order is not None)

    def _choose(self, order: model.TimerOrder, view: View) -> model.TimerStep:
        while isinstance(order, model.TimerIf):
            order = order.then if evaluate(order.test, view) else order.orelse
        return order

    def _order(self, timer: str, order: str, after: int | None, now: int | None) -> Order | None:
        running = self._where(timer).deadlines
        if order == "restart" or (order == "start" and timer not in running):
            running[timer] = (now or 0) + (after or 0)
            return timer, after
        if order == "stop" and running.pop(timer, None) is not None:
            return timer, None
        return None

    # ---- emissions

    def _emit(self, part: model.Emission, view: View) -> Emission:
        values = {name: evaluate(value, view) for name, value in part.fields}
        if isinstance(part, model.Signal):
            name = f"{part.machine}.{part.event}"
            key = None if part.key is None else tuple(evaluate(k, view) for k in part.key)
            return _record(name, "signal", ("key", "values"))(key, tuple(values.values()))
        output = next(o for o in self.machine.outputs if o.name == part.output)
        fields = tuple(f.name for f in output.fields if not f.ghost)
        if output.kind == "message":
            fields = (*self._written(output.name, fields), *fields)
        made = _record(output.name, output.kind, tuple(_attribute(name) for name in fields))
        return made(*(values.get(name) for name in fields))

    def _written(self, output: str, declared: tuple[str, ...]) -> tuple[str, ...]:
        """The fields of the format that some row writes, in the order of the rows."""
        parts = [part for row in self.machine.rows for part in row.emissions]
        mine = [p for p in parts if isinstance(p, model.Emit) and p.output == output]
        names = dict.fromkeys(name for part in mine for name, _ in part.fields)
        return tuple(name for name in names if name not in declared)

    def _send_inside(self, part: model.Emission, view: View) -> Result | None:
        if not isinstance(part, model.Signal) or not part.inside:
            return None
        if part.condition is not None and not evaluate(part.condition, view):
            return (), ()
        receiver = self._scope.machines[part.machine]
        event = receiver.machine.event(part.event)
        values = (evaluate(value, view) for _, value in part.fields)
        inputs = dict(zip((name for name, _ in event.inputs), values, strict=True))
        return receiver.decide(receiver.begun(event, inputs, view.before.now)) or ((), ())

    # ---- where things are

    def _begin(self) -> None:
        view = View(self, self.before({}, None))
        for variable in self.machine.variables:
            begin = None
            if variable.initial is not None:
                begin = evaluate(variable.initial, view)
            if not variable.shared or variable.name not in self._scope.values:
                self._where(variable.name).values[variable.name] = begin

    def before(self, inputs: Mapping[str, Any], now: int | None) -> Before:
        """All that an expression may read as it is now."""
        values = {**self._scope.values, **self._own.values}
        deadlines = {**self._scope.deadlines, **self._own.deadlines}
        return Before(self.state, values, deadlines, inputs, now)

    def _inputs(self, event: model.Event, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters by the spec's names; a message's are read from its packet."""
        found: dict[str, Any] = {}
        named = {name.rstrip("_"): value for name, value in given.items()}
        for name, _ in event.inputs:
            head, _, rest = name.partition(".")
            if head == event.alias and rest:
                packet = named[head].options if "." in rest else named[head]
                found[name] = getattr(packet, _attribute(rest), None)
            else:
                found[name] = named[_attribute(name).rstrip("_")]
        return found

    def _owns(self, thing: model.Variable | model.Timer) -> bool:
        return not thing.shared or thing.owner == self.machine.name

    def _home(self, thing: model.Timer | model.Event) -> Store:
        return self._where(thing.name)

    def _where(self, name: str) -> Store:
        return self._scope if name in self._shared else self._own

    def ask(self, function: str, args: tuple[Any, ...]) -> Any:
        """What the implementation of a declared function says."""
        return self._functions[function](*args)


@frozen
class Step:
    """An event that has come and is not decided yet."""

    machine: Interpreter
    event: model.Event
    cell: model.Cell
    view: View

    def holds(self, row: model.Row) -> bool:
        """Whether the guard of `row` is true."""
        return row.guard is None or bool(evaluate(row.guard, self.view))

    def take(self, row: model.Row) -> Result:
        """Take the step of `row`."""
        return self.machine.take(row, self.view)


class View:
    """What the expressions of one step see."""

    def __init__(self, machine: Interpreter, before: Before) -> None:
        self.lets = machine.lets
        self.before = before
        self._machine = machine

    def named(self, name: Name) -> Any:
        """The value of a name, old unless it says `new`."""
        if name.kind == "now":
            return self.before.now
        if name.kind == "state":
            return self.before.state
        if name.kind == "param":
            return self.before.inputs[name.name]
        if name.kind != "var":
            return self._machine.fixed[name.name]
        return self._machine.value(name.name) if name.new else self.before.values[name.name]

    def at(self, at: At) -> bool:
        """Whether the old or the new state is one of those."""
        return (self._machine.state if at.new else self.before.state) in at.states

    def timer(self, ref: TimerRef) -> Any:
        """Whether a timer runs, until when, or how many do."""
        machine = self._machine
        running: Mapping[str, int] = self.before.deadlines
        if ref.new:
            running = machine.before({}, None).deadlines
        mine = {timer.name for timer in machine.machine.timers}
        match ref.what:
            case "armed":
                return ref.timer in running
            case "timers_armed":
                return len(mine & running.keys())
            case "deadline":
                return running[ref.timer or ""]
            case "restarted":
                raise AssertionError("restarted(t) stands in properties only")

    def function(self, name: str, args: tuple[Any, ...]) -> Any:
        """What a declared function says."""
        return self._machine.ask(name, args)


def _attribute(name: str) -> str:
    text = re.sub(r"\W", "_", name)
    return f"{text}_" if text in _KEYWORDS else text


_KEYWORDS = frozenset({"output", "kind", "class", "from", "import", "in", "is", "not", "if", "as"})
_RECORDS: dict[tuple[str, str, tuple[str, ...]], Callable[..., Emission]] = {}


def _record(output: str, kind: str, fields: tuple[str, ...]) -> Callable[..., Emission]:
    """The class of an emission, made once for each form."""
    found = _RECORDS.get((output, kind, fields))
    if found is None:
        base = namedtuple("Emitted", fields)  # type: ignore[misc]  # fields are known at run time only # noqa: PYI024  # the same
        found = type("Emitted", (base,), {"__slots__": (), "output": output, "kind": kind})
        _RECORDS[output, kind, fields] = found
    return found


def evaluated(expr: Expr, machine: Interpreter, inputs: Mapping[str, Any], now: int | None) -> Any:
    """The value of `expr` for `machine` as it is, with the parameters in `inputs`."""
    return evaluate(expr, View(machine, machine.before(inputs, now)))
