"""Rows with their types: guards, assignments, timer orders and emissions of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from netfsm.spec.expr import Expr, Lit, Op
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.model import Assign, Decide, Emission, Impossible, Leaf, Row, SetTimer
from netfsm.spec.names import Names, closest
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.outline import RowOutline
from netfsm.spec.parse import parse_node, parse_order_node
from netfsm.spec.read_emissions import read_emissions, read_refusal
from netfsm.spec.reading import Reading
from netfsm.spec.scope import check_scope
from netfsm.spec.shape import expect_entries, expect_items, expect_text, expect_texts
from netfsm.spec.types import BOOL

__all__ = ["both", "read_decides", "read_rows"]


def read_decides(reading: Reading) -> dict[str, Decide]:
    """Type the tests of every list; each leaf gets its flat guard."""
    found: dict[str, Decide] = {}
    anywhere = Names(reading.vocabulary, event=None)
    for key, node in reading.shape.entries("decide"):
        reader = _DecideReader(reading, anywhere, key)
        found[key.text] = reader.read(node)
    return found


class _DecideReader:
    """Reads one list. Where a test has a finding, leaves after it have no guard."""

    def __init__(self, reading: Reading, names: Names, key: Scalar) -> None:
        self._reading = reading
        self._findings = reading.findings
        self._names = names
        self._key = key

    def read(self, node: Node) -> Decide:
        items = expect_items(node, self._findings, f"list {self._key.text}")
        leaves: list[Leaf] = []
        before: list[Expr] | None = []
        for index, item in enumerate(items):
            entries = expect_entries(item, self._findings, f"a leaf of {self._key.text}")
            if len(entries) != 1:
                what = f"a leaf of {self._key.text} is one name and its test"
                self._findings.add("LEAF", item.mark, what, "write '- name: expression'")
                before = None
                continue
            name, test_node = entries[0]
            self._check_name(name, leaves)
            is_else = isinstance(test_node, Scalar) and test_node.text.strip() == "else"
            if is_else and index < len(items) - 1:
                what = f"'else' takes all that is left, so nothing comes after {name.text}"
                hint = "move it to the end of the list"
                self._findings.add("ELSE-NOT-LAST", test_node.mark, what, hint)
                before = None
                continue
            test = None if is_else else self._test(test_node)
            if test is None and not is_else:
                before = None
            if before is not None:
                guard = both((*before, *([test] if test is not None else [])), name.mark)
                leaves.append(Leaf(name.text, test, guard, name.mark))
                if test is not None:
                    before = [*before, Op("not", (test,), BOOL, name.mark)]
        return Decide(self._key.text, tuple(leaves), self._key.mark)

    def _check_name(self, name: Scalar, leaves: Iterable[Leaf]) -> None:
        if any(leaf.name == name.text for leaf in leaves):
            what = f"list {self._key.text} has two leaves {name.text}"
            self._findings.add("DUPLICATE-NAME", name.mark, what, "rename one of them")

    def _test(self, node: Node) -> Expr | None:
        return parse_node(node, self._names, self._findings, expect=BOOL)


def both(parts: Iterable[Expr], mark: Mark) -> Expr:
    """The conjunction of `parts`, flat; the one part there is, or true."""
    flat: list[Expr] = []
    for part in parts:
        flat.extend(part.args if isinstance(part, Op) and part.op == "and" else (part,))
    if not flat:
        return Lit(value=True, type=BOOL, text="True", mark=mark)
    return flat[0] if len(flat) == 1 else Op("and", tuple(flat), BOOL, mark)


def read_rows(
    reading: Reading, decides: dict[str, Decide]
) -> tuple[tuple[Row, ...], tuple[Impossible, ...]]:
    """Type every row of the outline; one with several events gives one row for each."""
    rows: list[Row] = []
    impossibles: list[Impossible] = []
    for outline in reading.outline.rows:
        for event in outline.events:
            name = outline.id if len(outline.events) == 1 else f"{outline.id}.{event}"
            if outline.verdict == "impossible":
                reason = _reason(reading, outline)
                found = Impossible(name, outline.states, event, reason, outline.mark)
                impossibles.append(found)
            else:
                rows.append(_RowTyper(reading, decides, outline, event).read(name))
    return tuple(rows), tuple(impossibles)


def _reason(reading: Reading, row: RowOutline) -> str:
    """The reason under `ignore` or `impossible`; NO-REASON where none is given."""
    node = row.parts[row.verdict]
    if isinstance(node, Scalar) and not node.text.strip():
        what = f"{row.id} gives no reason for {quoted(row.verdict)}"
        reading.findings.add("NO-REASON", node.mark, what, "say in a few words why")
        return ""
    scalar = expect_text(node, reading.findings, quoted(row.verdict))
    return "" if scalar is None else scalar.text


class _RowTyper:
    """Types one row for one event."""

    def __init__(
        self, reading: Reading, decides: dict[str, Decide], row: RowOutline, event: str
    ) -> None:
        self._reading = reading
        self._findings = reading.findings
        self._decides = decides
        self._row = row
        self._event = event
        self._names = reading.names.at_row(event, row.states)
        after = () if row.lost else row.states if row.to is None else (row.to,)
        self._after = reading.names.at_row(event, row.states, after)
        self._targets = tuple(after)

    def read(self, name: str) -> Row:
        """Return the row, whole where nothing is wrong with it."""
        row = self._row
        when = None
        if "when" in row.parts:
            when = parse_node(row.parts["when"], self._names, self._findings, expect=BOOL)
        assigns, timers = self._assigned()
        verdict, reason, emissions = self._outcome()
        says = row.parts.get("says")
        return Row(
            id=name,
            states=row.states,
            event=self._event,
            decide=row.decide,
            leaf="|".join(row.leaves),
            when=when,
            guard=self._guard(when),
            assigns=assigns,
            timers=timers,
            emissions=emissions,
            to=row.to,
            verdict=verdict,
            reason=reason,
            level=row.level,
            refs=row.refs,
            says=says.text if isinstance(says, Scalar) else "",
            mark=row.mark,
        )

    def _outcome(self) -> tuple[Literal["step", "ignore", "error"], str, tuple[Emission, ...]]:
        row, reading = self._row, self._reading
        if row.verdict == "ignore":
            return "ignore", _reason(reading, row), ()
        if row.verdict in ("error", "drop"):
            node = row.parts[row.verdict]
            emissions, output = read_refusal(reading, node, row.verdict, self._after)
            return "error", output, emissions
        return "step", "", read_emissions(reading, row.emits, self._after)

    def _guard(self, when: Expr | None) -> Expr | None:
        row = self._row
        parts: list[Expr] = []
        if row.leaves:
            leaves = {leaf.name: leaf.guard for leaf in self._decides[row.decide].leaves}
            guards = [leaves[leaf] for leaf in row.leaves if leaf in leaves]
            for guard in guards:
                check_scope(guard, self._names, self._findings)
            if guards:
                several = Op("or", tuple(guards), BOOL, row.mark)
                parts.append(guards[0] if len(guards) == 1 else several)
        if when is not None:
            parts.append(when)
        return both(parts, row.mark) if parts else None

    # ---- assignments

    def _assigned(self) -> tuple[tuple[Assign, ...], tuple[SetTimer, ...]]:
        assigns: list[Assign] = []
        timers: list[SetTimer] = []
        seen: dict[str, Mark] = {}
        for key, node, where in self._assignments():
            first = seen.setdefault(key.text, key.mark)
            if first is not key.mark:
                what = f"{key.text} is assigned twice, in line {first.line} too"
                hint = "assignments are simultaneous: one for each variable, also across blocks"
                self._findings.add("ASSIGNED-TWICE", where, what, hint)
            elif key.text in self._reading.timers:
                self._check_timer(key)
                order = parse_order_node(node, self._names, self._findings)
                if order is not None:
                    timers.append(SetTimer(key.text, order, key.mark))
            elif self._assignable(key):
                type_ = self._reading.variables[key.text].type
                value = parse_node(node, self._names, self._findings, expect=type_)
                if value is not None:
                    assigns.append(Assign(key.text, value, key.mark))
        self._check_entered(frozenset(seen))
        return tuple(assigns), tuple(timers)

    def _assignments(self) -> Iterator[tuple[Scalar, Node, Mark]]:
        """Yield name and value of each assignment, and where a second one would be noted."""
        parts = self._row.parts
        blocks = {key.text: node for key, node in self._reading.shape.entries("blocks")}
        use = parts.get("use")
        used = () if use is None else expect_texts(use, Findings(), "'use'")
        for name in used:
            block = blocks.get(name.text)
            if isinstance(block, Mapping):
                for key, node in block.items:
                    if key.text != "emit":
                        yield key, node, name.mark
        if "do" in parts:
            for key, node in expect_entries(parts["do"], self._findings, "'do'"):
                yield key, node, key.mark

    def _assignable(self, key: Scalar) -> bool:
        reading = self._reading
        variable = reading.variables.get(key.text)
        if variable is None:
            if key.text not in reading.vocabulary.broken:
                self._note_unknown(key)
            return False
        if variable.owner != reading.name:
            what = f"{key.text} belongs to {variable.owner}, and {reading.name} assigns it"
            hint = f"a variable has one owner: send {variable.owner} a signal"
            self._findings.add("OWNER", key.mark, what, hint)
            return False
        lacking = [state for state in self._targets if not reading.has_value(variable, state)]
        if lacking:
            what = f"{key.text} is assigned, and has no value in {lacking[0]}"
            hint = f"put {lacking[0]} among the states of its 'in', or leave the assignment out"
            self._findings.add("ASSIGNED-OUTSIDE", key.mark, what, hint)
            return False
        return True

    def _note_unknown(self, key: Scalar) -> None:
        reading = self._reading
        known = reading.vocabulary.values.get(key.text)
        if known is not None:
            what = f"{key.text} is no variable, so it can't be assigned"
            self._findings.add("NOT-ASSIGNABLE", key.mark, what, "only variables and timers change")
            return
        names = (*reading.variables, *reading.timers)
        what = f"{quoted(key.text)} is no variable and no timer"
        hint = closest(key.text, names, "declare it under 'variables' or 'timers'")
        self._findings.add("UNKNOWN-NAME", key.mark, what, hint)

    def _check_timer(self, key: Scalar) -> None:
        owner = self._reading.timers[key.text].owner
        if owner != self._reading.name:
            what = f"timer {key.text} belongs to {owner}, and {self._reading.name} sets it"
            hint = f"a timer has one owner: send {owner} a signal"
            self._findings.add("OWNER", key.mark, what, hint)

    def _check_entered(self, assigned: frozenset[str]) -> None:
        """Note variables whose scope the row enters without giving them a value."""
        row, reading = self._row, self._reading
        if row.doubtful or row.verdict != "step" or row.to is None:
            return
        missing = [
            variable.name
            for variable in reading.variables.values()
            if variable.owner == reading.name
            and variable.name not in assigned
            and reading.has_value(variable, row.to)
            and not all(reading.has_value(variable, state) for state in row.states)
        ]
        if missing:
            where = row.parts["to"].mark
            what = f"{row.to} is entered without a value for {', '.join(missing)}"
            hint = "assign what has no value before and has one after the step"
            self._findings.add("UNASSIGNED", where, what, hint)
