"""A machine for people: its table, and the rows of one state in full."""

from __future__ import annotations

from collections.abc import Iterable

from netfsm.cli.common import say
from netfsm.cli.tables import show_table, show_title
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
    say(f"states: {', '.join(state.name for state in machine.states)}")
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
    show_table(columns, [_cells(row) for row in machine.rows], styles)
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


def _cells(row: Row) -> list[str]:
    return [
        ", ".join(row.states),
        row.event,
        guard_text(row),
        "\n".join(does(row)),
        "\n".join(emits(row)),
        leads_to(row),
        refs_text(row),
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
