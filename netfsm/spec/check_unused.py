"""What is declared and never used: lets, lists, blocks, groups, outputs, constants, events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from netfsm.spec.check_names import members_of
from netfsm.spec.findings import Findings
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.read_properties import emitted
from netfsm.spec.reading import Reading

__all__ = ["check_unused"]

_QUOTED: Final = re.compile(r"'([^']+)'")
_SECTIONS: Final = (
    ("let", "let"),
    ("decide", "list"),
    ("blocks", "block"),
    ("groups", "group"),
    ("constants", "constant"),
    ("types", "type"),
    ("functions", "function"),
)


def check_unused(reading: Reading, findings: Findings) -> None:
    """Note as warnings what may be taken away; nothing that a misspelt name may have meant."""
    doubtful = any(row.doubtful for row in reading.outline.rows)
    if doubtful or reading.shape.doubtful or reading.outline.doubts.rows:
        return
    used = reading.words | {n for row in reading.outline.rows for n, _ in emitted(row)}
    misspelt = _unknown_words(findings)
    for section, what in _SECTIONS:
        for key, node in reading.shape.entries(section):
            name = key.text.partition("(")[0].strip()
            if section == "groups" and reading.outline.scope:
                continue  # the scope's file may name it
            has_rows = isinstance(node, Mapping) and node.get("rows") is not None
            if name not in used and not has_rows and not _members_used(section, node, used):
                _note(name, what, key, misspelt, findings)
    mistaken = any(finding.code == "OUTPUT" for finding in findings)
    for key, _ in reading.shape.entries("outputs"):
        if key.text not in used and not mistaken:
            _note(key.text, "output", key, misspelt, findings)
    _check_events(reading, findings)


def _unknown_words(findings: Findings) -> frozenset[str]:
    """The names that findings so far call unknown."""
    return frozenset(
        word
        for finding in findings
        if finding.code.startswith("UNKNOWN-")
        for word in _QUOTED.findall(finding.message)
    )


def _members_used(section: str, node: Node, used: frozenset[str]) -> bool:
    """A type is used where one of its members is."""
    if section != "types" or not isinstance(node, Mapping):
        return False
    return any(member.text in used for member in members_of(node))


def _note(name: str, what: str, key: Scalar, misspelt: Iterable[str], findings: Findings) -> None:
    if any(closest(word, (name,)) for word in misspelt):
        return
    hint = "use it, or take it away"
    findings.add("UNUSED", key.mark, f"{what} {name} is never used", hint, severity="warning")


def _check_events(reading: Reading, findings: Findings) -> None:
    """Note events that every state calls impossible."""
    outline = reading.outline
    for event in outline.events.values():
        rows = [row for row in outline.rows if event.name in row.events]
        if rows and event.kind != "timer" and all(row.verdict == "impossible" for row in rows):
            what = f"event {event.name} is impossible in every state"
            findings.add("DEAD-EVENT", event.mark, what, "take it away", severity="warning")
