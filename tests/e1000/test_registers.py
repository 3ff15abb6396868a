"""The register map of the 82540EM, its values at work, and what is made from it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.draw.registers import c_header, registers_page
from netfsm.e1000.accesses import Access, accesses
from netfsm.e1000.registers import REGISTERS, RegisterFile, at, bits


def test_a_driver_finds_its_constants() -> None:
    """Offsets and masks have the names of the manual."""
    assert (0x3818, 0x5408, 0x5404) == (at("TDT"), at("RAL", 1), at("RAH"))
    assert (1 << 26, 2 << 8) == (bits("CTRL.RST"), bits("CTRL.SPEED", 2))


def test_bits_do_what_their_access_says() -> None:
    """Read only, kept, cleared by reading, cleared by a one, acting, reserved: each once."""
    file = RegisterFile()
    assert 0 == file.write(at("STATUS"), 0)
    assert 0x681 == file.read(at("STATUS"))
    assert bits("CTRL.RST") == file.write(at("CTRL"), 0xFFFFFFFF)
    assert 0 == file.read(at("CTRL")) & (bits("CTRL.RST") | 1 << 25)
    file.value[at("GPRC")] = 7
    assert [7, 0] == [file.read(at("GPRC")), file.read(at("GPRC"))]
    file.value[at("WUS")] = 3
    file.write(at("WUS"), 1)
    assert [2, 2] == [file.read(at("WUS")), file.read(at("WUS"))]
    file.put("IMS.LSC", 1)
    assert 0 == file.read(at("ICS"))
    assert 4 == file.read(at("IMS"))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(accesses(REGISTERS), max_size=50))
def test_no_access_makes_a_value_that_can_not_be(steps: list[Access]) -> None:
    """Whatever is written, a reader sees readable bits only, and a reset takes all of it back."""
    file = RegisterFile()
    fresh = dict(file.value)
    readable = {o: each.readable for each in REGISTERS.registers for o in each.offsets()}
    for step in steps:
        if step.write:
            file.write(step.offset, step.value)
        else:
            assert 0 == file.read(step.offset) & ~readable.get(step.offset, 0)
    file.reset()
    assert fresh == file.value


@pytest.mark.needs("gcc")
def test_the_header_compiles(tmp_path: Path) -> None:
    """The header alone is C99 without a warning, and its numbers are those of the map."""
    (tmp_path / "registers.h").write_text(c_header(REGISTERS))
    checks = [f"E1000_{each.name} == {each.at}u" for each in REGISTERS.registers]
    tests = "\n".join(f"typedef char c{i}[{c} ? 1 : -1];" for i, c in enumerate(checks))
    (tmp_path / "use.c").write_text(f'#include "registers.h"\n{tests}\n')
    flags = ["-std=c99", "-ffreestanding", "-pedantic", "-Wall", "-Wextra", "-Werror"]
    command = ["gcc", *flags, "-fsyntax-only", "use.c"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, "") == (ran.returncode, ran.stderr)


def test_the_page_tells_every_register_and_field() -> None:
    """Each name stands in the table that people read."""
    text = registers_page(REGISTERS)
    names = [each.name for each in REGISTERS.registers]
    names += [f"{each.name}.{field.name}" for each in REGISTERS.registers for field in each.fields]
    assert [] == [name for name in names if f"`{name}`" not in text]
