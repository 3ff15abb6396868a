"""The text of generated code, with the line of the spec that each of its lines stands for."""

from __future__ import annotations

import textwrap
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from netfsm.machine.emit_expr import AND, OR, Text
from netfsm.spec.findings import Mark

WIDTH = 96


class Source:
    """Lines of Python and, beside each, the mark in the spec that it comes from (or None)."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.marks: list[Mark | None] = []
        self._indent = 0
        self._mark: Mark | None = None

    def add(self, text: str = "", mark: Mark | None = None) -> None:
        """Add a line at the present indent."""
        self.lines.append("    " * self._indent + text if text else "")
        self.marks.append(mark or self._mark)

    def extend(self, other: Source) -> None:
        """Add all lines of `other` as they are."""
        self.lines += other.lines
        self.marks += other.marks

    @contextmanager
    def block(self, head: str, mark: Mark | None = None) -> Generator[None]:
        """Add `head` and indent what follows; lines without a mark of their own get this one."""
        self.add(head, mark)
        with self.indented(mark):
            yield

    @contextmanager
    def indented(self, mark: Mark | None = None) -> Generator[None]:
        """Indent what follows by one level; lines without a mark of their own get this one."""
        before, self._mark = self._mark, mark or self._mark
        self._indent += 1
        yield
        self._indent -= 1
        self._mark = before

    def statement(self, head: str, text: Text, tail: str = "", mark: Mark | None = None) -> None:
        """Add `head` + expression + `tail`; a long expression gets a line for each part."""
        whole = f"{head}{text.code}{tail}"
        if not text.parts or len(whole) <= self.room:
            self.add(whole, mark)
            return
        word = {AND: "and ", OR: "or "}.get(text.binds, "")
        self.add(f"{head}(", mark)
        for index, part in enumerate(text.parts):
            self.add(f"    {word if index else ''}{part}", mark)
        self.add(f"){tail}", mark)

    def call(self, head: str, items: Iterable[str], tail: str, mark: Mark | None = None) -> None:
        """Add `head` + items + `tail`, which holds the bracket; many items get lines of theirs."""
        listed = ", ".join(items)
        whole = f"{head}{listed}{tail}"
        if len(whole) <= self.room:
            self.add(whole, mark)
            return
        self.add(head, mark)
        for line in textwrap.wrap(f"{listed},", self.room - 4, break_long_words=False):
            self.add(f"    {line}", mark)
        self.add(tail, mark)

    def docstring(self, text: str) -> None:
        """Add a docstring, on several lines where it is long."""
        lines = textwrap.wrap(text, self.room - 6)
        if len(lines) < 2:
            self.add(f'"""{text}"""')
            return
        self.add(f'"""{lines[0]}')
        for line in lines[1:]:
            self.add(line)
        self.add('"""')

    @property
    def room(self) -> int:
        """How many characters a line has left at the present indent."""
        return WIDTH - 4 * self._indent

    def __str__(self) -> str:
        return "\n".join(self.lines) + "\n"
