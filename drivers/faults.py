"""What a bad link does to a frame, decided by chance from a seed."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final, Literal

from attrs import field, fields, frozen

from netfsm.wire.checksum import Octets

__all__ = ["Faults", "Judge", "Passage"]

Fate = Literal["delivered", "lost", "cut", "corrupted", "duplicated", "reordered"]

_UNITS: Final = {"us": 1, "ms": 1_000, "s": 1_000_000}
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s)")


def _rate(_: object, attribute: object, value: float) -> None:
    if not 0 <= value <= 1:
        name = getattr(attribute, "name", "rate")
        raise ValueError(f"{name} is a rate from 0 to 1, not {value}")


def _time(_: object, attribute: object, value: int) -> None:
    if value < 0:
        name = getattr(attribute, "name", "time")
        raise ValueError(f"{name} is not negative, not {value}")


@frozen
class Faults:
    """How bad a link is: rates of frames from 0 to 1, times in microseconds.

    `delay` holds every frame, `jitter` adds up to so much by chance. A reordered frame is held
    for `hold` more, so that later ones pass it. A corrupted one has one bit flipped.
    """

    loss: float = field(default=0.0, validator=_rate)
    duplicate: float = field(default=0.0, validator=_rate)
    reorder: float = field(default=0.0, validator=_rate)
    corrupt: float = field(default=0.0, validator=_rate)
    delay: int = field(default=0, validator=_time)
    jitter: int = field(default=0, validator=_time)
    hold: int = field(default=50_000, validator=_time)
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> Faults:
        """`loss=0.03,reorder=0.1,delay=5ms,seed=1`. Raises ValueError with what is wrong."""
        found: dict[str, float | int] = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, equals, value = (part.strip() for part in item.partition("="))
            if name not in _READERS or not equals:
                known = ", ".join(_READERS)
                raise ValueError(f"{item!r} is no fault: write NAME=VALUE, NAME being {known}")
            if name in found:
                raise ValueError(f"{name} is said twice")
            found[name] = _READERS[name](name, value)
        return cls(**found)  # type: ignore[arg-type]  # each reader gives the type of its field

    def __str__(self) -> str:
        """Tell what differs from a perfect link, as `parse` takes it."""
        said = [
            f"{one.name}={value}us" if one.name in _TIMES else f"{one.name}={value}"
            for one in fields(Faults)
            if (value := getattr(self, one.name)) != one.default
        ]
        return ",".join(said)


@frozen
class Passage:
    """One copy of a frame on its way: due at a time, its octets as they will arrive."""

    due: int
    frame: bytes
    fate: Fate


class Judge:
    """Decides frame by frame. While `cut` is set nothing passes."""

    def __init__(self, faults: Faults, random: Random | None = None) -> None:
        self.faults = faults
        self.cut = False
        self._random = random or Random(faults.seed)  # noqa: S311  # a repeatable bad link, no secret

    def judge(self, frame: Octets, now: int) -> tuple[Passage, ...]:
        """What becomes of `frame`: one passage for each copy; `lost` and `cut` do not arrive."""
        faults, chance = self.faults, self._random.random
        if self.cut:
            return (Passage(now, bytes(frame), "cut"),)
        if faults.loss and chance() < faults.loss:
            return (Passage(now, bytes(frame), "lost"),)
        octets, fate = bytes(frame), "delivered"
        if faults.corrupt and chance() < faults.corrupt and octets:
            octets, fate = self._flip(octets), "corrupted"
        due = now + faults.delay + self._jitter()
        if faults.reorder and chance() < faults.reorder:
            due += faults.hold
            fate = "reordered" if fate == "delivered" else fate
        first = Passage(due, octets, fate)  # type: ignore[arg-type]  # one of the fates above
        if faults.duplicate and chance() < faults.duplicate:
            again = now + faults.delay + self._jitter()
            return (first, Passage(again, octets, "duplicated"))
        return (first,)

    def _jitter(self) -> int:
        return self._random.randint(0, self.faults.jitter) if self.faults.jitter else 0

    def _flip(self, octets: bytes) -> bytes:
        bit = self._random.randrange(len(octets) * 8)
        changed = bytearray(octets)
        changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)


def _read_rate(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} is a rate from 0 to 1, not {text!r}") from None


def _read_time(name: str, text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{name} is a time such as 5ms, 200us or 1s, not {text!r}")
    return round(float(found[1]) * _UNITS[found[2]])


def _read_number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} is a whole number, not {text!r}") from None


_TIMES: Final = ("delay", "jitter", "hold")
_READERS: Final[dict[str, Callable[[str, str], float | int]]] = {
    "loss": _read_rate,
    "duplicate": _read_rate,
    "reorder": _read_rate,
    "corrupt": _read_rate,
    "delay": _read_time,
    "jitter": _read_time,
    "hold": _read_time,
    "seed": _read_number,
}
