"""Layers of strangers, found through the search path as a package's would be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stack.stranger import write_stranger

Stranger = Callable[..., None]


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stranger]:
    """Writes a layer of a stranger; see `write_stranger` for what it takes beside its name."""
    monkeypatch.setenv("NETFSM_PATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)

    def write(name: str = "hello", **what: object) -> None:
        write_stranger(tmp_path, name, **what)  # type: ignore[arg-type]  # as the test says

    yield write
    for module in set(sys.modules) - known:
        if module.endswith("_hands"):
            del sys.modules[module]
