"""Reads the `let`s of a machine: each typed once, in the order in which they need one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final

from attrs import evolve, field, frozen

from netfsm.spec.declare import TypeNames, good_name, parse_type
from netfsm.spec.expr import Call, Expr, children
from netfsm.spec.findings import Findings
from netfsm.spec.model import Field, Let
from netfsm.spec.names import Names
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.parse import parse_node

__all__ = ["parse_lets"]

MAX_UNFOLDED: Final = 300  # operations, through lets
_HEAD: Final = re.compile(r"([^()]+?)\s*\(([^()]*)\)\Z", re.ASCII)
_NAMES: Final = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)


@frozen
class _Head:
    """The name of a let and its arguments, before its expression is read."""

    name: Scalar
    params: tuple[Field, ...]
    body: Node = field(eq=False)


def parse_lets(
    entries: Iterable[tuple[Scalar, Node]], names: Names, types: TypeNames, findings: Findings
) -> tuple[Let, ...]:
    """Return the lets in dependency order, and make them known in `names.vocabulary`.

    A let may read any event's parameters and any variable; whether they have a value is asked where
    the let is used. One that is wrong goes to `names.vocabulary.broken`, so its uses are silent.
    """
    known = names.vocabulary
    heads: dict[str, _Head] = {}
    for key, body in entries:
        head = _head(key, body, types, findings)
        heads[head.name.text] = head
    order = _order(heads, findings)
    known.broken.update(name for name in heads if name not in order)
    anywhere = evolve(
        names, event=None, states=None, after=None, out=None, args={}, allow_new=False
    )
    lets: list[Let] = []
    depths: dict[str, int] = {}
    for name in order:
        head = heads[name]
        here = anywhere.with_args({param.name: param.type for param in head.params})
        expr = parse_node(head.body, here, findings)
        if expr is None or not good_name(head.name, findings):
            known.broken.add(name)
            continue
        depths[name] = _depth(expr, depths)
        if depths[name] > MAX_UNFOLDED:
            message = f"{name} is nested deeper than {MAX_UNFOLDED} levels through the lets it uses"
            findings.add("TOO-DEEP", head.name.mark, message, "let fewer lets lean on one another")
            known.broken.add(name)
            continue
        let = Let(name, head.params, expr, head.name.mark)
        known.lets[name] = let
        lets.append(let)
    return tuple(lets)


def _head(key: Scalar, body: Node, types: TypeNames, findings: Findings) -> _Head:
    """`bigger(a: nat 10, b: nat 10)` taken apart."""
    match = _HEAD.match(key.text)
    if match is None:
        return _Head(key, (), body)
    name = evolve(key, text=match[1], value=match[1])
    params: list[Field] = []
    offset = match.start(2)
    for part in match[2].split(","):
        written, colon, type_text = part.partition(":")
        at = offset + len(written) - len(written.lstrip())
        type_at = offset + len(written) + len(colon)
        type_at += len(type_text) - len(type_text.lstrip())
        offset += len(part) + 1
        param = Scalar(written.strip(), written.strip(), True, key.at(at))
        if not colon or not type_text.strip():
            hint = 'such as "bigger(a: nat 10, b: nat 10)": a if a > b else b'
            message = "an argument of a let has its type after a colon"
            findings.add("TYPE-FORM", param.mark, message, hint)
            continue
        stripped = type_text.strip()
        type_node = Scalar(stripped, stripped, True, key.at(type_at), stripped)
        type_ = parse_type(type_node, types, findings)
        if type_ is not None and good_name(param, findings):
            params.append(Field(param.text, type_, False, "", param.mark))
    return _Head(name, tuple(params), body)


def _depth(expr: Expr, depths: Mapping[str, int]) -> int:
    """How deep `expr` is nested with the lets that it uses written out."""
    deepest = 0
    level: list[tuple[Expr, int]] = [(expr, 1)]
    while level:
        node, depth = level.pop()
        if isinstance(node, Call) and node.kind == "let":
            depth += depths[node.name]
        deepest = max(deepest, depth)
        level.extend((child, depth + 1) for child in children(node))
    return deepest


def _order(heads: dict[str, _Head], findings: Findings) -> tuple[str, ...]:
    """The names of the lets, each after those that it uses; a cycle is noted and left out."""
    needs = {
        name: {
            used
            for used in _NAMES.findall(head.body.text if isinstance(head.body, Scalar) else "")
            if used in heads
        }
        for name, head in heads.items()
    }
    while True:
        try:
            return tuple(TopologicalSorter(needs).static_order())
        except CycleError as error:
            cycle: list[str] = error.args[1]
            shown = " -> ".join(reversed(cycle))
            first = min(cycle, key=lambda name: heads[name].name.mark)
            message = f"these lets need one another: {shown}"
            hint = "a let may use only lets that don't lead back to it"
            findings.add("LET-CYCLE", heads[first].name.mark, message, hint)
            lost = set(cycle)
            needs = {name: used - lost for name, used in needs.items() if name not in lost}
