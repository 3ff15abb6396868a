"""A subject and its model put into the middle of things: where a walk begins that was not walked.

What a new instance holds, and how it ranks when there are too many, belong to no step; they are
compared here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from netfsm.conformance.crew import PlacedCrew, only
from netfsm.conformance.pair import Code, Pair, Problem, differences
from netfsm.conformance.subjects import Placed, ranked
from netfsm.errors import TargetError
from netfsm.machine.base import Snapshot

__all__ = ["Begin", "place"]


@frozen
class Begin:
    """What is held, by all machines of a scope where there is one, and the time (microseconds)."""

    held: Snapshot
    now: int
    others: tuple[Snapshot, ...] = ()

    @property
    def all(self) -> Mapping[str, Snapshot]:
        """What is held, by machine."""
        return {each.machine: each for each in (self.held, *self.others)}

    @property
    def deadlines(self) -> Mapping[str, int]:
        """When the running timers are due; now where nobody asks."""
        found: dict[str, int] = {}
        for each in self.all.values():
            found |= {name: self.now for name in each.armed if name not in found}
            found |= each.deadlines
        return dict(sorted(found.items()))


def place(pair: Pair, begin: Begin) -> tuple[Problem, ...]:
    """Let both ends of `pair` begin there; what they are born as, and their ranks, are compared.

    Raises TargetError for a subject that can't be put anywhere, and for one machine of a scope.
    """
    whole = begin.all.keys() == pair.reference.machines.keys()
    if isinstance(pair.subject, PlacedCrew) and whole:
        return _place_all(pair, pair.subject, begin)
    subject = None if pair.subject is None else only(pair.subject)
    if pair.subject is not None and not isinstance(subject, Placed):
        remedy = "run the suites that begin at the beginning"
        raise TargetError(pair.machine.name, "can't be put into a situation", remedy)
    problems: tuple[Problem, ...] = ()
    if isinstance(subject, Placed):
        problems = tuple(_born(pair, subject))
        subject.restore(begin.held)
    pair.now = begin.now
    pair.restore({pair.machine.name: begin.held}, begin.deadlines)
    if isinstance(subject, Placed):
        problems = (*problems, *_ranks(pair, subject))
    return problems


def _place_all(pair: Pair, crew: PlacedCrew, begin: Begin) -> tuple[Problem, ...]:
    """The same for all machines of a scope; they have no ranks but the keeper's."""
    problems = tuple(
        _problem(pair, code, f"a new {name}", wanted, got)
        for name, born in pair.reference.held.items()
        for code, wanted, got in differences(born, crew.snapshot_of(name))
    )
    crew.restore(begin.all)
    pair.now = begin.now
    pair.restore(begin.all, begin.deadlines)
    return problems


def _born(pair: Pair, subject: Placed) -> Iterator[Problem]:
    for code, wanted, got in differences(pair.held, subject.snapshot()):
        yield _problem(pair, code, "a new instance", wanted, got)


def _ranks(pair: Pair, subject: Placed) -> Iterator[Problem]:
    wanted, got = (
        ranked(pair.reference.machines[pair.machine.name], pair.now),
        subject.rank(pair.now),
    )
    if wanted != got:
        where = f"who must go, in {pair.held.state}"
        yield _problem(pair, "RANK", where, f"rank {wanted}", f"rank {got}")


def _problem(pair: Pair, code: Code, where: str, wanted: str, got: str) -> Problem:
    machine = pair.machine
    mark = machine.instances.mark if code == "RANK" and machine.instances else machine.mark
    return Problem(code, f"{machine.name}: {where}", wanted, got, mark, machine.refs)
