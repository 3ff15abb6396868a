"""Whether two machines take the same steps: for every state that the invariants allow, all inputs.

The machines declare the same names; what may differ are rows, lets and decide lists. Steps are the
same where the same emissions go out in the same order, timers get the same orders, and the state
and all variables that have a value in it are the same. Names of rows and tags are not seen outside.
What is proved of each step holds of all runs, by induction from the same beginning.

Of machines of a scope the rows are compared apart: the same signals inside the scope go out at the
same moments, with the same values, and find the same; then the others do the same with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

from netfsm.prove.answer import SILENT, Asker, Obligation, Part, Verdict
from netfsm.prove.solver import Term, conj, disj, z3
from netfsm.prove.step import Before, Sent, Steps, Taken
from netfsm.prove.whole import Whole, has_all
from netfsm.spec import model
from netfsm.spec.expr import Call, Expr, walk

__all__ = ["changed_cells", "changed_lets", "lets_in", "same_steps"]

Cell = tuple[str, str]
Machines = Mapping[str, model.Machine]
NONE: Final[Machines] = {}


def same_steps(one: model.Machine, other: model.Machine, machines: Machines = NONE) -> Verdict:
    """`proved` where `other` takes the same steps as `one`, under the invariants of `one`.

    `one` must be proved: one row applies in each of its cells. `machines` are those of its scope,
    which must be proved too; `unknown` where one of them is not there. Raises ModuleNotFoundError
    without the extra `prove`.
    """
    if not _begin_alike(one, other):
        return "refuted"
    machines = {**machines, one.name: one}
    if one.shares is not None and not has_all(one, machines):
        return "unknown"
    pair = _Pair(one, other, machines)
    asker = Asker(pair.one.theory, SILENT)
    worst: Verdict = "proved"
    for cell in changed_cells(one, other):
        for each in pair.obligations(*cell):
            found = asker.answer(each).verdict
            if found == "refuted":
                return "refuted"
            worst = "unknown" if found == "unknown" else worst
    return worst


def changed_cells(one: model.Machine, other: model.Machine) -> tuple[Cell, ...]:
    """The cells of which a row, or a let that a row calls, is not the same in both."""
    lets = changed_lets(one, other)
    return tuple(
        cell
        for cell in dict.fromkeys((*one.cells, *other.cells))
        if _differ(one.cells.get(cell), other.cells.get(cell), lets)
    )


def _differ(one: model.Cell | None, other: model.Cell | None, lets: frozenset[str]) -> bool:
    if one != other:
        return True
    rows = one if isinstance(one, tuple) else ()
    return bool(lets) and any(lets_in(*_expressions(row)) & lets for row in rows)


def changed_lets(one: model.Machine, other: model.Machine) -> frozenset[str]:
    """The lets that differ, also through those that they call."""
    before = {let.name: let for let in one.lets}
    found: set[str] = set()
    for let in other.lets:  # in dependency order
        if before.get(let.name) != let or lets_in(let.expr) & found:
            found.add(let.name)
    return frozenset(found)


def lets_in(*exprs: Expr) -> set[str]:
    """The lets that `exprs` call by name."""
    nodes = (node for expr in exprs for node in walk(expr))
    return {node.name for node in nodes if isinstance(node, Call) and node.kind == "let"}


def _expressions(row: model.Row) -> Iterator[Expr]:
    """Every expression of a row."""
    if row.guard is not None:
        yield row.guard
    yield from (assign.value for assign in row.assigns)
    for setting in row.timers:
        yield from _of_order(setting.order)
    for part in row.emissions:
        yield from (value for _, value in part.fields)
        if part.condition is not None:
            yield part.condition
        if isinstance(part, model.Signal):
            yield from part.key or ()


def _of_order(order: model.TimerOrder) -> Iterator[Expr]:
    if isinstance(order, model.TimerIf):
        yield order.test
        yield from _of_order(order.then)
        yield from _of_order(order.orelse)
    elif order.after is not None:
        yield order.after


def _begin_alike(one: model.Machine, other: model.Machine) -> bool:
    """Whether both begin alike, and all that they declare is the same."""
    return (
        one.initial == other.initial
        and one.states == other.states
        and one.instances == other.instances
        and one.variables == other.variables
        and one.timers == other.timers
        and one.events == other.events
        and one.outputs == other.outputs
    )


class _Pair:
    """The steps of both machines in one theory: what they declare has the same names in Z3."""

    def __init__(self, one: model.Machine, other: model.Machine, machines: Machines) -> None:
        self.one = Steps(one)
        self.other = Steps(other, theory=self.one.theory)
        if one.shares is not None:
            Whole(self.one, machines)  # what is known before a step
        self._events = {event.name: event for event in one.events}

    def obligations(self, state: str, name: str) -> Iterator[Obligation]:
        """What must hold for a cell to be the same in both."""
        mine = self.one.machine.cells.get((state, name), ())
        its = self.other.machine.cells.get((state, name), ())
        if isinstance(mine, model.Impossible):
            return  # it is proved that nothing comes here
        before = self.one.before(state, self._events[name])
        if isinstance(its, model.Impossible):
            yield self._asked(before, "impossible", (z3.BoolVal(False),))
            return
        old = [self.one.take(before, row, apart=True) for row in mine]
        new = [self.other.take(before, row, apart=True) for row in its]
        yield self._asked(before, "rows", tuple(self._rows(old, new)))
        for taken in new:
            sides = [*taken.guard_sides, *taken.sides]
            goals = [z3.Implies(taken.guard, side.goal) for side in sides]
            for was in old:
                both = z3.And(was.guard, taken.guard)
                goals += [z3.Implies(both, goal) for goal in self._same(was, taken)]
            yield self._asked(before, taken.row.id, tuple(goals))

    def _asked(self, before: Before, what: str, goals: tuple[Term, ...]) -> Obligation:
        name = f"{self.one.machine.name}/{before.state}/{what}/same"
        place = self.one.machine.mark
        parts = tuple(Part("", place, goal) for goal in goals)
        return Obligation(name, "", place, what, before.assume, parts)

    def _rows(self, old: list[Taken], new: list[Taken]) -> Iterator[Term]:
        """A row of the one applies where a row of the other does, and never two."""
        yield disj([each.guard for each in old]) == disj([each.guard for each in new])
        for first, second in combinations(new, 2):
            yield z3.Not(z3.And(first.guard, second.guard))

    # ---- one row beside the other

    def _same(self, was: Taken, taken: Taken) -> Iterator[Term]:
        if was.view.after != taken.view.after:
            yield z3.BoolVal(False)
            return
        yield self._emissions(was.emissions, taken.emissions)
        yield from self._orders(was, taken)
        for variable in self.one.machine.variables:
            if self.one.in_scope(variable, was.view.after) and not self._gone(was.view.after):
                yield was.view.new[variable.name] == taken.view.new[variable.name]

    def _gone(self, state: str) -> bool:
        return state in self.one.ended and self.one.machine.instances is not None

    def _orders(self, was: Taken, taken: Taken) -> Iterator[Term]:
        for timer in self.one.machine.timers:
            mine, its = _Told(was, timer.name), _Told(taken, timer.name)
            yield mine.stopped == its.stopped
            yield mine.set == its.set
            if mine.after is not None and its.after is not None:
                yield z3.Implies(mine.set, mine.after == its.after)

    def _emissions(self, mine: tuple[Sent, ...], its: tuple[Sent, ...]) -> Term:
        """That the same go out, in the same order, of those whose conditions hold."""
        if not mine:
            return conj([z3.Not(each.condition) for each in its])
        if not its:
            return conj([z3.Not(each.condition) for each in mine])
        first, second = mine[0], its[0]
        both = z3.And(_alike(first, second), self._emissions(mine[1:], its[1:]))
        without = z3.If(second.condition, both, self._emissions(mine, its[1:]))
        return z3.If(first.condition, without, self._emissions(mine[1:], its))


class _Told:
    """What a step tells the runtime of one timer: whether it is stopped or set, and to when."""

    def __init__(self, taken: Taken, timer: str) -> None:
        orders = [(when, after) for name, when, after in taken.orders if name == timer]
        self.stopped = disj([when for when, after in orders if after is None])
        self.set = disj([when for when, after in orders if after is not None])
        self.after: Term | None = None
        for when, after in orders:
            if after is not None:
                self.after = after if self.after is None else z3.If(when, after, self.after)


def _alike(one: Sent, other: Sent) -> Term:
    """That two emissions are the same to whoever gets them."""
    if _name(one.emission) != _name(other.emission) or one.fields.keys() != other.fields.keys():
        return z3.BoolVal(False)
    if (one.key is None) != (other.key is None) or len(one.key or ()) != len(other.key or ()):
        return z3.BoolVal(False)
    pairs = list(zip(one.key or (), other.key or (), strict=True))
    pairs += [(one.fields[name], other.fields[name]) for name in one.fields]
    return conj([a == b for a, b in pairs])


def _name(part: model.Emission) -> tuple[str, ...]:
    if isinstance(part, model.Emit):
        return ("output", part.output)
    return ("signal", part.machine, part.event, str(part.inside))
