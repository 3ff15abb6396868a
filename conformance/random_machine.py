"""Random walks: a Hypothesis state machine made from a spec, its model the interpreter.

One class a machine, made once, its name holding the hash of the spec: Hypothesis keys its examples
by the name. One dispatcher rule draws from what the state allows; `tick` is always enabled and
lets virtual time pass, so that timers fire when they are due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from attrs import define, field, frozen
from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test, initialize, rule

from netfsm.conformance import subjects
from netfsm.conformance.chance import quiet_settings
from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Move, Pair, Problem, Taken
from netfsm.conformance.random_moves import Chance, any_inputs, delays, moves
from netfsm.conformance.subjects import Maker, Setting
from netfsm.conformance.tour import Stop, Walk, judged, stops
from netfsm.machine.layout import identifier
from netfsm.spec import model

__all__ = ["Broken", "Effort", "RandomRun", "class_name", "machine_class", "random_walks"]

MOST_TIMERS = 50
"""Timers that fire in one tick; a spec whose timers fire for ever at one instant ends there."""


class Broken(AssertionError):
    """A walk found something; `problems` are those of its last step."""

    def __init__(self, problems: tuple[Problem, ...], walk: Walk) -> None:
        """Keep both for the report."""
        super().__init__("; ".join(f"{p.code} {p.subject}: {p.wanted}" for p in problems))
        self.problems = problems
        self.walk = walk


@define
class RandomRun:
    """What random walks of one machine came to: the rows that were taken, the shrunk failure.

    In a scope the rows are those of all its machines.
    """

    machine: str
    taken: set[Stop] = field(factory=set[Stop])
    steps: int = 0
    failure: Broken | None = None


@frozen
class Effort:
    """How much is tried. With `seed` None and `derandomize` the walks are the same every time.

    `shrink`: a failure is made short.
    """

    examples: int
    steps: int
    derandomize: bool = True
    seed: int | None = None
    database: Any = None
    shrink: bool = True


def class_name(machine: model.Machine, subject: str) -> str:
    """`arp_neighbour_5f2c90b1d3a4_self`: the spec, its content, and what is driven."""
    digest = machine.digest or sha256(repr(machine.rows).encode()).hexdigest()
    return f"{identifier(machine.name)}_{digest[:12]}_{identifier(subject)}"


def random_walks(
    machine: model.Machine,
    calls: Calls,
    makers: tuple[Maker, ...],
    effort: Effort,
    *,
    subject: str = "self",
    starts: tuple[Walk, ...] = (),
) -> RandomRun:
    """Drive a subject of each of `makers` on the same walks; the first failure is shrunk."""
    run = RandomRun(machine.name)
    made = machine_class(machine, calls, makers, run, subject=subject, starts=starts)
    chosen = quiet_settings(
        effort.examples,
        steps=effort.steps,
        derandomize=effort.derandomize and effort.seed is None,
        database=effort.database,
        shrink=effort.shrink,
    )
    test: Callable[[], None] = get_state_machine_test(made, settings=chosen)
    if effort.seed is not None:
        test = seed(effort.seed)(test)
    try:
        test()
    except Broken as error:
        run.failure = error
    return run


def machine_class(
    machine: model.Machine,
    calls: Calls,
    makers: tuple[Maker, ...],
    run: RandomRun,
    *,
    subject: str = "self",
    starts: tuple[Walk, ...] = (),
) -> type[RuleBasedStateMachine]:
    """The state machine of Hypothesis; its rules are collected once, so make it once a run.

    An example begins in the initial state or at the end of one of the walks `starts`.
    """
    empty = tuple(Walk(setting, ()) for setting in subjects.settings(machine, calls.kin))

    def begin(self: Any, start: Walk) -> None:
        self.drive = _Drive(machine, calls, makers, run, start.setting)
        self.drive.walk(start)

    def dispatch(self: Any, chance: Chance | None) -> None:
        for _ in range(chance.times if chance is not None else 0):
            self.drive.event(chance)

    def tick(self: Any, delay: int, choice: int) -> None:
        self.drive.tick(delay, choice)

    names = {"begin": begin, "event": dispatch, "tick": tick}
    for word, function in names.items():
        function.__name__ = f"{identifier(machine.name)}__{word}"
    body = {
        "begin": initialize(start=st.sampled_from((*empty, *starts)))(begin),
        "event": rule(chance=st.runner().flatmap(lambda at: moves(at.drive.pair)))(dispatch),
        "tick": rule(
            delay=st.runner().flatmap(lambda at: delays(at.drive.pair)), choice=st.integers(0, 3)
        )(tick),
        "__doc__": f"Random walks of {machine.name}.",
    }
    return type(class_name(machine, subject), (RuleBasedStateMachine,), body)


@define
class _Drive:
    """One example: the pairs in step, and the walk so far."""

    machine: model.Machine
    calls: Calls
    makers: tuple[Maker, ...]
    run: RandomRun
    setting: Setting
    pairs: tuple[Pair, ...] = field(init=False)
    walked: list[Move] = field(init=False, factory=list[Move])

    def __attrs_post_init__(self) -> None:
        self.pairs = tuple(
            Pair(self.machine, self.calls, self.setting, make) for make in self.makers
        )

    @property
    def pair(self) -> Pair:
        return self.pairs[0]

    def walk(self, start: Walk) -> None:
        """Go the whole way of `start`."""
        for move in start.moves:
            self._take(move)

    def event(self, chance: Chance) -> None:
        """Take the event if the machine, which a duplicate may have moved, still expects it."""
        name = chance.machine or self.machine.name
        for machine, held, _ in self.pair.places():
            cell = machine.cells.get((held.state, chance.event), ())
            if machine.name == name and not isinstance(cell, model.Impossible):
                self._take(Move(chance.event, chance.inputs, self.pair.now, chance.machine))
                return

    def tick(self, delay: int, choice: int) -> None:
        """Let time pass; timers fire in the order in which they are due."""
        until = self.pair.now + delay
        for _ in range(MOST_TIMERS):
            due = self.pair.due()
            if due is None or due[1] > until:
                break
            owner = self.pair.owner(due[0])
            inputs = any_inputs(self.pair, due[0], choice, owner)
            self._take(Move(due[0], inputs or {}, max(due[1], self.pair.now), owner))
        for pair in self.pairs:
            pair.now = max(pair.now, until)

    def _take(self, move: Move) -> None:
        self.walked.append(move)
        for pair in self.pairs:
            for taken in self._steps(pair, move):
                self._judge(pair, taken)

    def _steps(self, pair: Pair, move: Move) -> Iterator[Taken]:
        yield pair.take(move.event, move.inputs, move.now, move.machine)
        if not pair.broken:
            yield from pair.settle()

    def _judge(self, pair: Pair, taken: Taken) -> None:
        self.run.steps += 1
        self.run.taken.update(stops(taken))
        seen = judged(pair, taken)
        if seen.problems:
            raise Broken(seen.problems, Walk(self.setting, tuple(self.walked)))
