"""What every generated machine has in common, and the form of a step's result.

A step gives ``(emissions, orders)``. Emissions are named tuples in the order written in the row;
each class says its `output` and `kind`. Orders are ``(timer, after)``: `after` in microseconds,
None to stop. A step that gives nothing returns the constant `NOTHING`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

from attrs import frozen

from netfsm.errors import ContractError, InternalError, MissingFunctions
from netfsm.spec.types import Value

Order = tuple[str, int | None]
Emission = Any  # a named tuple of a class made from the spec, with `output` and `kind`
Result = tuple[tuple[Emission, ...], tuple[Order, ...]]
Functions = Mapping[str, Callable[..., Any]]

NOTHING: Final[Result] = ((), ())


@frozen
class About:
    """What a machine class is made of; the mappings go from the spec's names to attributes.

    `inputs` gives the arguments of each event in order, `now` left out; `completions` the
    completion events to try after a row and after a batch. `ended` are the indexes in `states`
    of the absent and the final states.
    """

    name: str
    digest: str
    states: tuple[str, ...]
    ended: frozenset[int]
    key: Mapping[str, str]
    given: tuple[str, ...]
    variables: Mapping[str, str]
    shared: frozenset[str]
    timers: Mapping[str, str]
    deadlines: Mapping[str, str]
    events: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]
    completions: Mapping[str, tuple[str, ...]]
    uses_now: bool


@frozen
class Snapshot:
    """All that a machine holds at one moment, by the names of its spec.

    `key` and `given` are in the order of the spec; a variable out of scope is None; `armed` are
    the running timers, and `deadlines` the instants of those whose deadline the spec reads.
    """

    machine: str
    key: tuple[Value, ...]
    given: tuple[Value, ...]
    state: str
    variables: Mapping[str, Value | None]
    armed: frozenset[str]
    deadlines: Mapping[str, int]


class CompiledMachine:
    """One instance of a machine: an event in, emissions and timer orders out.

    Each event has a method ``on_EVENT``; generated classes add those and the variables.
    """

    __slots__ = ()

    about: ClassVar[About]
    _state: int

    if TYPE_CHECKING:  # what the generated class adds is known when it is generated

        def __init__(self, *args: Any, **fields: Any) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def step(self, event: str, **inputs: Any) -> Result:
        """Take `event`; `inputs` by name: parameters, choices, a message by its alias, `now`.

        Raises ValueError where the machine has no such event, InternalError where the spec calls
        the cell impossible or has a hole.
        """
        method = self.about.events.get(event)
        if method is None:
            known = ", ".join(self.about.events)
            raise ValueError(f"{self.about.name} has no event {event}: it has {known}")
        result: Result = getattr(self, method)(**inputs)
        return result

    @property
    def state(self) -> str:
        """The state's name in the spec."""
        return self.about.states[self._state]

    @property
    def key(self) -> tuple[Value, ...]:
        """The values that tell this instance from others, in the order of the spec."""
        return tuple(getattr(self._holder(n), slot) for n, slot in self.about.key.items())

    @property
    def ended(self) -> bool:
        """True in the absent state and in final states: there is no instance (any more)."""
        return self._state in self.about.ended

    @property
    def armed(self) -> tuple[str, ...]:
        """The names of the timers that run."""
        timers = self.about.timers
        return tuple(name for name in timers if getattr(self._holder(name), timers[name]))

    def settle(self, after: str, *inputs: Any) -> Result:
        """Try the completion events of `after` (`row` or `batch`) until none is enabled.

        `inputs` go to each: `now` for a machine that uses it.
        """
        emissions: tuple[Emission, ...] = ()
        orders: tuple[Order, ...] = ()
        pending = [getattr(self, self.about.events[e]) for e in self.about.completions[after]]
        quiet, taken = 0, False
        while quiet < len(pending):
            result: Result | None = pending[quiet](*inputs)
            if result is None:
                quiet += 1
            else:
                quiet, taken = 0, True
                emissions += result[0]
                orders += result[1]
        return (emissions, orders) if taken else NOTHING

    def snapshot(self) -> Snapshot:
        """All that this instance holds; `restore` takes it back."""
        about = self.about
        armed = frozenset(self.armed)
        return Snapshot(
            about.name,
            self.key,
            tuple(getattr(self, slot) for slot in about.given),
            self.state,
            {name: getattr(self._holder(name), about.variables[name]) for name in about.variables},
            armed,
            {
                name: getattr(self._holder(name), slot)
                for name, slot in about.deadlines.items()
                if name in armed
            },
        )

    def restore(self, held: Snapshot) -> None:
        """Become what `held` says. Raises ValueError for a snapshot of another machine."""
        about = self.about
        if held.machine != about.name:
            raise ValueError(f"a snapshot of {held.machine} is not one of {about.name}")
        for (name, slot), value in zip(about.key.items(), held.key, strict=True):
            setattr(self._holder(name), slot, value)
        for slot, value in zip(about.given, held.given, strict=True):
            setattr(self, slot, value)
        for name, slot in about.variables.items():
            setattr(self._holder(name), slot, held.variables[name])
        for name, slot in about.timers.items():
            setattr(self._holder(name), slot, name in held.armed)
        for name, slot in about.deadlines.items():
            setattr(self._holder(name), slot, held.deadlines.get(name))
        self._state = about.states.index(held.state)

    def _holder(self, name: str) -> Any:
        return self.scope if name in self.about.shared else self

    def __repr__(self) -> str:
        """The machine, its key and its state."""
        key = ", ".join(repr(part) for part in self.key)
        return f"<{self.about.name}[{key}] {self.state}>"


def hole(machine: CompiledMachine, event: str) -> NoReturn:
    """Raise InternalError: no guard of a cell is true."""
    raise InternalError(f"no row of this cell applies to {event}", cell_name(machine, event))


def impossible(machine: CompiledMachine, event: str, reason: str) -> NoReturn:
    """Raise InternalError: the spec says that this cell is never reached."""
    raise InternalError(
        f"{event} came in {machine.state}, which the spec calls impossible ({reason})",
        cell_name(machine, event),
    )


def broken(
    machine: CompiledMachine, event: str, subject: str, rule: str, value: object
) -> NoReturn:
    """Raise ContractError: `value` breaks the rule of `subject`."""
    raise ContractError(cell_name(machine, event), subject, rule, value)


def cell_name(machine: CompiledMachine, event: str) -> str:
    """`arp.neighbour/INCOMPLETE/heard`."""
    return f"{machine.about.name}/{machine.state}/{event}"


def disabled(*_inputs: object) -> None:
    """A completion event in a state without rows for it: nothing, and not even a result."""


def inside(
    receiver: CompiledMachine, event: str, now: int | None, inputs: tuple[Any, ...]
) -> Result:
    """Hand a signal to a machine of the same scope, as a part of the sender's step."""
    method = getattr(receiver, receiver.about.events[event])
    result: Result = method(now, *inputs) if receiver.about.uses_now else method(*inputs)
    return result


def need_functions(machine: str, wanted: tuple[str, ...], given: Functions) -> None:
    """Raise MissingFunctions where `given` lacks one of the `wanted` functions."""
    absent = tuple(name for name in wanted if name not in given)
    if absent:
        raise MissingFunctions(machine, absent)


def no_trace(_row: str) -> None:
    """The trace of a traced machine until somebody sets another."""
