"""An obligation, how it is put to Z3, and the answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from attrs import field, frozen

from netfsm.prove.solver import Term, conj, disj, is_true, z3
from netfsm.spec import model
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Mark

if TYPE_CHECKING:
    from netfsm.prove.encode import View
    from netfsm.prove.theory import Theory

Verdict = Literal["proved", "refuted", "unknown"]
LIMIT = 20_000
"""Milliseconds that Z3 may take for one obligation: enough on a machine that has more to do."""
_FIRST: Final = 1_000
"""The same for its simple solver, which answers most."""
PATIENT: Final = 60_000
"""The same with bit-vectors, which are slower where sums of many numbers are compared."""


@frozen
class Part:
    """One of the things that an obligation asks: what it is called, where it stands, the claim."""

    says: str
    mark: Mark
    goal: Term
    claims: tuple[Claim, ...] = ()


@frozen
class Claim:
    """What a case of a part that fails is told by: an expression, seen from `view`.

    `says` names it. A truth is told by the conjunct that is false, all else by its value.
    """

    says: str
    expr: Expr
    view: View


@frozen
class Obligation:
    """A claim: under `assume` all `parts` hold; or, for `taken`, they can hold at once.

    `code` is that of the finding where it fails, `rule` a sentence of what should hold. `row` is
    the one whose step it speaks of, `shown` what a case tells the values of, besides the parts.
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
    row: model.Row | None = None
    event: str = ""
    shown: tuple[Term, ...] = ()


@frozen
class Answer:
    """What became of an obligation.

    `file`, `line` and `column` are those of what is wrong, or of what was proved. `witness` holds
    values in the spec's words: a case in which it fails, or, for a row, one in which it is taken.
    `case` tells the case that fails in lines for a person, `step` holds it for the machine (see
    `netfsm.prove.failing`), "" where it is no single step. `because` names what is refuted too and
    has this one follow from it; `against` are the invariants that forbid a row.
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
    case: tuple[str, ...] = field(factory=tuple)
    because: str = ""
    against: tuple[str, ...] = field(factory=tuple)
    step: str = ""


Pairs = tuple[tuple[str, str], ...]


@frozen
class Told:
    """What is told of a question: values by name, lines for a person, the part that is false."""

    witness: Pairs = ()
    case: tuple[str, ...] = ()
    part: Part | None = None
    against: tuple[str, ...] = ()
    step: str = ""


class Teller(Protocol):
    """Tells the models of questions."""

    def taken(self, solver: Any, obligation: Obligation, question: Term) -> Told:
        """The values with which a row is taken."""
        ...

    def failed(self, solver: Any, obligation: Obligation, question: Term) -> Told:
        """A case in which the obligation does not hold, with small numbers where they do."""
        ...

    def forbidden(self, solver: Any, obligation: Obligation) -> Told:
        """Why nothing can take a row; `solver` is a new one that knows the facts."""
        ...


class _Silent:
    def taken(self, solver: Any, obligation: Obligation, question: Term) -> Told:  # noqa: ARG002  # nothing is told, whatever is asked
        return _NOTHING

    def failed(self, solver: Any, obligation: Obligation, question: Term) -> Told:  # noqa: ARG002  # the same
        return _NOTHING

    def forbidden(self, solver: Any, obligation: Obligation) -> Told:  # noqa: ARG002  # the same
        return _NOTHING


_NOTHING: Final = Told()
SILENT: Final[Teller] = _Silent()
"""Tells no values, where only the verdict counts."""

Asked = tuple[Verdict, Told, str]


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
        """The answer to `obligation`, after at most its limit and a second."""
        began = time.process_time()
        verdict, told, why = self._asked(obligation, self._names)
        part = told.part
        mark = part.mark if part is not None else obligation.mark
        message = obligation.rule
        if part is not None and part.says:
            message = f"{message}: {part.says}"
        if verdict == "unknown":
            message = f"{message} ({why})"
        return Answer(
            name=obligation.name,
            verdict=verdict,
            code=obligation.code,
            file=mark.file,
            line=mark.line,
            column=mark.column,
            message=message,
            witness=told.witness,
            seconds=time.process_time() - began,
            case=told.case,
            against=told.against,
            step=told.step,
        )

    def verdict(self, obligation: Obligation) -> Verdict:
        """The verdict alone."""
        return self._asked(obligation, SILENT)[0]

    def _asked(self, obligation: Obligation, names: Teller) -> Asked:
        if obligation.doubt:
            return "unknown", _NOTHING, obligation.doubt
        goals = [z3.simplify(part.goal) for part in obligation.parts]
        if not obligation.taken and all(is_true(goal) for goal in goals):
            return "proved", _NOTHING, ""
        question = conj(goals) if obligation.taken else disj([z3.Not(goal) for goal in goals])
        why = ""
        for solver, limit in ((z3.SimpleSolver(), _FIRST), (z3.Solver(), self._limit)):
            solver.set("timeout", limit)
            solver.add(*self._theory.facts, *obligation.assume, question)
            found = solver.check()
            if found == z3.sat:
                told = names.taken if obligation.taken else names.failed
                return _ON_SAT[obligation.taken], told(solver, obligation, question), ""
            if found == z3.unsat:
                return _ON_UNSAT[obligation.taken], self._forbidden(obligation, names), ""
            why = f"Z3: {solver.reason_unknown()}"
        return "unknown", _NOTHING, why

    def _forbidden(self, obligation: Obligation, names: Teller) -> Told:
        if not obligation.taken:
            return _NOTHING
        solver = z3.SimpleSolver()
        solver.set("timeout", LIMIT)
        solver.add(*self._theory.facts)
        return names.forbidden(solver, obligation)


_ON_SAT: Final[dict[bool, Verdict]] = {True: "proved", False: "refuted"}
_ON_UNSAT: Final[dict[bool, Verdict]] = {True: "refuted", False: "proved"}
