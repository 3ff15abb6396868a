"""The frozen model of a spec: what every back-end reads, and nothing that it writes.

`netfsm.spec.load` builds it from YAML and checks it; docs/reference/language.md says what each
part means. Everything here is immutable, typed and carries the mark of its source line. A format
has its own model in `netfsm.spec.formats`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from attrs import field, frozen

from netfsm.spec.expr import Expr
from netfsm.spec.findings import Mark
from netfsm.spec.types import Bytes, Handle, Type, Value

Level = Literal["must", "should", "may"]
SizeName = Literal["real", "proof", "small"]
ControlKind = Literal["query", "command", "flow"]
SetName = Literal["rfc", "linux", "freebsd"]


@frozen
class Ref:
    """A clause that a row, constant or property follows: `RFC 5227 §2.4` or `RFC 9293 MUST-41`."""

    document: str
    clause: str
    applies_if: str = ""

    def __str__(self) -> str:
        return f"{self.document} {self.clause}".strip()


@frozen
class Constant:
    """A named value with its unit, source and bounds; `sets` and `sizes` give its other values."""

    name: str
    type: Type
    value: Value
    unit: str
    refs: tuple[Ref, ...]
    minimum: int | None
    maximum: int | None
    settable: bool
    sets: Mapping[SetName, Value]
    sizes: Mapping[SizeName, Value]
    says: str
    mark: Mark = field(eq=False)


@frozen
class Field:
    """A typed field of an event, emission, query, command or record."""

    name: str
    type: Type
    ghost: bool
    says: str
    mark: Mark = field(eq=False)


@frozen
class Record:
    """A frozen answer of a query, named `layer.Name`."""

    name: str
    fields: tuple[Field, ...]
    says: str
    mark: Mark = field(eq=False)


@frozen
class Function:
    """A declared function that the hands implement: typed, with a contract for proofs.

    `contract` is over the parameters and `result`; None where nothing is promised.
    """

    name: str
    params: tuple[Field, ...]
    result: Type
    contract: Expr | None
    says: str
    mark: Mark = field(eq=False)


@frozen
class Variable:
    """A variable of a machine or of its scope.

    `states`: the states in which it has a value (None: in all). `initial` is given where it has a
    value from the start. `owner` is the machine that assigns it; `shared` says that it lives in
    the scope. `anchor` names a variable of the same space that proofs measure it from.
    """

    name: str
    type: Type
    states: frozenset[str] | None
    initial: Expr | None
    owner: str
    shared: bool
    ghost: bool
    anchor: str | None
    says: str
    mark: Mark = field(eq=False)


@frozen
class Timer:
    """A timer of a machine or of its scope; its event has its name."""

    name: str
    states: frozenset[str] | None
    owner: str
    shared: bool
    says: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class Choice:
    """An event parameter that the hands or chance decide, with its contract.

    The contract is assumed by proofs and checked by the runtime in conformance mode.
    """

    name: str
    type: Type
    contract: Expr | None
    says: str
    mark: Mark = field(eq=False)


@frozen
class Event:
    """What may happen to a machine.

    kind: `message` (a decoded packet: `format` and the name its fields go under), `timer`,
    `signal` (another machine sends it), `call` (the hands or the user), `completion` (the runtime
    tries it after a row or a batch until it is disabled; `measure` decreases).
    `params` are all parameters in order, for a message its fields as `SEG.SEQ`; `choices` follow.
    `derived` says what the format computes, by parameter; `valid` what it refuses packets for.
    """

    name: str
    kind: Literal["message", "timer", "signal", "call", "completion"]
    format: str | None
    alias: str | None
    params: tuple[Field, ...]
    choices: tuple[Choice, ...]
    assume: Expr | None
    after: Literal["row", "batch"] | None
    measure: Expr | None
    derived: tuple[tuple[str, Expr], ...]
    valid: tuple[Expr, ...]
    says: str
    mark: Mark = field(eq=False)

    @property
    def inputs(self) -> tuple[tuple[str, Type], ...]:
        """Name and type of every parameter and choice that the runtime takes, ghosts left out."""
        params = tuple((p.name, p.type) for p in self.params if not p.ghost)
        return params + tuple((c.name, c.type) for c in self.choices)


@frozen
class Let:
    """A named expression, with or without arguments."""

    name: str
    params: tuple[Field, ...]
    expr: Expr
    mark: Mark = field(eq=False)


@frozen
class Leaf:
    """One outcome of a `decide` list: `test` as written (None for else), `guard` flat.

    `guard` is the test and the negation of all tests before it.
    """

    name: str
    test: Expr | None
    guard: Expr
    mark: Mark = field(eq=False)


@frozen
class Decide:
    """Ordered tests, as an RFC has them; each leaf has a flat guard."""

    name: str
    leaves: tuple[Leaf, ...]
    mark: Mark = field(eq=False)


@frozen
class Assign:
    """A simultaneous assignment: `value` reads old values."""

    variable: str
    value: Expr
    mark: Mark = field(eq=False)


@frozen
class TimerStep:
    """One of `start` (if idle), `restart`, `stop`, `keep`; `after` is a duration or None."""

    order: Literal["start", "restart", "stop", "keep"]
    after: Expr | None


@frozen
class TimerIf:
    """A conditional timer order: `rexmt: stop if done else restart(RTO)`."""

    test: Expr
    then: TimerOrder
    orelse: TimerOrder


TimerOrder = TimerStep | TimerIf


@frozen
class SetTimer:
    """What a row does to a timer."""

    timer: str
    order: TimerOrder
    mark: Mark = field(eq=False)


@frozen
class FormatField:
    """A field of a message as its sender sees it.

    `default` goes out where a row does not say it; None where a row must, or where it hangs on
    what the hands put into the packet.
    """

    name: str
    type: Type
    default: Value | None


@frozen
class Output:
    """A declared emission: how a machine speaks to the world.

    kind: `message` (to the wire; `fields` are those of `with`, `wire` those of the format that a
    row may say), `order` (to the hands), `deliver` (to the user or the layer above), `error` (to
    the user), `drop` (a counted refusal; its first field is an enum, whose members name the
    counters). `tells` is what the sender of a dropped packet should be told, by the word of
    whoever reports errors.
    """

    name: str
    kind: Literal["message", "order", "deliver", "error", "drop"]
    format: str | None
    fields: tuple[Field, ...]
    says: str
    mark: Mark = field(eq=False)
    tells: str = ""
    wire: tuple[FormatField, ...] = ()

    @property
    def types(self) -> dict[str, Type]:
        """The type of each field that an emission may say."""
        found = {each.name: each.type for each in self.wire}
        return found | {each.name: each.type for each in self.fields}

    def left_out(self, said: Collection[str]) -> dict[str, Value]:
        """What goes out in fields of the format that a row leaves out, where that is known.

        An option of which a field is `said` is present. Payload comes out of what `with` gives
        the hands; where that is neither octets nor a handle there is none.
        """
        found = {f.name: f.default for f in self.wire if f.default is not None}
        options = {f"{name.rpartition('.')[0]}.present" for name in said}
        found |= {name: True for name in found if name in options}
        if not any(isinstance(each.type, Bytes | Handle) for each in self.fields):
            found |= {each.name: 0 for each in self.wire if each.name == "len"}
        return {name: value for name, value in found.items() if name not in said}


@frozen
class Emit:
    """An emission in a row: fields in the order of the output's declaration.

    A message leaves out fields that its format computes or gives a default; then `fields` holds
    only those that are written, by name, and after them those of the output's `with`. `filled`
    are those that the row leaves to the output's `fill`.
    """

    output: str
    fields: tuple[tuple[str, Expr], ...]
    condition: Expr | None
    tag: str
    filled: frozenset[str]
    mark: Mark = field(eq=False)


@frozen
class Signal:
    """A signal in a row: an event of another machine, or of the same scope.

    `key` picks the instance; None sends to all instances (`neighbour[*]`); an empty key is the
    one machine of that name. `inside` says that the receiver shares the sender's scope, so that
    the signal is part of the sender's step.
    """

    machine: str
    event: str
    key: tuple[Expr, ...] | None
    fields: tuple[tuple[str, Expr], ...]
    condition: Expr | None
    inside: bool
    mark: Mark = field(eq=False)


Emission = Emit | Signal


@frozen
class Row:
    """One atomic step.

    `states` are those whose cell holds the row. `guard` is flat: the leaf's guard and `when`
    together, None for always. `to` is None where the state stays. `verdict` tells a row that
    works (`step`) from one that ignores or refuses by name (`ignore`, `error`).
    """

    id: str
    states: tuple[str, ...]
    event: str
    decide: str
    leaf: str
    when: Expr | None
    guard: Expr | None
    assigns: tuple[Assign, ...]
    timers: tuple[SetTimer, ...]
    emissions: tuple[Emission, ...]
    to: str | None
    verdict: Literal["step", "ignore", "error"]
    reason: str
    level: Level
    refs: tuple[Ref, ...]
    says: str
    mark: Mark = field(eq=False)


@frozen
class Impossible:
    """A cell that cannot be reached, with its reason: a proof obligation."""

    id: str
    states: tuple[str, ...]
    event: str
    reason: str
    mark: Mark = field(eq=False)


Cell = tuple[Row, ...] | Impossible


@frozen
class State:
    """A state; `absent` is the one that an event finds where there is no instance."""

    name: str
    absent: bool
    final: bool
    says: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class Instances:
    """Which machine an event goes to, and how many there may be.

    `evict` orders the instances when full: that with the least value goes, the oldest of equals;
    it is given the event `evict_by` first, whose rows end it and give back what it holds.
    """

    key: tuple[Field, ...]
    create: tuple[str, ...]
    limit: int
    when_full: Literal["refuse", "evict"]
    evict: Expr | None
    evict_by: str | None
    mark: Mark = field(eq=False)


@frozen
class Property:
    """An invariant, step, output or must: read and typed here, proved by `netfsm check`.

    `where`: the states it speaks of; `event`, `tag`, `when` narrow it. A must holds an `emit`
    (some emission of tag or output `emits` satisfies `holds`) or a step.
    """

    id: str
    kind: Literal["invariant", "step", "output", "must"]
    where: tuple[str, ...]
    event: str | None
    tag: str | None
    when: Expr | None
    emits: str | None
    holds: Expr
    ghost: bool
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class Joint:
    """An invariant over the machines of a scope, which holds between steps.

    Where each machine of `where` is in one of its states, each machine of `at` is in one of those,
    and `holds`, over the scope's variables and timers, is true (None: nothing more is said).
    """

    id: str
    where: Mapping[str, tuple[str, ...]]
    at: Mapping[str, tuple[str, ...]]
    holds: Expr | None
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class Scope:
    """Variables and timers that several machines share; each has one owner."""

    name: str
    machines: tuple[str, ...]
    key: tuple[Field, ...]
    variables: tuple[Variable, ...]
    timers: tuple[Timer, ...]
    invariants: tuple[Joint, ...]
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class Chapter:
    """A file that says a part of a machine."""

    name: str
    title: str
    refs: tuple[Ref, ...]
    mark: Mark = field(eq=False)


@frozen
class Machine:
    """A whole machine, checked: every cell is decided.

    `cells` has an entry for each (state, event), completion events only where they have rows.
    `initial` is the absent state where there are instances. Lets are in dependency order.
    `used_types` are the enums and flags by name; `constants` those of the layer and the machine.
    `scope` is the scope's name, `shares` the scope itself. What `chapters` say is in the rest.
    """

    name: str
    title: str
    says: str
    refs: tuple[Ref, ...]
    scope: str | None
    shares: Scope | None
    states: tuple[State, ...]
    initial: str
    groups: Mapping[str, tuple[str, ...]]
    instances: Instances | None
    given: tuple[Field, ...]
    variables: tuple[Variable, ...]
    timers: tuple[Timer, ...]
    events: tuple[Event, ...]
    outputs: tuple[Output, ...]
    functions: tuple[Function, ...]
    constants: tuple[Constant, ...]
    used_types: tuple[Type, ...]
    lets: tuple[Let, ...]
    decides: tuple[Decide, ...]
    rows: tuple[Row, ...]
    impossibles: tuple[Impossible, ...]
    cells: Mapping[tuple[str, str], Cell]
    properties: tuple[Property, ...]
    uses_now: bool
    digest: str
    mark: Mark = field(eq=False)
    chapters: tuple[Chapter, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it was read from, its own first."""
        return (self.mark.file, *(chapter.mark.file for chapter in self.chapters))

    @property
    def key(self) -> tuple[Field, ...]:
        """What tells one instance from another; of a machine of a scope, the scope's key."""
        if self.shares is not None:
            return self.shares.key
        return self.instances.key if self.instances else ()

    def event(self, name: str) -> Event:
        """The event called `name`; KeyError where there is none."""
        for event in self.events:
            if event.name == name:
                return event
        raise KeyError(name)

    def row(self, row_id: str) -> Row:
        """The row called `row_id`; KeyError where there is none."""
        for row in self.rows:
            if row.id == row_id:
                return row
        raise KeyError(row_id)


@frozen
class Bind:
    """A binding that a layer asks for when it is loaded: `to` is a key space `layer.name`."""

    to: str
    key: int | str
    policy: Literal["exclusive", "tap", "fallback"]
    optional: bool
    handler: str
    mark: Mark = field(eq=False)


@frozen
class Provide:
    """A key space that a layer provides: the type of its keys and what its handlers get."""

    name: str
    key: Type
    carries: str
    says: str
    mark: Mark = field(eq=False)


@frozen
class Control:
    """A query, a command or a flow: `layer.name`, typed parameters, what it returns.

    A flow is what packets can be reserved for. `returns` is a type, a record's name or None; `many`
    says a list of them.
    """

    name: str
    kind: ControlKind
    params: tuple[Field, ...]
    optional: frozenset[str]
    returns: Type | str | None
    many: bool
    says: str
    mark: Mark = field(eq=False)


@frozen
class Layer:
    """A layer: what it is made of, what it binds, provides, answers and counts."""

    name: str
    title: str
    says: str
    refs: tuple[Ref, ...]
    hands: str
    formats: tuple[str, ...]
    machines: tuple[str, ...]
    requires: tuple[str, ...]
    binds: tuple[Bind, ...]
    provides: tuple[Provide, ...]
    controls: tuple[Control, ...]
    records: tuple[Record, ...]
    constants: tuple[Constant, ...]
    used_types: tuple[Type, ...]
    counters: tuple[tuple[str, str], ...]
    folder: str
    digest: str
    mark: Mark = field(eq=False)
