"""Expressions and texts that lost their quotes in braces and brackets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.spec.findings import Findings
from netfsm.spec.source import parse_source
from netfsm.spec.unquoted import fragment_end, imbalance


def hints(text: str) -> list[str]:
    """Return `line:col CODE hint` of each finding of `text`."""
    findings = Findings()
    parse_source(text, "f", findings)
    return [f"{found.line}:{found.column} {found.code} {found.hint}" for found in findings]


@pytest.mark.parametrize(
    ("text", "place", "whole"),
    [
        ("{x: min(a, b)}", "1:5", "min(a, b)"),
        ("{x: min(a, max(b, c)) + 1, y: 2}", "1:5", "min(a, max(b, c)) + 1"),
        ("x: [min(a, b), c]", "1:5", "min(a, b)"),
        ("x: [y: min(a, b), c]", "1:8", "min(a, b)"),
        ("{x: f(a,\n  b), y: 3}", "1:5", "f(a, b)"),
        ("{x: f(a, {b: 1}), y: 2}", "1:5", "f(a, {b: 1})"),
        ("{x: f(a, &b, *c, !d e)}", "1:5", "f(a, &b, *c, !d e)"),
        ("{x: 1 if at(A, B) else 0, y: 2}", "1:5", "1 if at(A, B) else 0"),
        ("{x: a[1], y: 2}", "1:5", "a[1]"),
        ("{to: neighbour[*]}", "1:6", "neighbour[*]"),
        ("x: [a.neighbour[*].heard]", "1:5", "a.neighbour[*].heard"),
    ],
)
def test_expression_is_reported_once_with_the_mend(text: str, place: str, whole: str) -> None:
    """The finding stands at the expression, and its hint is the expression in quotes."""
    assert [f'{place} UNQUOTED quote it: "{whole}"'] == hints(text)


def test_text_cut_at_commas_is_reported_once() -> None:
    """Words after a comma that have neither colon nor value belong to the text before them."""
    expected = 'if the comma is part of the text before it, quote it: "never sent, as said, at all"'

    assert [f"1:26 UNQUOTED {expected}"] == hints(
        "{impossible: never sent, as said, at all, to: A}"
    )


@pytest.mark.parametrize("text", ["{x: see (a, b}", "{x: a) b}", "x: [(]"])
def test_bracket_without_its_fellow_is_reported(text: str) -> None:
    """A bracket that nothing closes, or that closes nothing, is never taken as read."""
    assert "UNQUOTED" in hints(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "x: min(a, b)",
        "- x: min(a, b)",
        '{x: "min(a, b)", y: int(c)}',
        "{x: 'see (a', y: \"b)\"}",
        "x: 1) first, 2) second :)",
        "{a: , b: 1}",
        "{id: a.b:c, at: 10.0.0.1:80}",
        "x: [RFC 826, RFC 1122 §2.3.2.2]",
        "{emit: [{arp: {op: REQUEST}}], to: A}",
        "x: a[b]",
    ],
)
def test_what_is_well_is_left_alone(text: str) -> None:
    """Block style, quotes and brackets in pairs need no mend."""
    findings = Findings()
    parse_source(f"k:\n  {text}" if text.startswith("-") else text, "f", findings)

    assert [] == list(findings)


@pytest.mark.parametrize(
    ("text", "expected"), [("a", 0), ("f(a)", 0), ("f(a", 1), ("f(g(a", 2), ("a)", -1), (")(", -1)]
)
def test_imbalance_counts_open_brackets(text: str, expected: int) -> None:
    """Open brackets count; one that closes nothing is -1."""
    assert expected == imbalance(text)


@given(st.text(alphabet="ab(,)[]{} \n", max_size=60), st.integers(min_value=0, max_value=60))
def test_fragment_lies_within_the_text(text: str, start: int) -> None:
    """The end of an expression is never before its start, and its brackets are in pairs."""
    end = fragment_end(text, min(start, len(text)))

    assert end is None or min(start, len(text)) <= end <= len(text)
    assert end is None or imbalance(text[min(start, len(text)) : end]) == 0
