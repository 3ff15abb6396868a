"""Z3, imported when it is first used: `netfsm.prove` loads without the extra `prove`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

Term = Any
"""A Z3 expression. Z3 has no types that checkers could use."""


class _Z3:
    """The module z3, by attribute."""

    def __getattr__(self, name: str) -> Any:
        """Import z3 and return what it calls `name`; ModuleNotFoundError without the extra."""
        value = getattr(import_module("z3"), name)
        setattr(self, name, value)
        return value


z3: Final[Any] = _Z3()


def conj(parts: list[Term]) -> Term:
    """All of `parts`; true where there are none."""
    if len(parts) == 1:
        return parts[0]
    return z3.And(*parts) if parts else z3.BoolVal(True)


def disj(parts: list[Term]) -> Term:
    """One of `parts`; false where there are none."""
    if len(parts) == 1:
        return parts[0]
    return z3.Or(*parts) if parts else z3.BoolVal(False)


def is_true(term: Term) -> bool:
    """Whether `term` is the constant true."""
    return bool(z3.is_true(term))
