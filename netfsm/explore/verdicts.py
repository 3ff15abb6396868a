"""What exploring is held against: the properties of a composition, and what always must hold."""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field, frozen

from netfsm.explore.reasons import false_part, readings
from netfsm.explore.search import Graph, can_reach, loop_of
from netfsm.explore.values import read_names, value_of
from netfsm.explore.world import Effect, Move, State, World
from netfsm.spec.composition import Requirement
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Mark
from netfsm.spec.pretty import pretty

__all__ = ["Problem", "Test", "Verdict", "Verdicts"]

Verdict = Literal["holds", "fails", "unknown"]


@frozen
class Problem:
    """Something that should hold and does not: the code of its finding and the way to it.

    `remarks` say what is to be seen at the end of the way.
    """

    code: str
    property: str
    mark: Mark
    message: str
    way: tuple[Move, ...]
    remarks: tuple[str, ...]


class Test:
    """Whether an expression over the whole is true; asked once for all states that look alike."""

    def __init__(self, world: World, expr: Expr) -> None:
        self.expr = expr
        self._world = world
        self._known: dict[Any, bool] = {}
        composition = world.composition
        lets = {let.name: let for let in composition.lets}
        places = [place for place, _ in read_names(expr, composition.places, lets).values()]
        names = [end.name for end in composition.ends]
        self._ends = tuple(
            sorted({names.index(p.end) for p in places if p.end and p.kind != "inbox"})
        )
        self._inboxes = any(place.kind == "inbox" for place in places)
        self._done = any(not place.end for place in places)

    def __call__(self, state: State) -> bool:
        """Whether it is true in `state`."""
        ends, queues, done = state
        key = (
            tuple([ends[end] for end in self._ends]),
            tuple([len(queue) for queue in queues]) if self._inboxes else (),
            done if self._done else (),
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = bool(value_of(self.expr, self._world.look(state)))
        return found

    def why_not(self, state: State) -> tuple[str, ...]:
        """The conjunct that is false in `state`, and what it reads."""
        look = self._world.look(state)
        part = false_part(self.expr, look)
        values = ", ".join(readings(part, look))
        return (f"false: {pretty(part)}", *([f"where {values}"] if values else []))


@frozen
class _Break:
    """A property that does not hold: in which state, or after which step from it, and why."""

    requirement: Requirement
    number: int
    move: Move | None
    why: tuple[str, ...]


@define
class Verdicts:
    """Watches a search. `kinds` are the kinds of properties that count in this one."""

    world: World
    kinds: frozenset[str]
    problems: list[Problem] = field(factory=list[Problem])
    verdicts: dict[str, Verdict] = field(factory=dict[str, Verdict])
    _always: list[tuple[Requirement, Test]] = field(init=False)
    _goals: list[tuple[Requirement, Test, list[int]]] = field(init=False)
    _possible: list[tuple[Requirement, Test]] = field(init=False)
    _finally: list[tuple[Requirement, Test]] = field(init=False)
    _never: list[Requirement] = field(init=False)
    _broken: list[_Break] = field(factory=list[_Break])
    _crash: tuple[int, Move] | None = None
    _stuck: int | None = None
    _clean: dict[int, bool] = field(factory=dict[int, bool])

    def __attrs_post_init__(self) -> None:
        """Sort the properties by kind."""
        tests = self._tests
        self._always, self._possible = tests("always"), tests("possible")
        self._finally = tests("finally")
        self._goals = [(each, test, []) for each, test in tests("goal")]
        mine = self.world.composition.properties if "never" in self.kinds else ()
        self._never = [each for each in mine if each.kind == "never"]

    def _tests(self, kind: str) -> list[tuple[Requirement, Test]]:
        if kind not in self.kinds:
            return []
        return [
            (each, Test(self.world, each.holds))
            for each in self.world.composition.properties
            if each.kind == kind and each.holds is not None
        ]

    # ---- while it is searched

    def state(self, number: int, state: State) -> None:
        """Look at a new state."""
        for pair in [pair for pair in self._always if not pair[1](state)]:
            self._break(pair[0], number, None, pair[1].why_not(state))
            self._always.remove(pair)
        for _, test, states in self._goals:
            if test(state):
                states.append(number)
        if self._possible:
            self._possible = [pair for pair in self._possible if not pair[1](state)]

    def move(self, source: int, move: Move) -> bool:
        """Look at a step; false where something went wrong in it."""
        effect = move.effect
        if effect is None:
            return True
        if effect.outcome.fault:
            if self._crash is None:
                self._crash = (source, move)
            return False
        if self._never and not self._is_clean(effect):
            for each in [each for each in self._never if self._emits(each, effect)]:
                self._break(each, source, move, ())
                self._never.remove(each)
        return True

    def stuck(self, number: int, state: State) -> None:
        """Look at a state in which nothing can happen."""
        waiting = any(
            self.world.local(end, held).call is not None for end, held in enumerate(state[0])
        )
        if waiting and self._stuck is None:
            self._stuck = number
        for pair in [pair for pair in self._finally if not pair[1](state)]:
            self._break(pair[0], number, None, pair[1].why_not(state))
            self._finally.remove(pair)

    def _break(
        self, each: Requirement, number: int, move: Move | None, why: tuple[str, ...]
    ) -> None:
        self._broken.append(_Break(each, number, move, why))

    def _is_clean(self, effect: Effect) -> bool:
        """True where nothing that must not be emitted was; found out once for each effect."""
        found = self._clean.get(id(effect))
        if found is None:
            found = not any(self._emits(each, effect) for each in self._never)
            self._clean[id(effect)] = found
        return found

    def _emits(self, each: Requirement, effect: Effect) -> bool:
        for emitted in effect.outcome.emitted:
            if (emitted.slot, emitted.output) != (each.slot, each.output):
                continue
            look = self.world.look(self.world.begin, dict(emitted.fields))
            if each.holds is None or value_of(each.holds, look):
                return True
        return False

    # ---- afterwards

    def finish(self, graph: Graph) -> None:
        """Say what became of every property; unknown where not every way was gone to its end."""
        whole = graph.whole and self._crash is None
        wanted = [each for each in self.world.composition.properties if each.kind in self.kinds]
        for each in wanted:
            found = each.kind == "possible" and each not in [one for one, _ in self._possible]
            self.verdicts[each.id] = "holds" if whole or found else "unknown"
        if self._crash is not None:
            number, move = self._crash
            assert move.effect is not None
            way = (*graph.way(number), move)
            mark, fault = self.world.composition.ends[move.end].mark, move.effect.outcome.fault
            self._add(Problem("COMPOSE-CRASH", "", mark, fault, way, (fault,)))
        self._report_stuck(graph)
        for broken in self._broken:
            each, last, why = broken.requirement, broken.move, broken.why
            way = (*graph.way(broken.number), *((last,) if last is not None else ()))
            self._add(Problem("COMPOSE-ASSERT", each.id, each.mark, _broken_rule(each), way, why))
        if whole:
            self._report_missing(graph)
            self._report_goals(graph)
            self._report_loops(graph)

    def _add(self, problem: Problem) -> None:
        self.problems.append(problem)
        if problem.property:
            self.verdicts[problem.property] = "fails"

    def _report_stuck(self, graph: Graph) -> None:
        if self._stuck is None:
            return
        state = graph.states[self._stuck]
        for end, held in enumerate(state[0]):
            call = self.world.local(end, held).call
            if call is not None:
                name = self.world.composition.ends[end].name
                remark = f"nothing can happen any more, and {name} still waits to call {call.event}"
                message = f"{name} comes to no step in which it may call {call.event}"
                way = tuple(graph.way(self._stuck))
                self._add(Problem("COMPOSE-DEADLOCK", "", call.mark, message, way, (remark,)))
                return

    def _report_missing(self, graph: Graph) -> None:
        for each, test in self._possible:
            message = f"{each.id}: no state of {len(graph.states):,} has {pretty(test.expr)}"
            self._add(Problem("COMPOSE-VACUOUS", each.id, each.mark, message, (), ()))

    def _report_loops(self, graph: Graph) -> None:
        mine = self.world.composition.properties if "ends" in self.kinds else ()
        wanted = [each for each in mine if each.kind == "ends"]
        circle = loop_of(graph) if wanted else []
        for each in wanted if circle else ():
            way = graph.way(circle[0])
            last = [
                graph.between(a, b) for a, b in zip(circle, (*circle[1:], circle[0]), strict=True)
            ]
            remark = f"the last {len(last)} steps lead to where they began, and so on for ever"
            if len(last) == 1:
                remark = "the last step changes nothing, and so on for ever"
            message = f"{each.id}: there is a run without an end"
            self._add(
                Problem("COMPOSE-ENDLESS", each.id, each.mark, message, (*way, *last), (remark,))
            )

    def _lost(self, each: Requirement, graph: Graph, reached: bytearray) -> int | None:
        """The first state that leads to no goal and should."""
        asked = None if each.when is None else Test(self.world, each.when)
        missing = (number for number, here in enumerate(reached) if not here)
        return next((n for n in missing if asked is None or asked(graph.states[n])), None)

    def _report_goals(self, graph: Graph) -> None:
        for each, test, goals in self._goals:
            reached = can_reach(graph, goals)
            lost = self._lost(each, graph, reached)
            if lost is None:
                continue
            goal = pretty(test.expr)
            remark = f"from here {each.id} is unreachable: {goal}"
            message = f"{each.id}: after these steps no state can be reached that has {goal}"
            way = tuple(graph.way(lost))
            self._add(Problem("COMPOSE-UNRECOVERABLE", each.id, each.mark, message, way, (remark,)))


def _broken_rule(each: Requirement) -> str:
    if each.kind == "never":
        when = "" if each.holds is None else f" with {pretty(each.holds)}"
        return f"{each.id}: {each.slot} emits {each.output}{when}"
    assert each.holds is not None
    where = "where nothing can happen any more" if each.kind == "finally" else "in some state"
    return f"{each.id}: {where} it is not true that {pretty(each.holds)}"
