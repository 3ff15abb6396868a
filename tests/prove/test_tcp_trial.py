"""The trial: the connection of RFC 9293 §3.10 is proved, and each of its seeded faults refuted."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from netfsm.errors import SpecError
from netfsm.machine import python_source
from netfsm.prove.numbers import Encoding
from netfsm.prove.units import Prover, Unit
from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from tests.prove.samples import Change, agreed, failed

SPECS = Path(__file__).parents[1] / "specs" / "tcp"

SIMULTANEOUS_CLOSE = """\
      - {id: fin_wait_1.closing, event: segment, leaf: arrival.ok, when: not fin_acked and fin_in,
         use: [ack, text, fin], to: CLOSING, ref: §3.10.7.4 eighth}
"""
SIMULTANEOUS_OPEN = """\
leaf: opening.syn, do: {RCV.NXT: SEG.SEQ + 1, IRS: SEG.SEQ, passive: false, close_queued: false, \
unread: 0},
         emit: [segment: {SEQ: ISS, ACK: new.RCV.NXT, CTL: [SYN, ACK]}], to: SYN-RECEIVED,"""
UNACCEPTABLE = """\
leaf: arrival.unacceptable,
         emit: [segment: {SEQ: SND.NXT, ACK: RCV.NXT, CTL: [ACK]}],"""

# what is wrong, the change, obligations that must be among those refuted
FAULTS: list[tuple[str, Change, list[str]]] = [
    (
        "our FIN is acknowledged by any ACK",
        ("fin_acked: una_after == SND.END", "fin_acked: ack_new"),
        ["FIN-WAIT-1/fin_wait_1.fin_wait_2/keeps/fin_acked_too"],
    ),
    (
        "no simultaneous close",
        (SIMULTANEOUS_CLOSE, ""),
        ["FIN-WAIT-1/segment/covering"],
    ),
    (
        "a simultaneous close is ignored",
        (
            SIMULTANEOUS_CLOSE,
            SIMULTANEOUS_CLOSE.replace("use: [ack, text, fin], to: CLOSING", "ignore: both close"),
        ),
        ["FIN-WAIT-1/fin_wait_1.closing/must/fin_counts"],
    ),
    (
        "a simultaneous open is ignored",
        (SIMULTANEOUS_OPEN, "leaf: opening.syn, ignore: we open too,"),
        ["SYN-SENT/syn_sent.syn/must/simultaneous_open"],
    ),
    (
        "old text is not trimmed",
        ("take: min(SEG.len - behind,", "take: min(SEG.len,"),
        ["ESTABLISHED/established.text/step/only_what_came"],
    ),
    (
        "a FIN counts before the text that is missing",
        ("SEG.FIN and behind + take == SEG.len and", "SEG.FIN and"),
        ["ESTABLISHED/established.close_wait/step/only_what_came"],
    ),
    (
        "no timer runs for what is sent",
        ("int(fin_out), rexmt: start(RTO), ack_owed", "int(fin_out), ack_owed"),
        ["ESTABLISHED/sending.transmit/keeps/rexmt_runs"],
    ),
    (
        "the timer stops when some of it is acknowledged",
        ("rexmt: stop if una_after == SND.NXT else", "rexmt: stop if ack_new else"),
        ["ESTABLISHED/established.text/keeps/rexmt_runs"],
    ),
    (
        "any acknowledgment is believed",
        ("una_after: SEG.ACK if ack_new else SND.UNA", "una_after: SEG.ACK"),
        ["ESTABLISHED/established.text/step/una_goes_up"],
    ),
    (
        "SYN-RECEIVED takes any acknowledgment",
        ("when: ack_new and not fin_in and not close_queued,", "when: not close_queued,"),
        [
            "SYN-RECEIVED/segment/exclusive",
            "SYN-RECEIVED/syn_received.established/keeps/rexmt_runs",
        ],
    ),
    (
        "guards overlap in SYN-SENT",
        ("        when: not syn_fin_in\n", ""),
        ["SYN-SENT/segment/exclusive"],
    ),
    (
        "the peer's window is ignored",
        ('out: min(text_unsent, room, MSS)', 'out: min(text_unsent, MSS)'),
        ["ESTABLISHED/sending.transmit/output/in_window"],
    ),
    (
        "our FIN goes before text that is queued",
        ("unsent > 0 and out == text_unsent and", "unsent > 0 and"),
        ["FIN-WAIT-1/sending.transmit/output/fin_is_last"],
    ),
    (
        "what is unacceptable earns no acknowledgment",
        (UNACCEPTABLE, "leaf: arrival.unacceptable,\n         ignore: it is old,"),
        ["ESTABLISHED/other.unacceptable/must/unacceptable_acked"],
    ),
    (
        "TIME-WAIT is skipped",
        (
            "use: [ack], do: {time_wait: start(2 * MSL)}, emit: [ok], to: TIME-WAIT,",
            "emit: [ok], to: CLOSED,",
        ),
        ["CLOSING/closing.time_wait/must/lingers"],
    ),
    (
        "a reset is answered with a reset",
        ("- reset: SEG.RST\n    - no_ack", "- reset: SEG.RST and SEG.FIN\n    - no_ack"),
        ["CLOSED/closed.ack/output/no_reset_for_reset"],
    ),
    (
        "a window that sixteen bits can not hold",
        ("WND: new.RCV.WND, to: new.peer", "WND: new.RCV.WND + 1, to: new.peer"),
        ["LISTEN/listen.syn/emits/1/WND"],
    ),
    (
        "text in a SYN that should have none",
        ("CTL: [SYN, ACK]}]\n        to:", "CTL: [SYN, ACK], len: MSS + 1}]\n        to:"),
        ["LISTEN/listen.syn/output/small"],
    ),
    (
        "a retransmission timer in FIN-WAIT-2",
        ("rexmt: stop if una_after == SND.NXT else", "rexmt:"),
        ["FIN-WAIT-1/fin_wait_1.fin_wait_2/keeps/rexmt_runs"],
    ),
]  # fmt: skip


def test_the_trial_and_its_code_are_proved() -> None:
    """Every obligation in both encodings, the code's included; every row has a case of its own."""
    machine = load_spec(SPECS / "connection.yaml", size="proof")
    assert isinstance(machine, Machine)
    answers = agreed(machine)
    assert [] == failed(answers)
    assert len(answers) > 5000
    rules = Counter(rule.kind for rule in machine.properties)
    assert rules["invariant"] >= 13
    assert (rules["step"], rules["output"], rules["must"]) >= (5, 5, 9)


def changed(folder: Path, change: Change) -> Machine:
    """The trial with one change."""
    shutil.copytree(SPECS, folder / "tcp")
    copy = folder / "tcp" / "connection.yaml"
    text = copy.read_text(encoding="utf-8")
    assert 1 == text.count(change[0]), change[0]
    copy.write_text(text.replace(*change), encoding="utf-8")
    machine = load_spec(copy, size="proof")
    assert isinstance(machine, Machine)
    return machine


def cell_of(machine: Machine, name: str) -> Unit:
    """The cell of an obligation: `STATE/event/...`, or `STATE/row/...`."""
    state, what, *_ = name.split("/")
    events = {row.id: row.event for row in machine.rows}
    return Unit(state, events.get(what, what))


def refuted(machine: Machine, names: list[str]) -> list[str]:
    """Those of `names` that are refuted of `machine`; bit-vectors answer their cells alike."""
    source = python_source(machine)
    first, second = (Prover(machine, {}, source, encoding) for encoding in get_args(Encoding))
    cells = dict.fromkeys(cell_of(machine, name) for name in names)
    answers = [each for cell in cells for each in first.answers(cell)]
    again = [(each.name, each.verdict) for cell in cells for each in second.answers(cell)]
    assert [(each.name, each.verdict) for each in answers] == again
    found = {a.name.removeprefix(f"{machine.name}/") for a in answers if a.verdict == "refuted"}
    return [name for name in names if name in found]


@pytest.mark.parametrize(("what", "change", "names"), FAULTS, ids=[what for what, _, _ in FAULTS])
def test_a_fault_is_refuted_by_name(
    what: str, change: Change, names: list[str], tmp_path: Path
) -> None:
    """The obligations that speak of what was changed are refuted."""
    assert names == refuted(changed(tmp_path, change), names), what


def test_the_old_way_out_of_syn_received_is_no_spec(tmp_path: Path) -> None:
    """To FIN-WAIT-1 before the SYN is acknowledged: the peer's window is not known yet."""
    before = "do: {SND.END: SND.END + 1, close_queued: true}, ref: §3.10.4,"
    after = "do: {SND.END: SND.END + 1}, to: FIN-WAIT-1, ref: §3.10.4,"
    with pytest.raises(SpecError) as caught:
        changed(tmp_path, (before, after))
    told = [(each.code, each.message) for each in caught.value.findings]
    what = "FIN-WAIT-1 is entered without a value for SND.WND, SND.WL1, SND.WL2, ack_owed"
    assert [("UNASSIGNED", what)] == told
