"""What is being done now, shown on a terminal; nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from netfsm.cli.tables import console

if TYPE_CHECKING:
    from netfsm.prove.run import Progress

T = TypeVar("T")
Suites = Callable[[str, str, int], None]
"""Told a suite, what it is run on, and its cases."""
Counts = Callable[[str, int, int], None]
"""Told what was done last, how many are done, and how many there are."""


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
def obligations_shown() -> Generator[Callable[[Progress], None] | None]:
    """A bar of the obligations that are proved, and the machine that came last."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield None
        return
    from rich.progress import Progress as Bar

    with Bar(console=out, transient=True) as bar:
        task = bar.add_task("proving")
        yield lambda step: bar.update(
            task, description=f"proving {step.name}", completed=step.done, total=step.total
        )


@contextmanager
def counted_shown(title: str) -> Generator[Counts | None]:
    """One line that tells how many of all are done, and of what the last ones were."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield None
        return
    with out.status(title) as status:
        yield lambda last, done, total: status.update(f"{title}: {done} of {total}, {last}")
