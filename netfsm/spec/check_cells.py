"""Every cell is decided, once: by rows that leave no leaf out, by `ignore` or by `impossible`."""

from __future__ import annotations

from collections.abc import Sequence

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.outline import EventOutline, Outline, RowOutline, StateOutline

__all__ = ["check_cells", "listed"]

Rows = Sequence[RowOutline]


def check_cells(outline: Outline, findings: Findings) -> None:
    """Note cells that are undecided, decided twice, or that leave leaves of a list out."""
    _check_decided(outline, findings)
    decided = _DecidedCells(outline, findings)
    for state in outline.states.values():
        for event in outline.events.values():
            rows = outline.cells.get((state.name, event.name), ())
            if rows:
                decided.check(state, event, rows)


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _check_decided(outline: Outline, findings: Findings) -> None:
    """Note undecided cells; one finding for all states that leave the same events undecided."""
    unheard = _never_handled(outline, findings)
    missing: dict[tuple[str, ...], list[StateOutline]] = {}
    for state in outline.states.values():
        events = tuple(
            event.name
            for event in outline.events.values()
            if event.name not in unheard
            and (state.name, event.name) not in outline.cells
            and _wanted(outline, state, event)
        )
        if events:
            missing.setdefault(events, []).append(state)
    reached = outline.reached({outline.initial})
    incomplete = any(state.name in reached for states in missing.values() for state in states)
    outline.doubts.rows |= incomplete or bool(unheard)
    for events, states in missing.items():
        names = listed([state.name for state in states])
        verb = "does" if len(states) == 1 else "do"
        what = f"{names} {verb} not decide {listed(events)}"
        hint = "add rows, or 'ignore' with a reason, or 'impossible' with a reason"
        findings.add("UNDECIDED", states[0].mark, what, hint)


def _never_handled(outline: Outline, findings: Findings) -> set[str]:
    """Note each event that no state at all decides; its cells need no finding of their own."""
    found: set[str] = set()
    handled = {event for _, event in outline.cells}
    for event in outline.events.values():
        cells = [s for s in outline.states.values() if _wanted(outline, s, event)]
        least = 1 if event.kind == "timer" else min(2, len(outline.states))
        if event.name in handled or len(cells) < least:
            continue
        found.add(event.name)
        if event.kind == "timer":
            what = f"no state handles timer {event.name}"
            hint = f"give each state in which it may run a row with 'event: {event.name}'"
            findings.add("TIMER-UNHANDLED", event.mark, what, hint)
        else:
            what = f"no state decides event {event.name}"
            hint = "decide it in every state, by rows, 'ignore' or 'impossible'; or remove it"
            findings.add("UNDECIDED", event.mark, what, hint)
    return found


def _wanted(outline: Outline, state: StateOutline, event: EventOutline) -> bool:
    """True where the cell needs rows, and none can have got lost over an unknown name."""
    return outline.needs_rows(state, event) and not outline.doubts.cell(state.name, event.name)


class _DecidedCells:
    """Looks at the rows of each cell; rows of a group are told of once, not in every state."""

    def __init__(self, outline: Outline, findings: Findings) -> None:
        self._outline = outline
        self._findings = findings
        self._noted: set[tuple[str, Mark]] = set()

    def check(self, state: StateOutline, event: EventOutline, rows: Rows) -> None:
        """Note what is wrong with the rows of one cell."""
        cell = f"{state.name}/{event.name}"
        impossible = [row for row in rows if row.verdict == "impossible"]
        if not state.has_cells:
            what = f"{state.name} is final, so nothing happens in it"
            self._note("FINAL", rows[0], what, "remove the row, or the state from 'final'")
        elif impossible and len(rows) > 1:
            other = next(row for row in rows if row is not impossible[0])
            what = f"cell {cell} is said to be impossible, and {other.id} decides it"
            hint = "an impossible cell has no other row: remove one of them"
            self._note("IMPOSSIBLE-BESIDE", impossible[0], what, hint)
        elif (
            event.kind == "timer" and not impossible and not self._outline.needs_rows(state, event)
        ):
            what = f"timer {event.name} never runs in {state.name}"
            hint = f"remove {rows[0].id}, or put {state.name} among the states of the timer's 'in'"
            self._note("TIMER-SCOPE", rows[0], what, hint)
        elif not self._overlap(cell, rows):
            self._check_leaves(cell, state, event, rows)

    def _overlap(self, cell: str, rows: Rows) -> bool:
        """Note a row without a guard beside others, and two rows with one leaf and no more."""
        bare = [row for row in rows if not row.guarded]
        if bare and len(rows) > 1:
            late = max(bare, key=lambda row: row.mark)
            first = next(row for row in rows if row is not late)
            what = f"cell {cell}: {late.id} has no guard, so it applies at once with {first.id}"
            hint = "give it a 'leaf' or a 'when', so that the rows exclude one another"
            self._note("OVERLAP", late, what, hint)
            return True
        taken: dict[tuple[str, str], RowOutline] = {}
        for row in rows:
            if "when" in row.parts or row.doubtful:
                continue
            for leaf in row.leaves:
                first = taken.setdefault((row.decide, leaf), row)
                if first is not row:
                    what = f"cell {cell}: {row.id} and {first.id} both take {row.decide}.{leaf}"
                    self._note("OVERLAP", row, what, "tell them apart with 'when'")
                    return True
        return False

    def _check_leaves(
        self, cell: str, state: StateOutline, event: EventOutline, rows: Rows
    ) -> None:
        """Note leaves that no row of the cell takes, where all its rows hang on one list."""
        decide = rows[0].decide
        if decide not in self._outline.decides or len({row.decide for row in rows}) != 1:
            return
        doubts = self._outline.doubts
        if any(row.doubtful for row in rows) or decide in doubts.lists:
            return
        if doubts.cell(state.name, event.name):
            return
        taken = {leaf for row in rows for leaf in row.leaves}
        missing = [leaf for leaf in self._outline.decides[decide] if leaf not in taken]
        if missing:
            what = f"cell {cell} has no row for {listed([f'{decide}.{leaf}' for leaf in missing])}"
            hint = "every leaf of the list needs a row, or 'ignore' or 'drop' with its leaf"
            doubts.rows = True
            self._note("LEAF-MISSING", rows[0], what, hint)

    def _note(self, code: str, row: RowOutline, what: str, hint: str) -> None:
        if (code, row.mark) not in self._noted:
            self._noted.add((code, row.mark))
            self._findings.add(code, row.mark, what, hint)
