"""What the user of an end does: a list of calls, each with its values and its moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import frozen

from netfsm.spec.composition import Call
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.model import Constant, Event, Field
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar, Sequence
from netfsm.spec.read_ends import Drawn, Sketch, given_value
from netfsm.spec.shape import Shape, expect_entries, expect_mapping
from netfsm.spec.types import SetOf, Value

__all__ = ["ScriptReader"]

_KEYS: Final = ("call", "with", "when", "optional", "says")


@frozen
class ScriptReader:
    """Reads scripts; `condition` types an expression over the whole composition."""

    constants: Mapping[str, Constant]
    condition: Callable[[Node], Expr | None]
    findings: Findings

    def read(self, end: Sketch) -> Iterator[Call]:
        """The calls of `end` that are sound."""
        for node in end.script:
            mapping = expect_mapping(node, self.findings, f"each of the script of {end.name}")
            call = None if mapping is None else self._call(end, mapping)
            if call is not None:
                yield call

    def _call(self, end: Sketch, node: MappingNode) -> Call | None:
        shape = Shape(node, self.findings, "an entry of a script", _KEYS)
        name = shape.scalar("call", required=True)
        found = None if name is None else self._event(end, name)
        when_node = shape.node("when")
        when = None if when_node is None else self.condition(when_node)
        if found is None or name is None or (when_node is not None and when is None):
            return None
        drawn, event = found
        values = self._values(event, shape.node("with"), name)
        if values is None:
            return None
        optional = shape.flag("optional")
        return Call(drawn.slot.name, event.name, values, when, optional, name.mark)

    def _event(self, end: Sketch, name: Scalar) -> tuple[Drawn, Event] | None:
        found = end.among(name, "call", self.findings)
        if found is None:
            return None
        drawn, word = found
        events = {event.name: event for event in drawn.machine.events}
        calls = [event.name for event in drawn.machine.events if event.kind == "call"]
        if word not in events:
            what = f"{drawn.machine.name} has no event {quoted(word)}"
            self.findings.add("UNKNOWN-EVENT", name.mark, what, closest(word, calls))
            return None
        if word not in calls:
            what = f"{word} is a {events[word].kind}, and a script makes calls"
            hint = f"{drawn.machine.name} has the calls {', '.join(calls)}" if calls else ""
            self.findings.add("COMPOSE-CALL", name.mark, what, hint)
            return None
        return drawn, events[word]

    def _values(
        self, event: Event, node: Node | None, name: Scalar
    ) -> tuple[tuple[Field, tuple[Value, ...]], ...] | None:
        entries = () if node is None else expect_entries(node, self.findings, "'with'")
        given = {key.text: (key, value) for key, value in entries}
        params = {param.name: param for param in event.params}
        sound = True
        for key, _ in given.values():
            if key.text not in params:
                sound = False
                what = f"call {event.name} has no parameter {quoted(key.text)}"
                hint = closest(key.text, params, f"it has {', '.join(params) or 'none'}")
                self.findings.add("UNKNOWN-FIELD", key.mark, what, hint)
        found: list[tuple[Field, tuple[Value, ...]]] = []
        for param in event.params:
            if param.name not in given:
                sound = False
                what = f"call {event.name} is not given {param.name}"
                hint = f"write 'with: {{{param.name}: ...}}', a value of {param.type}"
                self.findings.add("MISSING-FIELD", name.mark, what, hint)
                continue
            values = self._each(given[param.name][1], param)
            if values is None:
                sound = False
            else:
                found.append((param, values))
        return tuple(found) if sound else None

    def _each(self, node: Node, param: Field) -> tuple[Value, ...] | None:
        """The values that a parameter may have: one, or those of a list."""
        several = isinstance(node, Sequence) and not isinstance(param.type, SetOf)
        nodes = node.items if isinstance(node, Sequence) and several else (node,)
        found = [given_value(each, param.type, self.constants, self.findings) for each in nodes]
        values = tuple(value[0] for value in found if value is not None)
        if not nodes:
            self.findings.add("VALUE", node.mark, f"no value is given for {param.name}")
            return None
        return values if len(values) == len(nodes) else None
