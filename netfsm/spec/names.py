"""What an expression may name at its place.

A `Vocabulary` is what a machine declares, filled once while its declarations are read. `Names` is
that vocabulary as one place sees it: which event's parameters, in which states, whether `new.`
and `o.` mean anything. Narrowing it copies ten references and no table.
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from attrs import Factory, define, evolve, field, frozen

from netfsm.spec.model import Function, Let
from netfsm.spec.types import Enum, Flags, Type

__all__ = ["BUILTINS", "Known", "Names", "Vocabulary", "closest", "refused_name"]

BUILTINS: Final = frozenset(
    {
        "min", "max", "int", "len", "at", "armed", "restarted", "deadline", "timers_armed",
        "empty", "full", "insert", "remove", "push", "pop", "oldest", "add", "cut", "run",
        "covers", "now", "nothing", "new", "o", "start", "restart", "stop", "keep", "true",
        "false", "result",
    }
)  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*\Z", re.ASCII)
_STATE: Final = re.compile(r"-|[A-Za-z_][A-Za-z0-9_.-]*\Z", re.ASCII)
_MAX_NAME: Final = 100
_LetPlace = tuple[str, frozenset[str] | None, str | None]  # a let, its states, its event
_Lacks = tuple[tuple[str, str, str], ...]  # code, name and reason of what it reads in vain


@frozen
class Known:
    """A value that has a name in the whole machine.

    `states` are those in which it has a value, None for all (and where another machine of the
    scope owns it, whose states are not ours).
    """

    kind: Literal["var", "given", "key", "const"]
    type: Type
    states: frozenset[str] | None = None


@define
class Vocabulary:
    """What a machine declares. Whoever reads the declarations fills the tables, in any order.

    `params` has for each name of an event parameter or choice its type by event. `states` has each
    state, and each group, with the states it stands for. `other` says of further names what they
    are (`resolve`: "an event"), for messages. A name in `broken` has a finding already: whatever
    uses it is passed over in silence.
    """

    values: dict[str, Known] = Factory(dict[str, Known])
    members: dict[str, list[Enum | Flags]] = Factory(dict[str, list[Enum | Flags]])
    lets: dict[str, Let] = Factory(dict[str, Let])
    functions: dict[str, Function] = Factory(dict[str, Function])
    timers: set[str] = Factory(set[str])
    states: dict[str, tuple[str, ...]] = Factory(dict[str, tuple[str, ...]])
    params: dict[str, dict[str, Type]] = Factory(dict[str, dict[str, Type]])
    other: dict[str, str] = Factory(dict[str, str])
    broken: set[str] = Factory(set[str])
    missing: dict[_LetPlace, _Lacks] = Factory(dict[_LetPlace, _Lacks])  # of netfsm.spec.scope

    def add_members(self, *types: Type) -> None:
        """Make the members of every enum and flags type among `types` known by their bare names."""
        for type_ in types:
            if not isinstance(type_, Enum | Flags):
                continue
            for member in _member_names(type_):
                known = self.members.setdefault(member, [])
                if type_ not in known:
                    known.append(type_)

    def add_params(self, event: str, params: Iterable[tuple[str, Type]]) -> None:
        """Make the parameters and choices of `event` known, and the members of their types."""
        for name, type_ in params:
            self.add_members(type_)
            self.params.setdefault(name, {})[event] = type_


@frozen
class Names:
    """A vocabulary as one place of a spec sees it.

    `event` is the one whose parameters have a value here; "" for none, None where any event's may
    stand (a let). `states` are those in which the expression is evaluated, `after` those that
    the step may lead to, for `new.`; None checks nothing. `out` are the fields behind `o.`, `args`
    the arguments of a let or of a function's contract.
    """

    vocabulary: Vocabulary
    event: str | None = ""
    states: frozenset[str] | None = None
    after: frozenset[str] | None = None
    out: Mapping[str, Type] | None = None
    args: Mapping[str, Type] = field(factory=dict[str, Type])
    allow_new: bool = False
    allow_restarted: bool = False

    def at_row(
        self, event: str, states: Iterable[str], after: Iterable[str] | None = None
    ) -> Names:
        """These names in a row for `event` in `states`; `after` also lets `new.` stand."""
        return evolve(
            self,
            event=event,
            states=frozenset(states),
            after=None if after is None else frozenset(after),
            allow_new=after is not None,
        )

    def in_property(
        self, states: Iterable[str], event: str | None, out: Mapping[str, Type] | None = None
    ) -> Names:
        """These names in a step, output or must: `new.`, `restarted` and, with `out`, `o.`.

        `event` is "" where the property speaks of all events. What `new.` reads is not checked: a
        step holds where all that it reads is in scope afterwards.
        """
        return evolve(
            self,
            event=event,
            states=frozenset(states),
            after=None,
            out=out,
            allow_new=True,
            allow_restarted=True,
        )

    def in_states(self, states: Iterable[str]) -> Names:
        """These names where an expression is evaluated in `states`, apart from any event."""
        return evolve(self, event="", states=frozenset(states))

    def with_args(self, args: Mapping[str, Type]) -> Names:
        """These names and the arguments `args`, which hide nothing: names are unique."""
        return evolve(self, args=args)

    def param(self, name: str) -> Type | None:
        """The type of parameter `name` here, None where there is none.

        In a let, which any event may use, the first event's; `disagreeing` tells whether others
        have another type.
        """
        events = self.vocabulary.params.get(name)
        if events is None:
            return None
        return next(iter(events.values())) if self.event is None else events.get(self.event)

    def is_value(self, name: str) -> bool:
        """True where `name` has a value of its own here, so that it is no member of an enum."""
        vocabulary = self.vocabulary
        return (
            name in self.args
            or name in vocabulary.values
            or name in vocabulary.lets
            or name in vocabulary.broken
            or self.param(name) is not None
        )

    def candidates(self) -> list[str]:
        """All names that may stand here as a value or be called."""
        vocabulary = self.vocabulary
        event = self.event
        params = [n for n, e in vocabulary.params.items() if event is None or event in e]
        out = [f"o.{name}" for name in self.out or ()]
        tables: list[Iterable[str]] = [
            self.args,
            params,
            vocabulary.values,
            vocabulary.lets,
            vocabulary.functions,
            vocabulary.members,
            out,
            BUILTINS,
        ]
        return [name for table in tables for name in table]


def closest(name: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The hint "did you mean ...?" where one of `candidates` is like `name`, else `otherwise`."""
    folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.casefold()[:_MAX_NAME], list(folded), n=1, cutoff=0.6)
    return f"did you mean {folded[found[0]]}?" if found else otherwise


def refused_name(name: str, *, state: bool = False) -> str | None:
    """Why `name` can't be declared, or None where it can; a state's may hold hyphens."""
    if len(name) > _MAX_NAME:
        return f"a name has at most {_MAX_NAME} characters"
    if state:
        return None if _STATE.match(name) else "a state's name is letters, digits, _, - and dots"
    if not _NAME.match(name):
        return "a name is letters, digits, _ and dots, and each part begins with a letter"
    for part in name.split("."):
        if keyword.iskeyword(part):
            return f"{part} is a word of the expression grammar"
    if name in BUILTINS or name.startswith(("new.", "o.")):
        return f"{name.partition('.')[0]} has a meaning in expressions"
    return None


def _member_names(type_: Enum | Flags) -> Iterable[str]:
    return type_.members if isinstance(type_, Flags) else (name for name, _ in type_.members)
