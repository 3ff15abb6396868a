"""From a typed expression to the text of a Promela expression.

Every value is a number (`netfsm.prove.spin.numbers`), so every operation is arithmetic on
integers, and no expression can fail: one that stands where it means nothing gives some number that
nobody looks at. A let without arguments is computed once a step, into a local; one with arguments
is written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final, NamedTuple, Protocol

from attrs import evolve, field, frozen

from netfsm.machine.values import ADDRESS_BITS, in_prefix
from netfsm.prove.spin.numbers import LONGEST, WORD, Beyond, Numbers, timed
from netfsm.spec import model, types
from netfsm.spec.expr import At, Call, Expr, Lit, Name, Op, TimerRef
from netfsm.spec.types import Type

__all__ = ["AND", "ATOM", "NOT", "OR", "STATE", "SUM", "Place", "Text", "Writer"]

STATE: Final = "the state"
"""What stands for the state among the names of variables and timers."""

# How tightly Promela binds, loosest first; bit operations are always put in brackets.
CHOICE, OR, AND, COMPARE, SUM, PRODUCT, NOT, ATOM = range(8)


class Text(NamedTuple):
    """Promela text and how tightly its outermost operation binds."""

    code: str
    binds: int


@frozen
class Place:
    """Where an expression stands.

    `old` are locals that keep variables, timers and the state as they were before the step;
    `args` the arguments of the let that is being written; `out` the fields of an emission; `event`
    is the one whose parameters are read, and `inside` says that it came within a scope; `params`
    stand for parameters that are tried out.
    """

    event: str = ""
    inside: bool = False
    old: Mapping[str, str] = field(factory=dict[str, str])
    args: Mapping[str, Text] = field(factory=dict[str, Text])
    params: Mapping[str, str] = field(factory=dict[str, str])
    out: Mapping[str, Text] = field(factory=dict[str, Text])


_INFIX: Final[dict[str, tuple[str, int]]] = {
    "eq": ("==", COMPARE),
    "ne": ("!=", COMPARE),
    "lt": ("<", COMPARE),
    "le": ("<=", COMPARE),
    "gt": (">", COMPARE),
    "ge": (">=", COMPARE),
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", PRODUCT),
    "div": ("/", PRODUCT),
    "mod": ("%", PRODUCT),
}


class Scene(Protocol):
    """Who is asked what a name stands for; each answer is Promela text."""

    @property
    def subject(self) -> str:
        """The spec's name."""
        ...

    def named(self, name: Name, place: Place, /) -> str:
        """A variable, parameter, constant, key, given or field of an emission."""
        ...

    def constant(self, name: str, /) -> int:
        """The value of a constant that is a number."""
        ...

    def member(self, lit: Lit, /) -> str:
        """A member of an enum or of flags."""
        ...

    def at(self, at: At, place: Place, /) -> tuple[str, ...]:
        """The tests for each state that is asked for."""
        ...

    def timer(self, ref: TimerRef, place: Place, /) -> str:
        """Whether a timer runs, or how many do."""
        ...

    def function(self, name: str, args: Sequence[Text], /) -> Text:
        """What a declared function gives for `args`."""
        ...

    def length(self, name: Name, /) -> str | None:
        """Where the length of bytes is that are no value of their own."""
        ...

    def let(self, name: str, /) -> tuple[model.Let, str | None]:
        """A let, and the local that holds its value where it is computed beforehand."""
        ...


class Writer:
    """Writes expressions of one scene."""

    def __init__(self, scene: Scene, numbers: Numbers) -> None:
        self._numbers = numbers
        self._scene = scene
        self._subject = scene.subject
        self._operations: Mapping[str, Callable[[Op, Place], Text]] = {
            "not": lambda op, place: Text(f"!{self.at(op.args[0], place, ATOM)}", NOT),
            "and": lambda op, place: self._joined(op, place, "&&", AND),
            "or": lambda op, place: self._joined(op, place, "||", OR),
            "if": self._if,
            "int": lambda op, place: self.write(op.args[0], place),
            "seq_add": lambda op, place: self._wrapped(op, place, "+"),
            "seq_back": lambda op, place: self._wrapped(op, place, "-"),
            "seq_sub": lambda op, place: self._wrapped(op, place, "-"),
            "seq_lt": self._seq_lt,
            "seq_le": self._seq_le,
            "min": lambda op, place: self._least(op, place, "<"),
            "max": lambda op, place: self._least(op, place, ">"),
            "len": self._len,
            "empty": lambda op, place: self._compared(op, place, "== 0"),
            "nothing": lambda _op, _place: Text("0", ATOM),
            "in_prefix": self._in_prefix,
            "in_set": self._in_set,
            "in_flags": self._in_flags,
            "flags_or": lambda op, place: self._bits(op, place, "{} | {}"),
            "flags_and": lambda op, place: self._bits(op, place, "{} & {}"),
            "flags_diff": lambda op, place: self._bits(op, place, "{} & ~{}"),
            "insert": lambda op, place: self._bits(op, place, "{} | (1 << {})"),
            "remove": lambda op, place: self._bits(op, place, "{} & ~(1 << {})"),
            "full": self._full,
            "push": self._push,
            "pop": self._pop,
            "oldest": self._oldest,
            "ranges_add": self._ranges_add,
            "ranges_cut": self._ranges_cut,
            "ranges_run": self._ranges_run,
            "ranges_covers": self._ranges_covers,
        }

    def __call__(self, expr: Expr, place: Place) -> str:
        """The text of `expr`."""
        return self.write(expr, place).code

    def at(self, expr: Expr, place: Place, binds: int) -> str:
        """The text of `expr`, in brackets where it binds less tightly than `binds`."""
        return _bracketed(self.write(expr, place), binds)

    def write(self, expr: Expr, place: Place) -> Text:
        """The text of `expr`; raises Beyond where Promela can't say it."""
        if timed(expr.type) and self.longest(expr) >> WORD:
            raise Beyond(self._subject, "times are added or multiplied beyond what an int holds")
        match expr:
            case Lit():
                return self._literal(expr)
            case Name():
                return self._named(expr, place)
            case At():
                return self._state(expr, place)
            case TimerRef():
                return self._timer(expr, place)
            case Call():
                return self._call(expr, place)
            case Op():
                return self._operation(expr, place)

    # ---- leaves

    def _literal(self, lit: Lit) -> Text:
        if isinstance(lit.type, types.Bool):
            return Text(str(bool(lit.value)).lower(), ATOM)
        if isinstance(lit.type, types.Enum) or _is_flag(lit):
            return Text(self._scene.member(lit), ATOM)
        return Text(str(self._numbers.number(lit.type, lit.value)), ATOM)

    def _named(self, name: Name, place: Place) -> Text:
        if name.kind == "arg":
            return place.args[name.name]
        if name.kind == "out":
            return place.out[name.name]
        if name.kind == "now":
            return Text("0", ATOM)
        return Text(self._scene.named(name, place), ATOM)

    def _state(self, at: At, place: Place) -> Text:
        tests = self._scene.at(at, place)
        return Text(" || ".join(tests), OR if len(tests) > 1 else COMPARE)

    def _timer(self, ref: TimerRef, place: Place) -> Text:
        if ref.what in ("armed", "timers_armed"):
            return Text(self._scene.timer(ref, place), ATOM if ref.timer else SUM)
        asked = f"{ref.what}({ref.timer})"
        raise Beyond(self._subject, f"{asked} asks what a model without a clock forgets")

    def _call(self, call: Call, place: Place) -> Text:
        args = [self.write(arg, place) for arg in call.args]
        if call.kind == "function":
            return self._scene.function(call.name, args)
        let, local = self._scene.let(call.name)
        if local is not None:
            return Text(local, ATOM)
        named = {param.name: arg for param, arg in zip(let.params, args, strict=True)}
        return self.write(let.expr, evolve(place, args=named))

    def longest(self, expr: Expr) -> int:
        """A number that a time, or a factor of one, never exceeds; what is kept is no longer."""
        match expr:
            case Lit(value=int() as value):
                return value
            case Name(kind="now"):
                return 0
            case Name(kind="const"):
                return self._scene.constant(expr.name)
            case Name(kind="var") if timed(expr.type):
                return LONGEST
            case Call(kind="let"):
                return self.longest(self._scene.let(expr.name)[0].expr)
            case Op():
                return self._longest_of(expr)
            case _:
                return expr.type.max if isinstance(expr.type, types.Nat) else (1 << WORD) - 1

    def _longest_of(self, op: Op) -> int:
        parts = [self.longest(arg) for arg in (op.args[1:] if op.op == "if" else op.args)]
        match op.op:
            case "add":
                return sum(parts)
            case "mul":
                return prod(parts)
            case "div":  # by a constant
                return parts[0] // parts[1]
            case "sub" | "mod":
                return parts[0]
            case "min":
                return min(parts)
            case "int":
                return 1
            case _:
                return max(parts, default=0)

    # ---- logic and arithmetic

    def _operation(self, op: Op, place: Place) -> Text:
        special = self._operations.get(op.op)
        if special is not None:
            return special(op, place)
        symbol, binds = _INFIX[op.op]
        left, right = self.at(op.args[0], place, binds + (binds == COMPARE)), op.args[1]
        return Text(f"{left} {symbol} {self.at(right, place, binds + 1)}", binds)

    def _joined(self, op: Op, place: Place, word: str, binds: int) -> Text:
        return Text(f" {word} ".join(self.at(arg, place, binds + 1) for arg in op.args), binds)

    def _if(self, op: Op, place: Place) -> Text:
        test, then, orelse = (self.at(arg, place, OR) for arg in op.args)
        return Text(f"({test} -> {then} : {orelse})", ATOM)

    def _compared(self, op: Op, place: Place, tail: str) -> Text:
        return Text(f"{self.at(op.args[0], place, SUM)} {tail}", COMPARE)

    def _least(self, op: Op, place: Place, order: str) -> Text:
        first, *others = (self.at(arg, place, SUM) for arg in op.args)
        for other in others:
            first = f"({first} {order} {other} -> {first} : {other})"
        return Text(first, ATOM)

    def _bits(self, op: Op, place: Place, form: str) -> Text:
        return Text(f"({form.format(*(self.at(arg, place, ATOM) for arg in op.args))})", ATOM)

    # ---- sequence numbers

    def _distance(self, space: int, right: str, left: str) -> str:
        return f"(({right} - {left}) & {space - 1})"

    def _wrapped(self, op: Op, place: Place, sign: str) -> Text:
        left, right = self.at(op.args[0], place, SUM), self.at(op.args[1], place, PRODUCT)
        return Text(f"(({left} {sign} {right}) & {_space(op.args[0].type) - 1})", ATOM)

    def _seq_le(self, op: Op, place: Place) -> Text:
        left, right = (self.at(arg, place, PRODUCT) for arg in op.args)
        space = _space(op.args[0].type)
        return Text(f"{self._distance(space, right, left)} < {space // 2}", COMPARE)

    def _seq_lt(self, op: Op, place: Place) -> Text:
        left, right = (self.at(arg, place, PRODUCT) for arg in op.args)
        space = _space(op.args[0].type)
        apart = self._distance(space, right, left)
        return Text(f"{apart} > 0 && {apart} < {space // 2}", AND)

    # ---- what is told apart only

    def _len(self, op: Op, place: Place) -> Text:
        inner, kind = op.args[0], op.args[0].type
        known = self._scene.length(inner) if isinstance(inner, Name) else None
        if known is not None:
            return Text(known, ATOM)
        whole = self.at(inner, place, ATOM)
        match kind:
            case types.Queue():
                return Text(self._length(kind, whole), ATOM)
            case types.SetOf() | types.Ranges():
                bits = range(self._numbers.bits(kind, self._subject))
                return Text(
                    "(" + " + ".join(f"(({whole} >> {bit}) & 1)" for bit in bits) + ")", ATOM
                )
            case _:
                return Text(self._octets(kind, whole), ATOM)

    def _octets(self, kind: Type, whole: str) -> str:
        """The length of bytes, looked up among all that occur."""
        lengths: dict[int, list[int]] = {}
        for value, number in self._numbers.listed(kind).items():
            assert isinstance(value, bytes)
            lengths.setdefault(len(value), []).append(number)
        *others, last = sorted(lengths, key=lambda length: len(lengths[length])) or [0]
        tail = str(last)
        for length in others:
            tests = " || ".join(f"{whole} == {number}" for number in lengths[length])
            tail = f"({tests} -> {length} : {tail})"
        return tail

    def _in_prefix(self, op: Op, place: Place) -> Text:
        address, prefix = (self.at(arg, place, ATOM) for arg in op.args)
        kind = op.args[1].type
        assert isinstance(kind, types.Prefix)
        width = ADDRESS_BITS[kind.family]
        tests = [
            f"{prefix} == {number} && ({_any_of(address, inside)})"
            for value, number in self._numbers.listed(kind).items()
            if (inside := self._inside(op.args[0].type, value, width))
        ]
        return Text(" || ".join(tests) or "false", OR)

    def _inside(self, kind: Type, prefix: Any, width: int) -> list[int]:
        listed = self._numbers.listed(kind).items()
        return [n for each, n in listed if isinstance(each, int) and in_prefix(each, prefix, width)]

    def _in_flags(self, op: Op, place: Place) -> Text:
        member, flags = (self.at(arg, place, ATOM) for arg in op.args)
        return Text(f"({flags} & {member}) == {member}", COMPARE)

    def _in_set(self, op: Op, place: Place) -> Text:
        item, whole = (self.at(arg, place, SUM) for arg in op.args)
        return Text(f"(({whole} >> {item}) & 1)", ATOM)

    # ---- queues

    def _sizes(self, kind: types.Queue) -> tuple[int, int]:
        """The bits of an element, and those of the length that stand below them."""
        element = self._numbers.bits(kind.element, self._subject)
        return element, self._numbers.length_bits(kind)

    def _length(self, kind: types.Queue, queue: str) -> str:
        return f"({queue} & {(1 << self._numbers.length_bits(kind)) - 1})"

    def _full(self, op: Op, place: Place) -> Text:
        kind = op.args[0].type
        assert isinstance(kind, types.Queue)
        length = self._length(kind, self.at(op.args[0], place, ATOM))
        return Text(f"{length} == {kind.max}", COMPARE)

    def _push(self, op: Op, place: Place) -> Text:
        kind = op.type
        assert isinstance(kind, types.Queue)
        queue, item = (self.at(arg, place, ATOM) for arg in op.args)
        length = self._length(kind, queue)
        put = self._put(kind, queue, item)
        if kind.full == "refuse":
            return Text(f"({length} == {kind.max} -> {queue} : {put})", ATOM)
        if kind.max == 0:
            return Text("0", ATOM)
        rest = self._put(kind, self._popped(kind, queue), item)
        return Text(f"({length} == {kind.max} -> {rest} : {put})", ATOM)

    def _put(self, kind: types.Queue, queue: str, item: str) -> str:
        width, low = self._sizes(kind)
        shift = f"({self._length(kind, queue)} * {width} + {low})"
        return f"(({item} << {shift}) + {queue} + 1)" if width else f"({queue} + 1)"

    def _pop(self, op: Op, place: Place) -> Text:
        kind = op.type
        assert isinstance(kind, types.Queue)
        return Text(self._popped(kind, self.at(op.args[0], place, ATOM)), ATOM)

    def _popped(self, kind: types.Queue, queue: str) -> str:
        width, low = self._sizes(kind)
        rest = f"(({queue} >> {width + low}) << {low})"
        return f"({rest} + {self._length(kind, queue)} - 1)"

    def _oldest(self, op: Op, place: Place) -> Text:
        kind = op.args[0].type
        assert isinstance(kind, types.Queue)
        width, low = self._sizes(kind)
        queue = self.at(op.args[0], place, ATOM)
        return Text(f"(({queue} >> {low}) & {(1 << width) - 1})", ATOM)

    # ---- ranges

    def _ranges_add(self, op: Op, place: Place) -> Text:
        runs, start, length = (self.at(arg, place, ATOM) for arg in op.args)
        space = self._window(op.type)
        return Text(f"({runs} | {_turned(space, f'((1 << {length}) - 1)', start)})", ATOM)

    def _ranges_cut(self, op: Op, place: Place) -> Text:
        runs, upto = (self.at(arg, place, ATOM) for arg in op.args)
        space = self._window(op.type)
        start = f"(({upto} + {space // 2}) & {space - 1})"
        return Text(f"({runs} & ~{_turned(space, str((1 << space // 2) - 1), start)})", ATOM)

    def _ranges_run(self, op: Op, place: Place) -> Text:
        runs, start = (self.at(arg, place, ATOM) for arg in op.args)
        space = self._window(op.args[0].type)
        told = str(space)
        for at in reversed(range(space)):
            told = f"({_held(space, runs, start, at)} -> {told} : {at})"
        return Text(told, ATOM)

    def _ranges_covers(self, op: Op, place: Place) -> Text:
        runs, start, length = (self.at(arg, place, ATOM) for arg in op.args)
        space = self._window(op.args[0].type)
        mask = _turned(space, f"((1 << {length}) - 1)", start)
        return Text(f"({runs} & {mask}) == {mask}", COMPARE)

    def _window(self, kind: Type) -> int:
        assert isinstance(kind, types.Ranges)
        self._numbers.bits(kind, self._subject)
        return kind.space.modulus


def _bracketed(text: Text, binds: int) -> str:
    return text.code if text.binds >= binds else f"({text.code})"


def _is_flag(lit: Lit) -> bool:
    return isinstance(lit.type, types.Flags) and lit.text in lit.type.members


def _space(kind: Type) -> int:
    if isinstance(kind, types.Ranges):
        return kind.space.modulus
    assert isinstance(kind, types.Seq)
    return kind.modulus


def _any_of(name: str, numbers: list[int]) -> str:
    return " || ".join(f"{name} == {number}" for number in numbers)


def _turned(space: int, mask: str, by: str) -> str:
    """`mask` of a space turned round by `by`: bit 0 comes to stand at `by`."""
    return f"((({mask} << {by}) | ({mask} >> ({space} - {by}))) & {(1 << space) - 1})"


def _held(space: int, runs: str, start: str, at: int) -> str:
    return f"(({runs} >> (({start} + {at}) & {space - 1})) & 1)"
