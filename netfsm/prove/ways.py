"""A way through generated code: the tests along it, what it leaves, and what it sends."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from netfsm.prove.python_values import V
from netfsm.prove.solver import Term


@frozen
class Call:
    """A signal inside the scope: the call of its receiver, and what is stored at that moment.

    `number` is the signal's place in its row, which the local of its result is named after.
    """

    number: int
    receiver: str
    event: str
    now: V
    values: tuple[V, ...]
    slots: Mapping[str, V]


@frozen
class Gives:
    """The emissions, or the orders, that a signal inside the scope gave back."""

    number: int
    what: str


@frozen
class When:
    """A part of a sequence that is there where `test` is true."""

    test: Term
    part: V


@frozen
class Way:
    """One way through the code: the tests that lead along it, and what is there by now.

    `ends` is how it ended: "" while it goes on, `return` with `result`, or what it raises; `told`
    are the signals inside the scope, in order. Where two ways come together again they go on as
    one: what they left is chosen by the test, and what only one of them sends is a `When`.
    """

    path: tuple[Term, ...]
    slots: Mapping[str, V]
    names: Mapping[str, V] = field(factory=dict[str, V])
    called: tuple[str, ...] = ()
    ends: str = ""
    result: V = None
    line: int = 0
    told: tuple[Call | When, ...] = ()


Need = tuple[tuple[Term, ...], V, int]
"""The tests that lead to a place, what must be true there so that nothing is raised, its line."""


@frozen
class Run:
    """What came of running a method: all ways, and what must be so that none raises."""

    ways: list[Way]
    needs: list[Need]
