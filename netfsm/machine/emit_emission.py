"""From the emissions of a row to Python: one tuple of named tuples."""

from __future__ import annotations

from collections.abc import Mapping

from netfsm.machine.constants import Constants, fixed
from netfsm.machine.emit_expr import OR, Place, Text, Writer
from netfsm.machine.layout import Layout, emission_expressions, output_fields
from netfsm.machine.source import Source
from netfsm.spec import model


class Emissions:
    """Writes the emissions of rows. Those that never change become constants of the module."""

    def __init__(self, layout: Layout, writer: Writer, constants: Constants) -> None:
        self._layout = layout
        self._write = writer
        self._constants = constants
        self._outputs = {output.name: output for output in layout.machine.outputs}

    def write(
        self, row: model.Row, where: Place, source: Source, inner: Mapping[int, str] | None = None
    ) -> str:
        """Add what builds the emissions of `row`; gives the text of their tuple.

        `inner` are the results of signals inside the scope, by their place in the row.
        """
        inner = inner or {}
        if not row.emissions:
            return "()"
        if not inner and all(_unchanging(emission) for emission in row.emissions):
            texts = [self._one_line(emission, where) for emission in row.emissions]
            return self._constants.name(self._titled(row, where), f"({', '.join(texts)},)")
        sign = "="
        group: list[model.Emission] = []
        for index, emission in enumerate(row.emissions):
            if index not in inner and emission.condition is None:
                group.append(emission)
                continue
            sign = self._group(group, where, source, sign)
            group = []
            if index in inner:
                source.add(f"emissions {sign} {inner[index]}[0]", emission.mark)
                sign = "+="
                continue
            if sign == "=":
                source.add("emissions = ()")
                sign = "+="
            if emission.condition is not None:
                test = self._write.write(emission.condition, where)
                source.statement("if ", test, ":", emission.mark)
                with source.indented():
                    self._group([emission], where, source, sign)
        self._group(group, where, source, sign)
        return "emissions"

    def signals_inside(self, row: model.Row, where: Place, source: Source) -> dict[int, str]:
        """Add the signals to machines of the scope; gives the local of each result."""
        found: dict[int, str] = {}
        now = self._write.now() if self._layout.machine.uses_now else "None"
        for index, signal in enumerate(row.emissions):
            if not isinstance(signal, model.Signal) or not signal.inside:
                continue
            local = f"result_{index + 1}"
            values = _tuple([self._write(value, where) for _, value in signal.fields])
            receiver = f"self.scope.{self._layout.member(signal.machine)}"
            text = f"inside({receiver}, {signal.event!r}, {now}, {values})"
            if signal.condition is not None:
                text += f" if {self._write.at(signal.condition, where, OR)} else NOTHING"
            source.add(f"{local} = {text}", signal.mark)
            found[index] = local
        return found

    def constant_result(self, row: model.Row, emissions: str, orders: str) -> str | None:
        """The name of the whole result where neither part ever changes."""
        for part in (emissions, orders):
            if part != "()" and part not in self._constants:
                return None
        wanted = f"{self._layout.row(row).upper()}_GIVES"
        if "()" in (emissions, orders):
            wanted = f"ONLY_{orders if emissions == '()' else emissions}"
        return self._constants.name(wanted, f"({emissions}, {orders})")

    def _titled(self, row: model.Row, where: Place) -> str:
        """A name for emissions that never change: what goes out, or the row's."""
        if len(row.emissions) == 1 and isinstance(row.emissions[0], model.Emit):
            parts = self._parts(row.emissions[0], where)
            words = [self._layout.globals["output", row.emissions[0].output]]
            words += [text.code for _, text in parts]
            if all(word.isidentifier() for word in words) and len(words) <= 3:
                return "_".join(words).upper()
        return f"{self._layout.row(row).upper()}_EMITS"

    def _group(self, group: list[model.Emission], where: Place, source: Source, sign: str) -> str:
        """Add emissions that go out together; gives the sign of the next statement."""
        if not group:
            return sign
        lines = [self._one_line(emission, where) for emission in group]
        whole = f"emissions {sign} ({', '.join(lines)},)"
        if len(whole) <= source.room and all(self._short(emission) for emission in group):
            source.add(whole, group[0].mark)
            return "+="
        with source.block(f"emissions {sign} (", group[0].mark):
            for emission, line in zip(group, lines, strict=True):
                if self._short(emission) and len(line) < source.room:
                    source.add(f"{line},", emission.mark)
                else:
                    self._many_lines(emission, where, source)
        source.add(")")
        return "+="

    def _short(self, emission: model.Emission) -> bool:
        return len(emission.fields) <= 2

    def _one_line(self, emission: model.Emission, where: Place) -> str:
        values = [text.code for _, text in self._parts(emission, where)]
        return f"new({self._class(emission)}, {_tuple(values)})"

    def _many_lines(self, emission: model.Emission, where: Place, source: Source) -> None:
        with source.block(f"new({self._class(emission)}, (", emission.mark):
            for name, text in self._parts(emission, where):
                source.statement("", text, f",  # {name}")
        source.add(")),")

    def _class(self, emission: model.Emission) -> str:
        if isinstance(emission, model.Signal):
            return self._layout.globals["signal", f"{emission.machine}.{emission.event}"]
        return self._layout.globals["output", emission.output]

    def _parts(self, emission: model.Emission, where: Place) -> list[tuple[str, Text]]:
        """Each field of the named tuple, in its order, with the text of its value."""
        if isinstance(emission, model.Signal):
            values = [self._write(value, where) for _, value in emission.fields]
            return [
                ("key", Text(self._key(emission, where), 0)),
                ("values", Text(_tuple(values), 0)),
            ]
        written = dict(emission.fields)
        names = output_fields(self._layout.machine, self._outputs[emission.output])
        absent = Text("None", 0)
        return [
            (name, self._write.write(written[name], where) if name in written else absent)
            for name in names
        ]

    def _key(self, signal: model.Signal, where: Place) -> str:
        if signal.key is None:
            return "None"
        return _tuple([self._write(part, where) for part in signal.key])


def _unchanging(emission: model.Emission) -> bool:
    if emission.condition is not None or (isinstance(emission, model.Signal) and emission.inside):
        return False
    return all(fixed(expr) for expr in emission_expressions(emission))


def _tuple(texts: list[str]) -> str:
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
