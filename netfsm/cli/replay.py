"""`netfsm replay`: not in this version, and it says so."""

from __future__ import annotations

import click

from netfsm.cli.common import command, later


@command("replay", "Re-send recorded cases: a case's ID or its file. Not in this version.")
@click.argument("what", nargs=-1)
def verb(what: tuple[str, ...]) -> int:
    """Say that it comes later."""
    return later("replay", " ".join(("re-sending recorded cases", *what)))
