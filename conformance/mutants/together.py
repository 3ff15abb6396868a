"""The compositions in which a machine stands, as judges: what they promise, a mutant may break."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from netfsm.explore.explored import explore
from netfsm.spec.composition import Composition
from netfsm.spec.library import Library

__all__ = ["Together"]

TIMES: Final = 4
"""How many times the states of the original are looked at; a mutant with more is not judged."""
BEYOND: Final = "COMPOSE-LIMIT"


class Together:
    """The compositions of `library` that hold `machine`; each is explored when it is first asked.

    What fails of the original is no failure of a mutant.
    """

    def __init__(self, machine: str, library: Library) -> None:
        self._library = library
        self._names = tuple(
            name
            for name in sorted(library.known("compose"))
            if isinstance(model := library.load(name).model, Composition)
            and machine in model.machines
        )
        self._states: dict[str, int] = {}
        self._failed: dict[str, frozenset[str]] = {}

    def first_failed(self, library: Library) -> str:
        """The first thing that does not hold with the machines of `library`, "" where all does."""
        for name in self._names:
            self._learn(name)
            loaded = library.load(name)
            if loaded.errors:
                return f"{loaded.errors[0].code} in {name}"
            assert isinstance(loaded.model, Composition)
            limit = min(loaded.model.limit, TIMES * self._states[name])
            for failed in _failures(evolve(loaded.model, limit=limit)):
                if failed not in self._failed[name]:
                    return f"{name}: {failed}"
        return ""

    def _learn(self, name: str) -> None:
        """How large the composition is with the original, and what fails of it."""
        if name in self._states:
            return
        model = self._library.load(name).model
        assert isinstance(model, Composition)
        explored = explore(model)
        self._states[name] = explored.states
        failed = (_told(each.code, each.property) for each in explored.failures)
        self._failed[name] = frozenset(failed)


def _failures(composition: Composition) -> Iterator[str]:
    for each in explore(composition).failures:
        if each.code != BEYOND:
            yield _told(each.code, each.property)


def _told(code: str, rule: str) -> str:
    return f"{code} {rule}".rstrip()
