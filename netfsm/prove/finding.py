"""`examples`: concrete steps of a machine, from models of Z3; `examples_of`: of many machines.

There is one for each row in each of its states, one for each conjunct of a guard that alone is
false, and one for each edge (`edges`) of its guards and steps, wherever the invariants allow it.

They are kept in the user's cache by the content of all that they hang on: the spec, the code that
reads and asks, and Z3. What is not kept is made state by state, in as many processes as are asked
for; neither their number nor what was proved before changes what is found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Final, Protocol

from attrs import evolve

from netfsm.machine.base import Functions
from netfsm.prove.asking import WORK
from netfsm.prove.content import content
from netfsm.prove.example import Example, examples_of_state
from netfsm.prove.example_form import example_of, plain_of
from netfsm.prove.kept import program
from netfsm.prove.run import need_z3
from netfsm.spec import model
from netfsm.spec.cache import cache_folder, read_entry, write_entry

__all__ = ["examples", "examples_of"]


class Hands(Protocol):
    """Implements the functions that a machine leaves to the hands: a function of a module."""

    __code__: CodeType

    def __call__(self, machine: model.Machine, /) -> Functions:
        """Every function that `machine` declares, by name."""
        ...


Machines = Mapping[str, model.Machine]
Examples = tuple[Example, ...]
_WORTH_A_PROCESS: Final = 40
"""Rows in their states whose examples take about as long as a process needs to start."""


def no_hands(_machine: model.Machine) -> Functions:
    """For machines that declare no function."""
    return {}


def examples(machine: model.Machine, *, hands: Hands = no_hands) -> Examples:
    """The examples of `machine`, in the order of its spec.

    Raises ModuleNotFoundError without the extra `prove`, MissingFunctions where the machine
    declares a function that `hands` does not give.
    """
    return examples_of({machine.name: machine}, hands=hands)[machine.name]


def examples_of(
    machines: Machines,
    *,
    hands: Hands = no_hands,
    jobs: int = 1,
    told: Callable[[str], None] | None = None,
) -> dict[str, Examples]:
    """The examples of each of `machines`; `told` gets the name of each that is done."""
    need_z3()
    keys = {name: _key(machine, hands) for name, machine in machines.items()}
    found = {name: kept for name, key in keys.items() if (kept := _read(key)) is not None}
    todo = {name: machine for name, machine in machines.items() if name not in found}
    for name, made in _made(todo, hands, jobs):
        found[name] = made
        _write(keys[name], made)
        if told is not None:
            told(name)
    return {name: found[name] for name in machines}


# ---- in parallel


def _made(todo: Machines, hands: Hands, jobs: int) -> Iterator[tuple[str, Examples]]:
    weight = {name: _weight(machine) for name, machine in todo.items()}
    if jobs < 2 or sum(weight.values()) < jobs * _WORTH_A_PROCESS:
        for name, machine in todo.items():
            yield name, tuple(e for s in machine.states for e in _of_state(machine, s.name, hands))
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    context = get_context("spawn")  # a fork would copy the threads of Z3 half
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        running = {
            name: [pool.submit(_of_state, todo[name], s.name, hands) for s in todo[name].states]
            for name in sorted(todo, key=lambda name: -weight[name])
        }
        for name, states in running.items():
            yield name, tuple(e for state in states for e in state.result())


def _of_state(machine: model.Machine, state: str, hands: Hands) -> Examples:
    return examples_of_state(machine, state, hands(machine))


def _weight(machine: model.Machine) -> int:
    return sum(len(cell) for cell in machine.cells.values() if isinstance(cell, tuple))


# ---- what is kept


def _key(machine: model.Machine, hands: Hands) -> str:
    """The name of a machine's entry: where its lines stand is no matter."""
    functions = _files(Path(hands.__code__.co_filename).parent) if machine.functions else ""
    found = hashlib.sha256(f"{program()} {WORK} {functions}".encode())
    found.update(content(evolve(machine, digest="")).digest)
    return f"{found.hexdigest()[:40]}.examples"


@cache
def _files(folder: Path) -> str:
    """A hash of the modules of a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _read(key: str) -> Examples | None:
    data = read_entry(cache_folder(), key)
    return None if data is None else tuple(example_of(each) for each in json.loads(data))


def _write(key: str, made: Examples) -> None:
    write_entry(cache_folder(), key, json.dumps([plain_of(each) for each in made]).encode())
