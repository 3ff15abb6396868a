"""What happened between hosts, as a frozen list of steps: the input of every packet ladder.

A simulation makes the list, a ladder draws it. Times are microseconds since the start of the
list; a label holds numbers that are relative to the start of their flow (`ISS` is 0), so that two
runs of one story look the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

from attrs import field, frozen

Fate = Literal["delivered", "lost", "corrupted", "delayed", "late", "local", "remark"]
"""What became of a packet.

`delivered`: sent and arrived, told in one step. `lost`: the wire dropped it. `corrupted`: it
arrived with wrong bits. `delayed`: it left and arrives in a later step, which is `late` and has
the same `packet` number; a copy that the wire made is a `late` step of its own. `local`: nothing
travelled, as at a timer or a call of the user; `target` is the source again. `remark`: nothing
happened; the label is said of all that stands above it.
"""


@frozen
class Note:
    """A row that was taken because of a step, and the state that its machine is in afterwards.

    `machine` is its full name (`arp.neighbour`), `key` the instance's key as text ("" where there
    is one machine only), `row` the row's id.
    """

    host: str
    machine: str
    state: str
    row: str
    key: str = ""


@frozen
class Step:
    """One packet, or one event at one host."""

    time: int
    source: str
    target: str
    label: str
    fate: Fate = "delivered"
    notes: tuple[Note, ...] = field(default=(), converter=tuple[Note, ...])
    packet: int = 0


@frozen
class Change:
    """A state that became another: what a ladder writes beside a host's line.

    `machine` is its name in short (see `short_names`).
    """

    host: str
    machine: str
    state: str

    @property
    def text(self) -> str:
        """The machine's name and its state, as in `neighbour REACHABLE`; `ping ends` at `-`."""
        return f"{self.machine} {'ends' if self.state == '-' else self.state}"


def hosts_of(steps: Iterable[Step]) -> tuple[str, ...]:
    """The hosts in the order in which they first act."""
    seen: dict[str, None] = {}
    for step in steps:
        seen.update(dict.fromkeys((step.source, step.target)))
    return tuple(seen)


@frozen
class Told:
    """A step as a ladder tells it: the states that it changed, and the rows that it took."""

    step: Step
    changes: tuple[Change, ...]
    rows: tuple[str, ...]


def tell(steps: Sequence[Step], start: int = 0) -> list[Told]:
    """The steps from number `start` on; those before say what has changed already.

    A row is told once a step, as `neighbour/incomplete.reply`.
    """
    known: dict[tuple[str, str, str], str] = {}
    for step in steps[:start]:
        _changes(step, known, {})
    names = short_names(steps[start:])
    found: list[Told] = []
    for step in steps[start:]:
        rows = dict.fromkeys(f"{names[note.machine]}/{note.row}" for note in step.notes)
        found.append(Told(step, _changes(step, known, names), tuple(rows)))
    return found


def short_names(steps: Iterable[Step]) -> dict[str, str]:
    """Each machine's name without its layer, where no two machines of the steps share that."""
    machines = {note.machine for step in steps for note in step.notes}
    last = Counter(name.rpartition(".")[2] for name in machines)
    return {
        name: short if last[short := name.rpartition(".")[2]] == 1 else name for name in machines
    }


def _changes(
    step: Step, known: dict[tuple[str, str, str], str], names: Mapping[str, str]
) -> tuple[Change, ...]:
    """What `step` changed of the states that are `known`, which learn it."""
    found: list[Change] = []
    for note in step.notes:
        place = (note.host, note.machine, note.key)
        if known.get(place, "-") != note.state:  # "-": nobody is there yet
            known[place] = note.state
            found.append(Change(note.host, names.get(note.machine, note.machine), note.state))
    return tuple(found)


def seconds(time: int) -> str:
    """Microseconds as seconds with six decimals, as a capture shows them."""
    return f"{time // 1_000_000}.{time % 1_000_000:06d}"


def _number(time: int) -> str:
    return f"{time}." if time else ""


@frozen
class Clock:
    """What the time of a step is to a reader: the column's head and width, and how it is told."""

    title: str
    width: int
    text: Callable[[int], str]


SECONDS: Final = Clock("seconds", 12, seconds)
NUMBERS: Final = Clock("", 4, _number)
"""Where there is no time: each step's is its number, from 1."""
