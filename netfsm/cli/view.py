"""`netfsm view`: not in this version, and it says so."""

from __future__ import annotations

import click

from netfsm.cli.common import command, later


@command("view", "Show a run on one page: ladder, machine, row, bytes. Not in this version.")
@click.argument("what", nargs=-1)
def verb(what: tuple[str, ...]) -> int:
    """Say that it comes later."""
    return later("view", " ".join(("the page of a run", *what)))
