"""Each file of tests/specs/bad/proof has one mistake that only a proof finds, and one finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.prove.checking import check

BAD = Path(__file__).parents[1] / "specs" / "bad" / "proof"

# file, code, line, what the case tells
MISTAKES = [
    ("answer_that_is_not_the_one_owed", "PROOF-PROPERTY", 13, "false   answers: o.n == n: 0 == 1"),
    ("answer_that_may_be_left_out", "PROOF-PROPERTY", 13, "false   answers, if: n > 0: 0 > 0"),
    ("choice_that_can_not_be_kept", "PROOF-CHOICE", 12, "1 more obligation fails"),
    ("claim_of_what_is_left_out", "PROOF-PROPERTY", 13, "false   marked: o.mark > 0: 0 > 0"),
    ("covered_except_at_zero", "PROOF-HOLE", 11, "false   here.more: n > 1: 0 > 1"),
    ("divisor_of_zero", "PROOF-DIVISOR", 16, "1 more obligation fails"),
    ("else_hides_a_hole", "PROOF-HOLE", 16, "event   take: n = 4"),
    ("else_that_nothing_reaches", "PROOF-DEAD-ROW", 18, "guard not n >= 3"),
    ("emission_out_of_range", "PROOF-RANGE", 26, "value   n: tries = 6"),
    ("emission_wider_than_its_field", "PROOF-RANGE", 21, "new.room + 1 = 65536"),
    ("hole_past_the_antipode", "PROOF-HOLE", 18, "event   ack: a = una + 2^31"),
    ("impossible_that_comes_after_two_steps", "PROOF-POSSIBLE", 25, "event   end"),
    (
        "invariant_that_is_false_at_the_beginning",
        "PROOF-INVARIANT",
        15,
        "false   one: held > 0: 0 > 0",
    ),
    ("invariant_that_one_row_of_thirty_breaks", "PROOF-INVARIANT", 40, "row     busy.step_17"),
    ("invariant_that_time_breaks", "PROOF-INVARIANT", 23, "1000001 <= 1000000"),
    ("measure_that_does_not_decrease", "PROOF-MEASURE", 17, "value   after: waiting = 1"),
    (
        "must_of_a_step_that_is_not_met",
        "PROOF-PROPERTY",
        15,
        "false   remembers: new.last == n: 0 == 1",
    ),
    ("nobody_asks_again", "PROOF-INVARIANT", 21, "false   asks_on: armed(again)"),
    ("number_sent_stands_still", "PROOF-SHIFT", 18, "row     open.take (RFC 0 §2)"),
    ("oldest_of_an_empty_queue", "PROOF-EMPTY", 19, "before  HERE: len(saved) = 0"),
    ("output_outside_its_claim", "PROOF-PROPERTY", 13, "false   some: o.n > 0: 0 > 0"),
    ("overlap_at_a_limit", "PROOF-OVERLAP", 14, "event   take: n = 3"),
    ("overlap_past_the_antipode", "PROOF-OVERLAP", 19, "true    open.stale: not una < a"),
    ("rank_below_zero", "PROOF-NATURAL", 10, "before  HERE: left = 0"),
    ("row_beside_the_leaves", "PROOF-OVERLAP", 17, "event   take: m = 0, n = 0"),
    ("row_that_an_invariant_forbids", "PROOF-DEAD-ROW", 25, "invariant few: tries <= MAX"),
    ("row_that_contradicts_itself", "PROOF-DEAD-ROW", 25, "guard tries < 3"),
    ("signal_that_assumes_more", "PROOF-ASSUME", 14, "event   take: n = 0"),
    ("step_that_goes_back", "PROOF-PROPERTY", 18, "after   OPEN: una = una - 1"),
    ("store_out_of_range", "PROOF-RANGE", 21, "value   tries: tries + 1 = 10"),
    ("subtraction_below_zero", "PROOF-NATURAL", 21, "value   tries - 1 is 0 - 1"),
    ("subtraction_below_zero_in_a_guard", "PROOF-NATURAL", 21, "value   tries - 1 is 0 - 1"),
    ("timer_kept_into_a_state_without_it", "PROOF-TIMER", 22, "before  BUSY: again runs"),
    (
        "two_timers_at_once",
        "PROOF-INVARIANT",
        19,
        "false   one_runs: timers_armed == 1: 2 == 1",
    ),
    ("where_numbers_begin", "PROOF-SHIFT", 18, "row     open.ack (RFC 0 §2)"),
]
SOUND = ["note_of_few_bits", "signal_receiver", "spaces_of_notes"]  # what some of them speak of


@pytest.mark.parametrize(
    ("name", "code", "line", "case"), MISTAKES, ids=[name for name, _, _, _ in MISTAKES]
)
def test_one_finding_and_no_other(name: str, code: str, line: int, case: str) -> None:
    """The finding has the code and the line of the table, and its hint the case."""
    report = check(BAD / f"{name}.yaml")

    assert [(code, line)] == [(f.code, f.line) for f in report.findings]
    assert case in report.findings[0].hint
    assert 1 == report.exit_code
    assert report.obligations == report.proved + report.refuted + report.unknown


@pytest.mark.parametrize("name", SOUND)
def test_what_the_others_need_is_sound(name: str) -> None:
    """What stands here for another's sake has no finding."""
    report = check(BAD / f"{name}.yaml")

    assert ((), report.obligations) == (report.findings, report.proved)


def test_every_file_is_in_the_table() -> None:
    """No file lies about that nothing looks at, and each code that a spec can have is there."""
    names = [name for name, _, _, _ in MISTAKES]

    assert sorted(file.stem for file in BAD.glob("*.yaml")) == sorted([*names, *SOUND])
