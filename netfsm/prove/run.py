"""`prove`: every obligation of a machine, answered; `prove_all`: of many, kept and in parallel.

Answers are kept in the user's cache by the content of all that they hang on: the spec and those
that it signals to, the code that reads, generates and proves, and Z3. What is not kept is proved in
as many processes as are asked for.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import Attribute, asdict

from netfsm.machine import python_source
from netfsm.prove.answer import LIMIT, Answer, Obligation, answer
from netfsm.prove.code import Code
from netfsm.prove.numbers import Encoding
from netfsm.prove.obligations import Obligations
from netfsm.prove.properties import Claims
from netfsm.prove.step import Steps
from netfsm.prove.witness import Witnesses
from netfsm.spec import model
from netfsm.spec.cache import cache_folder, read_entry, write_entry

Machines = Mapping[str, model.Machine]
Answers = tuple[Answer, ...]


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
    need_z3()
    steps = Steps(machine, encoding)
    names = Witnesses(steps.theory, machine)
    told = _obligations(steps, machines or {}, source)
    return tuple(answer(each, steps.theory, names) for each in told)


def _obligations(steps: Steps, machines: Machines, source: str | None) -> Iterator[Obligation]:
    basis = Obligations(steps)
    yield from basis.all()
    yield from Claims(basis, machines).all()
    yield from Code(basis, python_source(steps.machine) if source is None else source).all()


def prove_all(
    wanted: Machines,
    machines: Machines,
    *,
    jobs: int = 1,
    told: Callable[[str], None] | None = None,
    encoding: Encoding = "int",
) -> dict[str, Answers]:
    """The answers for each of `wanted`, by name; `machines` are all that they may signal to.

    `jobs` is the number of processes; `told` gets the name of each machine that is done. Raises
    ModuleNotFoundError without the extra `prove`.
    """
    need_z3()
    keys = {name: _key(machine, machines, encoding) for name, machine in wanted.items()}
    found = {name: answers for name, key in keys.items() if (answers := _kept(key)) is not None}
    todo = {name: machine for name, machine in wanted.items() if name not in found}
    for name, answers in _proved(todo, machines, jobs, encoding):
        found[name] = answers
        _keep(keys[name], answers)
        if told is not None:
            told(name)
    return {name: found[name] for name in wanted}


def _proved(
    todo: Machines, machines: Machines, jobs: int, encoding: Encoding
) -> Iterator[tuple[str, Answers]]:
    if jobs < 2 or len(todo) < 2:
        for name, machine in todo.items():
            yield name, prove(machine, machines, encoding=encoding)
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    context = get_context("spawn")  # a fork would copy the threads of Z3 half
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=context) as pool:
        largest = sorted(todo, key=lambda name: -len(todo[name].rows))
        running = {
            pool.submit(
                prove, todo[name], _receivers(todo[name], machines), encoding=encoding
            ): name
            for name in largest
        }
        for done in as_completed(running):
            yield running[done], done.result()


def need_z3() -> None:
    """Raise ModuleNotFoundError where Z3 is not installed."""
    if importlib.util.find_spec("z3") is None:
        raise ModuleNotFoundError("Z3 proves specs, and it is not installed", name="z3")


# ---- what is kept


def _receivers(machine: model.Machine, machines: Machines) -> dict[str, model.Machine]:
    names = {
        part.machine
        for row in machine.rows
        for part in row.emissions
        if isinstance(part, model.Signal)
    }
    return {name: machines[name] for name in sorted(names) if name in machines}


def _key(machine: model.Machine, machines: Machines, encoding: Encoding) -> str:
    """The name of a machine's entry; none for one that was not read from a file."""
    if not machine.digest:
        return ""
    values = {c.name: c.value for c in machine.constants}
    digests = [each.digest for each in _receivers(machine, machines).values()]
    text = f"{machine.digest} {digests} {values} {machine.mark.file} {encoding} {_prover()}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.proofs"


@cache
def _prover() -> str:
    """Everything that answers hang on besides the specs, as one hash."""
    found = hashlib.sha256(f"{version('z3-solver')} {LIMIT}".encode())
    package = Path(__file__).resolve().parent.parent
    for folder in ("spec", "machine", "prove"):
        for path in sorted((package / folder).glob("*.py")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _kept(key: str) -> Answers | None:
    data = read_entry(cache_folder(), key) if key else None
    if data is None:
        return None
    held: list[tuple[dict[str, Any], list[tuple[str, str]]]] = json.loads(data)
    return tuple(
        Answer(**each, witness=tuple((name, value) for name, value in witness))
        for each, witness in held
    )


def _keep(key: str, answers: Answers) -> None:
    if key:
        told = [(asdict(each, filter=_but_witness), each.witness) for each in answers]
        text = json.dumps(told)
        write_entry(cache_folder(), key, text.encode())


def _but_witness(field: Attribute[Any], _value: object) -> bool:
    return field.name != "witness"
