"""One offline page for a machine: the picture, the table of cells, every row in full."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Final

from netfsm.draw.dot import dot
from netfsm.draw.machine import diagram
from netfsm.draw.render import render
from netfsm.draw.rows import does, emits, guard_text, leads_to, refs_text, rows_of_cell
from netfsm.spec.model import Impossible, Machine, Row
from netfsm.spec.pretty import pretty

_CELLS_ARE: Final = (
    "<p>What each event leads to in each state. Every cell is decided: · is ignored with a "
    "reason, <i>never</i> cannot be reached, an empty cell is an event that is only tried where "
    "it has rows.</p>"
)


def page(machine: Machine, ignored: bool = False, guards: bool | None = None) -> str:
    """The HTML of `machine`; it fetches nothing. Raises TargetError as `render` does."""
    picture = render(dot(diagram(machine, ignored, guards)), "svg").decode()
    picture = picture[picture.index("<svg") :]
    style = (files("netfsm.draw") / "page.css").read_text(encoding="utf-8")
    script = (files("netfsm.draw") / "page.js").read_text(encoding="utf-8")
    title = escape(f"{machine.name}: {machine.title}" if machine.title else machine.name)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{style}</style></head><body>",
            f"<header><h1>{escape(machine.title or machine.name)}</h1>",
            f"<p><code>{escape(machine.name)}</code> · {escape(_refs(machine))}</p>",
            f"<p>{escape(machine.says)}</p></header>",
            f'<figure aria-label="state diagram">{picture}</figure>',
            "<h2>Cells</h2>",
            _CELLS_ARE,
            _cells(machine),
            "<h2>Rows</h2>",
            _rows(machine.rows),
            *_properties(machine),
            f"<script>{script}</script></body></html>",
        ]
    )


def _refs(machine: Machine) -> str:
    return ", ".join(str(ref) for ref in machine.refs)


def _cells(machine: Machine) -> str:
    """States across, events down; each entry names its row and links to it."""
    states = [state.name for state in machine.states]
    events = [event.name for event in machine.events]
    events = [name for name in events if any((state, name) in machine.cells for state in states)]
    head = "".join(f"<th>{escape(state)}</th>" for state in states)
    body = "".join(
        f"<tr><th>{escape(event)}</th>"
        + "".join(f"<td>{_cell(machine, state, event)}</td>" for state in states)
        + "</tr>"
        for event in events
    )
    head = f"<tr><th></th>{head}</tr>"
    return f'<div class="wide"><table class="cells"><thead>{head}</thead>{body}</table></div>'


def _cell(machine: Machine, state: str, event: str) -> str:
    found = machine.cells.get((state, event))
    if isinstance(found, Impossible):
        return f'<span class="never" title="{escape(found.reason)}">never</span>'
    links = (_link(row) for row in rows_of_cell(machine, state, event))
    return "<br>".join(dict.fromkeys(links))


def _link(row: Row) -> str:
    words = {"ignore": "·", "error": "refused"}.get(row.verdict) or row.to or "stays"
    tip = f"{row.id}: {guard_text(row) or 'always'}"
    return (
        f'<a class="{row.verdict}" href="#{escape(row.id)}" title="{escape(tip)}">'
        f"{escape(words)}</a>"
    )


def _rows(rows: Iterable[Row]) -> str:
    names = ("Row", "In", "Event", "When", "Does", "Sends", "Leads to", "Reference")
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(_row(row) for row in rows)
    return (
        f'<div class="wide"><table class="rows"><thead><tr>{head}</tr></thead>{body}</table></div>'
    )


def _row(row: Row) -> str:
    says = f'<br><span class="says">{escape(row.says)}</span>' if row.says else ""
    place = f'<br><span class="says">{escape(f"{row.mark.file}:{row.mark.line}")}</span>'
    cells = [
        f"<code>{escape(row.id)}</code>{place}",
        escape(", ".join(row.states)),
        escape(row.event),
        _code([guard_text(row)]),
        _code(does(row)),
        _code(emits(row)),
        escape(leads_to(row)) + says,
        escape(refs_text(row)),
    ]
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr id="{escape(row.id)}" class="{row.verdict}">{body}</tr>'


def _properties(machine: Machine) -> list[str]:
    if not machine.properties:
        return []
    lines = "".join(
        f"<tr><td><code>{escape(each.id)}</code></td><td>{each.kind}</td>"
        f"<td>{escape(', '.join(each.where))}</td><td>{_code([pretty(each.holds)])}</td>"
        f"<td>{escape(', '.join(str(ref) for ref in each.refs))}</td></tr>"
        for each in machine.properties
    )
    head = "<tr><th>Name</th><th>Kind</th><th>In</th><th>Holds</th><th>Reference</th></tr>"
    return [
        "<h2>Properties</h2>",
        f'<div class="wide"><table class="rows"><thead>{head}</thead>{lines}</table></div>',
    ]


def _code(lines: Iterable[str]) -> str:
    return "<br>".join(f"<code>{escape(line)}</code>" for line in lines if line)
