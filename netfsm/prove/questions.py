"""What examples are asked for, cell by cell: conditions in the spec's language.

Of each row, in each of its states: that it is taken, by each of its leaves; that one conjunct of
its guard is false while the others hold; that something in its guard, or in its step where it is
taken, is at an edge (`netfsm.prove.edges`). An edge in a guard that several rows of a cell share is
asked for once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import frozen

from netfsm.prove.edges import edges
from netfsm.spec import model
from netfsm.spec.conjuncts import conjuncts, negation, reached
from netfsm.spec.expr import Expr, Name, Op, TimerRef
from netfsm.spec.pretty import pretty
from netfsm.spec.types import BOOL

__all__ = ["Kind", "Question", "Questions"]

Kind = Literal["taken", "leaf", "flip", "guard", "step"]
Path = tuple[Expr, ...]


@frozen
class Question:
    """What an example shows about `row`: all of one of `ways`, the first that can be.

    `step`: the conditions may speak of what the step makes, for `row` is taken.
    """

    kind: Kind
    row: model.Row
    says: str
    ways: tuple[Path, ...]
    step: bool = False


class Questions:
    """The questions about the cells of one machine."""

    def __init__(self, machine: model.Machine) -> None:
        """Look up names once."""
        self.machine = machine
        self.lets = {let.name: let for let in machine.lets}
        self._constants = {c.name: c for c in machine.constants}
        self._variables = {v.name: v for v in machine.variables}
        self._leaves = {(d.name, leaf.name): leaf for d in machine.decides for leaf in d.leaves}

    def of_cell(
        self, state: str, rows: tuple[model.Row, ...], *, edges: bool = True
    ) -> Iterator[Question]:
        """Every question about the cell of `state` that holds `rows`.

        Without `edges` those that a row takes by itself: that it is taken, by each of its leaves.
        """
        seen: set[str] = set()
        for row in rows:
            guard = conjuncts(row.guard, self.lets)
            yield Question("taken", row, "it is taken", (guard,), step=True)
            yield from self._leaves_of(row, guard)
            if edges:
                yield from self._flipped(row, guard)
                yield from self._guard_edges(row, guard, seen)
                yield from self._step_edges(state, row, guard)

    def _leaves_of(self, row: model.Row, guard: Path) -> Iterator[Question]:
        """Each leaf of a row that stands for several: that one is reached, `else` among them."""
        names = row.leaf.split("|")
        for name in names if len(names) > 1 else ():
            leaf = self._leaves[row.decide, name]
            way = (*guard, *conjuncts(leaf.guard, self.lets))
            yield Question("leaf", row, f"{row.decide}.{name}", (way,))

    def _flipped(self, row: model.Row, guard: Path) -> Iterator[Question]:
        """One conjunct false, the others true; at least those before it."""
        for index, part in enumerate(guard):
            false = negation(part)
            others = (*guard[:index], *guard[index + 1 :], false)
            yield Question("flip", row, pretty(false), (others, (*guard[:index], false)))

    def _guard_edges(self, row: model.Row, guard: Path, seen: set[str]) -> Iterator[Question]:
        for index, part in enumerate(guard):
            others = (*guard[:index], *guard[index + 1 :])
            seen |= {pretty(part), pretty(negation(part))}  # the flips, and the row itself
            for node, path in reached(part, self.lets):
                for says, edge in self._edges(node, seen):
                    ways = ((*others, *path, edge), (*guard[:index], *path, edge))
                    yield Question("guard", row, says, ways)

    def _step_edges(self, state: str, row: model.Row, guard: Path) -> Iterator[Question]:
        seen: set[str] = set()
        for expr, path in self._of_step(row):
            for node, below in reached(expr, self.lets, path):
                for says, edge in self._edges(node, seen):
                    way = (*guard, *below, edge)
                    yield Question("step", row, says, (way,), step=True)
        for assign in row.assigns:
            variable = self._variables[assign.variable]
            if variable.states is None or state in variable.states:
                old = Name("var", variable.name, variable.type, False, assign.mark)
                change = negation(_same(old, assign.value))
                yield Question("step", row, pretty(change), ((*guard, change),), step=True)

    def _edges(self, node: Expr, seen: set[str]) -> Iterator[tuple[str, Expr]]:
        """The edges of `node` that were not seen before, as the spec would write them."""
        for edge in edges(node, self._constants):
            says = pretty(edge)
            if says not in seen:
                seen.add(says)
                yield says, edge

    # ---- the expressions of a step

    def _of_step(self, row: model.Row) -> Iterator[tuple[Expr, Path]]:
        for assign in row.assigns:
            yield assign.value, ()
        for setting in row.timers:
            yield from _of_order(setting.timer, setting.order, (), setting)
        for part in row.emissions:
            path: Path = ()
            if part.condition is not None:
                yield part.condition, ()
                path = (part.condition,)
            values: Iterable[Expr] = (value for _, value in part.fields)
            yield from ((value, path) for value in values)
            if isinstance(part, model.Signal):
                yield from ((value, path) for value in part.key or ())


def _of_order(
    timer: str, order: model.TimerOrder, path: Path, setting: model.SetTimer
) -> Iterator[tuple[Expr, Path]]:
    """The tests that lead to an order, and what it asks: how long, and whether the timer runs."""
    if isinstance(order, model.TimerIf):
        yield order.test, path
        yield from _of_order(timer, order.then, (*path, order.test), setting)
        yield from _of_order(timer, order.orelse, (*path, negation(order.test)), setting)
        return
    yield TimerRef("armed", timer, False, BOOL, setting.mark), path
    if order.after is not None:
        yield order.after, path


def _same(a: Expr, b: Expr) -> Expr:
    return Op("eq", (a, b), BOOL, b.mark)
