"""Mistakes in one row: what it is for, its guard, assignments, timers, emissions and target."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from netfsm.conformance.mutants.edit import put
from netfsm.conformance.mutants.emissions import EmissionMutants, other_parameter
from netfsm.conformance.mutants.expressions import Variants
from netfsm.conformance.mutants.mutant import Mutant, Site
from netfsm.spec import model
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence

__all__ = ["RowMutants", "assigned"]


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
        """The row's own emissions; those of its blocks go out before them."""
        assert self.row is not None
        emit = self.node.get("emit")
        if isinstance(emit, Sequence):
            own = self.row.emissions[len(self.row.emissions) - len(emit.items) :]
            yield from self._sends.listed(emit, own)

    @property
    def _sends(self) -> EmissionMutants:
        assert self.row is not None
        return EmissionMutants(self.site, self.row, self.machine)

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
                    yield from self._sends.fields(verdict, part, verdict, part.output)

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
        if name not in orders and name not in values:
            continue  # a block's emissions
        where, label = "/".join((*below, name)), " ".join((*below, name))
        text = site.text(*below, name)
        yield site.drop(f"{where}/drop", f"{label}: {text} dropped", *below, name)
        if name in orders:
            yield from site.each(where, variants.of_order(orders[name]), *below, name)
        else:
            yield from site.each(where, variants.of(values[name]), *below, name)
            other = other_parameter(values[name], row, machine)
            if other is not None:
                yield site.put(f"{where}/other", f"{label}: {text} -> {other}", other, *below, name)


def _texts(node: Node | None) -> list[str]:
    if isinstance(node, Scalar):
        return [node.text]
    items = node.items if isinstance(node, Sequence) else ()
    return [item.text for item in items if isinstance(item, Scalar)]


def _names(node: Node) -> str:
    if isinstance(node, Mapping):
        return next(key.text for key, _ in node.items)
    return node.text if isinstance(node, Scalar) else ""
