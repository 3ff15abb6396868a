"""`netfsm replay`: a recorded case again: FIXED (0), FAILED (1) or ERROR (4)."""

from __future__ import annotations

from pathlib import Path

import click

from netfsm.cli.common import Exit, command, say, warn


@command("replay")
@click.argument("case", type=click.Path(path_type=Path))
def verb(case: Path) -> int:
    """Run a recorded CASE again: its folder in a report, or its case.json."""
    if not case.exists():
        raise click.UsageError(f"there is no {case}: netfsm conform --report DIR records cases")
    from netfsm.conformance.replay import Outcome, replay

    found = replay(case)
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
