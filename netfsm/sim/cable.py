"""A cable between two hosts, which loses, doubles, reorders, spoils, delays and can be cut."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import NamedTuple

from attrs import define, field

from netfsm.drivers.faults import Faults, Judge, Passage
from netfsm.wire.checksum import Octets

__all__ = ["Cable", "End"]


class End(NamedTuple):
    """Where a cable is plugged in."""

    host: str
    interface: str


@define(eq=False)
class Cable:
    """A link between `left` and `right` with the same faults both ways.

    `fates` counts what became of frames, by the direction's sender and the fate: of each frame
    that was sent, `lost`, `cut`, `delivered`, `corrupted` or `reordered`; and of each copy that
    the cable made, `duplicated`.
    """

    left: End
    right: End
    faults: Faults
    random: Random
    fates: Counter[tuple[str, str]] = field(factory=Counter[tuple[str, str]])
    _judge: Judge = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Let chance come from the simulation."""
        self._judge = Judge(self.faults, self.random)

    @property
    def cut(self) -> bool:
        """True while nothing passes; set it to cut the cable, and to mend it."""
        return self._judge.cut

    @cut.setter
    def cut(self, is_cut: bool) -> None:
        self._judge.cut = is_cut

    def far(self, end: End) -> End:
        """The other end."""
        return self.right if end == self.left else self.left

    def carry(self, end: End, frame: Octets, now: int) -> tuple[Passage, ...]:
        """What becomes of a frame that is sent into `end`."""
        passages = self._judge.judge(frame, now)
        for passage in passages:
            self.fates[end.host, passage.fate] += 1
        return passages
