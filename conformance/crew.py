"""What is driven: the machines of one scope together, or one machine that shares nothing.

A `Crew` takes events for any of its machines. A plain subject is a crew of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from netfsm.conformance.contracts import contracted
from netfsm.conformance.subjects import Maker, Setting, Subject, compiled_class
from netfsm.machine.base import CompiledMachine, Result, Snapshot
from netfsm.machine.interpret import Interpreter, Store, Told
from netfsm.machine.scope import compile_scope
from netfsm.spec import model

__all__ = [
    "Crew",
    "Members",
    "PlacedCrew",
    "Row",
    "compiled_crew",
    "crew_of",
    "interpreted_crew",
    "only",
]

Row = tuple[str, str]
"""A machine and the id of a row that it took."""


@runtime_checkable
class Crew(Protocol):
    """One instance of a scope under test."""

    @property
    def rows(self) -> tuple[Row, ...] | None:
        """The rows of the last step in order; None where the subject can't tell."""
        ...

    def step_of(self, machine: str, event: str, **inputs: Any) -> Result | None:
        """Let a machine take an event; None for a completion event that is disabled."""
        ...

    def snapshot_of(self, machine: str) -> Snapshot:
        """All that a machine holds."""
        ...


@runtime_checkable
class PlacedCrew(Crew, Protocol):
    """The machines of a scope that can be put into any situation."""

    def restore(self, held: Mapping[str, Snapshot]) -> None:
        """Become what `held` says, machine by machine."""
        ...


class _Alone:
    """A subject of one machine as a crew."""

    def __init__(self, subject: Subject, machine: str) -> None:
        self.subject = subject
        self._machine = machine

    @property
    def rows(self) -> tuple[Row, ...] | None:
        """Its last row."""
        row = self.subject.row
        return None if row is None else ((self._machine, row),)

    def step_of(self, machine: str, event: str, **inputs: Any) -> Result | None:  # noqa: ARG002  # there is one
        """Take an event."""
        return self.subject.step(event, **inputs)

    def snapshot_of(self, machine: str) -> Snapshot:  # noqa: ARG002  # there is one
        """What it holds."""
        return self.subject.snapshot()


def crew_of(made: Subject | Crew, machine: str) -> Crew:
    """What a maker made, as a crew."""
    return made if isinstance(made, Crew) else _Alone(made, machine)


def only(crew: Crew) -> Subject | None:
    """The subject that is the whole crew; None where a scope was made."""
    return crew.subject if isinstance(crew, _Alone) else None


class Members:
    """The machines of a scope, interpreted over one store; one machine where there is no scope."""

    def __init__(self, machines: tuple[model.Machine, ...], setting: Setting) -> None:
        """Each machine in its initial state."""
        self.store = Store()
        self.machines: dict[str, Interpreter] = {
            machine.name: Interpreter(
                machine,
                key=setting.key,
                given=setting.given_of(machine),
                functions=contracted(machine),
                scope=self.store,
            )
            for machine in machines
        }
        keepers = [m.name for m in machines if m.instances is not None]
        self.keeper = keepers[0] if keepers else None

    @property
    def rows(self) -> tuple[Row, ...] | None:
        """The interpreter tells its rows where it is asked to, and not by itself."""
        return None

    @property
    def gone(self) -> bool:
        """True where there is no instance: who begins it has not begun yet, or has ended."""
        return self.keeper is not None and self.machines[self.keeper].ended

    @property
    def held(self) -> dict[str, Snapshot]:
        """What each machine holds."""
        return {name: each.snapshot() for name, each in self.machines.items()}

    def restore(self, held: Mapping[str, Snapshot]) -> None:
        """Become what `held` says."""
        for name, snapshot in held.items():
            self.machines[name].restore(snapshot)

    def step_of(self, machine: str, event: str, **inputs: Any) -> Result | None:
        """Let a machine take an event."""
        return self.machines[machine].step(event, **inputs)

    def told(self, machine: str, event: str, **inputs: Any) -> tuple[Result | None, list[Told]]:
        """The same, with every row that the step of a scope's machine held."""
        if len(self.machines) == 1:
            return self.step_of(machine, event, **inputs), []
        self.store.told = told = list[Told]()
        try:
            return self.step_of(machine, event, **inputs), told
        finally:
            self.store.told = None

    def snapshot_of(self, machine: str) -> Snapshot:
        """What a machine holds."""
        return self.machines[machine].snapshot()


class _CompiledCrew:
    """Generated machines over one generated scope; they tell their rows."""

    def __init__(
        self, classes: Mapping[str, type[CompiledMachine]], scope: Any, setting: Setting
    ) -> None:
        self._taken: list[Row] = []
        shared = scope(*setting.key.values())
        self._machines = {
            name: made(
                *setting.others.get(name, {}).values(), scope=shared, trace=self._teller(name)
            )
            for name, made in classes.items()
        }

    def _teller(self, machine: str) -> Callable[[str], None]:
        return lambda row: self._taken.append((machine, row))

    @property
    def rows(self) -> tuple[Row, ...] | None:
        """The rows that were traced."""
        return tuple(self._taken)

    def step_of(self, machine: str, event: str, **inputs: Any) -> Result | None:
        """Let a machine take an event; rows of earlier steps are forgotten."""
        self._taken.clear()
        return self._machines[machine].step(event, **inputs)

    def restore(self, held: Mapping[str, Snapshot]) -> None:
        """Become what `held` says."""
        for name, snapshot in held.items():
            self._machines[name].restore(snapshot)

    def snapshot_of(self, machine: str) -> Snapshot:
        """What a machine holds."""
        return self._machines[machine].snapshot()


def compiled_crew(machines: tuple[model.Machine, ...]) -> Maker:
    """Makes instances of the scope that `machines` share, all of them compiled."""
    shares = machines[0].shares
    assert shares is not None  # who asks for a crew has a scope
    classes = {machine.name: compiled_class(machine) for machine in machines}
    scope = compile_scope(shares, machines)
    return lambda _machine, setting: _CompiledCrew(classes, scope, setting)


def interpreted_crew(machines: tuple[model.Machine, ...]) -> Maker:
    """Makes instances of the scope that `machines` share, all of them interpreted."""
    return lambda _machine, setting: Members(machines, setting)
