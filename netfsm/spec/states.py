"""Lists of states and groups as `in:` and `groups:` write them, and timers that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from netfsm.spec.findings import Findings, quoted
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.outline import StateOutline, TimerOutline
from netfsm.spec.refs import documents_of, read_refs
from netfsm.spec.shape import Shape, expect_entries, expect_texts

__all__ = ["FoundStates", "guessed", "read_timer", "read_timers", "states_in"]

_TIMER_KEYS = ("in", "ref", "says", "owner")
Groups = Mapping[str, tuple[str, ...]]


@frozen
class FoundStates:
    """States by name. `perhaps` are those that unknown names may have meant."""

    states: tuple[str, ...]
    perhaps: frozenset[str] = frozenset()

    @property
    def sound(self) -> bool:
        """True where every name was known."""
        return not self.perhaps


def states_in(
    names: Iterable[Scalar], states: Iterable[str], groups: Groups, findings: Findings
) -> FoundStates:
    """Return the states that `names`, of states and groups, stand for, each once."""
    known = tuple(states)
    found: dict[str, None] = {}
    perhaps: set[str] = set()
    for name in names:
        if name.text in groups:
            found.update(dict.fromkeys(groups[name.text]))
        elif name.text in known:
            found[name.text] = None
        else:
            what = f"{quoted(name.text)} is no state and no group"
            hint = closest(name.text, (*known, *groups), "declare it under 'states' or 'groups'")
            findings.add("UNKNOWN-STATE", name.mark, what, hint)
            for meant in guessed(name.text, (*known, *groups)):
                perhaps.update(groups.get(meant, (meant,)))
    return FoundStates(tuple(found), frozenset(perhaps))


def guessed(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the one of `known` that `name` is like, or all of them where it is like none."""
    candidates = tuple(known)
    hint = closest(name, candidates)
    meant = tuple(each for each in candidates if hint == f"did you mean {each}?")
    return meant or candidates


def read_timers(
    shape: Shape, states: Mapping[str, StateOutline], groups: Groups, findings: Findings
) -> dict[str, TimerOutline]:
    """Return the timers that stand under `timers:` of a machine."""
    found: dict[str, TimerOutline] = {}
    documents = documents_of(shape)
    for key, node in shape.entries("timers"):
        document = documents.at(key.mark)
        timer = read_timer(key, node, states, groups, findings, shared=False, document=document)
        found[key.text] = timer
    return found


def read_timer(
    key: Scalar,
    node: Node,
    states: Mapping[str, StateOutline],
    groups: Groups,
    findings: Findings,
    *,
    shared: bool,
    document: str = "",
) -> TimerOutline:
    """Return one timer; where an unknown name stands in its `in`, it may run in all states.

    `document` is that of clauses that name none.
    """
    if isinstance(node, Scalar) and node.value is None:
        node = MappingNode((), node.mark)
    if not isinstance(node, MappingNode):
        expect_entries(node, findings, f"timer {key.text}")
        return TimerOutline(key.text, None, shared, "", (), key.mark)
    shape = Shape(node, findings, f"timer {key.text}", _TIMER_KEYS)
    where = None
    if "in" in shape:
        names = expect_texts(shape.node("in") or node, findings, "'in'")
        found = states_in(names, states, groups, findings)
        where = frozenset(found.states) | found.perhaps
    refs = read_refs(shape.node("ref"), findings, document)
    return TimerOutline(key.text, where, shared, shape.text("says"), refs, key.mark)
