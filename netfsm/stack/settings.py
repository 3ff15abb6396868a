"""The constants of a stack's layers: of a set, and as a person changed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from netfsm.spec import model
from netfsm.spec.types import Value


@frozen
class Settings:
    """`chosen` is the set (`--constants`), `values` what was changed, by `layer.NAME`."""

    chosen: model.SetName
    values: Mapping[str, Value]

    def of(self, layer: str, constants: Iterable[model.Constant]) -> dict[str, Value]:
        """The value of each constant by name: what was changed wins over the set.

        Raises ValueError for a change of a constant that the spec does not call settable, or that
        is out of its bounds.
        """
        found = {one.name: one.sets.get(self.chosen, one.value) for one in constants}
        changes = self._changes(layer)
        for one in constants:
            if one.name in changes:
                found[one.name] = _changed(one, changes[one.name])
        return found

    def check(self, layer: str, known: frozenset[str]) -> None:
        """Raise ValueError for a change of a constant that is none of `known`."""
        wrong = sorted(self._changes(layer).keys() - known)
        if wrong:
            raise ValueError(f"layer {layer} has no constant {', '.join(wrong)}")

    def _changes(self, layer: str) -> dict[str, Value]:
        said = ((name.partition("."), value) for name, value in self.values.items())
        return {name: value for (head, _, name), value in said if head == layer}


def _changed(constant: model.Constant, value: Value) -> Value:
    if not constant.settable:
        raise ValueError(f"{constant.name} can't be set: its spec does not say settable")
    low, high = constant.minimum, constant.maximum
    below = low is not None and isinstance(value, int) and value < low
    above = high is not None and isinstance(value, int) and value > high
    if below or above:
        raise ValueError(f"{constant.name} is between {low} and {high}, not {value!r}")
    return value
