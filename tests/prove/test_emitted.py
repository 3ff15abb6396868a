"""What goes out is in the range of its fields, moves along with its space, and is as claimed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from tests.prove.samples import Change, agreed, failed

TYPES = """\
types: lab
netfsm: 1
ref: RFC 0
define:
  snd: {seq: 32}
  rcv: {seq: 32}
constants:
  START: {type: snd, value: 0, ref: RFC 0 §1}
  WAIT: {type: duration, value: 1 s, ref: RFC 0 §1}
"""
NOTE = """\
format: lab.note
netfsm: 1
title: A note
ref: RFC 0 §1
fields:
  seq: {bits: 32, seq: {received: rcv, sent: snd}}
  window: {bits: 16, default: 0}
  kind: {bits: 4, enum: {ASK: 1, TELL: 2}, default: 1}
  mark: {bits: 4, default: 7}
options:
  kind: {bits: 8}
  length: {bits: 8, counts: whole}
  end: 0
  padding: 1
  align: 4
  of:
    size: {kind: 2, fields: {value: {bits: 8}}}
payload: text
"""
SENDER = """\
machine: lab.sender
netfsm: 1
title: A sender of notes
ref: RFC 0 §1
initial: OPEN
variables:
  next: {type: snd, initial: START}
  room: {type: nat 65535, initial: 9}
timers:
  again: {in: OPEN, ref: RFC 0 §1}
events:
  take: {params: {n: nat 15, k: nat 300, s: snd}}
outputs:
  note: {message: lab.note}
states:
  OPEN:
    rows:
      - id: open.take
        event: take
        do: {next: s, again: restart(WAIT)}
        emit:
          - note: {seq: new.next + n, window: room, mark: n}
            if: next < s
            tag: data
          - note: {seq: next, size.value: "min(k, 255)"}
            tag: bare
          - note: {seq: 0}
        ref: RFC 0 §2
      - {id: open.again, event: again, ignore: it is late, ref: RFC 0 §3}
outputs_hold:
  - {id: bare_mark, tag: bare, holds: o.mark == 7 and o.kind == ASK, ref: RFC 0 §2}
  - {id: sized, tag: bare, holds: o.size.present, ref: RFC 0 §2}
  - {id: no_text, holds: o.len == 0, ref: RFC 0 §2}
"""
ROW = "OPEN/open.take/"
CHANGES: Mapping[str, tuple[Change, list[str]]] = {
    "sound": (("", ""), []),
    "a window of seventeen bits": (
        ("window: room,", "window: room + 1,"),
        ["emits/1/window"],
    ),
    "a mark of five bits": (("mark: n}", "mark: n + 1}"), ["emits/1/mark"]),
    "an option's value of nine bits": (('"min(k, 255)"', "k"), ["emits/2/size.value"]),
    "a number sent where numbers begin": (
        ("seq: next,", "seq: START if n == 0 else next,"),
        ["shift/lab.snd"],
    ),
    "a note that hangs on where numbers begin": (
        ("if: next < s", "if: next != START"),
        ["shift/lab.snd"],
    ),
    "a wait that hangs on where numbers begin": (
        ("restart(WAIT)", "restart(WAIT if s == START else 2 * WAIT)"),
        ["shift/lab.snd"],
    ),
    "a default that is not what is claimed": (("o.mark == 7", "o.mark == 6"), ["output/bare_mark"]),
    "an option that is there": (
        ("holds: o.size.present", "holds: not o.size.present"),
        ["output/sized"],
    ),
    "an option that nobody says": (
        ('size.value: "min(k, 255)"', "mark: 7"),
        ["output/sized"],
    ),
    "text of which nothing is known": (
        ("lab.note}", "lab.note, with: {text: handle text}, fill: {text: t}}"),
        ["output/no_text/1", "output/no_text/2", "output/no_text/3"],
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_change_breaks(what: str, tmp_path: Path) -> None:
    """Each change is refuted under the names of what it breaks, in both encodings."""
    (before, after), names = CHANGES[what]
    text = SENDER
    assert before in text
    text = text.replace(before, after, 1)
    if "handle" in after:
        text = text.replace("s: snd}", "s: snd, t: handle text}")
    (tmp_path / "types.yaml").write_text(TYPES, encoding="utf-8")
    (tmp_path / "note.yaml").write_text(NOTE, encoding="utf-8")
    (tmp_path / "sender.yaml").write_text(text, encoding="utf-8")
    machine = load_spec(tmp_path / "sender.yaml")
    assert isinstance(machine, Machine)
    found = failed(agreed(machine))
    assert [f"lab.sender/{ROW}{name}" for name in names] == found
