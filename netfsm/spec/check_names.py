"""One name space: a name is declared once, but for a timer and its event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from netfsm.spec.chapters import files_of
from netfsm.spec.declare import good_name
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.names import BUILTINS
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.reading import Reading

__all__ = ["check_names", "members_of"]

_SECTIONS: Final = (
    ("types", "a type"),
    ("constants", "a constant"),
    ("functions", "a function"),
    ("given", "given"),
    ("variables", "a variable"),
    ("timers", "a timer"),
    ("groups", "a group"),
    ("states", "a state"),
    ("let", "a let"),
    ("decide", "a decide list"),
    ("blocks", "a block"),
    ("outputs", "an output"),
    ("events", "an event"),
)
_VALUES: Final = frozenset(
    {"a constant", "a function", "given", "a variable", "a timer", "a let", "a member", "a key"}
)
_PUNCTUATION: Final = re.compile(r"[.-]")
_GOOD_HERE: Final = ("groups", "decide", "blocks", "outputs", "events", "timers")


def check_names(reading: Reading) -> None:
    """Note names declared twice, and names of groups, events and the like that can't be used."""
    known: dict[str, tuple[str, Mark]] = {}
    rank = {file: number for number, file in enumerate(files_of(reading.shape))}
    own = sorted(_declared(reading), key=lambda each: (rank.get(each[2].file, -1), each[2]))
    for name, what, mark in (*_visible(reading), *own):
        kind, first = known.setdefault(name, (what, mark))
        if first is not mark and not _may_share(kind, what):
            _note(reading.findings, name, (what, mark), (kind, first))
    for name, mark in _params(reading):
        found = known.get(name)
        if found is not None and found[0] in _VALUES:
            _note(reading.findings, name, ("a parameter", mark), found)
    _alike(reading)
    for section in _GOOD_HERE:
        for key, _ in reading.shape.entries(section):
            if key.text not in BUILTINS or section == "timers":
                good_name(key, reading.findings, state=section == "groups")


def _alike(reading: Reading) -> None:
    """Note names that code can't tell apart, where dots and hyphens are underscores: a.b, a_b."""
    outline = reading.outline
    marks = {key.text: key.mark for key, _ in reading.shape.entries("events")}
    timers = {each.name: each.mark for each in reading.timers.values()}
    kinds: list[tuple[str, dict[str, Mark]]] = [
        ("events", {**timers, **marks}),
        ("states", {name: state.mark for name, state in outline.states.items()}),
    ]
    held = {each.name: each.mark for each in reading.variables.values()}
    fixed = {each.name: each.mark for each in (*reading.key, *reading.given)}
    kinds.append(("variables", {**held, **fixed}))
    for event in reading.events.values():
        params = {each.name: each.mark for each in event.params}
        choices = {each.name: each.mark for each in event.choices}
        kinds.append((f"parameters of {event.name}", {**params, **choices}))
    for what, names in kinds:
        plain: dict[str, str] = {}
        for name, mark in names.items():
            other = plain.setdefault(_PUNCTUATION.sub("_", name), name)
            if other != name:
                message = f"the {what} {other} and {name} are one name in the code"
                hint = "rename one of them: a dot or a hyphen is an underscore there"
                reading.findings.add("DUPLICATE-NAME", mark, message, hint)


def _may_share(first: str, second: str) -> bool:
    """A timer and its event are one; members are told apart by what they are compared with.

    An output may have the name of an event, since neither is a value: what arrives and what is
    sent are both called segment.
    """
    pairs = ({"a timer", "an event"}, {"an output", "an event"})
    return {first, second} in pairs or first == second == "a member"


def _note(findings: Findings, name: str, here: tuple[str, Mark], there: tuple[str, Mark]) -> None:
    (what, mark), (other, first) = here, there
    message = f"{name} is {what} here and {other} in {first.seen_from(mark)}"
    findings.add("DUPLICATE-NAME", mark, message, "rename one of them: a name means one thing")


def _visible(reading: Reading) -> Iterator[tuple[str, str, Mark]]:
    """What other files declare: constants and members of the layer, variables of the scope."""
    files = files_of(reading.shape)
    for constant in reading.declared.constants.values():
        if constant.mark.file not in files and "." not in constant.name:
            yield constant.name, "a constant", constant.mark
    for variable in reading.variables.values():
        if variable.shared:
            yield variable.name, "a variable", variable.mark
    for timer in reading.timers.values():
        if timer.shared:
            yield timer.name, "a timer", timer.mark


def _declared(reading: Reading) -> Iterator[tuple[str, str, Mark]]:
    for section, what in _SECTIONS:
        for key, node in reading.shape.entries(section):
            yield key.text.partition("(")[0].strip(), what, key.mark
            if section == "types":
                for member in members_of(node):
                    yield member.text, "a member", member.mark
    for part in reading.key:
        yield part.name, "a key", part.mark


def members_of(node: Node) -> tuple[Scalar, ...]:
    """The members of the enum or flags that `node` declares."""
    if not isinstance(node, Mapping):
        return ()
    listed = node.get("enum") or node.get("flags")
    if isinstance(listed, Mapping):
        return tuple(key for key, _ in listed.items)
    items = listed.items if isinstance(listed, Sequence) else ()
    return tuple(item for item in items if isinstance(item, Scalar))


def _params(reading: Reading) -> Iterator[tuple[str, Mark]]:
    for event in reading.events.values():
        for param in event.params:
            if "." not in param.name:
                yield param.name, param.mark
        for choice in event.choices:
            yield choice.name, choice.mark
