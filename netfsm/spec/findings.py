"""What is wrong with a spec, said so that a person can mend it.

A `Finding` is one remark with its place; `Findings` collects them while a spec is read, so that one
run reports everything that is wrong and not only the first thing. Reading code never raises for a
wrong spec: it adds a finding and goes on with a default.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import frozen

Severity = Literal["error", "warning", "note"]

__all__ = ["Finding", "Findings", "Mark", "Severity", "in_quotes", "quoted", "shown_path"]


@frozen(order=True)
class Mark:
    """A place in a file. Line and column count from 1; column counts characters, not bytes."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return `file:line:column`, the file relative to the current directory where possible."""
        return f"{shown_path(self.file)}:{self.line}:{self.column}"

    def seen_from(self, other: Mark) -> str:
        """Return `line 7`, or the whole place where `other` is in another file."""
        return f"line {self.line}" if self.file == other.file else str(self)


@frozen
class Finding:
    """One remark about a spec: what is wrong, where, and what to do about it."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    hint: str

    def __str__(self) -> str:
        """Return one line: `file:line:col: CODE message`."""
        return f"{self.file}:{self.line}:{self.column}: {self.code} {self.message}"

    def render(self) -> str:
        """Return the finding with its hint, if it has one, on indented lines below it."""
        return "\n    ".join([str(self), *self.hint.splitlines()])


class Findings:
    """Collects findings; iterates over them sorted by place, each once."""

    __slots__ = ("_found",)

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        """Start with `found`, for instance the findings of an earlier stage."""
        self._found: dict[Finding, None] = dict.fromkeys(found)

    def add(
        self, code: str, where: Mark, message: str, hint: str = "", severity: Severity = "error"
    ) -> None:
        """Note that `message` holds at `where`; the same finding twice counts once."""
        file = shown_path(where.file)
        self._found[Finding(code, severity, file, where.line, where.column, message, hint)] = None

    def extend(self, found: Iterable[Finding]) -> None:
        """Take over findings of another collector."""
        self._found.update(dict.fromkeys(found))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Only those that make the spec unusable, sorted."""
        return tuple(finding for finding in self if finding.severity == "error")

    def __iter__(self) -> Iterator[Finding]:
        """Go through the findings by file, line, column, code and message."""
        return iter(sorted(self._found, key=_place))

    def __len__(self) -> int:
        """Return how many different findings there are."""
        return len(self._found)

    def __repr__(self) -> str:
        """Show the findings, for a failed assertion."""
        return f"Findings({list(self)!r})"


def shown_path(file: str) -> str:
    """Return `file` relative to the current directory if it lies below it, else as it is."""
    if not os.path.isabs(file):
        return file
    try:
        here = os.getcwd()
    except FileNotFoundError:  # the directory has been deleted under us
        return file
    return file.removeprefix(here.rstrip(os.sep) + os.sep)


def quoted(text: str, limit: int = 60) -> str:
    """Return `text` in quotes on one line for a message, cut to `limit` characters."""
    cut = text if len(text) <= limit else text[: limit - 3] + "..."
    return ascii(cut) if not cut.isprintable() else f"'{cut}'"


def in_quotes(text: str, limit: int = 200) -> str:
    """Return `text` as a double-quoted YAML scalar on one line, for a hint; cut if very long."""
    cut = text if len(text) <= limit else text[: limit - 3] + "..."
    return '"' + cut.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    return (finding.file, finding.line, finding.column, finding.code, finding.message)
