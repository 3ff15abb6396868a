"""Reads the expressions and timer orders of a spec: text in, typed tree or findings out."""

from __future__ import annotations

import ast
from collections.abc import Callable

from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.grammar import Tree, read_text
from netfsm.spec.infer import Typer
from netfsm.spec.lookup import dotted
from netfsm.spec.model import TimerIf, TimerOrder, TimerStep
from netfsm.spec.names import Names
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.scope import check_order_scope, check_scope
from netfsm.spec.types import BOOL, DURATION, Type

__all__ = ["Place", "parse_expression", "parse_node", "parse_order_node", "parse_timer_order"]

Place = Mark | Callable[[int], Mark]  # of the text's first character, or of each


def parse_expression(
    text: str,
    place: Place,
    names: Names,
    findings: Findings,
    *,
    expect: Type | None = None,
) -> Expr | None:
    """Return the typed tree of `text`, or None with at least one finding.

    `place` is the mark of the first character of a text on one line, or gives the mark of any
    (`Scalar.at`). With `expect` the expression must be of that type, but for a nat's range, which
    is a proof's. All that is wrong is noted at once. None without a finding means that it uses a
    name in `names.vocabulary.broken`, whose finding stands elsewhere.
    """
    where = _marks(place)
    tree = _tree(text, where, findings)
    if tree is None:
        return None
    typer = Typer(tree, where, names, findings)
    expr = typer.typed(tree.root) if expect is None else typer.wanted(tree.root, expect)
    if expr is None or not check_scope(expr, names, findings):
        return None
    return expr


def parse_node(
    node: Node, names: Names, findings: Findings, *, expect: Type | None = None
) -> Expr | None:
    """`parse_expression` for a node of a spec file, which must be a single value."""
    if not isinstance(node, Scalar):
        message = "an expression is wanted here, not a list or a mapping"
        findings.add("SYNTAX", node.mark, message, "put it in quotes if it holds [ or {")
        return None
    return parse_expression(node.text, node.at, names, findings, expect=expect)


def parse_timer_order(
    text: str, place: Place, names: Names, findings: Findings
) -> TimerOrder | None:
    """Return what `text` orders a timer: `start(e)`, `restart(e)`, `stop`, `keep`, or conditionals.

    `e` is a duration. None with a finding where it is none of these.
    """
    where = _marks(place)
    tree = _tree(text, where, findings)
    if tree is None:
        return None
    order = _order(tree.root, Typer(tree, where, names, findings))
    if order is None or not check_order_scope(order, names, findings):
        return None
    return order


def parse_order_node(node: Node, names: Names, findings: Findings) -> TimerOrder | None:
    """`parse_timer_order` for a node of a spec file, which must be a single value."""
    if not isinstance(node, Scalar):
        message = "the order for a timer is wanted here, not a list or a mapping"
        findings.add("TIMER-ORDER", node.mark, message, "start(after), restart(after), stop, keep")
        return None
    return parse_timer_order(node.text, node.at, names, findings)


def _order(node: ast.expr, typer: Typer) -> TimerOrder | None:
    if isinstance(node, ast.IfExp):
        test = typer.wanted(node.test, BOOL, "the test of 'if'")
        then, orelse = _order(node.body, typer), _order(node.orelse, typer)
        if test is None or then is None or orelse is None:
            return None
        return TimerIf(test, then, orelse)
    if isinstance(node, ast.Name) and node.id == "stop":
        return TimerStep("stop", None)
    if isinstance(node, ast.Name) and node.id == "keep":
        return TimerStep("keep", None)
    name = dotted(node.func) if isinstance(node, ast.Call) else None
    if isinstance(node, ast.Call) and name in ("start", "restart"):
        if len(node.args) != 1 or node.keywords:
            typer.note("ARGUMENTS", node, f"{name} takes one duration")
            return None
        after = typer.wanted(node.args[0], DURATION, f"the time of {name}")
        if after is None:
            return None
        return TimerStep("start" if name == "start" else "restart", after)
    message = "this is no order for a timer"
    typer.note("TIMER-ORDER", node, message, "write start(after), restart(after), stop or keep")
    return None


def _tree(text: str, where: Callable[[int], Mark], findings: Findings) -> Tree | None:
    tree = read_text(text)
    if isinstance(tree, Tree):
        return tree
    findings.add(tree.code, where(tree.offset), tree.message, tree.hint)
    return None


def _marks(place: Place) -> Callable[[int], Mark]:
    if not isinstance(place, Mark):
        return place
    return lambda offset: Mark(place.file, place.line, place.column + offset)
