"""A machine in chapters: files that say more of a machine, put together before it is read.

`chapters:` of a machine names them in order. Entries of mappings come behind the machine's own, and
so do rows of its groups, states and `absent`, and properties. Every node keeps its own file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from netfsm.spec.findings import Findings, quoted
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence

__all__ = ["CHAPTER_KEYS", "chapter_names", "joined"]

_MAPPINGS: Final = (
    "types",
    "constants",
    "functions",
    "variables",
    "timers",
    "events",
    "outputs",
    "let",
    "decide",
    "blocks",
)
_ROWS: Final = ("groups", "states")
_LISTS: Final = ("invariants", "steps", "outputs_hold", "musts")
_HEAD: Final = ("chapter", "netfsm", "of", "title", "ref", "says")
CHAPTER_KEYS: Final = (*_HEAD, *_MAPPINGS, *_ROWS, "absent", *_LISTS)


def chapter_names(root: Mapping) -> tuple[Scalar, ...]:
    """The chapters that a machine names."""
    node = root.get("chapters")
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(item for item in items if isinstance(item, Scalar))


def joined(machine: Mapping, chapters: Iterable[Mapping], findings: Findings) -> Mapping:
    """The machine with what its chapters say; what can't be put in is a finding at its place."""
    whole = machine
    for chapter in chapters:
        for key, node in chapter.items:
            if key.text in _HEAD:
                continue
            if key.text not in CHAPTER_KEYS:
                what = f"a chapter has no {quoted(key.text)}"
                findings.add("UNKNOWN-KEY", key.mark, what, closest(key.text, CHAPTER_KEYS))
                continue
            whole = _with(whole, key, node, findings)
    return whole


def _with(whole: Mapping, key: Scalar, node: Node, findings: Findings) -> Mapping:
    present = whole.get(key.text)
    if present is None:
        return Mapping((*whole.items, (key, node)), whole.mark)
    return _put(whole, key.text, _more(key, present, node, findings))


def _more(key: Scalar, present: Node, node: Node, findings: Findings) -> Node:
    if isinstance(present, Sequence) and isinstance(node, Sequence):
        return Sequence((*present.items, *node.items), present.mark)
    if not (isinstance(present, Mapping) and isinstance(node, Mapping)):
        what = f"{quoted(key.text)} has another form here than in the machine"
        findings.add("CHAPTER", key.mark, what, "write both as a mapping, or both as a list")
        return present
    if key.text in _ROWS:
        for name, part in node.items:
            present = _with_rows(key.text, present, name, part, findings)
        return present
    if key.text == "absent":
        return _rows_of(key, present, node, findings)
    known = {name.text for name, _ in present.items}
    for name, _ in node.items:
        if name.text in known:
            what = f"{name.text} stands in another file of the machine too"
            findings.add("DUPLICATE-KEY", name.mark, what, "keep one of them")
    added = tuple(entry for entry in node.items if entry[0].text not in known)
    return Mapping((*present.items, *added), present.mark)


def _with_rows(
    kind: str, present: Mapping, name: Scalar, part: Node, findings: Findings
) -> Mapping:
    """More rows for a group or a state that the machine has."""
    there = present.get(name.text)
    if there is None:
        what = f"the machine has no {name.text} under {quoted(kind)}"
        names = [key.text for key, _ in present.items]
        findings.add("CHAPTER", name.mark, what, closest(name.text, names, "declare it there"))
        return present
    if isinstance(there, Sequence):  # a group that is a list of states
        key = Scalar("states", "states", True, there.mark)
        there = Mapping(((key, there),), there.mark)
    if not (isinstance(there, Mapping) and isinstance(part, Mapping)):
        return present
    return _put(present, name.text, _rows_of(name, there, part, findings))


def _rows_of(name: Scalar, there: Mapping, part: Mapping, findings: Findings) -> Mapping:
    for key, node in part.items:
        if key.text != "rows" or not isinstance(node, Sequence):
            what = f"a chapter gives {name.text} rows and nothing else"
            findings.add("CHAPTER", key.mark, what, "say it in the machine's own file")
            continue
        rows = there.get("rows")
        if isinstance(rows, Sequence):
            there = _put(there, "rows", Sequence((*rows.items, *node.items), rows.mark))
        else:
            there = Mapping((*there.items, (key, node)), there.mark)
    return there


def _put(whole: Mapping, name: str, node: Node) -> Mapping:
    items = tuple((key, node if key.text == name else value) for key, value in whole.items)
    return Mapping(items, whole.mark)
