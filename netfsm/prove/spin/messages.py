"""Messages under way: what of them travels, and the queues of the channels.

A message is a format and its fields, each a number. Every queue has one form: `x0` is the format,
and `x1` and so on are the fields of the longest, wide enough for all. What stands beside a message
for the hands (`with:`) decides whom it reaches, and does not travel: its slots follow, in the
outbox alone. What a receiver reads of a message that no row writes is the field's default; a
derived field is computed where it arrives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from attrs import frozen

from netfsm.machine.source import Source
from netfsm.prove.spin.expression import ATOM, Text
from netfsm.prove.spin.parts import World, promela_type
from netfsm.spec import model
from netfsm.spec.composition import Channel
from netfsm.spec.formats import Format
from netfsm.spec.types import Type

__all__ = ["Messages", "counted", "queue"]

Fields = Mapping[str, Mapping[str, Type]]


@frozen(slots=False)
class Messages:
    """The messages of a composition and the channels that carry them."""

    world: World

    # ---- what travels

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """The formats that some channel carries, in order: a format's number is its place."""
        channels = self.world.composition.channels
        return tuple(dict.fromkeys(name for channel in channels for name in channel.carries))

    def wire(self, format_: str) -> Format:
        """A format."""
        return self.world.composition.formats[format_]

    @cached_property
    def fields(self) -> Fields:
        """For each format the fields that some row writes, and the ghosts that travel with them."""
        found: dict[str, dict[str, Type]] = {}
        for name in self.formats:
            kinds = {field.name: field.type for field in self.wire(name).settable}
            said = {field for _, _, emit in self._emits(name) for field, _ in emit.fields}
            said |= {f"{option}.present" for option in self._options(name, said)}
            kinds = {field: kind for field, kind in kinds.items() if field in said}
            kinds |= {f.name: f.type for f in self._with(name) if f.ghost}
            found[name] = {f: k for f, k in kinds.items() if self.constant(name, f) is None}
        return found

    def constant(self, format_: str, field: str) -> int | None:
        """The number of a field that is the same in every message; it need not travel."""
        told = self._numbers(format_, field)
        return told.pop() if told is not None and len(told) == 1 else None

    def _numbers(self, format_: str, field: str) -> set[int] | None:
        """All numbers that a field may have, where none of them is computed."""
        found: set[int | None] = set()
        for name, row, emit in self._emits(format_):
            fields = dict(emit.fields)
            if field not in fields:
                said = {f"{each}.present" for each in self._options(format_, set(fields))}
                found.add(1 if field in said else int(self.default(format_, field)))
            else:
                initial = self.world.machines[name].initial
                strange = name in self.world.strangers and initial in row.states
                for part in self.world.of(name):
                    found.add(self.world.known(fields[field], part, strange=strange))
        return None if None in found else {number for number in found if number is not None}

    @cached_property
    def beside(self) -> Fields:
        """For each format what stands beside a message for the hands."""
        return {
            name: {field.name: field.type for field in self._with(name) if not field.ghost}
            for name in self.formats
        }

    def _with(self, format_: str) -> Iterator[model.Field]:
        """The fields that stand beside messages of a format."""
        for machine, _, emit in self._emits(format_):
            outputs = {each.name: each for each in self.world.machines[machine].outputs}
            yield from outputs[emit.output].fields

    def _emits(self, format_: str) -> Iterator[tuple[str, model.Row, model.Emit]]:
        for machine in self.world.machines.values():
            outputs = {output.name: output for output in machine.outputs}
            for row in machine.rows:
                for part in row.emissions:
                    if isinstance(part, model.Emit) and outputs[part.output].format == format_:
                        yield machine.name, row, part

    def _options(self, format_: str, said: set[str]) -> list[str]:
        """The options of which some field is said."""
        listed = self.wire(format_).options
        options = listed.options if listed else ()
        return [o.name for o in options if said & {member.name for member in o.members("sent")}]

    # ---- slots

    @cached_property
    def _widths(self) -> tuple[list[int], list[int]]:
        """How many bits each slot of a queue takes, and each that only the outbox has."""
        number = max(0, len(self.formats) - 1).bit_length()
        return [number, *self._widest(self.fields)], self._widest(self.beside)

    def _widest(self, formats: Fields) -> list[int]:
        bits: list[int] = []
        for name, kinds in formats.items():
            for at, (field, kind) in enumerate(kinds.items()):
                told = self._numbers(name, field)
                width = self.world.numbers.bits(kind, f"{name} {field}")
                width = width if told is None else max(told).bit_length()
                bits[at : at + 1] = [max([width, *bits[at : at + 1]])]
        return bits

    def kinds(self, *, outbox: bool = False) -> list[str]:
        """The Promela types of the slots of a queue, or of the outbox."""
        travel, beside = self._widths
        return [promela_type(bits) for bits in travel + (beside if outbox else [])]

    def room(self, *, outbox: bool = False) -> str:
        """The scratch variables for one message: `x0, x1, x2`."""
        return ", ".join(f"x{at}" for at in range(len(self.kinds(outbox=outbox))))

    def slot(self, format_: str, field: str) -> str | None:
        """Where a field of a message is, in a scratch variable or always; None where nowhere."""
        constant = self.constant(format_, field)
        if constant is not None:
            return str(constant)
        travel, beside = list(self.fields[format_]), list(self.beside[format_])
        if field in travel:
            return f"x{travel.index(field) + 1}"
        return f"x{len(self.kinds()) + beside.index(field)}" if field in beside else None

    def message(self, format_: str, told: Mapping[str, str]) -> str:
        """What a row puts into the outbox: the format's number and all slots."""
        travel, beside = self.fields[format_], self.beside[format_]
        present = {f"{option}.present": "1" for option in self._options(format_, set(told))}
        said = {**present, **told}
        first = [str(self.formats.index(format_))]
        first += [said.get(field, self.default(format_, field)) for field in travel]
        first += ["0"] * (len(self.kinds()) - len(first))
        last = [said.get(field, "0") for field in beside]
        return ", ".join(first + last + ["0"] * (len(self._widths[1]) - len(last)))

    def default(self, format_: str, field: str) -> str:
        """The number of a field that is not said."""
        known = (each for each in self.wire(format_).all_fields if each.name == field)
        value = next((each.value for each in known), None)
        return str(value or 0)

    def unsaid(self, format_: str | None) -> dict[str, Text]:
        """What the fields of a message are that an emission does not say."""
        if format_ is None or format_ not in self.world.composition.formats:
            return {}
        names = [field.name for field in self.wire(format_).settable]
        return {name: Text(self.default(format_, name), ATOM) for name in names}

    def out(self, format_: str) -> Mapping[str, Text]:
        """Where the fields of a message are that has been taken from the outbox."""
        names = [*self.fields[format_], *self.beside[format_]]
        return {name: Text(self.slot(format_, name) or "0", ATOM) for name in names}

    # ---- queues

    def queues(self, end: int | None = None) -> list[str]:
        """The queues to an end, or to all."""
        names = [each.name for each in self.world.composition.ends]
        wanted = names if end is None else [names[end]]
        channels = self.world.composition.channels
        return [queue(channel, e) for channel in channels for e in channel.ends if e in wanted]

    def under_way(self, end: int | None = None) -> str:
        """How many messages are under way to an end, or to all."""
        return " + ".join(f"len({name})" for name in self.queues(end)) or "0"

    def count(self, channel: str, word: str) -> str:
        """What a channel counts under `word`; 0 where it has no budget for it."""
        channels = {each.name: each for each in self.world.composition.channels}
        return f"{channel}_{word}" if word in counted(channels[channel]) else "0"

    def declare(self, source: Source) -> None:
        """Add the queues and what channels count."""
        form = ", ".join(self.kinds())
        for channel in self.world.composition.channels:
            for end in channel.ends:
                source.add(f"chan {queue(channel, end)} = [{channel.capacity}] of {{ {form} }};")
            for word in counted(channel):
                source.add(f"byte {channel.name}_{word};")


def queue(channel: Channel, end: str) -> str:
    """The name of the queue of `channel` to an end."""
    return f"{channel.name}_{end}"


def counted(channel: Channel) -> list[str]:
    """What a channel counts: only that of which it has a budget."""
    budgets = {"lost": channel.lose, "doubled": channel.duplicate, "overtaken": channel.reorder}
    return [word for word, budget in budgets.items() if budget]
