"""What every verb shares: exit codes, the JSON reply, `--format`, how findings are told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from functools import wraps
from typing import Final, TypeVar

import click

from netfsm import __version__
from netfsm.errors import InternalError, NetfsmError, Remark, SpecError, TargetError
from netfsm.spec.classes import unreadable
from netfsm.spec.findings import Finding

SCHEMA: Final = 1
"""The version of the JSON replies; `netfsm/cli/schemas` holds their schemas."""

Command = TypeVar("Command", bound=Callable[..., object])


class Exit(IntEnum):
    """What a run ends with (DESIGN §10)."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    UNAVAILABLE = 3
    BUG = 4
    NOTHING_RUN = 5
    INTERRUPTED = 130


def say(text: str) -> None:
    """Print a line on standard output."""
    click.echo(text, color=_colour())


def warn(text: str) -> None:
    """Print a line on standard error."""
    click.echo(text, err=True, color=_colour())


def _colour() -> bool | None:
    """No colour where NO_COLOR asks for none; else click looks whether there is a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def reply(
    verb: str, code: int, findings: Iterable[Remark] = (), more: Mapping[str, object] | None = None
) -> None:
    """Print the one JSON object of `verb`; `more` holds what only this verb tells."""
    body: dict[str, object] = {"schema": SCHEMA, "verb": verb, "exit": int(code)}
    body["findings"] = [finding_json(finding) for finding in findings]
    body.update(more or {})
    say(json.dumps(body, ensure_ascii=False, indent=2))


def finding_json(finding: Remark) -> dict[str, object]:
    """A finding as every reply holds it."""
    return {
        "code": finding.code,
        "severity": getattr(finding, "severity", "error"),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def told(finding: Remark) -> str:
    """A finding for people: `file:line:col: CODE message`, and what to do on a second line."""
    severity = getattr(finding, "severity", "error")
    colour = {"error": "red", "warning": "yellow"}.get(severity, "cyan")
    place = click.style(f"{finding.file}:{finding.line}:{finding.column}:", bold=True)
    note = "" if severity == "error" else f"{severity}: "
    line = f"{place} {click.style(finding.code, fg=colour)} {note}{finding.message}"
    return "\n    ".join([line, *finding.hint.splitlines()])


def format_option(*forms: str) -> Callable[[Command], Command]:
    """The option `--format`, the first of `forms` being what is printed without it."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="How to print the result.",
    )


def command(name: str, says: str = "") -> Callable[[Callable[..., int]], click.Command]:
    """A verb of the command line: a function that returns its exit code.

    It gets `--version`, and what it raises becomes an exit code, one or more lines on standard
    error and, under `--format json`, still exactly one JSON object on standard output. `says` is
    its help where the function's docstring isn't.
    """

    def made(function: Callable[..., int]) -> click.Command:
        @wraps(function)
        def guarded(**options: object) -> int:
            try:
                return int(function(**options))
            except NetfsmError as error:
                return _failed(name, str(options.get("form", "text")), error)

        verb = click.command(name, help=says or None)(guarded)
        return click.version_option(__version__, prog_name="netfsm")(verb)

    return made


def _failed(name: str, form: str, error: NetfsmError) -> int:
    code = Exit.FINDINGS
    findings: tuple[Remark, ...] = ()
    if isinstance(error, SpecError):
        findings = error.findings
        code = Exit.USAGE if unreadable(_known(findings)) else Exit.FINDINGS
    elif isinstance(error, TargetError):
        code = Exit.UNAVAILABLE
    elif isinstance(error, InternalError):
        code = Exit.BUG
    if form == "json":
        reply(name, code, findings, {"error": str(error)})
    elif findings:
        for finding in findings:
            warn(told(finding))
    else:
        warn(f"netfsm {name}: {error}")
    return code


def _known(findings: Iterable[Remark]) -> Iterable[Finding]:
    return (finding for finding in findings if isinstance(finding, Finding))


def later(name: str, what: str) -> int:
    """Say plainly that a verb isn't in this version; exit code 2."""
    warn(f"netfsm {name}: {what} comes later; it is not in this version")
    return Exit.USAGE
