"""The frozen model of a composition: machines explored together over channels.

docs/reference/language.md, "Compositions", says what each part means and what a step of the whole
is; the explorer and the Promela that is made for SPIN both follow it. The machines stand here as
they are explored: with small constants and narrow sequence spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import evolve, field, frozen

from netfsm.spec.expr import Expr
from netfsm.spec.findings import Mark
from netfsm.spec.formats import Format
from netfsm.spec.model import Choice, Constant, Event, Field, Let, Machine, Ref
from netfsm.spec.types import Seq, Type, Value

__all__ = [
    "STATES",
    "Call",
    "Channel",
    "Choose",
    "Composition",
    "End",
    "Ghost",
    "Injection",
    "Place",
    "Places",
    "Requirement",
    "Slot",
    "Update",
    "choices_of",
]

STATES = 500_000
"""How many states are explored where a composition says no limit."""

Policy = Literal["any", "own", "quiet", "last", "never"]
Form = Literal["each", "range", "any"]
PropertyKind = Literal["always", "goal", "possible", "finally", "never", "ends", "faultless"]


@frozen(cache_hash=True)
class Place:
    """What a dotted name of a composition stands for.

    kind: `variable`, `given` and `key` of a slot; `ghost` of an end (`slot` is ""); `inbox`, the
    messages under way to an end; `lost`, `doubled`, `overtaken` and `injected`, what a channel did
    so far (`end` is "", `slot` the channel); `state` and `timer` of a slot. Within an end `end` is
    "".
    """

    kind: Literal[
        "variable",
        "given",
        "key",
        "ghost",
        "inbox",
        "lost",
        "doubled",
        "overtaken",
        "injected",
        "state",
        "timer",
    ]
    end: str
    slot: str
    name: str


@frozen
class Places:
    """What names stand for: values, the states in `at(...)`, and timers."""

    values: Mapping[str, Place]
    states: Mapping[str, Place]
    timers: Mapping[str, Place]


@frozen
class Slot:
    """One instance of a machine at an end: `values` are those of its key and of what is given."""

    name: str
    machine: str
    key: tuple[Value, ...]
    given: tuple[Value, ...]
    mark: Mark = field(eq=False)


@frozen
class Choose:
    """How one choice of an event is made at an end.

    `choice` is also a parameter of a message's event that the format does not give.

    form: `each` (every value of `values` that keeps the contract, one step for each), `range` (all
    numbers from the first to the second of `values` that keep it), `any` (all values of the type
    that keep it). A single value of `each` that breaks the contract is a fault of the composition.
    """

    machine: str
    event: str
    choice: str
    form: Form
    values: tuple[Expr, ...]
    mark: Mark = field(eq=False)


@frozen
class Call:
    """One entry of an end's script.

    `values` has for each parameter the values that it may have, one step for each combination.
    `when` is over the whole composition; an `optional` call may be left out.
    """

    slot: str
    event: str
    values: tuple[tuple[Field, tuple[Value, ...]], ...]
    when: Expr | None
    optional: bool
    mark: Mark = field(eq=False)


@frozen
class Update:
    """What changes a ghost: an emission of a slot, or an event that it takes.

    `when` and `value` are over the ghosts of the end, what is given, and `o.field` or the event's
    parameters.
    """

    what: Literal["emit", "event"]
    slot: str
    name: str
    when: Expr | None
    value: Expr
    mark: Mark = field(eq=False)


@frozen
class Ghost:
    """A variable of an end that exists for properties only."""

    name: str
    type: Type
    initial: Expr
    updates: tuple[Update, ...]
    mark: Mark = field(eq=False)


@frozen(cache_hash=True)
class Injection:
    """What a third party may send to an end over a channel, as long as its budget lasts.

    `values` has for each field that is said the values that it may have: each with each of the
    others is a message. `when`, over the end and the parameters of the event that takes the
    message, tells which of them come.
    """

    channel: str
    format: str
    values: tuple[tuple[Field, tuple[Value, ...]], ...]
    when: Expr | None
    mark: Mark = field(eq=False)

    @property
    def every(self) -> bool:
        """True where some field has all numbers of its sequence space."""
        return any(
            isinstance(each.type, Seq) and len(values) == each.type.modulus
            for each, values in self.values
        )


@frozen
class End:
    """A host: its machines, what its user does, and how its hands choose.

    `takers` names for each format the slot and the event that a message of it becomes, `injections`
    what may come of a third party. `places` are the names of expressions that speak of this end
    alone.
    """

    name: str
    slots: tuple[Slot, ...]
    script: tuple[Call, ...]
    chooses: tuple[Choose, ...]
    ghosts: tuple[Ghost, ...]
    takers: Mapping[str, tuple[str, str]]
    injections: tuple[Injection, ...]
    places: Places
    mark: Mark = field(eq=False)

    def slot(self, name: str) -> Slot:
        """The slot called `name`; KeyError where there is none."""
        for slot in self.slots:
            if slot.name == name:
                return slot
        raise KeyError(name)


@frozen
class Channel:
    """What joins ends: one queue to each of them.

    A message that an end sends goes to the queue of every other end for which `reaches` is true:
    `o.field` is of the message, plain names are what is given to the receiver. `lose`, `duplicate`,
    `reorder` and `inject` are budgets for the whole run. `larger` is the same with larger bounds,
    for SPIN.
    """

    name: str
    ends: tuple[str, ...]
    carries: tuple[str, ...]
    capacity: int
    lose: int
    duplicate: int
    reorder: int
    inject: int
    reaches: Expr | None
    larger: Channel | None
    mark: Mark = field(eq=False)


@frozen
class Requirement:
    """What must hold of the whole.

    kind: `always` (`holds` is true in every state), `goal` (from every state, or from those where
    `when` is true, one is reachable in which it is true), `possible` (it is true in some state),
    `finally` (it is true wherever nothing can happen any more), `never` (no slot called `slot`
    emits `output` where `holds`, over `o.field`, is true), `ends` (no run goes on for ever),
    `faultless` (`goal`, `finally` and `ends` hold without faults and without `timers`).
    """

    id: str
    kind: PropertyKind
    holds: Expr | None
    when: Expr | None
    slot: str
    output: str
    timers: tuple[str, ...]
    refs: tuple[Ref, ...]
    says: str
    mark: Mark = field(eq=False)


@frozen
class Composition:
    """Machines by name as they are explored, the ends that have them, and what must hold.

    `constants` are the composition's own, and those of the machines that mean one thing.
    `policies` has for each `machine.timer` when it may fire, `functions` for each
    `machine.function` of hands what it gives; `without` are machines whose signals
    go nowhere. `spaces` are the widths of sequence spaces; `places` the names of expressions that
    speak of the whole.
    """

    name: str
    title: str
    says: str
    refs: tuple[Ref, ...]
    machines: Mapping[str, Machine]
    formats: Mapping[str, Format]
    constants: tuple[Constant, ...]
    spaces: Mapping[str, int]
    without: frozenset[str]
    ends: tuple[End, ...]
    channels: tuple[Channel, ...]
    policies: Mapping[str, Policy]
    functions: Mapping[str, Expr]
    lets: tuple[Let, ...]
    properties: tuple[Requirement, ...]
    limit: int
    places: Places
    digest: str
    mark: Mark = field(eq=False)

    def end(self, name: str) -> End:
        """The end called `name`; KeyError where there is none."""
        for end in self.ends:
            if end.name == name:
                return end
        raise KeyError(name)

    @property
    def injects(self) -> bool:
        """True where a third party may send something."""
        return any(channel.inject for channel in self.channels)

    def larger(self) -> Composition | None:
        """The same with larger bounds, None where no channel has any."""
        if all(channel.larger is None for channel in self.channels):
            return None
        return evolve(self, channels=tuple(each.larger or each for each in self.channels))


def choices_of(event: Event, formats: Mapping[str, Format]) -> tuple[Choice, ...]:
    """What hands decide of an event: its choices, and what its message does not say."""
    if event.format is None:
        return event.choices
    said = {f"{event.alias}.{field.name}" for field in formats[event.format].message_fields}
    own = (p for p in event.params if p.name not in said and not p.ghost)
    return (*(Choice(p.name, p.type, None, p.says, p.mark) for p in own), *event.choices)
