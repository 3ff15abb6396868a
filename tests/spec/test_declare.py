"""Types as they are written and as they are declared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.spec.declare import (
    TypeNames,
    parse_fields,
    parse_named_types,
    parse_records,
    parse_type,
)
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.source import parse_source
from netfsm.spec.types import (
    BYTES,
    IPV4,
    TEXT,
    Enum,
    Flags,
    Handle,
    Nat,
    Prefix,
    Queue,
    Ranges,
    Seq,
    SetOf,
    Type,
)

SND = Seq("snd", 32)
NAMES = TypeNames({"snd": SND, "arp.Op": Enum("arp.Op", (("A", 1),))}, {"MAX": 9}, frozenset({"X"}))


def _node(text: str) -> Node:
    """What stands under `x:` in a file; columns count from that line's beginning."""
    findings = Findings()
    root = parse_source(f"machine: t\nx: {text}\n", "t.yaml", findings)
    assert root is not None, list(findings)
    node = root.get("x")
    assert node is not None
    return node


def _said(findings: Findings) -> list[tuple[str, int, int]]:
    return [(finding.code, finding.line, finding.column) for finding in findings]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("nat 65535", Nat(65535)),
        ("nat  0x3fffffff", Nat(0x3FFFFFFF)),
        ("nat MAX", Nat(9)),
        ("snd", SND),
        ("arp.Op", Enum("arp.Op", (("A", 1),))),
        ("ipv4 prefix", Prefix("ipv4")),
        ("handle packet", Handle("packet")),
        ("set nat 7", SetOf(Nat(7))),
        ("ranges snd", Ranges(SND)),
        ("{queue: handle packet, max: 3, full: refuse}", Queue(Handle("packet"), 3, "refuse")),
        ("{queue: bytes, max: MAX, full: drop_oldest}", Queue(BYTES, 9, "drop_oldest")),
        ('"text"', TEXT),
    ],
)
def test_types(text: str, type_: Type) -> None:
    """Each way to write a type gives that type."""
    findings = Findings()
    assert type_ == parse_type(_node(text), NAMES, findings)
    assert [] == list(findings)


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("nat", "TYPE-FORM", 4),
        ("nat -1", "TYPE-FORM", 8),
        ("nat MOX", "TYPE-FORM", 8),
        ("nat 1000000000000000000000000000000000000000000", "TYPE-FORM", 8),
        ("bol", "UNKNOWN-TYPE", 4),
        ("arp.Up", "UNKNOWN-TYPE", 4),
        ("set", "TYPE-FORM", 4),
        ("set bol", "UNKNOWN-TYPE", 8),
        ('"set bol"', "UNKNOWN-TYPE", 9),
        ("set set ipv4", "TYPE-FORM", 4),
        ("ranges ipv4", "TYPE-FORM", 11),
        ("prefix", "TYPE-FORM", 4),
        ("[bool]", "TYPE-FORM", 4),
        ("5", "UNKNOWN-TYPE", 4),
        ("{queue: bytes, max: 0, full: refuse}", "OUT-OF-BOUNDS", 24),
        ("{queue: bytes, max: 3, full: forget}", "UNKNOWN-WORD", 33),
        ("{queue: bytes, max: 3}", "MISSING-KEY", 4),
        ("{quoue: bytes}", "UNKNOWN-KEY", 5),
    ],
)
def test_wrong_types(text: str, code: str, column: int) -> None:
    """A wrong type is a finding at the word that is wrong."""
    findings = Findings()
    assert parse_type(_node(text), NAMES, findings) is None
    assert (code, 2, column) in _said(findings)


def test_a_type_already_found_wrong_is_silent() -> None:
    """A type whose declaration has a finding makes no second one."""
    findings = Findings()
    assert parse_type(_node("set X"), NAMES, findings) is None
    assert [] == list(findings)


def test_named_types() -> None:
    """Enums, flags and spaces have the name of their owner before their own."""
    text = """
      snd: {seq: 32}
      Policy: {enum: [CEASE, ONCE], says: what to do}
      Op: {enum: {REQUEST: 1, REPLY: 2}, width: 16, open: true}
      Cause: {flags: [TXDW, LSC]}
      Neighbour: {record: {address: ipv4, mac: {type: bytes, says: its link address}}, says: one}
    """
    findings = Findings()
    found = parse_named_types(_node(text), findings, owner="arp")
    expected = {
        "snd": Seq("arp.snd", 32),
        "Policy": Enum("arp.Policy", (("CEASE", 0), ("ONCE", 1))),
        "Op": Enum("arp.Op", (("REQUEST", 1), ("REPLY", 2)), 16, open=True),
        "Cause": Flags("arp.Cause", ("TXDW", "LSC")),
    }
    assert expected == found
    (record,) = parse_records(_node(text), NAMES, findings, owner="arp")
    assert ("arp.Neighbour", "one") == (record.name, record.says)
    fields = [(field.name, field.type, field.says) for field in record.fields]
    assert [("address", IPV4, ""), ("mac", BYTES, "its link address")] == fields
    assert [] == list(findings)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{a: {enum: []}}", "TYPE-FORM"),
        ("{a: {enum: [A, A]}}", "DUPLICATE-MEMBER"),
        ("{a: {enum: {A: 1, B: 1}}}", "DUPLICATE-MEMBER"),
        ("{a: {enum: {A: 1, B: 9}, width: 3}}", "OUT-OF-BOUNDS"),
        ("{a: {enum: {A: -1}}}", "OUT-OF-BOUNDS"),
        ("{a: {enum: [A-B]}}", "NAME"),
        ("{a: {enum: [[A]]}}", "TYPE-FORM"),
        ("{a: {enum: 7}}", "TYPE-FORM"),
        ("{a: {seq: 65}}", "OUT-OF-BOUNDS"),
        ("{a: {seq: x}}", "WRONG-TYPE"),
        ("{a: {seq: 8, width: 8}}", "UNKNOWN-KEY"),
        ("{a: {seq: 8, flags: [A]}}", "TYPE-FORM"),
        ("{a: nat 7}", "TYPE-FORM"),
        ("{in: {seq: 8}}", "NAME"),
        ("{new.x: {seq: 8}}", "NAME"),
        ("7", "WRONG-TYPE"),
    ],
)
def test_wrong_named_types(text: str, code: str) -> None:
    """A wrong declaration is a finding, and gives no type."""
    findings = Findings()
    found = parse_named_types(_node(text), findings)
    assert code in {finding.code for finding in findings}
    assert all(isinstance(type_, Enum | Seq) for type_ in found.values())


def test_fields() -> None:
    """Fields are types by name, or mappings with type, words and ghost; wrong ones are left out."""
    node = _node("{a: bool, b: {type: nat 3, ghost: true}, c: bol, d: {queue: bytes}}")
    assert isinstance(node, Mapping)
    findings = Findings()
    fields = parse_fields(node.items, NAMES, findings)
    assert [("a", False), ("b", True)] == [(field.name, field.ghost) for field in fields]
    assert ["UNKNOWN-TYPE", "MISSING-KEY", "MISSING-KEY"] == [f.code for f in findings]


TEXTS = st.sampled_from(
    ["nat", "set", "ranges", "handle", "queue", "7", "0x", "snd", "MAX", "prefix", "ipv4", "  "]
)


@given(st.lists(TEXTS, max_size=300).map(" ".join) | st.text(max_size=30))
def test_any_text_is_a_type_or_a_finding(text: str) -> None:
    """No text raises, however deep `set set set ...` goes."""
    findings = Findings()
    node = Scalar(text, text, True, Mark("t.yaml", 1, 1), text)
    type_ = parse_type(node, NAMES, findings)
    assert (type_ is None) == (len(findings) > 0)


def test_deep_types_end() -> None:
    """A type nested two thousand deep is a finding."""
    findings = Findings()
    text = "set " * 2_000 + "ipv4"
    assert parse_type(Scalar(text, text, True, Mark("t", 1, 1), text), NAMES, findings) is None
    node: Node = Sequence((), Mark("t", 1, 1))
    for _ in range(100):
        node = Mapping(((Scalar("queue", "queue", True, Mark("t", 1, 1)), node),), Mark("t", 1, 1))
    assert parse_type(node, NAMES, findings) is None
    assert len(findings)
