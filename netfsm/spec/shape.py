"""Takes a mapping of a spec apart, with findings in place of exceptions.

A builder says which keys a thing may have and asks for each by name and form:

    row = Shape(node, findings, "a row", ROW_KEYS)
    row_id = row.text("id", required=True)
    rows = row.items("rows")

What is unknown, missing or of another form is noted, and a default given, so the builder runs on to
the end of the file. The `expect_` functions do the same for a node that stands outside a mapping.
"""

from __future__ import annotations

from collections.abc import Collection

from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence

__all__ = [
    "Entries",
    "Shape",
    "expect_choice",
    "expect_entries",
    "expect_expression",
    "expect_flag",
    "expect_items",
    "expect_mapping",
    "expect_number",
    "expect_text",
    "expect_texts",
]

Entries = tuple[tuple[Scalar, Node], ...]


class Shape:
    """One mapping, the words for it in findings, and the keys it may have."""

    __slots__ = ("_findings", "_items", "_what", "doubtful", "mark")

    def __init__(
        self, mapping: Mapping, findings: Findings, what: str, known: Collection[str]
    ) -> None:
        """Note every key of `mapping` that isn't `known`; `what` is said so: "a row".

        A misspelt key is noted and then taken for the one that was meant, so that nothing else is
        said of its absence; `doubtful` tells that a key stands here for which there is no guess.
        """
        self.mark: Mark = mapping.mark
        self.doubtful = False
        self._findings = findings
        self._what = what
        self._items: dict[str, tuple[Scalar, Node]] = {}
        unknown: list[tuple[Scalar, Node]] = []
        for key, node in mapping.items:
            if isinstance(key.value, str) and key.value in known:
                self._items[key.value] = (key, node)
            else:
                unknown.append((key, node))
        for key, node in unknown:
            hint = closest(key.text, known, f"known here: {', '.join(known)}")
            findings.add("UNKNOWN-KEY", key.mark, f"{what} has no key {quoted(key.text)}", hint)
            meant = next((name for name in known if hint == f"did you mean {name}?"), None)
            if meant is None or meant in self._items:
                self.doubtful = True
            else:
                self._items[meant] = (key, node)

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def where(self, key: str) -> Mark:
        """Return where `key` stands, or the place of the mapping where it doesn't."""
        return self._items[key][0].mark if key in self._items else self.mark

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """Return the value of `key` in whatever form; MISSING-KEY if it is required and absent."""
        if key in self._items:
            return self._items[key][1]
        if required:
            message = f"{self._what} needs {quoted(key)}"
            self._findings.add("MISSING-KEY", self.mark, message, f"add '{key}: ...'")
        return None

    def scalar(self, key: str, *, required: bool = False) -> Scalar | None:
        """Return the text under `key` with its place, None if there is none."""
        node = self.node(key, required=required)
        return None if node is None else expect_text(node, self._findings, quoted(key))

    def text(self, key: str, *, required: bool = False, default: str = "") -> str:
        """Return the text under `key`, or the default."""
        scalar = self.scalar(key, required=required)
        return default if scalar is None else scalar.text

    def texts(self, key: str, *, required: bool = False) -> tuple[Scalar, ...]:
        """Return one text or a list of texts, each with its place; empty if there is none."""
        node = self.node(key, required=required)
        return () if node is None else expect_texts(node, self._findings, quoted(key))

    def expression(self, key: str, *, required: bool = False) -> Scalar | None:
        """Return the text of an expression; a number, `true` and `false` are expressions too."""
        node = self.node(key, required=required)
        return None if node is None else expect_expression(node, self._findings, quoted(key))

    def number(
        self,
        key: str,
        *,
        required: bool = False,
        least: int | None = None,
        most: int | None = None,
    ) -> int | None:
        """Return the integer under `key`, None if there is none between `least` and `most`."""
        node = self.node(key, required=required)
        if node is None:
            return None
        return expect_number(node, self._findings, quoted(key), least=least, most=most)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return the `true` or `false` under `key`, or the default."""
        node = self.node(key)
        found = None if node is None else expect_flag(node, self._findings, quoted(key))
        return default if found is None else found

    def choice(self, key: str, choices: Collection[str], *, required: bool = False) -> str | None:
        """Return the word under `key`, None if it is absent or none of `choices`."""
        node = self.node(key, required=required)
        if node is None:
            return None
        return expect_choice(node, self._findings, quoted(key), choices)

    def items(self, key: str, *, required: bool = False) -> tuple[Node, ...]:
        """Return the elements of the list under `key`; empty if there is none."""
        node = self.node(key, required=required)
        return () if node is None else expect_items(node, self._findings, quoted(key))

    def mappings(self, key: str, *, required: bool = False) -> tuple[Mapping, ...]:
        """Return the elements of the list under `key` that are mappings, as all should be."""
        what = f"each of {quoted(key)}"
        found = (
            expect_mapping(item, self._findings, what)
            for item in self.items(key, required=required)
        )
        return tuple(mapping for mapping in found if mapping is not None)

    def mapping(self, key: str, *, required: bool = False) -> Mapping | None:
        """Return the mapping under `key`, None if there is none."""
        node = self.node(key, required=required)
        return None if node is None else expect_mapping(node, self._findings, quoted(key))

    def entries(self, key: str, *, required: bool = False) -> Entries:
        """Return names and values of the mapping under `key`; every name is a text."""
        node = self.node(key, required=required)
        return () if node is None else expect_entries(node, self._findings, quoted(key))


def expect_text(node: Node, findings: Findings, what: str) -> Scalar | None:
    """Return `node` if it is a text, else None with WRONG-TYPE noted."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node
    plain = isinstance(node, Scalar) and node.value is not None
    hint = f'put it in quotes: "{node.text}"' if isinstance(node, Scalar) and plain else ""
    _wrong(node, findings, what, "a text", hint)
    return None


def expect_texts(node: Node, findings: Findings, what: str) -> tuple[Scalar, ...]:
    """Return a text, or the texts of a list, each with its place."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    found = (expect_text(each, findings, what) for each in nodes)
    return tuple(scalar for scalar in found if scalar is not None)


def expect_expression(node: Node, findings: Findings, what: str) -> Scalar | None:
    """Return `node` if it is a text, a number, `true` or `false`, else None with WRONG-TYPE."""
    if isinstance(node, Scalar) and node.value not in (None, ""):
        return node
    hint = "put an expression in quotes if it begins with a bracket"
    _wrong(node, findings, what, "an expression", hint)
    return None


def expect_number(
    node: Node,
    findings: Findings,
    what: str,
    *,
    least: int | None = None,
    most: int | None = None,
) -> int | None:
    """Return the integer that `node` is; None with WRONG-TYPE or OUT-OF-BOUNDS noted."""
    value = node.value if isinstance(node, Scalar) else None
    if not isinstance(value, int) or isinstance(value, bool):
        _wrong(node, findings, what, "a whole number", "decimal, or hexadecimal after 0x")
        return None
    if (least is not None and value < least) or (most is not None and value > most):
        low, high = ("" if bound is None else str(bound) for bound in (least, most))
        allowed = f"from {low} to {high}" if low and high else f"{low} or more"
        if not low:
            allowed = f"{high} or less"
        findings.add("OUT-OF-BOUNDS", node.mark, f"{what} is {value}; it must be {allowed}")
        return None
    return value


def expect_flag(node: Node, findings: Findings, what: str) -> bool | None:
    """Return the truth value that `node` is; None with WRONG-TYPE noted."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    _wrong(node, findings, what, "true or false")
    return None


def expect_choice(
    node: Node, findings: Findings, what: str, choices: Collection[str]
) -> str | None:
    """Return the word that `node` is if it is one of `choices`; None with a finding otherwise."""
    scalar = expect_text(node, findings, what)
    if scalar is None or scalar.text in choices:
        return None if scalar is None else scalar.text
    message = f"{what} can't be {quoted(scalar.text)}"
    hint = closest(scalar.text, choices, f"one of: {', '.join(choices)}")
    findings.add("UNKNOWN-WORD", scalar.mark, message, hint)
    return None


def expect_items(node: Node, findings: Findings, what: str) -> tuple[Node, ...]:
    """Return the elements of the list that `node` is; empty with WRONG-TYPE noted."""
    if isinstance(node, Sequence):
        return node.items
    _wrong(node, findings, what, "a list", "write [a, b], or one line '- a' for each")
    return ()


def expect_mapping(node: Node, findings: Findings, what: str) -> Mapping | None:
    """Return `node` if it is a mapping; None with WRONG-TYPE noted."""
    if isinstance(node, Mapping):
        return node
    _wrong(node, findings, what, "a mapping of keys to values")
    return None


def expect_entries(node: Node, findings: Findings, what: str) -> Entries:
    """Return names and values of the mapping that `node` is; a number as a name is noted."""
    mapping = expect_mapping(node, findings, what)
    if mapping is None:
        return ()
    named = [
        (expect_text(key, findings, f"a name in {what}"), value) for key, value in mapping.items
    ]
    return tuple((key, value) for key, value in named if key is not None)


def _wrong(node: Node, findings: Findings, what: str, wanted: str, hint: str = "") -> None:
    findings.add("WRONG-TYPE", node.mark, f"{what} must be {wanted}, not {_form(node)}", hint)


def _form(node: Node) -> str:
    """Return what `node` is in words."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return node.text
    if isinstance(node.value, int):
        return f"the number {node.text}"
    return f"the text {quoted(node.text)}" if node.text else "an empty text"
