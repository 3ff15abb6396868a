"""The values of a composition's expressions: what a dotted name of an end or of the whole is.

Expressions are evaluated by the reference evaluator; whoever asks often keeps the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from netfsm.machine.evaluate import evaluate
from netfsm.spec import model
from netfsm.spec.composition import Composition, Place, Places
from netfsm.spec.expr import At, Call, Expr, Name, TimerRef, walk

__all__ = ["Constants", "Look", "constants_of", "functions_of", "read_names", "value_of"]

Constants = Mapping[str, Any]
Read = Callable[[Place], Any]


def constants_of(composition: Composition) -> dict[str, Any]:
    """The values of all constants that expressions of the composition may name."""
    return {constant.name: constant.value for constant in composition.constants}


def functions_of(composition: Composition, machine: model.Machine) -> dict[str, Callable[..., Any]]:
    """What the declared functions of a machine are in the composition."""
    constants = constants_of(composition)
    nowhere = Look(composition.places, constants, {}, _nothing, {}, {})

    def made(function: model.Function) -> Callable[..., Any]:
        expr = composition.functions[f"{machine.name}.{function.name}"]
        names = [param.name for param in function.params]
        return lambda *args: evaluate(expr, nowhere, dict(zip(names, args, strict=True)))

    return {function.name: made(function) for function in machine.functions}


def _nothing(place: Place) -> Any:
    raise AssertionError(f"{place} in a function: the reader sees to it")


@frozen
class Look:
    """What an expression looks at. `read` gives the value of a place.

    `inputs` are the parameters of an event, `out` the fields of an emission.
    """

    places: Places
    constants: Constants
    lets: Mapping[str, model.Let]
    read: Read
    inputs: Mapping[str, Any]
    out: Mapping[str, Any]

    def named(self, name: Name) -> Any:
        """The value of a name."""
        if name.kind == "param":
            return self.inputs[name.name]
        if name.kind == "out":
            return self.out[name.name]
        if name.kind == "const":
            return self.constants[name.name]
        return self.read(self.places.values[name.name])

    def at(self, at: At) -> bool:
        """Whether the slot is in one of the states."""
        return any(self.read(self.places.states[state]) for state in at.states)

    def timer(self, ref: TimerRef) -> bool:
        """Whether a timer runs."""
        return bool(self.read(self.places.timers[ref.timer or ""]))

    def function(self, name: str, args: tuple[Any, ...]) -> Any:
        """A composition has no functions: the reader sees to it."""
        raise AssertionError(f"{name}{args} in a composition")


def value_of(expr: Expr, look: Look) -> Any:
    """The value of `expr`."""
    return evaluate(expr, look)


def read_names(
    expr: Expr, places: Places, lets: Mapping[str, model.Let]
) -> dict[str, tuple[Place, Expr]]:
    """Every name of the composition that `expr` reads, through lets: its place and how it reads.

    Names stand in the order in which they are met; `at(...)` and `armed(...)` are named as written.
    """
    found: dict[str, tuple[Place, Expr]] = {}
    for node in walk(expr):
        if isinstance(node, Call) and node.kind == "let":
            found |= read_names(lets[node.name].expr, places, lets)
        elif isinstance(node, Name) and node.name in places.values and node.kind != "param":
            found.setdefault(node.name, (places.values[node.name], node))
        elif isinstance(node, At):
            place = places.states[node.states[0]]
            found.setdefault(f"at {place.end}.{place.slot}", (place, node))
        elif isinstance(node, TimerRef) and node.timer is not None:
            found.setdefault(f"armed({node.timer})", (places.timers[node.timer], node))
    return found
