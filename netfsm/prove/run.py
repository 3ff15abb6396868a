"""`prove`: every obligation of a machine, answered; `prove_all`: of many, kept and in parallel.

Answers are kept in the user's cache by the content of all that they hang on: what the spec says
and those that it signals to, the code that reads, generates and proves, and Z3. What is not kept is
proved, unit by unit, in as many processes as are asked for; a little is proved at once.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Mapping

from attrs import frozen

from netfsm.prove.answer import Answer
from netfsm.prove.content import content
from netfsm.prove.kept import keep_machine, machine_answers, program
from netfsm.prove.numbers import Encoding
from netfsm.prove.receivers import receivers
from netfsm.spec import model

Machines = Mapping[str, model.Machine]
Answers = tuple[Answer, ...]


@frozen
class Progress:
    """How far a run is: obligations about to be proved, and those done; `name` came last."""

    name: str
    done: int
    total: int


@frozen
class Proofs:
    """The answers by machine; `fresh` is how many of them were not kept but proved now."""

    answers: dict[str, Answers]
    fresh: int


Told = Callable[[Progress], None]


def prove(
    machine: model.Machine,
    machines: Machines | None = None,
    *,
    source: str | None = None,
    encoding: Encoding = "int",
) -> Answers:
    """Every obligation of `machine`, each proved, refuted or unknown.

    `machines` are those that it may signal to, by name; `source` is the Python that should run it,
    where it is not the generator's; `encoding` is how numbers are put to Z3. Raises
    ModuleNotFoundError without the extra `prove`.
    """
    from netfsm.machine import python_source
    from netfsm.prove.units import Prover, units_of

    need_z3()
    text = python_source(machine) if source is None else source
    prover = Prover(machine, machines or {}, text, encoding)
    return tuple(answer for unit in units_of(machine) for answer in prover.prove(unit))


def prove_all(
    wanted: Machines,
    machines: Machines,
    *,
    jobs: int = 1,
    told: Told | None = None,
    encoding: Encoding = "int",
) -> Proofs:
    """The answers for each of `wanted`, by name; `machines` are all that they may signal to.

    `jobs` is the number of processes; `told` hears how far it is; `encoding` is how numbers are
    put to Z3. Raises ModuleNotFoundError without the extra `prove`.
    """
    need_z3()
    keys = {name: _key(machine, machines, encoding) for name, machine in wanted.items()}
    found = {name: answers for name, key in keys.items() if (answers := machine_answers(key))}
    rest = {name: machine for name, machine in wanted.items() if name not in found}
    fresh = 0
    if rest:
        from netfsm.prove.work import prove_units

        made, fresh = prove_units(rest, machines, jobs=jobs, told=told, encoding=encoding)
        for name, answers in made.items():
            found[name] = answers
            if all(each.verdict != "unknown" for each in answers):  # another time it may be told
                keep_machine(keys[name], answers)
    return Proofs({name: found[name] for name in wanted}, fresh)


def need_z3() -> None:
    """Raise ModuleNotFoundError where Z3 is not installed."""
    if importlib.util.find_spec("z3") is None:
        raise ModuleNotFoundError("Z3 proves specs, and it is not installed", name="z3")


def _key(machine: model.Machine, machines: Machines, encoding: Encoding) -> str:
    """A hash of all that the answers of a machine hang on, its places in the text too."""
    scope = machine.scope
    around = {n for n, each in machines.items() if scope is not None and each.scope == scope}
    names = sorted(around | {*receivers(machine.rows, machines)})
    found = hashlib.sha256(f"{program()} {encoding}".encode())
    for each in (machine, *(machines[name] for name in names)):
        found.update(_said(each))
    return found.hexdigest()[:40]


def _said(machine: model.Machine) -> bytes:
    """All that a machine says, and where: by the text that it was read from, if it was."""
    if machine.digest:
        marks = (machine.mark, *(constant.mark for constant in machine.constants))
        marks += () if machine.shares is None else (machine.shares.mark,)
        files = {*machine.files, *(mark.file for mark in marks)}
        return f"{machine.digest} {sorted(files)}".encode()
    part = content(machine)
    return part.digest + repr(part.marks).encode()
