"""The result of a run: rows taken a layer, failures with their walks, and JSON of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen

from netfsm.conformance.results import Case
from netfsm.conformance.stock import Stock
from netfsm.conformance.tour import Spot, spots

__all__ = ["Coverage", "Report"]

FINE, FAILED, NOTHING_RUN = 0, 1, 5


@frozen
class Coverage:
    """Rows of a layer, counted once for each state they stand in, and those that nobody took."""

    rows: int
    taken: int
    missed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As the command line gives it."""
        return {"rows": self.rows, "taken": self.taken, "missed": list(self.missed)}


@define
class Report:
    """All cases of one run. `complete` is False where the time was up before the end.

    `skipped` has the suites that were not run, each with the reasons.
    """

    target: str
    profile: str
    seed: int | None
    stock: Stock
    layers: tuple[str, ...]
    cases: list[Case] = Factory(list[Case])
    complete: bool = True
    folder: Path | None = None
    skipped: dict[str, list[str]] = Factory(dict[str, list[str]])

    def skip(self, suite: str, reason: str) -> None:
        """Note that a suite was not run, and why."""
        reasons = self.skipped.setdefault(suite, [])
        if reason not in reasons:
            reasons.append(reason)

    @property
    def counts(self) -> dict[str, int]:
        """How many cases each suite had, in the order in which they were run."""
        return dict(Counter(case.suite for case in self.cases))

    @property
    def failed(self) -> list[Case]:
        """The cases with a problem, in the order in which they were run."""
        return [case for case in self.cases if case.problems]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Every problem: code, `file:line`, clauses, wanted, got, walk, how to reproduce it."""
        return [failure for case in self.failed for failure in case.failures()]

    @property
    def exit_code(self) -> int:
        """0 fine, 1 a failure, 5 nothing was run."""
        if not self.cases:
            return NOTHING_RUN
        return FAILED if self.failed else FINE

    def coverage(self) -> Mapping[str, Coverage]:
        """Rows taken, by layer. Only a case without a problem takes its rows."""
        taken: dict[str, set[Spot]] = {}
        for case in self.cases:
            taken.setdefault(case.subject, set()).update(case.spots)
        found: dict[str, Coverage] = {}
        for layer in self.layers:
            rows, missed = 0, list[str]()
            for machine in self.stock.of(layer):
                whole = spots(machine)
                rows += len(whole)
                left = [spot for spot in whole if spot not in taken.get(machine.name, set())]
                missed += [f"{machine.name}/{spot.name(machine)}" for spot in left]
            found[layer] = Coverage(rows, rows - len(missed), tuple(missed))
        return found

    def to_json(self) -> dict[str, Any]:
        """The object that ``netfsm conform --format json`` prints (DESIGN §10)."""
        return {
            "schema": 1,
            "verb": "conform",
            "exit": self.exit_code,
            "findings": [],
            "layers": {name: part.to_json() for name, part in self.coverage().items()},
            "cases": self.counts,
            "skipped": [
                {"suite": suite, "reason": "; ".join(reasons)}
                for suite, reasons in self.skipped.items()
            ],
            "failures": self.failures,
        }
