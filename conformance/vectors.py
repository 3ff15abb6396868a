"""Files of kind `vectors`: cases with known answers, beside a spec (docs/reference/vectors.md).

Reading never raises for what a file holds: whatever is wrong is a finding, and the sound cases are
kept. `netfsm.conformance.vector_run` runs them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from netfsm.conformance.placed import Begin
from netfsm.conformance.plain import read_plain
from netfsm.conformance.stock import Stock
from netfsm.conformance.vector_begin import read_begin
from netfsm.conformance.vector_walk import Step, WalkReader
from netfsm.spec import types
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.formats import Format
from netfsm.spec.head import VERSION
from netfsm.spec.model import Machine, Ref
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape
from netfsm.spec.source import read_source
from netfsm.spec.types import Value

__all__ = ["FormatCase", "MachineCase", "VectorFile", "read_vectors", "vectors_in"]

FILE_KEYS: Final = ("vectors", "netfsm", "title", "says", "ref", "cases")
FORMAT_KEYS: Final = (
    "name", "says", "ref", "bytes", "fields", "payload", "between", "refused", "one_way",
)  # fmt: skip
MACHINE_KEYS: Final = ("name", "says", "ref", "key", "given", "before", "steps")


@frozen
class FormatCase:
    """Octets, and what comes of them: `fields` by name and `payload`, or the name of a refusal.

    `pseudo` is source + destination of the layer below. `one_way` says why the fields do not
    encode to the same octets, "" where they do.
    """

    name: str
    octets: bytes
    fields: Mapping[str, Value]
    payload: bytes | None
    pseudo: int
    refused: str
    one_way: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class MachineCase:
    """A walk from the initial state, or from `begin`, and what must come of each step."""

    name: str
    key: Mapping[str, Value]
    given: Mapping[str, Value]
    begin: Begin | None
    steps: tuple[Step, ...]
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class VectorFile:
    """All sound cases of one file; `spec` is the name of the format or machine."""

    spec: str
    refs: tuple[Ref, ...]
    cases: tuple[FormatCase | MachineCase, ...]
    mark: Mark = field(eq=False)


def read_vectors(
    path: str | os.PathLike[str], stock: Stock, findings: Findings
) -> VectorFile | None:
    """Read the file; None where it holds no vectors, or those of a spec that `stock` has not."""
    root = read_source(path, findings)
    return None if root is None else vectors_in(root, stock, findings)


def vectors_in(root: MappingNode, stock: Stock, findings: Findings) -> VectorFile | None:
    """The same of a file that is read."""
    shape = Shape(root, findings, "a file of vectors", FILE_KEYS)
    name = shape.scalar("vectors", required=True)
    if shape.number("netfsm", required=True, least=VERSION, most=VERSION) is None or name is None:
        return None
    refs = read_refs(shape.node("ref", required=True), findings)
    model = stock.formats.get(name.text) or stock.machines.get(name.text)
    if model is None:
        known = (*stock.formats, *stock.machines)
        message = f"{quoted(name.text)} is no format or machine"
        findings.add("UNKNOWN-SPEC", name.mark, message, closest(name.text, known))
        return None
    cases = [_case(node, model, stock, refs, findings) for node in shape.mappings("cases")]
    sound = tuple(case for case in cases if case is not None)
    _check_names(sound, findings)
    return VectorFile(name.text, refs, sound, name.mark)


def _case(
    node: MappingNode, model: Format | Machine, stock: Stock, refs: tuple[Ref, ...], told: Findings
) -> FormatCase | MachineCase | None:
    findings = Findings()
    if isinstance(model, Format):
        case: FormatCase | MachineCase | None = _format_case(node, model, refs, findings)
    else:
        case = _machine_case(node, model, stock, refs, findings)
    told.extend(findings)
    return None if findings.errors else case


def _check_names(cases: tuple[FormatCase | MachineCase, ...], findings: Findings) -> None:
    seen: dict[str, Mark] = {}
    for case in cases:
        first = seen.setdefault(case.name, case.mark)
        if first is not case.mark:
            message = f"{quoted(case.name)} stands in line {first.line} too"
            findings.add("DUPLICATE-NAME", case.mark, message, "give it a name of its own")


def _format_case(
    node: MappingNode, layout: Format, refs: tuple[Ref, ...], findings: Findings
) -> FormatCase | None:
    shape = Shape(node, findings, "a case of a format", FORMAT_KEYS)
    octets = _octets(shape, "bytes", findings, required=True)
    refused = shape.text("refused")
    if ("refused" in shape) == ("fields" in shape):
        message = "a case has either fields or the name of the refusal"
        findings.add("VECTOR", node.mark, message, "add 'fields: {...}' or 'refused: truncated'")
    if refused and refused not in layout.reasons:
        message = f"{layout.name} never refuses for {quoted(refused)}"
        findings.add(
            "UNKNOWN-NAME", shape.where("refused"), message, closest(refused, layout.reasons)
        )
    return FormatCase(
        name=shape.text("name", required=True),
        octets=octets or b"",
        fields=_fields(shape, layout, findings),
        payload=_octets(shape, "payload", findings),
        pseudo=_pseudo(shape, findings),
        refused=refused,
        one_way=shape.text("one_way"),
        refs=read_refs(shape.node("ref"), findings) or refs,
        mark=node.mark,
    )


def _fields(shape: Shape, layout: Format, findings: Findings) -> dict[str, Value]:
    kinds = {f.name: f.type for f in layout.message_fields}
    found: dict[str, Value] = {}
    for key, node in shape.entries("fields"):
        if key.text not in kinds:
            message = f"{layout.name} has no field {quoted(key.text)}"
            findings.add("UNKNOWN-NAME", key.mark, message, closest(key.text, kinds))
            continue
        value = read_plain(kinds[key.text], node, findings)
        if value is not None:
            found[key.text] = value
    return found


def _octets(shape: Shape, key: str, findings: Findings, *, required: bool = False) -> bytes | None:
    node = shape.node(key, required=required)
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, int) and node.plain:
        message = f"{node.text} is a number, and octets are wanted"
        findings.add("VALUE", node.mark, message, f'put it in quotes: "{node.text}"')
        return None
    value = read_plain(types.BYTES, node, findings)
    return value if isinstance(value, bytes) else None


def _pseudo(shape: Shape, findings: Findings) -> int:
    total = 0
    for item in shape.items("between"):
        family = types.IPV6 if isinstance(item, Scalar) and ":" in item.text else types.IPV4
        value = read_plain(family, item, findings)
        total += value if isinstance(value, int) else 0
    return total


def _machine_case(
    node: MappingNode, machine: Machine, stock: Stock, refs: tuple[Ref, ...], findings: Findings
) -> MachineCase:
    shape = Shape(node, findings, "a case of a machine", MACHINE_KEYS)
    reader = WalkReader(machine, stock.codec, findings)
    key = reader.values(shape.entries("key"), machine.key, "the key", node.mark)
    given = reader.values(shape.entries("given"), machine.given, "what is given", node.mark)
    before = shape.mapping("before")
    return MachineCase(
        name=shape.text("name", required=True),
        key=key,
        given=given,
        begin=None if before is None else read_begin(before, reader, key, given),
        steps=tuple(reader.step(item) for item in shape.mappings("steps", required=True)),
        refs=read_refs(shape.node("ref"), findings) or refs,
        mark=node.mark,
    )
