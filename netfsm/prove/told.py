"""What a person is told of answers: one finding for each cause, and a case in which it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from netfsm.prove.answer import Answer
from netfsm.spec.findings import Findings, Mark

Place = tuple[str, str, int]


Ran = Callable[[Answer], tuple[str, ...]]
"""Runs the step in which an answer fails; lines that tell what came of it."""


def tell(answers: Iterable[Answer], findings: Findings, ran: Ran | None = None) -> None:
    """Note a finding for each place and code at which something is not proved, and why."""
    failed = [each for each in answers if each.verdict != "proved"]
    wrong = {
        _invariant(each)
        for each in failed
        if each.code == "PROOF-INVARIANT" and each.verdict == "refuted"
    }
    causes = [each for each in failed if not each.because and not _against(each) & wrong]
    behind = Counter(each.because for each in failed)
    for group in _grouped(causes):
        first = group[0]
        code = first.code if first.verdict == "refuted" else "PROOF-UNKNOWN"
        where = Mark(first.file, first.line, first.column)
        follow = sum(behind[each.name] for each in group)
        findings.add(code, where, f"{first.name}: {_claim(first)}", _hint(group, follow, ran))


def _invariant(answer: Answer) -> tuple[str, str]:
    """The machine and the invariant that an answer speaks of: the ends of its name."""
    return answer.name.partition("/")[0], answer.name.rpartition("/")[2]


def _against(answer: Answer) -> set[tuple[str, str]]:
    """The invariants that forbid a row; where one of them is wrong, the row need not be."""
    return {(answer.name.partition("/")[0], each) for each in answer.against}


def _grouped(answers: Iterable[Answer]) -> Iterator[list[Answer]]:
    """By code and line, in the order in which they come."""
    groups: dict[Place, list[Answer]] = {}
    for each in answers:
        groups.setdefault((each.code, each.file, each.line), []).append(each)
    yield from groups.values()


def _claim(answer: Answer) -> str:
    word = "not true that" if answer.verdict == "refuted" else "not proved that"
    return f"{word} {answer.message}"


def _hint(group: list[Answer], follow: int, ran: Ran | None) -> str:
    """The case of the first, and what else is not proved for the same reason."""
    first = group[0]
    lines = list(first.case) or [f"netfsm explain {first.code} tells what is asked"]
    if ran is not None and first.step:
        lines += ran(first)
    if len(group) > 1:
        others = ", ".join(each.name for each in group[1:3])
        more = ", ..." if len(group) > 3 else ""
        lines.append(f"also:   {others}{more}")
    if follow:
        word = "obligation fails" if follow == 1 else "obligations fail"
        lines.append(f"{follow} more {word} that would hold if this did")
    return "\n".join(lines)
