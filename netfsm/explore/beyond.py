"""SPIN beside the search of the generated code: the same counts, and larger bounds.

SPIN searches Promela that is made from the same composition and shares no code with this package
(`netfsm.prove.spin`). Where both see everything their counts must be the same. It answers `always`,
`never`, `finally` and what must hold of every composition; what it finds broken is gone through
again with the generated code and told by the same ladder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

from attrs import evolve, frozen

from netfsm.errors import InternalError
from netfsm.explore.explored import Explored, Failure, failure_of, plain_failure
from netfsm.explore.search import Graph
from netfsm.explore.verdicts import Problem, Verdicts
from netfsm.explore.world import Move, State, World
from netfsm.prove.spin import Beyond, Limits, Searched, promela, search
from netfsm.prove.spin.moves import Move as Step
from netfsm.spec.composition import Composition, PropertyKind

__all__ = ["LARGE", "Spun", "compared", "retraced", "spin_all", "spun"]

LARGE: Final = Limits(memory=4_000, seconds=1_800.0, large=True)
_Way = tuple[tuple[int, Move], ...]
"""Steps, each with its number among those that are possible where it is taken."""

_ANSWERED: Final[frozenset[PropertyKind]] = frozenset({"always", "never", "finally"})


@frozen
class Spun:
    """What SPIN says of a composition: its states, whether those are all, and what is broken."""

    states: int
    whole: bool
    failures: tuple[Failure, ...]


def spun(composition: Composition, limits: Limits | None = None) -> Spun:
    """What SPIN says of `composition`.

    Raises TargetError where spin or gcc is missing, InternalError where the generated code can't
    go the way that SPIN has gone.
    """
    try:
        found = search(promela(composition), limits)
    except Beyond as error:
        return Spun(0, False, (_limit(composition, f"no Promela can be made of it: {error}"),))
    if found.verdict == "holds":
        return Spun(found.states, True, ())
    if found.verdict == "broken":
        world = World(composition)
        problems = retraced(world, found)
        return Spun(found.states, False, tuple(failure_of(world, each) for each in problems))
    after = f"after {found.states:,} states" if found.states else "before it was done"
    reason = f"SPIN's {'memory' if found.verdict == 'memory' else 'time'} was over {after}"
    return Spun(found.states, False, (_limit(composition, reason),))


def spin_all(
    pairs: Iterable[tuple[Composition, Explored]],
    *,
    larger: bool = False,
    jobs: int = 1,
    told: Callable[[str, int, int], None] | None = None,
) -> tuple[Explored, ...]:
    """Each composition's `explored` with what SPIN says, `jobs` at a time; `told` as they are done.

    With `larger` also with the larger bounds that its channels may have. Raises what `spun` does.
    """
    wanted = list(pairs)
    with ThreadPoolExecutor(max(1, jobs)) as pool:  # the work is done by gcc and by what it made
        running = [pool.submit(_spun_one, model, each, larger) for model, each in wanted]
        for done, future in enumerate(as_completed(running), 1):
            if told is not None:
                told(future.result().name, done, len(running))
    return tuple(future.result() for future in running)


def _spun_one(composition: Composition, explored: Explored, larger: bool) -> Explored:
    if composition.injects:
        return explored  # what a third party sends is explored by the generated code only
    found = compared(composition, explored)
    more = composition.larger() if larger else None
    return found if more is None else _enlarged(more, found)


def compared(
    composition: Composition, explored: Explored, limits: Limits | None = None
) -> Explored:
    """`explored` with what SPIN says of the same composition; raises what `spun` does."""
    found = spun(composition, limits)
    known = {(each.code, each.property) for each in explored.failures}
    more = [each for each in found.failures if (each.code, each.property) not in known]
    both = evolve(explored, spin=found.states, failures=(*explored.failures, *more))
    if not found.whole:
        return both
    if not explored.whole:
        return _further(composition, both)
    if not explored.failures and found.states != explored.states:
        message = (
            f"{composition.name} has {explored.states:,} states for the search of the generated "
            f"code and {found.states:,} for SPIN"
        )
        return evolve(both, failures=(plain_failure("COMPOSE-COUNT", composition.mark, message),))
    return both


def _enlarged(composition: Composition, explored: Explored) -> Explored:
    """`explored` with what SPIN says of the same composition with larger bounds."""
    found = spun(composition, LARGE)
    known = {(each.code, each.property) for each in explored.failures}
    more = [
        evolve(each, message=f"with larger bounds: {each.message}")
        for each in found.failures
        if (each.code, each.property) not in known
    ]
    verdicts = {**explored.verdicts}
    verdicts |= dict.fromkeys((each.property for each in more if each.property), "fails")
    failures = (*explored.failures, *more)
    return evolve(explored, larger=found.states, verdicts=verdicts, failures=failures)


def _further(composition: Composition, explored: Explored) -> Explored:
    """`explored`, which came to its limit, where SPIN went to the end and found nothing broken.

    The finding on the limit stays where there are properties that SPIN does not answer.
    """
    verdicts = {**explored.verdicts}
    held = (each.id for each in composition.properties if each.kind in _ANSWERED)
    verdicts |= dict.fromkeys(held, "holds")
    unknown = [name for name, verdict in verdicts.items() if verdict == "unknown"]
    failures = [each for each in explored.failures if each.code != "COMPOSE-LIMIT"]
    if unknown:
        reason = f"SPIN sees all {explored.spin or 0:,} and does not answer {', '.join(unknown)}"
        failures.append(_limit(composition, reason))
    return evolve(explored, verdicts=verdicts, failures=failures)


def _limit(composition: Composition, reason: str) -> Failure:
    message = f"{composition.name} is not seen whole: {reason}"
    return plain_failure("COMPOSE-LIMIT", composition.mark, message)


# ---- the way of SPIN, gone by the generated code


def retraced(world: World, found: Searched) -> tuple[Problem, ...]:
    """What is broken at the end of SPIN's way, as the generated code goes it.

    Raises InternalError where it can't go that way, or finds nothing broken there.
    """
    for way in _ways(world, found.trail):
        problems = _watched(world, way)
        if problems:
            return problems
    told = " / ".join(str(step) for step in found.trail)
    raise InternalError(f"SPIN finds {found.fault}, which the generated code does not: {told}")


def _ways(world: World, trail: Iterable[Step]) -> list[_Way]:
    """The ways of the generated code that look like `trail`; hands may have chosen differently."""
    ways: dict[State, _Way] = {world.begin: ()}
    crashed: list[_Way] = []
    for step in trail:
        further: dict[State, _Way] = {}
        crashed = []
        for state, way in ways.items():
            for index, move in enumerate(world.moves(state)):
                if not _alike(world, move, step):
                    continue
                if move.effect is not None and move.effect.outcome.fault:
                    crashed.append((*way, (index, move)))
                else:
                    further.setdefault(move.state, (*way, (index, move)))
        ways = further
    return [*crashed, *ways.values()]


def _alike(world: World, move: Move, step: Step) -> bool:
    """True if a step of the generated code is the one that SPIN has taken."""
    composition = world.composition
    if (move.act, composition.ends[move.end].name) != (step.kind, step.end):
        return False
    if step.channel:
        queue = world.queues[move.queue]
        return (composition.channels[queue.channel].name, move.index) == (step.channel, step.place)
    if move.stimulus is None:
        return True
    told = (move.stimulus.slot, move.stimulus.event, dict(move.stimulus.values))
    return told == (step.slot, step.event, dict(step.values))


def _watched(world: World, way: _Way) -> tuple[Problem, ...]:
    """What the search of the generated code says of a way."""
    verdicts = Verdicts(world, _ANSWERED)
    graph = Graph(world, whole=False)
    graph.add(world.begin, -1, -1)
    verdicts.state(0, world.begin)
    for index, move in way:
        source = len(graph.states) - 1
        if verdicts.move(source, move):
            graph.add(move.state, source, index)
            verdicts.state(source + 1, move.state)
    last = len(graph.states) - 1
    if next(world.moves(graph.states[last]), None) is None:
        verdicts.stuck(last, graph.states[last])
    verdicts.finish(graph)
    return tuple(verdicts.problems)
