"""Tuples that never change, made once when the module is loaded and named after what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netfsm.spec import model
from netfsm.spec.expr import Expr, Lit, Name, Op, walk
from netfsm.spec.model import SetName, SizeName
from netfsm.spec.types import Value


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


def constant_values(
    constants: Iterable[model.Constant],
    size: SizeName = "real",
    choice: SetName = "rfc",
    changed: Mapping[str, Value] | None = None,
) -> dict[str, Value]:
    """The value of each constant by name: of a size, of a set, or as a person `changed` it.

    What is changed wins over the set, the set over the size, the size over the value. Raises
    ValueError for a change of a constant that the spec does not call settable, or out of bounds.
    """
    found: dict[str, Value] = {}
    changed = changed or {}
    for constant in constants:
        value = constant.sizes.get(size, constant.value)
        found[constant.name] = constant.sets.get(choice, value)
        if constant.name in changed:
            found[constant.name] = _change(constant, changed[constant.name])
    return found


def _change(constant: model.Constant, value: Value) -> Value:
    if not constant.settable:
        raise ValueError(f"{constant.name} can't be set: its spec does not say settable")
    low, high = constant.minimum, constant.maximum
    below = low is not None and isinstance(value, int) and value < low
    above = high is not None and isinstance(value, int) and value > high
    if below or above:
        raise ValueError(f"{constant.name} is between {low} and {high}, not {value!r}")
    return value
