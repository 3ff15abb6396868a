"""A composition explored: how large it is, what became of its properties, what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from attrs import evolve, field, frozen

from netfsm.draw.steps import Step
from netfsm.explore.replay import replay
from netfsm.explore.search import Graph, search
from netfsm.explore.story import story
from netfsm.explore.verdicts import Problem, Verdict, Verdicts
from netfsm.explore.world import World
from netfsm.spec.composition import Composition, PropertyKind, Requirement
from netfsm.spec.findings import Mark

__all__ = ["Explored", "Failure", "explore", "failure_of", "plain_failure"]

_OF_ALL: Final[frozenset[PropertyKind]] = frozenset(
    {"always", "goal", "possible", "finally", "never", "ends"}
)
_OF_FAULTLESS: Final[frozenset[PropertyKind]] = frozenset({"goal", "finally", "ends"})


@frozen
class Failure:
    """Something that does not hold: a finding, and the ladder that shows it.

    `property` is the id of the property, "" for what every composition must do. `steps` are empty
    where there is nothing to show. `runtime` tells how the runtime, taking the same steps, comes to
    something else: "" where it does not, as it should.
    """

    code: str
    property: str
    file: str
    line: int
    column: int
    message: str
    steps: tuple[Step, ...]
    runtime: str = ""


@frozen
class Explored:
    """What came of exploring one composition.

    `wider` are the states and transitions with each sequence space one bit wider, None where there
    is none. `faultless` has the states of each run without faults, by property. `seconds` is the
    time that all took. `spin` are the states that SPIN has seen, `larger` those with the larger
    bounds of its channels; None where it was not asked.
    """

    name: str
    states: int
    transitions: int
    whole: bool
    seconds: float
    verdicts: Mapping[str, Verdict]
    faultless: Mapping[str, int]
    wider: tuple[int, int] | None
    failures: tuple[Failure, ...] = field(converter=tuple[Failure, ...])
    spin: int | None = None
    larger: int | None = None


def explore(
    composition: Composition, wider: Callable[[], Composition | None] | None = None
) -> Explored:
    """Explore `composition`; `wider` gives it with each sequence space one bit wider."""
    began = time.perf_counter()
    world = World(composition)
    verdicts = Verdicts(world, _OF_ALL)
    graph = search(world, composition.limit, verdicts)
    verdicts.finish(graph)
    failures = [failure_of(world, problem) for problem in verdicts.problems]
    found: dict[str, Verdict] = dict(verdicts.verdicts)
    if not graph.whole:
        failures.append(_limit(composition))
    faultless: dict[str, int] = {}
    for each in composition.properties:
        if each.kind == "faultless" and failures:
            found[each.id] = "unknown"  # what fails with faults may fail without them, too
        elif each.kind == "faultless":
            faultless[each.id], failure = _faultless(composition, each)
            found[each.id] = "holds" if failure is None else "fails"
            failures += [] if failure is None else [failure]
    other = None
    if composition.spaces and wider is not None and graph.whole and not _of_every(composition):
        other = _wider(wider())
        if other is not None and other != _size(graph):
            failures.append(_width(composition, _size(graph), other))
    return Explored(
        name=composition.name,
        states=len(graph.states),
        transitions=len(graph.targets),
        whole=graph.whole,
        seconds=time.perf_counter() - began,
        verdicts=found,
        faultless=faultless,
        wider=other,
        failures=failures,
    )


def _of_every(composition: Composition) -> bool:
    """Whether all numbers of a space are injected: then a wider one has more of everything."""
    budget = {channel.name for channel in composition.channels if channel.inject}
    found = (each for end in composition.ends for each in end.injections)
    return any(each.channel in budget and each.every for each in found)


def _size(graph: Graph) -> tuple[int, int]:
    return len(graph.states), len(graph.targets)


def failure_of(world: World, problem: Problem) -> Failure:
    """A problem with its ladder."""
    mark = problem.mark
    steps = story(world, problem.way, problem.remarks) if problem.way or problem.remarks else ()
    return Failure(
        code=problem.code,
        property=problem.property,
        file=mark.file,
        line=mark.line,
        column=mark.column,
        message=problem.message,
        steps=steps,
        runtime=replay(world, problem.way),
    )


def plain_failure(code: str, mark: Mark, message: str) -> Failure:
    """A failure that no ladder shows."""
    return Failure(code, "", mark.file, mark.line, mark.column, message, ())


def _limit(composition: Composition) -> Failure:
    message = (
        f"{composition.name} has more than {composition.limit:,} states, "
        f"and what holds in those beyond is not known"
    )
    return plain_failure("COMPOSE-LIMIT", composition.mark, message)


def _width(composition: Composition, here: tuple[int, int], other: tuple[int, int]) -> Failure:
    widths = ", ".join(f"{name} of {width} bits" for name, width in composition.spaces.items())
    message = (
        f"{composition.name} has {here[0]:,} states and {here[1]:,} transitions with {widths}, "
        f"and {other[0]:,} and {other[1]:,} with one bit more"
    )
    return plain_failure("COMPOSE-WIDTH", composition.mark, message)


def _faultless(composition: Composition, each: Requirement) -> tuple[int, Failure | None]:
    """Explore without faults and without the timers of `each`: whatever fails needed one."""
    world = World(composition, without=frozenset(each.timers), faults=False)
    verdicts = Verdicts(world, _OF_FAULTLESS)
    graph = search(world, composition.limit, verdicts)
    verdicts.finish(graph)
    if not graph.whole:
        return len(graph.states), _limit(composition)
    if not verdicts.problems:
        return len(graph.states), None
    problem = verdicts.problems[0]
    timers = " or ".join(timer.rpartition(".")[2] for timer in each.timers)
    told = evolve(
        problem,
        code="COMPOSE-TIMER",
        property=each.id,
        mark=each.mark,
        message=f"{each.id}: without faults, and unless {timers} fires: {problem.message}",
    )
    return len(graph.states), failure_of(world, told)


def _wider(composition: Composition | None) -> tuple[int, int] | None:
    if composition is None:
        return None
    world = World(composition)
    return _size(search(world, composition.limit, Verdicts(world, frozenset())))
