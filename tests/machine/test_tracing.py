"""What a person sees of generated code: tracebacks, the trace hook, sources of frames."""

from __future__ import annotations

import linecache
import traceback
from types import SimpleNamespace

from netfsm.machine import NOTHING, compile_machine, python_source
from netfsm.machine.base import no_trace
from netfsm.spec import load_spec, model
from tests.machine.models import FILE
from tests.machine.samples import connection


def test_a_traceback_names_the_row_and_the_line_of_the_spec() -> None:
    """An error inside a row stands at the assignment's line in the YAML, under the row's id."""
    machine = compile_machine(connection())()
    machine.step("OPEN_CALL", iss=0)
    machine.on_SEND(5)
    row = connection().row("live.acked")
    seen = next(assign for assign in row.assigns if assign.variable == "seen")
    try:
        machine.on_segment(SimpleNamespace(RST=False, ACK=3, LEN="three"))
    except TypeError as error:
        *_, place = traceback.extract_tb(error.__traceback__)
    else:
        raise AssertionError("nothing was raised")
    assert (FILE, seen.mark.line, "live.acked") == (place.filename, place.lineno, place.name)


def test_a_traceback_shows_the_text_of_the_spec() -> None:
    """For a machine from a file, the printed traceback holds the line of YAML itself."""
    spec = load_spec("arp.neighbour")
    assert isinstance(spec, model.Machine)
    machine = compile_machine(spec)("eth0", b"\0" * 4, 1, b"", b"", b"")
    machine.on_set(b"")
    machine.on_delete()
    machine.on_resolve("packet", b"")
    machine.tries = "many"
    try:
        machine.on_retransmit()
    except TypeError as error:
        text = "".join(traceback.format_exception(error))
    else:
        raise AssertionError("nothing was raised")
    line = spec.row("incomplete.again").mark.line
    assert f'specs/arp/neighbour.yaml", line {line}, in retransmit_in_INCOMPLETE' in text
    assert "- id: incomplete.again" in text
    assert "return RETRANSMIT_CELLS[self._state](self)" in text


def test_the_module_is_known_to_linecache() -> None:
    """Frames outside rows show the generated source."""
    compile_machine(connection())
    lines = linecache.getlines("<netfsm test.connection>")
    assert python_source(connection()) == "".join(lines)


def test_the_traced_variant_tells_each_row() -> None:
    """The hook gets the row's id before the row, for ignored cells too."""
    machine = compile_machine(connection(), traced=True)()
    told: list[tuple[str, str]] = []

    def tell(row: str) -> None:
        told.append((row, machine.state))

    machine.trace = tell
    machine.on_CLOSE()
    machine.step("OPEN_CALL", iss=0)
    machine.on_SEND(1)
    assert [("rest.CLOSE", "CLOSED"), ("closed.open", "CLOSED"), ("open.send", "OPEN")] == told


def test_a_traced_machine_traces_nothing_at_first() -> None:
    """Without a hook the traced variant works as the plain one."""
    machine = compile_machine(connection(), traced=True)()
    assert machine.trace is no_trace
    assert machine.on_CLOSE() is NOTHING


def test_the_plain_variant_holds_no_trace() -> None:
    """The hook costs nothing when it is off: there is no word of it in the code."""
    machine = compile_machine(connection())()
    assert not hasattr(machine, "trace")
    body = python_source(connection()).partition("new = ")[2]
    assert "trace" not in body
