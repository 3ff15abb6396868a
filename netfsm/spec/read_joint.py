"""Invariants over the machines of a scope, as the scope's file states them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import frozen

from netfsm.spec.expr import Expr, Name, TimerRef, walk
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.model import Joint, Scope
from netfsm.spec.names import Names, closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.outline import Outline
from netfsm.spec.parse import parse_node
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_texts
from netfsm.spec.states import states_in
from netfsm.spec.types import BOOL

__all__ = ["JointReader"]

_KEYS: Final = ("id", "in", "at", "holds", "ref", "says")
States = Mapping[str, tuple[str, ...]]


@frozen
class JointReader:
    """Reads the invariants of one scope; `names` are those that they may read."""

    scope: Scope
    outlines: Callable[[str], Outline | None]
    names: Names
    findings: Findings

    def read(self, mapping: MappingNode, ids: dict[str, Mark]) -> Joint | None:
        """Return the invariant, None where something is wrong with it."""
        shape = Shape(mapping, self.findings, "an invariant of a scope", _KEYS)
        self._check_id(shape, ids)
        if "ref" not in shape:
            what = "the invariant names no clause that asks for it"
            self.findings.add("NO-REF", shape.mark, what, "add 'ref: RFC 9293 §3.4'")
        if "at" not in shape and "holds" not in shape:
            what = "an invariant of a scope says with 'at' where machines are, or what 'holds'"
            self.findings.add("MISSING-KEY", shape.mark, what, "add 'holds: EXPRESSION'")
            return None
        where, at = self._states(shape, "in"), self._states(shape, "at")
        node = shape.node("holds")
        holds = None
        if node is not None:
            holds = parse_node(node, self.names, self.findings, expect=BOOL)
        if where is None or at is None or (node is not None and holds is None):
            return None
        if holds is not None and not self._has_values(holds, where):
            return None
        refs = read_refs(shape.node("ref"), self.findings)
        return Joint(shape.text("id"), FrozenMap(where), FrozenMap(at), holds, refs, shape.mark)

    def _check_id(self, shape: Shape, ids: dict[str, Mark]) -> None:
        scalar = shape.scalar("id", required=True)
        if scalar is None:
            return
        first = ids.setdefault(scalar.text, scalar.mark)
        if first is not scalar.mark:
            what = f"{scalar.text} stands in line {first.line} too"
            self.findings.add("DUPLICATE-ID", scalar.mark, what, "give it an id of its own")

    def _states(self, shape: Shape, key: str) -> dict[str, tuple[str, ...]] | None:
        """The states of machines under `key`; None where one of the names is unknown."""
        found: dict[str, tuple[str, ...]] = {}
        good = True
        for name, node in shape.entries(key):
            if name.text not in self.scope.machines:
                what = f"{quoted(name.text)} is no machine of this scope"
                hint = closest(name.text, self.scope.machines, "a machine says 'scope: NAME'")
                self.findings.add("UNKNOWN-MACHINE", name.mark, what, hint)
                good = False
                continue
            outline = self.outlines(name.text)
            if outline is None:
                good = False
                continue
            texts = expect_texts(node, self.findings, quoted(name.text))
            states = states_in(texts, outline.states, outline.groups, self.findings)
            good = good and states.sound
            found[name.text] = states.states
        return found if good else None

    def _has_values(self, holds: Expr, where: States) -> bool:
        """Whether the states under `in` are such that all that `holds` reads has a value there."""
        variables = {variable.name: variable for variable in self.scope.variables}
        good = True
        for node in walk(holds):
            if _is_time(node):
                what = "an invariant of a scope says nothing of the time"
                hint = "state it in the machine that owns the timer"
                self.findings.add("NOT-ALLOWED", node.mark, what, hint)
                good = False
            if not isinstance(node, Name) or node.kind != "var":
                continue
            variable = variables[node.name]
            here = where.get(variable.owner)
            if variable.states is not None and not (here and variable.states.issuperset(here)):
                what = f"{node.name} has a value in some states of {variable.owner} only"
                hint = f"name them: in: {{{variable.owner}: [...]}}"
                self.findings.add("SCOPE", node.mark, what, hint)
                good = False
        return good


def _is_time(node: Expr) -> bool:
    if isinstance(node, Name):
        return node.kind == "now"
    return isinstance(node, TimerRef) and node.what == "deadline"
