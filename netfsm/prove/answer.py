"""An obligation, how it is put to Z3, and the answer."""

from __future__ import annotations

import time
from typing import Any, Final, Literal, Protocol

from attrs import field, frozen

from netfsm.prove.encode import View
from netfsm.prove.solver import Term, conj, disj, is_true, z3
from netfsm.prove.theory import Theory
from netfsm.spec.findings import Mark

Verdict = Literal["proved", "refuted", "unknown"]
LIMIT = 5_000
"""Milliseconds that Z3 may take for one obligation."""
PATIENT: Final = 60_000
"""The same with bit-vectors, which are slower where sums of many numbers are compared."""


@frozen
class Part:
    """One of the things that an obligation asks: what it is called, where it stands, the claim."""

    says: str
    mark: Mark
    goal: Term


@frozen
class Obligation:
    """A claim: under `assume` all `parts` hold; or, for `taken`, they can hold at once.

    `code` is that of the finding where it fails, `rule` a sentence of what should hold.
    """

    name: str
    code: str
    mark: Mark
    rule: str
    assume: tuple[Term, ...]
    parts: tuple[Part, ...]
    taken: bool = False
    view: View | None = None
    doubt: str = ""


@frozen
class Answer:
    """What became of an obligation.

    `file`, `line` and `column` are those of what is wrong, or of what was proved. `witness` holds
    values in the spec's words: a case in which it fails, or, for a row, one in which it is taken.
    """

    name: str
    verdict: Verdict
    code: str
    file: str
    line: int
    column: int
    message: str
    witness: tuple[tuple[str, str], ...] = field(factory=tuple)
    seconds: float = 0.0


class Teller(Protocol):
    """Tells the model of a refuted question."""

    def tell(
        self, solver: Any, obligation: Obligation, question: Term, *, small: bool
    ) -> tuple[tuple[str, str], ...]:
        """The values of the names in `question`, small ones where `small` asks for them."""
        ...


class _Silent:
    def tell(
        self,
        solver: Any,  # noqa: ARG002  # nothing is told, whatever is asked
        obligation: Obligation,  # noqa: ARG002  # nothing is told, whatever is asked
        question: Term,  # noqa: ARG002  # nothing is told, whatever is asked
        *,
        small: bool,  # noqa: ARG002  # nothing is told, whatever is asked
    ) -> tuple[tuple[str, str], ...]:
        return ()


SILENT: Final[Teller] = _Silent()
"""Tells no values, where only the verdict counts."""


Asked = tuple[Verdict, "Part | None", tuple[tuple[str, str], ...], str]


class Asker:
    """Puts obligations in terms of one theory to Z3, each to a solver of its own.

    The plain solver is asked first, which takes half the time of the one that Z3 chooses; what it
    can't tell in its share of the time the other is asked.
    """

    def __init__(self, theory: Theory, names: Teller, limit: int = LIMIT) -> None:
        """`limit` is in milliseconds for each obligation."""
        self._limit = limit
        self._theory = theory
        self._names = names

    def answer(self, obligation: Obligation) -> Answer:
        """The answer to `obligation`, after at most its limit and LIMIT / 5."""
        began = time.process_time()
        verdict, part, witness, why = self._asked(obligation)
        mark = part.mark if part is not None else obligation.mark
        message = obligation.rule
        if part is not None and part.says:
            message = f"{message}: {part.says}"
        if verdict == "unknown":
            message = f"{message} ({why})"
        seconds = time.process_time() - began
        return Answer(
            obligation.name,
            verdict,
            obligation.code,
            mark.file,
            mark.line,
            mark.column,
            message,
            witness,
            seconds,
        )

    def _asked(self, obligation: Obligation) -> Asked:
        if obligation.doubt:
            return "unknown", None, (), obligation.doubt
        goals = [z3.simplify(part.goal) for part in obligation.parts]
        if not obligation.taken and all(is_true(goal) for goal in goals):
            return "proved", None, (), ""
        question = conj(goals) if obligation.taken else disj([z3.Not(goal) for goal in goals])
        found: Asked = ("unknown", None, (), "")
        for solver, limit in ((z3.SimpleSolver(), LIMIT // 5), (z3.Solver(), self._limit)):
            solver.set("timeout", limit)
            solver.add(*self._theory.facts, *obligation.assume, question)
            found = self._found(solver, obligation, question)
            if found[0] != "unknown":
                break
        return found

    def _found(self, solver: Any, obligation: Obligation, question: Term) -> Asked:
        found = solver.check()
        if found == z3.unknown:
            return "unknown", None, (), f"Z3: {solver.reason_unknown()}"
        if obligation.taken:
            if found == z3.unsat:
                return "refuted", None, (), ""
            return "proved", None, self._names.tell(solver, obligation, question, small=False), ""
        if found == z3.unsat:
            return "proved", None, (), ""
        witness = self._names.tell(solver, obligation, question, small=True)
        return "refuted", _false_part(obligation, solver.model()), witness, ""


def _false_part(obligation: Obligation, found: Any) -> Part | None:
    """The first part that is false in the model."""
    for part in obligation.parts:
        if z3.is_false(found.eval(part.goal, model_completion=True)):
            return part
    return None
