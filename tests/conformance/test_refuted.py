"""What a proof refutes is taken by the generated code, and replayed from its file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netfsm.cli.check_cases import Cases
from netfsm.cli.common import Exit
from netfsm.conformance.refuted import run_refuted
from netfsm.conformance.replay import Outcome, replay
from netfsm.prove import Answer, prove
from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from tests.cli.running import netfsm

BAD = Path(__file__).parents[1] / "specs" / "bad" / "proof"

# spec, what its step shows
SHOWN = [
    ("answer_that_is_not_the_one_owed", ["PROPERTY"]),
    ("claim_of_what_is_left_out", ["PROPERTY"]),
    ("covered_except_at_zero", ["CELL"]),
    ("emission_wider_than_its_field", ["OUT-OF-TYPE"]),
    ("impossible_that_comes_after_two_steps", ["CELL"]),
    ("invariant_that_one_row_of_thirty_breaks", ["PROPERTY"]),
    ("nobody_asks_again", ["PROPERTY"]),
    ("oldest_of_an_empty_queue", ["CELL"]),
    ("overlap_past_the_antipode", ["CELL"]),
    ("step_that_goes_back", ["PROPERTY"]),
    ("store_out_of_range", ["OUT-OF-TYPE"]),
    ("timer_kept_into_a_state_without_it", []),
]


def refuted(file: Path) -> tuple[Machine, Answer]:
    """The machine of `file` and the first of its obligations that is refuted."""
    machine = load_spec(file)
    assert isinstance(machine, Machine)
    return machine, next(each for each in prove(machine) if each.verdict == "refuted")


@pytest.mark.parametrize(("name", "codes"), SHOWN, ids=[name for name, _ in SHOWN])
@pytest.mark.parametrize("encoding", ["int", "bitvec"])
def test_the_generated_code_takes_the_step(name: str, codes: list[str], encoding: str) -> None:
    """What is wrong shows on the generated code, with the values of the case."""
    machine = load_spec(BAD / f"{name}.yaml")
    assert isinstance(machine, Machine)
    answers = prove(machine, encoding="bitvec" if encoding == "bitvec" else "int")
    answer = next(each for each in answers if each.verdict == "refuted")
    ran = run_refuted(machine, answer)
    assert codes == [problem.code for problem in ran.taken.problems]
    assert bool(codes) == ran.shows


def test_a_case_fails_until_its_spec_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file names the spec, where the step begins and what comes; mended, it is FIXED."""
    spec = tmp_path / "specs" / "store.yaml"
    spec.parent.mkdir()
    shutil.copy(BAD / "store_out_of_range.yaml", spec)
    monkeypatch.setenv("NETFSM_PATH", str(spec.parent))
    told = netfsm("check", str(spec), "--cases", str(tmp_path / "cases"))
    assert Exit.FINDINGS == told.code
    (file,) = (tmp_path / "cases").iterdir()
    assert f"netfsm replay {file}" in told.out
    assert "OUT-OF-TYPE 10" in told.out
    found = replay(file)
    assert (Outcome.FAILED, ["OUT-OF-TYPE"]) == (found.outcome, [p.code for p in found.problems])
    text = spec.read_text(encoding="utf-8")
    assert "tries: tries + 1" in text
    spec.write_text(text.replace("tries: tries + 1", "tries: 0"), encoding="utf-8")
    assert Outcome.FIXED is replay(file).outcome


def test_what_one_step_does_not_show_has_no_file(tmp_path: Path) -> None:
    """It is told so, and nothing is written."""
    machine, answer = refuted(BAD / "timer_kept_into_a_state_without_it.yaml")
    lines = Cases(tmp_path)(machine, answer)
    assert ("ran     the generated code: busy.end, to IDLE; one step does not show it",) == lines
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["where_numbers_begin", "invariant_that_is_false_at_the_beginning"]
)
def test_what_is_no_single_step_is_not_run(name: str) -> None:
    """A shift compares two steps, and a machine begins without any."""
    _, answer = refuted(BAD / f"{name}.yaml")
    assert "" == answer.step
