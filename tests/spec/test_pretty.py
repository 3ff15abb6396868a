"""Written expressions: read again they are the same, and no parenthesis is one too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.names import Names
from netfsm.spec.parse import parse_expression, parse_timer_order
from netfsm.spec.pretty import pretty, pretty_order

PLACE = Mark("t.yaml", 1, 1)

AS_WRITTEN = [
    "true",
    "0x1f + tries",
    "1 + (2 + 3)",
    "10 - (tries - 1) - count",
    "2 * (tries + 1)",
    "RCV.WND // 2 % 8 * 3",
    "RCV.WND // (2 * 8)",
    "known and fin or not known",
    "known and (fin or not known)",
    "not (known and fin)",
    "not known == fin",
    "(not known) == fin",
    "(tries < 3) == (count < 2)",
    "0 < SEG.ACK - SND.UNA <= flight",
    "known and SND.UNA <= SEG.ACK < SND.NXT",
    "tries < 3 and count < 3",
    "address not in MULTICAST and address in sources",
    "1 if known else 2 if fin else 3",
    "(1 if known else 2) if fin else 3",
    "(1 if known else 2) + 1",
    "1 if (known if fin else known) else 2",
    "TXDW in (causes | mask) - LSC & mask",
    "TXDW in causes | mask & LSC",
    "causes == nothing",
    "at(IDLE, FIN-WAIT-1) and new.at(REACHABLE)",
    "armed(rexmt) and timers_armed == 1 and new.armed(rexmt)",
    "deadline(rexmt) - now > 2 * RTO",
    "new.SND.UNA - SND.UNA",
    "len(push(pop(waiting), oldest(waiting)))",
    "covers(add(cut(held, RCV.NXT), RCV.NXT, 1), RCV.NXT + 1, run(held, RCV.NXT))",
    "insert(remove(sources, address), address)",
    "bigger(tries, 3) + cubic(RCV.WND, RTO)",
    "min(tries, 3, max(count, 1))",
    "SEG.op == (REQUEST if known else REPLY)",
]


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_as_written(text: str, in_row: Names) -> None:
    """What is written with no needless parenthesis is given back as it was."""
    findings = Findings()
    expr = parse_expression(text, PLACE, in_row, findings)
    assert expr is not None, list(findings)
    assert text == pretty(expr)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("((known) and (fin))", "known and fin"),
        ("True", "true"),
        ("SND.NXT > SND.UNA", "SND.UNA < SND.NXT"),
        ("at(RESOLVED)", "at(REACHABLE, FIN-WAIT-1)"),
        ("not (address in sources)", "address not in sources"),
        ("(tries+(1))*2", "(tries + 1) * 2"),
        ("1 < tries and tries < 4", "1 < tries < 4"),
    ],
)
def test_tidied(text: str, shown: str, in_row: Names) -> None:
    """Needless parentheses go, and other ways to write a thing become one."""
    expr = parse_expression(text, PLACE, in_row, Findings())
    assert expr is not None
    assert shown == pretty(expr)


def test_output_fields(in_output: Names) -> None:
    """A field of an emission keeps its `o.`."""
    text = "o.op == REPLY and restarted(rexmt)"
    expr = parse_expression(text, PLACE, in_output, Findings())
    assert expr is not None
    assert text == pretty(expr)


@pytest.mark.parametrize(
    "text",
    [
        "stop if known else restart(RTO) if fin else keep",
        "(stop if known else keep) if fin else start(2 * RTO)",
        "keep",
    ],
)
def test_orders(text: str, in_row: Names) -> None:
    """The order for a timer is written as it was."""
    order = parse_timer_order(text, PLACE, in_row, Findings())
    assert order is not None
    assert text == pretty_order(order)


Texts = st.SearchStrategy[str]


def _made(form: str, *parts: Texts) -> Texts:
    """Texts of `form`, whose holes are filled from `parts` in turn."""
    return st.tuples(*parts).map(lambda texts: form.format(*texts))


def _texts(depth: int) -> tuple[Texts, Texts, Texts, Texts]:
    """Expressions nested at most so deep: numbers, sequence numbers, flags and truths."""
    nat = st.sampled_from(["tries", "count", "7", "0x10", "MAX", "flight", "timers_armed"])
    seq = st.sampled_from(["SND.UNA", "SND.NXT", "SEG.ACK", "new.SND.UNA"])
    flags = st.sampled_from(["causes", "mask", "causes - TXDW"])
    truth = st.sampled_from(["known", "fin", "true", "asked", "at(IDLE)", "armed(rexmt)"])
    if depth == 0:
        return nat, seq, flags, truth
    n, s, f, t = _texts(depth - 1)
    sums = [_made(form, n, n) for form in ("({} + {})", "({} - {})", "{} + {}", "min({}, {})")]
    scaled = [_made(form, n) for form in ("(2 * ({}))", "({}) // 8", "(({}) % 8)")]
    others = [_made("({} if {} else {})", n, t, n), _made("int({})", t), _made("({} - {})", s, s)]
    moved = [_made(form, s, n) for form in ("({} + ({}))", "({} - ({}))")]
    sets = [_made(form, f, f) for form in ("({} | {})", "({} & {})", "(({}) - ({}))", "{} & {}")]
    joined = [_made(form, t, t) for form in ("({} and {})", "({} or {})", "(({}) == ({}))")]
    tests = [_made(form, n, n, n) for form in ("({} < {} >= {})", "({} == {} != {})")]
    orders = [_made(form, s, s, s) for form in ("({} < {} <= {})", "({} > {} > {})")]
    asked = [_made("(TXDW in {})", f), _made("(LSC not in {})", f), _made("empty({})", f)]
    more = [
        _made("not {}", t),
        _made("({} if {} else {})", t, t, t),
        _made("{} or {} and {}", t, t, t),
    ]
    return (
        st.one_of(nat, *sums, *scaled, *others),
        st.one_of(seq, *moved),
        st.one_of(flags, *sets),
        st.one_of(truth, *joined, *tests, *orders, *asked, *more),
    )


NATS, _, FLAGS, BOOLS = _texts(4)


@given(BOOLS | NATS | FLAGS)
def test_read_again_it_is_the_same(in_row: Names, text: str) -> None:
    """Writing an expression and reading it again gives an equal tree, and the same text."""
    findings = Findings()
    expr = parse_expression(text, PLACE, in_row, findings)
    assert expr is not None, list(findings)
    shown = pretty(expr)
    again = parse_expression(shown, PLACE, in_row, findings)
    assert expr == again
    assert shown == pretty(expr)
