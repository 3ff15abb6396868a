"""Finds the end of an expression that lost its quotes in flow style.

`{x: min(a, b)}` is read by YAML as two keys, `x: min(a` and `b)`. What the author meant is the text
up to the comma or bracket that stands outside all brackets opened by the text itself.
"""

from __future__ import annotations

__all__ = ["fragment_end", "imbalance"]

_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
_LONGEST = 2_000


def imbalance(text: str) -> int:
    """Return how many `(` stay open in `text`; -1 if a `)` closes none."""
    if "(" not in text and ")" not in text:
        return 0
    depth = 0
    for character in text:
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth < 0:
                return -1
    return depth


def fragment_end(source: str, start: int) -> int | None:
    """Return where the expression that begins at `start` ends, trailing blanks apart.

    None if its brackets don't close, or not within 2,000 characters.
    """
    awaited: list[str] = []
    for index in range(start, min(len(source), start + _LONGEST)):
        character = source[index]
        if character in _OPENING:
            awaited.append(_OPENING[character])
        elif awaited and character == awaited[-1]:
            awaited.pop()
        elif character in _CLOSING or (character == "," and not awaited):
            return None if awaited else _trimmed(source, start, index)
    return None


def _trimmed(source: str, start: int, end: int) -> int:
    return start + len(source[start:end].rstrip())
