"""The first two keys of a spec: its kind with its name, and the version of the language."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from netfsm.spec.findings import Findings, quoted
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Scalar

__all__ = ["KINDS", "RESERVED", "VERSION", "Head", "read_head"]

KINDS: Final = ("layer", "format", "machine", "chapter", "scope", "types", "compose", "registers")
RESERVED: Final = ("device",)
VERSION: Final = 1


@frozen
class Head:
    """What a file says of itself; `name` keeps its place."""

    kind: str
    name: Scalar


def read_head(root: Mapping, findings: Findings) -> Head | None:
    """Return kind and name; None with KIND noted where the first key is no kind of this version.

    A version other than `VERSION` is noted as LANGUAGE-VERSION, and the head is returned.
    """
    if not root.items:
        findings.add("KIND", root.mark, "the spec has no key", f"begin with {_one_of(KINDS)}")
        return None
    key, name = root.items[0]
    if key.value not in KINDS:
        _note_kind(root, key, findings)
        return None
    if not isinstance(name, Scalar) or not isinstance(name.value, str) or not name.text:
        message = f"the {key.text} has no name"
        findings.add("KIND", name.mark, message, f"write '{key.text}: layer.part'")
        return None
    _check_version(root, findings)
    return Head(key.text, name)


def _note_kind(root: Mapping, key: Scalar, findings: Findings) -> None:
    late = next((other for other, _ in root.items if other.value in KINDS), None)
    if key.value in RESERVED:
        message = f"{key.text} comes with the e1000 layer and is not supported in this version"
        hint = f"supported are {_one_of(KINDS)}"
    elif late is not None:
        message = f"{quoted(late.text)} is not the first key"
        hint = f"move '{late.text}: ...' to the top: the first key says what the file is"
    else:
        message = f"{quoted(key.text)} is no kind of spec"
        hint = closest(key.text, KINDS, f"the first key is {_one_of(KINDS)}")
    findings.add("KIND", key.mark, message, hint)


def _check_version(root: Mapping, findings: Findings) -> None:
    found = next((pair for pair in root.items if pair[0].value == "netfsm"), None)
    hint = f"write 'netfsm: {VERSION}' below the kind"
    if found is None:
        message = "the version of the language is missing"
        findings.add("LANGUAGE-VERSION", root.mark, message, hint)
    elif not isinstance(found[1], Scalar) or found[1].value is True or found[1].value != VERSION:
        shown = quoted(found[1].text) if isinstance(found[1], Scalar) else "that"
        message = f"version {shown} of the language is not known here"
        findings.add("LANGUAGE-VERSION", found[1].mark, message, hint)


def _one_of(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
