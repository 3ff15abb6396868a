"""From what a row does to its timers to Python: flags on the machine, orders in the result."""

from __future__ import annotations

from attrs import evolve, frozen

from netfsm.machine.constants import Constants, fixed
from netfsm.machine.emit_expr import SUM, Place, Writer
from netfsm.machine.layout import Layout, identifier
from netfsm.machine.source import Source
from netfsm.spec import model
from netfsm.spec.expr import Expr, Op
from netfsm.spec.findings import Mark

_STOP = model.TimerStep("stop", None)


@frozen
class _Branch:
    """An order that hangs on a test; either side may do nothing."""

    test: Expr
    then: model.TimerStep | _Branch | None
    orelse: model.TimerStep | _Branch | None


_Order = model.TimerStep | _Branch


def settings(layout: Layout, row: model.Row) -> list[model.SetTimer]:
    """What the row says of timers, then a stop for each that leaves its scope with this row."""
    said = list(row.timers)
    if row.to is None or row.states == (row.to,):
        return said
    named = {setting.timer for setting in said}
    for timer in layout.machine.timers:
        mine = not timer.shared or timer.owner == layout.machine.name
        scope = timer.states if timer.states is not None else frozenset(layout.states)
        stays = row.to in scope and row.to not in layout.ended
        if mine and not stays and timer.name not in named and scope & set(row.states):
            said.append(model.SetTimer(timer.name, _STOP, row.mark))
    return said


class Timers:
    """Writes the timer part of rows. Orders that never change become constants of the module."""

    def __init__(self, layout: Layout, writer: Writer, constants: Constants) -> None:
        self._layout = layout
        self._write = writer
        self._constants = constants
        self._timers = {timer.name: timer for timer in layout.machine.timers}

    def write(self, row: model.Row, where: Place, source: Source) -> str:
        """Add the statements of all timers of `row`; gives the text of the tuple of orders."""
        asked: list[tuple[model.SetTimer, _Order]] = []
        for setting in settings(self._layout, row):
            order = self._settled(setting.order, setting.timer, row)
            if order is not None:
                asked.append((setting, order))
        if len(asked) == 1 and isinstance(asked[0][1], model.TimerStep):
            step = asked[0][1]
            if step.order == "restart" and step.after is not None and fixed(step.after):
                return self._run(asked[0][0].timer, step, where, source, asked[0][0].mark)
        if not asked:
            return "()"
        sign = "="
        if not (isinstance(asked[0][1], model.TimerStep) and asked[0][1].order == "restart"):
            source.add("orders = ()")
        for setting, order in asked:
            self._order(setting, order, where, source, sign)
            sign = "+="
        return "orders"

    def _settled(self, order: model.TimerOrder, timer: str, row: model.Row) -> _Order | None:
        """`order` with what is known before the step: a timer that fired or is out of scope."""
        if isinstance(order, model.TimerIf):
            then = self._settled(order.then, timer, row)
            orelse = self._settled(order.orelse, timer, row)
            return None if then is orelse is None else _Branch(order.test, then, orelse)
        if order.order == "keep" or (order.order == "stop" and self._idle(timer, row)):
            return None
        if order.order == "start" and self._idle(timer, row):
            return evolve(order, order="restart")
        return order

    def _idle(self, timer: str, row: model.Row) -> bool:
        """True where the timer can't run before the step of `row`."""
        fired = row.event == timer and self._layout.machine.event(row.event).kind == "timer"
        scope = self._timers[timer].states
        if self._timers[timer].shared:
            return fired
        absent = self._layout.ended.issuperset(row.states)
        return fired or absent or (scope is not None and not scope & set(row.states))

    def _order(
        self, setting: model.SetTimer, order: _Order, where: Place, source: Source, sign: str
    ) -> None:
        timer = setting.timer
        flag = self._layout.flag(timer)
        if isinstance(order, _Branch):
            self._branch(setting, order, where, source, sign)
        elif order.order == "stop":
            with source.block(f"if {flag}:", setting.mark):
                source.add(f"{flag} = False")
                stop = self._constants.name(f"STOP_{_upper(timer)}", f"(({timer!r}, None),)")
                source.add(f"orders {sign} {stop}")
        elif order.order == "start":
            with source.block(f"if not {flag}:", setting.mark):
                source.add(f"orders {sign} {self._run(timer, order, where, source, setting.mark)}")
        else:
            source.add(f"orders {sign} {self._run(timer, order, where, source, setting.mark)}")

    def _branch(
        self, setting: model.SetTimer, order: _Branch, where: Place, source: Source, sign: str
    ) -> None:
        test, then, orelse = order.test, order.then, order.orelse
        if then is None:
            test = Op("not", (test,), test.type, test.mark)
            then, orelse = orelse, None
        if then is not None:
            source.statement("if ", self._write.write(test, where), ":", setting.mark)
            with source.indented():
                self._order(setting, then, where, source, sign)
        if orelse is not None:
            with source.block("else:", setting.mark):
                self._order(setting, orelse, where, source, sign)

    def _run(
        self, timer: str, step: model.TimerStep, where: Place, source: Source, mark: Mark
    ) -> str:
        """Add the statements that set a timer going; gives the text of its tuple of one order."""
        assert step.after is not None  # the loader gives every start its duration
        source.add(f"{self._layout.flag(timer)} = True", mark)
        after = self._write(step.after, where)
        if timer in self._layout.deadlines:
            late = self._write.at(step.after, where, SUM)
            source.add(f"{self._layout.deadline(timer)} = {self._write.now()} + {late}", mark)
        text = f"(({timer!r}, {after}),)"
        if fixed(step.after):
            return self._constants.name(f"RUN_{_upper(timer)}", text)
        return text


def _upper(timer: str) -> str:
    return identifier(timer).upper()
