"""The numbered requirements of a document: files `requirements.yaml` beside the specs.

Such a file holds the sentences as the document has them. What meets one names it in its `ref:`
(`netfsm.spec.cited`), or is a test with a mark (`netfsm.spec.marked`); `undone` says why none does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast, get_args

from attrs import field, frozen

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.head import VERSION
from netfsm.spec.index import search_roots
from netfsm.spec.model import Ref
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping
from netfsm.spec.source import read_source

__all__ = ["FILE", "LEVELS", "Level", "Numbered", "Sentence", "find_numbered", "read_numbered"]

FILE: Final = "requirements.yaml"
Level = Literal["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]
LEVELS: Final = cast("tuple[Level, ...]", get_args(Level))

_FILE_KEYS: Final = ("requirements", "netfsm", "title", "says", "numbered")
_KEYS: Final = ("level", "ref", "says", "undone")


@frozen
class Sentence:
    """A numbered requirement, where it stands, and why it is not met ("" where it is)."""

    number: str
    level: Level
    refs: tuple[Ref, ...]
    says: str
    undone: str
    mark: Mark = field(eq=False)


@frozen
class Numbered:
    """All numbered requirements of `document`, in the order of its own list."""

    document: str
    title: str
    says: str
    sentences: tuple[Sentence, ...]

    def find(self, number: str) -> Sentence | None:
        """The requirement `MUST-41`, None where the document has none."""
        return next((each for each in self.sentences if each.number == number), None)


@cache
def find_numbered() -> Mapping[str, Numbered]:
    """The requirements that can be found, by document; of two files of one document the first.

    Raises:
        ValueError: a file is faulty; the message tells where, and what to do.
    """
    findings = Findings()
    found: dict[str, Numbered] = {}
    for path in _files(search_roots()):
        numbered = read_numbered(path, findings)
        if numbered is not None:
            found.setdefault(numbered.document, numbered)
    if findings.errors:
        raise ValueError("\n".join(str(finding) for finding in findings.errors))
    return MappingProxyType(found)


def read_numbered(path: str | os.PathLike[str], findings: Findings) -> Numbered | None:
    """Read one file, its faults noted; None where it has no head."""
    root = read_source(path, findings)
    if root is None:
        return None
    shape = Shape(root, findings, "a file of requirements", _FILE_KEYS)
    document = shape.text("requirements", required=True)
    version = shape.number("netfsm", required=True, least=VERSION, most=VERSION)
    if version is None or not document:
        return None
    sentences = [
        _sentence(key, mapping, document, findings)
        for key, node in shape.entries("numbered", required=True)
        if (mapping := expect_mapping(node, findings, f"requirement {key.text}")) is not None
    ]
    sound = tuple(each for each in sentences if each is not None)
    return Numbered(document, shape.text("title"), shape.text("says").strip(), sound)


def _sentence(key: Scalar, node: MappingNode, document: str, findings: Findings) -> Sentence | None:
    shape = Shape(node, findings, f"requirement {key.text}", _KEYS)
    level = shape.choice("level", LEVELS, required=True)
    refs = read_refs(shape.node("ref", required=True), findings, document)
    says = shape.text("says", required=True)
    undone = shape.text("undone").strip()
    if level is None:
        return None
    return Sentence(key.text, cast("Level", level), refs, says, undone, key.mark)


def _files(roots: Iterable[Path]) -> list[Path]:
    return [path for root in roots for path in sorted(root.rglob(FILE))]
