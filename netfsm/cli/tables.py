"""Tables for people: as wide as the terminal, or wide and plain where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE: Final = 160


def console(stderr: bool = False) -> Console:
    """A console that colours only a terminal and reads no markup in what it prints."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], styles: Sequence[str] = ()
) -> None:
    """Print `rows` under `columns`; `styles` are rich's, one a column."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        style = styles[number] if number < len(styles) else ""
        table.add_column(name, style=style, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def show_title(title: str, below: str = "") -> None:
    """Print a heading and a line below it."""
    out = console()
    out.print(Text(title, style="bold"))
    if below:
        out.print(Text(below, style="dim"))
