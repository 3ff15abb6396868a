"""Timers: each is started somewhere, and something brings it to rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from netfsm.spec.findings import Findings
from netfsm.spec.outline import Outline, RowOutline, StateOutline, TimerOutline

__all__ = ["check_timers"]

_STARTS = re.compile(r"\b(?:re)?start\b")
_ORDERS = re.compile(r"\b(?:stop|keep)\b")
_STOPS = re.compile(r"\bstop\b")
_ALWAYS_STARTS = re.compile(r"\s*(?:re)?start\s*\(")
_ELSE = re.compile(r"\belse\b")


def check_timers(outline: Outline, words: Iterable[str], findings: Findings) -> None:
    """Note timers that are never started, never brought to rest, or started where they may not run.

    `words` are the texts of guards and lets, to see which timers are asked whether they run.
    """
    texts = tuple(words)
    for timer in outline.timers.values():
        orders = tuple(_orders(outline, timer))
        starts = [row for row, order in orders if _STARTS.search(order)]
        if not starts:
            strange = any(not _ORDERS.search(order) for _, order in orders)
            if not strange and not _in_doubt(outline):
                _note_never_started(timer, findings)
            continue
        _check_scope(outline, timer, starts, findings)
        handled = any(timer.name in row.events for row in outline.rows)
        if handled and not _rests(outline, timer, texts) and not _in_doubt(outline):
            what = f"timer {timer.name} is started and never stopped"
            hint = "stop it where it is not needed any more, or say with 'in' where it may run"
            findings.add("TIMER-UNSTOPPED", timer.mark, what, hint, severity="warning")


def _orders(outline: Outline, timer: TimerOutline) -> Iterator[tuple[RowOutline, str]]:
    for row in outline.rows:
        for name, order in row.orders:
            if name == timer.name:
                yield row, order


def _in_doubt(outline: Outline) -> bool:
    """True where a row may have lost what it does or where it leads."""
    doubts = outline.doubts
    lost = bool(doubts.states or doubts.cells or doubts.rows)
    return lost or any(row.doubtful for row in outline.rows)


def _note_never_started(timer: TimerOutline, findings: Findings) -> None:
    what = f"timer {timer.name} is never started"
    hint = f"a row needs '{timer.name}: start(...)', or the timer is not needed"
    findings.add("TIMER-UNSTARTED", timer.mark, what, hint)


def _check_scope(
    outline: Outline, timer: TimerOutline, starts: Iterable[RowOutline], findings: Findings
) -> None:
    """Note rows that start the timer on the way to a state where it may not run."""
    for row in starts:
        if row.lost:
            continue
        targets = [row.to] if row.to is not None else row.states
        for target in targets:
            state = outline.states.get(target)
            if state is not None and not timer.may_run_in(state):
                what = f"{row.id} starts timer {timer.name}, which may not run in {target}"
                hint = f"put {target} among the states of the timer's 'in', or do not start it here"
                findings.add("TIMER-SCOPE", row.mark, what, hint)
                break


def _rests(outline: Outline, timer: TimerOutline, texts: Iterable[str]) -> bool:
    """True where an order stops it, a row leaves its states, or its running out is wanted."""
    if any(_STOPS.search(order) for _, order in _orders(outline, timer)):
        return True
    if any(_leaves(outline, timer, row) for row in outline.rows):
        return True
    asked = re.compile(rf"\b(?:armed|deadline)\(\s*{re.escape(timer.name)}\s*\)|\btimers_armed\b")
    if any(asked.search(text) for text in texts):
        return True
    own = [row for row in outline.rows if timer.name in row.events and row.verdict == "step"]
    return bool(own) and all(_starts_always(row, timer.name) for row in own)


def _leaves(outline: Outline, timer: TimerOutline, row: RowOutline) -> bool:
    """True where `row` leads from a state in which the timer may run to one in which it may not."""
    if row.to is None or row.to not in outline.states:
        return False
    inside = any(_may_run(outline, timer, state) for state in row.states)
    return inside and not timer.may_run_in(outline.states[row.to])


def _may_run(outline: Outline, timer: TimerOutline, state: str) -> bool:
    found: StateOutline | None = outline.states.get(state)
    return found is not None and timer.may_run_in(found)


def _starts_always(row: RowOutline, timer: str) -> bool:
    """True where the row starts its own timer again, whatever holds: a clock."""
    orders = [order for name, order in row.orders if name == timer]
    return any(_ALWAYS_STARTS.match(order) and not _ELSE.search(order) for order in orders)
