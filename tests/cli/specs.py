"""Specs for tests: one that is right, and what is wrong with it in ways a person gets it wrong."""

from __future__ import annotations

from pathlib import Path

GOOD = """\
machine: door.lock
netfsm: 1
title: A door
ref: RFC 0 §1
initial: OPEN
events:
  shut: {params: {}}
  lift: {params: {}}
states:
  OPEN:
    rows:
      - {id: open.shut, event: shut, to: SHUT, ref: RFC 0 §1.1}
      - {id: open.lift, event: lift, ignore: it is open, ref: RFC 0 §1.2}
  SHUT:
    rows:
      - {id: shut.lift, event: lift, to: OPEN, ref: RFC 0 §1.10}
      - {id: shut.shut, event: shut, ignore: it is shut, ref: RFC 0 §1.1}
"""


def write(folder: Path, change: tuple[str, str] = ("", "")) -> Path:
    """Write the spec, with one text in place of another."""
    folder.mkdir(exist_ok=True)
    (folder / "lock.yaml").write_text(
        GOOD.replace(*change) if change[0] else GOOD, encoding="utf-8"
    )
    return folder / "lock.yaml"
