"""Variables and timers of a machine, those of its scope among them."""

from __future__ import annotations

from attrs import evolve

from netfsm.spec.declare import good_name, parse_type
from netfsm.spec.findings import Mark
from netfsm.spec.initials import parse_initial
from netfsm.spec.model import Timer, Variable
from netfsm.spec.names import Known
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.outline import TimerOutline
from netfsm.spec.reading import Reading, ScopeFile
from netfsm.spec.shape import Shape, expect_mapping, expect_texts
from netfsm.spec.states import states_in

__all__ = ["VARIABLE_KEYS", "declare_shared", "read_initials", "read_variables"]

VARIABLE_KEYS = ("type", "in", "initial", "ghost", "anchor", "says")


def read_variables(reading: Reading) -> None:
    """Type the machine's own variables and timers; initial values come later."""
    for key, node in reading.shape.entries("variables"):
        variable = _variable(reading, key, node)
        if variable is None:
            reading.vocabulary.broken.add(key.text)
        else:
            reading.variables[key.text] = variable
    for outline in reading.outline.timers.values():
        reading.timers[outline.name] = timer_of(outline, reading.name)


def timer_of(outline: TimerOutline, owner: str) -> Timer:
    """The timer that `outline` draws."""
    return Timer(
        name=outline.name,
        states=outline.states,
        owner=owner,
        shared=outline.shared,
        says=outline.says,
        refs=outline.refs,
        mark=outline.mark,
    )


def declare_shared(reading: Reading, scope: ScopeFile) -> None:
    """Take over the variables and timers of the scope."""
    for variable in scope.scope.variables:
        own = variable.owner == reading.name
        reading.variables[variable.name] = variable if own else evolve(variable, states=None)
    for timer in scope.scope.timers:
        reading.timers[timer.name] = timer
    reading.vocabulary.broken |= scope.broken


def _variable(reading: Reading, key: Scalar, node: Node) -> Variable | None:
    findings = reading.findings
    mapping = expect_mapping(node, findings, f"variable {key.text}")
    if mapping is None or not good_name(key, findings):
        return None
    shape = Shape(mapping, findings, f"variable {key.text}", VARIABLE_KEYS)
    written = shape.node("type", required=True)
    type_ = None
    if written is not None:
        type_ = parse_type(written, reading.declared.type_names, findings)
    states = _states(reading, shape)
    if type_ is None:
        return None
    return Variable(
        name=key.text,
        type=type_,
        states=states,
        initial=None,
        owner=reading.name,
        shared=False,
        ghost=shape.flag("ghost"),
        anchor=shape.text("anchor") or None,
        says=shape.text("says"),
        mark=key.mark,
    )


def _states(reading: Reading, shape: Shape) -> frozenset[str] | None:
    node = shape.node("in")
    if node is None:
        return None
    names = expect_texts(node, reading.findings, "'in'")
    outline = reading.outline
    found = states_in(names, outline.states, outline.groups, reading.findings)
    return frozenset(found.states) | found.perhaps


def read_initials(reading: Reading) -> None:
    """Type the initial values; a variable that has a value in the initial state needs one."""
    nodes = {key.text: node for key, node in reading.shape.entries("variables")}
    outline = reading.outline
    for name, variable in tuple(reading.variables.items()):
        node = nodes.get(name)
        written = node.get("initial") if isinstance(node, Mapping) else None
        inside = variable.states is None or outline.initial in variable.states
        if variable.shared:
            continue
        if written is not None:
            names = reading.names.in_states(())
            value = parse_initial(written, variable.type, names, reading.findings)
            if value is not None:
                reading.variables[name] = evolve(variable, initial=value)
            if not inside and not outline.absent and outline.initial in outline.states:
                _note(reading, name, written.mark, "has no value in the initial state")
        elif inside and not outline.absent and outline.initial in outline.states:
            what = f"{name} has a value in {outline.initial}, the initial state, and none is given"
            hint = "add 'initial: VALUE', or say with 'in' where it has one"
            reading.findings.add("INITIAL", variable.mark, what, hint)
    _declare(reading)


def _note(reading: Reading, name: str, mark: Mark, why: str) -> None:
    what = f"{name} {why}, so its initial value means nothing"
    reading.findings.add("INITIAL", mark, what, "remove 'initial', or mend 'in'")


def _declare(reading: Reading) -> None:
    """Make variables known with the states in which they can be read."""
    outline = reading.outline
    for name, variable in reading.variables.items():
        states = None
        if variable.owner == reading.name:
            names = (s.name for s in outline.states.values())
            states = frozenset(s for s in names if reading.has_value(variable, s))
        reading.vocabulary.values[name] = Known("var", variable.type, states)
