"""Steps as a packet ladder in text: time, a line for each host, packets between them.

The form is that of the figures of RFC 9293 §3.5: one packet a line, the state of a host beside its
line when it changes, the rows that were taken at the end. A lost packet ends in `X`, one with
wrong bits runs on `~`, one that arrives later leaves into dots and comes out of dots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from netfsm.draw.steps import SECONDS, Clock, Step, Told, hosts_of, tell

_LEAST_GAP: Final = 30
_LEGEND: Final = "X lost   ~ wrong bits   ··· arrives later   ● an event at one host"


@frozen
class _Columns:
    """Where the host's lines stand, and where the rows begin."""

    places: dict[str, int]
    rows: int

    def left(self, host: str) -> bool:
        """Whether the states of `host` stand to the left of its line."""
        return len(self.places) > 1 and host == next(iter(self.places))


class _Line:
    """One line of text on which things are put; it grows as it needs to."""

    def __init__(self, columns: _Columns) -> None:
        self._cells: list[str] = []
        for place in columns.places.values():
            self.put(place, "│")

    def put(self, at: int, text: str) -> None:
        """Write `text` from column `at` on."""
        end = at + len(text)
        self._cells.extend(" " * (end - len(self._cells)))
        self._cells[at:end] = text

    def free(self, at: int, length: int) -> bool:
        """Whether nothing stands in these columns, nor right beside them."""
        around = self._cells[max(0, at - 1) : at + length + 1]
        return not any(cell not in " │" for cell in around) and "│" not in around[1:-1]

    def __str__(self) -> str:
        return "".join(self._cells).rstrip()


def ladder(
    steps: Sequence[Step],
    hosts: Sequence[str] = (),
    *,
    rows: bool = True,
    start: int = 0,
    clock: Clock = SECONDS,
) -> str:
    """The ladder of `steps` from number `start` on; those before are only remembered.

    `hosts` gives the order of the columns, `rows` shows the rows taken, `clock` what a step's time
    is. A host of `steps` that `hosts` doesn't name raises KeyError.
    """
    names = tuple(hosts) or hosts_of(steps)
    told = tell(steps, start)
    columns = _columns(told, names, clock)
    lines = [_head(columns, clock)]
    for each in told:
        lines.extend(_lines(each, columns, rows, clock))
    return "\n".join([*lines, "", _LEGEND]) + "\n"


def _columns(told: Sequence[Told], names: Sequence[str], clock: Clock) -> _Columns:
    longest = {name: len(name) // 2 for name in names}
    for change in (change for each in told for change in each.changes):
        longest[change.host] = max(longest[change.host], len(change.text))
    drawn = [each.step.label for each in told if each.step.fate != "remark"]
    labels = max(map(len, drawn), default=0)
    gap = max(_LEAST_GAP, labels + 14)
    first = clock.width + 2 + (longest[names[0]] if len(names) > 1 else 0) + 1
    places = {name: first + number * (gap + 1) for number, name in enumerate(names)}
    last = names[-1]
    return _Columns(places, places[last] + max(longest[last], len(last) // 2) + 4)


def _head(columns: _Columns, clock: Clock) -> str:
    line = [f"{clock.title:>{clock.width}}"]
    for name, place in columns.places.items():
        at = max(place - len(name) // 2, len(line[0]) + 1)
        line[0] = f"{line[0]:<{at}}{name}"
    return line[0]


def _lines(told: Told, columns: _Columns, rows: bool, clock: Clock) -> list[str]:
    """The lines of one step: the packet or event, then what changed that found no room beside."""
    if told.step.fate == "remark":
        return [f"{'':{clock.width}}  {told.step.label}"]
    line = _Line(columns)
    line.put(0, f"{clock.text(told.step.time):>{clock.width}}")
    _draw(line, told.step, columns)
    if rows and told.rows:
        line.put(columns.rows, f"[{' '.join(told.rows)}]")
    lines = [line]
    for change in told.changes:
        at, text = columns.places[change.host], change.text
        start = at - 1 - len(text) if columns.left(change.host) else at + 2
        for candidate in lines:
            if candidate.free(start, len(text)):
                break
        else:
            candidate = _Line(columns)
            lines.append(candidate)
        candidate.put(start, text)
    return [str(each) for each in lines]


def _draw(line: _Line, step: Step, columns: _Columns) -> None:
    source, target = columns.places[step.source], columns.places[step.target]
    if source == target:
        last = step.source == tuple(columns.places)[-1] and len(columns.places) > 1
        line.put(source, "●")
        line.put(source - 1 - len(step.label) if last else source + 2, step.label)
        return
    low, high = sorted((source, target))
    body = _shaft(step, high - low - 1)
    line.put(low + 1, body if source < target else _mirrored(body, step.label))


def _shaft(step: Step, length: int) -> str:
    """A packet that goes to the right, drawn over `length` columns."""
    fill = "~" if step.fate == "corrupted" else "─"
    label = f" {step.label} "
    before = (length - len(label)) // 2
    after = length - before - len(label) - 1
    tail, tip = fill * before, f"{fill * after}▶"
    if step.fate == "lost":
        tip = f"{fill * (after // 2)}X".ljust(after + 1)
    elif step.fate == "delayed":
        tip = f"{fill * max(0, after - 4)} ···".ljust(after + 1)
    elif step.fate == "late":
        tail = f"··· {fill * (before - 4)}" if before > 4 else "···".ljust(before)
    return f"{tail}{label}{tip}"


def _mirrored(body: str, label: str) -> str:
    """The same packet going to the left; its label stays readable."""
    flipped = body[::-1].replace("▶", "◀")
    return flipped.replace(label[::-1], label) if label else flipped
