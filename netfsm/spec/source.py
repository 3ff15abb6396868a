"""Reads one YAML file into an immutable tree that knows where everything stands.

`read_source` and `parse_source` never raise for what a file holds: whatever is wrong becomes a
finding, and as much of the tree as can be told is returned, so that later stages find more in the
same run. A caller that needs a sound tree looks at `findings.errors`.
"""

from __future__ import annotations

import os

from netfsm.spec.compose import MAX_DEPTH, compose
from netfsm.spec.findings import Finding, Findings, Mark
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.text import MAX_BYTES, clean_text, decode, read_bytes

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Mapping",
    "Mark",
    "Node",
    "Scalar",
    "Sequence",
    "parse_once",
    "parse_source",
    "read_source",
]


_parsed: dict[str, tuple[bytes, Mapping | None, tuple[Finding, ...]]] = {}  # trees never change


def read_source(path: str | os.PathLike[str], findings: Findings) -> Mapping | None:
    """Return the mapping that the file holds; None if it can't be read at all.

    Marks keep `path` as it is given.
    """
    name = os.fspath(path)
    data = read_bytes(name, findings)
    return None if data is None else parse_source(data, name, findings)


def parse_once(data: bytes, file: str, findings: Findings) -> Mapping | None:
    """What `parse_source` gives for `data`, parsed once for all who read that file as it is."""
    held = _parsed.get(file)
    if held is None or held[0] != data:
        told = Findings()
        root = parse_source(data, file, told)
        held = _parsed[file] = data, root, tuple(told)
    findings.extend(held[2])
    return held[1]


def parse_source(data: bytes | str, file: str, findings: Findings) -> Mapping | None:
    """Return the mapping in `data`, the contents of `file`; None if there is none.

    `data` may be text, for a spec that does not come from a file.
    """
    text = data if isinstance(data, str) else decode(data, file, findings)
    if text is None:
        return None
    root = compose(clean_text(text, file, findings), file, findings)
    if root is None or isinstance(root, Mapping):
        return root
    hint = "begin with the kind, for instance 'machine: tcp.connection'"
    findings.add("KIND", root.mark, "a spec is a mapping of keys to values", hint)
    return None
