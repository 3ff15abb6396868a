"""What names a clause: every part of a spec that has a `ref:`, with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from netfsm.spec.composition import Composition
from netfsm.spec.declarations import Declarations
from netfsm.spec.findings import Mark
from netfsm.spec.formats import Format
from netfsm.spec.load import Spec
from netfsm.spec.model import Layer, Machine, Ref, Scope
from netfsm.spec.registers import RegisterMap

__all__ = ["CITING", "Cited", "cited"]

CITING: Final = ("layer", "format", "machine", "scope", "compose", "registers")
"""The kinds of specs that have such parts; what a chapter says stands in its machine."""


@frozen
class Cited:
    """Something of a spec that has a name, a place and references."""

    kind: str
    name: str
    says: str
    refs: tuple[Ref, ...]
    mark: Mark


def cited(specs: Iterable[Spec]) -> list[Cited]:
    """Every row, impossible cell, property, constant, timer, field and option of `specs`, once."""
    found = (each for spec in specs for each in _of(spec))
    return list({(each.kind, each.name): each for each in found}.values())


def _of(spec: Spec) -> Iterator[Cited]:
    match spec:
        case Machine():
            yield from _of_machine(spec)
        case Layer():
            for constant in spec.constants:
                name = f"{spec.name}.{constant.name}"
                yield Cited("constant", name, constant.says, constant.refs, constant.mark)
        case Format():
            yield from _of_format(spec)
        case Scope():
            yield from _of_scope(spec)
        case Composition():
            for each in spec.properties:
                yield Cited(
                    "composition", f"{spec.name}/{each.id}", each.says, each.refs, each.mark
                )
        case RegisterMap():
            for one in spec.registers:
                yield Cited("register", f"{spec.name}.{one.name}", one.says, one.refs, one.mark)
        case Declarations():
            return


def _of_machine(machine: Machine) -> Iterator[Cited]:
    named = f"{machine.name}/"
    for row in machine.rows:
        yield Cited("row", named + row.id, row.says, row.refs, row.mark)
    for cell in machine.impossibles:
        yield Cited("impossible", named + cell.id, cell.reason, (), cell.mark)
    for each in machine.properties:
        yield Cited(each.kind, named + each.id, "", each.refs, each.mark)
    for timer in machine.timers:
        if not timer.shared:
            yield Cited("timer", f"{machine.name}.{timer.name}", timer.says, timer.refs, timer.mark)
    for constant in machine.constants:
        if constant.mark.file == machine.mark.file:
            name = f"{machine.name}.{constant.name}"
            yield Cited("constant", name, constant.says, constant.refs, constant.mark)
    if machine.shares is not None:
        yield from _of_scope(machine.shares)


def _of_scope(scope: Scope) -> Iterator[Cited]:
    for timer in scope.timers:
        yield Cited("timer", f"{scope.name}.{timer.name}", timer.says, timer.refs, timer.mark)
    for joint in scope.invariants:
        yield Cited("invariant", f"{scope.name}/{joint.id}", "", joint.refs, joint.mark)


def _of_format(layout: Format) -> Iterator[Cited]:
    named = f"{layout.name}."
    yield Cited("format", layout.name, layout.title, layout.refs, layout.mark)
    for each in layout.fields:
        yield Cited("field", named + each.name, each.says, each.refs, each.mark)
    if layout.variants is not None:
        for variant in layout.variants.cases:
            yield Cited("variant", named + variant.name, variant.says, variant.refs, variant.mark)
            for each in variant.fields:
                name = f"{named}{variant.name}.{each.name}"
                yield Cited("field", name, each.says, each.refs, each.mark)
    if layout.options is not None:
        for option in layout.options.options:
            yield Cited("option", named + option.name, option.says, option.refs, option.mark)
    for check in layout.checks:
        yield Cited("check", named + check.drop, check.says, check.refs, check.mark)
