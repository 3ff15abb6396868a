"""`netfsm list`, `show` and `explain`: what they tell, as text and as data."""

from __future__ import annotations

import re
from pathlib import Path

from netfsm.cli.common import Exit
from netfsm.cli.excerpt import excerpt
from netfsm.spec.findings import Mark
from netfsm.spec.load import load_spec
from netfsm.spec.model import Machine
from tests.cli.running import netfsm, reply
from tests.cli.specs import write


def _machine(name: str) -> Machine:
    found = load_spec(name)
    assert isinstance(found, Machine)
    return found


def test_list_tells_specs_with_their_source() -> None:
    """Every layer, machine and format is listed with its title and file."""
    found = reply(netfsm("list", "--format", "json"))
    layers = {each["name"]: each for each in found["layers"]}
    assert {"arp", "ethernet", "icmp", "ipv4"} <= set(layers)
    assert "Address Resolution Protocol" == layers["arp"]["title"]
    assert layers["arp"]["source"].endswith("arp/layer.yaml")
    assert "arp.neighbour" in {each["name"] for each in found["machines"]}
    assert "arp.neighbour" in netfsm("list").out


def test_list_tells_drivers_and_targets() -> None:
    """Where frames may go and what may be tested stand beside the specs."""
    found = reply(netfsm("list", "--format", "json"))
    assert {"tap", "packet", "socket"} <= {each["name"] for each in found["drivers"]}
    assert "self" in {each["name"] for each in found["targets"]}


def test_the_table_has_every_row() -> None:
    """Each row of a machine stands in its table, with its reference."""
    machine = _machine("arp.neighbour")
    ran = netfsm("show", "arp.neighbour")
    assert Exit.FINE == ran.code
    assert [] == [row.id for row in machine.rows if row.id not in ran.out]
    assert "RFC 1122 §2.3.2.1" in ran.out


def test_a_state_tells_every_cell_of_it() -> None:
    """One state: its rows in full, and the cells that cannot be reached with their reason."""
    machine = _machine("arp.address")
    ran = netfsm("show", "arp.address", "DEFENDING")
    wanted = [row.id for row in machine.rows if "DEFENDING" in row.states]
    assert wanted
    assert [] == [row_id for row_id in wanted if row_id not in ran.out]
    assert "never, since" in ran.out
    assert "specs/arp/address.yaml:" in ran.out


def test_an_unknown_state_is_bad_usage() -> None:
    """The states there are come with the refusal."""
    ran = netfsm("show", "arp.address", "NOWHERE")
    assert Exit.USAGE == ran.code
    assert "DEFENDING" in ran.err


def test_show_python_is_the_code_that_runs() -> None:
    """`--python` prints code that compiles, with a function for each row."""
    ran = netfsm("show", "arp.neighbour", "--python")
    assert Exit.FINE == ran.code
    compile(ran.out, "shown", "exec")
    assert Exit.USAGE == netfsm("show", "arp", "--python").code


def test_machine_as_data() -> None:
    """Rows with place, guard and references, against the schema."""
    found = reply(netfsm("show", "arp.neighbour", "--format", "json"))
    machine = _machine("arp.neighbour")
    assert [row.id for row in machine.rows] == [row["id"] for row in found["rows"]]
    one = reply(netfsm("show", "arp.neighbour", "FAILED", "--format", "json"))
    assert ["FAILED"] == one["states"]
    assert all("FAILED" in row["states"] for row in one["rows"])


def test_layer_and_format() -> None:
    """A layer's parts and a format's fields, as text and as data."""
    layer = netfsm("show", "arp").out
    assert "ethernet.ethertype" in layer
    assert "0x0806" in layer
    assert "arp.neighbours(interface?: text)" in layer
    table = netfsm("show", "arp.packet").out
    assert "hardware address of the sender" in table
    assert "layer" == reply(netfsm("show", "arp", "--format", "json"))["kind"]
    fields = reply(netfsm("show", "arp.packet", "--format", "json"))["fields"]
    assert {"hrd", "op", "sha"} <= {each["name"] for each in fields}


def test_a_path_is_a_spec(tmp_path: Path) -> None:
    """A file of one's own is shown as those that come with netfsm."""
    assert "open.shut" in netfsm("show", str(write(tmp_path / "door"))).out


def test_explain_a_code() -> None:
    """Rule, cause and mend of a finding."""
    ran = netfsm("explain", "no-ref")
    assert Exit.FINE == ran.code
    assert ran.out.startswith("NO-REF\n")
    for part in ("rule:", "cause:", "mend:"):
        assert part in ran.out
    assert "NO-REF" == reply(netfsm("explain", "NO-REF", "--format", "json"))["code"]["code"]


def test_explain_a_row() -> None:
    """A row by its id: its place, its clause and the lines of the spec."""
    for asked in ("arp.address/in_use.answer", "in_use.answer"):
        ran = netfsm("explain", asked)
        assert Exit.FINE == ran.code
        assert "row arp.address/in_use.answer (RFC 826, RFC 5227 §2.5, RFC 5227 §2.6)" in ran.out
        assert "specs/arp/address.yaml:" in ran.out
        assert "| - id: in_use.answer" in ran.out


def test_explain_a_clause() -> None:
    """Everything that follows a clause, and what is below it; spelling does not matter."""
    text = netfsm("explain", "RFC 5227 §2.4").out
    assert "arp.address/undisturbed.cease" in text
    assert text == netfsm("explain", "rfc5227", "2.4").out
    found = reply(netfsm("explain", "RFC 5227", "--format", "json"))
    names = {item["name"] for item in found["items"]}
    assert {"arp.address/in_use.answer", "arp.PROBE_WAIT"} <= names
    assert all(any("RFC 5227" in ref for ref in item["refs"]) for item in found["items"])


def test_explain_a_requirement() -> None:
    """Its sentence, level and place, the lines that meet it, and the tests that show it."""
    text = netfsm("explain", "RFC 9293 MUST-41").out
    assert text.startswith("RFC 9293 MUST-41 (MUST NOT, §3.9.1.1)\n  Every passive OPEN call ")
    assert "\n\nrow tcp.listener/listening.again (" in text
    assert re.search(r"\n  specs/tcp/listener\.yaml:\d+:\d+\n", text)
    shown = "test tests/layers/tcp/test_requirements.py::test_the_checksum_is_made_and_checked"
    assert netfsm("explain", "rfc9293", "must-2").out.endswith(f"\n\n{shown}\n")
    found = reply(netfsm("explain", "RFC 9293 MUST-2", "--format", "json"))
    assert ("MUST-2", "MUST", "") == tuple(
        found["requirement"][name] for name in ("number", "level", "undone")
    )
    assert ["tcp.segment.checksum"] == [item["name"] for item in found["items"]]
    assert [shown.removeprefix("test ")] == found["tests"]


def test_explain_a_requirement_that_is_not_met() -> None:
    """The reason stands below the sentence."""
    text = netfsm("explain", "RFC 9293 SHLD-8").out
    assert "(SHOULD, §3.8.2)\n  A TCP endpoint SHOULD implement ECN" in text
    assert "\n  not met: ECN is to come " in text


def test_explain_what_nobody_knows() -> None:
    """A typing error gets the nearest names."""
    ran = netfsm("explain", "NO-REFF")
    assert (Exit.USAGE, "") == (ran.code, ran.out)
    assert "did you mean NO-REF," in ran.err
    assert Exit.USAGE == reply(netfsm("explain", "RFC 0 §9", "--format", "json"))["exit"]


def test_excerpt_ends_with_its_entry(tmp_path: Path) -> None:
    """The lines of a row end before the next row; blank lines at its end are not part of it."""
    file = tmp_path / "x.yaml"
    file.write_text("rows:\n  - id: a\n    to: B\n\n  - {id: b}\nend: 1\n", encoding="utf-8")
    assert [(2, "- id: a"), (3, "  to: B")] == excerpt(Mark(str(file), 2, 5))
    assert [(5, "- {id: b}")] == excerpt(Mark(str(file), 5, 5))
    assert [] == excerpt(Mark(str(tmp_path / "gone.yaml"), 2, 5))
    assert [] == excerpt(Mark(str(file), 99, 1))


def test_a_composition_is_shown_as_promela() -> None:
    """`--promela` prints the model; of a machine there is none."""
    ran = netfsm("show", "arp.conflict", "--promela")
    assert Exit.FINE == ran.code
    assert ran.out.startswith("/* arp.conflict: Two hosts claim one address (RFC 5227 §2.1.1)")
    assert "active proctype composition()" in ran.out
    assert Exit.USAGE == netfsm("show", "arp.neighbour", "--promela").code


def test_show_a_register_map() -> None:
    """A map of registers is a table, data, or a header for C."""
    assert "STATUS" in netfsm("show", "e1000.registers").out
    found = reply(netfsm("show", "e1000.registers", "--format", "json"))["registers"]
    assert {"name": "CTRL", "at": 0}.items() <= found[0].items()
    assert "#define E1000_TDT 0x03818u" in netfsm("show", "e1000", "--c-header").out
    assert Exit.USAGE == netfsm("show", "arp.neighbour", "--c-header").code
