"""An obligation, how it is put to Z3, and the answer."""

from __future__ import annotations

import time
from typing import Any, Literal

from attrs import field, frozen

from netfsm.prove.encode import View
from netfsm.prove.solver import Term, conj, disj, is_true, z3
from netfsm.prove.theory import Theory
from netfsm.spec.findings import Mark

Verdict = Literal["proved", "refuted", "unknown"]
LIMIT = 5_000
"""Milliseconds that Z3 may take for one obligation."""


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


def answer(obligation: Obligation, theory: Theory, names: Witnesses) -> Answer:
    """Put `obligation` to Z3, at most LIMIT milliseconds a question."""
    began = time.perf_counter()
    verdict, part, witness, why = _asked(obligation, theory, names)
    mark = part.mark if part is not None else obligation.mark
    message = (
        obligation.rule if part is None or not part.says else f"{obligation.rule}: {part.says}"
    )
    if verdict == "unknown":
        message = f"{message} ({why})"
    seconds = time.perf_counter() - began
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


Asked = tuple[Verdict, "Part | None", tuple[tuple[str, str], ...], str]


def _asked(obligation: Obligation, theory: Theory, names: Witnesses) -> Asked:
    if obligation.doubt:
        return "unknown", None, (), obligation.doubt
    goals = [z3.simplify(part.goal) for part in obligation.parts]
    if not obligation.taken and all(is_true(goal) for goal in goals):
        return "proved", None, (), ""
    question = conj(goals) if obligation.taken else disj([z3.Not(goal) for goal in goals])
    solver = z3.Solver()
    solver.set("timeout", LIMIT)
    solver.add(*theory.facts, *obligation.assume, question)
    found = solver.check()
    if found == z3.unknown:
        return "unknown", None, (), f"Z3: {solver.reason_unknown()}"
    if obligation.taken:
        if found == z3.unsat:
            return "refuted", None, (), ""
        return "proved", None, names.tell(solver, obligation, question, small=False), ""
    if found == z3.unsat:
        return "proved", None, (), ""
    witness = names.tell(solver, obligation, question, small=True)
    return "refuted", _false_part(obligation, solver.model()), witness, ""


def _false_part(obligation: Obligation, found: Any) -> Part | None:
    """The first part that is false in the model."""
    for part in obligation.parts:
        if z3.is_false(found.eval(part.goal, model_completion=True)):
            return part
    return None


class Witnesses:
    """Tells models in the words of a spec."""

    def __init__(self, theory: Theory, kinds: dict[str, Any], show: Any) -> None:
        """`kinds` are the types of names, `show` writes a value of a type."""
        self._theory = theory
        self._kinds = kinds
        self._show = show

    def tell(
        self, solver: Any, obligation: Obligation, question: Term, *, small: bool
    ) -> tuple[tuple[str, str], ...]:
        """The values that a model gives to the names of the question, small where they can be."""
        names = _names(question)
        if small:
            self._shrink(solver, names)
        found = solver.model()
        literals = {str(found.eval(t)): text for t, text in self._theory.literals().items()}
        told: dict[str, str] = {}
        if obligation.view is not None:
            told["state"] = obligation.view.state
        for name in sorted(names):
            if name in self._kinds or name.startswith("armed("):
                value = found.eval(names[name], model_completion=True)
                told[name] = self._word(name, value, literals)
        for length in _lengths(question):
            if str(length.arg(0)) in told:
                told[f"len({length.arg(0)})"] = str(found.eval(length, model_completion=True))
        return tuple(told.items())

    def _word(self, name: str, value: Any, literals: dict[str, str]) -> str:
        kind = self._kinds.get(name)
        if z3.is_int_value(value) or z3.is_bv_value(value):
            return str(self._show(value.as_long(), kind))
        if z3.is_true(value) or z3.is_false(value):
            return "true" if z3.is_true(value) else "false"
        text = str(value)
        return literals.get(text) or text.rpartition("!val!")[2].join(("#", ""))

    def _shrink(self, solver: Any, names: dict[str, Term]) -> None:
        """Take small numbers where there is a model that has them."""
        solver.push()
        for name in sorted(names):
            if not z3.is_int(names[name]):
                continue
            for bound in (0, 1, 3, 16, 256):
                solver.push()
                solver.add(names[name] <= bound)
                if solver.check() == z3.sat:
                    break
                solver.pop()
        solver.check()


def _names(term: Term) -> dict[str, Term]:
    """The constants that stand in `term`, by name."""
    return {str(node): node for node in _nodes(term) if z3.is_const(node) and _free(node)}


def _lengths(term: Term) -> list[Term]:
    return [
        node
        for node in _nodes(term)
        if z3.is_app(node)
        and node.num_args() == 1
        and node.decl().name().startswith("len:")
        and z3.is_const(node.arg(0))
    ]


def _free(node: Term) -> bool:
    return bool(node.decl().kind() == z3.Z3_OP_UNINTERPRETED)


def _nodes(term: Term) -> list[Term]:
    seen: dict[int, Term] = {}
    pending = [term]
    while pending:
        node = pending.pop()
        if node.get_id() not in seen:
            seen[node.get_id()] = node
            pending.extend(node.children())
    return list(seen.values())
