"""Who is there: the ends of a composition, the parts of each machine, and a number for each.

An end is a number. A part is one slot of an end; the parts of one machine stand in one array, in
the order of the ends. Where a signal may carry a key that no slot has, one more part stands at the
end of the array: the stranger, who is always absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from attrs import field, frozen

from netfsm.machine.layout import expressions, identifier
from netfsm.prove.spin.alive import living
from netfsm.prove.spin.numbers import Numbers
from netfsm.prove.spin.words import Words
from netfsm.spec import model
from netfsm.spec.composition import Composition, Slot
from netfsm.spec.expr import Expr, Lit, Name, walk
from netfsm.spec.types import TEXT, Type

__all__ = ["WIDTHS", "Part", "World", "fixed_values", "promela_type"]


@frozen
class Part:
    """A slot: its machine, the numbers of its end and of itself among the machine's parts."""

    machine: str
    number: int
    end: int
    slot: Slot

    @property
    def at(self) -> tuple[int, int]:
        """Its number, and that of its end."""
        return self.number, self.end


@frozen(slots=False)
class World:
    """The numbers and names of a composition's parts and values.

    `spares` are the locals that have been asked for, `resumes` the events that let rows
    go on, with their machines.
    """

    composition: Composition
    numbers: Numbers = field(factory=Numbers)
    spares: dict[str, None] = field(factory=dict[str, None])
    resumes: dict[str, str] = field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        """Learn every value that may ever occur: none is made while machines run."""
        for constant in self.composition.constants:
            self.numbers.learn(constant.type, constant.value)
        for machine in self.composition.machines.values():
            for constant in machine.constants:
                self.numbers.learn(constant.type, constant.value)
            if any(_names_state(expr) for expr in expressions(machine)):
                for state in machine.states:
                    self.numbers.learn(TEXT, state.name)
        for part in self.parts:
            machine = self.composition.machines[part.machine]
            for each, value in fixed_values(machine, part.slot):
                self.numbers.learn(each.type, value)
        for end in self.composition.ends:
            for call in end.script:
                for param, values in call.values:
                    for value in values:
                        self.numbers.learn(param.type, value)

    def spare(self, number: int) -> str:
        """A local for the new value of a ghost, while another is computed."""
        name = f"g{number}"
        self.spares[name] = None
        return name

    def resume(self, machine: str, row: str) -> str:
        """An event of its own that lets a row of a machine go on; each time another."""
        name = f"{self.words[machine].row(row)}_{len(self.resumes)}"
        self.resumes[name] = machine
        return name

    # ---- parts

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every slot of every end."""
        count: dict[str, int] = {}
        found: list[Part] = []
        for number, end in enumerate(self.composition.ends):
            for slot in end.slots:
                at = count.get(slot.machine, 0)
                count[slot.machine] = at + 1
                found.append(Part(slot.machine, at, number, slot))
        return tuple(found)

    def of(self, machine: str) -> tuple[Part, ...]:
        """The parts of a machine."""
        return tuple(part for part in self.parts if part.machine == machine)

    def at(self, end: int, slot: str) -> Part:
        """The part that is slot `slot` of an end."""
        return next(p for p in self.parts if p.end == end and p.slot.name == slot)

    def end(self, name: str) -> int:
        """The number of an end."""
        names = [end.name for end in self.composition.ends]
        return names.index(name)

    @cached_property
    def machines(self) -> Mapping[str, model.Machine]:
        """The machines that have parts, with the events that may come here and their rows."""
        whole = {p.machine: self.composition.machines[p.machine] for p in self.parts}
        return living(self.composition, whole)

    @cached_property
    def strangers(self) -> frozenset[str]:
        """The machines of which a signal may carry a key that no slot has."""
        found: frozenset[str] = frozenset()
        while True:
            more = {
                signal.machine
                for name, row, signal in self.sent
                if signal.key and self._misses(name, row, signal, found)
            }
            if found.issuperset(more):
                return found
            found |= more

    def _misses(
        self, sender: str, row: model.Row, signal: model.Signal, strangers: frozenset[str]
    ) -> bool:
        """True if the key of a signal may be of no slot of the sender's end."""
        strange = sender in strangers and self.machines[sender].initial in row.states
        for part in self.of(sender):
            key = tuple(self.known(expr, part, strange=strange) for expr in signal.key or ())
            slots = [p for p in self.of(signal.machine) if p.end == part.end]
            if key not in [self.key(slot) for slot in slots]:
                return True
        return False

    # ---- signals and events

    @cached_property
    def sent(self) -> tuple[tuple[str, model.Row, model.Signal], ...]:
        """Every signal that waits for its own turn, with the machine and row that send it."""
        return tuple(
            (machine.name, row, part)
            for machine in self.machines.values()
            for row in machine.rows
            for part in row.emissions
            if isinstance(part, model.Signal) and part.machine in self.machines and not part.inside
        )

    def comes(self, machine: str, event: model.Event) -> bool:
        """True for an event that begins a step of a part, and is not part of another's."""
        if event.kind == "signal":
            return any((s.machine, s.event) == (machine, event.name) for s in self.signals)
        return event.kind != "completion"

    def timers(self, machine: str) -> tuple[model.Timer, ...]:
        """The timers whose events a machine takes: its own, and those of its scope that it owns."""
        timers = self.machines[machine].timers
        return tuple(t for t in timers if not t.shared or t.owner == machine)

    @property
    def signals(self) -> tuple[model.Signal, ...]:
        """Every signal that some part sends to another."""
        return tuple(signal for _, _, signal in self.sent)

    @cached_property
    def signal_room(self) -> tuple[int, int]:
        """How many parts of a key and how many parameters the longest signal has."""
        keys = [len(s.key or ()) for s in self.signals if s.machine in self.strangers]
        return max(keys, default=0), max((len(s.fields) for s in self.signals), default=0)

    @cached_property
    def events(self) -> Mapping[tuple[str, str], int]:
        """The number of each event that may come to a part, by machine and name, from 1.

        `after row` and `after batch` stand for the completion events.
        """
        names = [
            (machine.name, event.name)
            for machine in self.machines.values()
            for event in machine.events
            if self.comes(machine.name, event)
        ]
        for machine in self.machines.values():
            after = dict.fromkeys(f"after {e.after}" for e in machine.events if e.after)
            names += [(machine.name, each) for each in after]
        return {name: at for at, name in enumerate(names, 1)}

    @cached_property
    def inside(self) -> tuple[tuple[str, str], ...]:
        """Each machine and event that comes within the step of another machine of its scope."""
        sent = (part for machine in self.machines.values() for part in _signals(machine))
        return tuple(dict.fromkeys((s.machine, s.event) for s in sent if s.inside))

    def numbered(self, machine: str) -> dict[str, str]:
        """The numbers of what comes within a step, for one machine: after all other events."""
        names = [(self.words[name].event(f"in {event}"), name) for name, event in self.inside]
        names += self.resumes.items()
        found = enumerate(names, len(self.events) + 1)
        return {name: str(at) for at, (name, whose) in found if whose == machine}

    def size(self, machine: str) -> int:
        """How many elements the array of a machine's parts has."""
        return len(self.of(machine)) + (machine in self.strangers)

    # ---- names and values

    @cached_property
    def words(self) -> Mapping[str, Words]:
        """The names of each machine: its label is the last word of its name, where that will do."""
        last = [name.rpartition(".")[2] for name in self.machines]
        found: dict[str, Words] = {}
        for name, word in zip(self.machines, last, strict=True):
            label = word if last.count(word) == 1 else name.replace(".", "_")
            machine = self.machines[name]
            things: list[model.Variable | model.Timer] = [*machine.variables, *machine.timers]
            shared = {each.name: self.scope_label(machine) for each in things if each.shared}
            found[name] = Words(label, self.size(name) > 1, shared)
        return found

    def scope_label(self, machine: model.Machine) -> str:
        """The name of the array of a machine's scope, one element for each end."""
        return f"{identifier(machine.scope or '')}_scope"

    def fixed(self, part: Part, name: str) -> int:
        """The number of a key or given of a part."""
        machine = self.composition.machines[part.machine]
        kind, value = next(
            (f.type, value) for f, value in fixed_values(machine, part.slot) if f.name == name
        )
        return self.numbers.number(kind, value)

    def key(self, part: Part) -> tuple[int, ...]:
        """The numbers of a part's key."""
        machine = self.composition.machines[part.machine]
        fields = machine.key
        return tuple(self.fixed(part, field.name) for field in fields)

    def known(self, expr: Expr, part: Part, *, strange: bool = False) -> int | None:
        """The number of an expression that never changes at a part; None for any other.

        `strange` says that the stranger may be meant, who has the part's givens and any key.
        """
        match expr:
            case Lit():
                return self.numbers.number(expr.type, expr.value)
            case Name(kind="const"):
                machine = self.composition.machines[part.machine]
                constant = next(each for each in machine.constants if each.name == expr.name)
                return self.numbers.number(constant.type, constant.value)
            case Name(kind="key" | "given") if expr.kind == "given" or not strange:
                return self.fixed(part, expr.name)
            case _:
                return None

    def given(self, end: int, name: str) -> int:
        """The number of what all slots of an end that have it are given by `name`."""
        for part in self.parts:
            machine = self.composition.machines[part.machine]
            names = [each.name for each, _ in fixed_values(machine, part.slot)]
            if part.end == end and name in names:
                return self.fixed(part, name)
        raise KeyError(name)

    def constant(self, name: str) -> int:
        """The number of a constant of the composition."""
        constant = next(each for each in self.composition.constants if each.name == name)
        return self.numbers.number(constant.type, constant.value)

    def promela(self, kind: Type, subject: str) -> str:
        """The type of Promela that holds values of `kind`; raises Beyond where there is none."""
        return promela_type(self.numbers.bits(kind, subject))


WIDTHS: Final = ("bit", "byte", "short", "int")
"""The types of Promela, narrow ones first."""


def promela_type(bits: int) -> str:
    """The smallest type of Promela that holds numbers of so many bits."""
    if bits <= 1:
        return "bit"
    return "byte" if bits <= 8 else "short" if bits <= 15 else "int"


def _signals(machine: model.Machine) -> Iterator[model.Signal]:
    for row in machine.rows:
        yield from (part for part in row.emissions if isinstance(part, model.Signal))


def _names_state(expr: Expr) -> bool:
    return any(isinstance(node, Name) and node.kind == "state" for node in walk(expr))


def fixed_values(machine: model.Machine, slot: Slot) -> Iterator[tuple[model.Field, Any]]:
    """The parts of the key of a slot and what is given to it, with their values."""
    keys = machine.key
    yield from zip((*keys, *machine.given), (*slot.key, *slot.given), strict=True)
