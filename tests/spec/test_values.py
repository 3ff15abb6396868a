"""The values of constants: each type's own way to write them, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.nodes import Scalar, Sequence
from netfsm.spec.types import (
    BOOL,
    BYTES,
    DURATION,
    INSTANT,
    IPV4,
    IPV6,
    MAC,
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
from netfsm.spec.values import parse_value, read_value

PLACE = Mark("t.yaml", 3, 5)
OP = Enum("Op", (("REQUEST", 1), ("REPLY", 2)))
CAUSE = Flags("Cause", ("TXDW", "LSC"))
QUEUE = Queue(BYTES, 3, "refuse")
SND = Seq("snd", 32)


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("true", BOOL, True),
        ("0x10", Nat(16), 16),
        ("4294967295", SND, 4294967295),
        ("20 min", DURATION, 1_200_000_000),
        ("200 ms", DURATION, 200_000),
        ("10us", DURATION, 10),
        ("0 s", DURATION, 0),
        ("24 h", DURATION, 86_400_000_000),
        ("192.0.2.1", IPV4, 0xC0000201),
        ("::1", IPV6, 1),
        ("02:00:00:00:00:0A", MAC, b"\x02\0\0\0\0\n"),
        ("224.0.0.0/4", Prefix("ipv4"), (0xE0000000, 4)),
        ("0.0.0.0/0", Prefix("ipv4"), (0, 0)),
        ("fe80::/10", Prefix("ipv6"), (0xFE80 << 112, 10)),
        ("00 1b 44", BYTES, b"\0\x1bD"),
        ("001B:44", BYTES, b"\0\x1bD"),
        ("", BYTES, b""),
        ("eth0", TEXT, "eth0"),
        ("REPLY", OP, 2),
        ("LSC", CAUSE, 2),
        ("nothing", CAUSE, 0),
        ("nothing", SetOf(IPV4), frozenset[int]()),
        ("nothing", QUEUE, ()),
        ("nothing", Ranges(SND), ()),
    ],
)
def test_values(text: str, type_: Type, value: object) -> None:
    """A value is what the table of netfsm.spec.types says of its type."""
    findings = Findings()
    assert value == read_value(text, type_, PLACE, findings)
    assert [] == list(findings)


@pytest.mark.parametrize(
    ("text", "type_", "code"),
    [
        ("yes", BOOL, "VALUE"),
        ("17", Nat(16), "OUT-OF-BOUNDS"),
        ("4294967296", SND, "OUT-OF-BOUNDS"),
        ("-1", Nat(16), "VALUE"),
        ("010", Nat(16), "VALUE"),
        ("MAX", Nat(16), "VALUE"),
        ("5", DURATION, "VALUE"),
        ("1.5 s", DURATION, "VALUE"),
        ("5 sec", DURATION, "VALUE"),
        ("-5 s", DURATION, "VALUE"),
        ("192.0.2", IPV4, "VALUE"),
        ("192.0.2.256", IPV4, "VALUE"),
        ("192.0.2.010", IPV4, "VALUE"),
        ("::1", IPV4, "VALUE"),
        ("fe80::1%eth0", IPV6, "VALUE"),
        ("02:00:00:00:00", MAC, "VALUE"),
        ("224.0.0.1/4", Prefix("ipv4"), "VALUE"),
        ("224.0.0.0/33", Prefix("ipv4"), "VALUE"),
        ("224.0.0.0", Prefix("ipv4"), "VALUE"),
        ("fe80::/129", Prefix("ipv6"), "VALUE"),
        ("0 1", BYTES, "VALUE"),
        ("hello", BYTES, "VALUE"),
        ("REPLAY", OP, "VALUE"),
        ("TXD", CAUSE, "VALUE"),
        ("x", SetOf(IPV4), "VALUE"),
        ("x", Handle("packet"), "VALUE"),
        ("now", INSTANT, "VALUE"),
    ],
)
def test_wrong_values(text: str, type_: Type, code: str) -> None:
    """A text that is no value of its type is a finding at its place."""
    findings = Findings()
    assert read_value(text, type_, PLACE, findings) is None
    assert [(code, 3, 5)] == [(f.code, f.line, f.column) for f in findings]


def test_mends() -> None:
    """A finding says what would be right."""
    findings = Findings()
    for text, type_ in (("224.0.0.1/4", Prefix("ipv4")), ("REPLAY", OP), ("5", DURATION)):
        read_value(text, type_, PLACE, findings)
    hints = {
        "the block is 224.0.0.0/4",
        "did you mean REPLY?",
        "write a whole number and one of us, ms, s, min, h: 200 ms",
    }
    assert hints == {finding.hint for finding in findings}


def test_lists() -> None:
    """A set is a list of its elements, flags are a list of their members."""

    def node(*texts: str) -> Sequence:
        return Sequence(tuple(Scalar(t, t, True, PLACE) for t in texts), PLACE)

    findings = Findings()
    assert 3 == parse_value(node("TXDW", "LSC"), CAUSE, findings)
    assert frozenset({1, 2}) == parse_value(node("0.0.0.1", "0.0.0.2"), SetOf(IPV4), findings)
    assert [] == list(findings)
    assert parse_value(node("1", "2"), Nat(7), findings) is None
    assert parse_value(node("TXDW", "X"), CAUSE, findings) is None
    assert ["VALUE", "VALUE"] == [finding.code for finding in findings]


def test_unquoted_octets() -> None:
    """Octets that YAML takes for a number must be quoted, or a digit might be lost."""
    findings = Findings()
    assert parse_value(Scalar(10, "10", True, PLACE), BYTES, findings) is None
    assert ['put it in quotes: "10"'] == [finding.hint for finding in findings]
    assert b"\x10" == parse_value(Scalar("10", "10", False, PLACE), BYTES, findings)


TYPES = [BOOL, Nat(9), SND, DURATION, IPV4, IPV6, MAC, Prefix("ipv4"), Prefix("ipv6"), BYTES, OP]


@given(st.text(max_size=40), st.sampled_from([*TYPES, CAUSE, SetOf(IPV4), QUEUE]))
def test_any_text_is_a_value_or_a_finding(text: str, type_: Type) -> None:
    """No text raises."""
    findings = Findings()
    value = read_value(text, type_, PLACE, findings)
    assert (value is None) == (len(findings) > 0)
