"""The JSON Schemas: every spec validates, wrong ones don't, and each key has a description."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from netfsm.spec import (
    chapters,
    numbered,
    read_fields,
    read_format,
    read_options,
    read_outline,
    read_registers,
    read_row_outline,
    read_types,
    states,
)
from netfsm.spec.findings import Findings
from netfsm.spec.head import KINDS
from netfsm.spec.index import SpecFile, index_roots, own_specs
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Sequence
from netfsm.spec.source import parse_source, read_source

Schema = dict[str, Any]
FOLDER = files("netfsm.spec") / "schemas"
SCHEMAS: Mapping[str, Schema] = {
    name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in (*KINDS, "common", "requirements")
}
RESOURCES = [(f"{name}.json", DRAFT202012.create_resource(it)) for name, it in SCHEMAS.items()]
REGISTRY: Registry[Any] = Registry[Any]().with_resources(RESOURCES)
SPECS = sorted(index_roots([own_specs()]).values(), key=lambda spec: spec.place)


def plain(node: Node) -> Any:
    """Return the tree as JSON has it."""
    if isinstance(node, MappingNode):
        return {key.value: plain(value) for key, value in node.items}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def complaints(kind: str, document: Any) -> list[str]:
    """Return what the schema of `kind` has against `document`."""
    validator = Draft202012Validator({"$ref": f"{kind}.json"}, registry=REGISTRY)
    errors = validator.iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_a_schema(name: str) -> None:
    """Each file is itself valid JSON Schema 2020-12."""
    assert "https://json-schema.org/draft/2020-12/schema" == SCHEMAS[name]["$schema"]
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.place)
def test_every_spec_validates(spec: SpecFile) -> None:
    """Every file of specs/ is in the form that its schema describes."""
    findings = Findings()
    root = read_source(spec.path, findings)

    assert [] == [str(found) for found in findings]
    assert root is not None
    assert [] == complaints(spec.kind, plain(root))


def test_the_requirements_validate() -> None:
    """The numbered requirements are in the form that their schema describes."""
    root = read_source(own_specs() / "tcp" / numbered.FILE, Findings())
    assert root is not None
    assert [] == complaints("requirements", plain(root))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.place)
def test_every_spec_names_its_schema(spec: SpecFile) -> None:
    """The first line of a spec leads an editor to the schema of its kind."""
    first = spec.path.read_text(encoding="utf-8").partition("\n")[0]
    before, _, named = first.partition("$schema=")

    assert "# yaml-language-server: " == before
    schema = (Path(__file__).parents[2] / "specs" / spec.place).parent / named
    assert f"{spec.kind}.json" == schema.name
    assert schema.resolve().is_file()


def parts(schema: object, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every schema within `schema`, with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from parts(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from parts(value, f"{path}/{index}")


def described(schema: Schema, home: str) -> bool:
    """Tell whether an editor has a description to show for `schema`."""
    if "description" in schema:
        return True
    file, _, pointer = str(schema.get("$ref", "")).partition("#/")
    target = SCHEMAS[file.removesuffix(".json") or home]
    for step in pointer.split("/"):
        target = target.get(step, {})
    return bool(target) and described(target, file.removesuffix(".json") or home)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_is_described_and_no_other_allowed(name: str) -> None:
    """Each key has a description, and an object with named keys has no others."""
    for path, schema in parts(SCHEMAS[name]):
        keys = schema.get("properties")
        if isinstance(keys, dict) and not path.endswith("/properties"):
            assert "additionalProperties" in schema, path
            assert [] == [key for key, value in keys.items() if not described(value, name)], path


OPTION = "properties/options/properties/of/additionalProperties"


@pytest.mark.parametrize(
    ("name", "pointer", "keys"),
    [
        ("machine", "", read_outline.MACHINE_KEYS),
        ("chapter", "", chapters.CHAPTER_KEYS),
        ("machine", "properties/instances", read_outline.INSTANCE_KEYS),
        ("machine", "properties/events/additionalProperties", read_outline._EVENT_KEYS),
        ("machine", "$defs/row", read_row_outline.ROW_KEYS),
        ("common", "$defs/timerOwned", states._TIMER_KEYS),
        ("common", "$defs/constants/additionalProperties", read_types._CONSTANT_KEYS),
        ("format", "", read_format._KEYS),
        ("format", "$defs/field", read_fields._FIELD_KEYS),
        ("format", "properties/options", read_options._LIST_KEYS),
        ("format", OPTION, read_options._OPTION_KEYS),
        ("registers", "", read_registers._KEYS),
        ("registers", "$defs/register", read_registers._REGISTER_KEYS),
        ("registers", "$defs/field", read_registers._FIELD_KEYS),
        ("requirements", "", numbered._FILE_KEYS),
        ("requirements", "$defs/sentence", numbered._KEYS),
    ],
)  # fmt: skip  # a table
def test_schema_has_the_keys_that_the_reader_has(
    name: str, pointer: str, keys: Collection[str]
) -> None:
    """An editor proposes the keys that the loader takes, no more and no fewer."""
    schema = SCHEMAS[name]
    for step in pointer.split("/") if pointer else ():
        schema = schema[step]

    assert sorted(keys) == sorted(schema["properties"])


MACHINE = "machine: demo.door\nnetfsm: 1\nref: RFC 1\nstates: {OPEN: {}}\n"


def machine_with(row: str) -> str:
    """Return a machine file whose only row is `row`."""
    return MACHINE.replace("{}", f"{{rows: [{{{row}}}]}}")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("machine", MACHINE + "titel: x", "'titel' was unexpected"),
        ("machine", "machine: a\nnetfsm: 1\nref: RFC 1\n", "'states' is a required property"),
        ("machine", MACHINE.replace("netfsm: 1", "netfsm: 2"), "1 was expected"),
        ("machine", machine_with("event: b, ref: RFC 1"), "'id' is a required"),
        ("machine", machine_with("id: a, event: b"), "not valid under any"),
        ("machine", machine_with("id: a, event: b, ref: RFC 1, wen: c"), "'wen' was un"),
        ("machine", MACHINE + "timers: [a]", "is not of type 'object'"),
        ("machine", MACHINE + "decide: {d: [{a: b, c: d}]}", "too many properties"),
        ("layer", "layer: a\nnetfsm: 1\nref: RFC 1\nbinds: [{to: b}]", "'key' is a required"),
        ("layer", "layer: a\nnetfsm: 1\nref: RFC 1\nhands: a.b", "does not match"),
        ("layer", "layer: a\nnetfsm: 1\nref: RFC 1\ncounters: {a: 1}", "is not of type 'string'"),
        ("format", "format: a.b\nnetfsm: 1\nref: RFC 1\nfields: {}", "should be non-empty"),
        ("format", "format: a.b\nnetfsm: 1\nref: RFC 1\nfields: {a: {bits: 129}}", "maximum"),
        ("format", "format: a.b\nnetfsm: 1\nref: RFC 1\nfields: {a: {}}", "not valid under any"),
        ("chapter", "chapter: a.c\nnetfsm: 1\nlet: {}", "'of' is a required property"),
        ("chapter", "chapter: a.c\nnetfsm: 1\nof: a.b\nscope: a.s", "'scope' was unexpected"),
        ("chapter", "chapter: a.c\nnetfsm: 1\nof: a.b\nstates: {A: {says: x}}", "'says' was un"),
        ("scope", "scope: a.b\nnetfsm: 1\nref: RFC 1\nvariables: {a: {type: bool}}", "'owner' is"),
        ("types", "types: a\nnetfsm: 1\ndefine: {A: {emun: [B]}}", "not valid under any"),
        (
            "compose",
            "compose: a.b\nnetfsm: 1\nends: {}\nchannels: {w: {ends: [A, B], capacity: 0}}",
            "minimum",
        ),
    ],
)  # fmt: skip  # a table
def test_wrong_specs_do_not_validate(kind: str, text: str, expected: str) -> None:
    """What the loader would report, an editor underlines."""
    findings = Findings()
    root = parse_source(text, "f", findings)

    assert [] == list(findings)
    assert root is not None
    assert any(expected in complaint for complaint in complaints(kind, plain(root)))
