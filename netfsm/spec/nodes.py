"""The tree of one YAML file: three kinds of immutable node, each with its place in the file."""

from __future__ import annotations

from attrs import field, frozen

from netfsm.spec.findings import Mark

__all__ = ["Mapping", "Node", "Scalar", "Sequence"]


@frozen
class Scalar:
    """A single value.

    `value` is a str, an int, a bool, or None where nothing was written; `text` is what the file
    says, without quotes; `plain` is true if it stood unquoted; `raw` is the source from the first
    to the last character, quotes included, which `at` needs.
    """

    value: str | int | bool | None
    text: str
    plain: bool
    mark: Mark
    raw: str = field(default="", eq=False, repr=False)

    def at(self, offset: int) -> Mark:
        """Return the place in the file of character `offset` of `text`, counted from 0.

        Exact for unquoted, block and simply quoted text; where an escape makes raw and text differ
        it is the place of the whole scalar.
        """
        index = _raw_index(self.text, self.raw, offset)
        before = self.raw[:index]
        line_start = before.rfind("\n") + 1
        if not line_start:
            return Mark(self.mark.file, self.mark.line, self.mark.column + index)
        line = self.mark.line + before.count("\n")
        return Mark(self.mark.file, line, index - line_start + 1)


@frozen
class Mapping:
    """Keys and their values in the order written; no key stands twice."""

    items: tuple[tuple[Scalar, Node], ...]
    mark: Mark

    def get(self, key: str) -> Node | None:
        """Return the value of `key`, or None if it does not stand here."""
        for name, node in self.items:
            if name.value == key:
                return node
        return None


@frozen
class Sequence:
    """Nodes in the order written."""

    items: tuple[Node, ...]
    mark: Mark


Node = Scalar | Mapping | Sequence


def _raw_index(text: str, raw: str, offset: int) -> int:
    """Return the index in `raw` of character `offset` of `text`, 0 if it can't be told.

    Folding changes white space only, so the n-th black character of one is that of the other.
    """
    start = 0
    if raw[:1] in ("|", ">") and "\n" in raw:
        start = raw.index("\n") + 1
    elif raw[:1] in ("'", '"') and raw[:1] == raw[-1:] and len(raw) > 1:
        start, raw = 1, raw[:-1]
    if raw[start:] == text:
        return start + min(offset, len(text))
    if "".join(raw[start:].split()) != "".join(text.split()):
        return 0
    wanted = len("".join(text[:offset].split()))
    for index in range(start, len(raw)):
        if not raw[index].isspace():
            if not wanted:
                return index
            wanted -= 1
    return len(raw)
