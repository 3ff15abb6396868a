"""`make docs`: write the pages made from the specs, that of the mutants, and the tests' marks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from netfsm.conformance.mutants.record import PAGE, RECORD, page
from netfsm.draw.reference import pages
from netfsm.spec.index import own_specs
from netfsm.spec.marked import TESTS, marked_tests, recorded


def main(folder: str) -> None:
    """Write every page below `folder`, and take away what is no page any more.

    The record of the tests' marks goes beside the specs, before the pages that tell of it.
    """
    root = Path(folder)
    tests = recorded(marked_tests(root.absolute().parents[1]))
    (own_specs() / TESTS).write_text(tests, encoding="utf-8")
    wanted = pages()
    for old in (root / "layers").glob("*.md"):
        if f"layers/{old.name}" not in wanted:
            old.unlink()
    for name, text in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    held = json.loads((root / RECORD).read_text(encoding="utf-8"))
    (root / PAGE).write_text(page(held), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
