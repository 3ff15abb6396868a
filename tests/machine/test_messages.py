"""Machines read decoded packets: fields, options, what is derived, and what comes beside."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from netfsm.machine import compile_machine
from netfsm.machine.adapter import to_transitions
from netfsm.machine.interpret import Interpreter
from netfsm.prove import prove
from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from tests.machine.trial import FOLDER, decoded
from tests.prove.samples import failed

READER = """\
machine: tcp.reader
netfsm: 1
title: What a SYN offers
ref: RFC 9293 §3.2
initial: HERE
variables:
  mss: {type: nat 65535, initial: 536}
events:
  segment: {message: tcp.segment, as: SEG, params: {source: text}, choose: {n: {type: nat 9}}}
outputs:
  offer: {deliver: {mss: nat 65535, whole: nat 65537, text: nat 65535, origin: text, number: nat 9}}
  answer: {message: tcp.segment, fill: {SPORT: SEG.DPORT, DPORT: SEG.SPORT}}
states:
  HERE:
    rows:
      - id: here.offer
        event: segment
        when: SEG.SYN and SEG.mss.present and ACK not in SEG.CTL
        do: {mss: SEG.mss.value}
        emit:
          - offer: {mss: SEG.mss.value, whole: SEG.LEN, text: SEG.len, origin: source, number: n}
          - answer: {SEQ: 7, ACK: SEG.SEQ + SEG.LEN, CTL: [SYN, ACK], mss.value: SEG.mss.value}
        ref: §3.2
      - id: here.other
        event: segment
        when: not (SEG.SYN and SEG.mss.present and ACK not in SEG.CTL)
        ignore: nothing is offered
        ref: §3.2
steps:
  - {id: no_more_than_told, event: segment, holds: new.mss == mss or SEG.mss.present, ref: §3.2}
  - {id: a_syn_counts, event: segment, holds: not SEG.SYN or SEG.LEN > SEG.len, ref: RFC 9293 §3.4}
"""
# a SYN of a real host: MSS 1460, SACK permitted, time stamps, window scale
SYN = bytes.fromhex(
    "c350 0050 0000 03e8 0000 0000 a002 ffff 0000 0000"
    "0204 05b4 0402 080a 0000 0001 0000 0000 0103 0307"
)


@pytest.fixture
def reader(tmp_path: Path) -> Machine:
    """The small machine beside the format of its segments."""
    shutil.copytree(FOLDER, tmp_path / "tcp")
    file = tmp_path / "tcp" / "reader.yaml"
    file.write_text(READER, encoding="utf-8")
    machine = load_spec(file)
    assert isinstance(machine, Machine)
    return machine


def test_a_decoded_packet_is_read_by_all_three(reader: Machine) -> None:
    """Options are those that the codec keeps under `options`; an answer can be encoded."""
    packet = decoded(SYN, checked=True)
    assert 1460 == packet.options.mss_value
    model: Any = to_transitions(reader).model
    runs: tuple[Any, ...] = (compile_machine(reader)(), Interpreter(reader), model)
    for machine in runs:
        result = machine.step("segment", SEG=packet, source="192.0.2.9:50000", n=3)
        assert result is not None
        offer, answer = result[0]
        assert (1460, 1, 0, "192.0.2.9:50000", 3) == tuple(offer)
        assert (80, 50000, 7, 1001, 1460) == (
            answer.SPORT,
            answer.DPORT,
            answer.SEQ,
            answer.ACK,
            answer.mss_value,
        )


def test_a_packet_without_the_option_offers_nothing(reader: Machine) -> None:
    """The same SYN with its header alone."""
    packet = decoded(SYN[:12] + b"\x50" + SYN[13:20], checked=True)
    machine = compile_machine(reader)()
    assert ((), ()) == machine.step("segment", SEG=packet, source="", n=0)
    assert 536 == machine.snapshot().variables["mss"]


def test_the_code_that_reads_options_is_proved(reader: Machine) -> None:
    """Also that a SYN is counted in the length, which the format computes."""
    assert [] == failed(prove(reader))
