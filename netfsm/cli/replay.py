"""`netfsm replay`: a recorded case again: FIXED (0), FAILED (1) or ERROR (4)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from netfsm.cli.common import Exit, command, say, warn

_ID: Final = re.compile(r"[a-z]+:[^/]+/.")


@command("replay")
@click.argument("case")
def verb(case: str) -> int:
    """Run a recorded CASE again: its folder in a report, its case.json, a file of vectors, its ID.

    An ID is what a suite calls a case, such as tour:raw.input/in.empty.
    """
    from netfsm.conformance.replay import Outcome, replay, replay_id

    if Path(case).exists():
        found = replay(Path(case))
    elif _ID.match(case):
        found = replay_id(case)
    else:
        raise click.UsageError(f"there is no {case}: netfsm conform --report DIR records cases")
    say(f"{found.outcome.name} {found.id}")
    for problem in found.problems:
        say(f"    {problem.mark}: {problem.code} {problem.subject}")
        say(f"    wanted: {problem.wanted}")
        say(f"    got:    {problem.got}")
    if found.outcome is Outcome.ERROR:
        warn(f"netfsm replay: {found.reason}")
    return {Outcome.FIXED: Exit.FINE, Outcome.FAILED: Exit.FINDINGS, Outcome.ERROR: Exit.BUG}[
        found.outcome
    ]
