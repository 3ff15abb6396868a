"""A small machine that is sound, with all that proofs look at, and copies with a change."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from netfsm.machine import python_source
from netfsm.prove import Answer, prove
from netfsm.prove.units import Prover, units_of
from netfsm.spec import load_all, load_spec
from netfsm.spec.model import Machine

Change = tuple[str, str]

LINK = """\
machine: lab.link
netfsm: 1
title: A link with a window
ref: RFC 0 §1
initial: IDLE
types:
  snd: {seq: 32}
constants:
  MAX: {type: nat 9, value: 3, ref: RFC 0 §1}
  WAIT: {type: duration, value: 1 s, ref: RFC 0 §1}
  WINDOW: {type: nat 65535, value: 1000, ref: RFC 0 §1}
variables:
  una: {type: snd, in: OPEN}
  nxt: {type: snd, in: OPEN}
  tries: {type: nat 3, in: OPEN}
  saved: {type: {queue: handle packet, max: 4, full: refuse}, in: OPEN}
  opened: {type: nat 9, initial: 0}
timers:
  again: {in: OPEN, ref: RFC 0 §1}
events:
  begin: {params: {iss: snd}, choose: {first: {type: nat 9, contract: first > 2}}}
  send: {params: {n: nat 100}}
  ack: {params: {a: snd}}
  save: {params: {packet: handle packet}}
  end: {params: {}}
  trim: {completion: true, after: row, measure: len(saved)}
outputs:
  data: {order: {seq: snd, n: nat 100}}
  give: {order: {packet: handle packet}}
let:
  flight: nxt - una
  fresh: 0 < a - una <= flight
states:
  IDLE:
    rows:
      - id: idle.begin
        event: begin
        do:
          una: iss
          nxt: iss
          tries: 0
          saved: nothing
          opened: min(opened + first, 9)
          again: start(WAIT)
        to: OPEN
        ref: RFC 0 §2
      - {id: idle.rest, event: [send, ack, save, end], ignore: nothing is open, ref: RFC 0 §2}
  OPEN:
    rows:
      - {id: open.begin, event: begin, ignore: it is open, ref: RFC 0 §3}
      - id: open.send
        event: send
        when: flight + n <= WINDOW
        do: {nxt: nxt + n}
        emit:
          - data: {seq: nxt, n: n}
            tag: data
        ref: RFC 0 §3
      - {id: open.full, event: send, when: flight + n > WINDOW, ignore: it must wait, ref: RFC 0 §3}
      - id: open.ack
        event: ack
        when: fresh
        do: {una: a, tries: 0, again: restart(WAIT)}
        ref: RFC 0 §4
      - {id: open.stale, event: ack, when: not fresh, ignore: it tells nothing, ref: RFC 0 §4}
      - id: open.store
        event: save
        when: not full(saved)
        do: {saved: "push(saved, packet)"}
        ref: RFC 0 §5
      - id: open.swap
        event: save
        when: full(saved)
        do: {saved: "push(pop(saved), packet)"}
        emit:
          - give: {packet: oldest(saved)}
        ref: RFC 0 §5
      - id: open.trim
        event: trim
        when: len(saved) > 3
        do: {saved: pop(saved)}
        emit:
          - give: {packet: oldest(saved)}
        ref: RFC 0 §5
      - id: open.again
        event: again
        when: tries < MAX
        do: {tries: tries + 1, again: restart(WAIT)}
        emit:
          - data: {seq: una, n: 0}
        ref: RFC 0 §6
      - {id: open.lost, event: again, when: tries >= MAX, to: IDLE, ref: RFC 0 §6}
      - {id: open.end, event: end, to: IDLE, ref: RFC 0 §7}
invariants:
  - {id: window, in: OPEN, holds: flight <= WINDOW, ref: RFC 0 §3}
  - {id: runs, in: OPEN, holds: armed(again), ref: RFC 0 §6}
  - {id: few, in: OPEN, holds: tries <= MAX, ref: RFC 0 §6}
  - {id: counted, holds: opened <= 9, ref: RFC 0 §2}
steps:
  - {id: forward, in: OPEN, event: ack, holds: new.una - una <= flight, ref: RFC 0 §4}
outputs_hold:
  - {id: starts, tag: data, holds: o.seq == nxt, ref: RFC 0 §3}
musts:
  - id: sends
    in: OPEN
    event: send
    when: flight + n <= WINDOW
    emits: data
    holds: o.n == n
    ref: RFC 0 §3
  - {id: moves, in: OPEN, event: ack, when: fresh, step: new.una == a, ref: RFC 0 §4}
"""


def link(folder: Path, *changes: Change) -> Machine:
    """The small machine with each text of `changes` replaced; each must be there."""
    text = LINK
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    file = folder / "link.yaml"
    file.write_text(text, encoding="utf-8")
    machine = load_spec(file)
    assert isinstance(machine, Machine)
    return machine


def real() -> dict[str, Machine]:
    """Every machine in specs/, by name, at the sizes of proofs."""
    models = load_all(size="proof").values()
    return {model.name: model for model in models if isinstance(model, Machine)}


def agreed(
    machine: Machine, machines: dict[str, Machine] | None = None, *, source: str | None = None
) -> tuple[Answer, ...]:
    """`prove` with integers, where bit-vectors have given every obligation the same answer."""
    answers = prove(machine, machines, source=source)
    text = python_source(machine) if source is None else source
    second = Prover(machine, machines or {}, text, "bitvec")
    again = [answer for unit in units_of(machine) for answer in second.answers(unit)]
    assert [(a.name, a.verdict) for a in answers] == [(a.name, a.verdict) for a in again]
    return answers


def failed(answers: Iterable[Answer]) -> list[str]:
    """The names of what is not proved, in order."""
    return [each.name for each in answers if each.verdict != "proved"]


def failures(machine: Machine) -> list[str]:
    """The same for a machine, its code left out, without the machine's name."""
    names = failed(agreed(machine, real()))
    return [name.removeprefix(f"{machine.name}/") for name in names]
