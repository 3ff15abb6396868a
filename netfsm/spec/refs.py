"""Clauses: `RFC 826, RFC 1122 §2.3.2.1` taken apart into documents and places in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf

from attrs import frozen

from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.model import Ref
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.shape import Shape

__all__ = ["Documents", "documents_of", "read_refs", "refs_of"]

_HINT = "write a document and a clause: RFC 5227 §2.4, RFC 9293 MUST-41, or several with commas"
_DOCUMENT = re.compile(
    r"(?P<name>(?!RFC(?! [0-9]))[A-Z][\w./-]*(?: [A-Za-z]*[0-9][\w./-]*)?)(?: (?P<clause>\S.*))?"
)
_CLAUSE = re.compile(
    r"(?:§[0-9A-Z]+(?:\.[0-9A-Za-z]+)*|[A-Z]{3,}-[0-9]+"
    r"|(?:[Aa]ppendix|[Ff]igure|[Tt]able|[Ee]rratum|[Pp]age|[Nn]ote) [0-9A-Z][\w.-]*"
    r"|\"[^\"]+\"|[A-Z][a-z]+)"  # a heading, where a document numbers none (RFC 826)
    r"(?: [^§]*)?"
)


@frozen
class Documents:
    """The documents of clauses that name none: `own` the machine's, `files` those of chapters."""

    own: str
    files: MappingOf[str, str]

    def at(self, mark: Mark) -> str:
        """The document that a clause at `mark` belongs to."""
        return self.files.get(mark.file, self.own)


def documents_of(root: Shape) -> Documents:
    """The first document of a machine's own `ref:`, and of the `ref:` of each of its chapters."""
    node = root.node("chapters")
    heads = node.items if isinstance(node, Sequence) else ()
    refs = {head.mark.file: head.get("ref") for head in heads if isinstance(head, Mapping)}
    firsts = {file: _first(ref) for file, ref in refs.items()}
    return Documents(_first(root.node("ref")), {f: first for f, first in firsts.items() if first})


def _first(ref: Node | None) -> str:
    refs = read_refs(ref, Findings())
    return refs[0].document if refs else ""


def read_refs(node: Node | None, findings: Findings, document: str = "") -> tuple[Ref, ...]:
    """Return the clauses of a `ref:`; empty where nothing usable stands, with BAD-REF noted.

    A clause without a document belongs to the one before it, the first to `document`.
    """
    found: list[Ref] = []
    for text, applies_if, mark in _texts(node, findings):
        for part in text.split(","):
            ref = _ref(" ".join(part.split()), document, applies_if)
            if ref is None:
                what = quoted(part.strip())
                findings.add("BAD-REF", mark, f"{what} names no document and clause", _HINT)
                continue
            document = ref.document
            found.append(ref)
    return tuple(found)


def refs_of(text: str) -> tuple[Ref, ...]:
    """Return the clauses of `text` as a `ref:` would have them; what is no clause is left out."""
    return read_refs(Scalar(text, text, plain=True, mark=Mark("", 1, 1)), Findings())


def _texts(node: Node | None, findings: Findings) -> Iterator[tuple[str, str, Mark]]:
    """Yield text, condition and place of each entry of `ref:`."""
    if node is None:
        return
    entries = node.items if isinstance(node, Sequence) else (node,)
    for entry in entries:
        condition = ""
        if isinstance(entry, Mapping):
            given = entry.get("applies-if")
            condition = given.text if isinstance(given, Scalar) else ""
            entry = entry.get("ref") or entry  # noqa: PLW2901  # the mapping says it of this text
        if isinstance(entry, Scalar) and entry.text.strip():
            yield entry.text, condition, entry.mark
        else:
            findings.add("BAD-REF", entry.mark, "a reference is a text, or a list of texts", _HINT)


def _ref(part: str, before: str, applies_if: str) -> Ref | None:
    """Return the clause that `part` names, `before` being the document of the clause before it."""
    if _CLAUSE.fullmatch(part):
        return Ref(before, part, applies_if) if before else None
    match = _DOCUMENT.fullmatch(part)
    if match is None:
        return None
    clause = match["clause"] or ""
    if clause and not _CLAUSE.fullmatch(clause):
        return None
    return Ref(match["name"], clause, applies_if)
