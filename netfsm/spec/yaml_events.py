"""ruamel.yaml's parser as a plain stream of events.

ruamel supplies the grammar of YAML 1.2; its composer, resolver and constructor are not used. The
overrides below change no result (a test compares the events with those of ruamel untouched): they
take out look-ups that a single-threaded, in-memory parse does not need, a third of its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml.events import Event
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner

__all__ = ["parse_events"]


def parse_events(text: str) -> Iterator[Event]:
    """Yield the events of `text`, which holds no byte order mark and no carriage return.

    Raises:
        ruamel.yaml.error.MarkedYAMLError: `text` isn't YAML.
        ValueError, OverflowError: an escape names no character.
    """
    parser = _Parser(text)
    while (event := parser.get_event()) is not None:
        yield event


class _Parser(Reader, Scanner, Parser):
    """Reader, scanner and parser in one object, as ruamel's own loaders join them.

    ruamel reaches each of the three through properties that search for it; here they are plain
    attributes of the one object.
    """

    processing_version = (1, 2)
    scanner_processing_version = (1, 2)  # type: ignore[assignment]  # a property in ruamel
    comment_handling = False
    reader: Any = None
    scanner: Any = None
    resolver: Any = None

    def __init__(self, text: str) -> None:
        self.reader = self.scanner = self.resolver = self
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)

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
