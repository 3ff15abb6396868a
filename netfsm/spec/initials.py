"""The first value of a variable: an expression, or a value for which expressions have no form."""

from __future__ import annotations

from netfsm.spec.expr import Expr, Lit
from netfsm.spec.findings import Findings
from netfsm.spec.names import Names
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.parse import parse_node
from netfsm.spec.types import Duration, Instant, Seq, Type
from netfsm.spec.values import parse_value, read_value

__all__ = ["parse_initial"]


def parse_initial(node: Node, type_: Type, names: Names, findings: Findings) -> Expr | None:
    """Return what `node` writes: a sequence number, an instant, a duration, or an expression.

    None with a finding where it is no value of `type_`.
    """
    if isinstance(node, Scalar) and _plain(node, type_):
        value = parse_value(node, type_, findings)
        return None if value is None else Lit(value, type_, node.text, node.mark)
    return parse_node(node, names, findings, expect=type_)


def _plain(node: Scalar, type_: Type) -> bool:
    """True for a number of a space, an instant, or a duration with its unit."""
    if isinstance(type_, Seq | Instant):
        return isinstance(node.value, int) and not isinstance(node.value, bool)
    if not isinstance(type_, Duration):
        return False
    return read_value(node.text, type_, node.mark, Findings()) is not None
