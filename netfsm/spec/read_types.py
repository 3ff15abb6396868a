"""Types and constants: what a layer, a scope, a `types` file or a machine declares and can see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, cast

from netfsm.spec.chosen import Chosen
from netfsm.spec.declarations import Declarations, together
from netfsm.spec.declare import (
    TypeNames,
    good_name,
    parse_named_types,
    parse_records,
    parse_type,
)
from netfsm.spec.findings import Findings
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.model import Constant, SetName, SizeName
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_entries
from netfsm.spec.types import Duration, Instant, Type, Value
from netfsm.spec.values import parse_value
from netfsm.spec.words import names_in

__all__ = ["read_declarations", "read_types_file"]

SETS: Final = ("rfc", "linux", "freebsd")
SIZES: Final = ("real", "proof", "small")
_TYPES_KEYS: Final = ["types", "netfsm", "title", "says", "ref", "define", "constants"]
_CONSTANT_KEYS: Final = [
    "type",
    "value",
    "unit",
    "ref",
    "says",
    "min",
    "max",
    "settable",
    "sets",
    "sizes",
]


def read_declarations(
    types: Node | None,
    constants: Node | None,
    findings: Findings,
    *,
    owner: str,
    above: Declarations,
    chosen: Chosen,
) -> Declarations:
    """Return what the two mappings declare, which may use all that `above` has.

    `owner` is the layer, scope, machine or `types` file that declares; its name stands in the names
    of its types.
    """
    broken: set[str] = set()
    named: dict[str, Type] = {}
    plain, queues = _parted(types)
    if plain is not None:
        named.update(parse_named_types(plain, findings, owner=owner))
        broken.update(key.text for key, node in _entries(plain) if _unread(key, node, named))
    own = Declarations(types=FrozenMap(named), broken=frozenset(broken))
    reader = _ConstantReader(owner, together((own, above)), chosen, findings)
    read = {} if constants is None else reader.read(constants)
    broken |= reader.broken
    own = Declarations(FrozenMap(named), (), FrozenMap(read), frozenset(broken))
    names = together((own, above)).type_names
    for key, node in queues:
        type_ = parse_type(node, names, findings)
        if type_ is not None and good_name(key, findings):
            named[key.text] = type_
        else:
            broken.add(key.text)
    own = Declarations(FrozenMap(named), (), own.constants, frozenset(broken))
    if plain is None:
        return own
    records = parse_records(plain, together((own, above)).type_names, findings, owner=owner)
    return Declarations(own.types, records, own.constants, own.broken)


def _parted(types: Node | None) -> tuple[Node | None, tuple[tuple[Scalar, Node], ...]]:
    """Part named queues, whose size may be a constant, from types that need no constant."""
    if not isinstance(types, MappingNode):
        return types, ()
    queues = tuple(item for item in types.items if _is_queue(item[1]))
    plain = tuple(item for item in types.items if not _is_queue(item[1]))
    return MappingNode(plain, types.mark), queues


def _is_queue(node: Node) -> bool:
    return isinstance(node, MappingNode) and node.get("queue") is not None


def read_types_file(
    root: MappingNode, above: Declarations, chosen: Chosen, findings: Findings
) -> Declarations:
    """Return what a file of kind `types` declares, under `define:` and `constants:`."""
    shape = Shape(root, findings, "a types file", _TYPES_KEYS)
    name = shape.text("types")
    read_refs(shape.node("ref"), findings)
    return read_declarations(
        shape.node("define"),
        shape.node("constants"),
        findings,
        owner=name,
        above=above,
        chosen=chosen,
    )


def _entries(node: Node) -> tuple[tuple[Scalar, Node], ...]:
    return node.items if isinstance(node, MappingNode) else ()


def _unread(key: Scalar, node: Node, named: Mapping[str, Type]) -> bool:
    record = isinstance(node, MappingNode) and node.get("record") is not None
    return key.text not in named and not record


class _ConstantReader:
    """Reads constants, those first whose types need no other of them."""

    def __init__(self, owner: str, above: Declarations, chosen: Chosen, findings: Findings) -> None:
        self._above = above
        self._owner = owner
        self._chosen = chosen
        self._findings = findings
        self.broken: set[str] = set()

    def read(self, node: Node) -> dict[str, Constant]:
        entries = expect_entries(node, self._findings, "'constants'")
        names = {key.text for key, _ in entries}
        found: dict[str, Constant] = {}
        for dependent in (False, True):
            for key, value in entries:
                type_ = value.get("type") if isinstance(value, MappingNode) else None
                needs = type_ is not None and not names.isdisjoint(names_in(type_))
                if needs is dependent:
                    here = together((Declarations(constants=found), self._above))
                    constant = self._constant(key, value, here)
                    if constant is None:
                        self.broken.add(key.text)
                    else:
                        found[key.text] = constant
        return {key.text: found[key.text] for key, _ in entries if key.text in found}

    def _constant(self, key: Scalar, node: Node, above: Declarations) -> Constant | None:
        findings = self._findings
        if not isinstance(node, MappingNode):
            expect_entries(node, findings, f"constant {key.text}")
            return None
        shape = Shape(node, findings, f"constant {key.text}", _CONSTANT_KEYS)
        written = shape.node("type", required=True)
        value_node = shape.node("value", required=True)
        if "ref" not in shape:
            what = f"constant {key.text} names no clause that it comes from"
            findings.add("NO-REF", key.mark, what, "add 'ref: RFC 9293 §3.7.1'")
        refs = read_refs(shape.node("ref"), findings)
        names = above.type_names
        names = TypeNames(names.types, names.numbers, names.broken | self.broken)
        type_ = None if written is None else parse_type(written, names, findings)
        good = good_name(key, findings)
        if type_ is None or value_node is None:
            return None
        value = parse_value(value_node, type_, findings)
        sets = self._others(shape, "sets", SETS, type_)
        sizes = self._others(shape, "sizes", SIZES, type_)
        low, high = (self._bound(shape, bound, type_) for bound in ("min", "max"))
        settable = shape.flag("settable")
        if value is None or not good:
            return None
        self._check_bounds(shape, value, low, high, settable)
        wanted = sizes.get(self._chosen.size, sets.get(self._chosen.constants, value))
        return Constant(
            name=key.text,
            type=type_,
            value=self._written(key.text, type_, wanted),
            unit=shape.text("unit") or ("us" if isinstance(type_, Duration | Instant) else ""),
            refs=refs,
            minimum=low,
            maximum=high,
            settable=settable,
            sets=FrozenMap({cast("SetName", name): other for name, other in sets.items()}),
            sizes=FrozenMap({cast("SizeName", name): other for name, other in sizes.items()}),
            says=shape.text("says"),
            mark=key.mark,
        )

    def _written(self, name: str, type_: Type, otherwise: Value) -> Value:
        """What is chosen by name for a constant, where something is."""
        node = self._chosen.value(self._owner, name)
        value = None if node is None else parse_value(node, type_, self._findings)
        return otherwise if value is None else value

    def _others(
        self, shape: Shape, key: Literal["sets", "sizes"], words: tuple[str, ...], type_: Type
    ) -> dict[str, Value]:
        mapping = shape.mapping(key)
        if mapping is None:
            return {}
        inner = Shape(mapping, self._findings, f"'{key}'", words)
        nodes = {word: node for word in words if (node := inner.node(word)) is not None}
        values = {word: parse_value(node, type_, self._findings) for word, node in nodes.items()}
        return {word: value for word, value in values.items() if value is not None}

    def _bound(self, shape: Shape, key: str, type_: Type) -> int | None:
        node = shape.node(key)
        value = None if node is None else parse_value(node, type_, self._findings)
        return value if isinstance(value, int) else None

    def _check_bounds(
        self, shape: Shape, value: Value, low: int | None, high: int | None, settable: bool
    ) -> None:
        if settable and (low is None or high is None):
            what = "a constant that may be set needs 'min' and 'max'"
            self._findings.add("BOUNDS", shape.where("settable"), what, "add both")
        below = low is not None and isinstance(value, int) and value < low
        above = high is not None and isinstance(value, int) and value > high
        if below or above:
            where = shape.where("value")
            self._findings.add(
                "BOUNDS", where, "the value lies outside 'min' and 'max'", "mend one"
            )
