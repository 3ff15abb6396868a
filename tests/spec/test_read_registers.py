"""Register maps: what is read, and what is wrong in the examples of the catalogue."""

from __future__ import annotations

import pytest

from netfsm.spec.codes import catalogue
from netfsm.spec.findings import Findings
from netfsm.spec.read_registers import read_registers
from netfsm.spec.registers import RegisterMap
from netfsm.spec.source import parse_source

HEAD = "registers: demo.registers\nnetfsm: 1\nref: Manual 1 §1\nsize: 32\nmap:\n"


def read(text: str) -> tuple[RegisterMap, list[str]]:
    """The map in `text`, and the codes of what is wrong with it."""
    findings = Findings()
    root = parse_source(text, "f", findings)
    assert root is not None
    found = read_registers(root, findings, "")
    return found, [finding.code for finding in findings]


@pytest.mark.parametrize(
    "code", ["REGISTER-WIDTH", "REGISTER-RESET", "REGISTER-OVERLAP", "FIELD-OVERLAP"]
)
def test_the_example_of_a_code_earns_it(code: str) -> None:
    """The wrong example has this finding and no other."""
    assert [code] == read(catalogue()[code].wrong)[1]


def test_the_reset_value_is_that_of_the_fields() -> None:
    """Each field's value stands at its bits; a register like another has its fields only."""
    text = HEAD + (
        "  A: {at: 0, ref: Manual 1 §1,\n"
        "    fields: {X: {bits: [4, 7], reset: 9}, Y: {bit: 31, access: SC}}}\n"
        "  B: {at: 4, access: WO, like: A, ref: Manual 1 §2}\n"
    )
    found, codes = read(text)
    assert [] == codes
    first, second = found.registers
    assert 0x90 == first.reset
    assert 0xF0 == first.readable
    assert 0x80000000 == first.bits("SC")
    assert (0, 0, 0x800000F0) == (second.reset, second.readable, second.bits("WO"))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("A: {at: 2, ref: Manual 1 §1}", "REGISTER-WIDTH"),
        ("A: {at: 28, count: 2, ref: Manual 1 §1}", "REGISTER-WIDTH"),
        ("A: {at: 0, ref: Manual 1 §1, fields: {X: {bits: [3, 1]}}}", "REGISTER-WIDTH"),
        ("A: {at: 0, ref: Manual 1 §1, fields: {X: {bits: [1, 2, 3]}}}", "REGISTER-WIDTH"),
        ("A: {at: 0, ref: Manual 1 §1, fields: {X: {}}}", "REGISTER-WIDTH"),
        ("A: {at: 0, ref: Manual 1 §1, reset: 0x100000000}", "REGISTER-RESET"),
        ("A: {at: 0, ref: Manual 1 §1, reset: 1, fields: {X: {bit: 1}}}", "REGISTER-RESET"),
        ("A: {at: 0, ref: Manual 1 §1, access: RX}", "UNKNOWN-WORD"),
        ("A: {at: 0, ref: Manual 1 §1, like: B}", "UNKNOWN-WORD"),
        ("A: {ref: Manual 1 §1}", "MISSING-KEY"),
    ],
)
def test_what_is_wrong_is_told(line: str, code: str) -> None:
    """One mistake in a register is one finding."""
    assert [code] == read(f"{HEAD}  {line}\n")[1]
