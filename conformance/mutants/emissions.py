"""Mistakes in what a row or a block sends: emissions, their conditions, fields and keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from netfsm.conformance.mutants.edit import node_at, put
from netfsm.conformance.mutants.expressions import Variants
from netfsm.conformance.mutants.mutant import Mutant, Site
from netfsm.spec import model
from netfsm.spec.expr import Expr, Name
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.pretty import pretty

__all__ = ["EmissionMutants", "other_parameter"]

_BESIDE: Final = ("if", "tag")
Steps = tuple[str | int, ...]


@frozen
class EmissionMutants:
    """The mutants of what `site` sends; `row` tells how its expressions are read."""

    site: Site
    row: model.Row
    machine: model.Machine

    def listed(self, emit: Node | None, parts: tuple[model.Emission, ...]) -> Iterator[Mutant]:
        """Those of an `emit` list, `parts` being its emissions as they were read."""
        items = emit.items if isinstance(emit, Sequence) else ()
        for index, (item, part) in enumerate(zip(items, parts, strict=True)):
            where, below = f"emit/{index + 1}", ("emit", index)
            yield self.site.drop(f"{where}/drop", f"emit: {_sent(item)} dropped", *below)
            if part.condition is not None:
                text = self.site.text(*below, "if")
                says = f"emit {_sent(item)}: if {text} dropped"
                yield self.site.drop(f"{where}/if/drop", says, *below, "if")
                changes = Variants(self.machine).of(part.condition)
                yield from self.site.each(f"{where}/if", changes, *below, "if")
            if isinstance(part, model.Signal):
                yield from self._key(where, (*below, "signal"), part)
                yield from self.fields(where, part, *below, "with")
            else:
                yield from self.fields(where, part, *below, part.output)

    def fields(self, where: str, part: model.Emission, *below: str | int) -> Iterator[Mutant]:
        """Each field with a mistake in its expression, or exchanged with the next of its type."""
        fields = [each for each in part.fields if self.site.text(*below, each[0])]
        label = where.replace("/", " ")
        for index, (name, value) in enumerate(fields):
            mine = self.site.text(*below, name)
            changes = Variants(self.machine).of(value)
            yield from self.site.each(f"{where}/{name}", changes, *below, name)
            partner = next((o for o, v in fields[index + 1 :] if _alike(v, value)), None)
            another = other_parameter(value, self.row, self.machine)
            if partner is not None:
                its = self.site.text(*below, partner)
                says = f"{label}: {name}: {mine} and {partner}: {its} exchanged"
                root = put(self.site.root, (*self.site.path, *below, name), its)
                root = put(root, (*self.site.path, *below, partner), mine)
                yield self.site.changed(f"{where}/{name}/exchange/{partner}", says, root)
            elif another is not None:
                says = f"{label}: {name}: {mine} -> {another}"
                yield self.site.put(f"{where}/{name}/other", says, another, *below, name)
        for name, _ in part.fields:
            yield from self._flags(where, (*below, name), name)

    def _flags(self, where: str, below: Steps, name: str) -> Iterator[Mutant]:
        """A field of flags that is a list: each member left out."""
        node = node_at(self.site.root, (*self.site.path, *below))
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            assert isinstance(item, Scalar)
            assert isinstance(node, Sequence)
            rest = Sequence((*node.items[:index], *node.items[index + 1 :]), node.mark)
            says = f"{where.replace('/', ' ')} {name}: {item.text} dropped"
            yield self.site.put(f"{where}/{name}/{item.text}/drop", says, rest, *below)

    def _key(self, where: str, below: Steps, part: model.Signal) -> Iterator[Mutant]:
        """The signal to another instance: each part of the key once another parameter."""
        for number, key in enumerate(part.key or (), 1):
            other = other_parameter(key, self.row, self.machine)
            if other is not None:
                keys = [pretty(each) for each in part.key or ()]
                keys[number - 1] = other
                text = f"{part.machine}[{', '.join(keys)}].{part.event}"
                says = f"emit: signal {self.site.text(*below)} -> {text}"
                yield self.site.put(f"{where}/key/{number}/other", says, text, *below)


def other_parameter(expr: Expr, row: model.Row, machine: model.Machine) -> str | None:
    """Another parameter of the row's event with the type of `expr`, which is one; the next."""
    if not isinstance(expr, Name) or expr.kind != "param":
        return None
    same = [name for name, kind in machine.event(row.event).inputs if kind == expr.type]
    if len(same) < 2 or expr.name not in same:
        return None
    return same[(same.index(expr.name) + 1) % len(same)]


def _sent(item: Node) -> str:
    """The name of an emission: its output, or the signal."""
    if isinstance(item, Scalar):
        return item.text
    assert isinstance(item, Mapping)
    signal = item.get("signal")
    if isinstance(signal, Scalar):
        return f"signal {signal.text}"
    return next(key.text for key, _ in item.items if key.value not in _BESIDE)


def _alike(one: Expr, other: Expr) -> bool:
    """Of one type, and not the same."""
    return one.type == other.type and one != other
