"""One change to a sound machine, and the obligation that refutes it, by name."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from netfsm.errors import SpecError
from netfsm.prove import prove
from netfsm.prove.checking import check
from netfsm.prove.numbers import Encoding
from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from tests.prove.samples import LINK, Change, agreed, failed, failures, link

# what is wrong, the change, the obligations that must be among those refuted
FAULTS: list[tuple[str, Change, list[str]]] = [
    ("two guards meet", ("when: flight + n > W", "when: flight + n >= W"), ["OPEN/send/exclusive"]),
    (
        "a cell is covered except at one number",
        ("when: tries >= MAX", "when: tries > MAX"),
        ["OPEN/again/covering"],
    ),
    (
        "serial tests leave out what is half a space away",
        ("when: not fresh", "when: a <= una or nxt < a and not a <= una"),
        ["OPEN/ack/covering"],
    ),
    (
        "what is said to be impossible comes",
        ("ignore: it is open", "impossible: it is open"),
        ["OPEN/begin/impossible"],
    ),
    (
        "a row that can't be taken",
        ("when: flight + n > WINDOW", "when: flight + n > WINDOW and n > 100"),
        ["OPEN/open.full/can_be_taken", "OPEN/send/covering"],
    ),
    (
        "a row that an invariant forbids",
        ("when: flight + n > WINDOW", "when: flight > WINDOW"),
        ["OPEN/open.full/can_be_taken"],
    ),
    (
        "a wrong invariant",
        ("holds: tries <= MAX", "holds: tries < MAX"),
        ["OPEN/open.again/keeps/few"],
    ),
    (
        "an invariant that does not hold at the beginning",
        ("holds: opened <= 9", "holds: opened > 0"),
        ["begin/counted"],
    ),
    (
        "an invariant that one row breaks",
        ("        when: flight + n <= WINDOW\n", "        when: flight <= WINDOW\n"),
        ["OPEN/open.send/keeps/window"],
    ),
    (
        "nothing is left to go on",
        ("tries + 1, again: restart(WAIT)", "tries + 1"),
        ["OPEN/open.again/keeps/runs"],
    ),
    (
        "a subtraction below zero",
        ("tries: tries + 1", "tries: tries - 1"),
        ["OPEN/open.again/step/natural/1"],
    ),
    (
        "a subtraction in a guard, below zero only where an invariant is lost",
        ("when: len(saved) > 3", "when: tries - 1 > 0 and len(saved) > 3"),
        ["OPEN/open.trim/guard/natural/1"],
    ),
    (
        "a store out of range",
        ("when: tries < MAX\n", "when: tries <= MAX\n"),
        ["OPEN/again/exclusive", "OPEN/open.again/in_range/tries", "OPEN/open.again/keeps/few"],
    ),
    (
        "an emission out of range",
        ("data: {seq: una, n: 0}", "data: {seq: una, n: flight}"),
        ["OPEN/open.again/emits/1/n"],
    ),
    (
        "the oldest of a queue that may be empty",
        ("when: len(saved) > 3", "when: len(saved) >= 0"),
        ["OPEN/open.trim/step/not_empty/1"],
    ),
    (
        "a measure that does not decrease",
        ("do: {saved: pop(saved)}", 'do: {saved: "push(pop(saved), oldest(saved))"}'),
        ["OPEN/open.trim/measure"],
    ),
    ("a step", ("do: {una: a, tries", "do: {una: a + 1, tries"), ["OPEN/open.ack/step/forward"]),
    ("a must", ("do: {una: a, tries", "do: {una: una, tries"), ["OPEN/open.ack/must/moves"]),
    (
        "a must whose emission may be left out",
        ("            tag: data\n", "            tag: data\n            if: n > 0\n"),
        ["OPEN/open.send/must/sends"],
    ),
    (
        "an output",
        ("data: {seq: nxt, n: n}", "data: {seq: una, n: n}"),
        ["OPEN/open.send/output/starts"],
    ),
    (
        "a contract that can't be kept",
        ("contract: first > 2", "contract: first > 12"),
        ["IDLE/begin/can_choose", "IDLE/idle.begin/can_be_taken"],
    ),
    (
        "where numbers begin",
        ("when: flight + n > WINDOW", "when: flight + n > WINDOW and (una == nxt or una != START)"),
        ["OPEN/open.full/shift/lab.link.snd"],
    ),
]
EXTRA = "  START: {type: snd, value: 0, ref: RFC 0 §1}\n"


def test_the_machine_is_sound(tmp_path: Path) -> None:
    """Without a change everything is proved."""
    answers = agreed(link(tmp_path))
    assert [] == failed(answers)
    assert len(answers) > 200


@pytest.mark.parametrize(("what", "change", "names"), FAULTS, ids=[what for what, _, _ in FAULTS])
def test_a_fault_is_refuted_by_name(
    what: str, change: Change, names: list[str], tmp_path: Path
) -> None:
    """The obligations that speak of what was changed are refuted."""
    more = [("  WAIT:", f"{EXTRA}  WAIT:")] if "START" in change[1] else []
    found = failures(link(tmp_path, change, *more))
    assert names == [name for name in names if name in found], (what, found)


@pytest.mark.parametrize("encoding", get_args(Encoding))
def test_guards_that_are_both_true_only_half_a_space_away(
    encoding: Encoding, tmp_path: Path
) -> None:
    """Serial tests overlap at one number of 2**32, which the case tells."""
    machine = link(
        tmp_path,
        ("when: fresh\n        do", "when: not a <= una\n        do"),
        ("when: not fresh", "when: not una < a"),
    )
    answers = prove(machine, encoding=encoding)
    found = next(each for each in answers if each.name == "lab.link/OPEN/ack/exclusive")
    case = dict(found.witness)
    assert "refuted" == found.verdict
    assert 1 << 31 == (int(case["a"]) - int(case["una"])) % (1 << 32)
    assert "open.ack and open.stale apply at once" in found.message


@pytest.mark.parametrize("encoding", get_args(Encoding))
def test_a_case_is_small_and_in_the_words_of_the_spec(encoding: Encoding, tmp_path: Path) -> None:
    """The values of what the claim speaks of, as small as they can be."""
    machine = link(tmp_path, ("tries: tries + 1", "tries: tries - 1"))
    found = next(each for each in prove(machine, encoding=encoding) if "natural" in each.name)
    assert (("state", "OPEN"), ("tries", "0")) == found.witness
    assert 88 == found.line


@pytest.mark.parametrize("encoding", get_args(Encoding))
def test_every_row_has_an_example(encoding: Encoding, tmp_path: Path) -> None:
    """Where a row can be taken, the values with which it is are kept."""
    answers = prove(link(tmp_path), encoding=encoding)
    found = [each for each in answers if each.name.endswith("/can_be_taken")]
    full = next(each for each in found if "open.full" in each.name)
    case = {name: int(value) for name, value in full.witness if name != "state"}
    assert (case["nxt"] - case["una"]) % (1 << 32) + case["n"] > 1000


SINK = """\
machine: lab.sink
netfsm: 1
title: What a link tells
ref: RFC 0 §8
initial: HERE
events:
  take: {signal: true, params: {n: nat 50}, assume: n > 0}
states:
  HERE:
    rows:
      - {id: here.take, event: take, ignore: it is only counted, ref: RFC 0 §8}
"""
SIGNAL = """\
            tag: data
          - signal: lab.sink.take
            with: {n: SENT}
"""


@pytest.mark.parametrize(("sent", "sound"), [("n", False), ("min(n, 50)", False), ("1", True)])
def test_a_signal_brings_what_is_assumed(sent: str, sound: bool, tmp_path: Path) -> None:
    """The assumption and the types of the receiver's event are the sender's to keep."""
    text = LINK.replace("            tag: data\n", SIGNAL.replace("SENT", f'"{sent}"'))
    (tmp_path / "sink.yaml").write_text(SINK, encoding="utf-8")
    (tmp_path / "link.yaml").write_text(text, encoding="utf-8")
    sender, receiver = load_spec(tmp_path / "link.yaml"), load_spec(tmp_path / "sink.yaml")
    assert isinstance(sender, Machine)
    assert isinstance(receiver, Machine)
    expected = [] if sound else ["lab.link/OPEN/open.send/signal/2/take"]
    assert expected == failed(agreed(sender, {"lab.sink": receiver}))


def test_a_finding_has_its_place(tmp_path: Path) -> None:
    """`check` tells file, line, code and the case; what follows from it is counted there."""
    link(tmp_path, ("when: flight + n > W", "when: flight + n >= W"))
    report = check(tmp_path / "link.yaml")
    told = [(each.code, each.line) for each in report.findings]
    assert [("PROOF-OVERLAP", 59)] == told
    assert "1 more obligation fails" in report.findings[0].hint
    assert (1, 2, 0) == (report.exit_code, report.refuted, report.unknown)
    assert report.obligations == report.proved + report.refuted


def test_a_spec_that_can_not_be_read_is_not_proved(tmp_path: Path) -> None:
    """What has findings of form has those alone."""
    with pytest.raises(SpecError):
        link(tmp_path, ("to: OPEN", "to: OPENED"))
    report = check(tmp_path / "link.yaml")
    assert (0, 1) == (report.obligations, report.exit_code)
    assert report.findings
