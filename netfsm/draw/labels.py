"""The words of a diagram: what a row waits for, under which guard, and what it sends.

Short forms for labels; the whole row stands in `netfsm show` and on the HTML page.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from netfsm.spec.expr import Lit
from netfsm.spec.model import Emission, Emit, Event, Machine, Output, Row, Signal
from netfsm.spec.pretty import pretty
from netfsm.spec.types import Enum, Flags

Kind = Literal["step", "timer", "error", "drop", "ignore"]
"""How a row looks: it works, a timer drives it, it refuses with an error, it drops, it ignores."""


@frozen
class Sent:
    """Something that a row sends: its short name and where it goes."""

    text: str
    kind: Literal["message", "order", "deliver", "error", "drop", "signal"]


def kind_of(machine: Machine, row: Row) -> Kind:
    """How `row` looks in a diagram."""
    if row.verdict == "ignore":
        return "ignore"
    kinds = {sent.kind for sent in sends(machine, row)}
    if row.verdict == "error":
        return "drop" if "drop" in kinds else "error"
    if row.to is None and kinds == {"drop"} and not row.assigns and not row.timers:
        return "drop"
    return "timer" if machine.event(row.event).kind == "timer" else "step"


def triggers(pairs: Iterable[tuple[str, str]]) -> str:
    """Events with their leaves in short: `segment · reset, syn`, `flush, delete`."""
    leaves: dict[str, list[str]] = {}
    for event, leaf in pairs:
        leaves.setdefault(event, []).extend([leaf] if leaf else [])
    return ", ".join(
        f"{event} · {', '.join(dict.fromkeys(found))}" if found else event
        for event, found in leaves.items()
    )


def condition(row: Row) -> str:
    """The guard beside the leaf as text, "" where there is none."""
    return "" if row.when is None else pretty(row.when)


def sends(machine: Machine, row: Row) -> tuple[Sent, ...]:
    """What `row` sends, in the order of its emissions, each once."""
    outputs = {output.name: output for output in machine.outputs}
    found = (_sent(outputs, emission) for emission in row.emissions)
    return tuple(dict.fromkeys(found))


def _sent(outputs: dict[str, Output], emission: Emission) -> Sent:
    if isinstance(emission, Signal):
        return Sent(f"{emission.machine.rpartition('.')[2]}.{emission.event}", "signal")
    kind = outputs[emission.output].kind
    return Sent(" ".join([emission.output, *_what(emission, kind)]), kind)


def _what(emission: Emit, kind: str) -> list[str]:
    """What tells this emission from others of its output: its tag, or a member's name."""
    if emission.tag and kind == "message":
        return [emission.tag]
    for _, value in emission.fields:
        if isinstance(value, Lit) and isinstance(value.type, Enum | Flags):
            return [value.text]
    return []


def event_note(event: Event) -> str:
    """What an event is, in the field's words."""
    notes = {
        "message": f"a packet ({event.format})",
        "timer": "a timer ran out",
        "signal": "another machine's signal",
        "call": "a call",
        "completion": "tried after each row" if event.after == "row" else "tried after a batch",
    }
    return notes[event.kind]


def wrapped(text: str, width: int, most: int) -> list[str]:
    """`text` in lines of `width`, at most `most`; what is cut ends in an ellipsis."""
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"{lines[most - 1]} …"]


def references(row: Row) -> str:
    """The clauses that a row follows."""
    return ", ".join(str(ref) for ref in row.refs)
