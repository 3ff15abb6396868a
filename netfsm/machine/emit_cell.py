"""From a cell to a function that finds the row whose guard is true.

Guards of a cell exclude one another, so their order is free. Where all rows hang on one `decide`
list they are tested in its order, each leaf once, which is what their flat guards mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from netfsm.machine.emit_expr import Place, Writer
from netfsm.machine.layout import Layout
from netfsm.machine.plan import Plan, Planner
from netfsm.machine.source import Source
from netfsm.spec import model
from netfsm.spec.expr import Expr


@frozen
class Test:
    """A test and what follows where it is true: a row, or further tests. None is always true."""

    test: Expr | None
    mark: model.Mark
    then: model.Row | tuple[Test, ...]


class CellWriter:
    """Writes the functions of one machine's cells."""

    def __init__(self, layout: Layout, writer: Writer, planner: Planner) -> None:
        self._layout = layout
        self._write = writer
        self._planner = planner
        self._decides = {decide.name: decide for decide in layout.machine.decides}

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
            plan = self._planner.plan(list(_exprs(tests)), (state,))
            where = Place((state,), once=plan.once)
            if not self._chain(tests, event, plan, where, source):
                self._otherwise(event, cell[0].mark, source)
        return source

    def head(self, event: str, cell: model.Cell) -> str:
        """The arguments of a cell's function."""
        if isinstance(cell, model.Impossible):
            return "self, *_inputs"
        return ", ".join(("self", *self._layout.arguments[event]))

    # ---- the order of the tests

    def _tests(self, rows: Sequence[model.Row]) -> tuple[Test, ...]:
        leaves = {row.decide: self._leaves(row.decide) for row in rows if row.decide}
        folded = len(leaves) == 1 and all(
            row.leaf in leaves[row.decide] for row in rows if row.decide
        )
        if not folded:
            return tuple(Test(row.guard, row.mark, row) for row in rows)
        loose = [Test(row.guard, row.mark, row) for row in rows if not row.decide]
        decide = self._decides[next(iter(leaves))]
        return (*loose, *(self._leaf(leaf, rows) for leaf in decide.leaves))

    def _leaves(self, decide: str) -> set[str]:
        return {leaf.name for leaf in self._decides[decide].leaves}

    def _leaf(self, leaf: model.Leaf, rows: Sequence[model.Row]) -> Test:
        mine = [row for row in rows if row.decide and row.leaf == leaf.name]
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
            where = self._compute(test.test, plan, where, source)
            text = self._write.write(test.test, where)
            if text.code == "False":
                continue
            if text.code == "True":
                return self._then(test, event, plan, where, source)
            source.statement("if ", text, ":", test.mark)
            with source.indented():
                if not self._then(test, event, plan, where, source):
                    self._otherwise(event, test.mark, source)
        return False

    def _then(
        self, test: Test, event: str, plan: Plan, where: Place, source: Source
    ) -> bool:
        if isinstance(test.then, tuple):
            return self._chain(test.then, event, plan, where, source)
        given = ", ".join(("self", *self._layout.arguments[event]))
        source.add(f"return {self._layout.row(test.then)}({given})", test.then.mark)
        return True

    def _compute(self, expr: Expr, plan: Plan, where: Place, source: Source) -> Place:
        """Add the locals that `expr` needs and that are not there yet."""
        for name in self._planner.needed(expr, plan):
            if name not in where.lets:
                let = self._planner.let(name)
                local = self._layout.local(name)
                source.statement(f"{local} = ", self._write.write(let.expr, where), mark=let.mark)
                where = evolve(where, lets={**where.lets, name: local})
        return where

    def _otherwise(self, event: str, mark: model.Mark, source: Source) -> None:
        completion = self._layout.machine.event(event).kind == "completion"
        source.add("return None" if completion else f"hole(self, {event!r})", mark)


def _exprs(tests: Sequence[Test]) -> list[Expr]:
    found: list[Expr] = []
    for test in tests:
        found += [test.test] if test.test is not None else []
        if isinstance(test.then, tuple):
            found += _exprs(test.then)
    return found
