"""The text of generated code, with the line of the spec that each of its lines stands for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from netfsm.machine.emit_expr import Text
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
    def block(self, head: str, mark: Mark | None = None) -> Iterator[None]:
        """Add `head` and indent what follows; lines without a mark of their own get this one."""
        self.add(head, mark)
        before, self._mark = self._mark, mark or self._mark
        self._indent += 1
        yield
        self._indent -= 1
        self._mark = before

    @contextmanager
    def indented(self) -> Iterator[None]:
        """Indent what follows by one level."""
        self._indent += 1
        yield
        self._indent -= 1

    def statement(self, head: str, text: Text, tail: str = "", mark: Mark | None = None) -> None:
        """Add `head` + expression + `tail`; a long `and` or `or` gets a line for each operand."""
        whole = f"{head}{text.code}{tail}"
        if not text.parts or 4 * self._indent + len(whole) <= WIDTH:
            self.add(whole, mark)
            return
        word = "and" if text.code.startswith(f"{text.parts[0]} and ") else "or"
        self.add(f"{head}(", mark)
        for index, part in enumerate(text.parts):
            self.add(f"    {part}" if index == 0 else f"    {word} {part}", mark)
        self.add(f"){tail}", mark)

    @property
    def room(self) -> int:
        """How many characters a line has left at the present indent."""
        return WIDTH - 4 * self._indent

    def __str__(self) -> str:
        return "\n".join(self.lines) + "\n"
