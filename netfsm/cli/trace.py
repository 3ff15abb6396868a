"""`netfsm trace`: not in this version, and it says so."""

from __future__ import annotations

import click

from netfsm.cli.common import command, later


@command(
    "trace",
    "Walk the specs over a capture; name the first packet that no row allows. Not in this version.",
)
@click.argument("what", nargs=-1)
def verb(what: tuple[str, ...]) -> int:
    """Say that it comes later."""
    return later("trace", " ".join(("walking the specs over a capture", *what)))
