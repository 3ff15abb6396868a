"""Whether the parts of a composition fit: signals, messages and choices have somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from netfsm.spec.composition import Call, Channel, choices_of
from netfsm.spec.findings import Findings
from netfsm.spec.formats import Format
from netfsm.spec.model import Machine, Signal
from netfsm.spec.read_ends import Sketch
from netfsm.spec.read_environment import message_outputs

__all__ = ["check_carried", "check_signals", "takers_of", "unmade"]


def check_signals(sketches: Iterable[Sketch], without: Collection[str], findings: Findings) -> None:
    """Note signals to machines that an end lacks and that are not left out on purpose."""
    for sketch in sketches:
        here = {drawn.machine.name for drawn in sketch.drawn}.union(without)
        for drawn in sketch.drawn:
            for receiver in sorted(_receivers(drawn.machine) - here):
                what = f"{drawn.machine.name} signals to {receiver}, which its end does not have"
                hint = f"add a slot for it, or write 'without: [{receiver}]'"
                findings.add("COMPOSE-SIGNAL", drawn.slot.mark, what, hint)


def _receivers(machine: Machine) -> set[str]:
    parts = (part for row in machine.rows for part in row.emissions)
    return {part.machine for part in parts if isinstance(part, Signal)}


def check_carried(
    sketches: Iterable[Sketch], channels: tuple[Channel, ...], findings: Findings
) -> None:
    """Note messages of an end that no channel carries, or more than one; each format once."""
    noted: set[str] = set()
    for sketch in sketches:
        for machine, output in message_outputs((sketch,)):
            name = output.format or ""
            over = [c.name for c in channels if sketch.name in c.ends and name in c.carries]
            if len(over) == 1 or name in noted:
                continue
            noted.add(name)
            where = "no channel" if not over else f"channels {' and '.join(over)}"
            what = f"{name}, which {machine.name} of end {sketch.name} sends, has {where}"
            hint = "one channel of an end carries a format: say so with 'ends' and 'carries'"
            findings.add("COMPOSE-CHANNEL", sketch.mark, what, hint)


def takers_of(
    sketch: Sketch, channels: tuple[Channel, ...], findings: Findings
) -> dict[str, tuple[str, str]]:
    """For each format that may come to an end the slot and event that take it."""
    coming = {form: None for c in channels if sketch.name in c.ends for form in c.carries}
    found: dict[str, tuple[str, str]] = {}
    for name in coming:
        takers = [
            (drawn.slot.name, event.name)
            for drawn in sketch.drawn
            for event in drawn.machine.events
            if event.format == name
        ]
        if len(takers) == 1:
            found[name] = takers[0]
            continue
        who = ", ".join(slot for slot, _ in takers) or "no slot"
        what = f"{name} that comes to end {sketch.name} is taken by {who}"
        hint = "one slot of an end has an event for the messages of one format"
        findings.add("COMPOSE-TAKER", sketch.mark, what, hint)
    return found


def unmade(
    sketch: Sketch,
    script: tuple[Call, ...],
    takers: Mapping[str, tuple[str, str]],
    policies: Mapping[str, str],
    formats: Mapping[str, Format],
) -> Iterator[tuple[str, str, str]]:
    """Machine, event and name of each choice that an event which may come has."""
    calls = {(call.slot, call.event) for call in script}
    for drawn in sketch.drawn:
        machine = drawn.machine.name
        for event in drawn.machine.events:
            here = (drawn.slot.name, event.name)
            comes = {
                "call": here in calls,
                "message": here in takers.values(),
                "timer": policies.get(f"{machine}.{event.name}") != "never",
            }
            if comes.get(event.kind, True):
                for choice in choices_of(event, formats):
                    yield machine, event.name, choice.name
