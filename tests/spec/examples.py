"""The wrong examples of the catalogue as files: what they leave out is that of a sound spec.

An example is a whole file, or several, each with its kind in its first line; or sections of a
machine, whose others are `FRAME`'s (`rows` are those of its one state); or sections of a
composition, whose others are those of `specs/arp/conflict.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

FRAME = """\
machine: demo.door
netfsm: 1
title: A door
ref: RFC 0 §1
initial: OPEN
events:
  push: {params: {n: nat 9}}
rows:
  - {id: open.push, event: push, ignore: it is open, ref: RFC 0 §1}
"""
_KIND = re.compile(
    r"^(?=(?:layer|format|machine|chapter|scope|types|compose|registers): )", re.MULTILINE
)
_SECTION = re.compile(r"^(?=[\w-]+:)", re.MULTILINE)
CONFLICT = Path(__file__).parents[2] / "specs" / "arp" / "conflict.yaml"


def write_example(wrong: str, folder: Path, *, composed: bool = False) -> Path:
    """Write the files of an example; return the first."""
    if composed:
        parts = [_in_composition(wrong)]
    elif _KIND.match(wrong) and "netfsm:" in wrong:
        parts = [part for part in _KIND.split(wrong) if part]
    else:
        parts = [_in_frame(wrong)]
    for index, part in enumerate(parts):
        (folder / f"{index}.yaml").write_text(part + "\n", encoding="utf-8")
    return folder / "0.yaml"


def _sections(text: str) -> dict[str, str]:
    """The parts of a mapping by their keys, as text; what stands before the first is left out."""
    parts = [part for part in _SECTION.split(text) if _SECTION.match(part)]
    return {part.partition(":")[0]: part.rstrip("\n") + "\n" for part in parts}


def _joined(sections: Mapping[str, str]) -> str:
    return "".join(sections.values())


def _in_frame(wrong: str) -> str:
    """Sections of an example in the frame; rows stand in its one state."""
    sections = {**_sections(FRAME), **_sections(wrong)}
    rows = sections.pop("rows")
    inner = "".join(f"    {line}\n" for line in rows.splitlines())
    sections.setdefault("states", f"states:\n  OPEN:\n{inner}")
    return _joined(sections)


def _in_composition(wrong: str) -> str:
    return _joined({**_sections(CONFLICT.read_text(encoding="utf-8")), **_sections(wrong)})
