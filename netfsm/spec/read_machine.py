"""A machine, from its tree to the frozen model: the parts in the order in which they need another.

Reading has two stages, since machines send one another signals: what a machine declares (its
signature) needs no other machine; its rows need the signatures of those that they send to.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, cast

from attrs import define

from netfsm.spec.chapters import read_chapters
from netfsm.spec.check_anchors import check_anchors
from netfsm.spec.check_cells import check_cells
from netfsm.spec.check_flow import check_flow
from netfsm.spec.check_ghosts import check_ghosts
from netfsm.spec.check_names import check_names
from netfsm.spec.check_timers import check_timers
from netfsm.spec.check_unused import check_unused
from netfsm.spec.declarations import Declarations
from netfsm.spec.declare import parse_fields, parse_type
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.lets import parse_lets
from netfsm.spec.machine_parts import (
    check_deadlines,
    constants_of,
    signals_inside,
    types_of,
    uses_now,
)
from netfsm.spec.model import (
    Cell,
    Field,
    Function,
    Impossible,
    Instances,
    Machine,
    Row,
    State,
)
from netfsm.spec.names import Known, Vocabulary, closest
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.outline import Outline
from netfsm.spec.parse import parse_node
from netfsm.spec.read_events import read_events, read_outputs
from netfsm.spec.read_outline import INSTANCE_KEYS, MACHINE_KEYS
from netfsm.spec.read_properties import called, declare_leaves, read_properties
from netfsm.spec.read_rows import read_decides, read_rows
from netfsm.spec.read_variables import declare_shared, read_initials, read_variables
from netfsm.spec.reading import Reading, ScopeFile, Signature, World
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping, expect_number
from netfsm.spec.types import BOOL, Nat
from netfsm.spec.words import names_in, texts_in

__all__ = ["MachineReader"]

MAX_ROWS = 3_000
MAX_IN_CELL = 400  # each is compared with the others of its cell
MAX_STATES = 1_000
_ANY_NUMBER = Nat(0)  # a nat's range is a proof's


@define
class MachineReader:
    """One machine while it is read: `declare` first, then `model`."""

    root: Mapping
    outline: Outline
    declared: Declarations
    own: Declarations
    scope: ScopeFile | None
    world: World
    findings: Findings

    def declare(self) -> Reading:
        """Return all that the machine declares, typed."""
        shape = Shape(self.root, self.findings, "a machine", MACHINE_KEYS)
        reading = Reading(
            name=self.outline.name,
            outline=self.outline,
            shape=shape,
            declared=self.declared,
            vocabulary=Vocabulary(),
            world=self.world,
            words=names_in(self.root),
            findings=self.findings,
        )
        self._fill(reading)
        reading.given = reading.fields(shape.entries("given"))
        reading.key = self._key(reading)
        for kind, fields in (("given", reading.given), ("key", reading.key)):
            for each in fields:
                known = Known(cast('Literal["given", "key"]', kind), each.type)
                reading.vocabulary.values[each.name] = known
        if self.scope is not None:
            declare_shared(reading, self.scope)
        elif self.outline.scope:  # unknown, and noted: any name may be one of its
            reading.vocabulary.broken |= reading.words
        read_variables(reading)
        read_initials(reading)
        reading.vocabulary.timers.update(reading.timers)
        read_events(reading)
        return reading

    def signature(self, reading: Reading) -> Signature:
        """Return what machines that send signals here must know."""
        outline = self.outline
        return Signature(
            name=outline.name,
            scope=outline.scope,
            key=reading.key,
            instances=bool(outline.absent),
            events=FrozenMap(reading.events),
            names=tuple(outline.events),
            signals=frozenset(e.name for e in outline.events.values() if e.kind == "signal"),
            sound=not reading.vocabulary.broken and not outline.doubts.cells,
        )

    def model(self, reading: Reading) -> Machine:
        """Return the machine, without a digest; it is whole where `findings` has no errors."""
        outline, shape, findings = self.outline, reading.shape, self.findings
        read_outputs(reading)
        functions = self._functions(reading)
        reading.lets = parse_lets(
            shape.entries("let"), reading.names, self.declared.type_names, findings
        )
        decides = read_decides(reading)
        instances = self._instances(reading)
        rows, impossibles = read_rows(reading, decides)
        leaves = declare_leaves(reading, decides)
        properties = read_properties(reading)
        self._check(reading)
        check_deadlines(reading, decides, rows)
        check_ghosts(reading, rows, instances)
        return Machine(
            name=outline.name,
            title=shape.text("title"),
            says=shape.text("says"),
            refs=read_refs(shape.node("ref"), findings),
            scope=outline.scope or None,
            shares=None if self.scope is None else self.scope.scope,
            states=tuple(
                State(s.name, s.absent, s.final, s.says, s.refs, s.mark)
                for s in outline.states.values()
            ),
            initial=outline.initial,
            groups=FrozenMap(outline.groups),
            instances=instances,
            given=reading.given,
            variables=tuple(reading.variables.values()),
            timers=tuple(reading.timers.values()),
            events=tuple(reading.events.values()),
            outputs=tuple(reading.outputs.values()),
            functions=functions,
            constants=constants_of(self.declared, reading.words | self._words_of_scope),
            used_types=types_of(reading, self.own),
            lets=(*reading.lets, *called(leaves, properties)),
            decides=tuple(decides.values()),
            rows=rows,
            impossibles=(*impossibles, *self._at_rest()),
            cells=self._cells(rows, impossibles),
            properties=properties,
            uses_now=uses_now(reading, decides, rows) or signals_inside(rows),
            digest="",
            mark=outline.mark,
            chapters=read_chapters(shape.node("chapters"), findings),
        )

    # ---- declarations

    def _fill(self, reading: Reading) -> None:
        """Make known what needs no expression: constants, members, states, and words for others."""
        vocabulary, outline = reading.vocabulary, self.outline
        for name, constant in self.declared.constants.items():
            vocabulary.values[name] = Known("const", constant.type)
        vocabulary.add_members(*self.declared.members)
        vocabulary.broken |= self.declared.broken
        for name in outline.states:
            vocabulary.states[name] = (name,)
        vocabulary.states.update(outline.groups)
        vocabulary.other.update(dict.fromkeys(outline.events, "an event"))
        for section, what in (
            ("outputs", "an output"),
            ("decide", "a decide list"),
            ("blocks", "a block"),
            ("types", "a type"),
        ):
            for key, _ in reading.shape.entries(section):
                vocabulary.other[key.text] = what

    @property
    def _words_of_scope(self) -> frozenset[str]:
        return frozenset() if self.scope is None else self.scope.words

    def _key(self, reading: Reading) -> tuple[Field, ...]:
        mapping = reading.shape.mapping("instances")
        if mapping is not None and mapping.get("key") is not None and not self.outline.scope:
            shape = Shape(mapping, self.findings, "instances", INSTANCE_KEYS)
            return reading.fields(shape.entries("key"))
        if self.scope is not None:
            return self.scope.scope.key
        if mapping is not None and not self.outline.scope:
            what = "'instances' need a key, which tells them apart"
            self.findings.add("MISSING-KEY", reading.shape.where("instances"), what, "add 'key'")
        return ()

    def _functions(self, reading: Reading) -> tuple[Function, ...]:
        found: list[Function] = []
        for key, node in reading.shape.entries("functions"):
            function = self._function(reading, key, node)
            if function is None:
                reading.vocabulary.broken.add(key.text)
            else:
                found.append(function)
                reading.vocabulary.functions[key.text] = function
        return tuple(found)

    def _function(self, reading: Reading, key: Scalar, node: Node) -> Function | None:
        mapping = expect_mapping(node, self.findings, f"function {key.text}")
        if mapping is None:
            return None
        known = ("params", "returns", "contract", "says")
        shape = Shape(mapping, self.findings, f"function {key.text}", known)
        names = self.declared.type_names
        params = parse_fields(shape.entries("params"), names, self.findings)
        written = shape.node("returns", required=True)
        result = None if written is None else parse_type(written, names, self.findings)
        if result is None or len(params) != len(shape.entries("params")):
            return None
        args = {param.name: param.type for param in params} | {"result": result}
        contract: Expr | None = None
        node_ = shape.node("contract")
        if node_ is not None:
            here = reading.names.with_args(args)
            contract = parse_node(node_, here, self.findings, expect=BOOL)
        return Function(key.text, params, result, contract, shape.text("says"), key.mark)

    def _instances(self, reading: Reading) -> Instances | None:
        mapping = reading.shape.mapping("instances")
        if mapping is None:
            return None
        shape = Shape(mapping, self.findings, "instances", INSTANCE_KEYS)
        if "create" not in shape:
            what = "'instances' say which events create one"
            self.findings.add("MISSING-KEY", shape.mark, what, "add 'create: [EVENT]'")
        evict, by = self._evict(reading, shape)
        return Instances(
            key=reading.key,
            create=tuple(event for event, _ in self.outline.create),
            limit=self._limit(shape),
            when_full="refuse" if evict is None else "evict",
            evict=evict,
            evict_by=by,
            mark=shape.mark,
        )

    def _limit(self, shape: Shape) -> int:
        node = shape.node("limit", required=True)
        if node is None:
            return 0
        if isinstance(node, Scalar) and isinstance(node.value, str):
            numbers = self.declared.type_names.numbers
            if node.text in numbers:
                return numbers[node.text]
            if node.text not in self.declared.broken:
                what = f"{node.text} is no constant of type nat"
                hint = closest(node.text, numbers, "write a number or a constant")
                self.findings.add("UNKNOWN-NAME", node.mark, what, hint)
            return 0
        return expect_number(node, self.findings, "'limit'", least=1) or 0

    def _evict(self, reading: Reading, shape: Shape) -> tuple[Expr | None, str | None]:
        """Return what orders the instances when full, and the event that the least is given."""
        node = shape.node("when_full")
        if not isinstance(node, Mapping):
            shape.choice("when_full", ("refuse",), required=True)
            return None, None
        inner = Shape(node, self.findings, "'when_full'", ("evict", "by"))
        written = inner.expression("evict", required=True)
        by = inner.scalar("by")
        events = self.outline.events
        if by is not None and by.text not in events:
            what = f"{quoted(by.text)} is no event"
            self.findings.add("UNKNOWN-EVENT", by.mark, what, closest(by.text, events))
        if written is None:
            return None, None
        states = (s.name for s in self.outline.states.values() if not s.absent and not s.final)
        names = reading.names.in_states(states)
        expr = parse_node(written, names, self.findings, expect=_ANY_NUMBER)
        return expr, None if by is None else by.text

    # ---- cells and checks

    def _at_rest(self) -> tuple[Impossible, ...]:
        """Timers in states where they never run: impossible, with no word from the file."""
        outline = self.outline
        return tuple(
            Impossible(
                id=f"{state.name}.{event.name}.at_rest",
                states=(state.name,),
                event=event.name,
                reason=f"timer {event.name} runs in other states only",
                mark=event.mark,
            )
            for event in outline.events.values()
            if event.kind == "timer"
            for state in outline.states.values()
            if state.has_cells
            and not outline.needs_rows(state, event)
            and (state.name, event.name) not in outline.cells
        )

    def _cells(
        self, rows: tuple[Row, ...], impossibles: tuple[Impossible, ...]
    ) -> FrozenMap[tuple[str, str], Cell]:
        found: dict[tuple[str, str], Cell] = {}
        for impossible in (*impossibles, *self._at_rest()):
            found.update({(state, impossible.event): impossible for state in impossible.states})
        listed: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            for state in row.states:
                listed.setdefault((state, row.event), []).append(row)
        found.update({cell: tuple(several) for cell, several in listed.items()})
        order = [(s, e) for s in self.outline.states for e in self.outline.events]
        return FrozenMap({cell: found[cell] for cell in order if cell in found})

    def _check_key(self, reading: Reading) -> None:
        """The machines of a scope are told apart by the scope's key."""
        mapping = reading.shape.mapping("instances")
        node = None if mapping is None else mapping.get("key")
        if node is not None and self.scope is not None:
            what = f"the key of the instances stands in {self.scope.scope.name}"
            hint = "take 'key' away here: the machines of a scope have its key"
            self.findings.add("SCOPE-INSTANCES", node.mark, what, hint)

    def _check(self, reading: Reading) -> None:
        findings, outline = self.findings, self.outline
        check_names(reading)
        own = {name: each for name, each in reading.variables.items() if not each.shared}
        check_anchors(own, reading.variables, findings)
        check_cells(outline, findings)
        check_flow(outline, findings)
        check_timers(outline, texts_in(self.root), findings)
        check_unused(reading, findings)
        self._check_key(reading)
        self._check_size()

    def _check_size(self) -> None:
        """Note what is too large to be proved in a time that anybody waits."""
        rows = self.outline.rows
        count = sum(len(row.events) for row in rows)
        states = len(self.outline.states)
        what = hint = ""
        if count > MAX_ROWS:
            what = f"the machine has {count:,} rows, and at most {MAX_ROWS:,} are read"
            hint = "split it into machines of a scope"
        elif states > MAX_STATES:
            what = f"the machine has {states:,} states, and at most {MAX_STATES:,} are read"
            hint = "let a variable hold what multiplies them"
        else:
            cells = Counter((s, e) for row in rows for s in row.states for e in row.events)
            for (state, event), most in cells.most_common(1):
                if most <= MAX_IN_CELL:
                    break
                what = f"{state} has {most:,} rows for {event}, and at most {MAX_IN_CELL} are read"
                hint = "let one row store what they tell apart"
        if what:
            self.findings.add("TOO-MANY-ROWS", self.outline.mark, what, hint)
