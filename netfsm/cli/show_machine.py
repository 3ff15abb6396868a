"""A machine for people: its table, and the rows of one state in full."""

from __future__ import annotations

from collections.abc import Iterable

from netfsm.cli.common import say
from netfsm.cli.tables import show_table, show_title
from netfsm.draw.labels import sends
from netfsm.draw.rows import does, emits, guard_text, leads_to, refs_text, rows_of_cell
from netfsm.spec.findings import shown_path
from netfsm.spec.model import Impossible, Machine, Row
from netfsm.spec.pretty import pretty


def show_machine(machine: Machine) -> None:
    """Print what the machine is, and every row in one table."""
    refs = ", ".join(str(ref) for ref in machine.refs)
    show_title(f"{machine.name}  {machine.title}", f"{refs}  {_place(machine)}")
    if machine.says:
        say(machine.says.strip())
    for chapter in machine.chapters:
        say(f"chapter {chapter.name}: {chapter.title}  {shown_path(chapter.mark.file)}")
    say(f"states: {', '.join(state.name for state in machine.states)}")
    for name, members in machine.groups.items():
        say(f"group {name}: {', '.join(members)}")
    if machine.instances is not None:
        keys = ", ".join(f"{part.name}: {part.type}" for part in machine.instances.key)
        say(f"one machine for each ({keys}), at most {machine.instances.limit}")
    for decide in machine.decides:
        leaves = "; ".join(
            f"{leaf.name}: {'else' if leaf.test is None else pretty(leaf.test)}"
            for leaf in decide.leaves
        )
        say(f"decide {decide.name}: {leaves}")
    say("")
    columns = ("in", "event", "when", "does", "sends", "leads to", "reference", "row")
    styles = ("bold", "", "", "", "blue", "bold", "dim", "dim")
    show_table(
        columns, _groups(machine), styles, together=("in", "event", "sends", "reference", "row")
    )
    rows, cells = len(machine.rows), len(machine.cells)
    say(f"{rows} rows, {cells} cells, {len(machine.impossibles)} that cannot be reached")


def show_state(machine: Machine, name: str) -> None:
    """Print every row of one state in full, with its place and references."""
    state = next(each for each in machine.states if each.name == name)
    show_title(f"{machine.name} in {name}", state.says)
    for event in machine.events:
        cell = machine.cells.get((name, event.name))
        if isinstance(cell, Impossible):
            say(f"\n{event.name}: never, since {cell.reason}  [{cell.mark}]")
            continue
        for row in rows_of_cell(machine, name, event.name):
            _tell(row)


def machine_json(machine: Machine, state: str | None) -> dict[str, object]:
    """The machine, or one state of it, as `--format json` prints it."""
    rows = [row for row in machine.rows if state is None or state in row.states]
    return {
        "kind": "machine",
        "name": machine.name,
        "title": machine.title,
        "refs": [str(ref) for ref in machine.refs],
        "states": [each.name for each in machine.states if state in (None, each.name)],
        "rows": [_row_json(row) for row in rows],
        "impossible": [
            {"id": cell.id, "states": list(cell.states), "event": cell.event, "reason": cell.reason}
            for cell in machine.impossibles
            if state is None or state in cell.states
        ],
    }


def _place(machine: Machine) -> str:
    return shown_path(machine.mark.file)


def _groups(machine: Machine) -> list[list[str]]:
    """The rows in short, those of the same states together; the states stand at the first."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in machine.rows:
        groups.setdefault(row.states, []).append(row)
    found: list[list[str]] = []
    for states, rows in groups.items():
        names = [where(machine, states), *[""] * len(rows)]
        found.extend(_cells(machine, row, name) for row, name in zip(rows, names, strict=False))
        found.append([])
    return found[:-1]


def where(machine: Machine, states: tuple[str, ...]) -> str:
    """The states in short: a group's name where they are one."""
    present = [state.name for state in machine.states if not state.absent]
    if set(states) == set(present) and len(present) > 1:
        return "any state"
    for name, members in machine.groups.items():
        if set(states) == set(members):
            return name
    return "\n".join(states)


def _cells(machine: Machine, row: Row, states: str) -> list[str]:
    return [
        states,
        row.event,
        guard_text(row),
        "\n".join(does(row)),
        "\n".join(sent.text for sent in sends(machine, row)),
        leads_to(row).partition(":")[0],
        refs_text(row).replace(", ", "\n"),
        row.id,
    ]


def _tell(row: Row) -> None:
    guard = guard_text(row)
    say(f"\n{row.event}{f' when {guard}' if guard else ''}")
    for name, lines in _parts(row):
        for number, line in enumerate(lines):
            say(f"  {name if not number else '':<10}{line}")


def _parts(row: Row) -> Iterable[tuple[str, list[str]]]:
    yield "row", [f"{row.id}  [{row.mark}]"]
    yield "says", [row.says] if row.says else []
    yield "does", does(row)
    yield "sends", emits(row)
    yield "leads to", [leads_to(row)]
    yield "reference", [refs_text(row)]


def _row_json(row: Row) -> dict[str, object]:
    return {
        "id": row.id,
        "states": list(row.states),
        "event": row.event,
        "guard": guard_text(row),
        "does": does(row),
        "sends": emits(row),
        "to": row.to,
        "verdict": row.verdict,
        "reason": row.reason,
        "level": row.level,
        "refs": [str(ref) for ref in row.refs],
        "file": shown_path(row.mark.file),
        "line": row.mark.line,
    }
