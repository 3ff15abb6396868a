"""`make docs`: write the reference pages that are made from the specs, and that of the mutants."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from netfsm.conformance.mutants.record import PAGE, RECORD, page
from netfsm.draw.reference import pages


def main(folder: str) -> None:
    """Write every page below `folder`, and take away what is no page any more."""
    root = Path(folder)
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
