"""`netfsm conform`: suites made from specs, run against a target."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netfsm.cli.common import Exit, command, format_option, reply, say, warn
from netfsm.cli.progress import suites_shown
from netfsm.cli.specs import known

if TYPE_CHECKING:
    from netfsm.conformance.report import Report


@command("conform")
@click.argument("layers", nargs=-1, metavar="[LAYER]...")
@click.option("--against", default="self", show_default=True, metavar="TARGET", help="What is run.")
@click.option(
    "--profile", type=click.Choice(["quick", "ci", "campaign"]), default="quick", show_default=True
)
@click.option("--mutants", is_flag=True, help="Put mistakes into specs; who tells them?")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Of so many at most.")
@click.option("--seed", type=int, help="Chance from this seed.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="A folder.")
@click.option("--max-time", type=click.FloatRange(min=0), metavar="S", help="Seconds at most.")
@format_option("text", "json")
def verb(
    *,
    layers: tuple[str, ...],
    against: str,
    profile: str,
    mutants: bool,
    sample: int | None,
    seed: int | None,
    report: Path | None,
    max_time: float | None,
    form: str,
) -> int:
    """Run the suites of LAYERs, of all where none is named, against a TARGET.

    With --mutants, mistakes are put into the specs one at a time, and checks, proofs, vectors and
    compositions must tell them; suites compare them with the original. With --sample N of more
    than N mutants a part is judged, which --seed chooses.
    """
    if mutants and against != "self":
        raise click.UsageError("--mutants does not go with --against")
    if sample is not None and not mutants:
        raise click.UsageError("--sample goes with --mutants")
    names = [spec.name for spec in known("layer")]
    unknown = [layer for layer in layers if layer not in names]
    if unknown:
        raise click.UsageError(f"there is no layer {unknown[0]}: there is {', '.join(names)}")
    if mutants:
        from netfsm.cli.mutants import run as run_mutants

        return run_mutants(
            layers or names,
            profile=profile,
            seed=seed,
            max_time=max_time,
            most=sample,
            folder=report,
            form=form,
        )
    from netfsm.conformance.run import run

    with suites_shown() as progress:
        found = run(
            layers or names,
            against=against,
            profile=profile,
            seed=seed,
            report=report,
            max_time=max_time,
            progress=progress,
        )
    code = found.exit_code
    if form == "json":
        told = found.to_json()
        parts = ("layers", "cases", "skipped", "failures")
        reply("conform", code, more={name: told[name] for name in parts})
    else:
        tell(found)
    if report is not None:
        warn(f"the report: {report / 'index.html'}")
    if code == Exit.NOTHING_RUN:
        warn("netfsm conform: nothing was run")
    return code


def tell(report: Report) -> None:
    """Print failures as a person mends them, then the rows taken by layer."""
    tell_failures(report)
    for name, layer in report.coverage().items():
        say(f"{name}: {layer.taken} of {layer.rows} rows taken")
        for row in layer.missed:
            say(f"    missed {row}")
    for suite, reasons in report.skipped.items():
        say(f"{suite}: skipped, for {'; '.join(reasons)}")
    unfinished = "" if report.complete else "; the time was up before the end"
    counts = ", ".join(f"{count} {suite}" for suite, count in report.counts.items())
    say(f"{len(report.cases)} cases ({counts}), {len(report.failed)} failed{unfinished}")


def tell_failures(report: Report) -> None:
    """Print each failure: place, code and clause, the walk to it, wanted beside got."""
    for failure in report.failures:
        _tell_failure(failure)


def _tell_failure(failure: Mapping[str, Any]) -> None:
    clauses = ", ".join(failure["clauses"])
    place = f"{failure['file']}:{failure['line']}"
    say(f"{place}: {failure['code']} {failure['subject']}{f' ({clauses})' if clauses else ''}")
    if failure["begin"]:
        say(f"    {failure['begin']}")
    for number, step in enumerate(failure["walk"], 1):
        given = ", ".join(f"{name}={value}" for name, value in step["with"].items())
        emits = f"  > {'; '.join(step['emits'])}" if step["emits"] else ""
        states = f"{step['before']} -> {step['state']}"
        say(f"    {number:>3}. {step['event']}({given})  {states}  [{step['row']}]{emits}")
    say(f"    wanted: {failure['wanted']}")
    say(f"    got:    {failure['got']}")
    for line in failure["reproduce"]:
        say(f"    again:  {line}")
