"""Expressions that are right, with their types, and wrong ones, with code and column."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.spec.expr import Call, Lit, Op
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.model import TimerIf, TimerStep
from netfsm.spec.names import Names
from netfsm.spec.nodes import Scalar
from netfsm.spec.parse import parse_expression, parse_node, parse_timer_order
from netfsm.spec.types import BOOL, IPV4, Nat, SetOf

PLACE = Mark("t.yaml", 4, 10)

GOOD = [
    ("true", "bool"),
    ("False", "bool"),
    ("0x10 + 1", "nat 17"),
    ("RCV.WND + tries", "nat 65540"),
    ("RCV.WND - tries", "nat 65535"),
    ("3 * tries", "nat 15"),
    ("tries * MAX", "nat 500"),
    ("RCV.WND // 2", "nat 32767"),
    ("RCV.WND // MAX", "nat 65535"),
    ("RCV.WND % 8", "nat 7"),
    ("min(RCV.WND, tries, 9)", "nat 5"),
    ("max(RCV.WND, tries)", "nat 65535"),
    ("int(known) + int(fin)", "nat 2"),
    ("tries if known else 70", "nat 70"),
    ("SND.NXT - SND.UNA", "nat 4294967295"),
    ("SND.UNA + tries", "snd"),
    ("SND.UNA - 1", "snd"),
    ("0 < SEG.ACK - SND.UNA <= flight", "bool"),
    ("SND.UNA <= SEG.ACK < SND.NXT", "bool"),
    ("SEG.op == REQUEST", "bool"),
    ("REQUEST != SEG.op", "bool"),
    ("SEG.op == (REQUEST if known else REPLY)", "bool"),
    ("policy == NONE", "bool"),
    ("NONE == SEG.op", "bool"),
    ("causes | TXDW", "Cause"),
    ("TXDW | LSC", "Cause"),
    ("causes & mask - LSC", "Cause"),
    ("LSC in causes", "bool"),
    ("causes == nothing", "bool"),
    ("empty(causes & mask)", "bool"),
    ("address in MULTICAST", "bool"),
    ("address not in sources", "bool"),
    ("insert(sources, address)", "set ipv4"),
    ("len(remove(sources, address)) > 0", "bool"),
    ("oldest(waiting)", "handle packet"),
    ("push(pop(waiting), oldest(waiting))", "queue of handle packet"),
    ("len(waiting)", "nat 3"),
    ("full(numbers) or empty(numbers)", "bool"),
    ("oldest(numbers) + 1", "nat 10"),
    ("add(held, SEG.SEQ, n)", "ranges rcv"),
    ("RCV.NXT + run(held, RCV.NXT)", "rcv"),
    ("covers(cut(held, RCV.NXT), RCV.NXT, 1)", "bool"),
    ("now - since >= 2 * RTO", "bool"),
    ("since + RTO", "instant"),
    ("tries * RTO + delay", "duration"),
    ("max(delay, RTO) // 2", "duration"),
    ("deadline(rexmt) - now", "duration"),
    ("armed(rexmt) == (SND.UNA != SND.NXT)", "bool"),
    ("armed(probe.timer) and timers_armed == 1", "bool"),
    ("at(FIN-WAIT-1) or at( IDLE,RESOLVED )", "bool"),
    ("new.at(REACHABLE)", "bool"),
    ("new.SND.UNA - SND.UNA", "nat 4294967295"),
    ("asked_too and bigger(tries, 3) > 2", "bool"),
    ("cubic(RCV.WND, delay)", "nat 65535"),
    ("  known\n and fin ", "bool"),
    ("not not known", "bool"),
    ("interface == interface", "bool"),
    ("tries " + "+ tries " * 98, "nat 495"),
    ("(" * 100 + "known" + ")" * 100, "bool"),
]

BAD = [
    # text, then code and column of each finding
    ("", "SYNTAX 10"),
    ("   ", "SYNTAX 10"),
    ("known and", "SYNTAX 18"),
    ("(known", "SYNTAX 10"),
    ("known fin", "SYNTAX 16"),
    ("known == = fin", "NOT-ALLOWED 19"),
    ("known && fin", "NOT-ALLOWED 16"),
    ("known || fin", "NOT-ALLOWED 16"),
    ("!known", "NOT-ALLOWED 10"),
    ("tries = 3", "NOT-ALLOWED 16"),
    ("tries ** 2", "NOT-ALLOWED 16"),
    ("tries / 2", "NOT-ALLOWED 16"),
    ("tries + 1.5", "NOT-ALLOWED 18"),
    ("010", "NOT-ALLOWED 10"),
    ("1_000", "NOT-ALLOWED 10"),
    ("0o17", "NOT-ALLOWED 10"),
    ("1if known else 2", "NOT-ALLOWED 10"),
    ("tries == 'a'", "NOT-ALLOWED 19"),
    ("known # and fin", "NOT-ALLOWED 16"),
    ("tries \u2264 3", "NOT-ALLOWED 16"),
    ("-1", "NOT-ALLOWED 10"),
    ("tries + -1", "NOT-ALLOWED 18"),
    ("known, fin", "NOT-ALLOWED 10"),
    ("tries << 1", "NOT-ALLOWED 10"),
    ("known is None", "NOT-ALLOWED 10"),
    ("None", "NOT-ALLOWED 10"),
    ("lambda: 1", "NOT-ALLOWED 16"),
    ("[1]", "NOT-ALLOWED 10"),
    ("max(*tries)", "ARGUMENTS 10"),
    ("cubic(w)(t)", "NOT-ALLOWED 10"),
    ("int(known).real", "NOT-ALLOWED 10"),
    ("tries < 3 in sources", "NOT-ALLOWED 10"),
    ("trys + 1", "UNKNOWN-NAME 10"),
    ("known and fim or tris > 1", "UNKNOWN-NAME 20, UNKNOWN-NAME 27"),
    ("__import__", "UNKNOWN-NAME 10"),
    ("IDLE", "UNKNOWN-NAME 10"),
    ("rexmt", "UNKNOWN-NAME 10"),
    ("resolve", "UNKNOWN-NAME 10"),
    ("packet == packet", "NO-PARAM 10, NO-PARAM 20"),
    ("known.x", "UNKNOWN-NAME 10"),
    ("bigger", "ARGUMENTS 10"),
    ("min", "ARGUMENTS 10"),
    ("open(known)", "UNKNOWN-NAME 10"),
    ("tries(1)", "ARGUMENTS 10"),
    ("flight()", "ARGUMENTS 10"),
    ("bigger(1)", "ARGUMENTS 10"),
    ("bigger(known, 11)", "TYPE 17, RANGE 24"),
    ("cubic(1, 2)", "TYPE 19"),
    ("min(1)", "ARGUMENTS 10"),
    ("min(SND.UNA, SND.NXT)", "TYPE 14"),
    ("max(1, RTO)", "TYPE 17"),
    ("int(tries)", "TYPE 14"),
    ("len()", "ARGUMENTS 10"),
    ("len(tries)", "TYPE 14"),
    ("empty(waiting, 1)", "ARGUMENTS 10"),
    ("push(waiting, 1)", "TYPE 24"),
    ("push(numbers, 10)", "RANGE 24"),
    ("full(sources)", "TYPE 15"),
    ("add(held, SND.UNA, 1)", "SPACE 20"),
    ("at()", "ARGUMENTS 10"),
    ("at(FIN-WAIT-2)", "UNKNOWN-STATE 13"),
    ("known and at(IDLE, FIN-WAIT-2, X)", "UNKNOWN-STATE 29, UNKNOWN-STATE 41"),
    ("at(IDLE)(known)", "NOT-ALLOWED 10"),
    ("at(IDLE).known", "NOT-ALLOWED 10"),
    ("known == at", "ARGUMENTS 19"),
    ("foo == bar", "UNKNOWN-NAME 10, UNKNOWN-NAME 17"),
    ("bad == fou", ""),
    ("armed(rexm)", "UNKNOWN-TIMER 16"),
    ("armed()", "ARGUMENTS 10"),
    ("armed(1)", "ARGUMENTS 10"),
    ("restarted(rexmt)", "RESTARTED-HERE 10"),
    ("start(RTO)", "TIMER-ORDER 10"),
    ("o.SEQ", "OUT-HERE 10"),
    ("new.n", "NEW-HERE 10"),
    ("new.knwn", "UNKNOWN-NAME 10"),
    ("tries and known", "TYPE 10"),
    ("known or tries or fin and 3", "TYPE 19, TYPE 36"),
    ("not tries", "TYPE 14"),
    ("1 if tries else 2", "TYPE 15"),
    ("1 if known else fin", "TYPE 26"),
    ("known + 1", "TYPE 10"),
    ("known | fin", "TYPE 10"),
    ("1 + SND.UNA", "TYPE 10"),
    ("SND.UNA + SND.NXT", "TYPE 10"),
    ("SND.UNA + RCV.NXT", "SPACE 10"),
    ("SND.UNA - RCV.NXT", "SPACE 10"),
    ("SND.UNA < RCV.NXT", "SPACE 20"),
    ("SND.UNA == RCV.NXT", "SPACE 21"),
    ("SND.UNA if known else RCV.NXT", "SPACE 32"),
    ("SND.UNA == 0", "TYPE 21"),
    ("SEG.op == 1", "TYPE 20"),
    ("delay == 5", "TYPE 19"),
    ("RTO < now", "TYPE 16"),
    ("known < fin", "TYPE 18"),
    ("interface < interface", "TYPE 22"),
    (
        "packet == packet and oldest(waiting) == oldest(waiting)",
        "NO-PARAM 10, NO-PARAM 20, TYPE 50",
    ),
    ("causes == policy", "TYPE 20"),
    ("causes == 1", "TYPE 20"),
    ("local6 in MULTICAST", "TYPE 10"),
    ("tries in numbers", "TYPE 19"),
    ("1 in causes", "TYPE 10"),
    ("REQUEST in causes", "TYPE 10"),
    ("tries * count", "NOT-LINEAR 10"),
    ("tries // count", "NOT-LINEAR 19"),
    ("8 % tries", "NOT-LINEAR 14"),
    ("tries // 0", "RANGE 19"),
    ("since * 2", "TYPE 10"),
    ("NONE", "AMBIGUOUS 10"),
    ("NONE == NONE", "AMBIGUOUS 10, AMBIGUOUS 18"),
    ("nothing", "AMBIGUOUS 10"),
    ("nothing == nothing", "AMBIGUOUS 10, AMBIGUOUS 21"),
    ("(" * 101 + "known" + ")" * 101, "TOO-DEEP 110"),
    ("not " * 101 + "known", "TOO-DEEP 410"),
    ("1" * 4001, "TOO-LONG 10"),
    ("bad + 1 and tries", "TYPE 22"),
]


def _said(findings: Findings) -> str:
    return ", ".join(f"{finding.code} {finding.column}" for finding in findings)


@pytest.mark.parametrize(("text", "type_"), GOOD)
def test_good(text: str, type_: str, in_row: Names) -> None:
    """A right expression has its type and no finding."""
    findings = Findings()
    expr = parse_expression(text, PLACE, in_row, findings)
    assert [] == list(findings)
    assert expr is not None
    assert type_ == str(expr.type)


@pytest.mark.parametrize(("text", "said"), BAD)
def test_bad(text: str, said: str, in_row: Names) -> None:
    """A wrong expression has all its findings, each with its code at its own column."""
    findings = Findings()
    assert parse_expression(text, PLACE, in_row, findings) is None
    assert said == _said(findings)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("knwon", "did you mean known?"),
        ("seg.ack", "did you mean SEG.ACK?"),
        ("at(FIN_WAIT_1)", "did you mean FIN-WAIT-1?"),
        ("IDLE", "write at(IDLE)"),
        ("packet", "resolve has it"),
        ("known && fin", "write 'and'"),
        ("RCV.WND + known", "int(b) is 1 or 0"),
        ("SEG.op == 1", "write the member's name"),
        ("1 + SND.UNA", "write the snd first"),
    ],
)
def test_mends(text: str, hint: str, in_row: Names) -> None:
    """A finding says what to write instead."""
    findings = Findings()
    parse_expression(text, PLACE, in_row, findings)
    assert [hint] == [finding.hint for finding in findings]


def test_precedence(in_row: Names) -> None:
    """Operators bind as in Python: not before and before or, products before sums."""
    expected = "(not known) and fin or ((tries + (2 * count)) > 3)"
    written = "not known and fin or tries + 2 * count > 3"
    findings = Findings()
    first = parse_expression(expected, PLACE, in_row, findings)
    assert first is not None
    assert first == parse_expression(written, PLACE, in_row, findings)


def test_chain_is_and(in_row: Names) -> None:
    """A chained comparison is the conjunction of its comparisons."""
    findings = Findings()
    chain = parse_expression("1 < tries <= count != 2", PLACE, in_row, findings)
    spelt = parse_expression("1 < tries and tries <= count and count != 2", PLACE, in_row, findings)
    assert chain is not None
    assert spelt == chain


def test_later_than_in_a_space_is_earlier_the_other_way(in_row: Names) -> None:
    """`a > b` of sequence numbers is `b < a`."""
    findings = Findings()
    expr = parse_expression("SND.NXT > SND.UNA", PLACE, in_row, findings)
    assert isinstance(expr, Op)
    assert "seq_lt" == expr.op
    assert expr == parse_expression("SND.UNA < SND.NXT", PLACE, in_row, findings)


def test_members_have_their_numbers(in_row: Names) -> None:
    """An enum's member is its number, a flag's member its bit."""
    findings = Findings()
    tests = [parse_expression(t, PLACE, in_row, findings) for t in ("SEG.op == REPLY", "mask|RXT0")]
    values = [e.args[1].value for e in tests if isinstance(e, Op) and isinstance(e.args[1], Lit)]
    assert [2, 4] == values


def test_expected_type(in_row: Names) -> None:
    """What is expected gives members and `nothing` a type, and is held against the result."""
    findings = Findings()
    expr = parse_expression("nothing", PLACE, in_row, findings, expect=SetOf(IPV4))
    assert expr is not None
    assert SetOf(IPV4) == expr.type
    assert parse_expression("tries", PLACE, in_row, findings, expect=BOOL) is None
    assert parse_expression("70", PLACE, in_row, findings, expect=Nat(69)) is None
    assert parse_expression("RCV.WND", PLACE, in_row, findings, expect=Nat(69)) is not None
    assert "RANGE 10, TYPE 10" == _said(findings)


def test_fields_of_an_emission(in_output: Names) -> None:
    """In a property of outputs `o.` is the emission and `restarted` may be asked."""
    findings = Findings()
    text = "o.op == REPLY and o.SEQ == new.SND.NXT and not restarted(rexmt)"
    assert parse_expression(text, PLACE, in_output, findings) is not None
    assert parse_expression("o.seq == SND.UNA", PLACE, in_output, findings) is None
    assert ["did you mean SEQ?"] == [finding.hint for finding in findings]


def test_new_is_refused_where_there_is_no_step(anywhere: Names) -> None:
    """Outside emissions and properties `new.` is NEW-HERE, whatever follows it."""
    findings = Findings()
    for text in ("new.tries", "new.at(IDLE)", "new.armed(rexmt)"):
        assert parse_expression(text, PLACE, anywhere, findings) is None
    assert "NEW-HERE 10" == _said(findings)


def test_every_part_has_its_place(in_row: Names) -> None:
    """Marks of names and calls are those of their first characters, in a quoted text too."""
    text = "known and bigger(tries, 2) > 1"
    scalar = Scalar(text, text, False, Mark("t.yaml", 7, 5), f'"{text}"')
    expr = parse_node(scalar, in_row, Findings())
    assert isinstance(expr, Op)
    call = expr.args[1].args[0] if isinstance(expr.args[1], Op) else None
    assert isinstance(call, Call)
    assert (6, 16, 23) == (expr.args[0].mark.column, call.mark.column, call.args[0].mark.column)


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 10_000 + "known" + ")" * 10_000,
        "(" * 1_900 + "known" + ")" * 1_900,
        "not " * 10_000 + "known",
        "not " * 990 + "known",
        "-" * 3_990 + "1",
        "1" + "+1" * 1_990,
        "a" + ".a" * 1_990,
        "min(" * 950 + "1",
        "1 if known else " * 240 + "2",
        "known and (" * 300,
        "9" * 3_999,
        "1<" * 1_990 + "2",
    ],
    ids=range(12),
)
def test_bombs(bomb: str, in_row: Names) -> None:
    """Deep, long and huge texts are refused by a finding within a second."""
    findings = Findings()
    started = time.process_time()
    parse_expression(bomb, PLACE, in_row, findings)
    assert time.process_time() - started < 1
    assert len(findings) in {1, 2} or bomb.startswith("1<")


# fmt: off
WORDS = st.sampled_from(
    [
        "known", "tries", "SND.UNA", "RCV.NXT", "SEG.op", "REQUEST", "NONE", "nothing",
        "waiting", "held", "RTO", "now", "at(IDLE)", "at(", "new.", "o.", "(", ")", ",",
        "+", "-", "*", "//", "%", "|", "&", "<", "<=", "==", "!=", "in", "not", "and", "or",
        "if", "else", "min", "max", "push", "int", "start", "stop", "0", "0x1f", "7", "bad",
        "asked", "bigger(", "restart(", "True", "lambda", "await", "None", ".", ":", "=",
        "\u00e9", "\x00", "\n", "'",
    ]
)
# fmt: on


@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused(in_row: Names, text: str) -> None:
    """No text raises; what gives no expression has a finding, but for names already found bad."""
    findings = Findings()
    expr = parse_expression(text, PLACE, in_row, findings)
    order = parse_timer_order(text, PLACE, in_row, findings)
    assert expr is None or order is None
    assert expr is not None or order is not None or len(findings) or "bad" in text


def test_timer_orders(in_row: Names) -> None:
    """An order starts, restarts, stops or keeps a timer, under conditions or not."""
    findings = Findings()
    order = parse_timer_order(
        "stop if known else (restart(2 * RTO) if fin else keep)", PLACE, in_row, findings
    )
    assert [] == list(findings)
    assert isinstance(order, TimerIf)
    assert TimerStep("stop", None) == order.then
    assert isinstance(order.orelse, TimerIf)
    assert isinstance(order.orelse.then, TimerStep)
    assert "restart" == order.orelse.then.order


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stopp", "TIMER-ORDER 10"),
        ("RTO", "TIMER-ORDER 10"),
        ("start", "TIMER-ORDER 10"),
        ("start()", "ARGUMENTS 10"),
        ("restart(5)", "TYPE 18"),
        ("stop if tries else halt", "TIMER-ORDER 29, TYPE 18"),
        ("start(RTO) if at(REACHABLE) and len(lladdr) > 0 else start(now)", "TYPE 69"),
        ("keep if len(lladdr) > 0 else stop", "SCOPE 22"),
    ],
)
def test_bad_timer_orders(text: str, said: str, in_row: Names) -> None:
    """A wrong order has all its findings."""
    findings = Findings()
    assert parse_timer_order(text, PLACE, in_row, findings) is None
    assert sorted(said.split(", ")) == sorted(_said(findings).split(", "))
