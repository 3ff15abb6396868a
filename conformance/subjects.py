"""What can be driven event by event: the compiled machine, the interpreter, `transitions`.

A subject is one instance of a machine. It takes a step, tells the row that it took, and gives its
snapshot. A suite drives one beside the interpreter, which is the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from attrs import evolve, field, frozen

from netfsm.conformance.candidates import HANDLES, usual
from netfsm.conformance.contracts import contracted
from netfsm.machine.adapter import to_transitions
from netfsm.machine.base import CompiledMachine, Result, Snapshot
from netfsm.machine.compile import compile_machine
from netfsm.machine.interpret import Interpreter, evaluated
from netfsm.spec import model, types
from netfsm.spec.types import Type, Value

if TYPE_CHECKING:
    from netfsm.conformance.crew import Crew

__all__ = [
    "Maker",
    "Placed",
    "Setting",
    "Subject",
    "compiled",
    "compiled_class",
    "first_setting",
    "interpreted",
    "ranked",
    "settings",
]

Functions = Mapping[str, Callable[..., Any]]


@frozen
class Setting:
    """What an instance is born with, by name: its key and what the hands give it.

    In a scope `others` has what is given to each of its machines, and `given` nothing.
    """

    key: Mapping[str, Value] = field(factory=dict[str, Value])
    given: Mapping[str, Value] = field(factory=dict[str, Value])
    others: Mapping[str, Mapping[str, Value]] = field(factory=dict[str, Mapping[str, Value]])

    def given_of(self, machine: model.Machine) -> Mapping[str, Value]:
        """What is given to one of the machines."""
        return self.given if machine.shares is None else self.others.get(machine.name, {})


class Subject(Protocol):
    """One instance of a machine under test."""

    @property
    def row(self) -> str | None:
        """The id of the row that the last step took; None where the subject can't tell."""
        ...

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Take an event; None for a completion event that is disabled."""
        ...

    def snapshot(self) -> Snapshot:
        """All that the instance holds."""
        ...


@runtime_checkable
class Placed(Subject, Protocol):
    """A subject that can be put into any situation, and asked how it ranks when there are too many.

    Suites that begin in the middle need this; a black box can't do it.
    """

    def restore(self, held: Snapshot) -> None:
        """Become what `held` says."""
        ...

    def rank(self, now: int) -> int | None:
        """What instances are ordered by when there are too many; None where nothing is said."""
        ...


Maker = Callable[[model.Machine, Setting], "Subject | Crew"]
"""Makes an instance of a machine, or of all machines of its scope, in the initial state."""


class Compiled:
    """An instance of the generated class, traced so that it tells its rows."""

    def __init__(self, made: type[CompiledMachine], setting: Setting) -> None:
        """Make the instance."""
        self._taken: list[str] = []
        values = (*setting.key.values(), *setting.given.values())
        self.instance = made(*values, trace=self._taken.append)

    @property
    def row(self) -> str | None:
        """The last row that was traced."""
        return self._taken[-1] if self._taken else None

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Take an event; rows of earlier steps are forgotten."""
        self._taken.clear()
        return self.instance.step(event, **inputs)

    def snapshot(self) -> Snapshot:
        """What the instance holds."""
        return self.instance.snapshot()

    def restore(self, held: Snapshot) -> None:
        """Become what `held` says."""
        self.instance.restore(held)

    def rank(self, now: int) -> int | None:
        """What the generated method says, where there is one."""
        asked = getattr(self.instance, "eviction_rank", None)
        if asked is None or self.instance.ended:
            return None
        return cast(int, asked(now) if self.instance.about.uses_now else asked())


class Interpreted:
    """The interpreter as a subject; it does not tell its rows."""

    row: str | None = None

    def __init__(self, machine: model.Machine, setting: Setting) -> None:
        """Make the instance."""
        self.instance = Interpreter(
            machine, key=setting.key, given=setting.given, functions=contracted(machine)
        )

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Take an event."""
        return self.instance.step(event, **inputs)

    def snapshot(self) -> Snapshot:
        """What the instance holds."""
        return self.instance.snapshot()

    def restore(self, held: Snapshot) -> None:
        """Become what `held` says."""
        self.instance.restore(held)

    def rank(self, now: int) -> int | None:
        """The value of the spec's expression."""
        return ranked(self.instance, now)


class Adapted:
    """A `transitions.Machine` as a subject: the library picks the row and holds the state."""

    row: str | None = None

    def __init__(self, machine: model.Machine, setting: Setting) -> None:
        """Make the instance."""
        self._machine: Any = to_transitions(
            machine, key=setting.key, given=setting.given, functions=contracted(machine)
        )

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Take an event."""
        result: Result | None = self._machine.model.step(event, **inputs)
        return result

    def snapshot(self) -> Snapshot:
        """What it holds, its state as the library has it."""
        held: Snapshot = self._machine.model.interpreter.snapshot()
        state: str = self._machine.model.state
        return evolve(held, state=state)

    def restore(self, held: Snapshot) -> None:
        """Become what `held` says, in the library too."""
        self._machine.model.interpreter.restore(held)
        self._machine.set_state(held.state)

    def rank(self, now: int) -> int | None:
        """The value of the spec's expression."""
        return ranked(self._machine.model.interpreter, now)


def ranked(instance: Interpreter, now: int) -> int | None:
    """What the spec orders a live instance by when they are full; None where it says nothing."""
    instances = instance.machine.instances
    if instances is None or instances.evict is None or instance.ended:
        return None
    return cast(int, evaluated(instances.evict, instance, {}, now))


def compiled(made: type[CompiledMachine]) -> Maker:
    """Makes instances of a class that was compiled with ``traced=True`` and bound functions."""
    return lambda _machine, setting: Compiled(made, setting)


def compiled_class(machine: model.Machine) -> type[CompiledMachine]:
    """The class of `machine` as suites run it: it tells its rows."""
    return compile_machine(machine, traced=True, functions=contracted(machine))


def interpreted(machine: model.Machine, setting: Setting) -> Subject:
    """An interpreter."""
    return Interpreted(machine, setting)


def adapted(machine: model.Machine, setting: Setting) -> Subject:
    """A machine of the library `transitions`."""
    return Adapted(machine, setting)


def first_setting(machine: model.Machine, kin: tuple[model.Machine, ...] = ()) -> Setting:
    """A key and given values of the usual kind, all different where they are of one type.

    `kin` are all machines of the scope, where there is one.
    """
    key = machine.key
    taken: list[tuple[Type, Value]] = []

    def fresh(part: model.Field) -> Value:
        value = _birth(part.type, len(taken), taken)
        taken.append((part.type, value))
        return value

    born = {p.name: fresh(p) for p in key}
    if machine.shares is None:
        return Setting(born, {p.name: fresh(p) for p in machine.given})
    others = {each.name: {p.name: fresh(p) for p in each.given} for each in kin}
    return Setting(born, others=others)


def settings(machine: model.Machine, kin: tuple[model.Machine, ...] = ()) -> tuple[Setting, ...]:
    """The first setting, and others that differ in one given truth or member of an enum."""
    first = first_setting(machine, kin)
    found = [first]
    for each in kin or (machine,):
        for part in each.given:
            found += [_with(first, each, part.name, other) for other in _others(part.type)]
    return tuple(found)


def _others(kind: Type) -> tuple[Value, ...]:
    """The other truths and members of a type."""
    if isinstance(kind, types.Bool):
        return (True,)
    return tuple(n for _, n in kind.members[1:]) if isinstance(kind, types.Enum) else ()


def _with(first: Setting, machine: model.Machine, name: str, value: Value) -> Setting:
    given = {**first.given_of(machine), name: value}
    if machine.shares is None:
        return evolve(first, given=given)
    return evolve(first, others={**first.others, machine.name: given})


def _birth(kind: Type, number: int, taken: list[tuple[Type, Value]]) -> Value:
    match kind:
        case types.Nat():
            return min(6, kind.max)  # octets of an Ethernet address, where it is a length
        case types.Bytes():
            return bytes((2, 0, 0, 0, 1, number))
        case types.Address(family="mac"):
            return bytes((2, 0, 0, 0, 1, number))
        case types.Address(family="ipv4"):
            return 0xC0000200 + 10 + number  # 192.0.2.0/24, RFC 5737
        case types.Address(family="ipv6"):
            return (0x20010DB8 << 96) + 10 + number  # RFC 3849
        case types.Text():
            return f"eth{number}"
        case types.Handle():
            return HANDLES[0]
        case _:
            return usual(kind, tuple(taken))
