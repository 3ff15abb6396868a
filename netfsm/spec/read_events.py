"""Events and outputs of a machine: what may happen to it, and how it speaks to the world."""

from __future__ import annotations

from typing import Final, Literal, cast

from netfsm.spec.declare import parse_fields
from netfsm.spec.expr import Expr
from netfsm.spec.findings import quoted
from netfsm.spec.formats import Format
from netfsm.spec.model import Choice, Event, Field, FormatField, Output
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.outline import EventOutline
from netfsm.spec.parse import parse_node
from netfsm.spec.promises import derived_of, valid_of
from netfsm.spec.reading import Reading
from netfsm.spec.shape import Shape, expect_choice, expect_entries, expect_mapping, expect_text
from netfsm.spec.types import BOOL, Nat

__all__ = ["read_events", "read_outputs"]

OutputKind = Literal["message", "order", "deliver", "error", "drop"]
_OUTPUTS: tuple[OutputKind, ...] = ("message", "order", "deliver", "error", "drop")
_ANY_NUMBER: Final = Nat(0)  # a nat's range is a proof's


def read_events(reading: Reading) -> None:
    """Type every event of the outline, and make its parameters known."""
    for outline in reading.outline.events.values():
        event = _EventReader(reading, outline).read()
        if event is not None:
            reading.events[event.name] = event


class _EventReader:
    """Reads one event: first its parameters, then the expressions that may use them."""

    def __init__(self, reading: Reading, outline: EventOutline) -> None:
        self._reading = reading
        self._outline = outline
        self._parts = outline.parts
        self._findings = reading.findings

    def read(self) -> Event | None:
        outline, reading = self._outline, self._reading
        alias = self._alias()
        wire = self._format()
        params = self._params(alias, wire)
        if params is None:
            if alias is not None:
                reading.break_alias(alias)
            params = ()
            broken = True
        else:
            broken = False
        choices, contracts = self._choices()
        names = [(p.name, p.type) for p in params] + [(c.name, c.type) for c in choices]
        reading.vocabulary.add_params(outline.name, names)
        if broken:
            return None
        return Event(
            name=outline.name,
            kind=outline.kind,
            format=self._text("message"),
            alias=alias,
            params=params,
            choices=tuple(self._with_contract(c, contracts.get(c.name)) for c in choices),
            assume=self._expression("assume"),
            after=self._after(),
            measure=self._measure(),
            derived=() if wire is None or alias is None else derived_of(wire, alias),
            valid=() if wire is None or alias is None else valid_of(wire, alias),
            says=self._text("says") or "",
            mark=outline.mark,
        )

    def _text(self, key: str) -> str | None:
        node = self._parts.get(key)
        scalar = None if node is None else expect_text(node, self._findings, quoted(key))
        return None if scalar is None else scalar.text

    def _alias(self) -> str | None:
        if self._outline.kind == "message" and "as" not in self._parts:
            what = f"event {self._outline.name} needs 'as', the name that the fields go under"
            self._findings.add("MISSING-KEY", self._outline.mark, what, "add 'as: SEG'")
        return self._text("as")

    def _format(self) -> Format | None:
        """The format of a message; None for other events, and where it has findings of its own."""
        written = self._parts.get("message") if self._outline.kind == "message" else None
        scalar = None if written is None else expect_text(written, self._findings, "'message'")
        return None if scalar is None else self._reading.format_named(scalar)

    def _params(self, alias: str | None, wire: Format | None) -> tuple[Field, ...] | None:
        """Return all parameters; None for a message whose format is not known."""
        node = self._parts.get("params")
        own = () if node is None else self._reading.fields(self._entries(node, "'params'"))
        if self._outline.kind != "message":
            return own
        if wire is None or alias is None:
            return None
        fields = (
            Field(f"{alias}.{f.name}", f.type, f.ghost, f.says, f.mark) for f in wire.message_fields
        )
        return (*fields, *own)

    def _entries(self, node: Node, what: str) -> tuple[tuple[Scalar, Node], ...]:
        return expect_entries(node, self._findings, what)

    def _choices(self) -> tuple[tuple[Choice, ...], dict[str, Node]]:
        node = self._parts.get("choose")
        entries = () if node is None else self._entries(node, "'choose'")
        plain: list[tuple[Scalar, Node]] = []
        contracts: dict[str, Node] = {}
        for key, value in entries:
            if not isinstance(value, Mapping) or value.get("queue") is not None:
                plain.append((key, value))
                continue
            shape = Shape(value, self._findings, f"choice {key.text}", ("type", "contract", "says"))
            contract = shape.node("contract")
            if contract is not None:
                contracts[key.text] = contract
            items = [(k, v) for k, v in value.items if k.value in ("type", "says")]
            plain.append((key, Mapping(tuple(items), value.mark)))
        fields = self._reading.fields(tuple(plain))
        choices = tuple(Choice(f.name, f.type, None, f.says, f.mark) for f in fields)
        return choices, contracts

    def _with_contract(self, choice: Choice, node: Node | None) -> Choice:
        if node is None:
            return choice
        names = self._reading.names.at_row(self._outline.name, ())
        expr = parse_node(node, names, self._findings, expect=BOOL)
        return Choice(choice.name, choice.type, expr, choice.says, choice.mark)

    def _expression(self, key: str) -> Expr | None:
        node = self._parts.get(key)
        if node is None:
            return None
        names = self._reading.names.at_row(self._outline.name, ())
        return parse_node(node, names, self._findings, expect=BOOL)

    def _measure(self) -> Expr | None:
        node = self._parts.get("measure")
        if self._outline.kind != "completion":
            self._refuse("measure")
            return None
        if node is None:
            what = f"completion {self._outline.name} needs a measure that goes down"
            self._findings.add("MISSING-KEY", self._outline.mark, what, "add 'measure: EXPRESSION'")
            return None
        names = self._reading.names.at_row(self._outline.name, ())
        return parse_node(node, names, self._findings, expect=_ANY_NUMBER)

    def _after(self) -> Literal["row", "batch"] | None:
        node = self._parts.get("after")
        if self._outline.kind != "completion":
            self._refuse("after")
            return None
        if node is None:
            return "row"
        word = expect_choice(node, self._findings, "'after'", ("row", "batch"))
        return cast('Literal["row", "batch"] | None', word)

    def _refuse(self, key: str) -> None:
        node = self._parts.get(key)
        if node is not None:
            what = f"'{key}' stands at completion events only"
            self._findings.add("EVENT", node.mark, what, "add 'completion: true', or remove it")


def read_outputs(reading: Reading) -> None:
    """Type every output, and keep what it says for emissions that do not say it."""
    for key, node in reading.shape.entries("outputs"):
        output = _output(reading, key, node)
        if output is not None:
            reading.outputs[key.text] = output


def _output(reading: Reading, key: Scalar, node: Node) -> Output | None:
    mapping = expect_mapping(node, reading.findings, f"output {key.text}")
    if mapping is None:
        return None
    keys = (*_OUTPUTS, "with", "fill", "tells", "says")
    shape = Shape(mapping, reading.findings, f"output {key.text}", keys)
    kinds: list[OutputKind] = [kind for kind in _OUTPUTS if shape.node(kind) is not None]
    if len(kinds) != 1:
        what = f"output {key.text} is one of {', '.join(_OUTPUTS)}"
        hint = "such as {message: arp.packet} or {error: {packet: handle packet}}"
        reading.findings.add("OUTPUT", key.mark, what, hint)
        return None
    kind = kinds[0]
    says = shape.text("says")
    entries = shape.entries("with" if kind == "message" else kind)
    fields = parse_fields(entries, reading.declared.type_names, reading.findings)
    form = None
    wire: tuple[FormatField, ...] = ()
    if kind == "message":
        scalar = shape.scalar("message")
        found = None if scalar is None else reading.format_named(scalar)
        if found is None:
            return None
        form, wire = found.name, found.sent
    if len(fields) < len(entries):
        return None
    tells = shape.text("tells")
    if tells and kind != "drop":
        what = f"output {key.text} tells the sender {tells}, and drops nothing"
        reading.findings.add("OUTPUT", key.mark, what, "'tells' stands at outputs of kind drop")
    output = Output(key.text, kind, form, fields, says, key.mark, tells, wire)
    reading.fills[key.text] = _fill(reading, output, shape)
    return output


def _fill(reading: Reading, output: Output, shape: Shape) -> dict[str, Node]:
    """The expressions of fields for emissions that leave them out, by field."""
    known = reading.output_fields(output)
    found: dict[str, Node] = {}
    for key, node in shape.entries("fill"):
        if key.text in known:
            found[key.text] = node
        else:
            what = f"{output.name} has no field {quoted(key.text)}"
            hint = closest(key.text, known, f"it has {', '.join(known) or 'none'}")
            reading.findings.add("UNKNOWN-FIELD", key.mark, what, hint)
            found.update({name: node for name in known if hint == f"did you mean {name}?"})
    return found
