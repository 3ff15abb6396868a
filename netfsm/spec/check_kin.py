"""What machines of one scope need of each other, told from their outlines.

One machine at most has instances: it begins and ends the scope's. Timers have names of their own,
since the runtime is told of them by name. And what a receiver emits leaves with the values after
the whole step: so nothing that comes later in the step may change what the emission reads as new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from netfsm.spec.check_signals import signals_of
from netfsm.spec.findings import Findings
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Sequence
from netfsm.spec.outline import Outline, RowOutline
from netfsm.spec.words import texts_in

__all__ = ["check_kin"]

_NEW: Final = re.compile(r"\bnew\.(?:(at)\(|(?:armed|deadline)\(\s*([\w.]+)|([\w.]+))")
Outlines = Mapping[str, Outline]
Thing = tuple[str, str]  # a machine, "" for all of the scope, and a name; "at" is the state


def check_kin(name: str, outlines: Outlines, shared: frozenset[str], findings: Findings) -> None:
    """Note what is wrong with machine `name` beside the others of its scope.

    `shared` are the names of the scope's variables and timers.
    """
    mine = outlines.get(name)
    if mine is None:
        return
    for other in outlines.values():
        if other.name == name:
            continue
        if mine.absent and other.absent:
            what = f"{name} has instances, and {other.name} of the same scope has too"
            hint = "one machine begins and ends the scope's instance; the others are there with it"
            findings.add("SCOPE-INSTANCES", mine.mark, what, hint)
        for timer in mine.timers.values():
            if timer.name in other.timers and not timer.shared:
                what = f"{other.name} of the same scope has a timer {timer.name} too"
                findings.add("DUPLICATE-NAME", timer.mark, what, "give it a name of its own")
    _check_emissions(mine, outlines, shared, findings)


def _check_emissions(
    mine: Outline, outlines: Outlines, shared: frozenset[str], findings: Findings
) -> None:
    """Note each signal that may change what a receiver before it has emitted."""
    for row in mine.rows:
        sent = [(target, mark) for target, mark in signals_of(row) if target[0] in outlines]
        for index, (target, mark) in enumerate(sent):
            changed = _changed(target, outlines, shared)
            for earlier, _ in sent[:index]:
                for emitter, names in _emitted(earlier, outlines, shared):
                    both = sorted(names & changed)
                    if both:
                        what = (
                            f"{emitter} emits new.{both[0][1]} on a signal before this one, which "
                            f"may change it"
                        )
                        hint = "put the signal whose receiver emits last, or let the row emit it"
                        findings.add("EARLY-EMISSION", mark, what, hint)


def _tree(target: tuple[str, str], outlines: Outlines) -> Iterator[tuple[Outline, RowOutline]]:
    """Every row that may be taken where a signal comes to `target`, with what it signals on."""
    seen: set[tuple[str, str]] = set()
    todo = [target]
    while todo:
        machine, event = todo.pop()
        if (machine, event) in seen or machine not in outlines:
            continue
        seen.add((machine, event))
        for row in outlines[machine].rows:
            if event in row.events:
                yield outlines[machine], row
                todo += [each for each, _ in signals_of(row)]


def _changed(
    target: tuple[str, str], outlines: Outlines, shared: frozenset[str]
) -> frozenset[Thing]:
    found: set[Thing] = set()
    for outline, row in _tree(target, outlines):
        found |= {_thing(outline, name, shared) for name, _ in row.orders}
        if row.to is not None:
            found.add((outline.name, "at"))
            found |= {_thing(outline, timer, shared) for timer in outline.timers}
        if any(name in outline.timers for name, _ in row.orders):
            found.add(("", "timers_armed"))
    return frozenset(found)


def _emitted(
    target: tuple[str, str], outlines: Outlines, shared: frozenset[str]
) -> Iterator[tuple[str, frozenset[Thing]]]:
    """For each row of the tree what its emissions read as new."""
    for outline, row in _tree(target, outlines):
        texts = (text for node in _emissions(row) for text in texts_in(node))
        words = [m for text in texts for m in _NEW.finditer(text)]
        names = {m[1] or m[2] or m[3] for m in words}
        yield (
            row.id,
            frozenset(
                ("", name) if name == "timers_armed" else _thing(outline, name, shared)
                for name in names
            ),
        )


def _thing(outline: Outline, name: str, shared: frozenset[str]) -> Thing:
    return ("" if name in shared else outline.name), name


def _emissions(row: RowOutline) -> Iterator[Node]:
    """The emissions of `row` that are no signals."""
    emit = row.parts.get("emit")
    for item in emit.items if isinstance(emit, Sequence) else ():
        if not (isinstance(item, MappingNode) and item.get("signal") is not None):
            yield item
    for key in ("error", "drop"):
        if key in row.parts:
            yield row.parts[key]
