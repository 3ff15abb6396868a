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
    return _joined(z3.Z3_mk_and, parts) if parts else z3.BoolVal(True)


def disj(parts: list[Term]) -> Term:
    """One of `parts`; false where there are none."""
    return _joined(z3.Z3_mk_or, parts) if parts else z3.BoolVal(False)


def _joined(make: Any, parts: list[Term]) -> Term:
    """Many truths made one. `z3.And` looks at the sorts of all of them, which takes most of it."""
    if len(parts) == 1:
        return parts[0]
    context = parts[0].ctx
    asts = (z3.Ast * len(parts))(*(part.as_ast() for part in parts))
    return z3.BoolRef(make(context.ref(), len(parts), asts), context)


def is_true(term: Term) -> bool:
    """Whether `term` is the constant true."""
    return bool(z3.is_true(term))


def is_false(term: Term) -> bool:
    """Whether `term` is the constant false."""
    return bool(z3.is_false(term))
