"""Hands of the ferry, whose three machines share a scope: they write down what they are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from netfsm.stack import Hands, Stack
from netfsm.stack.part import Part

SPECS: Final = Path(__file__).parents[1] / "specs"


class Ferry(Hands):
    """Each emission with the machine that made it, in order."""

    def setup(self) -> None:
        """Begin a new list."""
        self.told: list[tuple[str, tuple[Any, ...], str]] = []
        self.link: Part = self.part("ferry.link")

    def on_link_data(self, instance: Any, emission: Any, _: object) -> None:
        """A load leaves."""
        self.told.append(("data", tuple(emission), instance.about.name))

    def on_link_lost(self, instance: Any, emission: Any, _: object) -> None:
        """The line is given up."""
        self.told.append(("lost", tuple(emission), instance.about.name))

    def on_again_note(self, instance: Any, emission: Any, _: object) -> None:
        """Another machine of the scope has something to say."""
        self.told.append(("note", tuple(emission), instance.about.name))


def boot(**options: Any) -> Stack:
    """Make a stack with the ferry alone."""
    return Stack(layers=["ferry"], path=[SPECS / "ferry"], strict=True, **options)


def ferry(stack: Stack) -> Ferry:
    """The hands of the ferry in a stack."""
    found = stack.layer("ferry")
    assert type(found) is Ferry
    return found
