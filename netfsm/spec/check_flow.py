"""Where rows lead: states that can't be reached, and what makes and ends an instance."""

from __future__ import annotations

from netfsm.spec.findings import Findings
from netfsm.spec.outline import Outline, RowOutline

__all__ = ["check_flow"]


def check_flow(outline: Outline, findings: Findings) -> None:
    """Note unreachable states, rows that create or end against what `instances` says."""
    _check_reach(outline, findings)
    if outline.absent:
        _check_create(outline, findings)


def _check_reach(outline: Outline, findings: Findings) -> None:
    """Note each state that no row leads to; those behind it are not told of again."""
    if outline.doubts.rows:
        return
    reached = outline.reached({outline.initial} | outline.doubts.states)
    left = [name for name in outline.states if name not in reached and name != outline.absent]
    entered = {to for state in left for to in outline.edges.get(state, ()) if to != state}
    roots = [name for name in left if name not in entered]
    for name in (*roots, *left):
        if name in reached:
            continue
        reached |= outline.reached({name})
        what = f"state {name} is never reached from {outline.initial}"
        hint = f"a row needs 'to: {name}', or the state is not needed"
        findings.add("UNREACHABLE", outline.states[name].mark, what, hint)


def _check_create(outline: Outline, findings: Findings) -> None:
    """Rows that lead out of the absent state are for the events of `create`, and only they."""
    create = {event for event, _ in outline.create}
    found = len(findings)
    creating = [row for row in outline.rows if _creates(outline, row)]
    for row in creating:
        for event in row.events:
            if event not in create and not outline.doubts.cell("", event):
                what = f"{row.id} makes an instance on {event}, which is not under 'create'"
                hint = f"put {event} under 'create', or leave the state as it is"
                findings.add("CREATE", row.mark, what, hint)
    if len(findings) > found:
        return  # the list and the rows disagree: once is enough
    for event, mark in outline.create:
        made = any(event in row.events for row in creating)
        if event in outline.events and not made and _told_of(outline, event):
            what = f"no row of the absent state makes an instance on {event}"
            hint = f"a row for {event} under 'absent' needs a 'to', or 'create' should not name it"
            findings.add("CREATE", mark, what, hint)


def _creates(outline: Outline, row: RowOutline) -> bool:
    return outline.absent in row.states and row.to is not None and row.to != outline.absent


def _told_of(outline: Outline, event: str) -> bool:
    """True where the absent state decides `event`: a cell that is missing has its own finding."""
    decided = (outline.absent, event) in outline.cells
    doubts = outline.doubts
    return (
        decided and not doubts.rows and not doubts.cell(outline.absent, event) and not doubts.states
    )
