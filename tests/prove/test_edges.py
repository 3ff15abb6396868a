"""The edges of expressions, as the language writes them."""

from __future__ import annotations

import pytest

from netfsm.prove.edges import edges
from netfsm.spec import types
from netfsm.spec.expr import Call, Expr, Name, Op
from netfsm.spec.findings import Mark
from netfsm.spec.model import Constant
from netfsm.spec.pretty import pretty
from netfsm.spec.types import BOOL, BYTES, DURATION, IPV4, Type

MARK = Mark("edges", 1, 1)
SND = types.Seq("snd", 32)
SMALL = types.Nat(300)
WORD = types.Nat((1 << 32) - 1)
PACKETS = types.Queue(types.Handle("packet"), 8, "drop_oldest")
OPEN = types.Enum("Op", (("ASK", 1), ("TELL", 2)), 8, open=True)
CLOSED = types.Enum("Policy", (("CEASE", 0), ("KEEP", 3)))
CAUSES = types.Flags("Cause", ("A", "B", "C"))
BLOCK = types.Prefix("ipv4")
NET = Constant(
    "NET", BLOCK, (0xE0000000, 4), "", (), None, None, False, {}, {}, "", MARK
)  # fmt: skip


def name(text: str, kind: Type) -> Name:
    """A variable."""
    return Name("var", text, kind, False, MARK)


def op(word: str, kind: Type, *args: Expr) -> Op:
    """An operation."""
    return Op(word, args, kind, MARK)


A, B = name("a", SMALL), name("b", SMALL)
S, T = name("s", SND), name("t", SND)
HALF = ["2147483647", "2147483648", "2147483649"]


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (name("x", BOOL), ["x", "not x"]),
        (A, ["a == 0", "a == 1", "a == 299", "a == 300"]),
        (
            name("w", WORD),
            [f"w == {n}" for n in ("0", "1", *HALF, "4294967294", "4294967295")],
        ),
        (
            name("d", DURATION),
            [f"d == {n}" for n in ("0 s", "1 us", *(f"{n} us" for n in HALF))]
            + ["d == 4294967295 us", "d == 4294967296 us"],
        ),
        (S, [f"s == {n}" for n in ("0", "1", *HALF, "4294967295")]),
        (
            name("o", OPEN),
            ["o == 0", "o == ASK", "o == TELL", "o == 255"],
        ),
        (name("p", CLOSED), ["p == CEASE", "p == KEEP"]),
        (name("c", CAUSES), ["c == 0", "c == 7"]),
        (name("q", PACKETS), [f"len(q) == {n}" for n in (0, 1, 7, 8)]),
        (op("lt", BOOL, A, B), ["a == b", "a + 1 == b", "a == b + 1", "a < b", "not a < b"]),
        (op("eq", BOOL, S, T), ["s == t", "not s == t"]),
        (
            op("full", BOOL, name("q", PACKETS)),
            [*(f"len(q) == {n}" for n in (0, 1, 7, 8)), "full(q)", "not full(q)"],
        ),
        (
            op("in_prefix", BOOL, name("i", IPV4), Name("const", "NET", BLOCK, False, MARK)),
            [
                *(f"i == {n}" for n in ("223.255.255.255", "224.0.0.0", "239.255.255.255")),
                *("i == 240.0.0.0", "i in NET", "i not in NET"),
            ],
        ),
        (name("i", IPV4), []),
        (op("len", SMALL, name("y", BYTES)), [f"len(y) == {n}" for n in (0, 1, 299, 300)]),
        (Call("let", "flight", (), WORD, MARK), []),
        (Name("const", "NET", BLOCK, False, MARK), []),
    ],
    ids=lambda value: pretty(value) if not isinstance(value, list) else "",
)  # fmt: skip
def test_edges_are(node: Expr, wanted: list[str]) -> None:
    """Each type and operation has those of its table, in order."""
    found = [pretty(edge) for edge in edges(node, {"NET": NET})]
    assert wanted == found


def test_a_distance_is_asked_for_past_the_wrap() -> None:
    """The plain difference is negative where the one number is 0 and the other the last."""
    found = [pretty(edge) for edge in edges(op("seq_sub", WORD, S, T), {})]

    assert "s == 0 and t == 4294967295" == found[0]
    assert "s - t == 2147483649" in found


def test_an_order_is_asked_for_by_distance() -> None:
    """RFC 1982 §3.2 leaves the antipode open, so it is an edge."""
    found = [pretty(edge) for edge in edges(op("seq_lt", BOOL, S, T), {})]

    assert [f"t - s == {n}" for n in ("0", "1", *HALF, "4294967295")] == found[:6]


def test_a_sum_reaches_its_edges_by_adding() -> None:
    """Not by adding nothing."""
    found = [pretty(edge) for edge in edges(op("seq_add", SND, S, A), {})]

    assert "a != 0 and s + a == 0" == found[0]
    assert "a != 0 and s + a == 4294967295" in found
