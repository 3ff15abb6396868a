"""Files of numbered requirements: what they hold, and how their faults are told."""

from __future__ import annotations

import re
from pathlib import Path

from netfsm.spec.cited import CITING, Cited, cited
from netfsm.spec.findings import Findings
from netfsm.spec.load import find_specs, load_spec
from netfsm.spec.marked import known_tests
from netfsm.spec.numbered import LEVELS, find_numbered, read_numbered
from netfsm.spec.refs import refs_of

HEAD = "requirements: RFC 1\nnetfsm: 1\nnumbered:\n"
NUMBER = re.compile(r"[A-Z]{3,}-[0-9]+")


def _read(folder: Path, text: str) -> tuple[list[str], list[str]]:
    """Numbers of the sound requirements, and findings as `line:column CODE`."""
    file = folder / "requirements.yaml"
    file.write_text(text, encoding="utf-8")
    findings = Findings()
    found = read_numbered(file, findings)
    numbers = [each.number for each in found.sentences] if found is not None else []
    return numbers, [f"{f.line}:{f.column} {f.code}" for f in findings]


def _cited() -> list[Cited]:
    return cited(load_spec(file.name) for file in find_specs().values() if file.kind in CITING)


def test_a_sentence_is_read(tmp_path: Path) -> None:
    """Level, place, sentence, and why it is not met."""
    file = tmp_path / "requirements.yaml"
    file.write_text(HEAD + '  MAY-1: {level: MAY, ref: "§1, §2", says: It MAY., undone: So.}\n')
    found = read_numbered(file, Findings())
    assert found is not None
    assert found.find("MAY-2") is None
    (one,) = found.sentences
    assert one == found.find("MAY-1")
    assert ("MAY", "It MAY.", "So.") == (one.level, one.says, one.undone)
    assert ["RFC 1 §1", "RFC 1 §2"] == [str(ref) for ref in one.refs]


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    """A level that is none, a sentence that is missing, no version, and no file."""
    sound = "  MAY-2: {level: MAY, ref: §1, says: It MAY.}\n"
    assert (["MAY-2"], ["4:18 UNKNOWN-WORD"]) == _read(
        tmp_path, HEAD + "  MAY-1: {level: CAN, ref: §1, says: It can.}\n" + sound
    )
    assert (["MAY-1"], ["4:10 MISSING-KEY"]) == _read(
        tmp_path, HEAD + "  MAY-1: {level: MAY, ref: §1}\n"
    )
    assert ([], ["1:1 MISSING-KEY"]) == _read(tmp_path, "requirements: RFC 1\nnumbered: {}\n")


def test_the_requirements_on_tcp_are_whole() -> None:
    """RFC 9293 numbers 69 MUST, 31 SHLD, 18 MAY and 1 REC; each sentence says its own number."""
    found = find_numbered()["RFC 9293"]
    counts = {"MUST": 69, "SHLD": 31, "MAY": 18, "REC": 1}
    wanted = [f"{word}-{n}" for word, most in counts.items() for n in range(1, most + 1)]
    assert wanted == [each.number for each in found.sentences]
    assert [] == [each.number for each in found.sentences if each.number not in each.says]
    assert set(LEVELS) == {each.level for each in found.sentences}


def test_each_requirement_is_met_or_says_why_not() -> None:
    """Something names it, or there is a reason; a test and a reason exclude each other."""
    named = {str(ref) for each in _cited() for ref in each.refs}
    for document, found in find_numbered().items():
        for each in found.sentences:
            clause = f"{document} {each.number}"
            assert each.undone or clause in named or clause in known_tests(), clause
            assert not (each.undone and clause in known_tests()), clause


def test_no_spec_and_no_test_names_a_requirement_that_is_none() -> None:
    """A number belongs to the document that stands before it: `RFC 9293 MUST-41` is one."""
    refs = {ref for each in _cited() for ref in each.refs}
    refs |= {ref for clause in known_tests() for ref in refs_of(clause)}
    known = find_numbered()
    wrong = [
        str(ref)
        for ref in sorted(refs, key=str)
        if NUMBER.fullmatch(ref.clause)
        and (ref.document not in known or known[ref.document].find(ref.clause) is None)
    ]
    assert [] == wrong
