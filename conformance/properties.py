"""Invariants, steps, outputs and musts, evaluated on live steps.

`netfsm check` proves them of every step; here they are asked of the steps that really happen, on
the snapshots before and after. A property that reads what has no value after the step says nothing
of it (docs/reference/language.md, "Properties").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from netfsm.conformance.pair import Pair, Problem, Taken, shown
from netfsm.conformance.view import Sight, fields_of, reads
from netfsm.machine.base import Emission
from netfsm.spec import model
from netfsm.spec.expr import At, Expr, Name, TimerRef
from netfsm.spec.types import Value

__all__ = ["broken_in_scope", "broken_properties", "tagged"]


def broken_properties(sight: Sight, taken: Taken) -> Iterator[Problem]:
    """The properties that `taken` breaks; `sight` is the machine with its constants."""
    if taken.row is None:
        return
    whole = evolve(
        sight,
        before=taken.before,
        inputs=taken.move.inputs,
        now=taken.move.now,
        after=taken.after,
        orders=taken.orders,
    )
    for found in sight.machine.properties:
        if found.ghost or (found.kind == "invariant" and taken.gone):
            continue
        check = _CHECKS[found.kind]
        yield from check(found, whole, taken)


def broken_in_scope(pair: Pair, taken: Taken) -> Iterator[Problem]:
    """What else a step of a scope breaks: claims of rows inside it, invariants of all machines."""
    if taken.row is None:
        return
    for inner in taken.inner:
        sight = pair.sight(inner.before)
        yield from broken_properties(sight, evolve(inner, gone=True))  # in the middle of a step
    if taken.gone or len(taken.held) < 2:
        return
    for name, held in taken.held.items():
        if name != taken.machine.name:
            sight = pair.sight(held)
            for prop in sight.machine.properties:
                if prop.kind == "invariant" and not prop.ghost:
                    yield from _invariant(prop, sight, evolve(taken, after=held))
    shares = taken.machine.shares
    for joint in shares.invariants if shares is not None else ():
        yield from _joint(joint, shares, pair.sight(taken.after), taken)


def _joint(
    joint: model.Joint, scope: model.Scope | None, sight: Sight, taken: Taken
) -> Iterator[Problem]:
    """Whether an invariant of the scope holds after the step."""
    if scope is None or not _there(joint.where, taken):
        return
    shared = frozenset(timer.name for timer in scope.timers)
    now = evolve(sight, before=evolve(taken.after, armed=taken.after.armed & shared))
    good = _there(joint.at, taken) and (joint.holds is None or bool(now.value(joint.holds)))
    if not good:
        places = {name: held.state for name, held in taken.held.items()}
        got = ", ".join(f"{name} is in {state}" for name, state in places.items())
        if joint.holds is not None:
            got = f"{_values(joint.holds, now)}; {got}"
        wanted = f"{joint.id} holds after the step"
        subject = f"{scope.name}/{joint.id}"
        yield Problem("PROPERTY", subject, wanted, got, joint.mark, joint.refs)


def _there(places: Mapping[str, tuple[str, ...]], taken: Taken) -> bool:
    return all(taken.held[name].state in states for name, states in places.items())


def tagged(sight: Sight, taken: Taken) -> list[tuple[str, str, Emission]]:
    """Every emission of the row with its output ("" for a signal) and its tag."""
    if taken.row is None:
        return []
    found: list[tuple[str, str, Emission]] = []
    left = list(taken.own)
    for part in taken.row.emissions:
        if isinstance(part, model.Signal) and part.inside:
            continue
        if part.condition is not None and not sight.value(part.condition):
            continue
        if not left:
            break
        emission = left.pop(0)
        if isinstance(part, model.Signal):
            found.append(("", "", emission))
        else:
            found.append((part.output, part.tag, emission))
    return found


def _invariant(prop: model.Property, sight: Sight, taken: Taken) -> Iterator[Problem]:
    if taken.after.state not in prop.where:
        return
    now = evolve(sight, before=taken.after)
    if not now.value(prop.holds):
        yield _problem(prop, sight, f"holds in {taken.after.state}", _values(prop.holds, now))


def _step(prop: model.Property, sight: Sight, taken: Taken) -> Iterator[Problem]:
    if _concerns(prop, sight, taken) and not _holds(prop.holds, sight):
        yield _problem(prop, sight, "holds of the step", _values(prop.holds, sight))


def _output(prop: model.Property, sight: Sight, taken: Taken) -> Iterator[Problem]:
    if not _concerns(prop, sight, taken):
        return
    for output, tag, emission in tagged(sight, taken):
        if not output or (prop.tag is not None and tag != prop.tag):
            continue
        out = _said(emission, sight.machine)
        if not _read(prop.holds, sight) <= out.keys():
            continue  # it speaks of outputs with other fields
        if not _holds(prop.holds, evolve(sight, out=out)):
            yield _problem(prop, sight, "holds of each emission", shown(emission))


def _must(prop: model.Property, sight: Sight, taken: Taken) -> Iterator[Problem]:
    if not _concerns(prop, sight, taken):
        return
    if prop.emits is None:
        yield from _step(prop, sight, taken)
        return
    sent = [
        (output, emission)
        for output, tag, emission in tagged(sight, taken)
        if output and prop.emits in (output, tag)
    ]
    for _, emission in sent:
        out = _said(emission, sight.machine)
        if _read(prop.holds, sight) <= out.keys() and _holds(prop.holds, evolve(sight, out=out)):
            return
    told = "; ".join(shown(emission) for _, emission in sent) or f"no {prop.emits}"
    yield _problem(prop, sight, f"{prop.emits} is emitted so that it holds", told)


_CHECKS = {"invariant": _invariant, "step": _step, "output": _output, "must": _must}


def _said(emission: Emission, machine: model.Machine) -> dict[str, Value]:
    """The fields of an emission as they go out: what the row leaves out is at its default."""
    output = next(each for each in machine.outputs if each.name == emission.output)
    said = fields_of(emission, machine)
    return {**output.left_out(said), **said}


def _concerns(prop: model.Property, sight: Sight, taken: Taken) -> bool:
    if taken.before.state not in prop.where:
        return False
    if prop.event is not None and taken.move.event != prop.event:
        return False
    return prop.when is None or bool(sight.value(prop.when))


def _holds(expr: Expr, sight: Sight) -> bool:
    """True if `expr` holds, or reads a variable that is out of scope after the step."""
    for node in reads(expr, sight.lets):
        if isinstance(node, Name) and node.kind == "var" and node.new:
            assert sight.after is not None
            if sight.after.variables[node.name] is None:
                return True
    return bool(sight.value(expr))


def _read(expr: Expr, sight: Sight) -> set[str]:
    """The fields of an emission that `expr` reads."""
    found = reads(expr, sight.lets)
    return {node.name for node in found if isinstance(node, Name) and node.kind == "out"}


def _problem(prop: model.Property, sight: Sight, wanted: str, got: str) -> Problem:
    subject = f"{sight.machine.name}/{prop.id}"
    return Problem("PROPERTY", subject, f"{prop.id} {wanted}", got, prop.mark, prop.refs)


def _values(expr: Expr, sight: Sight) -> str:
    """What the names in `expr` were, for a person."""
    told: dict[str, Any] = {}
    for node in reads(expr, sight.lets):
        match node:
            case Name():
                text = f"new.{node.name}" if node.new else node.name
                told[text] = _safe(node, sight)
            case TimerRef():
                told[f"{node.what}({node.timer})"] = _safe(node, sight)
            case At():
                told[f"at({', '.join(node.states)})"] = _safe(node, sight)
    return ", ".join(f"{name} = {told[name]!r}" for name in sorted(told)) or "false"


def _safe(node: Name | TimerRef | At, sight: Sight) -> object:
    try:
        return sight.value(node)
    except KeyError:
        return "nothing"
