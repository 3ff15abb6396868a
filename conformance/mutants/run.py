"""One run over mutants: which are made, who judges them in which process, and the report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from attrs import frozen

from netfsm.conformance.mutants.judge import Judge
from netfsm.conformance.mutants.judged import Judged
from netfsm.conformance.mutants.make import mutants_of, sample
from netfsm.conformance.mutants.mutant import Mutant
from netfsm.conformance.mutants.report import MutantReport
from netfsm.conformance.profiles import profile_named
from netfsm.conformance.stock import layer_of, load_stock
from netfsm.conformance.suites import Bench
from netfsm.conformance.targets import find_target
from netfsm.conformance.vectors import MachineCase
from netfsm.errors import SpecError
from netfsm.prove.run import need_z3
from netfsm.spec.chosen import Chosen
from netfsm.spec.findings import Findings
from netfsm.spec.index import find_specs
from netfsm.spec.library import Library
from netfsm.spec.model import Machine

__all__ = ["MutantProgress", "run_mutants"]

MutantProgress = Callable[[str, int, int], None]
"""Called with a machine, how many mutants of all are judged, and how many there are."""

BATCH: Final = 8
"""Mutants that a process takes at a time."""


@frozen
class Plan:
    """What is judged, and how: the same in every process."""

    layers: tuple[str, ...]
    profile: str
    seed: int | None
    path: tuple[str, ...]


@frozen
class Task:
    """Some mutants of one machine, by their ids."""

    plan: Plan
    machine: str
    ids: tuple[str, ...]


def run_mutants(
    layers: Sequence[str] = (),
    *,
    profile: str = "quick",
    seed: int | None = None,
    max_time: float | None = None,
    jobs: int | None = None,
    most: int | None = None,
    path: Sequence[str | os.PathLike[str]] = (),
    progress: MutantProgress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> MutantReport:
    """Judge mutants of the machines of `layers`, of all where none is named.

    Args:
        layers: names of layers.
        profile: quick judges a sample until one layer kills, ci all, campaign asks every layer.
        seed: chooses the sample; random walks are drawn from it too.
        max_time: seconds after which no further batch is begun; the report says so.
        jobs: processes; as many as there are processors where not said.
        most: of more mutants than that a sample of all machines is judged, chosen by the seed.
        path: folders that are searched for specs first.
        progress: called after each batch.
        clock: seconds that only `max_time` looks at.

    Raises:
        SpecError: a spec or a file of vectors is wrong.
        ValueError: there is no such profile.
        ModuleNotFoundError: the extra `prove` is not installed.
    """
    need_z3()
    chosen = profile_named(profile)
    plan = Plan(tuple(layers), profile, seed, tuple(os.fspath(each) for each in path))
    makers = _workshop(plan)
    report = MutantReport(profile, seed, every_layer=chosen.every_layer)
    tasks: list[Task] = []
    for name, ids in _picked(makers, chosen.mutants, most, seed or 0).items():
        report.made[name] = len(makers.mutants(name))
        tasks += [Task(plan, name, ids[n : n + BATCH]) for n in range(0, len(ids), BATCH)]
    total = sum(len(task.ids) for task in tasks)
    end = None if max_time is None else clock() + max_time
    for task, judged in _done(tasks, jobs or os.cpu_count() or 1, lambda: _late(end, clock)):
        report.add(judged)
        if progress is not None:
            progress(task.machine, len(report.judged), total)
    report.complete = len(report.judged) == total
    return report


def _picked(makers: Workshop, each: int, most: int | None, seed: int) -> dict[str, tuple[str, ...]]:
    """The ids of the mutants that are judged, by machine: `each` of a machine, 0 for all."""
    found = {name: makers.mutants(name) for name in makers.machines}
    if each:
        found = {name: sample(made, each, seed) for name, made in found.items()}
    every = [mutant for made in found.values() for mutant in made]
    chosen = every if most is None else sample(every, most, seed)
    ids = {name: tuple(m.id for m in chosen if m.machine == name) for name in found}
    return {name: kept for name, kept in ids.items() if kept}


def _late(end: float | None, clock: Callable[[], float]) -> bool:
    return end is not None and clock() >= end


def _done(
    tasks: Sequence[Task], jobs: int, late: Callable[[], bool]
) -> Iterator[tuple[Task, tuple[Judged, ...]]]:
    """Each task with what came of it, until it is `late`."""
    if jobs < 2 or len(tasks) < 2:
        for task in tasks:
            if late():
                return
            yield task, judge_batch(task)
        return
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from multiprocessing import get_context

    context = get_context("spawn")  # a fork would copy the threads of Z3 half
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
        waiting = list(reversed(tasks))
        running: dict[Future[tuple[Judged, ...]], Task] = {}
        while waiting or running:
            while waiting and len(running) < 2 * jobs and not late():
                task = waiting.pop()
                running[pool.submit(judge_batch, task)] = task
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()


def judge_batch(task: Task) -> tuple[Judged, ...]:
    """Judge the mutants of a task."""
    makers = _workshop(task.plan)
    judge = makers.judge(task.machine)
    mutants = {mutant.id: mutant for mutant in makers.mutants(task.machine)}
    every = makers.bench.profile.every_layer
    return tuple(judge.judge(mutants[each], every=every) for each in task.ids)


@lru_cache(maxsize=1)
def _workshop(plan: Plan) -> Workshop:
    """What a process needs for a plan, made once."""
    return Workshop(plan)


class Workshop:
    """Specs as they are read, run and proved; mutants and judges of each machine, made once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        index = find_specs(plan.path)
        stock = load_stock(plan.layers, path=plan.path)
        self.bench = Bench(stock, find_target("self"), profile_named(plan.profile), plan.seed)
        self.machines = tuple(
            name
            for name in sorted(stock.machines)
            if not plan.layers or layer_of(name) in plan.layers
        )
        self._real = Library(index, Chosen())
        self._proof = Library(index, Chosen(size="proof"))
        self._mutants: dict[str, tuple[Mutant, ...]] = {}
        self._judges: dict[str, Judge] = {}

    def mutants(self, name: str) -> tuple[Mutant, ...]:
        """All mutants of a machine."""
        if name not in self._mutants:
            root = self._real.tree(name)
            assert root is not None
            self._mutants[name] = mutants_of(root, _machine(self._real, name))
        return self._mutants[name]

    def judge(self, name: str) -> Judge:
        """What judges the mutants of a machine."""
        if name not in self._judges:
            index = self._proof.index
            machines = {
                each: _machine(self._proof, each)
                for each, spec in index.items()
                if spec.kind == "machine"
            }
            self._judges[name] = Judge(
                _machine(self._real, name),
                self.bench,
                self._real,
                self._proof,
                machines,
                self._cases(name),
            )
        return self._judges[name]

    def _cases(self, name: str) -> tuple[MachineCase, ...]:
        return tuple(
            case
            for file in self.bench.vector_files()
            if file.spec == name
            for case in file.cases
            if isinstance(case, MachineCase)
        )


def _machine(library: Library, name: str) -> Machine:
    """The machine as `library` reads it. Raises SpecError where something is wrong with it."""
    loaded = library.load(name)
    if not isinstance(loaded.model, Machine):
        raise SpecError(tuple(Findings(loaded.findings).errors))
    return loaded.model
