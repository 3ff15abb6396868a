"""From a syntax tree to a typed expression.

Every part is typed on its own, so that all that is wrong in one expression is noted at once. A part
that is wrong is None, and whatever stands above it passes that on without a word.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from netfsm.spec.expr import Expr, Lit, Op
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.grammar import Tree
from netfsm.spec.lookup import Lookup, dotted
from netfsm.spec.names import Names
from netfsm.spec.operators import (
    CALLS,
    ORDERS,
    BuiltinCall,
    arithmetic,
    element_of,
    fits,
    holds_handle,
    is_constant,
    joined,
    mend_for,
    narrowed,
)
from netfsm.spec.types import (
    BOOL,
    Bool,
    Duration,
    Flags,
    Instant,
    Nat,
    Seq,
    Type,
)

__all__ = ["Typer"]

_SYMBOLS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_REFUSED: Final[dict[type[ast.AST], str]] = {
    ast.Tuple: "a list of values",
    ast.Starred: "a star",
    ast.Await: "await",
    ast.GeneratorExp: "a generator",
    ast.LShift: "a shift",
    ast.RShift: "a shift",
    ast.Is: "'is'",
    ast.IsNot: "'is not'",
}


class Typer:
    """Types one expression. `place` gives the mark of an offset in its text."""

    def __init__(
        self, tree: Tree, place: Callable[[int], Mark], names: Names, findings: Findings
    ) -> None:
        self._shift = tree.shift
        self._place = place
        self._findings = findings
        self._lookup = Lookup(tree, place, names, findings)

    # ---- what others of this package use

    def typed(self, node: ast.expr, hint: Type | None = None) -> Expr | None:
        """The typed tree of `node`; `hint` gives members and `nothing` their type, no more."""
        rule = self._RULES.get(type(node))
        if rule is None:
            return self._refused(node, node)
        return rule(self, node, hint)

    def wanted(self, node: ast.expr, type_: Type, what: str = "") -> Expr | None:
        """The typed tree of `node`, which must be of `type_`; `what` says what it is."""
        expr = self.typed(node, type_)
        if expr is None or not self._fits(expr, type_, what):
            return None
        return expr

    def mark(self, node: ast.expr) -> Mark:
        """Where `node` begins in the file."""
        return self._place(node.col_offset + self._shift)

    def note(self, code: str, node: ast.expr, message: str, hint: str = "") -> Expr | None:
        """Note a finding at `node`, and return None: there is no expression."""
        self._findings.add(code, self.mark(node), message, hint)
        return None

    # ---- numbers, names

    def _constant(self, node: ast.Constant, _hint: Type | None) -> Expr | None:
        value = node.value
        if isinstance(value, bool):
            return Lit(value, BOOL, "true" if value else "false", self.mark(node))
        if isinstance(value, int):
            start = node.col_offset
            text = self._lookup.text[start : node.end_col_offset]
            return Lit(value, Nat(value), text, self.mark(node))
        hint = "a variable has no value in the states that its 'in' leaves out"
        return self.note("NOT-ALLOWED", node, f"{value!r} has no place in an expression", hint)

    def _name(self, node: ast.Name, hint: Type | None) -> Expr | None:
        return self._lookup.named(node, node.id, hint)

    def _attribute(self, node: ast.Attribute, hint: Type | None) -> Expr | None:
        name = dotted(node)
        if name is not None:
            return self._lookup.named(node, name, hint)
        message = "a dot stands inside names only"
        return self.note("NOT-ALLOWED", node, message, "no value has parts to be asked for")

    # ---- truth

    def _not(self, node: ast.UnaryOp, _hint: Type | None) -> Expr | None:
        if not isinstance(node.op, ast.Not):
            hint = "numbers are never negative: write b - a, and a guard that b >= a"
            return self.note("NOT-ALLOWED", node, "a sign has no place before a value", hint)
        operand = self.wanted(node.operand, BOOL, "the operand of 'not'")
        return operand and Op("not", (operand,), BOOL, self.mark(node))

    def _and_or(self, node: ast.BoolOp, _hint: Type | None) -> Expr | None:
        op = "and" if isinstance(node.op, ast.And) else "or"
        parts = [self.wanted(value, BOOL, f"an operand of '{op}'") for value in node.values]
        args = [part for part in parts if part is not None]
        return Op(op, tuple(args), BOOL, self.mark(node)) if len(args) == len(parts) else None

    def _if(self, node: ast.IfExp, hint: Type | None) -> Expr | None:
        test = self.wanted(node.test, BOOL, "the test of 'if'")
        then, orelse = self._together((node.body, node.orelse), hint)
        if then is None or orelse is None:
            return None
        type_ = joined(then.type, orelse.type)
        if type_ is None:
            what = f"the two sides of 'else' are {then.type} and {orelse.type}"
            return self._differ(node.orelse, then.type, orelse.type, what)
        return test and Op("if", (test, then, orelse), type_, self.mark(node))

    # ---- comparisons

    def _compare(self, node: ast.Compare, _hint: Type | None) -> Expr | None:
        nodes = (node.left, *node.comparators)
        symbols = [_SYMBOLS.get(type(op), "") for op in node.ops]
        for op, symbol in zip(node.ops, symbols, strict=True):
            if not symbol:
                return self._refused(op, node)
        if "in" in symbols or "not in" in symbols:
            return self._membership(node, symbols[0])
        sides = self._together(nodes, None)
        tests = [
            self._comparison(symbol, right_node, left, right)
            for symbol, right_node, left, right in zip(
                symbols, nodes[1:], sides[:-1], sides[1:], strict=True
            )
        ]
        args = [test for test in tests if test is not None]
        if len(args) < len(tests):
            return None
        return args[0] if len(args) == 1 else Op("and", tuple(args), BOOL, self.mark(node))

    def _comparison(
        self, symbol: str, node: ast.expr, left: Expr | None, right: Expr | None
    ) -> Expr | None:
        if left is None or right is None:
            return None
        one, other = left.type, right.type
        if joined(one, other) is None:
            what = f"{one} and {other} can't be compared"
            return self._differ(node, one, other, what)
        if symbol in ("==", "!="):
            if holds_handle(one):
                return self.note(
                    "TYPE", node, f"nobody looks into {one}", "keep a number beside it"
                )
            return Op("eq" if symbol == "==" else "ne", (left, right), BOOL, left.mark)
        order = ORDERS.get((symbol, type(one)))
        if order is None:
            what = f"{one} has no order: '{symbol}' takes numbers, durations and instants"
            return self.note("TYPE", node, what, "'==' and '!=' compare any two of one type")
        op, swapped = order
        return Op(op, (right, left) if swapped else (left, right), BOOL, left.mark)

    def _membership(self, node: ast.Compare, symbol: str) -> Expr | None:
        if len(node.ops) > 1:
            hint = "join two comparisons with 'and'"
            return self.note("NOT-ALLOWED", node, "'in' has no place in a chain", hint)
        whole = self.typed(node.comparators[0])
        if whole is None:
            if not self._lookup.needs_context(node.left):
                self.typed(node.left)
            return None
        type_, (op, element) = whole.type, element_of(whole.type)
        if element is None:
            what = f"'in' takes a prefix, a set or flags on its right, not {type_}"
            return self.note("TYPE", node.comparators[0], what)
        member = self._lookup.flag(node.left, element) or self.wanted(
            node.left, element, f"what is looked for in {type_}"
        )
        if member is None:
            return None
        test = Op(op, (member, whole), BOOL, member.mark)
        return test if symbol == "in" else Op("not", (test,), BOOL, member.mark)

    # ---- arithmetic

    def _binary(self, node: ast.BinOp, hint: Type | None) -> Expr | None:
        symbol = _SYMBOLS.get(type(node.op), "")
        if not symbol:
            return self._refused(node.op, node)
        sides = (node.left, node.right)
        flags = hint if isinstance(hint, Flags) else None
        left, right = (
            self._together(sides, flags)
            if symbol in ("|", "&", "-")
            else (self.typed(sides[0]), self.typed(sides[1]))
        )
        if left is None or right is None:
            return None
        found = arithmetic(symbol, left.type, right.type)
        if found is None:
            return self._no_arithmetic(symbol, node, left, right)
        op, type_ = found
        if op == "mul" and not (is_constant(left) or is_constant(right)):
            mend = "one factor is a constant; else declare a function with a contract"
            return self.note("NOT-LINEAR", node, "a product of two values that vary", mend)
        if op in ("div", "mod"):
            if not is_constant(right):
                mend = "divide by a constant, or declare a function with a contract"
                return self.note("NOT-LINEAR", node.right, "the divisor varies", mend)
            if isinstance(right, Lit) and right.value == 0:
                return self.note("RANGE", node.right, "division by zero")
        return Op(op, (left, right), narrowed(op, type_, right), self.mark(node))

    def _no_arithmetic(self, symbol: str, node: ast.BinOp, left: Expr, right: Expr) -> Expr | None:
        one, other = left.type, right.type
        what = f"'{symbol}' does not go with {one} and {other}"
        if symbol == "+" and arithmetic("+", other, one):
            return self.note("TYPE", node, what, f"write the {other} first")
        if symbol == "|" and isinstance(one, Bool):
            return self.note("TYPE", node, what, "write 'or'")
        if symbol == "&" and isinstance(one, Bool):
            return self.note("TYPE", node, what, "write 'and'")
        if symbol == "+" and isinstance(one, Seq) and isinstance(other, Seq):
            mend = "add a distance to a sequence number; two of one space are subtracted"
            return self.note("TYPE" if one == other else "SPACE", node, what, mend)
        return self._differ(node, one, other, what)

    # ---- calls

    def _call(self, node: ast.Call, hint: Type | None) -> Expr | None:
        name = dotted(node.func)
        if name is None or node.keywords:
            message = "a call is a name and arguments by position"
            return self.note("NOT-ALLOWED", node, message)
        if name in ("min", "max"):
            return self._least_or_greatest(node, name)
        if name in CALLS:
            return self._builtin(node, name, CALLS[name], hint)
        if name.removeprefix("new.") in ("armed", "restarted", "deadline"):
            return self._lookup.timer(node, name)
        declared = self._lookup.callable(node, name)
        if declared is None:
            for argument in node.args:
                if not self._lookup.needs_context(argument):
                    self.typed(argument)
            return None
        kind, params, result = declared
        if not self._count(node, name, len(params)):
            return None
        args = [
            self.wanted(argument, param.type, f"{param.name} of {name}")
            for argument, param in zip(node.args, params, strict=True)
        ]
        good = tuple(arg for arg in args if arg is not None)
        return self._lookup.call(node, kind, name, good, result) if len(good) == len(args) else None

    def _least_or_greatest(self, node: ast.Call, name: str) -> Expr | None:
        if len(node.args) < 2:
            return self.note("ARGUMENTS", node, f"{name} takes two values or more")
        found = self._together(node.args, None)
        args = [arg for arg in found if arg is not None]
        for arg, where in zip(found, node.args, strict=True):
            if arg is None:
                continue
            if not isinstance(arg.type, Nat | Duration | Instant):
                what = f"{name} takes numbers, durations or instants, not {arg.type}"
                return self.note("TYPE", where, what)
            if joined(args[0].type, arg.type) is None:
                return self._differ(
                    where, args[0].type, arg.type, f"{name} of {args[0].type} and {arg.type}"
                )
        if len(args) < len(found):
            return None
        type_, bounds = args[0].type, [a.type.max for a in args if isinstance(a.type, Nat)]
        if bounds:
            type_ = Nat(min(bounds) if name == "min" else max(bounds))
        return Op(name, tuple(args), type_, self.mark(node))

    def _builtin(
        self, node: ast.Call, name: str, rule: BuiltinCall, hint: Type | None
    ) -> Expr | None:
        if not node.args:
            return self.note("ARGUMENTS", node, f"{name} takes {rule.takes}")
        first = self.typed(node.args[0], hint)
        if first is None:
            return None
        if not isinstance(first.type, rule.first):
            what = f"{name} takes {rule.takes}, not {first.type}"
            return self.note("TYPE", node.args[0], what)
        rest = rule.rest(first.type)
        if not self._count(node, name, 1 + len(rest), rule.takes):
            return None
        others = [
            self.wanted(argument, type_, f"an argument of {name}")
            for argument, type_ in zip(node.args[1:], rest, strict=True)
        ]
        good = tuple(other for other in others if other is not None)
        if len(good) < len(others):
            return None
        return Op(rule.op, (first, *good), rule.result(first.type), self.mark(node))

    def _count(self, node: ast.Call, name: str, count: int, takes: str = "") -> bool:
        if len(node.args) == count:
            return True
        number = {0: "nothing", 1: "one argument"}.get(count, f"{count} arguments")
        what = f"{name} takes {takes or number}, and {len(node.args)} stand here"
        self.note("ARGUMENTS", node, what)
        return False

    # ---- common parts

    def _together(self, nodes: Sequence[ast.expr], hint: Type | None) -> list[Expr | None]:
        """The typed trees of nodes of one type: those that say it give it to those that don't."""
        found: list[Expr | None] = [None] * len(nodes)
        vague = [index for index, node in enumerate(nodes) if self._lookup.needs_context(node)]
        clear = [index for index in range(len(nodes)) if index not in vague]
        for index in clear:
            found[index] = self.typed(nodes[index], hint)
        known = next((expr.type for index in clear if (expr := found[index])), None)
        if clear and known is None and hint is None:
            return found
        for index in vague:
            found[index] = self.typed(nodes[index], known or hint)
        return found

    def _fits(self, expr: Expr, type_: Type, what: str) -> bool:
        if not fits(expr.type, type_):
            subject = f"{what} is" if what else "this is"
            message = f"{subject} {expr.type}, and {type_} is wanted"
            self._differ_at(expr.mark, type_, expr.type, message)
            return False
        number = expr.type if isinstance(expr, Lit) else None
        if isinstance(number, Nat) and isinstance(type_, Nat) and number.max > type_.max:
            message = f"{number.max} is more than {type_} holds"
            self._findings.add("RANGE", expr.mark, message)
            return False
        return True

    def _differ(self, node: ast.expr, one: Type, other: Type, message: str) -> Expr | None:
        return self._differ_at(self.mark(node), one, other, message)

    def _differ_at(self, mark: Mark, one: Type, other: Type, message: str) -> Expr | None:
        """Two types don't go together: say so, with the mend for those often mixed up."""
        code = "SPACE" if isinstance(one, Seq) and isinstance(other, Seq) else "TYPE"
        self._findings.add(code, mark, message, mend_for(one, other) or mend_for(other, one))
        return None

    def _refused(self, what: ast.AST, node: ast.expr) -> Expr | None:
        name = _REFUSED.get(type(what), type(what).__name__)
        hint = "what may stand is in docs/reference/language.md, Expressions"
        return self.note("NOT-ALLOWED", node, f"{name} has no place in an expression", hint)

    _RULES: ClassVar[dict[type[ast.AST], Callable[..., Expr | None]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.UnaryOp: _not,
        ast.BoolOp: _and_or,
        ast.IfExp: _if,
        ast.Compare: _compare,
        ast.BinOp: _binary,
        ast.Call: _call,
    }
