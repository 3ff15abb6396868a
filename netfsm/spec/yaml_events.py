"""ruamel.yaml's parser as a plain stream of events.

ruamel supplies the grammar of YAML 1.2; its composer, resolver and constructor are not used. The
overrides below change no result (a test compares the events with those of ruamel untouched): they
take out look-ups that a single-threaded, in-memory parse does not need, a third of its time.
"""

# ruamel's own code is annotated in part only; what leaves this module is typed in full.
# pyright: reportUnknownMemberType=none, reportUnknownVariableType=none
# pyright: reportUnknownArgumentType=none

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from attrs import define, frozen
from ruamel.yaml import events as ruamel
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner

__all__ = ["Event", "Place", "YamlSyntaxError", "parse_events"]

Kind = Literal["stream", "document", "mapping", "sequence", "scalar", "alias", "end"]

_KINDS: dict[type[ruamel.Event], Kind] = {
    ruamel.StreamStartEvent: "stream",
    ruamel.StreamEndEvent: "end",
    ruamel.DocumentStartEvent: "document",
    ruamel.DocumentEndEvent: "end",
    ruamel.MappingStartEvent: "mapping",
    ruamel.MappingEndEvent: "end",
    ruamel.SequenceStartEvent: "sequence",
    ruamel.SequenceEndEvent: "end",
    ruamel.ScalarEvent: "scalar",
    ruamel.AliasEvent: "alias",
}


@define
class Event:
    """One step of the parse: something begins, stands there, or ends.

    `start` and `end` are indices into the text; `line` and `column` tell the place of `start` and
    count from 1. `value` is the text of a scalar or the name of an alias; `plain` means that a
    scalar has no quotes, `flow` that a collection stands in brackets.
    """

    kind: Kind
    start: int
    end: int
    line: int
    column: int
    value: str = ""
    plain: bool = False
    flow: bool = False
    anchor: str | None = None
    tag: str | None = None


@frozen
class Place:
    """An index into the text, with the line and column, counted from 1, that it stands for."""

    index: int
    line: int
    column: int


class YamlSyntaxError(Exception):
    """The text isn't YAML: ruamel's complaint, where it failed and where the construct began."""

    def __init__(self, complaint: str, at: Place, began: Place) -> None:
        super().__init__(complaint)
        self.complaint = complaint
        self.at = at
        self.began = began


def parse_events(text: str) -> Iterator[Event]:
    """Yield the events of `text`, which holds no byte order mark and no carriage return.

    Raises:
        YamlSyntaxError: `text` isn't YAML.
    """
    parser = _Parser(text)
    try:
        while (found := parser.get_event()) is not None:
            yield _event(found)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        complaint = ": ".join(part for part in (error.context, error.problem) if part)
        raise YamlSyntaxError(complaint, _place(at), _place(error.context_mark or at)) from None
    except (ValueError, OverflowError):  # ruamel makes a character of "\UFFFFFFFF" unchecked
        at = _place(parser.get_mark())
        raise YamlSyntaxError("an escape names no character", at, at) from None


def _event(found: Any) -> Event:
    kind = _KINDS[type(found)]
    start = found.start_mark
    event = Event(kind, start.index, found.end_mark.index, start.line + 1, start.column + 1)
    if kind == "scalar":
        event.value, event.plain = found.value, found.style is None
        event.anchor, event.tag = found.anchor, found.tag
    elif kind in ("mapping", "sequence"):
        event.flow, event.anchor, event.tag = bool(found.flow_style), found.anchor, found.tag
    elif kind == "alias":
        event.value = found.anchor
    return event


def _place(mark: Any) -> Place:
    return Place(mark.index, mark.line + 1, mark.column + 1)


class _Parser(Reader, Scanner, Parser):
    """Reader, scanner and parser in one object, as ruamel's own loaders join them.

    ruamel reaches each of the three through properties that search for it; here they are plain
    attributes of the one object.
    """

    processing_version = (1, 2)
    comment_handling = None
    reader: Any = None
    scanner: Any = None
    resolver: Any = None

    def __init__(self, text: str) -> None:
        self.reader = self.scanner = self.resolver = self
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)

    @property
    def scanner_processing_version(self) -> Any:
        return self.processing_version

    def check_directive(self) -> bool:
        return False  # the text has none; a '%' elsewhere begins nothing

    def check_token(self, *choices: Any) -> bool:
        while self.need_more_tokens():
            self.fetch_more_tokens()
        return bool(self.tokens) and (not choices or isinstance(self.tokens[0], choices))

    def need_more_tokens(self) -> bool:
        if self.done:
            return False
        if not self.tokens:
            return True
        if not self.possible_simple_keys:
            return False
        self.stale_possible_simple_keys()
        return bool(self.next_possible_simple_key() == self.tokens_taken)

    def peek(self, index: int = 0) -> str:
        return self.buffer[self.pointer + index]

    def forward(self, length: int = 1) -> None:
        start = self.pointer
        end = start + length
        newline = self.buffer.rfind("\n", start, end)
        if newline < 0:
            self.column += length
        else:
            self.line += self.buffer.count("\n", start, end)
            self.column = end - newline - 1
        self.pointer = end
        self.index += length
