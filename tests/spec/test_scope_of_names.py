"""Where a variable or parameter has a value: states, events, lets, and what `at` tells."""

from __future__ import annotations

import pytest

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.names import Names
from netfsm.spec.parse import parse_expression
from netfsm.spec.scope import reads

PLACE = Mark("t.yaml", 1, 1)  # in REACHABLE and IDLE; lladdr has a value in REACHABLE only


@pytest.mark.parametrize(
    "text",
    [
        "new.lladdr == new.lladdr",
        "at(REACHABLE) and lladdr == lladdr",
        "at(REACHABLE) and known and not (fin or has_address)",
        "not at(REACHABLE) or has_address",
        "at(IDLE) or has_address",
        "not (at(IDLE) or not has_address)",
        "not at(IDLE) and (has_address or known)",
        "len(lladdr) > 0 if at(RESOLVED) else known",
        "known if at(IDLE) else has_address",
        "known if at(IDLE) or fin else has_address",
        "asked_too",
    ],
)
def test_has_a_value(text: str, in_row: Names) -> None:
    """A variable may be read where `at` has said that the state gives it a value."""
    findings = Findings()
    assert parse_expression(text, PLACE, in_row, findings) is not None
    assert [] == list(findings)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("known and has_address", 11),
        ("at(RESOLVED) or has_address", 17),
        ("has_address and at(REACHABLE)", 1),
        ("at(IDLE) and has_address", 14),
        ("known if at(RESOLVED) else has_address", 28),
    ],
)
def test_let_has_no_value(text: str, column: int, in_row: Names) -> None:
    """Reading through a let where there is no value is SCOPE at the use, and names the let."""
    findings = Findings()
    assert parse_expression(text, PLACE, in_row, findings) is None
    message = "has_address reads lladdr, which has no value in IDLE"
    assert [("SCOPE", column, message)] == [(f.code, f.column, f.message) for f in findings]


def test_variable_has_no_value(in_row: Names) -> None:
    """Each reading of a variable in a state where it has no value is SCOPE."""
    findings = Findings()
    assert parse_expression("lladdr == lladdr", PLACE, in_row, findings) is None
    assert [("SCOPE", 1), ("SCOPE", 11)] == [(f.code, f.column) for f in findings]


def test_new_value_lacks(anywhere: Names) -> None:
    """`new.x` is held against the states that the row leads to."""
    names = anywhere.at_row("segment", ["REACHABLE"], ["IDLE"])
    findings = Findings()
    assert parse_expression("new.lladdr == lladdr", PLACE, names, findings) is None
    assert ["new.lladdr has no value in IDLE"] == [f.message for f in findings]


def test_let_with_a_parameter_that_the_event_lacks(anywhere: Names) -> None:
    """A let that reads a parameter, even through another let, needs an event that has it."""
    names = anywhere.at_row("resolve", ["REACHABLE"])
    findings = Findings()
    assert parse_expression("asked_too", PLACE, names, findings) is None
    expected = ["asked_too reads SEG.op, which is a parameter of segment"]
    assert expected == [finding.message for finding in findings]
    assert ["NO-PARAM"] == [finding.code for finding in findings]


def test_let_in_an_invariant(anywhere: Names) -> None:
    """Where there is no event no let may read a parameter."""
    findings = Findings()
    names = anywhere.in_states(["IDLE"])
    assert parse_expression("asked", PLACE, names, findings) is None
    assert parse_expression("flight > 0", PLACE, names, findings) is not None
    assert ["NO-PARAM"] == [finding.code for finding in findings]


def test_reads(in_row: Names) -> None:
    """What an expression reads is known through lets, each kind by itself."""
    text = "asked_too and new.SND.UNA - SND.UNA > bigger(MAX, 1) and armed(rexmt) and now > since"
    expr = parse_expression(text, PLACE, in_row, Findings())
    assert expr is not None
    found = reads(expr, in_row.vocabulary.lets)
    assert {"known", "SND.UNA", "since"} == found.variables
    assert {"SND.UNA"} == found.new_variables
    assert {"SEG.op"} == found.params
    assert {"MAX", "a", "b"} == found.others
    assert {"rexmt"} == found.timers
    assert {"asked", "asked_too", "bigger"} == found.lets
    assert found.now
