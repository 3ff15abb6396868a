"""From a typed expression to the text of a Python expression.

`Writer` is a table from operation to text. Where a name is found is said by a `Place`, which
differs between a guard, a row, an emission and the body of a let.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from attrs import evolve, field, frozen

from netfsm.machine.facts import OPPOSITE, Facts, fact
from netfsm.machine.layout import Layout, member_name
from netfsm.machine.values import ADDRESS_BITS
from netfsm.spec import types
from netfsm.spec.expr import At, Call, Expr, Lit, Name, Op, TimerRef

# How tightly Python binds, loosest first.
IF, OR, AND, NOT, COMPARE, BIT_OR, BIT_AND, SHIFT, SUM, PRODUCT, UNARY, ATOM = range(12)


class Text(NamedTuple):
    """Python text, how tightly its outermost operation binds, and the parts of a long one."""

    code: str
    binds: int
    parts: tuple[str, ...] = ()


@frozen
class Place:
    """Where an expression stands.

    `states` are the states it may be evaluated in; `lets` those that are locals by now; `old`
    and `new` where values of variables stand that are not read from the instance; `args` the
    arguments of the let being written; `flags` timers whose old flag is kept in a local; `to`
    the state after the step, None where it stays.
    """

    states: tuple[str, ...]
    lets: Mapping[str, str] = field(factory=dict[str, str])
    old: Mapping[str, str] = field(factory=dict[str, str])
    new: Mapping[str, str] = field(factory=dict[str, str])
    args: Mapping[str, Text] = field(factory=dict[str, Text])
    flags: Mapping[str, str] = field(factory=dict[str, str])
    to: str | None = None
    once: frozenset[str] = frozenset()
    state: str = "self._state"
    facts: Facts = field(factory=dict[Expr, bool])


_INFIX: dict[str, tuple[str, int]] = {
    "eq": ("==", COMPARE),
    "ne": ("!=", COMPARE),
    "lt": ("<", COMPARE),
    "le": ("<=", COMPARE),
    "gt": (">", COMPARE),
    "ge": (">=", COMPARE),
    "in_set": ("in", COMPARE),
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", PRODUCT),
    "div": ("//", PRODUCT),
    "mod": ("%", PRODUCT),
    "flags_or": ("|", BIT_OR),
    "flags_and": ("&", BIT_AND),
}
_CHAINED = ("eq", "lt", "le", "gt", "ge")


class Writer:
    """Writes the expressions of one machine."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._lets = {let.name: let for let in layout.machine.lets}
        self.called: set[str] = set()  # the lets that need a function
        self.named: set[str] = set()  # the constants and members that stand in some expression
        self._read: set[str] = set()
        self._outside: Mapping[str, Callable[[Op, Place], Text]] = {
            "not": self._not,
            "and": lambda op, place: self._joined(op, place, "and", AND),
            "or": lambda op, place: self._joined(op, place, "or", OR),
            "if": self._if,
            "seq_lt": lambda op, place: self._ordered(op, place, "0 < {} < {}"),
            "seq_le": lambda op, place: self._ordered(op, place, "{} < {}"),
            "seq_add": lambda op, place: self._masked(op, place, "+"),
            "seq_back": lambda op, place: self._masked(op, place, "-"),
            "seq_sub": lambda op, place: self._masked(op, place, "-"),
            "min": lambda op, place: self._called("min", op, place),
            "max": lambda op, place: self._called("max", op, place),
            "int": lambda op, place: Text(f"1 if {self.at(op.args[0], place, OR)} else 0", IF),
            "len": self._len,
            "in_prefix": self._in_prefix,
            "in_flags": self._in_flags,
            "flags_diff": self._flags_diff,
            "empty": lambda op, place: Text(f"not {self.at(op.args[0], place, NOT)}", NOT),
            "full": self._full,
            "nothing": lambda op, _place: _nothing(op.type),
            "insert": lambda op, place: self._set(op, place, "|"),
            "remove": lambda op, place: self._set(op, place, "-"),
            "push": self._push,
            "pop": lambda op, place: Text(f"{self.at(op.args[0], place, ATOM)}[1:]", ATOM),
            "oldest": lambda op, place: Text(f"{self.at(op.args[0], place, ATOM)}[0]", ATOM),
            "ranges_add": self._ranges,
            "ranges_cut": self._ranges,
            "ranges_run": self._ranges,
            "ranges_covers": self._ranges,
        }

    def __call__(self, expr: Expr, place: Place) -> str:
        """The text of `expr`."""
        return self.write(expr, place).code

    def at(self, expr: Expr, place: Place, binds: int) -> str:
        """The text of `expr`, in brackets where it binds less tightly than `binds`."""
        text = self.write(expr, place)
        return text.code if text.binds >= binds else f"({text.code})"

    def now(self) -> str:
        """The argument `now`."""
        self._read.add("now")
        return "now"

    @contextmanager
    def recording(self) -> Generator[set[str]]:
        """A set that takes up the local names of lets and arguments that are read meanwhile."""
        before, self._read = self._read, set()
        yield self._read
        before |= self._read
        self._read = before

    def write(self, expr: Expr, place: Place) -> Text:
        """The text of `expr` with how tightly it binds."""
        known = fact(expr, place.facts)
        if known is not None:
            return Text(str(known), ATOM)
        match expr:
            case Lit():
                return self._literal(expr)
            case Name():
                return self._name(expr, place)
            case Call():
                return self._call(expr, place)
            case At():
                return self._state(expr, place)
            case TimerRef():
                return self._timer(expr, place)
            case Op():
                return self._operation(expr, place)

    # ---- leaves

    def _literal(self, lit: Lit) -> Text:
        if isinstance(lit.type, types.Enum | types.Flags):
            name = self._layout.globals.get(("member", member_name(lit.type, lit.text)))
            if name is not None:
                self.named.add(name)
                return Text(name, ATOM)
        return Text(repr(lit.value), ATOM)

    def _name(self, name: Name, place: Place) -> Text:
        layout = self._layout
        match name.kind:
            case "var":
                moved = place.new if name.new else place.old
                return Text(moved.get(name.name) or layout.attribute(name.name), ATOM)
            case "given" | "key":
                return Text(layout.attribute(name.name), ATOM)
            case "param":
                text = layout.parameter(name.name)
                self._read.add(text.partition(".")[0])
                return Text(text, ATOM)
            case "const":
                self.named.add(layout.globals["const", name.name])
                return Text(layout.globals["const", name.name], ATOM)
            case "arg":
                return place.args.get(name.name) or Text(layout.local(name.name), ATOM)
            case "now":
                return Text(self.now(), ATOM)
            case "state":
                return self._name_of_state(place)
            case "out":
                raise AssertionError("o.field stands in properties only")

    def _name_of_state(self, place: Place) -> Text:
        if len(place.states) == 1:
            return Text(repr(place.states[0]), ATOM)
        table = self._layout.globals["states", "states"]
        self.named.add(table)
        return Text(f"{table}[{place.state}]", ATOM)

    def _state(self, at: At, place: Place) -> Text:
        names = at.states
        if at.new and place.to is not None:
            return Text(str(place.to in names), ATOM)
        if set(place.states) <= set(names):
            return Text("True", ATOM)
        if not set(place.states) & set(names):
            return Text("False", ATOM)
        numbers = [self._layout.states[name] for name in names]
        if len(numbers) == 1:
            return Text(f"{place.state} == {numbers[0]}", COMPARE)
        return Text(f"{place.state} in {tuple(numbers)}", COMPARE)

    def _timer(self, ref: TimerRef, place: Place) -> Text:
        layout = self._layout
        if ref.what == "deadline" and ref.timer is not None:
            return Text(layout.deadline(ref.timer), ATOM)
        names = [ref.timer] if ref.timer is not None else list(layout.flags)
        kept: Mapping[str, str] = {} if ref.new else place.flags
        flags = [kept.get(name) or layout.flag(name) for name in names]
        if ref.what == "armed":
            return Text(flags[0], ATOM)
        return Text(" + ".join(["0", *flags] if len(flags) < 2 else flags), SUM)

    # ---- calls

    def _call(self, call: Call, place: Place) -> Text:
        if call.kind == "let" and call.name in place.lets:
            self._read.add(place.lets[call.name])
            return Text(place.lets[call.name], ATOM)
        args = [self.write(arg, place) for arg in call.args]
        if call.kind == "function":
            given = ["self", *(arg.code for arg in args)]
            return Text(f"{self._layout.globals['function', call.name]}({', '.join(given)})", ATOM)
        let = self._lets[call.name]
        if self._stands_in_full(call, place):
            params = {p.name: arg for p, arg in zip(let.params, args, strict=True)}
            return self.write(let.expr, evolve(place, args=params))
        self.called.add(call.name)
        context = self.context(call.name)
        self._read.update(context)
        given = [*context, *(arg.code for arg in args)]
        return Text(f"{self._layout.globals['let', call.name]}({', '.join(given)})", ATOM)

    def _stands_in_full(self, call: Call, place: Place) -> bool:
        """True where no function can stand for the let: it reads what a row keeps in locals."""
        moved = bool(place.old or place.flags or place.new)
        return call.name in place.once or (moved and self._layout.reads_step[call.name])

    def context(self, let: str) -> tuple[str, ...]:
        """What the function of a let takes before its own arguments: self, now, parameters."""
        found = {"self": None}
        pending = [self._lets[let].expr]
        while pending:
            node = pending.pop()
            if isinstance(node, Name) and node.kind in ("param", "now"):
                found[self._layout.parameter(node.name).partition(".")[0]] = None
            if isinstance(node, Op | Call):
                pending.extend(node.args)
            if isinstance(node, Call) and node.kind == "let":
                pending.append(self._lets[node.name].expr)
        return tuple(sorted(found, key=lambda name: (name != "self", name != "now", name)))

    # ---- operations

    def _operation(self, op: Op, place: Place) -> Text:
        special = self._outside.get(op.op)
        if special is not None:
            return special(op, place)
        symbol, binds = _INFIX[op.op]
        left, right = op.args
        tight = binds + 1
        first = self.at(left, place, tight if binds == COMPARE else binds)
        return Text(f"{first} {symbol} {self.at(right, place, tight)}", binds)

    def _not(self, op: Op, place: Place) -> Text:
        inner = op.args[0]
        if isinstance(inner, Op) and inner.op in OPPOSITE:
            return self.write(evolve(inner, op=OPPOSITE[inner.op]), place)
        if isinstance(inner, Op) and inner.op == "empty":
            return Text(f"bool({self(inner.args[0], place)})", ATOM)
        if isinstance(inner, Op) and inner.op == "full":
            return self._full(inner, place, "<")
        if isinstance(inner, Op) and inner.op == "in_set":
            left, right = (self.at(arg, place, BIT_OR) for arg in inner.args)
            return Text(f"{left} not in {right}", COMPARE)
        text = self.write(inner, place)
        if text.code in ("True", "False"):
            return Text(str(text.code == "False"), ATOM)
        return Text(f"not {text.code if text.binds >= NOT else f'({text.code})'}", NOT)

    def _joined(self, op: Op, place: Place, word: str, binds: int) -> Text:
        decides, fades = ("False", "True") if word == "and" else ("True", "False")
        texts = self._chained(op, place) if word == "and" else self._all(op, place)
        if any(text.code == decides for text in texts):
            return Text(decides, ATOM)
        texts = [text for text in texts if text.code != fades]
        if len(texts) < 2:
            return texts[0] if texts else Text(fades, ATOM)
        parts: list[str] = []
        for text in texts:
            inner = text.parts if text.binds == binds else ()
            parts += inner or [text.code if text.binds > binds else f"({text.code})"]
        return Text(f" {word} ".join(parts), binds, tuple(parts))

    def _all(self, op: Op, place: Place) -> list[Text]:
        return [self.write(arg, place) for arg in op.args]

    def _chained(self, op: Op, place: Place) -> list[Text]:
        """The operands of `and`, comparisons that share a middle side joined: a < b <= c."""
        found: list[Text] = []
        before: Op | None = None
        for arg in op.args:
            if isinstance(arg, Op) and arg.op in _CHAINED:
                symbol = _INFIX[arg.op][0]
                if before is not None and before.args[1] == arg.args[0]:
                    right = f"{symbol} {self.at(arg.args[1], place, BIT_OR)}"
                    parts = (*(found[-1].parts or (found[-1].code,)), right)
                    found[-1] = Text(" ".join(parts), COMPARE, parts)
                else:
                    found.append(self.write(arg, place))
                before = arg
            else:
                found.append(self.write(arg, place))
                before = None
        return found

    def _if(self, op: Op, place: Place) -> Text:
        test, then, orelse = op.args
        told = self(test, place)
        if told in ("True", "False"):
            return self.write(then if told == "True" else orelse, place)
        first, last = self.at(then, place, OR), self.at(orelse, place, IF)
        parts = (first, f"if {self.at(test, place, OR)}", f"else {last}")
        return Text(" ".join(parts), IF, parts)

    def _masked(self, op: Op, place: Place, symbol: str) -> Text:
        left, right = self.at(op.args[0], place, SUM), self.at(op.args[1], place, PRODUCT)
        return Text(f"({left} {symbol} {right}) & {_space(op.args[0]).modulus - 1:#x}", BIT_AND)

    def _ordered(self, op: Op, place: Place, form: str) -> Text:
        space = _space(op.args[0])
        left, right = self.at(op.args[0], place, PRODUCT), self.at(op.args[1], place, SUM)
        distance = f"(({right} - {left}) & {space.modulus - 1:#x})"
        return Text(form.format(distance, f"{space.modulus >> 1:#x}"), COMPARE)

    def _called(self, name: str, op: Op, place: Place) -> Text:
        return Text(f"{name}({', '.join(self(arg, place) for arg in op.args)})", ATOM)

    def _len(self, op: Op, place: Place) -> Text:
        name = "values.ranges_length" if isinstance(op.args[0].type, types.Ranges) else "len"
        return self._called(name, op, place)

    def _in_prefix(self, op: Op, place: Place) -> Text:
        address, prefix = op.args
        assert isinstance(prefix.type, types.Prefix)  # typing has said so
        bits = ADDRESS_BITS[prefix.type.family]
        if isinstance(prefix, Name) and prefix.kind == "const":
            network, length = constant_value(self._layout, prefix.name)
            if length == 0:
                return Text("True", ATOM)
            left = self.at(address, place, SHIFT)
            shift = bits - length
            shifted = f"{left} >> {shift}" if shift else left
            return Text(f"{shifted} == {network >> shift:#x}", COMPARE)
        return Text(
            f"values.in_prefix({self(address, place)}, {self(prefix, place)}, {bits})", ATOM
        )

    def _in_flags(self, op: Op, place: Place) -> Text:
        member, flags = op.args
        left = self.at(flags, place, BIT_AND)
        return Text(f"{left} & {self.at(member, place, SHIFT)} != 0", COMPARE)

    def _flags_diff(self, op: Op, place: Place) -> Text:
        left, right = op.args
        return Text(f"{self.at(left, place, BIT_AND)} & ~{self.at(right, place, UNARY)}", BIT_AND)

    def _full(self, op: Op, place: Place, symbol: str = ">=") -> Text:
        kind = op.args[0].type
        assert isinstance(kind, types.Queue)  # typing has said so
        return Text(f"len({self(op.args[0], place)}) {symbol} {kind.max}", COMPARE)

    def _set(self, op: Op, place: Place, symbol: str) -> Text:
        whole, item = self.at(op.args[0], place, SUM), self(op.args[1], place)
        return Text(f"{whole} {symbol} {{{item}}}", BIT_OR if symbol == "|" else SUM)

    def _push(self, op: Op, place: Place) -> Text:
        kind = op.type
        assert isinstance(kind, types.Queue)  # typing has said so
        queue, item = op.args
        if isinstance(queue, Op) and queue.op == "nothing" and kind.max > 0:
            return Text(f"({self(item, place)},)", ATOM)
        name = "values.push_or_drop" if kind.full == "drop_oldest" else "values.push_or_refuse"
        return Text(f"{name}({self(queue, place)}, {self(item, place)}, {kind.max})", ATOM)

    def _ranges(self, op: Op, place: Place) -> Text:
        kind = op.args[0].type
        assert isinstance(kind, types.Ranges)  # typing has said so
        args = [self(arg, place) for arg in op.args]
        return Text(f"values.{op.op}({', '.join(args)}, {kind.space.modulus:#x})", ATOM)


def constant_value(layout: Layout, name: str) -> tuple[int, int]:
    """The value of a prefix constant: network and length."""
    for constant in layout.machine.constants:
        if constant.name == name:
            value: Any = layout.constants.get(name, constant.value)
            network, length = value
            return network, length
    raise KeyError(name)


def _space(expr: Expr) -> types.Seq:
    assert isinstance(expr.type, types.Seq)  # typing has said so
    return expr.type


def _nothing(kind: types.Type) -> Text:
    if isinstance(kind, types.SetOf):
        return Text("frozenset()", ATOM)
    return Text("0" if isinstance(kind, types.Flags) else "()", ATOM)
