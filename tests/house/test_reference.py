"""Generated reference pages are fresh."""

from __future__ import annotations

import pytest

from netfsm.draw.reference import pages
from tests.house.tree import ROOT

REFERENCE = ROOT / "docs" / "reference"
PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_fresh(name: str) -> None:
    """A committed page is what the specs give today: `make docs` writes it."""
    assert PAGES[name] == (REFERENCE / name).read_text(encoding="utf-8")


def test_no_page_is_left_over() -> None:
    """A page of a layer that is gone goes too."""
    found = {f"layers/{path.name}" for path in (REFERENCE / "layers").glob("*.md")}
    assert {name for name in PAGES if name.startswith("layers/")} == found
