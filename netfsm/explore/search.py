"""Breadth-first search over the whole: every state once, the steps between them, the way to each.

Edges are kept as numbers, so that what leads to a goal can be found backwards.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Protocol

from attrs import define, field

from netfsm.explore.world import Move, State, World

__all__ = ["Graph", "Watcher", "can_reach", "loop_of", "search"]


class Watcher(Protocol):
    """Is told of everything that the search meets."""

    def state(self, number: int, state: State) -> None:
        """A new state."""
        ...

    def move(self, source: int, move: Move) -> bool:
        """A step; false where it leads nowhere, since something went wrong in it."""
        ...

    def stuck(self, number: int, state: State) -> None:
        """A state without a step."""
        ...


@define
class Graph:
    """All states in the order in which they were met, and the steps between them, by number.

    `parents` has for each state the one it was first met from and the number of that step among the
    steps there. `whole` is false where the search stopped at its limit.
    """

    world: World
    states: list[State] = field(factory=list[State])
    parents: array[int] = field(factory=lambda: array("q"))
    steps: array[int] = field(factory=lambda: array("q"))
    sources: array[int] = field(factory=lambda: array("I"))
    targets: array[int] = field(factory=lambda: array("I"))
    whole: bool = True

    def add(self, state: State, parent: int, step: int) -> None:
        """Add a state that was met from `parent` by the step of that number."""
        self.states.append(state)
        self.parents.append(parent)
        self.steps.append(step)

    def way(self, number: int) -> list[Move]:
        """The steps from the beginning to a state."""
        found: list[Move] = []
        while self.parents[number] >= 0:
            parent = self.parents[number]
            found.append(self.step(parent, self.steps[number]))
            number = parent
        return found[::-1]

    def between(self, number: int, target: int) -> Move:
        """The first step from a state to another."""
        wanted = self.states[target]
        return next(m for m in self.world.moves(self.states[number]) if m.state == wanted)

    def step(self, number: int, index: int) -> Move:
        """Step `index` of those that are possible in a state."""
        for at, move in enumerate(self.world.moves(self.states[number])):
            if at == index:
                return move
        raise IndexError(f"state {number} has no step {index}")


def search(world: World, limit: int, watcher: Watcher) -> Graph:
    """Explore `world`, at most `limit` states of it."""
    graph = Graph(world)
    known: dict[State, int] = {world.begin: 0}
    graph.add(world.begin, -1, -1)
    watcher.state(0, world.begin)
    number = 0
    while number < len(graph.states):
        state = graph.states[number]
        index = -1
        for index, move in enumerate(world.moves(state)):  # asked for afterwards
            if not watcher.move(number, move):
                continue
            target = known.get(move.state)
            if target is None:
                if len(graph.states) >= limit:
                    graph.whole = False
                    return graph
                target = known[move.state] = len(graph.states)
                graph.add(move.state, number, index)
                watcher.state(target, move.state)
            graph.sources.append(number)
            graph.targets.append(target)
        if index < 0:
            watcher.stuck(number, state)
        number += 1
    return graph


def loop_of(graph: Graph) -> list[int]:
    """States that lead around in a circle, the first met first; empty where every run ends."""
    count = len(graph.states)
    into = array("I", bytes(4 * count))
    for target in graph.targets:
        into[target] += 1
    first = _starts(graph.sources, count)
    ready = [number for number in range(count) if not into[number]]
    left = count
    while ready:
        number = ready.pop()
        left -= 1
        for target in graph.targets[first[number] : first[number + 1]]:
            into[target] -= 1
            if not into[target]:
                ready.append(target)
    return _circle(graph, first, into) if left else []


def _circle(graph: Graph, first: array[int], into: array[int]) -> list[int]:
    """A shortest circle through the first state that lies on one."""
    for begin in range(len(graph.states)):
        if not into[begin]:
            continue
        before = {begin: begin}
        pending = [begin]
        for number in pending:
            for target in graph.targets[first[number] : first[number + 1]]:
                if target == begin:
                    way = [number]
                    while way[-1] != begin:
                        way.append(before[way[-1]])
                    return way[::-1]
                if target not in before and into[target]:
                    before[target] = number
                    pending.append(target)
    return []


def _starts(numbers: array[int], count: int) -> array[int]:
    """Where each number's entries begin in a list that is sorted by number."""
    first = array("I", bytes(4 * (count + 1)))
    for number in numbers:
        first[number + 1] += 1
    for number in range(count):
        first[number + 1] += first[number]
    return first


def can_reach(graph: Graph, goals: Iterable[int]) -> bytearray:
    """For each state 1 where one of `goals` can be reached from it, else 0."""
    count = len(graph.states)
    first = _starts(graph.targets, count)
    place = array("I", first)
    before = array("I", bytes(4 * len(graph.targets)))
    for source, target in zip(graph.sources, graph.targets, strict=True):
        before[place[target]] = source
        place[target] += 1
    reached = bytearray(count)
    pending = list(goals)
    for goal in pending:
        reached[goal] = 1
    while pending:
        target = pending.pop()
        for source in before[first[target] : first[target + 1]]:
            if not reached[source]:
                reached[source] = 1
                pending.append(source)
    return reached
