"""Mistakes in one row: what it is for, its guard, assignments, timers, emissions and target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from netfsm.conformance.mutants.edit import put
from netfsm.conformance.mutants.expressions import Variants
from netfsm.conformance.mutants.mutant import Mutant, Site
from netfsm.spec import model
from netfsm.spec.expr import Expr, Name
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.pretty import pretty

__all__ = ["RowMutants", "assigned"]

_BESIDE: Final = ("if", "tag")


@frozen
class RowMutants:
    """The mutants of one row: `node` is its mapping, `row` how the original was read."""

    site: Site
    node: Mapping
    row: model.Row | None
    machine: model.Machine

    def all(self) -> Iterator[Mutant]:
        """Every mutant of the row, in the order in which a row is written."""
        yield self.site.drop("drop", f"{self._head()} dropped")
        yield from self._events()
        if self.row is None:
            return  # it says that a cell is impossible: there is nothing else in it
        yield from self._leaf()
        yield from self._when()
        yield from self._use()
        yield from self._do()
        yield from self._emit()
        yield from self._refusal()
        yield from self._to()

    def _head(self) -> str:
        """`resolve ignored`, `claim goes to WAITING`: the row in a few words."""
        event = self.site.text("event") or ", ".join(_texts(self.node.get("event")))
        for verdict in ("ignore", "impossible"):
            if self.node.get(verdict) is not None:
                return f"row ({verdict} {event})"
        return f"row ({event})"

    @property
    def _variants(self) -> Variants:
        return Variants(self.machine)

    # ---- which cell, and when

    def _events(self) -> Iterator[Mutant]:
        event = self.node.get("event")
        if isinstance(event, Sequence) and len(event.items) > 1:
            for index, name in enumerate(_texts(event)):
                yield self.site.drop(f"event/{name}/drop", f"event: {name} dropped", "event", index)

    def _leaf(self) -> Iterator[Mutant]:
        leaf = self.node.get("leaf")
        if leaf is not None:
            yield self.site.drop("leaf/drop", f"leaf: {', '.join(_texts(leaf))} dropped", "leaf")

    def _when(self) -> Iterator[Mutant]:
        assert self.row is not None
        if self.row.when is None:
            return
        yield self.site.drop("when/drop", f"when: {self.site.text('when')} dropped", "when")
        yield from self.site.each("when", self._variants.of(self.row.when), "when")

    # ---- what it does

    def _use(self) -> Iterator[Mutant]:
        for index, name in enumerate(_texts(self.node.get("use"))):
            below = ("use", index) if isinstance(self.node.get("use"), Sequence) else ("use",)
            yield self.site.drop(f"use/{name}/drop", f"use: {name} dropped", *below)

    def _do(self) -> Iterator[Mutant]:
        assert self.row is not None
        yield from assigned(self.site, "do", self.node.get("do"), self.row, self.machine)

    # ---- what it sends

    def _emit(self) -> Iterator[Mutant]:
        assert self.row is not None
        emit = self.node.get("emit")
        if not isinstance(emit, Sequence):
            return
        for index, (item, part) in enumerate(zip(emit.items, self.row.emissions, strict=True)):
            assert isinstance(item, Mapping)
            where = f"emit/{index + 1}"
            yield self.site.drop(f"{where}/drop", f"emit: {_sent(item)} dropped", "emit", index)
            if part.condition is not None:
                text = self.site.text("emit", index, "if")
                says = f"emit {_sent(item)}: if {text} dropped"
                yield self.site.drop(f"{where}/if/drop", says, "emit", index, "if")
                changes = self._variants.of(part.condition)
                yield from self.site.each(f"{where}/if", changes, "emit", index, "if")
            if isinstance(part, model.Signal):
                yield from self._signal(where, index, item, part)
                yield from self._fields(where, part, "emit", index, "with")
            else:
                yield from self._fields(where, part, "emit", index, part.output)

    def _signal(
        self, where: str, index: int, item: Mapping, part: model.Signal
    ) -> Iterator[Mutant]:
        """The signal to another instance: each part of the key once another parameter."""
        node = item.get("signal")
        assert isinstance(node, Scalar)
        for number, key in enumerate(part.key or (), 1):
            other = self._other_parameter(key)
            if other is not None:
                keys = [pretty(each) for each in part.key or ()]
                keys[number - 1] = other
                text = f"{part.machine}[{', '.join(keys)}].{part.event}"
                says = f"emit: signal {node.text} -> {text}"
                yield self.site.put(
                    f"{where}/key/{number}/other", says, text, "emit", index, "signal"
                )

    def _refusal(self) -> Iterator[Mutant]:
        """An error or a refusal that nobody is told of, or that tells something else."""
        assert self.row is not None
        for verdict in ("error", "drop"):
            node = self.node.get(verdict)
            if node is None:
                continue
            path = self.site.path
            silent = put(self.site.root, (*path, "ignore"), "nobody is told")
            root = Site(self.site.machine, "", self.site.mark, silent, path)
            told = root.drop("", "", verdict).root
            yield self.site.changed(f"{verdict}/drop", f"{verdict}: {_names(node)} dropped", told)
            for part in self.row.emissions:
                assert isinstance(part, model.Emit)
                if isinstance(node, Mapping):
                    yield from self._fields(verdict, part, verdict, part.output)

    def _fields(self, where: str, part: model.Emission, *below: str | int) -> Iterator[Mutant]:
        """Each field with a mistake in its expression, or exchanged with the next of its type."""
        fields = [each for each in part.fields if self.site.text(*below, each[0])]
        label = where.replace("/", " ")
        for index, (name, value) in enumerate(fields):
            mine = self.site.text(*below, name)
            changes = self._variants.of(value)
            yield from self.site.each(f"{where}/{name}", changes, *below, name)
            partner = next((o for o, v in fields[index + 1 :] if _alike(v, value)), None)
            another = self._other_parameter(value)
            if partner is not None:
                its = self.site.text(*below, partner)
                says = f"{label}: {name}: {mine} and {partner}: {its} exchanged"
                root = put(self.site.root, (*self.site.path, *below, name), its)
                root = put(root, (*self.site.path, *below, partner), mine)
                yield self.site.changed(f"{where}/{name}/exchange/{partner}", says, root)
            elif another is not None:
                says = f"{label}: {name}: {mine} -> {another}"
                yield self.site.put(f"{where}/{name}/other", says, another, *below, name)

    def _other_parameter(self, expr: Expr) -> str | None:
        assert self.row is not None
        return other_parameter(expr, self.row, self.machine)

    # ---- where it leads

    def _to(self) -> Iterator[Mutant]:
        assert self.row is not None
        row, names = self.row, [s.name for s in self.machine.states]
        if row.verdict != "step" or len(names) < 2:
            return
        if row.to is None:
            target = names[(names.index(row.states[-1]) + 1) % len(names)]
            yield self.site.put(f"to/{target}", f"to: {target} added", target, "to")
            return
        yield self.site.drop("to/drop", f"to: {row.to} dropped", "to")
        place = names.index(row.to)
        for step in dict.fromkeys((1, -1 % len(names))):
            target = names[(place + step) % len(names)]
            yield self.site.put(f"to/{target}", f"to: {row.to} -> {target}", target, "to")


def assigned(
    site: Site, what: str, node: Node | None, row: model.Row, machine: model.Machine
) -> Iterator[Mutant]:
    """Each assignment of a `do` or a block dropped, and with a mistake in what is assigned.

    `what` is `do`, or "" where the site is the block itself.
    """
    below = (what,) if what else ()
    values = {each.variable: each.value for each in row.assigns}
    orders = {each.timer: each.order for each in row.timers}
    variants = Variants(machine)
    for key, _ in node.items if isinstance(node, Mapping) else ():
        name = key.text
        where, label = "/".join((*below, name)), " ".join((*below, name))
        text = site.text(*below, name)
        yield site.drop(f"{where}/drop", f"{label}: {text} dropped", *below, name)
        if name in orders:
            yield from site.each(where, variants.of_order(orders[name]), *below, name)
        elif name in values:
            yield from site.each(where, variants.of(values[name]), *below, name)
            other = other_parameter(values[name], row, machine)
            if other is not None:
                yield site.put(f"{where}/other", f"{label}: {text} -> {other}", other, *below, name)


def other_parameter(expr: Expr, row: model.Row, machine: model.Machine) -> str | None:
    """Another parameter of the row's event with the type of `expr`, which is one; the next."""
    if not isinstance(expr, Name) or expr.kind != "param":
        return None
    same = [name for name, kind in machine.event(row.event).inputs if kind == expr.type]
    if len(same) < 2 or expr.name not in same:
        return None
    return same[(same.index(expr.name) + 1) % len(same)]


def _texts(node: Node | None) -> list[str]:
    if isinstance(node, Scalar):
        return [node.text]
    items = node.items if isinstance(node, Sequence) else ()
    return [item.text for item in items if isinstance(item, Scalar)]


def _sent(item: Mapping) -> str:
    """The name of an emission: its output, or the signal."""
    signal = item.get("signal")
    if isinstance(signal, Scalar):
        return f"signal {signal.text}"
    return next(key.text for key, _ in item.items if key.value not in _BESIDE)


def _alike(one: Expr, other: Expr) -> bool:
    """Of one type, and not the same."""
    return one.type == other.type and one != other


def _names(node: Node) -> str:
    if isinstance(node, Mapping):
        return next(key.text for key, _ in node.items)
    return node.text if isinstance(node, Scalar) else ""
