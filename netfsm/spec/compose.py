"""From clean text to the tree: the rules for spec files on top of YAML's grammar.

Which scalars are numbers, what is refused, what lost its quotes, and where each thing stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from netfsm.spec.findings import Findings, Mark, in_quotes, quoted
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.syntax import explain_syntax
from netfsm.spec.unquoted import fragment_end, imbalance
from netfsm.spec.yaml_events import Event, YamlSyntaxError, parse_events

__all__ = ["MAX_DEPTH", "compose"]

MAX_DEPTH = 100
_MAX_DIGITS = 40
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_LEADING_ZERO = re.compile(r"-?0[0-9]+\Z")
_TRUTH = {"true": True, "false": False}
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)

_Seen = dict[tuple[type, object], Scalar]


def compose(text: str, file: str, findings: Findings) -> Node | None:
    """Return the tree of the one document in `text`, None if there is none to be had.

    Notes every violation of the rules for spec files; only wrong syntax and nesting beyond
    `MAX_DEPTH` end the reading before the end of the file.
    """
    composer = _Composer(text, file, findings)
    try:
        return composer.document()
    except _TooDeepError:
        return None
    except YamlSyntaxError as error:
        composer.note_syntax(error)
        return None


class _TooDeepError(Exception):
    """The rest can't be read within `MAX_DEPTH`; the finding has been added."""


@frozen
class _Pair:
    """A key and its value, with the events that began them."""

    key_event: Event
    key: Node
    value_event: Event
    value: Node


class _Composer:
    """Goes through the events once."""

    def __init__(self, text: str, file: str, findings: Findings) -> None:
        self._text = text
        self._file = file
        self._findings = findings
        self._events = parse_events(text)
        self._used = 0  # text before this index is part of an unquoted expression already read

    # ---- the document

    def document(self) -> Node | None:
        """Return the tree of the first document; note the absence of one and the start of two."""
        next(self._events)  # the stream begins
        begins = next(self._events)
        root = self._node(next(self._events), 1, flow=False) if begins.kind == "document" else None
        if root is None or (isinstance(root, Scalar) and root.value is None):
            hint = "begin with the kind, for instance 'machine: tcp.connection'"
            self._findings.add("EMPTY", Mark(self._file, 1, 1), "the file holds nothing", hint)
            return None
        next(self._events)  # the document ends
        event = next(self._events)
        if event.kind == "document":
            self._add("DOCUMENTS", event, "a second document begins here", "one document a file")
        return root

    def note_syntax(self, error: YamlSyntaxError) -> None:
        """Add the finding for a syntax error, unless a missing quote already explains it."""
        problem = explain_syntax(error, self._text)
        if problem.place.index >= self._used:
            where = Mark(self._file, problem.place.line, problem.place.column)
            self._findings.add(problem.code, where, problem.message, problem.hint)

    # ---- nodes

    def _node(self, event: Event, depth: int, *, flow: bool) -> Node:
        """Return the node that `event` begins; `flow` tells whether it stands in brackets."""
        if event.kind == "alias":
            name = f"*{event.value}"
            hint = f"write out what it stands for, or quote it: {in_quotes(name)}"
            self._add("ALIAS", event, f"{name}: aliases are not used in specs", hint)
            return Scalar(None, "", True, self._mark(event))
        self._refuse_properties(event)
        if event.kind == "scalar":
            return self._scalar(event, flow=flow)
        if depth > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            self._add("TOO-DEEP", event, message, "close a bracket, or flatten the structure")
            raise _TooDeepError
        if event.kind == "sequence":
            return self._sequence(event, depth)
        return self._mapping(event, depth)

    def _refuse_properties(self, event: Event) -> None:
        if event.anchor is not None:
            name = f"&{event.anchor}"
            hint = "write the value out where it is needed"
            self._add("ANCHOR", event, f"{name}: anchors are not used in specs", hint)
        if event.tag is not None:
            hint = "remove it; if it means 'not', write 'not'; else quote the whole value"
            self._add("TAG", event, f"tag {event.tag}: tags are not used in specs", hint)

    def _sequence(self, start: Event, depth: int) -> Sequence:
        mark = self._mark(start)
        items: list[Node] = []
        while (event := next(self._events)).kind != "end":
            leftover = self._is_used(event)
            node = self._node(event, depth + 1, flow=start.flow)
            if not leftover:
                items.append(node)
        return Sequence(tuple(items), mark)

    def _mapping(self, start: Event, depth: int) -> Mapping:
        mark = self._mark(start)
        pairs = list(self._pairs(start, depth))
        items: list[tuple[Scalar, Node]] = []
        seen: _Seen = {}
        for pair in self._rejoined(pairs) if start.flow else pairs:
            if not isinstance(pair.key, Scalar):
                self._add("KEY", pair.key_event, "a key is a word or a number", "put it in quotes")
            elif self._accepts_key(pair.key, seen):
                items.append((pair.key, pair.value))
        return Mapping(tuple(items), mark)

    def _pairs(self, start: Event, depth: int) -> Iterator[_Pair]:
        """Yield keys and values, but for those that are part of an expression already read."""
        while (key_event := next(self._events)).kind != "end":
            leftover = self._is_used(key_event)
            key = self._node(key_event, depth + 1, flow=start.flow)
            value_event = next(self._events)
            value = self._node(value_event, depth + 1, flow=start.flow)
            if isinstance(key, Scalar) and isinstance(value, Scalar) and not value_event.value:
                value = evolve(value, mark=key.mark) if value.plain else value
            if not leftover:
                yield _Pair(key_event, key, value_event, value)

    # ---- keys

    def _accepts_key(self, key: Scalar, seen: _Seen) -> bool:
        """Tell whether `key` may stand here; note why not."""
        if key.plain and key.text == "<<":
            hint = "write the keys out"
            self._findings.add("MERGE", key.mark, "merge keys are not used in specs", hint)
            return False
        if key.value is None or isinstance(key.value, bool):
            what = "this value has no key" if key.value is None else f"{key.text} as a key"
            self._findings.add("KEY", key.mark, what, "a key is a word or a number; quote it")
            return False
        first = seen.setdefault((type(key.value), key.value), key)
        if first is not key:
            message = f"key {quoted(key.text)} stands twice, first on line {first.mark.line}"
            self._findings.add("DUPLICATE-KEY", key.mark, message, "rename or remove one of them")
            return False
        return True

    # ---- texts cut at a comma

    def _rejoined(self, pairs: list[_Pair]) -> list[_Pair]:
        """Join texts that commas cut: `{a: b, c}` says `a: "b, c"`. Each is noted once."""
        joined: list[_Pair] = []
        cut: dict[int, Event] = {}  # where in `joined`, and the first key that is none
        for pair in pairs:
            last = joined[-1] if joined else None
            if last is None or not (_is_text(last.value) and self._is_tail(pair)):
                joined.append(pair)
                continue
            whole = self._text[last.value_event.start : pair.key_event.end]
            text = " ".join(whole.split())
            joined[-1] = evolve(last, value=Scalar(text, text, True, last.value.mark, whole))
            cut.setdefault(len(joined) - 1, pair.key_event)
        for index, tail in cut.items():
            self._note_cut(tail, joined[index].value)
        return joined

    def _note_cut(self, tail: Event, whole: Node) -> None:
        assert isinstance(whole, Scalar)
        message = f"{quoted(tail.value)} stands without a value"
        hint = f"if the comma is part of the text before it, quote it: {in_quotes(whole.text)}"
        self._add("UNQUOTED", tail, message, hint)

    def _is_tail(self, pair: _Pair) -> bool:
        """Tell whether a key in braces has neither colon nor value: `c` in `{a: b, c}`."""
        key, value = pair.key_event, pair.value_event
        if not (key.plain and value.plain and key.value) or value.value:
            return False
        return ":" not in self._text[key.end : value.start]

    # ---- scalars

    def _scalar(self, event: Event, *, flow: bool) -> Scalar:
        mark, text = self._mark(event), event.value
        start, end = event.start, event.end
        if not event.plain:
            text = self._printable(event)
            return Scalar(text, text, False, mark, self._text[start:end])
        if flow and imbalance(text) and not self._is_used(event):
            return self._unquoted(event)
        return Scalar(self._resolve(text, mark), text, True, mark, self._text[start:end])

    def _unquoted(self, event: Event) -> Scalar:
        """Return the whole expression of which YAML gave only the part before a comma."""
        start = event.start
        end = fragment_end(self._text, start)
        if end is None or end <= event.end:
            message = f"the brackets of {quoted(event.value)} don't match"
            hint = f"mend them, or quote the whole text: {in_quotes(event.value)}"
            self._add("UNQUOTED", event, message, hint)
            return Scalar(event.value, event.value, True, self._mark(event))
        whole = self._text[start:end]
        text = " ".join(whole.split())
        message = f"{quoted(text)} needs quotes inside brackets: YAML cuts it at the comma"
        self._add("UNQUOTED", event, message, f"quote it: {in_quotes(text)}")
        self._used = end
        return Scalar(text, text, True, self._mark(event), whole)

    def _resolve(self, text: str, mark: Mark) -> str | int | bool | None:
        """Return what an unquoted scalar stands for: true, false, a number, nothing, or text."""
        if not text:
            return None
        if text in _TRUTH:
            return _TRUTH[text]
        if _LEADING_ZERO.match(text):
            bare = text.lstrip("-").lstrip("0") or "0"
            message = f"{quoted(text)} may mean hexadecimal, octal or decimal"
            hint = (
                f"write 0x{text.lstrip('-')} or {bare}; if it is text, quote it: {in_quotes(text)}"
            )
            self._findings.add("OCTAL", mark, message, hint)
            return text
        if not (_DECIMAL.match(text) or _HEXADECIMAL.match(text)):
            return text
        if len(text) > _MAX_DIGITS:
            message = f"a number of {len(text)} digits"
            hint = f"{_MAX_DIGITS} at most; if it is text, quote it"
            self._findings.add("NUMBER", mark, message, hint)
            return text
        return int(text, 0)

    def _printable(self, event: Event) -> str:
        """Return the value of a quoted scalar; note characters that only an escape can make."""
        found = _UNPRINTABLE.search(event.value)
        if found is None:
            return event.value
        message = f"this text holds character U+{ord(found.group()):04X}"
        self._add("CHARACTER", event, message, "write bytes as a list of numbers")
        return _UNPRINTABLE.sub("?", event.value)

    # ---- places

    def _is_used(self, event: Event) -> bool:
        return event.start < self._used

    def _mark(self, event: Event) -> Mark:
        return Mark(self._file, event.line, event.column)

    def _add(self, code: str, event: Event, message: str, hint: str) -> None:
        """Add a finding at `event`, unless it lies in an expression already reported."""
        if not self._is_used(event):
            self._findings.add(code, self._mark(event), message, hint)


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain and isinstance(node.value, str)
