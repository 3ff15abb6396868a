"""The report folder: index.html, junit.xml, events.ndjson, coverage.json, a folder a failed case.

Everything is written into a folder of its own and that is put in place at the end, so that a
report is whole or not there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from netfsm.conformance.case_file import yaml_text
from netfsm.conformance.page import page
from netfsm.conformance.report import Report
from netfsm.conformance.results import Case

__all__ = ["write_report"]

MARK = "coverage.json"
"""What tells a report folder from any other, before it is replaced."""


def write_report(report: Report, folder: Path) -> Path:
    """Write `report` and return `folder`.

    Raises:
        FileExistsError: something else than an earlier report stands there.
    """
    _check_place(folder)
    fresh = folder.with_name(f"{folder.name}.new-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    (fresh / "index.html").write_text(page(report), encoding="utf-8")
    _junit(report).write(fresh / "junit.xml", encoding="utf-8", xml_declaration=True)
    (fresh / "events.ndjson").write_text(_events(report), encoding="utf-8")
    _json(fresh / MARK, report.to_json()["layers"])
    _json(fresh / "report.json", report.to_json())
    for case in report.failed:
        _case(fresh / "cases" / case.folder, case)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
    return folder


def _check_place(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and (folder / MARK).is_file()):
        return
    if folder.is_dir() and not any(folder.iterdir()):
        return
    raise FileExistsError(f"{folder} is there already and is no report: choose another folder")


def _json(file: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    file.write_text(f"{text}\n", encoding="utf-8")


def _case(folder: Path, case: Case) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _json(folder / "case.json", {**case.record, "id": case.id, "failures": case.failures()})
    (folder / "case.txt").write_text(told_case(case), encoding="utf-8")
    if case.document is not None:
        text = yaml_text(case.document, [case.id, *_remarks(case), *case.reproduce()])
        (folder / "case.yaml").write_text(text, encoding="utf-8")


def _remarks(case: Case) -> Iterator[str]:
    """What is wrong, for the head of a case file; the file itself says what was wanted."""
    for problem in case.failures():
        yield f"{problem['file']}:{problem['line']}: {problem['code']}"
        yield from (f"    {word}: {problem[word]}" for word in ("wanted", "got"))


def told_case(case: Case) -> str:
    """A failed case as text: each problem, the walk to it, and how to see it again."""
    lines = [case.id, ""]
    for failure in case.failures():
        clauses = ", ".join(failure["clauses"])
        lines += [
            f"{failure['file']}:{failure['line']}: {failure['code']} {failure['subject']}",
            f"    clause: {clauses or 'none'}",
            f"    wanted: {failure['wanted']}",
            f"    got:    {failure['got']}",
        ]
    lines += ["", *([case.begin] if case.begin else [])]
    lines += [*(_step(number, step.to_json()) for number, step in enumerate(case.walk, 1))]
    return "\n".join([*lines, "", *case.reproduce(), ""])


def _step(number: int, step: dict[str, Any]) -> str:
    told = ", ".join(f"{name}={value}" for name, value in step["with"].items())
    head = f"{number:3}  {step['at']:>12} us  {step['before']} --{step['event']}({told})-->"
    out = "; ".join([*step["emits"], *(f"timer {order}" for order in step["timers"])])
    return f"{head} {step['state']}  [{step['row']}]{f'  {out}' if out else ''}"


def _events(report: Report) -> str:
    lines: list[str] = []
    for case in report.cases:
        head = {"case": case.id, "result": "failed" if case.problems else "passed"}
        lines.append(json.dumps(head, ensure_ascii=False))
        lines += [
            json.dumps({"case": case.id, **step.to_json()}, ensure_ascii=False)
            for step in case.walk
        ]
    return "".join(f"{line}\n" for line in lines)


def _junit(report: Report) -> ET.ElementTree[ET.Element]:
    failed = report.failed
    root = ET.Element(
        "testsuites", tests=str(len(report.cases)), failures=str(len(failed)), name="netfsm"
    )
    suites: dict[str, ET.Element] = {}
    for case in report.cases:
        name = f"{case.suite}.{case.subject}"
        if name not in suites:
            suites[name] = ET.SubElement(root, "testsuite", name=name)
        item = ET.SubElement(suites[name], "testcase", classname=name, name=case.name)
        if case.problems:
            first = case.problems[0]
            told = ET.SubElement(item, "failure", type=first.code, message=first.wanted)
            told.text = _printable(told_case(case))
    for name, suite in suites.items():
        mine = [case for case in report.cases if f"{case.suite}.{case.subject}" == name]
        suite.set("tests", str(len(mine)))
        suite.set("failures", str(sum(bool(case.problems) for case in mine)))
    return ET.ElementTree(root)


def _printable(text: str) -> str:
    """XML has no control characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
