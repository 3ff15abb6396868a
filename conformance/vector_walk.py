"""The steps of a machine's case in a file of vectors: what comes, and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from netfsm.conformance.inputs import Codecs
from netfsm.conformance.plain import read_plain
from netfsm.spec import model, types
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.formats import Format
from netfsm.spec.names import Known, Names, Vocabulary, closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.parse import parse_node
from netfsm.spec.shape import Entries, Shape, expect_entries
from netfsm.spec.types import BOOL, Type, Value

__all__ = ["Expected", "Step", "WalkReader", "vocabulary_of"]

STEP_KEYS: Final = (
    "event", "with", "wait", "state", "row", "emits", "timers", "variables", "holds", "says",
)  # fmt: skip
_ZEROS: Final[Mapping[type, Value]] = {
    types.Bool: False,
    types.Bytes: b"",
    types.Text: "",
    types.Queue: (),
    types.Ranges: (),
    types.SetOf: frozenset[object](),
}


_SIGNAL: Final = re.compile(
    r"signal (?P<machine>[\w.-]+?)(?P<key>\[(?P<parts>.*)\])?\.(?P<event>\w+)"
)


@frozen
class Expected:
    """An emission that must come: an output by name, or `machine.event` of a signal.

    `key` is the instance that a signal must go to, None for all, where `keyed` says that it counts.
    """

    name: str
    signal: bool
    fields: Mapping[str, Value]
    keyed: bool = False
    key: tuple[Value, ...] | None = None


@frozen
class Step:
    """One event and what must come of it; what is None or not said is not compared.

    `wait` is the time that passes first, in microseconds; None lets a timer's own time pass.
    """

    event: str
    inputs: Mapping[str, Value]
    wait: int | None
    state: str | None
    row: str | None
    emits: tuple[Expected, ...] | None
    timers: Mapping[str, int | None] | None
    variables: Mapping[str, Value]
    holds: Expr | None
    mark: Mark = field(eq=False)


@frozen
class WalkReader:
    """Reads the steps of one case of `machine`."""

    machine: model.Machine
    codecs: Codecs
    findings: Findings

    def step(self, node: MappingNode) -> Step:
        """A step; what is wrong with it is a finding."""
        shape = Shape(node, self.findings, "a step", STEP_KEYS)
        name = shape.text("event", required=True)
        event = next((e for e in self.machine.events if e.name == name), None)
        if event is None:
            self.unknown(shape.where("event"), "event", name, (e.name for e in self.machine.events))
        states = [state.name for state in self.machine.states]
        rows = [row.id for row in self.machine.rows]
        return Step(
            event=name,
            inputs=self._inputs(shape, event, node.mark) if event is not None else {},
            wait=self._duration(shape, "wait"),
            state=self._one_of(shape, "state", states),
            row=self._one_of(shape, "row", rows),
            emits=self._emits(shape) if "emits" in shape else None,
            timers=self._timers(shape) if "timers" in shape else None,
            variables=self._variables(shape),
            holds=self._holds(shape),
            mark=node.mark,
        )

    def values(
        self, entries: Entries, fields: Iterable[model.Field], what: str, mark: Mark
    ) -> dict[str, Value]:
        """The value of each of `fields`; all must be said."""
        kinds = {part.name: part.type for part in fields}
        found = self.typed(entries, kinds, what)
        missing = [name for name in kinds if name not in {key.text for key, _ in entries}]
        if missing:
            message = f"{what} lacks {', '.join(missing)}"
            self.findings.add("MISSING-KEY", mark, message, f"add '{missing[0]}: ...'")
        return {name: found[name] for name in kinds if name in found}

    # ---- what comes

    def _inputs(self, shape: Shape, event: model.Event, mark: Mark) -> dict[str, Value]:
        kinds = dict(event.inputs)
        entries = shape.entries("with")
        found = self.typed(entries, kinds, event.name)
        usual = self._usual(event)
        told = {key.text for key, _ in entries}
        missing = [name for name in kinds if name not in told and name not in usual]
        if missing:
            message = f"{event.name} needs {', '.join(missing)}"
            self.findings.add("MISSING-KEY", mark, message, f"add '{missing[0]}: ...' to 'with'")
        return {**usual, **found}

    def _usual(self, event: model.Event) -> dict[str, Value]:
        """What a message holds where a step does not say it: the format's default, or zero."""
        if event.alias is None or event.format is None:
            return {}
        codec = self.codecs(event.format)
        layout: Format | None = codec.format if codec is not None else None
        defaults = {w.name: w.value for w in layout.fields if w.value is not None} if layout else {}
        head = f"{event.alias}."
        return {
            name: defaults.get(name.removeprefix(head), _zero(kind))
            for name, kind in event.inputs
            if name.startswith(head)
        }

    # ---- what must come of it

    def _emits(self, shape: Shape) -> tuple[Expected, ...]:
        found = [self._expected(item) for item in shape.items("emits")]
        return tuple(each for each in found if each is not None)

    def _expected(self, node: Node) -> Expected | None:
        entries = () if isinstance(node, Scalar) else expect_entries(node, self.findings, "emits")
        if isinstance(node, Scalar) and isinstance(node.value, str):
            key, fields = node, None
        elif len(entries) == 1:
            key, fields = entries[0]
        else:
            hint = "write - arp: {op: REQUEST}"
            self.findings.add("VECTOR", node.mark, "one emission stands in each item", hint)
            return None
        match = _SIGNAL.fullmatch(key.text)
        parts = () if fields is None else expect_entries(fields, self.findings, key.text)
        if match is not None:
            return self._signalled(key, match, parts)
        kinds = self._output(key.text)
        if kinds is None:
            self._no_emission(key)
            return None
        return Expected(key.text, False, self.typed(parts, kinds, key.text))

    def _no_emission(self, key: Scalar) -> None:
        outputs = [o.name for o in self.machine.outputs]
        self.unknown(key.mark, "emission", key.text, (*outputs, *self._signals()))

    def _signalled(self, key: Scalar, match: re.Match[str], parts: Entries) -> Expected | None:
        name = f"{match['machine']}.{match['event']}"
        sent = self._signals().get(f"signal {name}")
        if sent is None:
            self._no_emission(key)
            return None
        fields = self.typed(parts, {part: expr.type for part, expr in sent.fields}, name)
        if match["key"] is None:
            return Expected(name, True, fields)
        if match["parts"].strip() == "*":
            return Expected(name, True, fields, keyed=True)
        return Expected(name, True, fields, True, self._key(key, match["parts"], sent))

    def _key(self, key: Scalar, text: str, sent: model.Signal) -> tuple[Value, ...]:
        """The values of a key, as they stand between the brackets."""
        words = [word.strip() for word in text.split(",")]
        kinds = [expr.type for expr in sent.key or ()]
        if len(words) != len(kinds):
            message = f"{sent.machine} has a key of {len(kinds)} parts"
            self.findings.add("VECTOR", key.mark, message, "write signal MACHINE[PART, ...].EVENT")
            return ()
        nodes = (
            Scalar(int(word) if word.isdecimal() else word, word, True, key.mark) for word in words
        )
        read = (
            read_plain(kind, node, self.findings) for kind, node in zip(kinds, nodes, strict=True)
        )
        return tuple(value for value in read if value is not None)

    def _output(self, name: str) -> dict[str, Type] | None:
        output = next((o for o in self.machine.outputs if o.name == name), None)
        if output is None:
            return None
        found: dict[str, Type] = {}
        codec = self.codecs(output.format) if output.format else None
        if codec is not None:
            found |= {f.name: f.type for f in codec.format.settable}
        return found | {f.name: f.type for f in output.fields}

    def _signals(self) -> dict[str, model.Signal]:
        return {
            f"signal {part.machine}.{part.event}": part
            for row in self.machine.rows
            for part in row.emissions
            if isinstance(part, model.Signal)
        }

    def _timers(self, shape: Shape) -> dict[str, int | None]:
        known = [timer.name for timer in self.machine.timers]
        found: dict[str, int | None] = {}
        for key, node in shape.entries("timers"):
            if key.text not in known:
                self.unknown(key.mark, "timer", key.text, known)
            elif isinstance(node, Scalar) and node.text == "stop":
                found[key.text] = None
            else:
                value = read_plain(types.DURATION, node, self.findings)
                found[key.text] = value if isinstance(value, int) else None
        return found

    def _variables(self, shape: Shape) -> dict[str, Value]:
        kinds = {variable.name: variable.type for variable in self.machine.variables}
        return self.typed(shape.entries("variables"), kinds, "the variables")

    def _holds(self, shape: Shape) -> Expr | None:
        node = shape.node("holds")
        if node is None:
            return None
        names = Names(vocabulary_of(self.machine))
        return parse_node(node, names, self.findings, expect=BOOL)

    # ---- parts

    def typed(self, entries: Entries, kinds: Mapping[str, Type], what: str) -> dict[str, Value]:
        """The values of `entries`, each of its type; those of `what` have `kinds`."""
        found: dict[str, Value] = {}
        for key, node in entries:
            if key.text not in kinds:
                self.unknown(key.mark, f"part of {what}", key.text, kinds)
                continue
            value = read_plain(kinds[key.text], node, self.findings)
            if value is not None:
                found[key.text] = value
        return found

    def _one_of(self, shape: Shape, key: str, known: Iterable[str]) -> str | None:
        scalar = shape.scalar(key)
        listed = tuple(known)
        if scalar is not None and scalar.text not in listed:
            self.unknown(scalar.mark, key, scalar.text, listed)
        return None if scalar is None else scalar.text

    def _duration(self, shape: Shape, key: str) -> int | None:
        node = shape.node(key)
        value = None if node is None else read_plain(types.DURATION, node, self.findings)
        return value if isinstance(value, int) else None

    def unknown(self, mark: Mark, what: str, name: str, known: Iterable[str]) -> None:
        """Note that the machine has no `what` of that name."""
        message = f"{self.machine.name} has no {what} {quoted(name)}"
        self.findings.add("UNKNOWN-NAME", mark, message, closest(name, known))


def vocabulary_of(machine: model.Machine) -> Vocabulary:
    """The names that an expression about `machine` may use, apart from any event."""
    known = Vocabulary()
    key = machine.key
    known.values |= {part.name: Known("key", part.type) for part in key}
    known.values |= {part.name: Known("given", part.type) for part in machine.given}
    known.values |= {c.name: Known("const", c.type) for c in machine.constants}
    for variable in machine.variables:
        known.values[variable.name] = Known("var", variable.type, variable.states)
    for kind in machine.used_types:
        known.add_members(kind)
    known.timers |= {timer.name for timer in machine.timers}
    known.states |= {state.name: (state.name,) for state in machine.states}
    known.states |= dict(machine.groups)
    known.lets |= {let.name: let for let in machine.lets}
    known.functions |= {function.name: function for function in machine.functions}
    return known


def _zero(kind: Type) -> Value:
    if isinstance(kind, types.Address) and kind.family == "mac":
        return bytes(6)
    return _ZEROS.get(type(kind), 0)
