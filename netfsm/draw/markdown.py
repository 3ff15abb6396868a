"""What the generated pages have in common: their first line, tables, the order of clauses."""

from __future__ import annotations

from collections.abc import Iterable

BANNER = "<!-- Made from specs/ by `make docs`; edit the specs, not this page. -->\n"


def page(parts: Iterable[str]) -> str:
    """A page of `parts`, those without text left out."""
    return BANNER + "\n" + "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    """A table; a bar within a cell does not end it."""
    rows = [head, tuple("---" for _ in head), *lines]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows
    )


def by_number(text: str) -> tuple[tuple[int, str], ...]:
    """Sorts `§2.10` after `§2.9`, and `RFC 1122` after `RFC 826`."""
    words = "".join(c if c.isdigit() else f" {c} " if c != "." else " " for c in text).split()
    return tuple((int(word), "") if word.isdigit() else (-1, word) for word in words)
