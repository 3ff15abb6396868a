"""Steps as a picture: a ladder in SVG, and as Mermaid's sequenceDiagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from netfsm.draw.figure import Anchor, Figure
from netfsm.draw.mermaid import label_text
from netfsm.draw.steps import SECONDS, Clock, Step, Told, hosts_of, tell
from netfsm.draw.style import (
    DROP,
    ERROR,
    FAINT,
    INK,
    LINE,
    PAPER,
    SOFT,
    STATE_FILL,
    STATE_LINE,
    TIMER,
)

_TOP: Final = 96
_ROW: Final = 34
_BADGE: Final = 22
_CLOCK: Final = 90
_LETTER: Final = 7
_LEAST_GAP: Final = 320


def ladder_mermaid(steps: Sequence[Step], hosts: Sequence[str] = (), *, start: int = 0) -> str:
    """The ladder as a Mermaid sequenceDiagram; a lost packet is an arrow that ends in a cross."""
    names = tuple(hosts) or hosts_of(steps)
    ids = {name: f"h{number}" for number, name in enumerate(names)}
    lines = ["sequenceDiagram"]
    lines.extend(f"    participant {ids[name]} as {label_text(name)}" for name in names)
    arrows = {"lost": "-x", "corrupted": "-x", "delayed": "-)", "late": "-->>"}
    words = {"lost": " (lost)", "corrupted": " (wrong bits)", "delayed": " (arrives later)"}
    for each in tell(steps, start):
        step = each.step
        source, label = ids[step.source], label_text(step.label)
        if step.fate == "local":
            lines.append(f"    Note over {source}: {label}")
        elif step.fate == "remark":
            over = ",".join(dict.fromkeys((source, ids[step.target])))
            lines.append(f"    Note over {over}: {label}")
        else:
            arrow = f"{source}{arrows.get(step.fate, '->>')}{ids[step.target]}"
            lines.append(f"    {arrow}: {label}{words.get(step.fate, '')}")
        lines.extend(
            f"    Note over {ids[change.host]}: {label_text(change.text)}"
            for change in each.changes
        )
    return "\n".join(lines) + "\n"


@frozen
class _Place:
    """A step and its height, and the height at which its packet arrives.

    `drawn` says that the packet's line was drawn where it left.
    """

    told: Told
    leaves: int
    arrives: int
    drawn: bool


def ladder_svg(
    steps: Sequence[Step],
    hosts: Sequence[str] = (),
    *,
    title: str = "",
    start: int = 0,
    clock: Clock = SECONDS,
) -> str:
    """The ladder of `steps` from number `start` on as one SVG document, complete in itself."""
    names = tuple(hosts) or hosts_of(steps)
    told = tell(steps, start)
    columns = _columns(told, names)
    places, bottom = _places(told)
    pill = _widest(change.text for each in told for change in each.changes)
    taken = _widest(" ".join(each.rows) for each in told)
    said = _widest(each.step.label for each in told if each.step.fate == "remark")
    width = max(max(columns.values(), default=0) + pill + taken + 70, said + 110)
    figure = Figure(width, bottom + 40)
    if title:
        figure.write(title, (width // 2, 34), INK, 20, anchor="middle", weight="bold")
    for name, x in columns.items():
        figure.line((x, _TOP - 18), (x, bottom), FAINT, width=1)
        _host(figure, name, x)
    for place in places:
        y = place.leaves + 4
        if place.told.step.fate == "remark":
            figure.write(place.told.step.label, (70, y), ERROR, weight="bold")
            continue
        figure.write(clock.text(place.told.step.time), (70, y), SOFT, anchor="end")
        figure.write(" ".join(place.told.rows), (width - 20, y), SOFT, 11, anchor="end")
        _packet(figure, place, columns)
        _badges(figure, place, columns)
    return figure.text()


def _columns(told: Sequence[Told], names: Sequence[str]) -> dict[str, int]:
    """Where each host's line stands: the first host's states are to its left."""
    changes = [change for each in told for change in each.changes]
    drawn = (each.step.label for each in told if each.step.fate != "remark")
    gap = max(_LEAST_GAP, _widest(drawn) + 90)
    if len(names) > 2:
        gap = max(gap, 2 * _widest(change.text for change in changes) + 60)
    left = _widest(change.text for change in changes if len(names) > 1 and change.host == names[0])
    return {name: _CLOCK + left + 50 + number * gap for number, name in enumerate(names)}


def _widest(texts: Iterable[str]) -> int:
    """The pixels of the longest text, about."""
    return max((_LETTER * len(text) for text in texts), default=0)


def _places(told: Sequence[Told]) -> tuple[list[_Place], int]:
    """Where each step stands; a delayed packet's line runs down to the step where it arrives."""
    heights: list[int] = []
    y = _TOP + 10
    for each in told:
        heights.append(y)
        beside = Counter(change.host for change in each.changes)
        y += max(_ROW, 10 + max(beside.values(), default=0) * (_BADGE + 4))
    left = {each.step.packet for each in told if each.step.fate == "delayed"}
    arrivals: dict[int, int] = {}
    late: set[int] = set()
    for number, each in enumerate(told):
        packet = each.step.packet
        if each.step.fate == "late" and packet in left and packet not in arrivals:
            arrivals[packet] = heights[number]
            late.add(number)
    places: list[_Place] = []
    for number, (each, height) in enumerate(zip(told, heights, strict=True)):
        delayed = each.step.fate == "delayed"
        later = arrivals.get(each.step.packet, height) if delayed else height
        places.append(_Place(each, height, later, number in late))
    return places, y + 10


def _packet(figure: Figure, place: _Place, columns: dict[str, int]) -> None:
    step = place.told.step
    source, target = columns[step.source], columns[step.target]
    if step.fate == "local":
        figure.circle((source, place.leaves), TIMER)
        last = len(columns) > 1 and step.source == list(columns)[-1]
        at = (source - 12 if last else source + 12, place.leaves + 4)
        side: Anchor = "end" if last else "start"
        figure.write(step.label, at, TIMER, anchor=side, slant="italic")
        return
    if place.drawn:
        return
    colour = {"lost": ERROR, "corrupted": DROP}.get(step.fate, LINE["step"])
    dashes = "6 4" if step.fate in ("lost", "corrupted") else ""
    step_in = 7 if target > source else -7
    end = target - step_in
    if step.fate == "lost":
        end = source + (target - source) * 3 // 4
    figure.line((source, place.leaves), (end, place.arrives), colour, dashes=dashes)
    if step.fate == "lost":
        figure.cross((end, place.arrives), ERROR)
    else:
        figure.arrowhead((target, place.arrives), step_in > 0, colour)
    label = f"{step.label} (wrong bits)" if step.fate == "corrupted" else step.label
    x = (source + target) // 2
    anchor: Anchor = "middle"
    if place.arrives != place.leaves:  # beside its own start, clear of what it crosses
        x = source + 2 * step_in
        anchor = "start" if step_in > 0 else "end"
    figure.write(label, (x, place.leaves - 6), colour, 13, anchor=anchor)


def _badges(figure: Figure, place: _Place, columns: dict[str, int]) -> None:
    """What changed, in a pill beside the host's line."""
    count: dict[str, int] = {}
    first = next(iter(columns))
    for change in place.told.changes:
        number = count.setdefault(change.host, 0)
        count[change.host] += 1
        width = _LETTER * len(change.text) + 18
        x = columns[change.host] + 14
        if change.host == first and len(columns) > 1:
            x = columns[change.host] - 14 - width
        y = place.leaves - _BADGE // 2 + number * (_BADGE + 4)
        figure.pill((x, y), (width, _BADGE), STATE_FILL, STATE_LINE)
        figure.write(change.text, (x + width // 2, y + 15), INK, anchor="middle")


def _host(figure: Figure, name: str, x: int) -> None:
    width = 9 * len(name) + 28
    figure.pill((x - width // 2, _TOP - 46), (width, 28), STATE_LINE, STATE_LINE, round_by=6)
    figure.write(name, (x, _TOP - 27), PAPER, 14, anchor="middle", weight="bold")
