"""The lines of a spec that a row or constant was read from."""

from __future__ import annotations

from pathlib import Path

from netfsm.spec.findings import Mark


def excerpt(mark: Mark, most: int = 24) -> list[tuple[int, str]]:
    """Line numbers and lines of the entry that begins at `mark`; [] where the file is gone.

    An entry ends before the next line that is indented no deeper than its own beginning.
    """
    try:
        lines = Path(mark.file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    start = mark.line - 1
    if not 0 <= start < len(lines):
        return []
    indent = _indent(lines[start])
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    found = [(number + 1, lines[number]) for number in range(start, min(end, start + most))]
    return [(number, line[indent:]) for number, line in found]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
