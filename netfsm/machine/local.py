"""Lets as locals of a function: only those that are really read are computed, in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import evolve

from netfsm.machine.emit_expr import Place, Text, Writer
from netfsm.machine.layout import Layout
from netfsm.machine.plan import Plan, Planner
from netfsm.machine.source import Source
from netfsm.spec.findings import Mark


class Locals:
    """Writes the locals that lets become."""

    def __init__(self, layout: Layout, writer: Writer, planner: Planner) -> None:
        self._layout = layout
        self._write = writer
        self._planner = planner

    def place(self, where: Place, plan: Plan) -> Place:
        """`where` with all locals of `plan`, as if they were computed already."""
        planned = {name: self._layout.local(name) for name in plan.locals}
        return evolve(where, lets={**planned, **where.lets}, once=plan.once)

    def define(
        self, used: Collection[str], plan: Plan, where: Place, source: Source
    ) -> Mapping[str, str]:
        """Add the locals among the names `used`, and those that they read, unless `where` has them.

        Gives all that are there now.
        """
        needed = set(used)
        whole = self.place(where, plan)
        texts: list[tuple[str, Text, Mark]] = []
        for name in reversed(plan.locals):
            if self._layout.local(name) not in needed or name in where.lets:
                continue
            with self._write.recording() as read:
                let = self._planner.let(name)
                texts.append((name, self._write.write(let.expr, whole), let.mark))
            needed |= read
        there = dict(where.lets)
        for name, text, mark in reversed(texts):
            there[name] = self._layout.local(name)
            source.statement(f"{there[name]} = ", text, mark=mark)
        return there
