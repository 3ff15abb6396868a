"""Which lets of a function become locals.

A let used once stands where it is used; one used more often is computed once, if computing it is
safe in every state where the function runs (an `oldest` of an empty queue is not). What is left is
called as a function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import frozen

from netfsm.machine.layout import Layout
from netfsm.spec import model
from netfsm.spec.expr import Call, Expr, Name, Op, walk

_PARTIAL = frozenset({"oldest", "pop"})


@frozen
class Plan:
    """Lets that become locals, in an order in which each can be computed, and those used once."""

    locals: tuple[str, ...]
    once: frozenset[str]


class Planner:
    """Plans the lets of one machine's functions."""

    def __init__(self, layout: Layout) -> None:
        self._lets = {let.name: let for let in layout.machine.lets}
        self._scopes = {v.name: v.states for v in layout.variables}
        self._known: dict[tuple[str, tuple[str, ...]], bool] = {}

    def plan(
        self, exprs: Iterable[Expr], states: tuple[str, ...], known: Iterable[str] = ()
    ) -> Plan:
        """The plan of a function that evaluates `exprs` in `states`; `known` are locals already."""
        uses: Counter[str] = Counter()
        for expr in exprs:
            uses.update(_calls(expr))
        chosen: list[str] = []
        once: set[str] = set()
        skipped = set(known)
        for let in reversed(self._lets.values()):
            if not uses[let.name] or let.name in skipped:
                continue
            uses.update(_calls(let.expr))
            if let.params:
                continue
            if uses[let.name] == 1:
                once.add(let.name)
            elif self.total(let.expr, states):
                chosen.append(let.name)
        return Plan(tuple(reversed(chosen)), frozenset(once))

    def let(self, name: str) -> model.Let:
        """The let called `name`."""
        return self._lets[name]

    def total(self, expr: Expr, states: tuple[str, ...]) -> bool:
        """True if `expr` has a value in each of `states`, whatever the guards say."""
        return all(self._total_node(node, states) for node in walk(expr))

    def _total_node(self, node: Expr, states: tuple[str, ...]) -> bool:
        match node:
            case Name(kind="var"):
                scope = self._scopes.get(node.name)
                return not node.new and (scope is None or scope.issuperset(states))
            case Name(kind="param"):
                return node.name.count(".") < 2 or node.name.endswith(".present")
            case Call(kind="let"):
                key = (node.name, states)
                if key not in self._known:
                    self._known[key] = self.total(self._lets[node.name].expr, states)
                return self._known[key]
            case Op() | Call():
                return isinstance(node, Op) and node.op not in _PARTIAL
            case _:
                return not getattr(node, "new", False)


def _calls(expr: Expr) -> list[str]:
    return [node.name for node in walk(expr) if isinstance(node, Call) and node.kind == "let"]


def reads(expr: Expr, lets: Mapping[str, model.Let], known: Iterable[str] = ()) -> set[str]:
    """The variables whose old value `expr` reads, through all lets but the `known` locals."""
    found: set[str] = set()
    skipped = set(known)
    pending = [expr]
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, Name) and node.kind == "var" and not node.new:
                found.add(node.name)
            if isinstance(node, Call) and node.kind == "let" and node.name not in skipped:
                skipped.add(node.name)
                pending.append(lets[node.name].expr)
    return found
