"""The units of machines, proved as far as they are not kept, in several processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from netfsm.machine import python_source
from netfsm.prove.answer import Answer
from netfsm.prove.kept import KeptUnits
from netfsm.prove.numbers import Encoding
from netfsm.prove.receivers import receivers
from netfsm.prove.run import Progress, Told
from netfsm.prove.units import Hangs, Prover, Unit, units_of, weight
from netfsm.spec import model
from netfsm.spec.findings import Mark

__all__ = ["prove_units"]

Machines = Mapping[str, model.Machine]
Answers = tuple[Answer, ...]
_WORTH_A_PROCESS: Final = 600
"""Obligations that take about as long as a process needs to start."""
_SHARES: Final = 6
"""Tasks for each process: few enough to be cheap, enough that all end at about the same time."""


def prove_units(
    wanted: Machines, machines: Machines, *, jobs: int, told: Told | None, encoding: Encoding
) -> tuple[dict[str, Answers], int]:
    """The answers for each of `wanted`, and how many of them were not kept but proved now."""
    works = {name: _Work.of(each, machines, encoding) for name, each in wanted.items()}
    fresh = 0
    for name, unit, answers in _proved([*works.values()], jobs, told):
        works[name].take(unit, answers)
        fresh += len(answers)
    return {name: work.finish() for name, work in works.items()}, fresh


# ---- a machine's work


@define
class _Work:
    """A machine whose answers are not kept as a whole: units that are, and those to be proved."""

    machine: model.Machine
    machines: Machines
    source: str
    encoding: Encoding
    kept: KeptUnits
    keys: dict[Unit, tuple[str, tuple[Mark, ...]]]
    found: dict[Unit, Answers] = field(factory=dict[Unit, Answers])

    @classmethod
    def of(cls, machine: model.Machine, machines: Machines, encoding: Encoding) -> _Work:
        """The work on `machine`, with what is kept of it."""
        names = {*receivers(machine.rows, machines)}
        names |= {
            n for n, each in machines.items() if machine.scope and each.scope == machine.scope
        }
        near = {name: machines[name] for name in sorted(names)}
        source = python_source(machine)
        hangs = Hangs(machine, near, source, encoding)
        keys = {unit: hangs.on(unit) for unit in units_of(machine)}
        work = cls(machine, near, source, encoding, KeptUnits.of(machine.name), keys)
        for unit, (key, marks) in keys.items():
            answers = work.kept.get(key, marks)
            if answers is not None:
                work.found[unit] = answers
        return work

    @property
    def todo(self) -> list[Unit]:
        """The units that are not answered yet."""
        return [unit for unit in self.keys if unit not in self.found]

    def take(self, unit: Unit, answers: Answers) -> None:
        """Take up the answers of a unit."""
        self.found[unit] = answers
        self.kept.put(*self.keys[unit], answers)

    def finish(self) -> Answers:
        """All answers, in the order of the spec; what is proved is kept."""
        self.kept.write(key for key, _ in self.keys.values())
        return tuple(answer for unit in self.keys for answer in self.found[unit])


@frozen
class _Task:
    """Units of one machine that one process proves."""

    work: _Work
    units: tuple[Unit, ...]
    weight: int


def _tasks(works: Sequence[_Work], jobs: int) -> list[_Task]:
    """All that is to be done in shares of about one size, the largest first."""
    total = sum(weight(work.machine, unit) for work in works for unit in work.todo)
    share = max(total // (jobs * _SHARES), 1)
    tasks: list[_Task] = []
    for work in works:
        units: list[Unit] = []
        held = 0
        for unit in work.todo:
            units.append(unit)
            held += weight(work.machine, unit)
            if held >= share:
                tasks.append(_Task(work, tuple(units), held))
                units, held = [], 0
        if units:
            tasks.append(_Task(work, tuple(units), held))
    return sorted(tasks, key=lambda task: -task.weight)


Proved = Iterator[tuple[str, Unit, Answers]]


def _proved(works: Sequence[_Work], jobs: int, told: Told | None) -> Proved:
    tasks = _tasks(works, jobs)
    total = sum(task.weight for task in tasks)
    many = jobs > 1 and len(tasks) > 1 and total > _WORTH_A_PROCESS * 2
    done = 0
    for task, answers in _in_processes(tasks, jobs) if many else _here(tasks):
        done += task.weight
        if told is not None:
            told(Progress(task.work.machine.name, done, total))
        for unit, found in zip(task.units, answers, strict=True):
            yield task.work.machine.name, unit, found


Done = Iterator[tuple[_Task, list[Answers]]]


def _here(tasks: Sequence[_Task]) -> Done:
    for task in tasks:
        yield task, _prove_task(*_plain(task))


def _in_processes(tasks: Sequence[_Task], jobs: int) -> Done:
    from concurrent.futures import as_completed

    from netfsm.prove.workers import workers

    with workers(min(jobs, len(tasks))) as pool:
        running = {pool.submit(_prove_task, *_plain(task)): task for task in tasks}
        for done in as_completed(running):
            yield running[done], done.result()


Plain = tuple[model.Machine, Machines, str, Encoding, tuple[Unit, ...]]


def _plain(task: _Task) -> Plain:
    work = task.work
    return work.machine, work.machines, work.source, work.encoding, task.units


def _prove_task(
    machine: model.Machine,
    machines: Machines,
    source: str,
    encoding: Encoding,
    units: tuple[Unit, ...],
) -> list[Answers]:
    prover = Prover(machine, machines, source, encoding)
    return [prover.prove(unit) for unit in units]
