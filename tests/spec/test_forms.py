"""Short forms of the language: each is read as the long one, and its mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.spec import load_spec
from netfsm.spec.formats import Format
from netfsm.spec.load import read_spec
from netfsm.spec.model import Emit, Machine, Ref
from netfsm.spec.pretty import pretty

TCP = Path(__file__).parents[1] / "specs" / "tcp"

BELL = """\
machine: lab.bell
netfsm: 1
title: A bell
ref: RFC 0 §1, RFC 1 §1
initial: QUIET
types:
  snd: {seq: 8}
variables:
  rung: {type: nat 9, initial: 0}
events:
  ring: {params: {n: nat 9}}
  tone: {}
outputs:
  tone: {order: {volume: nat 9, spot: snd}, fill: {volume: n}}
  told: {deliver: {name: text}}
  silent: {error: {}}
decide:
  loud:
    - low: n < 3
    - high: else
blocks:
  count: {rung: n, emit: [told: {name: state}, {silent: {}, if: n == 0}]}
states:
  QUIET:
    ref: §2
    rows:
      - {id: quiet.low, event: ring, leaf: loud.low, use: [count],
         emit: [silent, tone: {spot: 0}], ref: §3 third}
      - {id: quiet.high, event: ring, leaf: loud.high, use: [count],
         emit: [tone: {volume: 9, spot: 7}], ref: [§3, RFC 2 §4, §5]}
      - {id: quiet.tone, event: tone, ignore: it is quiet, ref: §3}
musts:
  - {id: low_is_told, event: ring, when: loud.low, emits: told, holds: rung <= 9, ref: §3}
"""


def bell(folder: Path, *changes: tuple[str, str]) -> Path:
    """The bell with each text of `changes` replaced; each must be there."""
    text = BELL
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    file = folder / "bell.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def loaded(folder: Path) -> Machine:
    """The bell without a change."""
    machine = load_spec(bell(folder))
    assert isinstance(machine, Machine)
    return machine


def written(part: object) -> tuple[str, dict[str, str]]:
    """Output and fields of an emission, as the spec writes them."""
    assert isinstance(part, Emit)
    return part.output, {name: pretty(value) for name, value in part.fields}


def test_a_block_emits_before_the_row(tmp_path: Path) -> None:
    """The emissions of the blocks a row uses, then its own; a name alone says no field."""
    row = loaded(tmp_path).row("quiet.low")
    expected = [
        ("told", {"name": "state"}),
        ("silent", {}),
        ("silent", {}),
        ("tone", {"volume": "n", "spot": "0"}),
    ]
    assert expected == [written(part) for part in row.emissions]
    conditions = [part.condition for part in row.emissions]
    assert [False, True, False, False] == [each is not None for each in conditions]


def test_an_output_fills_what_a_row_leaves_out(tmp_path: Path) -> None:
    """What the row says stands; `filled` tells what it left."""
    machine = loaded(tmp_path)
    low, high = (machine.row(name).emissions[-1] for name in ("quiet.low", "quiet.high"))
    assert isinstance(low, Emit)
    assert isinstance(high, Emit)
    assert (frozenset({"volume"}), frozenset()) == (low.filled, high.filled)
    assert ("tone", {"volume": "9", "spot": "7"}) == written(high)


def test_a_clause_without_a_document_is_of_the_machine_s(tmp_path: Path) -> None:
    """The first document of the file's own ref, or that of the clause before."""
    machine = loaded(tmp_path)
    assert (Ref("RFC 0", "§3 third"),) == machine.row("quiet.low").refs
    refs = (Ref("RFC 0", "§3"), Ref("RFC 2", "§4"), Ref("RFC 2", "§5"))
    assert refs == machine.row("quiet.high").refs
    assert (Ref("RFC 0", "§2"),) == machine.states[0].refs
    assert (Ref("RFC 0", "§3"),) == machine.properties[0].refs


def test_a_leaf_stands_for_its_guard_in_properties(tmp_path: Path) -> None:
    """`when: loud.low`; lists that no property asks for add nothing."""
    machine = loaded(tmp_path)
    assert [("loud.low", "n < 3")] == [(let.name, pretty(let.expr)) for let in machine.lets]


MISTAKES = [
    (("fill: {volume: n}", "fill: {volum: n}"), "UNKNOWN-FIELD"),
    (("fill: {volume: n}", "fill: {volume: m}"), "UNKNOWN-NAME"),
    ((", fill: {volume: n}", ""), "MISSING-FIELD"),
    (("emit: [silent, tone", "emit: [silence, tone"), "UNKNOWN-OUTPUT"),
    (("emit: [silent, tone", "emit: [told, tone"), "MISSING-FIELD"),
    (("{spot: 0}", "{spot: 256}"), "TYPE"),
    (("{rung: n, emit: [told: {name: state}", "{rung: n, emit: [told: {name: n}"), "TYPE"),
    (
        ("{rung: n, emit: [told: {name: state}, ", "{rung: n, emit: {told: {name: state}}} #"),
        "WRONG-TYPE",
    ),
    (("ref: RFC 0 §1, RFC 1 §1\n", ""), "BAD-REF"),
    (("when: loud.low", "when: loud.lower"), "UNKNOWN-NAME"),
    (("loud.high, use", "loud.high, when: loud.high, use"), "UNKNOWN-NAME"),
]


@pytest.mark.parametrize(
    ("change", "code"), MISTAKES, ids=[f"{code} {before}" for (before, _), code in MISTAKES]
)
def test_mistakes_have_their_findings(change: tuple[str, str], code: str, tmp_path: Path) -> None:
    """A short form with a mistake in it is told by code."""
    found = read_spec(bell(tmp_path, change)).errors
    assert {code} == {finding.code for finding in found}


def test_a_flag_may_have_the_name_of_a_field() -> None:
    """Before `in` the flag is meant; the spaces of numbers are those of the layer."""
    layout = load_spec(TCP / "header.yaml")
    assert isinstance(layout, Format)
    derived = {each.name: pretty(each.expr) for each in layout.derived}
    assert "ACK in CTL" == derived["ACKF"]
    received = {field.name: str(field.type) for field in layout.message_fields}
    assert ("tcp.rcv", "tcp.snd") == (received["SEQ"], received["ACK"])


def test_a_message_brings_what_its_format_computes() -> None:
    """By parameter, over the other parameters."""
    machine = load_spec(TCP / "connection.yaml")
    assert isinstance(machine, Machine)
    derived = {name: pretty(expr) for name, expr in machine.event("segment").derived}
    length = "SEG.len + int(SYN in SEG.CTL) + int(FIN in SEG.CTL)"
    assert length == derived["SEG.LEN"]
