"""Machines with a fault put in, as a bug of the generator would: suites must find them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from attrs import evolve

from netfsm.conformance.stock import Stock, load_stock
from netfsm.conformance.subjects import Compiled, Maker, Setting, Subject, compiled_class
from netfsm.machine import CompiledMachine, Result
from netfsm.spec import model
from netfsm.spec.expr import Expr, Op


@cache
def stock() -> Stock:
    """The specs of netfsm."""
    return load_stock()


def neighbour() -> model.Machine:
    """The machine that most tests here break."""
    return stock().machines["arp.neighbour"]


def of_class(made: type[CompiledMachine]) -> Maker:
    """Makes instances of a class that was compiled with a trace."""

    def make(_machine: model.Machine, setting: Setting) -> Subject:
        return Compiled(made, setting)

    return make


def changed(
    machine: model.Machine, method: str, change: Callable[[CompiledMachine, Result], Result]
) -> Maker:
    """The compiled machine with a method whose result, or state, is changed afterwards."""
    base = compiled_class(machine)
    original = getattr(base, method)

    def wrong(self: CompiledMachine, *inputs: Any) -> Result:
        return change(self, original(self, *inputs))

    def by_name(self: CompiledMachine, **inputs: Any) -> Result:
        return change(self, original(self, **inputs))

    def either(self: CompiledMachine, *inputs: Any, **named: Any) -> Result:
        return by_name(self, **named) if named else wrong(self, *inputs)

    made = type(base.__name__, (base,), {method: either, "__slots__": ()})
    return of_class(cast("type[CompiledMachine]", made))


def swapped_target() -> Maker:
    """An answer leads to PROBE where the spec says REACHABLE."""

    def change(machine: CompiledMachine, result: Result) -> Result:
        if machine.state == "REACHABLE":
            machine._state = machine.about.states.index("PROBE")
        return result

    return changed(neighbour(), "on_heard", change)


def dropped_emission() -> Maker:
    """The last emission of each step for `heard` is forgotten."""
    return changed(neighbour(), "on_heard", lambda _, result: (result[0][:-1], result[1]))


def forgotten_timer() -> Maker:
    """A retransmission does not order its timer again."""
    return changed(neighbour(), "on_retransmit", lambda _, result: (result[0], ()))


def bound_off_by_one() -> Maker:
    """`tries < MAX_REQUESTS` is compiled as `<=`, and its counterpart `>=` as `>`."""
    machine = neighbour()
    other = {"lt": "le", "ge": "gt"}

    def shifted(guard: Expr | None) -> Expr | None:
        if isinstance(guard, Op) and guard.op in other:
            return Op(other[guard.op], guard.args, guard.type, guard.mark)
        return guard

    def row(one: model.Row) -> model.Row:
        if not one.id.startswith("incomplete.") or one.event != "retransmit":
            return one
        return evolve(one, guard=shifted(one.guard), when=shifted(one.when))

    rows = tuple(row(one) for one in machine.rows)
    by_place = {(one.id, one.event): one for one in rows}
    cells = {
        place: cell
        if isinstance(cell, model.Impossible)
        else tuple(by_place[one.id, one.event] for one in cell)
        for place, cell in machine.cells.items()
    }
    return of_class(compiled_class(evolve(machine, rows=rows, cells=cells, digest="off by one")))


FAULTS: dict[str, Callable[[], Maker]] = {
    "swapped target": swapped_target,
    "dropped emission": dropped_emission,
    "forgotten timer": forgotten_timer,
    "bound off by one": bound_off_by_one,
}
