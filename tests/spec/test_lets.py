"""Lets: typed once, in the order of their needs, with arguments or not."""

from __future__ import annotations

from netfsm.spec.declare import TypeNames
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.lets import parse_lets
from netfsm.spec.model import Let
from netfsm.spec.names import Known, Names, Vocabulary
from netfsm.spec.nodes import Scalar
from netfsm.spec.parse import parse_expression
from netfsm.spec.types import BOOL, Nat, Seq

TYPES = TypeNames({"snd": Seq("snd", 32)}, {"MAX": 12})


def _scalar(text: str, line: int, column: int) -> Scalar:
    return Scalar(text, text, True, Mark("t.yaml", line, column), text)


def _lets(texts: dict[str, str], findings: Findings) -> tuple[Names, tuple[Let, ...]]:
    """The lets of `texts`, one a line, the expressions in column 20."""
    known = Vocabulary()
    known.values.update({"x": Known("var", Nat(9)), "ok": Known("var", BOOL)})
    known.add_params("heard", [("p", Nat(3))])
    names = Names(known)
    entries = [
        (_scalar(key, line, 3), _scalar(text, line, 20))
        for line, (key, text) in enumerate(texts.items(), 1)
    ]
    return names, parse_lets(entries, names, TYPES, findings)


def test_order_is_that_of_needs() -> None:
    """A let may stand before those it uses; they come in dependency order."""
    findings = Findings()
    names, lets = _lets({"c": "b and ok", "b": "a > 2", "a": "x + p"}, findings)
    assert [] == list(findings)
    assert ["a", "b", "c"] == [let.name for let in lets]
    assert Nat(12) == names.vocabulary.lets["a"].expr.type


def test_arguments() -> None:
    """A let with arguments has their types in its head, constants and spaces among them."""
    findings = Findings()
    names, lets = _lets(
        {"bigger(a: nat MAX, b:nat 7)": "a if a > b else b", "far( s : snd )": "s - s > 4"},
        findings,
    )
    assert [] == list(findings)
    assert [("a", Nat(12)), ("b", Nat(7))] == [(p.name, p.type) for p in lets[0].params]
    assert Nat(12) == lets[0].expr.type
    here = names.at_row("heard", ["S"])
    expr = parse_expression("bigger(x, p) > 1", Mark("t", 1, 1), here, findings)
    assert expr is not None


def test_cycle() -> None:
    """Lets that need one another are one finding; what uses them is passed over in silence."""
    findings = Findings()
    texts = {"a": "b + 1", "b": "c", "c": "a", "d": "a > 1", "e": "x > 1", "f": "f"}
    names, lets = _lets(texts, findings)
    assert ["LET-CYCLE", "LET-CYCLE"] == [finding.code for finding in findings]
    assert "these lets need one another: a -> b -> c -> a" in [f.message for f in findings]
    assert ["e"] == [let.name for let in lets]
    assert parse_expression("d and ok", Mark("t", 1, 1), names, findings) is None
    assert 2 == len(findings)


def test_wrong_lets() -> None:
    """Each wrong let has its findings, at its place."""
    findings = Findings()
    texts = {
        "a": "x + ok",
        "b(q)": "x",
        "c(q: nat)": "q",
        "d(q: nat 3, if: nat 3)": "q",
        "e": "new.x",
        "min": "x",
        "g": "a or y",
    }
    _, lets = _lets(texts, findings)
    expected = [
        ("TYPE", 1, 20),
        ("TYPE-FORM", 2, 5),
        ("TYPE-FORM", 3, 8),
        ("UNKNOWN-NAME", 3, 20),
        ("NAME", 4, 15),
        ("NEW-HERE", 5, 20),
        ("NAME", 6, 3),
        ("UNKNOWN-NAME", 7, 25),
    ]
    assert expected == [(f.code, f.line, f.column) for f in findings]
    assert ["b", "d"] == sorted(let.name for let in lets)


def test_long_chains_are_refused() -> None:
    """Two thousand lets, each using the one before, get one finding, for the first too deep."""
    findings = Findings()
    texts = {f"n{i}": f"n{i + 1}" for i in range(2_000)} | {"n2000": "ok"}
    names, lets = _lets(texts, findings)
    assert ["TOO-DEEP"] == [finding.code for finding in findings]
    assert 300 == len(lets)
    deepest = names.at_row("heard", ["S"])
    assert parse_expression(lets[-1].name, Mark("t", 1, 1), deepest, findings) is not None
