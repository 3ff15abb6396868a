"""What the machines of a scope hold at one moment of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from attrs import evolve, frozen

from netfsm.prove.encode import Timer
from netfsm.prove.solver import Term, z3
from netfsm.prove.theory import Theory

T = TypeVar("T")


@frozen
class World:
    """The state of each machine as a number, and all variables and timers by their full names.

    What is shared has its own name; what a machine has for itself is named after the machine too,
    but for the machine that the proof is about.
    """

    states: Mapping[str, Term]
    values: Mapping[str, Term]
    timers: Mapping[str, Timer]

    def put(
        self,
        machine: str,
        state: Term,
        values: Mapping[str, Term],
        timers: Mapping[str, Timer],
    ) -> World:
        """This world after a row of `machine`."""
        return World(
            {**self.states, machine: state},
            {**self.values, **values},
            {**self.timers, **timers},
        )

    def quiet(self) -> World:
        """This world as a step finds it: nothing has set a timer yet."""
        none = z3.BoolVal(False)
        return evolve(self, timers={n: evolve(t, set=none) for n, t in self.timers.items()})

    def join(self, begin: World, ways: list[tuple[Term, World]], theory: Theory) -> World:
        """This world after one of `ways`, which begin in `begin`: this one without its timers set.

        The conditions of `ways` exclude one another; where none is true nothing changes.
        """

        def timer(test: Term, then: Timer, orelse: Timer) -> Timer:
            return Timer(
                theory.choose(test, then.armed, orelse.armed),
                theory.choose(test, then.deadline, orelse.deadline),
                z3.Or(orelse.set, z3.And(test, then.set)),
            )

        choose = theory.choose
        return World(
            _joined(self.states, begin.states, [(c, w.states) for c, w in ways], choose),
            _joined(self.values, begin.values, [(c, w.values) for c, w in ways], choose),
            _joined(self.timers, begin.timers, [(c, w.timers) for c, w in ways], timer),
        )


def _joined(
    now: Mapping[str, T],
    begin: Mapping[str, T],
    ways: list[tuple[Term, Mapping[str, T]]],
    choose: Callable[[Term, T, T], T],
) -> dict[str, T]:
    found: dict[str, T] = {}
    for name in now:
        found[name] = now[name]
        for condition, held in reversed(ways):
            if held[name] is not begin[name]:
                found[name] = choose(condition, held[name], found[name])
    return found
