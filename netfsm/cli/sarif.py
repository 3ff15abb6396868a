"""Findings as SARIF 2.1.0, which code-scanning services read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from netfsm import __version__
from netfsm.spec.codes import explain_code
from netfsm.spec.findings import Finding


def sarif(findings: Iterable[Finding]) -> str:
    """The SARIF log of one run; the rules are those of the catalogue that occur."""
    found = list(findings)
    codes = sorted({finding.code for finding in found})
    driver = {"name": "netfsm", "version": __version__, "rules": [_rule(code) for code in codes]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(each) for each in found]}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2)


def _rule(code: str) -> dict[str, object]:
    entry = explain_code(code)
    rule: dict[str, object] = {"id": code}
    if entry is not None:
        rule["shortDescription"] = {"text": entry.rule}
        rule["help"] = {"text": entry.mend}
    return rule


def _result(finding: Finding) -> dict[str, object]:
    text = f"{finding.message}: {finding.hint}" if finding.hint else finding.message
    region = {"startLine": finding.line, "startColumn": finding.column}
    place = {"artifactLocation": {"uri": finding.file}, "region": region}
    return {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }
