"""Tables for people: as wide as the terminal, or wide and plain where there is none."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE: Final = 160
_ROOMY: Final = 120


def console(stderr: bool = False) -> Console:
    """A console that colours only a terminal and reads no markup in what it prints."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    styles: Sequence[str] = (),
    together: Collection[str] = (),
) -> None:
    """Print `rows` under `columns`; `styles` are rich's, one a column.

    A row of nothing is a line between two groups; the columns of `together` are not broken where
    there is room for them.
    """
    out = console()
    roomy = out.width >= _ROOMY
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        style = styles[number] if number < len(styles) else ""
        fixed = roomy and name in together
        table.add_column(name, style=style, overflow="fold", no_wrap=fixed)
    for row in rows:
        if row:
            table.add_row(*(Text(cell) for cell in row))
        else:
            table.add_section()
    for line in out.render_lines(table, pad=False):
        text = "".join(segment.text for segment in line)
        plain = not out.is_terminal
        out.print(Text(text.rstrip())) if plain else out.print(*line, sep="")


def show_title(title: str, below: str = "") -> None:
    """Print a heading and a line below it."""
    out = console()
    out.print(Text(title, style="bold"))
    if below:
        out.print(Text(below, style="dim"))
