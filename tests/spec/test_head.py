"""The first keys of a spec: kind, name and version."""

from __future__ import annotations

import pytest

from netfsm.spec.findings import Findings
from netfsm.spec.head import KINDS, RESERVED, read_head
from netfsm.spec.index import KINDS as INDEXED
from netfsm.spec.source import parse_source


def head_of(text: str) -> tuple[tuple[str, str] | None, list[str]]:
    """Return kind and name of `text`, and its findings as `line:col CODE`."""
    findings = Findings()
    root = parse_source(text, "f", findings)
    assert root is not None
    head = read_head(root, findings)
    said = [f"{found.line}:{found.column} {found.code}" for found in findings]
    return (None if head is None else (head.kind, head.name.text)), said


@pytest.mark.parametrize("kind", KINDS)
def test_kind_and_name(kind: str) -> None:
    """The first key is the kind, its value the name."""
    assert ((kind, "demo.door"), []) == head_of(f"{kind}: demo.door\nnetfsm: 1\n")


@pytest.mark.parametrize("kind", RESERVED)
def test_reserved_kinds_are_not_supported_yet(kind: str) -> None:
    """A device or register file is refused plainly."""
    findings = Findings()
    root = parse_source(f"{kind}: e1000\nnetfsm: 1\n", "f", findings)
    assert root is not None

    assert read_head(root, findings) is None
    message = f"{kind} comes with the e1000 layer and is not supported in this version"
    assert [f"f:1:1: KIND {message}"] == [str(found) for found in findings]


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("{}", "1:1", "begin with layer"),
        ("machin: a\nnetfsm: 1", "1:1", "did you mean machine?"),
        ("xyzzy: a\nnetfsm: 1", "1:1", "the first key is layer, format"),
        ("netfsm: 1\nmachine: a", "1:1", "move 'machine: ...' to the top"),
        ("machine:\nnetfsm: 1", "1:1", "write 'machine: layer.part'"),
        ("machine: 5\nnetfsm: 1", "1:10", "write 'machine: layer.part'"),
        ("machine: [a]\nnetfsm: 1", "1:10", "write 'machine: layer.part'"),
    ],
)
def test_what_is_no_spec(text: str, place: str, hint: str) -> None:
    """A file whose first key is no kind, or has no name, is not read further."""
    findings = Findings()
    root = parse_source(text, "f", findings)
    assert root is not None

    assert read_head(root, findings) is None
    found = next(iter(findings))
    assert (place, "KIND") == (f"{found.line}:{found.column}", found.code)
    assert hint in found.hint


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("machine: a\n", "1:1"),
        ("machine: a\nnetfsm: 2\n", "2:9"),
        ("machine: a\nnetfsm: '1'\n", "2:9"),
        ("machine: a\nnetfsm: true\n", "2:9"),
        ("machine: a\nnetfsm: [1]\n", "2:9"),
    ],
)
def test_version_of_the_language(text: str, place: str) -> None:
    """A missing or unknown version is noted, and the file is read as version 1."""
    assert (("machine", "a"), [f"{place} LANGUAGE-VERSION"]) == head_of(text)


def test_index_knows_the_same_kinds() -> None:
    """Files are found by the kinds that are read, and those that are reserved."""
    assert {*KINDS, *RESERVED} == set(INDEXED)
