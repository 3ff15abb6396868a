"""Values of a model of Z3, as a person reads them.

A sequence number is told from its anchor (`una + 17`), a number near a power of two as such
(`2^31 - 1`), a thing of the hands' by a number that it has in this model alone (`#0`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from netfsm.prove.solver import Term, z3
from netfsm.prove.step import Steps
from netfsm.spec.pretty import pretty_value
from netfsm.spec.types import Nat, Queue, Ranges, Seq, SetOf, Type

_ROUND: Final = 1 << 16
_NEAR: Final = 16
_COUNTED: Final = Queue | SetOf | Ranges


class Values:
    """The values of one model; `anchors` are those of sequence numbers, by name."""

    def __init__(
        self,
        steps: Steps,
        found: Any,
        kinds: Mapping[str, Type],
        anchors: Mapping[str, str] | None = None,
    ) -> None:
        self._steps = steps
        self._found = found
        self._kinds = kinds
        self.anchors = dict(anchors or {})
        literals = steps.theory.literals().items()
        self._literals = {str(found.eval(term)): text for term, text in literals}

    def kind(self, name: str) -> Type | None:
        """The type of a name of the machine."""
        return self._kinds.get(name)

    def truth(self, term: Term) -> bool:
        """Whether `term` is true."""
        return bool(z3.is_true(self._eval(term)))

    def text(self, kind: Type | None, term: Term, name: str = "") -> str:
        """The value of `term`; "" for what has none that could be written.

        `name` is what has this value: a sequence number that is its own anchor is told as it is.
        """
        if isinstance(kind, _COUNTED):
            return ""  # its length is told
        value = self._eval(term)
        if z3.is_int_value(value) or z3.is_bv_value(value):
            number: int = value.as_long()
            return self._number(kind, number, name)
        if z3.is_true(value) or z3.is_false(value):
            return "true" if z3.is_true(value) else "false"
        text = str(value)
        return self._literals.get(text) or text.rpartition("!val!")[2].join(("#", ""))

    def lengths(self, names: Mapping[str, Term]) -> Iterator[str]:
        """The names of what is counted."""
        for name, kind in self._kinds.items():
            if name in names and isinstance(kind, _COUNTED):
                yield name

    def length(self, name: str) -> str:
        """How much is in a set, a queue or ranges of the machine."""
        kind = self._kinds[name]
        theory = self._steps.theory
        return str(self._eval(theory.length(kind, theory.const(name, kind))))

    def _eval(self, term: Term) -> Any:
        return self._found.eval(term, model_completion=True)

    # ---- numbers

    def _number(self, kind: Type | None, number: int, name: str) -> str:
        if isinstance(kind, Seq) and self.anchors:
            return self._seq(kind, number, name)
        if kind is None or isinstance(kind, Nat):
            return written(number) if self.anchors else str(number)
        return pretty_value(number, kind)

    def _seq(self, kind: Seq, number: int, name: str) -> str:
        anchor = next((a for a in self.anchors.values() if self._kinds[a] == kind), None)
        if name in self.anchors:
            anchor = self.anchors[name]
        if anchor is None or anchor == name:
            return written(number)
        theory = self._steps.theory
        start: int = self._eval(theory.const(anchor, kind)).as_long()
        ahead = (number - start) % kind.modulus
        if ahead == 0:
            return anchor
        if ahead <= kind.modulus // 2:
            return f"{anchor} + {written(ahead)}"
        return f"{anchor} - {written(kind.modulus - ahead)}"


def written(number: int) -> str:
    """A number; one that is large and near a power of two as such."""
    if number >= _ROUND:
        for power in (number.bit_length() - 1, number.bit_length()):
            rest = number - (1 << power)
            if abs(rest) < _NEAR:
                sign = f" {'+' if rest > 0 else '-'} {abs(rest)}" if rest else ""
                return f"2^{power}{sign}"
    return str(number)
