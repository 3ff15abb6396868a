"""Facts of a machine that are looked up once, however many instances of it ask.

Machines are compared by what they say, which takes as long as to look. Here one is itself alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

from netfsm.spec.model import Machine

__all__ = ["once"]

T = TypeVar("T")
_KEPT: Final = 32
"""Machines whose facts are kept, those that were asked for last."""


class _Itself:
    """A machine as a key: the same only where it is the same object, which the key keeps alive."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __hash__(self) -> int:
        return id(self.machine)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.machine is self.machine


def once(look: Callable[[Machine], T]) -> Callable[[Machine], T]:
    """`look`, whose answer for a machine is kept; it must hang on the machine alone."""

    @lru_cache(maxsize=_KEPT)
    def kept(key: _Itself) -> T:
        return look(key.machine)

    @wraps(look)
    def known(machine: Machine) -> T:
        return kept(_Itself(machine))

    return known
