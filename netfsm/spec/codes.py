"""The catalogue of findings: for each code its rule, the usual cause, the mend and an example.

The words stand in `codes*.yaml` beside this module; `netfsm explain CODE` prints them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from attrs import frozen

from netfsm.spec.findings import Findings
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.shape import Shape
from netfsm.spec.source import parse_source

__all__ = ["Entry", "catalogue", "explain_code"]

_KEYS = ("rule", "cause", "mend", "wrong")


@frozen
class Entry:
    """What is to be known of one code.

    `rule` is what the language asks, `cause` how one comes to break it, `mend` what to do, `wrong`
    a small spec, or a piece of one, that gets this finding.
    """

    code: str
    rule: str
    cause: str
    mend: str
    wrong: str


@cache
def catalogue() -> Mapping[str, Entry]:
    """Return every entry by its code, file by file.

    Raises:
        ValueError: the catalogue itself is faulty; a test keeps it sound.
    """
    findings = Findings()
    entries: dict[str, Entry] = {}
    for file in sorted(files("netfsm.spec").iterdir(), key=lambda file: file.name):
        if file.name.startswith("codes") and file.name.endswith(".yaml"):
            for entry in _entries(file, findings):
                if entry.code in entries:
                    raise ValueError(f"{file.name}: {entry.code} stands in another file too")
                entries[entry.code] = entry
    if findings.errors:
        raise ValueError("\n".join(str(finding) for finding in findings.errors))
    return MappingProxyType(entries)


def _entries(file: Traversable, findings: Findings) -> Iterator[Entry]:
    root = parse_source(file.read_text(encoding="utf-8"), f"netfsm/spec/{file.name}", findings)
    for key, node in root.items if root is not None else ():
        if isinstance(node, MappingNode):
            shape = Shape(node, findings, f"the entry {key.text}", _KEYS)
            rule, cause, mend, wrong = (shape.text(name, required=True).strip() for name in _KEYS)
            yield Entry(key.text, rule, cause, mend, wrong)


def explain_code(code: str) -> Entry | None:
    """Return the entry of `code` in upper or lower case, None if there is no such code."""
    return catalogue().get(code.strip().upper())
