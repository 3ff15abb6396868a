"""Where everything of a spec stands in the generated code: which attribute, argument, function.

The names of a spec keep their spelling with dots and hyphens as underscores (``SND.UNA`` is
``SND_UNA``); a name that would hide another gets an underscore at its end.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final

from attrs import field, frozen

from netfsm.machine.base import About, CompiledMachine
from netfsm.machine.once import once
from netfsm.spec import model
from netfsm.spec.expr import Call, Expr, Lit, Name, TimerRef, walk
from netfsm.spec.findings import Mark
from netfsm.spec.types import Enum, Flags, Type, Value

_LOCALS = frozenset({"self", "now", "emissions", "orders", "before", "new"})
_BUILTINS = frozenset(dir(builtins))
_OF_THE_CLASS = frozenset(name for name in dir(CompiledMachine) if not name.startswith("__")) | {
    "about",
    "scope",
    "functions",
    "trace",
    "_state",
}


def identifier(name: str) -> str:
    """`name` as a Python name: what can't stand in one becomes an underscore."""
    text = re.sub(r"\W", "_", name)
    if not text.strip("_"):
        return "absent"  # its state is written "-"
    return f"_{text}" if text[0].isdigit() else text


def class_name(name: str) -> str:
    """`arp.neighbour` as ArpNeighbour."""
    return "".join(part[:1].upper() + part[1:] for part in identifier(name).split("_"))


def place(mark: Mark) -> str:
    """`specs/arp/neighbour.yaml:88`: the file from the folder of specs on, or its own name."""
    path = mark.file.replace("\\", "/")
    below = path.rpartition("specs/")[2] if "specs/" in path else path.rpartition("/")[2]
    return f"specs/{below}:{mark.line}" if "specs/" in path else f"{below}:{mark.line}"


def member_name(kind: Enum | Flags, member: str) -> str:
    """What tells a member from one of the same name in another enum."""
    return f"{kind.name}:{member}"


def unused_word(name: str, taken: Iterable[str] = ()) -> str:
    """`name`, with underscores after it until it is none of `taken` and no keyword."""
    while name in taken or keyword.iskeyword(name):
        name += "_"
    return name


def unused(name: str, taken: Iterable[str]) -> str:
    """The same for a name that is looked up on its own: it hides no builtin either."""
    return unused_word(name, {*taken, *_BUILTINS})


def in_packet(event: model.Event, name: str) -> bool:
    """Whether the input `name` of `event` is a field of its message, as `SEG.SEQ` is."""
    return event.alias is not None and name.startswith(f"{event.alias}.")


@frozen
class Options:
    """Which variant of the code is made; `bound`: declared functions belong to the class."""

    traced: bool = False
    checked: bool = False
    bound: bool = False


PLAIN: Final = Options()


@frozen
class Layout:
    """Every name that the generated code of `machine` uses; `constants` replace the spec's."""

    machine: model.Machine
    options: Options = PLAIN
    constants: Mapping[str, Value] = field(factory=dict[str, Value])

    @property
    def file(self) -> str:
        """The name that the module's code goes by where it is no row."""
        return f"<netfsm {self.machine.name}>"

    # ---- attributes of an instance

    @cached_property
    def slots(self) -> dict[str, str]:
        """Key, variables and given, ghosts left out, by their spec's names.

        What is the scope's comes first, so that all its machines call it the same.
        """
        machine = self.machine
        names = [f.name for f in self.key] + [v.name for v in self.variables if v.shared]
        names += [f.name for f in machine.given]
        names += [v.name for v in self.variables if not v.shared]
        found: dict[str, str] = {}
        methods = (self.method(event.name) for event in machine.events)
        timers = {identifier(timer.name) for timer in machine.timers}
        taken = {*_OF_THE_CLASS, *methods, *(f"_{t}_armed" for t in timers)}
        taken |= {f"_{t}_deadline" for t in timers}
        for name in names:
            found[name] = unused_word(identifier(name), taken)
            taken.add(found[name])
        return found

    @cached_property
    def key(self) -> tuple[model.Field, ...]:
        """The parts of the instance's key; those of a machine of a scope are the scope's."""
        return self.machine.key

    @cached_property
    def variables(self) -> tuple[model.Variable, ...]:
        """The variables that exist at run time."""
        return tuple(v for v in self.machine.variables if not v.ghost)

    @cached_property
    def flags(self) -> dict[str, str]:
        """The attribute of each timer that says whether it runs."""
        return {t.name: f"_{identifier(t.name)}_armed" for t in self.machine.timers}

    @cached_property
    def deadlines(self) -> dict[str, str]:
        """The attribute of each timer whose deadline some expression reads."""
        read = deadlines_read(self.machine)
        return {
            t.name: f"_{identifier(t.name)}_deadline" for t in self.machine.timers if t.name in read
        }

    @cached_property
    def shared(self) -> frozenset[str]:
        """What lives in the scope: variables, timers, and the key."""
        things: list[model.Variable | model.Timer] = [*self.variables, *self.machine.timers]
        key = frozenset(f.name for f in self.key) if self.machine.shares else frozenset[str]()
        return key | {thing.name for thing in things if thing.shared}

    @cached_property
    def own_key(self) -> tuple[model.Field, ...]:
        """The parts of the key that the instance itself holds."""
        return tuple(f for f in self.key if f.name not in self.shared)

    def attribute(self, name: str) -> str:
        """`self.x` or `self.scope.x`: where the variable, key or given field `name` is."""
        return f"{self._holder(name)}.{self.slots[name]}"

    def flag(self, timer: str) -> str:
        """`self._x_armed`."""
        return f"{self._holder(timer)}.{self.flags[timer]}"

    def deadline(self, timer: str) -> str:
        """`self._x_deadline`."""
        return f"{self._holder(timer)}.{self.deadlines[timer]}"

    def _holder(self, name: str) -> str:
        return "self.scope" if name in self.shared else "self"

    # ---- states

    @cached_property
    def states(self) -> dict[str, int]:
        """The number of each state."""
        return {state.name: index for index, state in enumerate(self.machine.states)}

    @cached_property
    def ended(self) -> frozenset[str]:
        """The absent state and the final ones."""
        return frozenset(s.name for s in self.machine.states if s.absent or s.final)

    # ---- arguments and locals

    @cached_property
    def arguments(self) -> dict[str, tuple[str, ...]]:
        """The arguments of each event's method after self: `now`, then a message as one."""
        return {
            event.name: (("now",) if self.machine.uses_now else ()) + self.inputs[event.name]
            for event in self.machine.events
        }

    @cached_property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """The same without `now`."""
        found: dict[str, tuple[str, ...]] = {}
        for event in self.machine.events:
            names = [name for name, _ in event.inputs if not in_packet(event, name)]
            found[event.name] = tuple(
                ([self.local(event.alias)] if event.alias else []) + [self.local(n) for n in names]
            )
        return found

    def parameter(self, name: str) -> str:
        """`SEG.SEQ` or `SEG.options.mss_value` for what a message has; else the argument."""
        head, dot, rest = name.partition(".")
        if not dot or head not in self.aliases:
            return self.local(name)
        inside = "options." if "." in rest else ""
        return f"{self.local(head)}.{inside}{unused_word(identifier(rest))}"

    def packet(self, fields: Mapping[str, Any]) -> SimpleNamespace:
        """A message as a decoded packet has it; `fields` by the names of the event's inputs."""
        found: dict[str, Any] = {}
        options: dict[str, Any] = {}
        for name, value in fields.items():
            *above, last = self.parameter(name).split(".")
            (options if len(above) > 1 else found)[last] = value
        return SimpleNamespace(**found, options=SimpleNamespace(**options))

    @cached_property
    def aliases(self) -> frozenset[str]:
        """The names that messages go under."""
        return frozenset(e.alias for e in self.machine.events if e.alias)

    def local(self, name: str) -> str:
        """The local name of a parameter, a choice or a let."""
        return unused(identifier(name), _LOCALS)

    @cached_property
    def locals(self) -> frozenset[str]:
        """All names that stand for arguments and lets, so that no function is hidden by one."""
        names = {argument for found in self.arguments.values() for argument in found}
        names |= {self.local(let.name) for let in self.machine.lets}
        names |= {self.local(param.name) for let in self.machine.lets for param in let.params}
        return frozenset(names) | _LOCALS

    @cached_property
    def reads_step(self) -> dict[str, bool]:
        """Of each let: whether it reads variables or timers, which a row may hold in locals."""
        found: dict[str, bool] = {}
        for let in self.machine.lets:
            found[let.name] = any(
                isinstance(node, TimerRef)
                or (isinstance(node, Name) and node.kind == "var")
                or (isinstance(node, Call) and node.kind == "let" and found[node.name])
                for node in walk(let.expr)
            )
        return found

    # ---- names of the module

    @cached_property
    def types(self) -> tuple[Enum | Flags, ...]:
        """The enums and flags whose members may stand in the code by name."""
        found: list[Type] = [*self.machine.used_types]
        for expr in expressions(self.machine):
            found += [node.type for node in walk(expr) if isinstance(node, Lit)]
        return tuple(dict.fromkeys(kind for kind in found if isinstance(kind, Enum | Flags)))

    @cached_property
    def globals(self) -> dict[tuple[str, str], str]:
        """The module's own names by kind and name in the spec, no two the same."""
        machine = self.machine
        wanted: list[tuple[str, str, str]] = [("class", machine.name, class_name(machine.name))]
        wanted += [("const", c.name, identifier(c.name)) for c in machine.constants]
        for kind in self.types:
            members = kind.members if isinstance(kind, Flags) else [m for m, _ in kind.members]
            wanted += [("member", member_name(kind, m), identifier(m)) for m in members]
        wanted += [("output", o.name, class_name(o.name)) for o in machine.outputs]
        wanted += [("signal", n, f"{class_name(n)}Signal") for n in signal_names(machine)]
        wanted += [("function", f.name, identifier(f.name)) for f in machine.functions]
        wanted += [("let", let.name, f"let_{identifier(let.name)}") for let in machine.lets]
        wanted += [("row", row.id, identifier(row.id)) for row in machine.rows]
        wanted += [("states", "states", "STATES")]
        wanted += [("event", e.name, f"{identifier(e.name).upper()}_CELLS") for e in machine.events]
        found: dict[tuple[str, str], str] = {}
        taken = set(self.locals) | IMPORTED
        for kind_, name, text in wanted:
            if (kind_, name) not in found:
                found[kind_, name] = unused(text, taken)
                taken.add(found[kind_, name])
        return found

    def row(self, row: model.Row) -> str:
        """The function of a row."""
        return self.globals["row", row.id]

    def method(self, event: str) -> str:
        """The method of an event."""
        return f"on_{identifier(event)}"

    def member(self, machine: str) -> str:
        """The attribute of a scope that holds the machine of that name."""
        return identifier(machine)

    def cell(self, state: str, event: str) -> str:
        """The function that decides a cell; no two cells have the same."""
        return self._cells[state, event]

    @cached_property
    def _cells(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        taken = set[str]()
        for event in self.machine.events:
            for state in self.states:
                text = f"{identifier(event.name)}_in_{identifier(state)}"
                found[state, event.name] = unused_word(text, taken)
                taken.add(found[state, event.name])
        return found

    @cached_property
    def about(self) -> About:
        """What the class says of itself."""
        machine = self.machine
        completions = [e for e in machine.events if e.kind == "completion"]
        return About(
            name=machine.name,
            digest=machine.digest,
            states=tuple(self.states),
            ended=frozenset(self.states[name] for name in self.ended),
            key={f.name: self.slots[f.name] for f in self.key},
            given=tuple(self.slots[f.name] for f in machine.given),
            variables={v.name: self.slots[v.name] for v in self.variables},
            shared=self.shared,
            timers=self.flags,
            deadlines=self.deadlines,
            events={e.name: self.method(e.name) for e in machine.events},
            inputs=self.inputs,
            completions={
                when: tuple(e.name for e in completions if e.after == when)
                for when in ("row", "batch")
            },
            uses_now=machine.uses_now,
        )


_GIVEN = "ABOUT TYPES FUNCTIONS NOTHING CompiledMachine NamedTuple new values"
_CALLED = "broken disabled hole impossible inside need_functions no_trace"
IMPORTED = frozenset(f"{_GIVEN} {_CALLED}".split())
"""Names that a generated module has from the start."""


def output_fields(machine: model.Machine, output: model.Output) -> tuple[str, ...]:
    """The fields of an emission: of a message those that rows write, then all declared ones."""
    declared = [f.name for f in output.fields if not f.ghost]
    if output.kind != "message":
        return tuple(declared)
    written = dict.fromkeys(
        name
        for row in machine.rows
        for emit in row.emissions
        if isinstance(emit, model.Emit) and emit.output == output.name
        for name, _ in emit.fields
        if name not in declared
    )
    return (*written, *declared)


def field_name(name: str) -> str:
    """A field of an emission as an attribute; `output` and `kind` are the class's own."""
    return unused_word(identifier(name).lstrip("_"), ("output", "kind"))


def signal_names(machine: model.Machine) -> dict[str, model.Signal]:
    """Each signal that the machine sends, as ``machine.event``."""
    return {
        f"{sent.machine}.{sent.event}": sent
        for row in machine.rows
        for sent in row.emissions
        if isinstance(sent, model.Signal)
    }


def expressions(machine: model.Machine) -> list[Expr]:
    """Every expression that the running machine may come to: rows, lets and events."""
    found = [let.expr for let in machine.lets]
    for decide in machine.decides:
        found += [leaf.test for leaf in decide.leaves if leaf.test is not None]
    for row in machine.rows:
        found += row_expressions(row)
        found += [row.guard] if row.guard is not None else []
    if machine.instances and machine.instances.evict is not None:
        found.append(machine.instances.evict)
    return found


@once
def deadlines_read(machine: model.Machine) -> frozenset[str | None]:
    """The timers whose deadline some expression reads."""
    nodes = (node for expr in expressions(machine) for node in walk(expr))
    return frozenset(n.timer for n in nodes if isinstance(n, TimerRef) and n.what == "deadline")


@once
def literals(machine: model.Machine) -> tuple[tuple[Type, Value], ...]:
    """The values that stand in expressions of `machine`, each once, with their types."""
    nodes = (node for expr in expressions(machine) for node in walk(expr))
    return tuple(dict.fromkeys((node.type, node.value) for node in nodes if isinstance(node, Lit)))


def row_expressions(row: model.Row) -> list[Expr]:
    """What a row evaluates once it is taken, in the order it is written."""
    found = [assign.value for assign in row.assigns]
    for setting in row.timers:
        found += order_expressions(setting.order)
    for emission in row.emissions:
        found += emission_expressions(emission)
    return found


def emission_expressions(emission: model.Emission) -> list[Expr]:
    """The condition, key and fields of an emission."""
    found = [emission.condition] if emission.condition is not None else []
    if isinstance(emission, model.Signal):
        found += emission.key or ()
    return found + [value for _, value in emission.fields]


def order_expressions(order: model.TimerOrder) -> list[Expr]:
    """The tests that lead to an order, and the durations."""
    if isinstance(order, model.TimerIf):
        inner = order_expressions(order.then) + order_expressions(order.orelse)
        return [order.test, *inner]
    return [order.after] if order.after is not None else []
