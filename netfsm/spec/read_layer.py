"""A layer: what it is made of, what it binds, provides, answers and counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, cast

from attrs import define

from netfsm.spec.declarations import Declarations
from netfsm.spec.declare import parse_fields, parse_type
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.model import Bind, Control, ControlKind, Layer, Provide
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.reading import World
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping, expect_text
from netfsm.spec.types import Enum, Flags, Type

__all__ = ["LAYER_KEYS", "read_layer"]

LAYER_KEYS: Final = [
    "layer",
    "netfsm",
    "title",
    "says",
    "ref",
    "hands",
    "formats",
    "machines",
    "requires",
    "binds",
    "provides",
    "types",
    "constants",
    "queries",
    "commands",
    "flows",
    "counters",
]
_HANDS: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*\Z", re.ASCII)
_UNKNOWN: Final = {
    "format": "UNKNOWN-FORMAT",
    "machine": "UNKNOWN-MACHINE",
    "layer": "UNKNOWN-LAYER",
}
_POLICIES: Final = ("exclusive", "tap", "fallback")
_CONTROL_KEYS: Final = {
    "query": ("params", "optional", "returns", "says"),
    "command": ("params", "optional", "returns", "says"),
    "flow": ("params", "optional", "says"),
}


def read_layer(
    root: Mapping,
    findings: Findings,
    *,
    own: Declarations,
    visible: Declarations,
    world: World,
    digest: str,
) -> Layer:
    """Return the layer in `root`; `own` is what it declares, `visible` all that it can name."""
    return _LayerReader(root, own, visible, world, findings).read(digest)


@define
class _LayerReader:
    root: Mapping
    own: Declarations
    visible: Declarations
    world: World
    findings: Findings

    def read(self, digest: str) -> Layer:
        shape = Shape(self.root, self.findings, "a layer", LAYER_KEYS)
        name = shape.text("layer")
        self._check_members(shape)
        controls = (
            *self._controls(shape, name, "queries", "query"),
            *self._controls(shape, name, "commands", "command"),
            *self._controls(shape, name, "flows", "flow"),
        )
        return Layer(
            name=name,
            title=shape.text("title"),
            says=shape.text("says"),
            refs=read_refs(shape.node("ref"), self.findings),
            hands=self._hands(shape),
            formats=self._parts(shape, "formats", "format"),
            machines=self._parts(shape, "machines", "machine"),
            requires=self._parts(shape, "requires", "layer"),
            binds=tuple(b for m in shape.mappings("binds") if (b := self._bind(m)) is not None),
            provides=self._provides(shape, name),
            controls=controls,
            records=self.own.records,
            constants=tuple(self.own.constants.values()),
            used_types=tuple(t for t in self.own.types.values() if isinstance(t, Enum | Flags)),
            counters=self._counters(shape),
            folder=str(Path(shape.mark.file).parent),
            digest=digest,
            mark=shape.mark,
        )

    def _check_members(self, shape: Shape) -> None:
        """A constant and a member of an enum don't have one name."""
        members = {m: t for t in self.own.members for m in _names_of(t)}
        for key, _ in shape.entries("constants"):
            if key.text in members:
                what = f"{key.text} is a constant here and a member of {members[key.text]}"
                hint = "rename one of them: a name means one thing"
                self.findings.add("DUPLICATE-NAME", key.mark, what, hint)

    def _hands(self, shape: Shape) -> str:
        scalar = shape.scalar("hands", required=True)
        if scalar is None:
            return ""
        if not _HANDS.match(scalar.text):
            what = f"{quoted(scalar.text)} names no class"
            self.findings.add("HANDS", scalar.mark, what, "write 'package.module:Class'")
        return scalar.text

    def _parts(
        self, shape: Shape, key: str, kind: Literal["format", "machine", "layer"]
    ) -> tuple[str, ...]:
        known = tuple(self.world.known(kind))
        names = shape.texts(key)
        for name in names:
            if name.text not in known:
                what = f"there is no {kind} {quoted(name.text)}"
                hint = closest(name.text, known, f"a {kind} is a file '{kind}: NAME'")
                self.findings.add(_UNKNOWN[kind], name.mark, what, hint)
        return tuple(name.text for name in names)

    # ---- binding

    def _bind(self, mapping: Mapping) -> Bind | None:
        known = ("to", "key", "handler", "policy", "optional")
        shape = Shape(mapping, self.findings, "a binding", known)
        to = shape.text("to", required=True)
        key = shape.node("key", required=True)
        policy = shape.choice("policy", _POLICIES) or "exclusive"
        handler = shape.text("handler", default="receive")
        optional = shape.flag("optional")
        if not to or key is None or not isinstance(key, Scalar) or key.value is None:
            return None
        if isinstance(key.value, bool):
            self.findings.add("VALUE", key.mark, "the key of a binding is a number or a name")
            return None
        return Bind(
            to=to,
            key=self._bind_key(key),
            policy=cast('Literal["exclusive", "tap", "fallback"]', policy),
            optional=optional,
            handler=handler,
            mark=mapping.mark,
        )

    def _bind_key(self, key: Scalar) -> int | str:
        """The number, or the value of the constant that is named."""
        constant = self.visible.constants.get(key.text)
        if constant is not None and isinstance(constant.value, int):
            return constant.value
        return cast("int | str", key.value)

    def _provides(self, shape: Shape, layer: str) -> tuple[Provide, ...]:
        found: list[Provide] = []
        for key, node in shape.entries("provides"):
            self._check_prefix(key, layer, "a key space")
            mapping = expect_mapping(node, self.findings, f"key space {key.text}")
            if mapping is None:
                continue
            inner = Shape(
                mapping, self.findings, f"key space {key.text}", ("key", "carries", "says")
            )
            written = inner.node("key", required=True)
            type_ = None
            if written is not None:
                type_ = parse_type(written, self.visible.type_names, self.findings)
            carries = inner.text("carries", required=True)
            if type_ is not None:
                found.append(Provide(key.text, type_, carries, inner.text("says"), key.mark))
        return tuple(found)

    def _check_prefix(self, key: Scalar, layer: str, what: str) -> None:
        if not key.text.startswith(f"{layer}.") or not key.text.partition(".")[2]:
            message = f"{quoted(key.text)} is no name of {what} of layer {layer}"
            self.findings.add("SPEC-NAME", key.mark, message, f"write '{layer}.NAME'")

    # ---- queries, commands and flows

    def _controls(
        self, shape: Shape, layer: str, section: str, kind: ControlKind
    ) -> Iterable[Control]:
        for key, node in shape.entries(section):
            self._check_prefix(key, layer, f"a {kind}")
            mapping = expect_mapping(node, self.findings, f"{kind} {key.text}")
            if mapping is not None:
                yield self._control(key, mapping, kind)

    def _control(self, key: Scalar, mapping: Mapping, kind: ControlKind) -> Control:
        shape = Shape(mapping, self.findings, f"{kind} {key.text}", _CONTROL_KEYS[kind])
        names = self.visible.type_names.of_controls
        entries = shape.entries("params")
        params = parse_fields(entries, names, self.findings)
        optional = shape.texts("optional")
        written = {name.text for name, _ in entries}
        for name in optional:
            if name.text not in written:
                what = f"{kind} {key.text} has no parameter {quoted(name.text)}"
                hint = closest(name.text, written)
                self.findings.add("UNKNOWN-FIELD", name.mark, what, hint)
        node = shape.node("returns", required=kind == "query")
        returns, many = (None, False) if node is None else self._returns(node)
        return Control(
            name=key.text,
            kind=kind,
            params=params,
            optional=frozenset(name.text for name in optional),
            returns=returns,
            many=many,
            says=shape.text("says"),
            mark=key.mark,
        )

    def _returns(self, node: Node) -> tuple[Type | str | None, bool]:
        """A type or a record's name, and whether a list of them is given."""
        records = {record.name for record in self.own.records}
        if isinstance(node, Scalar) and isinstance(node.value, str):
            many = node.text.startswith("list ")
            word = node.text.removeprefix("list ").strip()
            own = f"{records and next(iter(records)).partition('.')[0]}.{word}"
            for name in (word, own):
                if name in records:
                    return name, many
            start = node.text.find(word)
            inner = Scalar(word, word, node.plain, node.at(start), word)
            shown = [name.partition(".")[2] for name in records]
            if closest(word, shown) and word not in self.visible.types:
                what = f"there is no type {quoted(word)}"
                self.findings.add("UNKNOWN-TYPE", inner.mark, what, closest(word, shown))
                return None, many
            return parse_type(inner, self.visible.type_names.of_controls, self.findings), many
        return parse_type(node, self.visible.type_names.of_controls, self.findings), False

    def _counters(self, shape: Shape) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for key, node in shape.entries("counters"):
            text = expect_text(node, self.findings, f"counter {key.text}")
            if text is not None:
                found.append((key.text, text.text))
        return tuple(found)


def _names_of(type_: Enum | Flags) -> tuple[str, ...]:
    if isinstance(type_, Flags):
        return type_.members
    return tuple(name for name, _ in type_.members)
