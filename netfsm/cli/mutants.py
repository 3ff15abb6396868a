"""`netfsm conform --mutants`: the table of mutants by machine, and those that nobody told apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netfsm.cli.common import Exit, reply, say, warn
from netfsm.cli.extras import remedy
from netfsm.cli.progress import counted_shown
from netfsm.cli.tables import show_table

if TYPE_CHECKING:
    from netfsm.conformance.mutants.judged import Judged
    from netfsm.conformance.mutants.report import MutantReport, Share

_COLUMNS: Final = ("machine", "mutants", "types", "proofs", "vectors", "composed", "suites")
_ENDS: Final = ("equivalent", "survive", "killed", "by claims")


def run(
    layers: Sequence[str],
    *,
    profile: str,
    seed: int | None,
    max_time: float | None,
    most: int | None,
    folder: Path | None,
    form: str,
) -> int:
    """Judge the mutants of `layers` and tell what became of them; the exit code.

    With `folder` the record of the run and its page are written there.
    """
    from netfsm.conformance.mutants.record import write_record
    from netfsm.conformance.mutants.run import run_mutants

    try:
        with counted_shown("mutants") as progress:
            report = run_mutants(
                layers,
                profile=profile,
                seed=seed,
                max_time=max_time,
                most=most,
                progress=progress,
            )
    except ModuleNotFoundError as error:
        line = remedy(error)
        if line is None:
            raise
        warn(line)
        if form == "json":
            reply("conform", Exit.UNAVAILABLE, more={"error": line})
        return Exit.UNAVAILABLE
    code = report.exit_code
    if folder is not None:
        write_record(report, folder)
    if form == "json":
        reply("conform", code, more={"mutants": report.to_json()})
    else:
        tell(report)
    if code == Exit.NOTHING_RUN:
        warn("netfsm conform: nothing was run")
    return code


def tell(report: MutantReport) -> None:
    """Print the table, then each mutant that survives, and each that only suites tell apart."""
    from netfsm.conformance.mutants.report import GOAL

    for share in report.shares:
        _tell_those(share.survivors, "survives")
    for share in report.shares:
        _tell_those(share.unclaimed, "only the suites tell it")
    show_table((*_COLUMNS, *_ENDS), [_line(share) for share in report.shares])
    below = [share.machine for share in report.shares if share.claimed < GOAL]
    counted = "each layer's kills" if report.every_layer else "kills of the first layer that kills"
    last = f"below {GOAL:.0%}: {', '.join(below)}" if below else f"all at {GOAL:.0%} or above"
    unfinished = "" if report.complete else "; the time was up before the end"
    say(f"{len(report.judged)} mutants judged, {counted}; by claims {last}{unfinished}")


def _line(share: Share) -> tuple[str, ...]:
    count = len(share.judged)
    of = f"{count}" if count == share.made else f"{count} of {share.made}"
    kills = (str(number) for number in share.by.values())
    ends = (str(len(share.survivors)), f"{share.rate:.1%}", f"{share.claimed:.1%}")
    return (share.machine, of, *kills, str(share.equivalent), *ends)


def _tell_those(judged: Sequence[Judged], what: str) -> None:
    from netfsm.spec.findings import shown_path

    for each in judged:
        say(f"{shown_path(each.file)}:{each.line}: {what}: {each.id}")
        say(f"    {each.says}")
