"""The page of numbered requirements: what counts as met, and how it is counted."""

from __future__ import annotations

from netfsm.draw.requirements import Standing, requirements_page, standings
from netfsm.spec.cited import Cited
from netfsm.spec.findings import Mark
from netfsm.spec.model import Ref
from netfsm.spec.numbered import Numbered, Sentence

MARK = Mark("x.yaml", 1, 1)


def _sentence(number: str, undone: str = "") -> Sentence:
    return Sentence(number, "MUST", (Ref("RFC 1", "§2"),), f"It MUST ({number}).", undone, MARK)


NUMBERED = Numbered(
    "RFC 1",
    "Numbered things",
    "",
    (
        _sentence("MUST-1"),
        _sentence("MUST-2"),
        _sentence("MUST-3", "Not | yet."),
        _sentence("MUST-4"),
    ),
)
ITEMS = [
    Cited("row", "a.b/c", "", (Ref("RFC 1", "MUST-1"), Ref("RFC 1", "§2")), MARK),
    Cited("row", "a.b/d", "", (Ref("RFC 1", "MUST-3"), Ref("RFC 2", "MUST-4")), MARK),
]
TESTS = {"RFC 1 MUST-1": ("tests/test_a.py::test_b",), "RFC 1 MUST-2": ("tests/test_a.py::test_c",)}


def _found() -> tuple[Standing, ...]:
    return standings(NUMBERED, ITEMS, TESTS)


def test_how_a_requirement_is_met() -> None:
    """By specs, by tests alone, not where a reason says so, not where nothing names it."""
    assert ["by the specs", "by tests", "not", "not"] == [each.met for each in _found()]


def test_the_page_counts_and_tells_why() -> None:
    """Counts by level, a line for each, and the reasons last."""
    lines = requirements_page(NUMBERED, _found()).splitlines()
    assert "| MUST | 4 | 1 | 1 | 2 |" in lines
    assert "| MAY | 0 | 0 | 0 | 0 |" in lines
    assert (
        "| MUST-1 (MUST, §2) | It MUST (MUST-1). | `a.b/c` | `tests/test_a.py::test_b` |" in lines
    )
    assert "| MUST-3 (MUST, §2) | It MUST (MUST-3). | not met; in part `a.b/d` |  |" in lines
    assert "| MUST-3 (MUST, §2) | Not \\| yet. |" in lines
