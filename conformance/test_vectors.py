"""Cases with known answers that lie beside the specs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netfsm.conformance.collected import bench, expect_fine
from netfsm.conformance.vectors import FormatCase, MachineCase, VectorFile


def cases() -> Iterator[object]:
    """A parameter for each case: `arp.packet/a request on Ethernet`."""
    for file in bench().vector_files():
        for case in file.cases:
            yield pytest.param(file, case, id=f"{file.spec}/{case.name}")


@pytest.mark.parametrize(("file", "case"), list(cases()))
def test_answer_is_the_known_one(file: VectorFile, case: FormatCase | MachineCase) -> None:
    """What comes of a packet or a walk is what its author says."""
    expect_fine(bench().vector_case(file, case))
