"""How hands choose while a composition is explored: every way, one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from attrs import define, field

from netfsm.explore.slots import Kind, View
from netfsm.explore.values import Constants, Look, value_of
from netfsm.machine.evaluate import evaluate
from netfsm.spec import model
from netfsm.spec.composition import Choose, End, Place, choices_of
from netfsm.spec.formats import Format
from netfsm.spec.types import Bool, Enum, Nat, Type, Value

__all__ = ["Chooser", "Oracle"]


@define
class Oracle:
    """Goes through every sequence of decisions that one run may ask for.

    oracle = Oracle()
    while oracle.more():
        ... oracle.choose(3) ...
    """

    _script: list[int] = field(factory=list[int])
    _sizes: list[int] = field(factory=list[int])
    _asked: int = 0
    _begun: bool = False

    def more(self) -> bool:
        """True where there is another way to go; begins it."""
        if self._begun:
            while self._script and self._script[-1] + 1 == self._sizes[-1]:
                self._script.pop()
                self._sizes.pop()
            if not self._script:
                return False
            self._script[-1] += 1
        self._begun = True
        self._asked = 0
        return True

    def choose(self, size: int) -> int:
        """The number that is chosen of `size` this time."""
        if self._asked == len(self._script):
            self._script.append(0)
            self._sizes.append(size)
        self._asked += 1
        return self._script[self._asked - 1]


@define
class Chooser:
    """The options of every event of an end. `read` gives what the end holds at the moment."""

    end: End
    kinds: Mapping[str, Kind]
    formats: Mapping[str, Format]
    constants: Constants
    read: Callable[[Place], Any]
    _rules: dict[tuple[str, str], dict[str, Choose]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Sort the rules by event."""
        self._rules = {}
        for rule in self.end.chooses:
            self._rules.setdefault((rule.machine, rule.event), {})[rule.choice] = rule

    def options(
        self, machine: str, event: model.Event, inputs: Mapping[str, Any], here: View
    ) -> list[dict[str, Value]] | None:
        """Every way to choose that keeps the contracts; None where there is nothing to choose.

        `here` is the machine for which is chosen, with `inputs` as the event's parameters.
        """
        choices = [c for c in choices_of(event, self.formats) if c.name not in inputs]
        if not choices:
            return None
        rules = self._rules.get((machine, event.name), {})
        look = Look(self.end.places, self.constants, {}, self.read, inputs, {})
        each = [_values(rules[choice.name], choice.type, look) for choice in choices]
        names = [choice.name for choice in choices]
        options = [dict(zip(names, values, strict=True)) for values in product(*each)]
        if len(options) == 1:
            return options  # the machine itself holds it against the contract
        return [
            option
            for option in options
            if all(
                choice.contract is None
                or evaluate(choice.contract, here.with_inputs({**inputs, **option}))
                for choice in choices
            )
        ]


def _values(rule: Choose, type_: Type, look: Look) -> list[Value]:
    """The values that `rule` tries, in order, each once."""
    if rule.form == "any":
        return _all(type_)
    values = [value_of(value, look) for value in rule.values]
    if rule.form == "range":
        low, high = values
        return list(range(low, high + 1))
    return list(dict.fromkeys(values))


def _all(type_: Type) -> list[Value]:
    match type_:
        case Bool():
            return [False, True]
        case Enum():
            return [number for _, number in type_.members]
        case Nat():
            return list(range(type_.max + 1))
        case _:
            raise AssertionError(f"all values of {type_}: the reader sees to it")
