"""Findings as SARIF 2.1.0, which code-scanning services read."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from netfsm import __version__
from netfsm.errors import Remark
from netfsm.spec.codes import explain_code

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
_BASE: Final = "SRCROOT"
_LEVELS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning", "note": "note"}
_LINE: Final = re.compile(r"\bline \d+")


def sarif(findings: Iterable[Remark], code: int, *, error: str = "") -> str:
    """The SARIF log of one run that ends with exit code `code`.

    The rules are those of the catalogue that occur. `error` says why there is no result. Paths of
    files below the current directory are relative to it.
    """
    found = list(findings)
    codes = sorted({finding.code for finding in found})
    invocation: dict[str, object] = {"executionSuccessful": not error, "exitCode": int(code)}
    if error:
        note = {"level": "error", "message": {"text": error}}
        invocation["toolExecutionNotifications"] = [note]
    driver = {
        "name": "netfsm",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(each) for each in codes],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "originalUriBaseIds": {_BASE: {"description": {"text": "the directory of the run"}}},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(found, codes)),
    }
    log = {"$schema": f"{_SCHEMA}sarif-schema-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _rule(code: str) -> dict[str, object]:
    """What the catalogue knows of a code; a rule by name alone where it knows nothing."""
    entry = explain_code(code)
    if entry is None:
        return {"id": code}
    text = f"{entry.cause} {entry.mend}\n\nWrong is, for instance:\n{entry.wrong}"
    shown = f"{entry.cause}\n\n**Mend:** {entry.mend}\n\n```yaml\n{entry.wrong}\n```"
    return {
        "id": code,
        "shortDescription": {"text": entry.rule},
        "fullDescription": {"text": f"{entry.rule} {entry.cause}"},
        "help": {"text": text, "markdown": shown},
    }


def _results(findings: Sequence[Remark], codes: Sequence[str]) -> Iterable[dict[str, object]]:
    seen = Counter[str]()
    for finding in findings:
        print_ = _fingerprint(finding)
        seen[print_] += 1
        text = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
        yield {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": _LEVELS[getattr(finding, "severity", "error")],
            "message": {"text": text},
            "locations": [_location(finding)],
            "partialFingerprints": {"netfsm/v1": f"{print_}:{seen[print_]}"},
        }


def _location(finding: Remark) -> dict[str, object]:
    """Where it stands; what was asked for by a name that no file has is told by that name."""
    if not finding.file.endswith((".yaml", ".yml")) and not Path(finding.file).exists():
        return {"logicalLocations": [{"fullyQualifiedName": finding.file}]}
    region = {"startLine": max(1, finding.line), "startColumn": max(1, finding.column)}
    return {"physicalLocation": {"artifactLocation": _artifact(finding.file), "region": region}}


def _artifact(file: str) -> dict[str, str]:
    path = Path(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": _BASE}


def _fingerprint(finding: Remark) -> str:
    """The same for a finding that moved in its file: of its code, file and message."""
    message = _LINE.sub("line", finding.message)
    text = f"{finding.code}\0{Path(finding.file).as_posix()}\0{message}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
