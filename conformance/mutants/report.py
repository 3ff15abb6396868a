"""What a run over mutants came to: a table by machine, those that nobody told apart, JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import Factory, define, frozen

from netfsm.conformance.mutants.judged import CLAIMS, LAYERS, Judged, Layer
from netfsm.spec.findings import shown_path

__all__ = ["GOAL", "MutantReport", "Share"]

GOAL: Final = 0.95
"""The least part of those that are not equivalent that claims must kill, of each machine."""
FINE, BELOW, NOTHING_RUN = 0, 1, 5


@frozen
class Share:
    """Mutants of one machine, counted.

    `made` are all that there are, `judged` those that were looked at. `by` is how many each layer
    killed: of all that it was asked of, or, where layers are asked until one kills, first.
    """

    machine: str
    made: int
    judged: tuple[Judged, ...]

    @property
    def equivalent(self) -> int:
        """Those that are proved to take the same steps."""
        return sum(each.equivalent for each in self.judged)

    @property
    def by(self) -> dict[Layer, int]:
        """How many each layer killed."""
        return {layer: sum(layer in each.killers for each in self.judged) for layer in LAYERS}

    @property
    def survivors(self) -> tuple[Judged, ...]:
        """Those that no layer told from the original."""
        return tuple(each for each in self.judged if each.survives)

    @property
    def unclaimed(self) -> tuple[Judged, ...]:
        """Those that only suites kill, which compare with the original."""
        return tuple(
            each
            for each in self.judged
            if "suites" in each.killers and not each.killers & frozenset(CLAIMS)
        )

    @property
    def rate(self) -> float:
        """The part of those that are not equivalent that some layer killed."""
        return self._rate(sum(bool(each.killed) for each in self.judged))

    @property
    def claimed(self) -> float:
        """The part that is killed by what looks at the spec alone, all but the suites."""
        return self._rate(sum(bool(each.killers & frozenset(CLAIMS)) for each in self.judged))

    @property
    def suites(self) -> float:
        """The part that the suites kill of those that they were asked of."""
        asked = [each for each in self.judged if "suites" in each.asked]
        return sum("suites" in each.killers for each in asked) / len(asked) if asked else 1.0

    def _rate(self, killed: int) -> float:
        count = len(self.judged) - self.equivalent
        return killed / count if count else 1.0

    def to_json(self) -> dict[str, Any]:
        """As the command line gives it."""
        return {
            "made": self.made,
            "judged": len(self.judged),
            "equivalent": self.equivalent,
            "killed": self.by,
            "rate": round(self.rate, 4),
            "claimed": round(self.claimed, 4),
            "suites": round(self.suites, 4),
            "survivors": [_told(each) for each in self.survivors],
            "unclaimed": [_told(each) for each in self.unclaimed],
        }


@define
class MutantReport:
    """All that was judged. `complete` is False where the time was up before the end."""

    profile: str
    seed: int | None
    every_layer: bool
    made: dict[str, int] = Factory(dict[str, int])
    judged: list[Judged] = Factory(list[Judged])
    complete: bool = True

    def add(self, judged: Iterable[Judged]) -> None:
        """Take up some more."""
        self.judged.extend(judged)

    @property
    def shares(self) -> tuple[Share, ...]:
        """Each machine of which something was judged, in order; its mutants by id."""
        found: dict[str, list[Judged]] = {}
        for each in self.judged:
            found.setdefault(each.machine, []).append(each)
        return tuple(
            Share(name, self.made[name], tuple(sorted(found[name], key=_place)))
            for name in sorted(found)
        )

    @property
    def exit_code(self) -> int:
        """0 where claims kill enough of each machine's, 1 where not, 5 where nothing was run."""
        if not self.judged:
            return NOTHING_RUN
        return FINE if all(share.claimed >= GOAL for share in self.shares) else BELOW

    def to_json(self) -> dict[str, Any]:
        """What ``netfsm conform --mutants --format json`` adds to its reply."""
        return {
            "goal": GOAL,
            "profile": self.profile,
            "complete": self.complete,
            "every_layer": self.every_layer,
            "machines": {share.machine: share.to_json() for share in self.shares},
        }


def _place(judged: Judged) -> tuple[int, str]:
    return judged.line, judged.id


def _told(judged: Judged) -> dict[str, Any]:
    return {
        "id": judged.id,
        "file": shown_path(judged.file),
        "line": judged.line,
        "says": judged.says,
    }
