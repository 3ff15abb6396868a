"""Tells what is wrong from what only follows from it.

Guards that overlap break what is claimed of both rows; a subtraction below zero is a store out of
range too. So what is refuted is taken for mended where the rest of its cell is looked at again: an
obligation that holds then has no finding of its own. It still counts as refuted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from netfsm.prove.answer import Answer, Asker, Obligation
from netfsm.prove.solver import Term, conj, z3


@define
class Causes:
    """Answers the obligations of one unit, in their order."""

    _asker: Asker
    _mended: list[tuple[Answer, Term]] = field(factory=list[tuple[Answer, Term]])

    def answers(self, obligations: Iterable[Obligation]) -> tuple[Answer, ...]:
        """All answers; those that follow from another say so."""
        return tuple(_behind(list(self._answered(obligations))))

    def _answered(self, obligations: Iterable[Obligation]) -> Iterator[Answer]:
        for each in obligations:
            found = self._asker.answer(each)
            if found.verdict == "refuted":
                found = evolve(found, because=self._cause(each))
                if not found.because and not each.taken:
                    self._mended.append((found, _claim(each)))
            yield found

    def _cause(self, obligation: Obligation) -> str:
        """The name of what is refuted and makes this one be so; "" where nothing does."""
        if obligation.taken:  # nothing can come that keeps a contract which can't be kept
            codes = {each.code: each.name for each, _ in self._mended}
            return codes.get("PROOF-CHOICE", "")
        assume = obligation.assume
        for each, term in self._mended:
            assume = (*assume, term)
            if self._asker.verdict(evolve(obligation, assume=assume)) == "proved":
                return each.name
        return ""


def _claim(obligation: Obligation) -> Term:
    goals = [part.goal for part in obligation.parts]
    return z3.Implies(conj([*obligation.assume]), conj(goals))


def _behind(answers: list[Answer]) -> Iterator[Answer]:
    """A row that nothing can take leaves a hole where it was meant to stand.

    And code that is made of a cell in which something is wrong need not be looked at yet.
    """
    refuted = [each for each in answers if each.verdict == "refuted" and not each.because]
    dead = [each.name for each in refuted if each.code == "PROOF-DEAD-ROW"]
    first = [each.name for each in refuted if each.code != "PROOF-CODE"]
    for each in answers:
        causes: list[str] = []
        if each.verdict != "proved" and each.code in ("PROOF-HOLE", "PROOF-CODE"):
            causes = dead if each.code == "PROOF-HOLE" else first
        yield evolve(each, because=causes[0]) if causes else each
