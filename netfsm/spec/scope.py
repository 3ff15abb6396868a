"""Where the variables of an expression must have a value: the states in which it is evaluated.

`at(...)` narrows those states: in `at(PROBE) and tries > 0` the second part is read in PROBE only,
and so are the sides of `x if at(PROBE) else y` and what follows in `not at(PROBE) or ...`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from netfsm.spec.expr import At, Call, Expr, Name, Op, TimerRef, children, walk
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.model import Let, TimerOrder, TimerStep
from netfsm.spec.names import Names

__all__ = ["Reads", "check_order_scope", "check_scope", "reads"]

States = frozenset[str] | None


@frozen
class _Place:
    """The states in which a part is evaluated, and those after the step."""

    states: States
    after: States


def check_scope(expr: Expr, names: Names, findings: Findings) -> bool:
    """Note each variable of `expr` that has no value in some state of `names`; True if none.

    Also each let that reads such a variable, or a parameter that the event does not have.
    """
    place = _Place(names.states, names.after)
    return _note(_missing(expr, place, names), findings)


def check_order_scope(order: TimerOrder, names: Names, findings: Findings) -> bool:
    """`check_scope` for the order of a timer."""
    place = _Place(names.states, names.after)
    return _note(_missing_in_order(order, place, names), findings)


@frozen
class _Missing:
    """A name that has no value where it is read, there or in let `via`; `why` follows the name."""

    code: str
    name: str
    why: str
    via: str
    mark: Mark

    def __str__(self) -> str:
        if self.via:
            return f"{self.via} reads {self.name}, which {self.why}"
        return f"{self.name} {self.why}"


_MENDS: Final = {
    "SCOPE": "mend the variable's 'in', or ask at(...) first",
    "NO-PARAM": "a let stands only with events that have what it reads",
}


def _note(found: Iterator[_Missing], findings: Findings) -> bool:
    good = True
    for missing in found:
        good = False
        findings.add(missing.code, missing.mark, str(missing), _MENDS[missing.code])
    return good


def _missing_in_order(order: TimerOrder, place: _Place, names: Names) -> Iterator[_Missing]:
    if isinstance(order, TimerStep):
        if order.after is not None:
            yield from _missing(order.after, place, names)
        return
    yield from _missing(order.test, place, names)
    yield from _missing_in_order(order.then, _assume(order.test, place, truth=True), names)
    yield from _missing_in_order(order.orelse, _assume(order.test, place, truth=False), names)


def _missing(expr: Expr, place: _Place, names: Names) -> Iterator[_Missing]:
    if isinstance(expr, Name):
        yield from _missing_name(expr, place, names)
        return
    if isinstance(expr, Call) and expr.kind == "let":
        for code, name, why in _missing_in_let(expr.name, place, names):
            yield _Missing(code, name, why, expr.name, expr.mark)
    if isinstance(expr, Op) and expr.op in ("and", "or"):
        for part in expr.args:
            yield from _missing(part, place, names)
            place = _assume(part, place, truth=expr.op == "and")
    elif isinstance(expr, Op) and expr.op == "if":
        test, then, orelse = expr.args
        yield from _missing(test, place, names)
        yield from _missing(then, _assume(test, place, truth=True), names)
        yield from _missing(orelse, _assume(test, place, truth=False), names)
    else:
        for child in children(expr):
            yield from _missing(child, place, names)


def _missing_name(name: Name, place: _Place, names: Names) -> Iterator[_Missing]:
    known = names.vocabulary
    if name.kind == "param" and names.event is not None:
        events = known.params.get(name.name, {})
        if names.event not in events:
            why = f"is a parameter of {' and '.join(events)}"
            yield _Missing("NO-PARAM", name.name, why, "", name.mark)
    here = place.after if name.new else place.states
    if name.kind != "var" or here is None:
        return
    declared = known.values.get(name.name)
    if declared is None or declared.states is None or here <= declared.states:
        return
    lacking = sorted(here - declared.states)
    more = f" and {len(lacking) - 1} more of the states here" if len(lacking) > 1 else ""
    shown = f"new.{name.name}" if name.new else name.name
    yield _Missing("SCOPE", shown, f"has no value in {lacking[0]}{more}", "", name.mark)


def _missing_in_let(name: str, place: _Place, names: Names) -> tuple[tuple[str, str, str], ...]:
    """Code, name and reason of each thing that let `name` reads in vain here; found out once."""
    known = names.vocabulary
    key = (name, place.states, names.event)
    if key not in known.missing:
        found = _missing(known.lets[name].expr, place, names)
        known.missing[key] = tuple({(m.code, m.name, m.why): None for m in found})
    return known.missing[key]


def _assume(test: Expr, place: _Place, *, truth: bool) -> _Place:
    """`place` with its states narrowed to those in which `test` is `truth`."""
    if place.states is None and place.after is None:
        return place
    if isinstance(test, At):
        if test.new:
            return _Place(place.states, _narrowed(place.after, test, truth=truth))
        return _Place(_narrowed(place.states, test, truth=truth), place.after)
    if isinstance(test, Op) and test.op == "not":
        return _assume(test.args[0], place, truth=not truth)
    if isinstance(test, Op) and test.op == ("and" if truth else "or"):
        for part in test.args:
            place = _assume(part, place, truth=truth)
    return place


def _narrowed(states: States, test: At, *, truth: bool) -> States:
    if states is None:
        return frozenset(test.states) if truth else None
    return states & frozenset(test.states) if truth else states - frozenset(test.states)


@frozen
class Reads:
    """What an expression reads, directly and through lets; names only."""

    variables: frozenset[str]
    new_variables: frozenset[str]
    params: frozenset[str]
    others: frozenset[str]  # given, key, constants, arguments, fields of an emission
    timers: frozenset[str]
    functions: frozenset[str]
    lets: frozenset[str]
    now: bool


def reads(expr: Expr, lets: Mapping[str, Let]) -> Reads:
    """Return what `expr` reads; each let is entered once."""
    found: dict[str, set[str]] = {}
    now = False
    stack = [expr]
    while stack:
        for node in walk(stack.pop()):
            now = now or (isinstance(node, Name) and node.kind == "now")
            kind, name = _what_is_read(node)
            known = found.setdefault(kind, set())
            if kind == "let" and name not in known:
                stack.append(lets[name].expr)
            known.add(name)
    return Reads(
        variables=_found(found, "var"),
        new_variables=_found(found, "new"),
        params=_found(found, "param"),
        others=_found(found, "given", "key", "const", "arg", "out"),
        timers=_found(found, "timer"),
        functions=_found(found, "function"),
        lets=_found(found, "let"),
        now=now,
    )


def _found(found: Mapping[str, set[str]], *kinds: str) -> frozenset[str]:
    return frozenset[str]().union(*(found.get(kind, set()) for kind in kinds))


def _what_is_read(node: Expr) -> tuple[str, str]:
    if isinstance(node, Name):
        return ("new" if node.new else node.kind), node.name
    if isinstance(node, Call):
        return node.kind, node.name
    if isinstance(node, TimerRef) and node.timer is not None:
        return "timer", node.timer
    return "", ""
