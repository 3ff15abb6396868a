"""From a machine to the source of a Python module that runs it.

The module reads from the top: constants, what goes out, the class, then each state with its cells
and rows, and at the end one table an event from the state's number to the function of the cell.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from netfsm.machine.constants import Constants
from netfsm.machine.emit_cell import CellWriter
from netfsm.machine.emit_class import ClassWriter
from netfsm.machine.emit_expr import Place, Writer
from netfsm.machine.emit_row import RowWriter
from netfsm.machine.layout import (
    IMPORTED,
    Layout,
    field_name,
    identifier,
    member_name,
    output_fields,
    signal_names,
)
from netfsm.machine.plan import Planner
from netfsm.machine.source import Source
from netfsm.spec import model
from netfsm.spec.types import Enum, Flags, Value


@frozen
class Generated:
    """The source of a machine's module and the mark of each of its lines."""

    layout: Layout
    source: Source

    @property
    def text(self) -> str:
        """The source as text."""
        return str(self.source)


def generate(layout: Layout) -> Generated:
    """The module of the machine that `layout` names things for."""
    return Generated(layout, _Module(layout).source())


class _Module:
    """Puts the parts of a module together."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._machine = layout.machine
        writer = Writer(layout)
        planner = Planner(layout)
        self._constants = Constants((*layout.globals.values(), *layout.locals, *IMPORTED))
        self._write = writer
        self._planner = planner
        self._cells = CellWriter(layout, writer, planner)
        self._rows = RowWriter(layout, writer, planner, self._constants)
        self._class = ClassWriter(layout, writer, planner)
        self._bodies: dict[str, Source] = {}
        self._tables = {event.name: dict[str, str]() for event in self._machine.events}

    def source(self) -> Source:
        """The whole module."""
        body, states = Source(), Source()
        self._bodies = self._row_functions()
        self._class.write(body)
        self._states(states)
        self._helpers(body)
        body.extend(states)
        whole = Source()
        self._head(whole)
        self._values(whole)
        self._outputs(whole)
        self._fixed(whole)
        whole.add()
        whole.add()
        whole.extend(body)
        self._write_tables(whole)
        return whole

    # ---- the head of the module

    def _head(self, source: Source) -> None:
        machine = self._machine
        where = identifier(machine.name)
        source.add(f'"""{machine.name}: {_plain(machine.title)}. Made by netfsm; do not edit."""')
        source.add()
        source.add("from typing import NamedTuple")
        source.add()
        source.add("from netfsm.machine import values")
        source.add(
            "from netfsm.machine.base import NOTHING, CompiledMachine, broken, disabled, hole"
        )
        source.add("from netfsm.machine.base import impossible, inside, need_functions, no_trace")
        source.add()
        source.add(f"# Given by netfsm.machine.compile for {where}: ABOUT, TYPES and what the spec")
        source.add("# leaves to the hands.")
        source.add("new = tuple.__new__")

    def _values(self, source: Source) -> None:
        layout = self._layout
        named = self._write.named
        constants = [c for c in self._machine.constants if layout.globals["const", c.name] in named]
        if constants:
            source.add()
        for constant in constants:
            value = layout.constants.get(constant.name, constant.value)
            text = f"{layout.globals['const', constant.name]} = {_shown(value)}"
            says = _plain(constant.says or constant.unit)
            source.add(f"{text}  # {says}" if says else text, constant.mark)
        for kind in layout.types:
            self._members(kind, source)
        table = layout.globals["states", "states"]
        if table in named:
            source.add()
            with source.block(f"{table} = ("):
                for state in layout.states:
                    source.add(f"{state!r},")
            source.add(")")

    def _members(self, kind: Enum | Flags, source: Source) -> None:
        members = (
            kind.members
            if isinstance(kind, Enum)
            else tuple((name, 1 << bit) for bit, name in enumerate(kind.members))
        )
        names = [self._layout.globals["member", member_name(kind, name)] for name, _ in members]
        if not self._write.named.intersection(names):
            return
        source.add()
        source.add(f"# {kind.name}")
        for name, (_, number) in zip(names, members, strict=True):
            source.add(f"{name} = {number}")

    def _outputs(self, source: Source) -> None:
        layout = self._layout
        for output in self._machine.outputs:
            fields = [field_name(name) for name in output_fields(self._machine, output)]
            says = _plain(output.says) or f"{output.name}, {_KINDS[output.kind]}"
            name = layout.globals["output", output.name]
            own: dict[str, object] = {"output": output.name, "kind": output.kind}
            own["format"] = output.format
            self._emission(name, says, fields, own, source)
        for name, signal in signal_names(self._machine).items():
            own = {
                "output": name,
                "kind": "signal",
                "machine": signal.machine,
                "event": signal.event,
                "names": tuple(field for field, _ in signal.fields),
            }
            says = f"The signal {signal.event} to {signal.machine}"
            self._emission(layout.globals["signal", name], says, ["key", "values"], own, source)

    def _emission(
        self,
        name: str,
        says: str,
        fields: list[str],
        own: Mapping[str, object],
        source: Source,
    ) -> None:
        source.add()
        source.add()
        with source.block(f"class {name}(NamedTuple):"):
            source.add(f'"""{says}."""')
            source.add()
            for attribute, value in own.items():
                if value is not None:
                    source.add(f"{attribute} = {value!r}")
            for part in fields:
                source.add(f"{part}: object")

    def _fixed(self, source: Source) -> None:
        lines = self._constants.lines
        if lines:
            source.add()
            source.add()
            source.add("# What never changes is made once.")
        for line in lines:
            source.add(line)

    # ---- lets and functions that are called

    def _helpers(self, source: Source) -> None:
        for function in self._machine.functions:
            self._function(function, source)
        called = self._write.called  # grows while lets are written: a let calls those before it
        lets = reversed(self._machine.lets)
        for part in reversed([self._let(let) for let in lets if let.name in called]):
            source.extend(part)

    def _function(self, function: model.Function, source: Source) -> None:
        layout = self._layout
        name = layout.globals["function", function.name]
        params = [layout.local(param.name) for param in function.params]
        source.add()
        source.add()
        with source.block(f"def {name}({', '.join(('self', *params))}):", function.mark):
            source.add(f'"""{_plain(function.says) or "Made by the hands"}."""')
            owner = "FUNCTIONS" if layout.options.bound else "self.functions"
            call = f"{owner}[{function.name!r}]({', '.join(params)})"
            if not layout.options.checked or function.contract is None:
                source.add(f"return {call}")
                return
            source.add(f"result = {call}")
            where = Place(tuple(layout.states))
            rule = self._write(function.contract, where)
            with source.block(f"if not ({rule}):"):
                source.add(f"broken(self, {function.name!r}, {function.name!r}, {rule!r}, result)")
            source.add("return result")

    def _let(self, let: model.Let) -> Source:
        """The function of a let that some expression has to call."""
        layout, source = self._layout, Source()
        states = tuple(layout.states)
        params = (*self._write.context(let.name), *(layout.local(p.name) for p in let.params))
        source.add()
        source.add()
        name = layout.globals["let", let.name]
        with source.block(f"def {name}({', '.join(params)}):", let.mark):
            text = self._write.write(let.expr, Place(states))
            source.statement("return ", text)
        return source

    # ---- states, cells, rows

    def _row_functions(self) -> dict[str, Source]:
        """The function of each row; tells the cells which lets to hand over."""
        found: dict[str, Source] = {}
        sites = self._cells.sites()
        for row in self._machine.rows:
            found[row.id] = Source()
            known = sites.get(row.id)
            self._cells.passed[row.id] = self._rows.write(row, known, found[row.id])
        return found

    def _states(self, source: Source) -> None:
        done: set[str] = set()
        bodies: dict[tuple[str, str], str] = {}
        for state in self._machine.states:
            rows, cells = Source(), Source()
            for event in self._machine.events:
                cell = self._machine.cells.get((state.name, event.name))
                self._tables[event.name][state.name] = self._cell(
                    state.name, event.name, cell, bodies, cells
                )
                for row in cell if isinstance(cell, tuple) else ():
                    if row.id not in done:
                        done.add(row.id)
                        rows.add()
                        rows.add()
                        rows.extend(self._bodies[row.id])
            if cells.lines or rows.lines:
                source.add()
                source.add()
                says = f": {_plain(state.says)}" if state.says else ""
                source.add(f"# {state.name}{says}")
            source.extend(cells)
            source.extend(rows)

    def _cell(
        self,
        state: str,
        event: str,
        cell: model.Cell | None,
        bodies: dict[tuple[str, str], str],
        source: Source,
    ) -> str:
        """Add the function of a cell unless another cell has the same; gives its name."""
        straight = self._cells.straight(cell)
        if straight is not None or cell is None:
            return straight or "disabled"
        body = self._cells.body(state, event, cell)
        key = (event, str(body))
        if key not in bodies:
            bodies[key] = self._layout.cell(state, event)
            source.add()
            source.add()
            mark = cell.mark if isinstance(cell, model.Impossible) else cell[0].mark
            source.call(f"def {bodies[key]}(", self._cells.arguments(event, cell), "):", mark)
            source.extend(body)
        return bodies[key]

    def _write_tables(self, source: Source) -> None:
        source.add()
        source.add()
        source.add(f"# The cells, by the number of the state: {', '.join(self._layout.states)}.")
        for event in self._machine.events:
            functions = self._tables[event.name]
            name = self._layout.globals["event", event.name]
            with source.block(f"{name} = ("):
                for state, function in functions.items():
                    source.add(f"{function},  # {state}")
            source.add(")")


_KINDS = {
    "message": "to the wire",
    "order": "an order to the hands",
    "deliver": "to the user or the layer above",
    "error": "an error to the user",
    "drop": "a packet dropped for a stated reason",
}


def _plain(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'").replace("\n", " ").strip().rstrip(".")


def _shown(value: Value) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 10_000:
        return f"{value:_}"
    return repr(value)
