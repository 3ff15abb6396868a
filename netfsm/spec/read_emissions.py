"""What a row sends: outputs with their fields, and signals to other machines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeGuard

from netfsm.spec.expr import Expr, Lit
from netfsm.spec.findings import Mark, quoted
from netfsm.spec.model import Emission, Emit, Field, Signal
from netfsm.spec.names import Names, closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar, Sequence
from netfsm.spec.parse import parse_expression, parse_node
from netfsm.spec.reading import Reading, Signature
from netfsm.spec.shape import Entries, Shape, expect_entries, expect_mapping
from netfsm.spec.types import BOOL, Flags, Seq, Type
from netfsm.spec.values import parse_value

__all__ = ["read_emissions", "read_refusal"]

_SIGNAL: Final = re.compile(r"\s*(?P<machine>[\w.-]+?)(?:\[(?P<key>.*)\])?\.(?P<event>\w+)\s*\Z")
_BESIDE: Final = ("if", "tag")


def read_emissions(reading: Reading, items: tuple[Node, ...], names: Names) -> tuple[Emission, ...]:
    """Return what `emit:` lists; `names` are those after the step of the row."""
    reader = _EmissionReader(reading, names)
    found = (reader.read(item) for item in items)
    return tuple(emission for emission in found if emission is not None)


def read_refusal(
    reading: Reading, node: Node, kind: str, names: Names
) -> tuple[tuple[Emission, ...], str]:
    """Return the emission of `error: NAME`, `drop: {NAME: {...}}`, and the output's name."""
    reader = _EmissionReader(reading, names)
    if isinstance(node, Scalar):
        key, fields = node, MappingNode((), node.mark)
    else:
        entries = expect_entries(node, reading.findings, f"'{kind}'")
        if len(entries) != 1:
            what = f"'{kind}' names one output"
            reading.findings.add("OUTPUT", node.mark, what, f"write {kind}: {{NAME: {{...}}}}")
            return (), ""
        key, value = entries[0]
        found = expect_mapping(value, reading.findings, f"'{key.text}'")
        if found is None:
            return (), key.text
        fields = found
    emit = reader.output(key, fields, None, "", kind)
    return (() if emit is None else (emit,)), key.text


class _EmissionReader:
    def __init__(self, reading: Reading, names: Names) -> None:
        self._reading = reading
        self._findings = reading.findings
        self._names = names

    def read(self, item: Node) -> Emission | None:
        if isinstance(item, Scalar):
            return self.output(item, MappingNode((), item.mark), None, "")
        mapping = expect_mapping(item, self._findings, "an emission")
        if mapping is None:
            return None
        if mapping.get("signal") is not None:
            return self._signal(mapping)
        outputs = [(key, node) for key, node in mapping.items if key.value not in _BESIDE]
        if len(outputs) != 1:
            what = "an emission names one output, or a signal"
            hint = "write '- NAME: {field: expression}', with 'if' and 'tag' beside NAME"
            where = outputs[1][0].mark if outputs else item.mark
            self._findings.add("OUTPUT", where, what, hint)
            return None
        key, node = outputs[0]
        fields = MappingNode((), node.mark)
        if not (isinstance(node, Scalar) and node.value is None):
            written = expect_mapping(node, self._findings, f"'{key.text}'")
            if written is None:
                return None
            fields = written
        tag = mapping.get("tag")
        word = tag.text if isinstance(tag, Scalar) else ""
        return self.output(key, fields, self._condition(mapping), word)

    def _condition(self, mapping: MappingNode) -> Expr | None:
        node = mapping.get("if")
        if node is None:
            return None
        return parse_node(node, self._names, self._findings, expect=BOOL)

    # ---- outputs

    def output(
        self, key: Scalar, fields: MappingNode, condition: Expr | None, tag: str, kind: str = ""
    ) -> Emit | None:
        """Return the emission of output `key`, which must be of `kind` where one is given."""
        output = self._reading.outputs.get(key.text)
        if output is None:
            self._no_output(key)
            return None
        if kind and output.kind != kind:
            what = f"{key.text} is of kind {output.kind}, and '{kind}' is wanted here"
            names = [o.name for o in self._reading.outputs.values() if o.kind == kind]
            hint = f"one of: {', '.join(names)}" if names else f"declare an output {{{kind}: ...}}"
            self._findings.add("OUTPUT", key.mark, what, hint)
            return None
        known = self._reading.output_fields(output)
        written = self._values(fields.items, known, key)
        given = {name.text for name, _ in fields.items}
        fills = {n: x for n, x in self._reading.fills[key.text].items() if n not in given}
        filled = {name: self._value(node, known[name].type) for name, node in fills.items()}
        required = self._reading.required_fields(output)
        missing = [name for name in known if name in required and name not in given | set(fills)]
        if all(name.text in known for name, _ in fields.items):
            self._note_missing(missing, f"output {key.text}", key.mark)
        written |= {name: value for name, value in filled.items() if value is not None}
        ordered = tuple((name, written[name]) for name in known if name in written)
        return Emit(key.text, ordered, condition, tag, frozenset(fills), key.mark)

    def _no_output(self, key: Scalar) -> None:
        declared = [name.text for name, _ in self._reading.shape.entries("outputs")]
        if key.text in declared:
            return  # it has a finding where it is declared
        what = f"{quoted(key.text)} is no output"
        hint = closest(key.text, (*declared, "signal"), "declare it under 'outputs'")
        self._findings.add("UNKNOWN-OUTPUT", key.mark, what, hint)

    def _values(self, items: Entries, known: Mapping[str, Field], owner: Scalar) -> dict[str, Expr]:
        found: dict[str, Expr] = {}
        for key, node in items:
            declared = known.get(key.text)
            if declared is None:
                what = f"{owner.text} has no field {quoted(key.text)}"
                hint = closest(key.text, known, f"it has {', '.join(known) or 'none'}")
                self._findings.add("UNKNOWN-FIELD", key.mark, what, hint)
                continue
            expr = self._value(node, declared.type)
            if expr is not None:
                found[key.text] = expr
        return found

    def _value(self, node: Node, type_: Type) -> Expr | None:
        if isinstance(type_, Flags) and isinstance(node, Sequence):
            value = parse_value(node, type_, self._findings)
            shown = ", ".join(item.text for item in node.items if isinstance(item, Scalar))
            return None if value is None else Lit(value, type_, f"[{shown}]", node.mark)
        if isinstance(type_, Seq) and _is_number(node, type_):
            return Lit(node.value, type_, node.text, node.mark)
        return parse_node(node, self._names, self._findings, expect=type_)

    def _note_missing(self, missing: list[str], owner: str, mark: Mark) -> None:
        if missing:
            what = f"{owner} is sent without {', '.join(missing)}"
            self._findings.add("MISSING-FIELD", mark, what, "give every field that has no default")

    # ---- signals

    def _signal(self, mapping: MappingNode) -> Signal | None:
        shape = Shape(mapping, self._findings, "a signal", ("signal", "with", "if", "tag"))
        scalar = shape.scalar("signal")
        if scalar is None:
            return None
        match = _SIGNAL.match(scalar.text)
        if match is None:
            what = f"{quoted(scalar.text)} is no signal"
            hint = "write MACHINE.EVENT, MACHINE[key, ...].EVENT, or MACHINE[*].EVENT"
            self._findings.add("SIGNAL", scalar.mark, what, hint)
            return None
        machine = match["machine"]
        known = tuple(self._reading.world.known("machine"))
        if machine not in known:
            what = f"there is no machine {quoted(machine)}"
            hint = closest(machine, known, "a machine is a file 'machine: NAME'")
            self._findings.add("UNKNOWN-MACHINE", scalar.at(match.start("machine")), what, hint)
            return None
        receiver = self._reading.world.signature(machine)
        if receiver is None:
            return None
        key = self._key(receiver, scalar, match)
        fields = self._signal_fields(receiver, scalar, match, shape)
        if fields is None:
            return None
        inside = bool(receiver.scope) and receiver.scope == self._reading.outline.scope
        condition = self._condition(mapping)
        return Signal(machine, match["event"], key, fields, condition, inside, scalar.mark)

    def _key(
        self, receiver: Signature, scalar: Scalar, match: re.Match[str]
    ) -> tuple[Expr, ...] | None:
        if match["key"] is None:
            same = receiver.scope and receiver.scope == self._reading.outline.scope
            if receiver.instances and not same:
                self._wrong_key(receiver, scalar, scalar.mark)
            return ()
        if match["key"].strip() == "*":
            return None
        parts = list(_split(match["key"], match.start("key")))
        if len(parts) != len(receiver.key) and receiver.sound:
            self._wrong_key(receiver, scalar, scalar.at(match.start("key")))
            return ()
        found: list[Expr] = []
        for (text, start), declared in zip(parts, receiver.key, strict=False):
            place = _from(scalar, start)
            expr = parse_expression(text, place, self._names, self._findings, expect=declared.type)
            if expr is not None:
                found.append(expr)
        return tuple(found)

    def _wrong_key(self, receiver: Signature, scalar: Scalar, mark: Mark) -> None:
        key = ", ".join(f.name for f in receiver.key)
        what = f"{quoted(scalar.text.strip())} does not say which {receiver.name} is meant"
        hint = f"write {receiver.name}[{key}].EVENT, or {receiver.name}[*].EVENT for all"
        if not receiver.instances:
            what = f"there is one {receiver.name}, so the signal needs no key"
            hint = f"write {receiver.name}.EVENT"
        self._findings.add("SIGNAL", mark, what, hint)

    def _signal_fields(
        self, receiver: Signature, scalar: Scalar, match: re.Match[str], shape: Shape
    ) -> tuple[tuple[str, Expr], ...] | None:
        name = match["event"]
        mark = scalar.at(match.start("event"))
        if name not in receiver.names:
            if receiver.sound:
                what = f"{receiver.name} has no event {quoted(name)}"
                hint = closest(name, receiver.names, f"it has {', '.join(receiver.signals)}")
                self._findings.add("UNKNOWN-EVENT", mark, what, hint)
            return None
        if name not in receiver.signals:
            what = f"{name} of {receiver.name} is no signal"
            hint = f"write '{name}: {{signal: true, ...}}' there"
            self._findings.add("SIGNAL", mark, what, hint)
            return None
        event = receiver.events.get(name)
        if event is None:
            return None
        if event.choices and receiver.scope and receiver.scope == self._reading.outline.scope:
            what = f"{name} of {receiver.name} has choices, and nobody makes them inside a step"
            hint = "let the sender's event have the choice, and bring it as a parameter"
            self._findings.add("SIGNAL", mark, what, hint)
        known = {p.name: p for p in event.params}
        entries = shape.entries("with")
        owner = f"signal {name}"
        values = self._values(entries, known, Scalar(owner, owner, True, mark))
        given = {key.text for key, _ in entries}
        missing = [p for p in known if p not in given]
        if given <= set(known):
            self._note_missing(missing, f"signal {receiver.name}.{name}", scalar.mark)
        return tuple((p, values[p]) for p in known if p in values)


def _is_number(node: Node, space: Seq) -> TypeGuard[Scalar]:
    """True for a number of `space`, which an emission may send as it is: `<SEQ=0>`."""
    value = node.value if isinstance(node, Scalar) else None
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < space.modulus


def _split(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield the parts of `text` between commas outside parentheses, each with its offset."""
    depth = begin = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            yield text[begin:index], start + begin
            begin = index + 1
    yield text[begin:], start + begin


def _from(scalar: Scalar, start: int) -> Callable[[int], Mark]:
    return lambda offset: scalar.at(start + offset)
