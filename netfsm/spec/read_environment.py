"""What surrounds the ends of a composition: channels, how hands choose, when timers may fire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, cast

from attrs import evolve, frozen

from netfsm.spec.compose_names import Scene
from netfsm.spec.composition import Channel, Choose, Form, Policy, choices_of
from netfsm.spec.declare import good_name
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.formats import Format
from netfsm.spec.model import Choice, Event, Machine, Output
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar, Sequence
from netfsm.spec.read_ends import Sketch
from netfsm.spec.shape import Entries, Shape, expect_choice, expect_entries, expect_mapping
from netfsm.spec.types import Bool, Enum, Nat, Type

__all__ = ["ChannelReader", "ChooseReader", "message_fields", "read_policies"]

_BUDGETS: Final = ("lose", "duplicate", "reorder", "inject")
_CHANNEL_KEYS: Final = ("ends", "carries", "capacity", *_BUDGETS, "larger", "reaches", "says")
_POLICIES: Final = ("any", "own", "quiet", "last", "never")
_MOST_ANY: Final = 255
_MOST_CAPACITY: Final = 16
_MOST_BUDGET: Final = 100


@frozen
class ChannelReader:
    """Reads channels. `receiver` has the names of what is given to every end."""

    ends: Mapping[str, Sketch]
    formats: Mapping[str, Format]
    receiver: Scene
    findings: Findings

    def read(self, shape: Shape) -> tuple[Channel, ...]:
        """All channels that are sound."""
        found: list[Channel] = []
        for key, node in shape.entries("channels"):
            mapping = expect_mapping(node, self.findings, f"channel {key.text}")
            good = good_name(key, self.findings)
            channel = None if mapping is None or not good else self._channel(key, mapping)
            if channel is not None:
                found.append(channel)
        return tuple(found)

    def _channel(self, key: Scalar, node: MappingNode) -> Channel | None:
        shape = Shape(node, self.findings, f"channel {key.text}", _CHANNEL_KEYS)
        capacity = shape.number("capacity", required=True, least=1, most=_MOST_CAPACITY)
        budgets = [
            shape.number(word, least=0, most=_MOST_BUDGET) if word in shape else 0
            for word in _BUDGETS
        ]
        ends = self._known(shape, "ends", self.ends, "UNKNOWN-END", "end")
        carries = self._known(shape, "carries", self.formats, "UNKNOWN-FORMAT", "format")
        if ends is None or carries is None or capacity is None or None in budgets:
            return None
        if len(ends) < 2:
            what = f"channel {key.text} joins {len(ends)} ends"
            hint = "write 'ends: [A, B]': a channel joins two or more"
            self.findings.add("COMPOSE-CHANNEL", shape.where("ends"), what, hint)
            return None
        carried = carries or self._sent_by(ends)
        reaches = self._reaches(shape, ends, carried)
        if reaches is None and "reaches" in shape:
            return None
        lose, duplicate, reorder, inject = (budget or 0 for budget in budgets)
        channel = Channel(
            name=key.text,
            ends=ends,
            carries=carried,
            capacity=capacity,
            lose=lose,
            duplicate=duplicate,
            reorder=reorder,
            inject=inject,
            reaches=reaches,
            larger=None,
            mark=key.mark,
        )
        return evolve(channel, larger=self._larger(shape, channel))

    def _larger(self, shape: Shape, channel: Channel) -> Channel | None:
        """`channel` with the bounds under `larger`, none of them below its own."""
        node = shape.node("larger")
        mapping = None if node is None else expect_mapping(node, self.findings, "'larger'")
        if mapping is None:
            return None
        inner = Shape(mapping, self.findings, "'larger'", ("capacity", *_BUDGETS))

        def bound(word: str, own: int, most: int) -> int:
            return inner.number(word, least=own, most=most) or own

        return evolve(
            channel,
            capacity=bound("capacity", channel.capacity, _MOST_CAPACITY),
            lose=bound("lose", channel.lose, _MOST_BUDGET),
            duplicate=bound("duplicate", channel.duplicate, _MOST_BUDGET),
            reorder=bound("reorder", channel.reorder, _MOST_BUDGET),
            inject=bound("inject", channel.inject, _MOST_BUDGET),
        )

    def _known(
        self, shape: Shape, key: str, known: Iterable[str], code: str, what: str
    ) -> tuple[str, ...] | None:
        """The names under `key`, each of them `known`, each once."""
        names = shape.texts(key)
        wrong = [name for name in names if name.text not in known]
        for name in wrong:
            message = f"there is no {what} {quoted(name.text)} here"
            self.findings.add(code, name.mark, message, closest(name.text, known))
        return None if wrong else tuple(dict.fromkeys(name.text for name in names))

    def _sent_by(self, ends: Iterable[str]) -> tuple[str, ...]:
        outputs = (output for _, output in message_outputs(self.ends[end] for end in ends))
        return tuple(dict.fromkeys(output.format or "" for output in outputs))

    def _reaches(
        self, shape: Shape, ends: tuple[str, ...], carried: tuple[str, ...]
    ) -> Expr | None:
        node = shape.node("reaches")
        if node is None:
            return None
        sketches = [self.ends[end] for end in ends]
        out: dict[str, Type] | None = None
        for _, output in message_outputs(sketches):
            if output.format in carried:
                fields = message_fields(output, self.formats)
                out = fields if out is None else _common(out, fields)
        return self.receiver.read(node, self.findings, out=out or {})


def message_outputs(ends: Iterable[Sketch]) -> Iterator[tuple[Machine, Output]]:
    """Every output to the wire that some slot of `ends` has."""
    for end in ends:
        for drawn in end.drawn:
            for output in drawn.machine.outputs:
                if output.kind == "message":
                    yield drawn.machine, output


def message_fields(output: Output, formats: Mapping[str, Format]) -> dict[str, Type]:
    """What `o.` may be followed by: the fields of the format and the output's own."""
    wire = None if output.format is None else formats.get(output.format)
    settable = () if wire is None else wire.settable
    return {field.name: field.type for field in (*settable, *output.fields)}


def _common(one: dict[str, Type], other: dict[str, Type]) -> dict[str, Type]:
    return {name: type_ for name, type_ in one.items() if other.get(name) == type_}


# ---- timers


def read_policies(
    shape: Shape, machines: Mapping[str, Machine], findings: Findings
) -> dict[str, Policy]:
    """The policy of every timer of `machines`, as `machine.timer`."""
    node = shape.node("timers")
    entries = () if node is None else expect_entries(node, findings, "'timers'")
    timers = {f"{name}.{t.name}": None for name, m in machines.items() for t in m.timers}
    others: Policy = "any"
    found: dict[str, Policy] = {}
    for key, value in entries:
        word = cast("Policy | None", expect_choice(value, findings, key.text, _POLICIES))
        if key.text != "others" and key.text not in timers:
            hint = closest(key.text, timers, f"there are {', '.join(timers)}")
            message = f"no machine here has a timer {quoted(key.text)}: write MACHINE.TIMER"
            findings.add("UNKNOWN-TIMER", key.mark, message, hint)
        elif word is not None and key.text == "others":
            others = word
        elif word is not None:
            found[key.text] = word
    return {timer: found.get(timer, others) for timer in timers}


# ---- choices


@frozen
class ChooseReader:
    """Reads how choices are made. Each end reads it with the names that it has."""

    entries: Entries
    machines: Mapping[str, Machine]
    formats: Mapping[str, Format]
    findings: Findings

    def check(self) -> None:
        """Note machines, events and choices that are not there."""
        for key, node in self.entries:
            event = self._event(key)
            choices = {} if event is None else self._choices(event)
            for name, _ in expect_entries(node, self.findings, key.text):
                if event is not None and name.text not in choices:
                    what = f"event {key.text} has no choice {quoted(name.text)}"
                    hint = closest(name.text, choices, f"it has {', '.join(choices) or 'none'}")
                    self.findings.add("UNKNOWN-NAME", name.mark, what, hint)

    def _choices(self, event: Event) -> dict[str, Choice]:
        return {choice.name: choice for choice in choices_of(event, self.formats)}

    def names(self, machine: str, event: str, choice: str) -> bool:
        """Whether something is said of a choice, be it right or wrong."""
        for key, node in self.entries:
            if key.text == f"{machine}.{event}" and isinstance(node, MappingNode):
                return node.get(choice) is not None
        return False

    def _event(self, key: Scalar) -> Event | None:
        machine, _, word = key.text.rpartition(".")
        if machine not in self.machines:
            what = f"no end has a machine {quoted(machine)}: write MACHINE.EVENT"
            self.findings.add("UNKNOWN-MACHINE", key.mark, what, closest(machine, self.machines))
            return None
        events = {event.name: event for event in self.machines[machine].events}
        if word not in events:
            what = f"{machine} has no event {quoted(word)}"
            self.findings.add("UNKNOWN-EVENT", key.mark, what, closest(word, events))
        return events.get(word)

    def read(self, end: Sketch, scene: Callable[[Event], Scene]) -> Iterator[Choose]:
        """The choices of `end`; `scene` makes the names for each event."""
        for key, node in self.entries:
            name, _, word = key.text.rpartition(".")
            machine = next((d.machine for d in end.drawn if d.machine.name == name), None)
            event = None
            if machine is not None:
                event = next((e for e in machine.events if e.name == word), None)
            if event is None or not isinstance(node, MappingNode):
                continue
            choices = self._choices(event)
            for choice, how in node.items:
                if choice.text in choices:
                    made = self._how(scene(event), event, choices[choice.text], how)
                    if made is not None:
                        form, values = made
                        yield Choose(name, word, choice.text, form, values, how.mark)

    def _how(
        self, scene: Scene, event: Event, choice: Choice, node: Node
    ) -> tuple[Form, tuple[Expr, ...]] | None:
        if isinstance(node, Scalar) and node.text == "any":
            if _countable(choice.type):
                return "any", ()
            what = f"{choice.name} is {choice.type}, whose values can't be listed"
            self.findings.add("COMPOSE-CHOICE", node.mark, what, "write a list of expressions")
            return None
        form: Form = "each"
        nodes: tuple[Node, ...] = (node,)
        if isinstance(node, Sequence):
            nodes = node.items
        elif isinstance(node, MappingNode):
            form = "range"
            shape = Shape(node, self.findings, f"choice {choice.name}", ("from", "to"))
            ends = [shape.node("from", required=True), shape.node("to", required=True)]
            if not isinstance(choice.type, Nat):
                what = f"{choice.name} is {choice.type}, and a range is of numbers"
                self.findings.add("COMPOSE-CHOICE", node.mark, what, "write a list of expressions")
                return None
            nodes = tuple(each for each in ends if each is not None)
        read = [
            scene.read(each, self.findings, expect=choice.type, event=event.name) for each in nodes
        ]
        values = tuple(value for value in read if value is not None)
        return (form, values) if values and len(values) == len(nodes) else None


def _countable(type_: Type) -> bool:
    if isinstance(type_, Nat):
        return type_.max <= _MOST_ANY
    return isinstance(type_, Bool | Enum)
