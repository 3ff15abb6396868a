"""One slot at work: a generated machine that is put into a state, stepped, and read again.

The classes are the runtime's, with ghosts kept, the row taken told, and what is stored held
against its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, evolve, field, frozen

from netfsm.explore.haunted import haunted
from netfsm.machine import CompiledMachine, Result, compile_machine
from netfsm.machine.layout import Layout
from netfsm.machine.scope import CompiledScope
from netfsm.spec import model
from netfsm.spec.composition import Slot
from netfsm.spec.expr import At, Name, TimerRef
from netfsm.spec.types import Value

__all__ = ["Kind", "SlotState", "Worker"]

SlotState = tuple[Any, ...]
"""The number of the state, then what the machine itself holds: variables, timers, deadlines."""


@define
class Kind:
    """A machine as exploring runs it: its model with ghosts, its class, where its parts stand.

    `written` is the machine without, `functions` are those that it declares.
    """

    written: model.Machine
    functions: Mapping[str, Callable[..., Any]] = field(factory=dict[str, Callable[..., Any]])
    machine: model.Machine = field(init=False)
    layout: Layout = field(init=False)
    made: type[CompiledMachine] = field(init=False)
    attributes: tuple[str, ...] = field(init=False)
    events: Mapping[str, model.Event] = field(init=False)
    _locals: dict[str, str] = field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        """Compile the machine."""
        self.machine = haunted(self.written)
        self.layout = Layout(self.machine)
        self.made = compile_machine(
            self.machine, traced=True, checked=True, functions=self.functions
        )
        about = self.made.about
        held = (*about.variables.items(), *about.timers.items(), *about.deadlines.items())
        own = dict.fromkeys(slot for name, slot in held if name not in about.shared)
        self.attributes = ("_state", *own)
        self.events = {event.name: event for event in self.machine.events}

    def local(self, name: str) -> str:
        """What the generated code calls a parameter of an event."""
        found = self._locals.get(name)
        if found is None:
            found = self._locals[name] = self.layout.local(name)
        return found

    def place(self, name: str) -> int:
        """Where a variable or timer of the machine's own stands in a `SlotState`."""
        about = self.made.about
        attribute = about.variables.get(name) or about.timers[name]
        return self.attributes.index(attribute)

    def value(self, instance: CompiledMachine, name: str) -> Any:
        """The value of a variable, a key or what is given, in `instance` or in its scope."""
        holder = instance.scope if name in self.layout.shared else instance
        return getattr(holder, self.layout.slots[name])


@define
class Worker:
    """The one instance of a slot; `trace` gets each row's id."""

    slot: Slot
    kind: Kind
    scope: CompiledScope | None
    instance: CompiledMachine = field(init=False)
    begin: SlotState = field(init=False)
    rows: list[str] = field(factory=list[str])

    def __attrs_post_init__(self) -> None:
        """Make the instance."""
        self.instance = self.fresh(self.slot.key)
        self.begin = self._held()

    def fresh(self, key: tuple[Value, ...]) -> CompiledMachine:
        """A new instance with this slot's givens and another key."""
        return made(self.kind, key, self.slot.given, self.rows.append, self.scope)

    def read(self) -> SlotState:
        """What the instance holds; that of the beginning where it has ended."""
        ended = self.kind.machine.instances is not None and self.instance.ended
        return self.begin if ended else self._held()

    def write(self, held: SlotState) -> None:
        """Let the instance hold that."""
        for attribute, value in zip(self.kind.attributes, held, strict=True):
            setattr(self.instance, attribute, value)

    def step(self, event: str, inputs: Mapping[str, Any]) -> Result:
        """Take an event; `inputs` by the names of the spec, a message's packet by its alias."""
        return stepped(self.kind, self.instance, event, inputs)

    def renew(self) -> None:
        """Begin anew where the instance has ended, as the runtime makes another for the next."""
        self.write(self.read())

    def completes(self, after: str) -> bool:
        """Whether the machine has completion events after a `row` or a `batch`."""
        return bool(self.kind.made.about.completions[after])

    def settle(self, after: str) -> Result:
        """Try them until none is enabled."""
        now = (0,) if self.kind.machine.uses_now else ()
        return self.instance.settle(after, *now)

    def _held(self) -> SlotState:
        return tuple(getattr(self.instance, attribute) for attribute in self.kind.attributes)


def made(
    kind: Kind,
    key: tuple[Value, ...],
    given: tuple[Value, ...],
    trace: Callable[[str], None],
    scope: CompiledScope | None,
) -> CompiledMachine:
    """A new instance of `kind`; one of a scope has its key there."""
    if scope is None:
        return kind.made(*key, *given, trace=trace)
    return kind.made(*given, scope=scope, trace=trace)


@frozen
class View:
    """What the expressions of a machine see of one instance, with the parameters of an event."""

    kind: Kind
    instance: CompiledMachine
    inputs: Mapping[str, Any]

    @property
    def lets(self) -> Mapping[str, model.Let]:
        """The lets of the machine."""
        return {let.name: let for let in self.kind.machine.lets}

    def with_inputs(self, inputs: Mapping[str, Any]) -> View:
        """The same with other parameters."""
        return evolve(self, inputs=inputs)

    def named(self, name: Name) -> Any:
        """The value of a name."""
        match name.kind:
            case "param":
                return self.inputs[name.name]
            case "const":
                return next(c.value for c in self.kind.machine.constants if c.name == name.name)
            case "now":
                return 0
            case "state":
                return self.instance.state
            case _:
                return self.kind.value(self.instance, name.name)

    def at(self, at: At) -> bool:
        """Whether the machine is in one of these states."""
        return self.instance.state in at.states

    def timer(self, ref: TimerRef) -> Any:
        """Whether a timer runs, or how many do; time stands still, so a deadline is now."""
        if ref.what == "armed":
            return ref.timer in self.instance.armed
        return len(self.instance.armed) if ref.what == "timers_armed" else 0

    def function(self, name: str, args: tuple[Any, ...]) -> Any:
        """What a declared function says."""
        return self.kind.functions[name](*args)


def stepped(kind: Kind, instance: CompiledMachine, event: str, inputs: Mapping[str, Any]) -> Result:
    """Step an instance of `kind`. Raises what a checked machine raises."""
    named = {kind.local(name): value for name, value in inputs.items()}
    if kind.machine.uses_now:
        named["now"] = 0
    return instance.step(event, **named)
