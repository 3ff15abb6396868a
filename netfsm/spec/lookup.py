"""What a name in an expression stands for: values, members, states, timers, lets and functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Literal

from netfsm.spec.expr import At, Call, Expr, Lit, Name, Op, TimerRef
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.grammar import StateTest, Tree
from netfsm.spec.model import Field
from netfsm.spec.names import BUILTINS, Names, closest
from netfsm.spec.types import (
    BOOL,
    INSTANT,
    TEXT,
    Enum,
    Flags,
    Nat,
    Queue,
    Ranges,
    SetOf,
    Type,
)

__all__ = ["Lookup", "dotted"]

_SPECIAL = frozenset({"now", "state", "true", "false", "timers_armed"})
Declared = tuple[Literal["let", "function"], tuple[Field, ...], Type]


def dotted(node: ast.expr) -> str | None:
    """The dotted name that `node` is, None where it is something else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


class Lookup:
    """Finds what the names of one expression stand for; notes those that stand for nothing."""

    def __init__(
        self, tree: Tree, place: Callable[[int], Mark], names: Names, findings: Findings
    ) -> None:
        self.text = tree.text
        self._shift = tree.shift
        self._tests = tree.tests
        self._place = place
        self._names = names
        self._known = names.vocabulary
        self._findings = findings

    # ---- values

    def named(self, node: ast.expr, name: str, hint: Type | None) -> Expr | None:
        """The value `name`, which `node` is; `hint` tells members of one name apart."""
        test = self._tests.get(node.col_offset)
        if test is not None:
            if isinstance(node, ast.Name):
                return self._at(node, test)
            return self._note("NOT-ALLOWED", node, "at(...) is a truth and has no parts")
        if name.startswith("new."):
            return self._new(node, name[4:])
        if name.startswith("o.") and name not in self._known.values:
            return self._out(node, name[2:])
        return (
            self._value(node, name)
            or self._special(node, name, hint)
            or self._member(node, name, hint)
            or self._unknown(node, name)
        )

    def _value(self, node: ast.expr, name: str) -> Expr | None:
        names = self._names
        if name in names.args:
            return Name("arg", name, names.args[name], False, self._mark(node))
        known = self._known.values.get(name)
        if known is not None:
            return Name(known.kind, name, known.type, False, self._mark(node))
        param = names.param(name)
        if param is not None:
            return self._param(node, name, param)
        let = self._known.lets.get(name)
        if let is not None and not let.params:
            return Call("let", name, (), let.expr.type, self._mark(node))
        return None

    def _param(self, node: ast.expr, name: str, type_: Type) -> Expr | None:
        if self._names.event is None:
            others = self._known.params[name]
            differing = [event for event, other in others.items() if other != type_]
            if differing:
                first = next(iter(others))
                what = f"{name} is {type_} in {first} and {others[differing[0]]} in {differing[0]}"
                return self._note("TYPE", node, what, "give the two parameters two names")
        return Name("param", name, type_, False, self._mark(node))

    def _special(self, node: ast.expr, name: str, hint: Type | None) -> Expr | None:
        mark = self._mark(node)
        if name == "now":
            return Name("now", "now", INSTANT, False, mark)
        if name == "state":
            return Name("state", "state", TEXT, False, mark)
        if name in ("true", "false"):
            return Lit(name == "true", BOOL, name, mark)
        if name == "timers_armed":
            return self._timers_armed(mark, new=False)
        if name == "nothing" and isinstance(hint, SetOf | Queue | Ranges | Flags):
            return Op("nothing", (), hint, mark)
        return None

    def _member(self, node: ast.expr, name: str, hint: Type | None) -> Expr | None:
        types = self._known.members.get(name)
        if isinstance(hint, Enum | Flags) and (types is None or hint not in types):
            types = [hint] if _number(hint, name) is not None else types
        if not types:
            return None
        type_ = next((type_ for type_ in types if type_ == hint), types[0])
        if type_ != hint and len(types) > 1:
            which = " and ".join(str(type_) for type_ in types)
            what = f"{name} is a member of {which}, and nothing says which is meant"
            self._findings.add("AMBIGUOUS", self._mark(node), what, "compare it with a value")
            return None
        number = _number(type_, name)
        return None if number is None else Lit(number, type_, name, self._mark(node))

    def flag(self, node: ast.expr, type_: Type) -> Expr | None:
        """The member of flags `type_` that `node` names, also where a value has that name.

        A format may call a flag and a field by one name: `ACK in CTL` asks for the flag.
        """
        name = dotted(node)
        number = _number(type_, name) if name and isinstance(type_, Flags) else None
        if name is None or number is None:
            return None
        return Lit(number, type_, name, self._mark(node))

    def _new(self, node: ast.expr, name: str) -> Expr | None:
        if not self._may_be_new(node):
            return None
        known = self._known.values.get(name)
        if name == "timers_armed":
            return self._timers_armed(self._mark(node), new=True)
        if known is not None and known.kind == "var":
            return Name("var", name, known.type, True, self._mark(node))
        if name in self._known.broken:
            return None
        if known is None and not self._names.is_value(name):
            variables = [n for n, known in self._known.values.items() if known.kind == "var"]
            what = f"{quoted(name)} is no variable"
            return self._note("UNKNOWN-NAME", node, what, closest(name, variables))
        hint = f"write {name}: it does not change, or say it with the variables it reads"
        return self._note("NEW-HERE", node, "'new.' stands before variables only", hint)

    def _may_be_new(self, node: ast.expr) -> bool:
        if self._names.allow_new:
            return True
        hint = "it stands in emissions, steps, outputs_hold and musts; elsewhere values are old"
        self._note("NEW-HERE", node, "'new.' has no meaning in this place", hint)
        return False

    def _out(self, node: ast.expr, name: str) -> Expr | None:
        fields = self._names.out
        if fields is None:
            hint = "it stands in outputs_hold and in musts with 'emits'"
            return self._note("OUT-HERE", node, "'o.' has no meaning in this place", hint)
        if name in fields:
            return Name("out", name, fields[name], False, self._mark(node))
        what = f"the emission has no field {quoted(name)}"
        return self._note("UNKNOWN-NAME", node, what, closest(name, fields, _listed(fields)))

    def _unknown(self, node: ast.expr, name: str) -> Expr | None:
        """Say what `name` is where it is no value, or what it is like."""
        known = self._known
        if name in known.broken or self._members_noted(name):
            return None
        code, hint = "UNKNOWN-NAME", ""
        what = f"{quoted(name)} is not declared"
        if name in known.params:
            code = "NO-PARAM"
            here = f"event {self._names.event} has" if self._names.event else "here is"
            what = f"{here} no parameter {name}"
            hint = f"{' and '.join(known.params[name])} has it"
        elif name == "nothing":
            code, what = "AMBIGUOUS", "nothing says what kind of nothing is meant"
            hint = "compare it with a value, or write empty(x)"
        elif name in known.states:
            what, hint = f"{name} is a state or a group", f"write at({name})"
        elif name in known.timers:
            what, hint = f"{name} is a timer", f"write armed({name})"
        elif name in known.lets or name in known.functions or name in BUILTINS:
            code, what = "ARGUMENTS", f"{name} is called with arguments"
        elif name in known.other:
            what = f"{name} is {known.other[name]}, not a value"
        else:
            hint = closest(name, self._names.candidates(), "declare it, or mend its name")
        return self._note(code, node, what, hint)

    def _members_noted(self, name: str) -> bool:
        """True for a member of several types, which has its finding, and a let that disagrees."""
        if len(self._known.members.get(name, ())) > 1:
            return True
        return self._names.event is None and self._names.param(name) is not None

    def needs_context(self, node: ast.expr) -> bool:
        """True where the type of `node` hangs on what stands beside it.

        That is so of `nothing` and of a bare name that is no value: it may be a member.
        """
        if isinstance(node, ast.Name):
            is_test = node.col_offset in self._tests
            return not (is_test or node.id in _SPECIAL or self._names.is_value(node.id))
        if isinstance(node, ast.IfExp):
            return self.needs_context(node.body) and self.needs_context(node.orelse)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub):
            return self.needs_context(node.left) and self.needs_context(node.right)
        return False

    # ---- states and timers

    def _at(self, node: ast.expr, test: StateTest) -> Expr | None:
        if test.new and not self._may_be_new(node):
            return None
        if not test.names:
            return self._note("ARGUMENTS", node, "at takes states and groups, and none stands here")
        found: dict[str, None] = {}
        good = True
        for name, offset in test.names:
            states = self._known.states.get(name)
            if states is None:
                good = False
                if name not in self._known.broken:
                    what = f"no state or group is called {quoted(name)}"
                    hint = closest(name, self._known.states)
                    self._findings.add("UNKNOWN-STATE", self._place(offset), what, hint)
                continue
            found.update(dict.fromkeys(states))
        return At(tuple(found), test.new, BOOL, self._mark(node)) if good else None

    def _timers_armed(self, mark: Mark, *, new: bool) -> Expr:
        return TimerRef("timers_armed", None, new, Nat(len(self._known.timers)), mark)

    def timer(self, node: ast.Call, name: str) -> Expr | None:
        """`armed(t)`, `restarted(t)` or `deadline(t)`, with or without `new.`."""
        new = name.startswith("new.")
        what = name.removeprefix("new.")
        if new and not self._may_be_new(node):
            return None
        if what == "restarted" and not self._names.allow_restarted:
            hint = "a step, output or must may ask whether its step restarted a timer"
            return self._note("RESTARTED-HERE", node, "'restarted' stands in properties only", hint)
        timer = dotted(node.args[0]) if len(node.args) == 1 else None
        if timer is None:
            return self._note("ARGUMENTS", node, f"{what} takes the name of one timer")
        if timer not in self._known.timers:
            if timer not in self._known.broken:
                hint = closest(timer, self._known.timers, _listed(self._known.timers))
                message = f"no timer is called {quoted(timer)}"
                self._note("UNKNOWN-TIMER", node.args[0], message, hint)
            return None
        mark = self._mark(node)
        if what == "armed":
            return TimerRef("armed", timer, new, BOOL, mark)
        if what == "restarted":
            return TimerRef("restarted", timer, new, BOOL, mark)
        return TimerRef("deadline", timer, new, INSTANT, mark)

    # ---- lets and functions that are called

    def callable(self, node: ast.Call, name: str) -> Declared | None:
        """What `name`, called by `node`, takes and gives; None with a finding where it is none."""
        function = self._known.functions.get(name)
        if function is not None:
            return "function", function.params, function.result
        let = self._known.lets.get(name)
        if let is not None and let.params:
            return "let", let.params, let.expr.type
        if name in self._known.broken:
            return None
        self._not_callable(node, name)
        return None

    def _not_callable(self, node: ast.Call, name: str) -> None:
        if node.col_offset in self._tests:
            self._note("NOT-ALLOWED", node, "at(...) is a truth and can't be called")
            return
        callables = [*self._known.functions, *self._known.lets, *BUILTINS]
        code, what = "UNKNOWN-NAME", f"no let or function is called {quoted(name)}"
        hint = closest(name, callables, "declare it under 'let' or 'functions'")
        if self._names.is_value(name) or name in self._known.members:
            code, what, hint = "ARGUMENTS", f"{name} takes no arguments", f"write {name}"
        elif name in ("start", "restart"):
            code, what = "TIMER-ORDER", f"{name}(...) stands as a timer's order only"
            hint = "under 'do', as in rexmt: restart(RTO)"
        self._note(code, node, what, hint)

    def call(
        self,
        node: ast.Call,
        kind: Literal["let", "function"],
        name: str,
        args: tuple[Expr, ...],
        result: Type,
    ) -> Expr:
        """The call of a let or function with good arguments."""
        return Call(kind, name, args, result, self._mark(node))

    # ---- common parts

    def _mark(self, node: ast.expr) -> Mark:
        return self._place(node.col_offset + self._shift)

    def _note(self, code: str, node: ast.expr, message: str, hint: str = "") -> Expr | None:
        """Note a finding at `node`, and return None: there is no expression."""
        self._findings.add(code, self._mark(node), message, hint)
        return None


def _number(type_: Enum | Flags, member: str) -> int | None:
    """The value of a member: an enum's number, a flag's bit."""
    if isinstance(type_, Enum):
        return type_.value(member)
    return 1 << type_.members.index(member) if member in type_.members else None


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)[:8]
    return f"there are {', '.join(found)}" if found else ""
