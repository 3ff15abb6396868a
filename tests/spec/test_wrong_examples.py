"""The wrong examples of the catalogue are wrong in the way that they show, and in no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.prove.checking import check as check_proofs
from netfsm.spec.checking import check
from netfsm.spec.codes import Entry, catalogue
from tests.spec.examples import write_example
from tests.spec.test_codes import NOT_BY_TEXT, reader_codes

ALL_ROOTS = {"DUPLICATE-SPEC", "BIND-CONFLICT"}  # they show where several files are looked at
COMPOSED = {"UNKNOWN-END", "UNKNOWN-SLOT"}
TOLD = {  # their examples are words: what shows them is no spec, or too long to be read
    *reader_codes(),
    *NOT_BY_TEXT,
    *("UNKNOWN-SPEC", "TOO-LONG", "TOO-MANY-ROWS", "SIGNAL-CYCLE", "COMPOSE-MACHINE"),
    *("PROOF-CODE", "PROOF-UNKNOWN", "PROOF-ABSENT"),
    *("EARLY-EMISSION", "SCOPE-INSTANCES", "BAD-ANCHOR"),
}
RUN = {  # what running suites, or exploring compositions, finds
    *("VECTOR", "NOT-TAKEN", "CELL", "ROW", "STATE", "VARIABLE", "TIMER", "EMISSION", "ORDER"),
    *("PROPERTY", "RAISED", "ROUND-TRIP", "REFUSAL", "WIRE", "LEFT-OVER", "RANK"),
    "OUT-OF-TYPE",
    *("COMPOSE-ASSERT", "COMPOSE-COUNT", "COMPOSE-CRASH", "COMPOSE-DEADLOCK", "COMPOSE-ENDLESS"),
    *("COMPOSE-LIMIT", "COMPOSE-TIMER", "COMPOSE-UNRECOVERABLE", "COMPOSE-VACUOUS"),
    "COMPOSE-WIDTH",
}
SHOWN = [entry for entry in catalogue().values() if entry.code not in TOLD | RUN]


@pytest.mark.parametrize("entry", SHOWN, ids=lambda entry: entry.code)
def test_an_example_has_its_code_and_no_other(entry: Entry, tmp_path: Path) -> None:
    """What the example leaves out is sound, so that all that is found is what it shows."""
    composed = entry.code in COMPOSED or entry.code.startswith("COMPOSE-")
    first = write_example(entry.wrong, tmp_path, composed=composed)
    if entry.code in ALL_ROOTS:
        findings = check(path=[tmp_path]).findings
    elif entry.code.startswith("PROOF-"):
        findings = check_proofs(first).findings
    else:
        findings = check(first, path=[tmp_path]).findings

    assert {entry.code} == {finding.code for finding in findings}


def test_nearly_all_codes_have_such_an_example() -> None:
    """Those of files and YAML are tested as text; the others that are left out are named above."""
    assert len(SHOWN) >= 100
    assert {*TOLD, *RUN} <= {*catalogue()}
