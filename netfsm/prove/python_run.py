"""Generated Python, run on terms: every way through an event's method, with what it leaves.

Only what `netfsm.machine.generate` writes is understood; anything else is told as such. Statements
run in their order on one set of slots, so that a right side that reads what was stored before it
sees the new value, as it would in Python.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import evolve

from netfsm.prove.joins import joined
from netfsm.prove.python_text import parsed
from netfsm.prove.python_values import (
    Arithmetic,
    Class,
    Message,
    Record,
    UnreadableCodeError,
    V,
    is_term,
)
from netfsm.prove.solver import Term, z3
from netfsm.prove.ways import Call, Gives, Need, Run, Way
from netfsm.spec import types

_RAISES: Final = frozenset({"hole", "impossible", "broken"})
_RANGES: Final = ("ranges_add", "ranges_cut", "ranges_run", "ranges_covers")


class Module:
    """A generated module, read with `ast`."""

    def __init__(
        self, source: str, arithmetic: Arithmetic, functions: Functions, others: Others
    ) -> None:
        """Read `source`; `functions` stand for what the hands implement.

        `others` gives the slots as they are after a signal inside the scope, by its number.
        """
        self._do = arithmetic
        self._others = others
        self._hands = functions
        self._functions: dict[str, ast.FunctionDef] = {}
        self._needs: list[Need] = []
        self._globals: dict[str, V] = {"NOTHING": ((), ())}
        for node in parsed(source).body:
            self._read(node)

    def _read(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef():
                self._functions[node.name] = node
            case ast.ClassDef(bases=[ast.Name(id="NamedTuple")]):
                self._globals[node.name] = self._record_class(node)
            case ast.ClassDef():
                for part in node.body:
                    if isinstance(part, ast.FunctionDef):
                        self._functions[part.name] = part
            case ast.Assign(targets=[ast.Name(id="new")]):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._globals[name] = self._table(value) or self._value(value, Way((), {}))
            case ast.Expr() | ast.ImportFrom():
                pass
            case _:
                raise UnreadableCodeError(f"line {node.lineno}: {type(node).__name__}")

    def _record_class(self, node: ast.ClassDef) -> Class:
        about: dict[str, V] = {}
        names: list[str] = []
        for part in node.body:
            if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
                about[part.targets[0].id] = ast.literal_eval(part.value)
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                names.append(part.target.id)
        return Class(node.name, about, tuple(names))

    def _table(self, value: ast.expr) -> tuple[str, ...] | None:
        """A table of cells: the names of functions."""
        if not isinstance(value, ast.Tuple) or not value.elts:
            return None
        names = [each.id if isinstance(each, ast.Name) else "" for each in value.elts]
        known = all(name in self._functions or name == "disabled" for name in names)
        return tuple(names) if known else None

    # ---- running

    def run(self, method: str, args: Mapping[str, V], slots: Mapping[str, V]) -> Run:
        """Every way through `method`, with arguments by name."""
        begin = Way((), slots, dict(args))
        self._needs = []
        ways = list(self._body(self._function(method).body, begin))
        return Run(ways, self._needs)

    def arguments(self, method: str) -> tuple[str, ...]:
        """The arguments of a method, self left out."""
        _self, *names = self._function(method).args.args
        return tuple(each.arg for each in names)

    def _function(self, name: str) -> ast.FunctionDef:
        if name not in self._functions:
            raise UnreadableCodeError(f"there is no {name}")
        return self._functions[name]

    def only(self, ways: list[Way], slots: Mapping[str, V]) -> V:
        """The result where there is one way, which leaves `slots` as they are."""
        if len(ways) != 1 or ways[0].slots is not slots:
            raise UnreadableCodeError("it has more than one way, or stores something")
        return ways[0].result

    def _body(self, body: list[ast.stmt], way: Way) -> Iterator[Way]:
        ways = [way]
        for statement in body:
            going = [each for each in ways if not each.ends]
            yield from (each for each in ways if each.ends)
            ways = list[Way]()
            for each in going:
                ways += self._statement(statement, each)
        for each in ways:
            yield each if each.ends else evolve(each, ends="end")

    def _statements(self, body: list[ast.stmt], way: Way) -> list[Way]:
        """The same for a part of a body: ways that go on do so."""
        return [
            evolve(each, ends="") if each.ends == "end" else each for each in self._body(body, way)
        ]

    def _statement(self, node: ast.stmt, way: Way) -> list[Way]:
        try:
            return self._step(node, way)
        except (UnreadableCodeError, TypeError, KeyError, z3.Z3Exception) as error:
            text = f"line {node.lineno}, {ast.unparse(node)[:80]!r}: {error}"
            raise UnreadableCodeError(text) from error

    def _step(  # noqa: PLR0911  # one return a kind of statement
        self, node: ast.stmt, way: Way
    ) -> list[Way]:
        match node:
            case ast.Expr(value=ast.Constant()):
                return [way]
            case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in _RAISES:
                return [evolve(way, ends=name, line=node.lineno)]
            case ast.Expr(value=ast.Call(func=ast.Name(id="need_functions"))):
                return [way]
            case ast.If():
                return self._if(node, way)
            case ast.Return(value=ast.Call() as call):
                return self._returned_call(call, way)
            case ast.Return(value=value):
                result = None if value is None else self._value(value, way)
                return [evolve(way, ends="return", result=result, line=node.lineno)]
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _signals(value):
                return self._told(name, value, way)
            case ast.Assign(targets=[target], value=value):
                return [self._store(target, self._value(value, way), way)]
            case ast.AugAssign(target=target, op=ast.Add(), value=value):
                whole = self._do.operate("Add", self._value(target, way), self._value(value, way))
                return [self._store(target, whole, way)]
            case _:
                raise UnreadableCodeError(type(node).__name__)

    def _store(self, target: ast.expr, value: V, way: Way) -> Way:
        if isinstance(target, ast.Name):
            return evolve(way, names={**way.names, target.id: value})
        if not isinstance(target, ast.Attribute):
            raise UnreadableCodeError(f"a store to {type(target).__name__}")
        return evolve(way, slots={**way.slots, ast.unparse(target): value})

    def _if(self, node: ast.If, way: Way) -> list[Way]:
        yes, no = self._ways(node.test, way)
        found = [] if yes is None else self._statements(node.body, yes)
        others = [] if no is None else self._statements(node.orelse, no)
        return joined(way, found, others, self._do)

    def _ways(self, node: ast.expr, way: Way) -> tuple[Way | None, Way | None]:
        """The ways on which a test is true and false; None where it never is."""
        test = self._test(node, way)
        if not is_term(test):
            return (way, None) if test else (None, way)
        test = z3.simplify(test)
        if z3.is_true(test) or z3.is_false(test):
            return (way, None) if z3.is_true(test) else (None, way)
        no = evolve(way, path=(*way.path, z3.Not(test)))
        return evolve(way, path=(*way.path, test)), no

    def _told(self, name: str, value: ast.expr, way: Way) -> list[Way]:
        """`result_1 = inside(...)`, or the same where a test is true."""
        if isinstance(value, ast.IfExp):
            if ast.unparse(value.orelse) != "NOTHING":
                raise UnreadableCodeError("a signal or something else than nothing")
            yes, no = self._ways(value.test, way)
            found = [] if yes is None else self._told(name, value.body, yes)
            nothing = self._globals["NOTHING"]
            others = [] if no is None else [evolve(no, names={**no.names, name: nothing})]
            return joined(way, found, others, self._do)
        if not isinstance(value, ast.Call) or not name.startswith("result_"):
            raise UnreadableCodeError("a signal whose result has another name")
        receiver, event, now, values = value.args
        number = int(name.removeprefix("result_"))
        call = Call(
            number,
            ast.unparse(receiver),
            ast.literal_eval(event),
            self._value(now, way),
            self._value(values, way),
            way.slots,
        )
        result = ((Gives(number, "emissions"),), (Gives(number, "orders"),))
        slots = self._others(number, way.slots)
        names = {**way.names, name: result}
        return [evolve(way, slots=slots, names=names, told=(*way.told, call))]

    def _returned_call(self, call: ast.Call, way: Way) -> list[Way]:
        """`return row(self, ...)`: the row's own statements follow."""
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if isinstance(call.func, ast.Subscript) and not isinstance(call.func.slice, ast.Constant):
            table = self._value(call.func.value, way)
            name = table[self._value(call.func.slice, way)]
        if name == "disabled":
            return [evolve(way, ends="return", line=call.lineno)]
        function = self._functions.get(name)
        if function is None:
            result = self._value(call, way)
            return [evolve(way, ends="return", result=result, line=call.lineno)]
        inner = evolve(way, names=self._bound(function, call, way), called=(*way.called, name))
        return list(self._body(function.body, inner))

    def _bound(self, function: ast.FunctionDef, call: ast.Call, way: Way) -> dict[str, V]:
        if call.keywords:
            raise UnreadableCodeError("an argument by name")
        if function.args.vararg is not None:
            return {}
        names = [arg.arg for arg in function.args.args]
        if len(names) != len(call.args):
            raise UnreadableCodeError(f"{function.name} takes {len(names)} arguments")
        given = zip(names, call.args, strict=True)
        return {n: self._value(arg, way) for n, arg in given if n != "self"}

    # ---- expressions

    def _value(self, node: ast.expr, way: Way) -> V:  # noqa: PLR0911  # one return a kind of node
        do = self._do
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return way.names[name] if name in way.names else self._globals[name]
            case ast.Attribute():
                return self._attribute(node, way)
            case ast.BoolOp():
                return self._joined(node, way, self._truth)
            case ast.UnaryOp(op=ast.Not()):
                return self._test(node, way)
            case ast.UnaryOp(op=ast.Invert(), operand=part):
                return ~self._value(part, way)
            case ast.BinOp(left=left, op=op, right=right):
                return do.operate(
                    type(op).__name__, self._value(left, way), self._value(right, way)
                )
            case ast.Compare():
                return self._compared(node, way)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                found = self._test(test, way)
                if not is_term(found):
                    return self._value(body if found else orelse, way)
                then = self._value(body, _where(way, found))
                return do.choose(found, then, self._value(orelse, _where(way, z3.Not(found))))
            case _:
                return self._made(node, way)

    def _made(self, node: ast.expr, way: Way) -> V:
        match node:
            case ast.Tuple(elts=parts):
                return tuple(self._value(part, way) for part in parts)
            case ast.Set(elts=[part]):
                return frozenset({self._value(part, way)})
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=part)) if (
                name.startswith("result_")
            ):
                return way.names[name][part]
            case ast.Subscript(value=whole, slice=ast.Constant(value=0)):
                queue = self._value(whole, way)
                self._needs.append((way.path, self._do.truth(queue), node.lineno))
                return self._do.first(queue)
            case ast.Subscript(value=ast.Name(id=name), slice=index) if name in self._globals:
                return self._globals[name][self._value(index, way)]
            case ast.Subscript(
                value=whole, slice=ast.Slice(lower=ast.Constant(value=1), upper=None, step=None)
            ):
                return self._do.rest(self._value(whole, way))
            case ast.Call():
                return self._call(node, way)
            case _:
                raise UnreadableCodeError(type(node).__name__)

    def _attribute(self, node: ast.Attribute, way: Way) -> V:
        text = ast.unparse(node)
        if text in way.slots:
            return way.slots[text]
        whole = self._value(node.value, way)
        if isinstance(whole, Message):
            return whole.fields[node.attr]
        raise UnreadableCodeError(f"nothing is known of {text}")

    def _test(self, node: ast.expr, way: Way) -> V:
        """What `if` sees in an expression."""
        match node:
            case ast.BoolOp():
                return self._joined(node, way, self._test)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return self._do.negate(self._test(part, way))
            case _:
                return self._do.truth(self._value(node, way))

    def _truth(self, node: ast.expr, way: Way) -> V:
        """A part of `and` or `or` whose value is used: it has to be true or false itself."""
        value = self._value(node, way)
        if not (isinstance(value, bool) or z3.is_bool(value)):
            raise UnreadableCodeError(f"{ast.unparse(node)} is used as a truth")
        return value

    def _joined(self, node: ast.BoolOp, way: Way, read: Callable[[ast.expr, Way], V]) -> V:
        both = isinstance(node.op, ast.And)
        found: list[Term] = []
        for part in node.values:
            value = read(part, way)
            if is_term(value):
                found.append(value)
                way = _where(way, value if both else z3.Not(value))
            elif value != both:
                if not found:
                    return value
                found.append(z3.BoolVal(value))
                break
        if not found:
            return both
        return z3.And(*found) if both else z3.Or(*found)

    def _compared(self, node: ast.Compare, way: Way) -> V:
        sides = [self._value(each, way) for each in (node.left, *node.comparators)]
        found: list[V] = [
            self._do.compare(type(op).__name__, a, b)
            for op, a, b in zip(node.ops, sides, sides[1:], strict=False)
        ]
        if len(found) == 1:
            return found[0]
        terms = [each if is_term(each) else z3.BoolVal(each) for each in found]
        return z3.And(*terms)

    def _call(self, node: ast.Call, way: Way) -> V:
        name = ast.unparse(node.func)
        if node.keywords:
            raise UnreadableCodeError("an argument by name")
        if name == "new":
            made, values = (self._value(arg, way) for arg in node.args)
            return Record(made.about, made.names, values)
        if isinstance(node.func, ast.Subscript):
            hands = ast.literal_eval(node.func.slice)
            return self._hands(hands, [self._value(arg, way) for arg in node.args])
        if name in self._functions:
            function = self._functions[name]
            inner = Way(way.path, way.slots, self._bound(function, node, way))
            return self.only(list(self._body(function.body, inner)), way.slots)
        return self._library(name, [self._value(arg, way) for arg in node.args])

    def _library(self, name: str, args: list[V]) -> V:
        do = self._do
        short = name.removeprefix("values.")
        match short, args:
            case "min" | "max", _:
                return do.least(args, greatest=short == "max")
            case "len" | "ranges_length", [whole]:
                return do.length(whole)
            case "bool", [value]:
                return do.truth(value)
            case "frozenset", []:
                return frozenset[V]()
            case "push_or_drop" | "push_or_refuse", [queue, item, limit]:
                return do.push(short, queue, item, limit)
            case "in_prefix", [address, prefix, bits]:
                kind = types.IPV4 if bits == 32 else types.IPV6
                return do.theory.in_prefix(kind.family, do.lift(address, kind), prefix)
            case _ if short in _RANGES:
                *parts, modulus = args
                return do.ranges(short, parts, modulus)
            case _:
                raise UnreadableCodeError(f"a call of {name}")


def _signals(value: ast.expr) -> bool:
    """Whether an expression hands a signal to a machine of the same scope."""
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func) == "inside"
        for node in ast.walk(value)
    )


def _where(way: Way, test: Term) -> Way:
    """The way as it is where `test` is true."""
    return evolve(way, path=(*way.path, test))


Functions = Callable[[str, list[V]], Term]
Others = Callable[[int, Mapping[str, V]], Mapping[str, V]]
