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

from attrs import evolve, frozen

from netfsm.machine.base import Functions
from netfsm.machine.once import once
from netfsm.prove.asking import WORK
from netfsm.prove.content import content
from netfsm.prove.example import Example, examples_of_state
from netfsm.prove.example_form import example_of, plain_of
from netfsm.prove.example_scope import Scope, examples_in_scope, why_not_taken
from netfsm.prove.kept import program
from netfsm.prove.run import need_z3
from netfsm.spec import model
from netfsm.spec.cache import cache_folder, read_entry, write_entry

__all__ = ["examples", "examples_of", "why_none"]


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
    known: Machines | None = None,
    edges: int | None = None,
) -> dict[str, Examples]:
    """The examples of each of `machines`; `told` gets the name of each that is done.

    `known` are the machines that they may share scopes with, themselves where nothing is said;
    `edges` is the most that is asked about the edges of one row of a scope's machine, 0 that
    nothing is asked but that it is taken.
    """
    need_z3()
    asks = {name: _Ask.of(each, known or machines, hands, edges) for name, each in machines.items()}
    keys = {name: ask.key() for name, ask in asks.items()}
    found = {name: kept for name, key in keys.items() if (kept := _read(key)) is not None}
    todo = {name: ask for name, ask in asks.items() if name not in found}
    for name, made in _made(todo, jobs):
        found[name] = made
        _write(keys[name], made)
        if told is not None:
            told(name)
    return {name: found[name] for name in machines}


def why_none(
    machine: model.Machine, known: Machines, hands: Hands, spot: tuple[str, str, str]
) -> str:
    """Why no example takes a row of a scope's machine; `spot` is its state, event and id."""
    return why_not_taken(_Ask.of(machine, known, hands, 0).scope, machine, *spot)


# ---- in parallel


@frozen
class _Ask:
    """A machine to be asked about, with the others of its scope."""

    machine: model.Machine
    kin: Machines
    hands: Hands
    edges: int | None

    @classmethod
    def of(cls, machine: model.Machine, known: Machines, hands: Hands, edges: int | None) -> _Ask:
        """The others of the scope are found among `known`."""
        names = () if machine.shares is None else machine.shares.machines
        kin = {name: known[name] for name in sorted(names) if name != machine.name}
        return cls(machine, kin, hands, edges if kin else None)

    @property
    def weight(self) -> int:
        """About how much is asked."""
        return sum(len(cell) for cell in self.machine.cells.values() if isinstance(cell, tuple))

    def of_state(self, state: str) -> Examples:
        """The examples of one state; nothing is kept from one state to the next."""
        if not self.kin:
            return examples_of_state(self.machine, state, self.hands(self.machine))
        return examples_in_scope(self.scope, self.machine, state)

    @property
    def scope(self) -> Scope:
        """All machines of the scope, nothing asked of them yet."""
        machines = {**self.kin, self.machine.name: self.machine}
        return Scope(dict(sorted(machines.items())), self.hands, self.edges)

    def key(self) -> str:
        """The name of a machine's entry: where its lines stand is no matter."""
        machines = (self.machine, *self.kin.values())
        folder = Path(self.hands.__code__.co_filename).parent
        functions = _files(folder) if any(each.functions for each in machines) else ""
        found = hashlib.sha256(f"{program()} {WORK} {functions} {self.edges}".encode())
        for each in machines:
            found.update(_digest(each))
        return f"{found.hexdigest()[:40]}.examples"


def _made(todo: Mapping[str, _Ask], jobs: int) -> Iterator[tuple[str, Examples]]:
    weight = {name: ask.weight for name, ask in todo.items()}
    if jobs < 2 or sum(weight.values()) < jobs * _WORTH_A_PROCESS:
        for name, ask in todo.items():
            yield name, tuple(e for s in ask.machine.states for e in ask.of_state(s.name))
        return
    from netfsm.prove.workers import workers

    with workers(jobs) as pool:
        running = {
            name: [pool.submit(todo[name].of_state, s.name) for s in todo[name].machine.states]
            for name in sorted(todo, key=lambda name: -weight[name])
        }
        for name, states in running.items():
            yield name, tuple(e for state in states for e in state.result())


# ---- what is kept


@once
def _digest(machine: model.Machine) -> bytes:
    """Of all that a machine says, wherever its lines stand."""
    return content(evolve(machine, digest="")).digest


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
