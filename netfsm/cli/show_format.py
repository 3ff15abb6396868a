"""A format for people: its fields in wire order and why a packet is refused."""

from __future__ import annotations

from netfsm.cli.common import say
from netfsm.cli.tables import show_table, show_title
from netfsm.spec.findings import shown_path
from netfsm.spec.formats import Format
from netfsm.wire.table import format_rows

_COLUMNS = ("part", "octet", "width", "field", "holds", "says", "reference")


def show_format(layout: Format) -> None:
    """Print the table of a format and the reasons for which it refuses."""
    refs = ", ".join(str(ref) for ref in layout.refs)
    show_title(f"{layout.name}  {layout.title}", f"{refs}  {shown_path(layout.mark.file)}")
    rows = [
        (row.part, row.place, row.width, row.name, row.holds, row.says, ", ".join(row.refs))
        for row in format_rows(layout)
    ]
    say("")
    show_table(_COLUMNS, rows, ("dim", "", "", "bold", "", "", "dim"))
    say(f"refused as: {', '.join(layout.reasons)}")


def format_json(layout: Format) -> dict[str, object]:
    """The format as `--format json` prints it."""
    return {
        "kind": "format",
        "name": layout.name,
        "title": layout.title,
        "refs": [str(ref) for ref in layout.refs],
        "fields": [
            {
                "part": row.part,
                "place": row.place,
                "width": row.width,
                "name": row.name,
                "holds": row.holds,
                "says": row.says,
                "refs": list(row.refs),
            }
            for row in format_rows(layout)
        ],
        "refusals": list(layout.reasons),
    }
