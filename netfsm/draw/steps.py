"""What happened between hosts, as a frozen list of steps: the input of every packet ladder.

A simulation makes the list, a ladder draws it. Times are microseconds since the start of the
list; a label holds numbers that are relative to the start of their flow (`ISS` is 0), so that two
runs of one story look the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from attrs import field, frozen

Fate = Literal["delivered", "lost", "corrupted", "delayed", "late", "local"]
"""What became of a packet.

`delivered`: sent and arrived, told in one step. `lost`: the wire dropped it. `corrupted`: it
arrived with wrong bits. `delayed`: it left and arrives in a later step, which is `late` and has
the same `packet` number; a copy that the wire made is a `late` step of its own. `local`: nothing
travelled, as at a timer or a call of the user; `target` is the source again.
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
        """The machine's name and its state, as in `neighbour REACHABLE`."""
        return f"{self.machine} {self.state}"


def hosts_of(steps: Iterable[Step]) -> tuple[str, ...]:
    """The hosts in the order in which they first act."""
    seen: dict[str, None] = {}
    for step in steps:
        seen.update(dict.fromkeys((step.source, step.target)))
    return tuple(seen)


def short_names(steps: Iterable[Step]) -> dict[str, str]:
    """Each machine's name without its layer, where no two machines of the steps share that."""
    machines = {note.machine for step in steps for note in step.notes}
    last = Counter(name.rpartition(".")[2] for name in machines)
    return {
        name: short if last[short := name.rpartition(".")[2]] == 1 else name for name in machines
    }


def changes_of(steps: Sequence[Step]) -> list[tuple[Change, ...]]:
    """For each step the states that it changed, in the order of its notes."""
    names = short_names(steps)
    known: dict[tuple[str, str, str], str] = {}
    found: list[tuple[Change, ...]] = []
    for step in steps:
        changes: list[Change] = []
        for note in step.notes:
            place = (note.host, note.machine, note.key)
            if known.get(place) != note.state:
                known[place] = note.state
                changes.append(Change(note.host, names[note.machine], note.state))
        found.append(tuple(changes))
    return found


def rows_of(step: Step, names: Mapping[str, str]) -> tuple[str, ...]:
    """The rows that a step took, each once, as `neighbour/incomplete.reply`."""
    return tuple(dict.fromkeys(f"{names[note.machine]}/{note.row}" for note in step.notes))


def seconds(time: int) -> str:
    """Microseconds as seconds with six decimals, as a capture shows them."""
    return f"{time // 1_000_000}.{time % 1_000_000:06d}"
