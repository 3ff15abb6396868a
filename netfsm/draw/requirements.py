"""The page of a document's numbered requirements: where each is met, and why some are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import frozen

from netfsm.draw.markdown import page, table
from netfsm.spec.cited import Cited
from netfsm.spec.numbered import LEVELS, Numbered, Sentence

__all__ = ["Standing", "page_name", "requirements_page", "standings"]

Met = Literal["by the specs", "by tests", "not"]


@frozen
class Standing:
    """A requirement, the parts of specs that name it, and the tests that are marked with it."""

    sentence: Sentence
    cited: tuple[Cited, ...]
    tests: tuple[str, ...]

    @property
    def met(self) -> Met:
        """How it is met; what has a reason why it is not done is not met, whatever names it."""
        if self.sentence.undone or not (self.cited or self.tests):
            return "not"
        return "by the specs" if self.cited else "by tests"


def standings(
    numbered: Numbered, items: Iterable[Cited], tests: Mapping[str, tuple[str, ...]]
) -> tuple[Standing, ...]:
    """Where each requirement of `numbered` stands; `tests` are by the text of their clause."""
    naming: dict[str, list[Cited]] = {}
    for item in items:
        for ref in item.refs:
            if ref.document == numbered.document:
                naming.setdefault(ref.clause, []).append(item)
    return tuple(
        Standing(
            each,
            tuple(naming.get(each.number, ())),
            tests.get(f"{numbered.document} {each.number}", ()),
        )
        for each in numbered.sentences
    )


def page_name(numbered: Numbered) -> str:
    """`rfc9293.md` for RFC 9293."""
    return f"{''.join(numbered.document.split()).lower()}.md"


def requirements_page(numbered: Numbered, found: tuple[Standing, ...]) -> str:
    """Counts by level, every requirement with what meets it, then what is not met and why."""
    undone = [(_number(each), each.sentence.undone) for each in found if each.met == "not"]
    asked = f'netfsm explain "{numbered.document} {found[0].sentence.number}"'
    parts = [
        f"# {numbered.document}, requirement by requirement",
        f"{numbered.title}: what meets each, or why nothing does. `{asked}` shows one.",
        _counts(found),
        "## Where each stands",
        table(("requirement", "says", "met by", "shown by"), map(_line, found)),
        "## What is not met",
        table(("requirement", "why"), undone) if undone else "Nothing.",
    ]
    return page(parts)


def _counts(found: tuple[Standing, ...]) -> str:
    lines = [
        _count(level, [each for each in found if each.sentence.level == level]) for level in LEVELS
    ]
    head = ("level", "requirements", "met by the specs", "met by tests alone", "not met")
    return table(head, [*lines, _count("all", found)])


def _count(level: str, found: Iterable[Standing]) -> tuple[str, ...]:
    met = [each.met for each in found]
    kinds: tuple[Met, ...] = ("by the specs", "by tests", "not")
    return (level, str(len(met)), *(str(met.count(kind)) for kind in kinds))


def _line(each: Standing) -> tuple[str, ...]:
    met = ", ".join(f"`{item.name}`" for item in each.cited)
    if each.met == "not":
        met = f"not met; in part {met}" if met else "not met"
    return (_number(each), each.sentence.says, met, ", ".join(f"`{test}`" for test in each.tests))


def _number(each: Standing) -> str:
    where = ", ".join(ref.clause for ref in each.sentence.refs)
    return f"{each.sentence.number} ({each.sentence.level}, {where})"
