"""Anchors: proofs measure a sequence number from another of its space, and that from no circle."""

from __future__ import annotations

from collections.abc import Mapping

from netfsm.spec.findings import Findings, quoted
from netfsm.spec.model import Variable
from netfsm.spec.names import closest
from netfsm.spec.types import Seq

__all__ = ["check_anchors"]


def check_anchors(
    mine: Mapping[str, Variable], known: Mapping[str, Variable], findings: Findings
) -> None:
    """Note anchors of `mine` that are no sequence numbers of the same space in `known`."""
    for variable in mine.values():
        if variable.anchor is None:
            continue
        what, hint = _wrong(variable, known)
        if what:
            findings.add("BAD-ANCHOR", variable.mark, what, hint)


def _wrong(variable: Variable, known: Mapping[str, Variable]) -> tuple[str, str]:
    """What is wrong with the anchor, and what to do; two empty texts where it is right."""
    assert variable.anchor is not None  # the caller has looked
    anchor = known.get(variable.anchor)
    space = variable.type
    if not isinstance(space, Seq):
        return f"{variable.name} is a {space}, and only sequence numbers have anchors", "remove it"
    if anchor is None:
        peers = [each.name for each in known.values() if each.type == space]
        what = f"{quoted(variable.anchor)} is no variable, so {variable.name} can't hang on it"
        return what, closest(variable.anchor, peers, f"name a variable of {space}")
    if anchor.type != space:
        what = f"{variable.name} is a {space}, and its anchor {anchor.name} is a {anchor.type}"
        return what, f"name a variable of {space}"
    passed: dict[str, None] = {}
    here: Variable | None = anchor
    while here is not None and here.name not in passed:
        passed[here.name] = None
        here = known.get(here.anchor) if here.anchor is not None else None
    if variable.name == next((name for name in known if name in passed), ""):
        circle = " -> ".join((variable.name, *passed))
        return f"anchors go round in a circle: {circle}", "let one of them have no anchor"
    return "", ""
