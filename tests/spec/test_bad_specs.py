"""Each file of tests/specs/bad has one mistake and gets one finding, and an exit code that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.errors import SpecError
from netfsm.spec.checking import check
from netfsm.spec.load import load_spec

BAD = Path(__file__).parents[1] / "specs" / "bad"

# file, code, line
MISTAKES = [
    ("alias_of_yaml", "ALIAS", 7),
    ("anchor_of_another_space", "BAD-ANCHOR", 14),
    ("anchors_in_a_circle", "BAD-ANCHOR", 12),
    ("bad_timer_order", "TIMER-ORDER", 24),
    ("block_and_do_assign_one_variable", "ASSIGNED-TWICE", 30),
    ("call_of_python", "UNKNOWN-NAME", 18),
    ("cycle_of_lets", "LET-CYCLE", 18),
    ("duplicate_id", "DUPLICATE-ID", 36),
    ("duplicate_yaml_key", "DUPLICATE-KEY", 6),
    ("else_not_last", "ELSE-NOT-LAST", 21),
    ("entering_scope_unassigned", "UNASSIGNED", 31),
    ("expression_outside_the_allowlist", "NOT-ALLOWED", 18),
    ("impossible_beside_rows", "IMPOSSIBLE-BESIDE", 32),
    ("leaf_left_out", "LEAF-MISSING", 30),
    ("missing_field", "MISSING-FIELD", 30),
    ("misspelt_key", "UNKNOWN-KEY", 36),
    ("misspelt_section", "UNKNOWN-KEY", 10),
    ("name_declared_twice", "DUPLICATE-NAME", 19),
    ("no_reason", "NO-REASON", 32),
    ("out_of_scope_assignment", "ASSIGNED-OUTSIDE", 40),
    ("out_of_scope_read", "SCOPE", 30),
    ("reference_without_document", "BAD-REF", 26),
    ("row_without_ref", "NO-REF", 32),
    ("signal_to_unknown_machine", "UNKNOWN-MACHINE", 30),
    ("state_without_initial", "INITIAL", 1),
    ("tag_of_yaml", "TAG", 18),
    ("timer_never_handled", "TIMER-UNHANDLED", 11),
    ("timer_never_started", "TIMER-UNSTARTED", 11),
    ("timer_never_stopped", "TIMER-UNSTOPPED", 7),
    ("two_owners", "OWNER", 6),
    ("two_unguarded_rows", "OVERLAP", 36),
    ("two_verdicts", "VERDICT", 32),
    ("type_mismatch", "TYPE", 18),
    ("undecided_cell", "UNDECIDED", 28),
    ("undeclared_name_in_guard", "UNKNOWN-NAME", 36),
    ("unknown_block", "UNKNOWN-BLOCK", 30),
    ("unknown_event", "UNKNOWN-EVENT", 32),
    ("unknown_field", "UNKNOWN-FIELD", 30),
    ("unknown_output", "UNKNOWN-OUTPUT", 30),
    ("unknown_state_in_scope", "UNKNOWN-STATE", 11),
    ("unknown_target", "UNKNOWN-STATE", 31),
    ("unknown_type", "UNKNOWN-TYPE", 9),
    ("unquoted_fragment", "UNQUOTED", 24),
    ("unreachable_state", "UNREACHABLE", 33),
    ("unused_block", "UNUSED", 24),
    ("unused_let", "UNUSED", 19),
    ("value_that_is_none", "VALUE", 26),
    ("variable_without_initial_value", "INITIAL", 9),
    ("wrong_leaf", "UNKNOWN-LEAF", 31),
    ("wrong_level", "UNKNOWN-WORD", 32),
    ("wrong_version", "LANGUAGE-VERSION", 2),
]
UNREADABLE = {  # YAML, schema or expressions yield no model
    "ALIAS",
    "DUPLICATE-KEY",
    "LANGUAGE-VERSION",
    "NOT-ALLOWED",
    "TAG",
    "TIMER-ORDER",
    "TYPE",
    "UNKNOWN-KEY",
    "UNKNOWN-NAME",
    "UNKNOWN-TYPE",
    "UNKNOWN-WORD",
    "UNQUOTED",
    "VALUE",
}


@pytest.mark.parametrize(("name", "code", "line"), MISTAKES)
def test_one_finding_and_no_other(name: str, code: str, line: int) -> None:
    """The finding has the code and the line of the table, and says what to do."""
    file = BAD / f"{name}.yaml"

    report = check(file)

    assert [(code, line)] == [(f.code, f.line) for f in report.findings]
    assert report.findings[0].hint
    assert report.findings[0].file.endswith(f"tests/specs/bad/{name}.yaml")
    assert (2 if code in UNREADABLE else 1) == report.exit_code


def test_every_file_is_in_the_table() -> None:
    """No file lies about that nothing looks at."""
    assert sorted(file.stem for file in BAD.glob("*.yaml")) == [name for name, _, _ in MISTAKES]


@pytest.mark.parametrize("name", ["unknown_target", "misspelt_key", "undecided_cell"])
def test_loading_raises_all_findings(name: str) -> None:
    """`load_spec` refuses with the findings that `check` gives."""
    file = BAD / f"{name}.yaml"

    with pytest.raises(SpecError) as caught:
        load_spec(file)

    assert check(file).findings == caught.value.findings


def test_all_findings_of_a_file_come_at_once(tmp_path: Path) -> None:
    """Three mistakes in one file are three findings, in the order of the text."""
    text = (BAD / "unknown_target.yaml").read_text(encoding="utf-8")
    text = text.replace("ignore: it hears nothing, ref: RFC 826", "ignore: it hears nothing")
    text = text.replace("when: by <= level", "when: by <= height")
    file = tmp_path / "three.yaml"
    file.write_text(text, encoding="utf-8")

    codes = [finding.code for finding in check(file).findings]

    assert ["UNKNOWN-STATE", "NO-REF", "UNKNOWN-NAME"] == codes
