"""`netfsm check`: what is wrong with specs, and what of them is proved."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import click
from attrs import evolve

from netfsm.cli.check_cases import Cases
from netfsm.cli.common import Exit, command, format_option, reply, say, told, warn
from netfsm.cli.extras import remedy
from netfsm.cli.progress import obligations_shown
from netfsm.cli.sarif import sarif
from netfsm.errors import TargetError
from netfsm.prove.checking import check
from netfsm.prove.numbers import Encoding
from netfsm.spec.checking import Report
from netfsm.spec.findings import Findings

if TYPE_CHECKING:
    from netfsm.cli.check_compose import Explorations

_COUNTS: Final = ("obligations", "proved", "refuted", "unknown")


@command("check")
@click.argument("specs", nargs=-1, metavar="[SPEC]...")
@click.option("--no-prove", is_flag=True, help="Only what needs no solver.")
@click.option("--compose", is_flag=True, help="Explore compositions too.")
@click.option("--spin", is_flag=True, help="With --compose: search them with SPIN too.")
@click.option("--larger", is_flag=True, help="With --compose: SPIN, with larger bounds too.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --compose: the folder for ladders, as text, Mermaid and SVG.",
)
@click.option(
    "--encoding",
    type=click.Choice(get_args(Encoding)),
    default="int",
    help="Numbers as linear integers, or as bit-vectors for a second opinion.",
)
@click.option(
    "--cases",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for what is refuted, as cases for netfsm replay.",
)
@format_option("text", "json", "sarif")
def verb(
    *,
    specs: tuple[str, ...],
    no_prove: bool,
    compose: bool,
    spin: bool,
    larger: bool,
    output: Path | None,
    encoding: Encoding,
    cases: Path | None,
    form: str,
) -> int:
    """Check specs, all of them where none is named: what is wrong, where, and what to do.

    Without --no-prove it proves them too, which needs the extra prove. With --compose it explores
    the compositions among them, those of a layer that is named too; with --spin SPIN searches them
    as well, which needs the programs spin and gcc.
    """
    if (spin or larger) and not compose:
        raise click.UsageError("--spin and --larger go with --compose")
    jobs = os.cpu_count() or 1
    try:
        if spin or larger:
            from netfsm.prove.spin import need_programs

            need_programs()
        with obligations_shown() as step:
            report = check(
                *specs,
                prove=not no_prove,
                jobs=jobs,
                told=step,
                encoding=encoding,
                ran=Cases(cases),
            )
    except TargetError as error:
        return _unavailable(str(error), form)
    except ModuleNotFoundError as error:
        line = remedy(error)
        if line is None:
            raise
        message = f"{line.removeprefix('netfsm: ')}, or run netfsm check --no-prove"
        return _unavailable(message, form)
    explored = None
    if compose:
        from netfsm.cli.check_compose import explore

        explored = explore(specs, spin=spin, larger=larger, jobs=jobs)
        found = Findings((*report.findings, *explored.findings))
        report = evolve(report, findings=tuple(found))
        if output is not None:
            explored.draw(output)
    code = report.exit_code
    if explored is not None and not explored.each and not code:
        code = Exit.NOTHING_RUN
        warn("netfsm check: there is no composition to explore")
    if form == "json":
        more: dict[str, object] = {"checked": list(report.names)}
        more |= {name: getattr(report, name) for name in _COUNTS}
        if explored is not None:
            more["compositions"] = explored.json()
        reply("check", code, report.findings, more)
    elif form == "sarif":
        say(sarif(report.findings, code))
    else:
        _tell(report, explored, proved=not no_prove)
    return code


def _unavailable(message: str, form: str) -> int:
    warn(f"netfsm check: {message}")
    if form == "json":
        more = {**dict.fromkeys(_COUNTS, 0), "error": message}
        reply("check", Exit.UNAVAILABLE, more=more)
    elif form == "sarif":
        say(sarif((), Exit.UNAVAILABLE, error=message))
    return Exit.UNAVAILABLE


def _tell(report: Report, explored: Explorations | None, *, proved: bool) -> None:
    ladders = {} if explored is None else explored.ladders()
    for finding in report.findings:
        say(told(finding))
        shown = ladders.get((finding.code, finding.message), "")
        if shown:
            say(f"\n{shown}\n")
    if explored is not None:
        explored.tell()
    count = Counter(finding.severity for finding in report.findings)
    parts = [
        f"{count[each]} {each}{'s' if count[each] != 1 else ''}"
        for each in ("error", "warning", "note")
    ]
    last = "nothing proved"
    if proved:
        last = (
            f"{report.proved} of {report.obligations} obligations proved, "
            f"{report.refuted} refuted, {report.unknown} unknown; "
            f"re-proved {report.fresh} of {report.obligations}"
        )
    say(f"{len(report.names)} specs: {', '.join(parts)}; {last}")
