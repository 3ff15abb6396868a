"""What is being done now, shown on a terminal; nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from netfsm.cli.tables import console

T = TypeVar("T")
Suites = Callable[[str, str, int], None]
"""Told a suite, what it is run on, and its cases."""


def counted(title: str, items: Sequence[T]) -> Iterator[T]:
    """Go through `items` with a bar that says how many are done."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield from items
        return
    from rich.progress import track

    yield from track(items, title, console=out, transient=True)


@contextmanager
def suites_shown() -> Generator[Suites | None]:
    """One line that tells which suite is run now."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield None
        return
    with out.status("reading specs") as status:
        yield lambda suite, subject, cases: status.update(f"{suite}: {subject}, {cases} cases")


@contextmanager
def step_shown(title: str) -> Generator[Callable[[str], None] | None]:
    """One line that tells what was done last."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield None
        return
    with out.status(title) as status:
        yield lambda done: status.update(f"{title}: {done} is done")
