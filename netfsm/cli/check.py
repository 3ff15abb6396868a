"""`netfsm check`: what is wrong with specs, and what of them is proved."""

from __future__ import annotations

import os
from collections import Counter
from typing import Final, get_args

import click

from netfsm.cli.common import Exit, command, format_option, reply, say, told, warn
from netfsm.cli.extras import remedy
from netfsm.cli.progress import obligations_shown
from netfsm.cli.sarif import sarif
from netfsm.prove.checking import check
from netfsm.prove.numbers import Encoding
from netfsm.spec.checking import Report

_COUNTS: Final = ("obligations", "proved", "refuted", "unknown")


@command("check")
@click.argument("specs", nargs=-1, metavar="[SPEC]...")
@click.option("--no-prove", is_flag=True, help="Only what needs no solver.")
@click.option("--compose", is_flag=True, help="Explore compositions. Not in this version.")
@click.option(
    "--encoding",
    type=click.Choice(get_args(Encoding)),
    default="int",
    help="Numbers as linear integers, or as bit-vectors for a second opinion.",
)
@format_option("text", "json", "sarif")
def verb(
    specs: tuple[str, ...], no_prove: bool, compose: bool, encoding: Encoding, form: str
) -> int:
    """Check specs, all of them where none is named: what is wrong, where, and what to do.

    Without --no-prove it proves them too, which needs the extra prove.
    """
    if compose:
        return _unavailable("compositions are not explored in this version", form)
    try:
        with obligations_shown() as step:
            jobs = os.cpu_count() or 1
            report = check(*specs, prove=not no_prove, jobs=jobs, told=step, encoding=encoding)
    except ModuleNotFoundError as error:
        line = remedy(error)
        if line is None:
            raise
        message = f"{line.removeprefix('netfsm: ')}, or run netfsm check --no-prove"
        return _unavailable(message, form)
    code = report.exit_code
    if form == "json":
        counts = {name: getattr(report, name) for name in _COUNTS}
        reply("check", code, report.findings, {"checked": list(report.names), **counts})
    elif form == "sarif":
        say(sarif(report.findings))
    else:
        _tell(report, proved=not no_prove)
    return code


def _unavailable(message: str, form: str) -> int:
    warn(f"netfsm check: {message}")
    if form == "json":
        more = {**dict.fromkeys(_COUNTS, 0), "error": message}
        reply("check", Exit.UNAVAILABLE, more=more)
    return Exit.UNAVAILABLE


def _tell(report: Report, *, proved: bool) -> None:
    for finding in report.findings:
        say(told(finding))
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
