"""The page of a report: one offline file, its style within it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Any

from netfsm.conformance.report import Report
from netfsm.conformance.results import Case, Told

__all__ = ["page"]


def page(report: Report) -> str:
    """The whole page."""
    style = (files("netfsm.conformance") / "page.css").read_text(encoding="utf-8")
    failed = len(report.failed)
    verdict = f"{failed} of {len(report.cases)} cases failed" if failed else "every case passed"
    if not report.complete:
        verdict += "; the time was up before the end"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>netfsm conform: {escape(verdict)}</title><style>{style}</style></head><body>",
        f"<h1>{escape(verdict)}</h1>",
        _settings(report),
        _coverage(report),
        *(_failed(case) for case in report.failed),
        _passed(report),
        "</body></html>",
    ]
    return "\n".join(parts)


def _settings(report: Report) -> str:
    seed = "of the profile" if report.seed is None else str(report.seed)
    target, profile = escape(report.target), escape(report.profile)
    return f"<p>against <b>{target}</b>, profile <b>{profile}</b>, seeds {seed}</p>"


def _coverage(report: Report) -> str:
    rows = [
        f"<tr><th>{escape(name)}</th><td>{part.taken} of {part.rows}</td>"
        f"<td>{_bar(part.taken, part.rows)}</td><td>{escape(', '.join(part.missed))}</td></tr>"
        for name, part in report.coverage().items()
    ]
    head = "<tr><th>layer</th><th>rows taken</th><th></th><th>missed</th></tr>"
    return f"<h2>Rows</h2><table>{head}{''.join(rows)}</table>"


def _bar(taken: int, rows: int) -> str:
    if not rows:
        return "no machine"
    return f'<progress value="{taken}" max="{rows}">{taken} of {rows}</progress>'


def _failed(case: Case) -> str:
    told = "".join(_problem(failure) for failure in case.failures())
    steps = "".join(_step(number, step) for number, step in enumerate(case.walk, 1))
    head = (
        "<tr><th></th><th>time</th><th>state</th><th>event</th><th>row</th><th>to</th>"
        "<th>gives</th></tr>"
    )
    begin = f"<p>{escape(case.begin)}</p>" if case.begin else ""
    ladder = f'<table class="walk">{head}{steps}</table>' if steps else ""
    again = escape("\n".join(case.reproduce()))
    return f"<h2>{escape(case.id)}</h2>{told}{begin}{ladder}<pre>{again}</pre>"


def _problem(failure: Mapping[str, Any]) -> str:
    place = escape(f"{failure['file']}:{failure['line']}")
    cited = ", ".join(failure["clauses"])
    return (
        f"<p><b>{escape(str(failure['code']))}</b> {place} {escape(str(failure['subject']))} "
        f"<i>{escape(cited)}</i></p>"
        f'<dl><dt>wanted</dt><dd class="wanted">{escape(str(failure["wanted"]))}</dd>'
        f'<dt>got</dt><dd class="got">{escape(str(failure["got"]))}</dd></dl>'
    )


def _step(number: int, step: Told) -> str:
    given = ", ".join(f"{name}={value}" for name, value in step.inputs.items())
    out = "; ".join((*step.emits, *(f"timer {order}" for order in step.timers)))
    wrong = ' class="wrong"' if step.problems else ""
    cells = (
        str(number),
        f"{step.at / 1_000_000:.6f} s",
        step.before,
        f"{step.event}({given})",
        step.row,
        step.state,
        out,
    )
    return f"<tr{wrong}>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _passed(report: Report) -> str:
    names: dict[str, list[str]] = {}
    for case in report.cases:
        if not case.problems:
            names.setdefault(f"{case.suite}: {case.subject}", []).append(case.name)
    groups = "".join(
        f"<details><summary>{escape(group)}, {len(cases)}</summary>"
        f"<p>{escape(', '.join(cases))}</p></details>"
        for group, cases in names.items()
    )
    return f"<h2>Passed</h2>{groups or '<p>none</p>'}"
