"""The TCP trial over a scope with machines that only count: as many as TCP has, or more."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.specs.split import COMPOSITIONS, split

COUNTER: Final = """\
machine: tcp.counter{n}
netfsm: 1
title: Counts what is in flight
ref: RFC 9293
scope: tcp.shared
initial: LOW
events:
  acked: {{signal: true, params: {{fresh: bool, all: bool}}}}
  sent: {{signal: true}}
let:
  more: min(count{n} + (SND.NXT - SND.UNA), MOST)
states:
  LOW:
    rows:
      - {{id: low.some, event: acked, when: not all, do: {{count{n}: more}}, to: HIGH, ref: §3.4}}
      - {{id: low.all, event: acked, when: all, ignore: nothing is in flight, ref: §3.4}}
      - {{id: low.sent, event: sent, do: {{count{n}: more}}, ref: §3.4}}
  HIGH:
    rows:
      - {{id: high.all, event: acked, when: all, do: {{count{n}: 0}}, to: LOW, ref: §3.4}}
      - {{id: high.some, event: acked, when: fresh and not all, do: {{count{n}: more}}, ref: §3.4}}
      - {{id: high.old, event: acked, when: not fresh and not all, ignore: it is old, ref: §3.4}}
      - {{id: high.sent, event: sent, do: {{count{n}: count{n} // 2}}, ref: §3.4}}
constants:
  MOST: {{type: nat 1000, value: 1000, sizes: {{small: 3}}, ref: RFC 9293 §3.4}}
invariants:
  - {{id: few, holds: count{n} <= MOST, ref: §3.4}}
"""
ACKED: Final = "all: una_after == SND.NXT}}, "
SENT: Final = "int(fin_out), ack_owed: false}\n        emit: [{signal: tcp.retransmission.sent}, "


def crowd(folder: Path, count: int) -> Path:
    """The split trial with `count` machines more, which each row of an ACK and of text signals."""
    made = split(folder)
    for n in range(count):
        (made / f"counter{n}.yaml").write_text(COUNTER.format(n=n), encoding="utf-8")
        held = f"  count{n}: {{type: nat 2000, initial: 0, owner: tcp.counter{n}}}\ntimers:\n"
        _change(made / "tcb.yaml", "timers:\n", held)
        told = f"{{signal: tcp.counter{n}.acked, with: {{fresh: ack_new, {ACKED}"
        _change(made / "connection.yaml", ACKED, ACKED + told)
        _change(made / "connection.yaml", SENT, f"{SENT}{{signal: tcp.counter{n}.sent}}, ")
    slots = "".join(f", c{n}: tcp.counter{n}" for n in range(count))
    for name in COMPOSITIONS:
        _change(made / f"{name}.yaml", "rtx: tcp.retransmission", f"rtx: tcp.retransmission{slots}")
    return made


def _change(file: Path, before: str, after: str) -> None:
    """Put `after` in the place of the first `before`."""
    text = file.read_text(encoding="utf-8")
    assert before in text, before
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
