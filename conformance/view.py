"""What an expression of a spec sees on snapshots: before a step, its inputs, and after it.

Guards are evaluated before a step, properties around one; both with `netfsm.machine.evaluate`, so
that they are judged without the machine that is under test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, field, frozen

from netfsm.machine.base import Emission, Order, Snapshot
from netfsm.machine.evaluate import evaluate
from netfsm.spec import model
from netfsm.spec.expr import At, Call, Expr, Name, TimerRef, walk
from netfsm.spec.types import Value

__all__ = ["Inputs", "Sight", "fields_of", "reads"]

Inputs = Mapping[str, Value]
"""The parameters and choices of an event by the names of the spec (`ARP.op`, `delay`)."""


@frozen
class Sight:
    """One step as expressions see it; `after`, `orders` and `out` only where there is one.

    `out` is the emission that a property of outputs speaks of, as its fields by name.
    """

    machine: model.Machine
    constants: Mapping[str, Value]
    before: Snapshot
    inputs: Inputs = field(factory=dict[str, Value])
    now: int = 0
    after: Snapshot | None = None
    orders: tuple[Order, ...] = ()
    out: Mapping[str, Value] = field(factory=dict[str, Value])
    functions: Mapping[str, Callable[..., Any]] = field(factory=dict[str, Callable[..., Any]])
    lets: Mapping[str, model.Let] = field(
        repr=False,
        default=Factory(lambda made: _by_name(made), takes_self=True),  # noqa: PLW0108  # it stands below
    )

    def value(self, expr: Expr) -> Any:
        """The value of `expr` here."""
        return evaluate(expr, self)

    def named(self, name: Name) -> Any:
        """The value of a variable, parameter, constant, field of an emission, or `now`."""
        match name.kind:
            case "now":
                return self.now
            case "state":
                return self._snapshot(False).state
            case "param":
                return self.inputs[name.name]
            case "const":
                return self.constants[name.name]
            case "out":
                return self.out[name.name]
            case "var":
                return self._snapshot(name.new).variables[name.name]
            case _:
                return self._fixed(name.name)

    def at(self, at: At) -> bool:
        """Whether the machine is, or was, in one of the states."""
        return self._snapshot(at.new).state in at.states

    def timer(self, ref: TimerRef) -> Any:
        """What is asked of a timer; `restarted` is true where this step ordered a time."""
        held = self._snapshot(ref.new)
        match ref.what:
            case "armed":
                return ref.timer in held.armed
            case "timers_armed":
                return len(held.armed)
            case "deadline":
                return held.deadlines[ref.timer or ""]
            case "restarted":
                return any(t == ref.timer and after is not None for t, after in self.orders)

    def function(self, name: str, args: tuple[Any, ...]) -> Any:
        """What a declared function says."""
        return self.functions[name](*args)

    def _snapshot(self, new: bool) -> Snapshot:
        return self.after if new and self.after is not None else self.before

    def _fixed(self, name: str) -> Value:
        machine = self.machine
        key = machine.key
        for part, value in zip(key, self.before.key, strict=True):
            if part.name == name:
                return value
        for part, value in zip(machine.given, self.before.given, strict=True):
            if part.name == name:
                return value
        raise KeyError(name)


def _by_name(made: Sight) -> Mapping[str, model.Let]:
    return {let.name: let for let in made.machine.lets}


def reads(expr: Expr, lets: Mapping[str, model.Let]) -> frozenset[Name | TimerRef | At]:
    """Every name, timer and state that `expr` looks at, through lets."""
    found: set[Name | TimerRef | At] = set()
    for node in walk(expr):
        if isinstance(node, Call) and node.kind == "let":
            found |= reads(lets[node.name].expr, lets)
        elif isinstance(node, Name | TimerRef | At):
            found.add(node)
    return frozenset(found)


def fields_of(emission: Emission, machine: model.Machine) -> dict[str, Value]:
    """The fields of an emission by the names of the spec; those that are not said are left out.

    A signal has `key` and `values`.
    """
    told: dict[str, Value] = dict(zip(emission._fields, emission, strict=True))
    if emission.kind == "signal":
        return told
    found: dict[str, Value] = {}
    for name in _names(machine, emission.output):
        plain = name.replace(".", "_")
        for attribute in (plain, f"{plain}_"):
            if told.get(attribute) is not None:
                found[name] = told[attribute]
    return found


def _names(machine: model.Machine, output: str) -> dict[str, None]:
    """Every field of `output` that is declared or that some row writes."""
    names = dict.fromkeys(f.name for o in machine.outputs if o.name == output for f in o.fields)
    for row in machine.rows:
        for part in row.emissions:
            if isinstance(part, model.Emit) and part.output == output:
                names |= dict.fromkeys(name for name, _ in part.fields)
    return names
