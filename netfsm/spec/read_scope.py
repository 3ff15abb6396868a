"""Scopes: variables and timers that several machines share, each with its owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from attrs import Factory, define, evolve

from netfsm.spec.check_anchors import check_anchors
from netfsm.spec.chosen import Chosen
from netfsm.spec.declarations import Declarations, together
from netfsm.spec.declare import good_name, parse_fields, parse_type
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.initials import parse_initial
from netfsm.spec.model import Field, Scope, Timer, Variable
from netfsm.spec.names import Known, Names, Vocabulary, closest
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.outline import Outline
from netfsm.spec.read_joint import JointReader
from netfsm.spec.read_types import read_declarations
from netfsm.spec.read_variables import VARIABLE_KEYS, timer_of
from netfsm.spec.reading import ScopeFile
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping, expect_texts
from netfsm.spec.states import read_timer, states_in
from netfsm.spec.types import Type
from netfsm.spec.words import names_in

__all__ = ["owner_of", "read_scope"]

_KEYS: Final = [
    "scope",
    "netfsm",
    "title",
    "ref",
    "says",
    "key",
    "types",
    "constants",
    "variables",
    "timers",
    "invariants",
]


def read_scope(
    root: Mapping,
    above: Declarations,
    chosen: Chosen,
    *,
    machines: Iterable[str],
    outlines: Callable[[str], Outline | None],
    findings: Findings,
) -> ScopeFile:
    """Return the scope in `root`. `machines` are those that share it, `outlines` gives theirs."""
    shape = Shape(root, findings, "a scope", _KEYS)
    name = shape.text("scope")
    own = read_declarations(
        shape.node("types"),
        shape.node("constants"),
        findings,
        owner=name,
        above=above,
        chosen=chosen,
    )
    reader = _ScopeReader(tuple(machines), outlines, together((own, above)), findings)
    found = [reader.variable(key, node) for key, node in shape.entries("variables")]
    shared = {v.name: v for v in found if v is not None}
    check_anchors(shared, shared, findings)
    timers = [reader.timer(key, node) for key, node in shape.entries("timers")]
    scope = Scope(
        name=name,
        machines=tuple(machines),
        key=parse_fields(shape.entries("key"), reader.declared.type_names, findings),
        variables=tuple(shared.values()),
        timers=tuple(t for t in timers if t is not None),
        invariants=(),
        refs=read_refs(shape.node("ref"), findings),
        mark=shape.mark,
    )
    names = Names(_vocabulary(scope, reader))
    joint = JointReader(scope, outlines, names, findings)
    ids: dict[str, Mark] = {}
    rules = (joint.read(mapping, ids) for mapping in shape.mappings("invariants"))
    invariants = tuple(rule for rule in rules if rule is not None)
    return ScopeFile(
        evolve(scope, invariants=invariants), own, frozenset(reader.broken), names_in(root)
    )


def _vocabulary(scope: Scope, reader: _ScopeReader) -> Vocabulary:
    """What the invariants of a scope may name."""
    vocabulary = reader.constants()
    for variable in scope.variables:
        vocabulary.values[variable.name] = Known("var", variable.type)
    for each in scope.key:
        vocabulary.values[each.name] = Known("key", each.type)
    vocabulary.timers.update(timer.name for timer in scope.timers)
    vocabulary.broken |= reader.broken
    return vocabulary


@define
class _ScopeReader:
    machines: tuple[str, ...]
    outlines: Callable[[str], Outline | None]
    declared: Declarations
    findings: Findings
    broken: set[str] = Factory(set[str])

    def variable(self, key: Scalar, node: Node) -> Variable | None:
        """Return a shared variable; None, and its name broken, where something is wrong."""
        mapping = expect_mapping(node, self.findings, f"variable {key.text}")
        good = good_name(key, self.findings)
        if mapping is None or not good:
            self.broken.add(key.text)
            return None
        shape = Shape(mapping, self.findings, f"variable {key.text}", (*VARIABLE_KEYS, "owner"))
        written = shape.node("type", required=True)
        names = self.declared.type_names
        type_ = None if written is None else parse_type(written, names, self.findings)
        owner = self._owner(key, shape)
        if type_ is None or owner is None:
            self.broken.add(key.text)
            return None
        states = self._states(owner, shape)
        return Variable(
            name=key.text,
            type=type_,
            states=states,
            initial=self._initial(key, shape, type_, owner, states),
            owner=owner,
            shared=True,
            ghost=shape.flag("ghost"),
            anchor=shape.text("anchor") or None,
            says=shape.text("says"),
            mark=key.mark,
        )

    def constants(self) -> Vocabulary:
        """Constants and members: all that an initial value may name."""
        vocabulary = Vocabulary(broken=set(self.declared.broken))
        for name, constant in self.declared.constants.items():
            vocabulary.values[name] = Known("const", constant.type)
        vocabulary.add_members(*self.declared.members)
        return vocabulary

    def _initial(
        self, key: Scalar, shape: Shape, type_: Type, owner: str, states: frozenset[str] | None
    ) -> Expr | None:
        """The value in the owner's initial state; INITIAL where one is needed and none is given."""
        node = shape.node("initial")
        if node is not None:
            return parse_initial(node, type_, Names(self.constants()), self.findings)
        outline = self.outlines(owner)
        if outline is None or outline.absent or outline.initial not in outline.states:
            return None
        if states is None or outline.initial in states:
            what = f"{key.text} has a value in {outline.initial}, where {owner} begins"
            hint = "add 'initial: VALUE', or say with 'in' where it has one"
            self.findings.add("INITIAL", key.mark, what, hint)
        return None

    def timer(self, key: Scalar, node: Node) -> Timer | None:
        """Return a shared timer; its states are the owner's."""
        mapping = expect_mapping(node, self.findings, f"timer {key.text}")
        if mapping is None:
            return None
        owner = self._owner(key, Shape(mapping, Findings(), "", mapping_keys(mapping)))
        if owner is None:
            self.broken.add(key.text)
            return None
        outline = self.outlines(owner)
        if outline is None:
            self.broken.add(key.text)
            return None
        drawn = read_timer(key, node, outline.states, outline.groups, self.findings, shared=True)
        return timer_of(drawn, owner)

    def _owner(self, key: Scalar, shape: Shape) -> str | None:
        """The one machine that assigns it; OWNER where there is none or several."""
        node = shape.node("owner")
        if node is None:
            what = f"{key.text} has no owner"
            self.findings.add("OWNER", key.mark, what, "add 'owner: MACHINE', who assigns it")
            return None
        if isinstance(node, Sequence) and len(node.items) != 1:
            what = f"{key.text} has {len(node.items)} owners"
            self.findings.add("OWNER", node.mark, what, "one machine assigns it; others signal")
            return None
        names = expect_texts(node, self.findings, "'owner'")
        if not names:
            return None
        if names[0].text not in self.machines:
            what = f"{quoted(names[0].text)} is no machine of this scope"
            hint = closest(names[0].text, self.machines, "a machine says 'scope: NAME'")
            self.findings.add("UNKNOWN-MACHINE", names[0].mark, what, hint)
            return None
        return names[0].text

    def _states(self, owner: str, shape: Shape) -> frozenset[str] | None:
        node = shape.node("in")
        outline = self.outlines(owner)
        if node is None or outline is None:
            return None
        names = expect_texts(node, self.findings, "'in'")
        found = states_in(names, outline.states, outline.groups, self.findings)
        return frozenset(found.states) | found.perhaps


def owner_of(node: Node) -> str:
    """The machine that a variable or timer of a scope says it belongs to, "" where it says none."""
    owner = node.get("owner") if isinstance(node, Mapping) else None
    if isinstance(owner, Sequence) and len(owner.items) == 1:
        owner = owner.items[0]
    return owner.text if isinstance(owner, Scalar) else ""


def mapping_keys(mapping: Mapping) -> tuple[str, ...]:
    """The keys that stand in `mapping`."""
    return tuple(key.text for key, _ in mapping.items)


def key_fields(scope: ScopeFile | None) -> tuple[Field, ...]:
    """The key of the scope's instances."""
    return () if scope is None else scope.scope.key
