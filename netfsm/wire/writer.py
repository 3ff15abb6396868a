"""Lines of generated Python, indented."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["Writer"]


class Writer:
    """Collects lines; `block` opens an indented part."""

    __slots__ = ("_depth", "_lines")

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def line(self, text: str = "") -> None:
        """Add one line."""
        self._lines.append("    " * self._depth + text if text else "")

    def lines(self, *texts: str) -> None:
        """Add several lines."""
        for text in texts:
            self.line(text)

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        """Add `head` with a colon, and what is added inside indented below it."""
        self.line(f"{head}:")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self._lines) + "\n"
