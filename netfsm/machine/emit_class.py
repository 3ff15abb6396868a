"""The class of a machine: its slots, how an instance begins, and a method for each event."""

from __future__ import annotations

from netfsm.machine.emit_expr import Place, Text, Writer
from netfsm.machine.layout import Layout, in_packet
from netfsm.machine.plan import Planner
from netfsm.machine.source import Source
from netfsm.spec import model
from netfsm.spec.expr import Expr


class ClassWriter:
    """Writes the class of one machine."""

    def __init__(self, layout: Layout, writer: Writer, planner: Planner) -> None:
        self._layout = layout
        self._machine = layout.machine
        self._write = writer
        self._planner = planner

    def write(self, source: Source) -> None:
        """Add the class."""
        machine = self._machine
        name = self._layout.globals["class", machine.name]
        with source.block(f"class {name}(CompiledMachine):", machine.mark):
            refs = ", ".join(str(ref) for ref in machine.refs)
            source.add(f'"""{_quoted(machine.title)}{f" ({refs})" if refs else ""}."""')
            source.add()
            self._slots(source)
            source.add("about = ABOUT")
            source.add()
            self._init(source)
            for event in machine.events:
                source.add()
                self._method(event, source)
            self._eviction(source)

    def _slots(self, source: Source) -> None:
        layout = self._layout
        mine = [layout.slots[n] for n in layout.slots if n not in layout.shared]
        mine += [flag for name, flag in layout.flags.items() if name not in layout.shared]
        mine += [slot for name, slot in layout.deadlines.items() if name not in layout.shared]
        with source.block("__slots__ = ("):
            for slot in ["_state", *mine, *self._extras]:
                source.add(f'"{slot}",')
        source.add(")")

    @property
    def _extras(self) -> list[str]:
        """The slots that only some machines have."""
        layout = self._layout
        found = ["scope"] if self._machine.scope else []
        if self._machine.functions and not layout.options.bound:
            found.append("functions")
        return [*found, "trace"] if layout.options.traced else found

    def _init(self, source: Source) -> None:
        layout = self._layout
        fields = [*layout.own_key, *self._machine.given]
        taken = [layout.slots[f.name] for f in fields]
        extras = self._extras
        arguments = ["self", *taken]
        arguments += ["*"] if extras else []
        arguments += [f"{name}=no_trace" if name == "trace" else name for name in extras]
        source.call("def __init__(", arguments, "):")
        with source.indented():
            for slot in [*taken, *extras]:
                source.add(f"self.{slot} = {slot}")
            if "functions" in extras:
                wanted = tuple(f.name for f in self._machine.functions)
                source.add(f"need_functions({self._machine.name!r}, {wanted!r}, functions)")
            if "scope" in extras:
                source.add(f"scope.{layout.member(self._machine.name)} = self")
            begin = layout.states[self._machine.initial]
            source.add(f"self._state = {begin}  # {self._machine.initial}")
            self._begin(source)

    def _begin(self, source: Source) -> None:
        layout = self._layout
        where = Place((self._machine.initial,))
        for variable in layout.variables:
            if variable.shared and (variable.owner != self._machine.name or not variable.initial):
                continue
            text = Text("None", 0)
            if variable.initial is not None:
                text = self._write.write(variable.initial, where)
            source.statement(f"{layout.attribute(variable.name)} = ", text, mark=variable.mark)
        for name, flag in layout.flags.items():
            if name not in layout.shared:
                source.add(f"self.{flag} = False")
        for name, slot in layout.deadlines.items():
            if name not in layout.shared:
                source.add(f"self.{slot} = None")

    def _method(self, event: model.Event, source: Source) -> None:
        layout = self._layout
        arguments = ("self", *layout.arguments[event.name])
        source.call(f"def {layout.method(event.name)}(", arguments, "):")
        with source.indented():
            if layout.options.checked:
                self._checks(event, source)
            if event.kind == "timer":
                source.add(f"{layout.flag(event.name)} = False")
            table = layout.globals["event", event.name]
            source.call(f"return {table}[self._state](", arguments, ")")

    def _eviction(self, source: Source) -> None:
        instances = self._machine.instances
        if instances is None or instances.evict is None:
            return
        now = ", now" if self._machine.uses_now else ""
        source.add()
        with source.block(f"def eviction_rank(self{now}):", instances.mark):
            source.add('"""The instance with the least goes when there is no room."""')
            where = Place(tuple(self._layout.states))
            source.statement("return ", self._write.write(instances.evict, where))

    # ---- what checked machines ask of their inputs

    def _checks(self, event: model.Event, source: Source) -> None:
        layout = self._layout
        if event.kind == "timer":
            with source.block(f"if not {layout.flag(event.name)}:", event.mark):
                rule = "a timer fires only while it runs"
                source.add(f"broken(self, {event.name!r}, {event.name!r}, {rule!r}, 'idle')")
        for name, kind in event.inputs:
            if in_packet(event, name):
                continue
            local = layout.local(name)
            key = f"{event.name} {name}"
            with source.block(f"if not values.fits(TYPES[{key!r}], {local}):", event.mark):
                source.add(f"broken(self, {event.name!r}, {name!r}, {str(kind)!r}, {local})")
        if event.assume is not None:
            self._rule(event, event.name, event.assume, "'what came'", source)
        for choice in event.choices:
            if choice.contract is not None:
                local = layout.local(choice.name)
                self._rule(event, choice.name, choice.contract, local, source)

    def _rule(
        self, event: model.Event, subject: str, rule: Expr, value: str, source: Source
    ) -> None:
        states = [s for s in self._layout.states if self._planner.total(rule, (s,))]
        text = self._write.write(rule, Place(tuple(states or self._layout.states)))
        test = f"not ({text.code})"
        if states and len(states) < len(self._layout.states):
            numbers = tuple(self._layout.states[s] for s in states)
            test = f"self._state in {numbers} and {test}"
        with source.block(f"if {test}:", event.mark):
            source.add(f"broken(self, {event.name!r}, {subject!r}, {text.code!r}, {value})")


def _quoted(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'").replace("\n", " ")
