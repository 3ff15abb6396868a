"""Tuples that never change, made once when the module is loaded and named after what they are."""

from __future__ import annotations

from collections.abc import Iterable

from netfsm.spec.expr import Expr, Lit, Name, Op, walk


class Constants:
    """Names for fixed texts: the same text has one name, two texts never share one."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._names: dict[str, str] = {}

    def name(self, wanted: str, text: str) -> str:
        """The name of `text`: `wanted`, or that with a number where it is taken."""
        if text not in self._names:
            name, number = wanted, 2
            while name in self._taken:
                name, number = f"{wanted}_{number}", number + 1
            self._taken.add(name)
            self._names[text] = name
        return self._names[text]

    def __contains__(self, name: str) -> bool:
        return name in self._names.values()

    @property
    def lines(self) -> list[str]:
        """`NAME = text`, in the order in which they were asked for."""
        return [f"{name} = {text}" for text, name in self._names.items()]


def fixed(expr: Expr) -> bool:
    """True where `expr` holds literals and constants only, so that it never changes."""
    return all(
        isinstance(node, Lit)
        or (isinstance(node, Name) and node.kind == "const")
        or (isinstance(node, Op) and node.op not in ("oldest", "pop"))
        for node in walk(expr)
    )
