"""What functions of the hands say in a model of Z3, held against what the hands say.

Z3 knows of a function what its contract promises. Where a model has another answer than the hands,
the hands' answer for those arguments is a fact that the next model keeps to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from attrs import define, field, frozen

from netfsm.machine.values import fits
from netfsm.prove.asking import Found
from netfsm.prove.solver import Term, conj, z3
from netfsm.prove.theory import Theory
from netfsm.spec import model

__all__ = ["Lie", "Said"]

_HEAD: Final = "function:"


@frozen
class Lie:
    """A call of which a model says what the hands don't: `fact` is what they say of its arguments.

    `asked` is that the call has these arguments: a model that keeps to both tells the truth of it.
    """

    fact: Term
    asked: Term


@define
class Said:
    """The calls that stand in the terms of a cell; `hands` are functions by name."""

    theory: Theory
    hands: Mapping[str, tuple[model.Function, Callable[..., Any]]]
    _calls: dict[int, Term] = field(init=False, factory=dict[int, Term])
    _seen: dict[int, Term] = field(init=False, factory=dict[int, Term])

    def look(self, terms: list[Term]) -> None:
        """Take up the calls in `terms`."""
        pending = list(terms) if self.hands else []
        while pending:
            term = pending.pop()
            if term.get_id() not in self._seen:
                self._seen[term.get_id()] = term
                pending += term.children()
                if z3.is_app(term) and term.decl().name().startswith(_HEAD):
                    self._calls[term.get_id()] = term

    def lies(self, found: Found) -> tuple[Lie, ...]:
        """Each call to which the hands have another answer than the model."""
        return tuple(self._lies(found))

    def _lies(self, found: Found) -> Iterator[Lie]:
        for call in self._calls.values():
            function, hand = self.hands[call.decl().name().removeprefix(_HEAD)]
            given = [found.value(arg) for arg in call.children()]
            if not all(z3.is_int_value(arg) for arg in given):
                continue  # something opaque: the interpreter confirms or it is no example
            numbers = [arg.as_long() for arg in given]
            kinds = [param.type for param in function.params]
            if not all(map(fits, kinds, numbers)):
                continue  # nobody asks: the call stands where it is not reached
            said = hand(*numbers)
            if _plain(found.value(call)) != said:
                here = [z3.IntVal(number) for number in numbers]
                fact = call.decl()(*here) == self.theory.value(function.result, said)
                yield Lie(fact, conj([a == b for a, b in zip(call.children(), here, strict=True)]))


def _plain(value: Term) -> bool | int | None:
    """A value of Z3 as Python has it; None for what is neither a truth nor a number."""
    if z3.is_bool(value):
        return bool(z3.is_true(value))
    return int(value.as_long()) if z3.is_int_value(value) else None
