"""A mutant: a machine's spec with one mistake put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import field, frozen

from netfsm.conformance.mutants.edit import Path, put, text_at, without
from netfsm.conformance.mutants.expressions import Changed
from netfsm.spec.findings import Mark
from netfsm.spec.nodes import Mapping, Node

__all__ = ["Mutant", "Site", "told"]

LONG: Final = 80
"""Characters of an old and a new text that are told whole."""


@frozen
class Mutant:
    """A spec with one mistake. `id` is `arp.neighbour/incomplete.again/when/1/drop`.

    `part` and `mark` are the row (or let, list, block, variable) in which it lies and its place;
    `says` is one line that reads like a diff; `root` the tree of the machine's file.
    """

    id: str
    machine: str
    part: str
    mark: Mark
    says: str
    root: Mapping = field(eq=False, repr=False)


@frozen
class Site:
    """Where mistakes are put in: a part of the tree of one machine, by its path."""

    machine: str
    part: str
    mark: Mark
    root: Mapping = field(repr=False)
    path: Path

    def changed(self, name: str, says: str, root: Mapping) -> Mutant:
        """A mutant of this part."""
        return Mutant(
            f"{self.machine}/{self.part}/{name}", self.machine, self.part, self.mark, says, root
        )

    def text(self, *below: str | int) -> str:
        """The text below this part; "" where there is none."""
        return " ".join(text_at(self.root, (*self.path, *below)).split())

    def drop(self, name: str, says: str, *below: str | int) -> Mutant:
        """Without what stands at `below`."""
        return self.changed(name, says, without(self.root, (*self.path, *below)))

    def put(self, name: str, says: str, new: Node | str, *below: str | int) -> Mutant:
        """With `new` at `below`."""
        return self.changed(name, says, put(self.root, (*self.path, *below), new))

    def each(self, what: str, changes: Iterator[Changed], *below: str | int) -> Iterator[Mutant]:
        """A mutant for each change of the expression at `below`; `what` names it: `do/tries`."""
        old, label = self.text(*below), what.replace("/", " ")
        for change in changes:
            if change.text != old:
                says = f"{label}: {told(old, change.text)}"
                yield self.put(f"{what}/{change.name}", says, change.text, *below)


def told(old: str, new: str) -> str:
    """`tries < MAX -> tries <= MAX`; of long texts only what differs, and the words beside it."""
    if len(old) + len(new) <= LONG:
        return f"{old} -> {new}"
    was, now = old.split(), new.split()
    shorter = min(len(was), len(now))
    first = next((n for n in range(shorter) if was[n] != now[n]), shorter)
    last = next((n for n in range(shorter - first) if was[-1 - n] != now[-1 - n]), shorter - first)
    return f"{_part(was, first, last)} -> {_part(now, first, last)}"


def _part(words: list[str], first: int, last: int) -> str:
    """The words from `first` on but the `last` ones, with three beside them on both sides."""
    begin, end = max(0, first - 3), len(words) - max(0, last - 3)
    before, after = "... " if begin else "", " ..." if end < len(words) else ""
    return f"{before}{' '.join(words[begin:end])}{after}"
