"""Marks of tests that say which clauses they show."""

from __future__ import annotations

import json
from pathlib import Path

from netfsm.spec.marked import TESTS, known_tests, marked_tests, recorded
from tests.house.tree import ROOT

SOURCE = """
import pytest

@pytest.mark.requirement("RFC 1 §2", "RFC 1 MUST-1")
def test_b(): pass

@pytest.mark.slow
@pytest.mark.requirement("RFC 1 §2")
async def test_a(): pass

@pytest.mark.needs("RFC 1 §3")
def test_c(): pass
"""


def test_marks_are_found_in_the_sources(tmp_path: Path) -> None:
    """Every clause of every mark, sorted; other marks say nothing of clauses."""
    (tmp_path / "tests" / "deep").mkdir(parents=True)
    (tmp_path / "tests" / "deep" / "test_x.py").write_text(SOURCE, encoding="utf-8")
    named = "tests/deep/test_x.py::test_"
    found = marked_tests(tmp_path)
    assert {"RFC 1 MUST-1": [f"{named}b"], "RFC 1 §2": [f"{named}a", f"{named}b"]} == found
    assert found == json.loads(recorded(found))


def test_the_record_is_fresh() -> None:
    """What stands beside the specs is what the sources say today: `make docs` writes it."""
    marked = marked_tests(ROOT)
    assert recorded(marked) == (ROOT / "specs" / TESTS).read_text(encoding="utf-8")
    assert {clause: tuple(tests) for clause, tests in marked.items()} == known_tests()
