"""From a cell to a function that finds the row whose guard is true.

Guards of a cell exclude one another, so their order is free. Where all rows hang on one `decide`
list they are tested in its order, each leaf once, which is what their flat guards mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from netfsm.machine.emit_expr import Place, Writer
from netfsm.machine.facts import told
from netfsm.machine.layout import Layout, row_expressions
from netfsm.machine.local import Locals
from netfsm.machine.plan import Plan, Planner
from netfsm.machine.source import Source
from netfsm.spec import model
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Mark


@frozen
class Test:
    """A test and what follows where it is true: a row, or further tests. None is always true."""

    test: Expr | None
    mark: Mark
    then: model.Row | tuple[Test, ...]


class CellWriter:
    """Writes the functions of one machine's cells."""

    def __init__(self, layout: Layout, writer: Writer, planner: Planner) -> None:
        self._layout = layout
        self._write = writer
        self._planner = planner
        self._decides = {decide.name: decide for decide in layout.machine.decides}
        self._locals = Locals(layout, writer, planner)
        self._sites: dict[str, set[str]] = {}
        self.passed: dict[str, tuple[str, ...]] = {}

    def sites(self) -> dict[str, set[str] | None]:
        """For each row the lets that every cell has computed when it comes to it.

        None for a row that stands in a table, where no cell comes before it.
        """
        self._sites = {}
        for (state, event), cell in self._layout.machine.cells.items():
            if isinstance(cell, tuple) and self.straight(cell) is None:
                self.body(state, event, cell)
        found: dict[str, set[str] | None] = {**self._sites}
        for cell in self._layout.machine.cells.values():
            if isinstance(cell, tuple) and self.straight(cell) is not None:
                found[cell[0].id] = None
        return found

    def straight(self, cell: model.Cell | None) -> str | None:
        """The function that stands in the table itself: a lone row's, or none at all."""
        if cell is None:
            return "disabled"
        if isinstance(cell, tuple) and len(cell) == 1 and cell[0].guard is None:
            return self._layout.row(cell[0])
        return None

    def body(self, state: str, event: str, cell: model.Cell) -> Source:
        """The body of the function of a cell, indented, without its head."""
        source = Source()
        with source.indented():
            if isinstance(cell, model.Impossible):
                source.add(f"impossible(self, {event!r}, {cell.reason!r})", cell.mark)
                return source
            tests = self._tests(cell)
            later = [expr for row in cell for expr in row_expressions(row)]
            plan = self._planner.plan([*_exprs(tests), *later], (state,))
            where = Place((state,))
            if not self._chain(tests, event, plan, where, source):
                self._otherwise(event, cell[0].mark, source)
        return source

    def arguments(self, event: str, cell: model.Cell) -> tuple[str, ...]:
        """The arguments of a cell's function."""
        if isinstance(cell, model.Impossible):
            return "self", "*_inputs"
        return ("self", *self._layout.arguments[event])

    # ---- the order of the tests

    def _tests(self, rows: Sequence[model.Row]) -> tuple[Test, ...]:
        leaves = {row.decide: self._leaves(row.decide) for row in rows if row.decide}
        folded = len(leaves) == 1 and all(
            leaves[row.decide].issuperset(_leaves(row)) for row in rows if row.decide
        )
        if not folded:
            return tuple(Test(row.guard, row.mark, row) for row in rows)
        loose = [Test(row.guard, row.mark, row) for row in rows if not row.decide]
        decide = self._decides[next(iter(leaves))]
        return (*loose, *(self._leaf(leaf, rows) for leaf in decide.leaves))

    def _leaves(self, decide: str) -> set[str]:
        return {leaf.name for leaf in self._decides[decide].leaves}

    def _leaf(self, leaf: model.Leaf, rows: Sequence[model.Row]) -> Test:
        mine = [row for row in rows if row.decide and leaf.name in _leaves(row)]
        if len(mine) == 1 and mine[0].when is None:
            return Test(leaf.test, leaf.mark, mine[0])
        inner = tuple(Test(row.when, row.mark, row) for row in mine)
        return Test(leaf.test, leaf.mark, inner)

    # ---- statements

    def _chain(
        self,
        tests: Sequence[Test],
        event: str,
        plan: Plan,
        where: Place,
        source: Source,
    ) -> bool:
        """Add tests one after another; True where one of them is always true."""
        for test in tests:
            if test.test is None:
                return self._then(test, event, plan, where, source)
            with self._write.recording() as read:
                text = self._write.write(test.test, self._locals.place(where, plan))
            if text.code == "False":
                continue
            if text.code == "True":
                return self._then(test, event, plan, where, source)
            where = evolve(where, lets=self._locals.define(read, plan, where, source))
            source.statement("if ", text, ":", test.mark)
            inner = evolve(where, facts=told(test.test, where.facts, holds=True))
            with source.indented():
                if not self._then(test, event, plan, inner, source):
                    self._otherwise(event, test.mark, source)
            where = evolve(where, facts=told(test.test, where.facts, holds=False))
        return False

    def _then(self, test: Test, event: str, plan: Plan, where: Place, source: Source) -> bool:
        if isinstance(test.then, tuple):
            return self._chain(test.then, event, plan, where, source)
        row = test.then
        self._sites[row.id] = set(where.lets) & self._sites.get(row.id, set(where.lets))
        given = ("self", *self.passed.get(row.id, ()))
        source.call(f"return {self._layout.row(row)}(", given, ")", row.mark)
        return True

    def _otherwise(self, event: str, mark: Mark, source: Source) -> None:
        completion = self._layout.machine.event(event).kind == "completion"
        source.add("return None" if completion else f"hole(self, {event!r})", mark)


def _leaves(row: model.Row) -> list[str]:
    return row.leaf.split("|")


def _exprs(tests: Sequence[Test]) -> list[Expr]:
    found: list[Expr] = []
    for test in tests:
        found += [test.test] if test.test is not None else []
        if isinstance(test.then, tuple):
            found += _exprs(test.then)
    return found
