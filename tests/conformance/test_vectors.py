"""Files of vectors: their schema, what is wrong with one, a wrong answer, and scapy's opinion."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Dot3, Ether

from netfsm.conformance.subjects import compiled, compiled_class
from netfsm.conformance.vector_run import run_format_case, run_machine_case
from netfsm.conformance.vectors import FormatCase, MachineCase, VectorFile, read_vectors
from netfsm.spec.findings import Findings
from netfsm.spec.source import read_source
from tests.conformance.faulty import stock
from tests.spec.test_schemas import plain

FOLDER = files("netfsm.spec") / "schemas"
REGISTRY: Registry[Any] = Registry[Any]().with_resources(
    (name, DRAFT202012.create_resource(json.loads((FOLDER / name).read_text("utf-8"))))
    for name in ("vectors.json", "common.json")
)
HEAD = "vectors: {spec}\nnetfsm: 1\nref: RFC 826\ncases:\n"


def complaints(document: Any) -> list[str]:
    """What the schema has against `document`."""
    validator = Draft202012Validator({"$ref": "vectors.json"}, registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def read(tmp_path: Path, spec: str, cases: str) -> tuple[VectorFile | None, list[str]]:
    """The file with these cases, and the codes of its findings."""
    path = tmp_path / "cases.yaml"
    path.write_text(HEAD.format(spec=spec) + cases, encoding="utf-8")
    findings = Findings()
    return read_vectors(path, stock(), findings), [finding.code for finding in findings]


@pytest.mark.parametrize("path", stock().vectors, ids=lambda p: f"{p.parent.parent.name}/{p.name}")
def test_file_validates_and_names_its_schema(path: Path) -> None:
    """Every file of vectors is in the form that its schema describes."""
    findings = Findings()
    root = read_source(path, findings)
    first = path.read_text(encoding="utf-8").partition("\n")[0]

    assert [] == list(findings)
    assert root is not None
    assert [] == complaints(plain(root))
    assert first.endswith("$schema=../../../netfsm/spec/schemas/vectors.json")


@pytest.mark.parametrize(
    "document",
    [
        {"vectors": "arp.packet", "netfsm": 1, "ref": "RFC 826"},
        {"vectors": "arp.packet", "netfsm": 2, "ref": "RFC 826", "cases": []},
        {"vectors": "a.b", "netfsm": 1, "ref": "RFC 1", "cases": [{"name": "x", "bytes": "00"}]},
        {"vectors": "a.b", "netfsm": 1, "ref": "RFC 1", "cases": [{"name": "x", "steps": []}]},
    ],
)
def test_schema_refuses(document: object) -> None:
    """A file without cases, of another version, a case without an answer, a walk without a step."""
    assert [] != complaints(document)


@pytest.mark.parametrize(
    ("spec", "cases", "code"),
    [
        ("arp.pakcet", "  - {name: x, bytes: '', refused: truncated}\n", "UNKNOWN-SPEC"),
        ("arp.packet", "  - {name: x, bytes: ''}\n", "VECTOR"),
        ("arp.packet", "  - {name: x, bytes: '', refused: bad_luck}\n", "UNKNOWN-NAME"),
        ("arp.packet", "  - {name: x, bytes: '', fields: {opp: 1}}\n", "UNKNOWN-NAME"),
        ("arp.packet", "  - {name: x, bytes: '', fields: {op: ASK}}\n", "VALUE"),
        ("arp.packet", "  - {name: x, bytes: '0g', refused: truncated}\n", "VALUE"),
        ("arp.packet", "  - {name: x, bites: '', refused: truncated}\n", "UNKNOWN-KEY"),
        ("arp.packet", "  - {name: x, bytes: 1234, refused: truncated}\n", "VALUE"),
        ("icmp.ping", "  - {name: x, steps: [{event: cancel}]}\n", "MISSING-KEY"),
        ("ethernet.output", "  - {name: x, given: {}, steps: []}\n", "MISSING-KEY"),
        ("raw.input", "  - {name: x, steps: [{event: pakcet}]}\n", "UNKNOWN-NAME"),
        ("raw.input", "  - {name: x, steps: [{event: packet}]}\n", "MISSING-KEY"),
        (
            "icmp.input",
            "  - {name: x, steps: [{event: message, emits: ['signal icmp.ping[7].reply']}]}\n",
            "VECTOR",
        ),
        (
            "icmp.input",
            "  - {name: x, steps: [{event: message, emits: ['signal icmp.ping.replay']}]}\n",
            "UNKNOWN-NAME",
        ),
    ],
)
def test_wrong_file_is_told(tmp_path: Path, spec: str, cases: str, code: str) -> None:
    """What is wrong is a finding; nothing is raised."""
    _, codes = read(tmp_path, spec, cases)

    assert code in codes


def test_same_name_twice_is_told(tmp_path: Path) -> None:
    """A case is known by its name."""
    case = "  - {name: x, bytes: '', refused: truncated}\n"

    assert ["DUPLICATE-NAME"] == read(tmp_path, "arp.packet", case * 2)[1]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("{name: x, bytes: '0001', fields: {op: REQUEST}}", "VECTOR"),
        ("{name: x, bytes: '0001', refused: unknown_tag}", None),
        ("{name: x, bytes: '0001080000000001', refused: truncated}", "VECTOR"),
        ("{name: x, bytes: '0001080000000001', fields: {op: REPLY}}", "VECTOR"),
        ("{name: x, bytes: '0001080000000001ffff', fields: {op: REQUEST}}", "ROUND-TRIP"),
    ],
)
def test_wrong_answer_of_a_format_is_found(tmp_path: Path, case: str, code: str | None) -> None:
    """A wrong field, a wrong refusal, a way back that is another one."""
    file, codes = read(tmp_path, "arp.packet", f"  - {case}\n")
    if code is None:
        assert ["UNKNOWN-NAME"] == codes
        return
    assert file is not None
    (found,) = file.cases
    assert isinstance(found, FormatCase)
    codec = stock().codec("arp.packet")
    assert codec is not None
    assert code in {problem.code for problem in run_format_case(codec, found)}


@pytest.mark.parametrize(
    ("signal", "right"),
    [
        ("icmp.ping.reply", True),
        ("icmp.ping[192.0.2.1, 7, 3].reply", True),
        ("icmp.ping[192.0.2.1, 3, 7].reply", False),
        ("icmp.ping[192.0.2.2, 7, 3].reply", False),
        ("icmp.ping[*].reply", False),
    ],
)
def test_which_instance_gets_a_signal(tmp_path: Path, signal: str, right: bool) -> None:
    """A key that is said is held against the one that comes."""
    rest = "group: false, data: d, quotes_us: false, about: 192.0.2.9, size: 0, clock: 0"
    rest += ", from_gateway: false, better_is_near: false"
    sent = "ICMP.type: ECHO_REPLY, ICMP.id: 7, ICMP.seq: 3, src: 192.0.2.1, dst: 192.0.2.2"
    step = f"{{event: message, with: {{{sent}, {rest}}}, emits: ['signal {signal}']}}"
    file, codes = read(tmp_path, "icmp.input", f"  - {{name: x, steps: [{step}]}}\n")
    assert [] == codes
    assert file is not None
    (found,) = file.cases
    assert isinstance(found, MachineCase)
    machine = stock().machines["icmp.input"]
    steps = run_machine_case(
        machine, stock().calls(machine), found, compiled(compiled_class(machine))
    )
    assert right == ([] == [problem.code for step in steps for problem in step.problems])


@pytest.mark.parametrize(
    "wrong",
    [
        "state: WAITING",
        "row: waiting.lost",
        "emits: []",
        "emits: [{lost: {}}]",
        "emits: [{answered: {rtt: 13 ms}}]",
        "timers: {}",
        "holds: armed(timeout)",
    ],
)
def test_wrong_answer_of_a_machine_is_found(tmp_path: Path, wrong: str) -> None:
    """Each thing that a step may say is held against what comes."""
    steps = f"[{{event: send, with: {{data: d}}}}, {{event: reply, wait: 12 ms, {wrong}}}]"
    case = f"  - {{name: x, key: {{peer: 192.0.2.1, id: 7, sequence: 1}}, steps: {steps}}}\n"
    file, codes = read(tmp_path, "icmp.ping", case)
    assert [] == codes
    assert file is not None
    (found,) = file.cases
    assert isinstance(found, MachineCase)
    machine = stock().machines["icmp.ping"]
    make = compiled(compiled_class(machine))
    steps_taken = run_machine_case(machine, stock().calls(machine), found, make)
    problems = [problem.code for step in steps_taken for problem in step.problems]

    assert ["VECTOR"] == problems


def packets(spec: str) -> list[FormatCase]:
    """The cases of a format that decode, and come back as they were."""
    findings = Findings()
    read_files = [read_vectors(path, stock(), findings) for path in stock().vectors]
    cases = [case for file in read_files if file and file.spec == spec for case in file.cases]
    return [c for c in cases if isinstance(c, FormatCase) and not c.refused and not c.one_way]


ORACLES: dict[str, tuple[Any, dict[str, str]]] = {
    "ethernet.frame": (Ether, {"type": "type"}),
    "arp.packet": (ARP, {"hrd": "hwtype", "pro": "ptype", "op": "op"}),
    "ipv4.header": (IP, {"id": "id", "ttl": "ttl", "protocol": "proto", "offset": "frag"}),
    "icmp.message": (ICMP, {"type": "type", "code": "code"}),
}


@pytest.mark.parametrize("spec", ORACLES)
def test_scapy_reads_the_same_in_the_vectors(spec: str) -> None:
    """An independent reader sees the same numbers, and computes the same checksum."""
    kind, names = ORACLES[spec]
    cases = packets(spec)
    assert cases
    for case in cases:
        other = kind(case.octets)
        for ours, theirs in names.items():
            attribute = "len" if isinstance(other, Dot3) else theirs  # below 0x0600 it is a length
            if ours in case.fields:
                assert case.fields[ours] == int(getattr(other, attribute)), case.name
        if spec in ("ipv4.header", "icmp.message"):
            told = other.chksum
            other.chksum = None
            assert told == kind(bytes(other)).chksum, case.name
