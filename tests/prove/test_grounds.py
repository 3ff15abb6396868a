"""What proofs stand on: without it a wrong spec could be proved, since nothing contradicts it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.prove.samples import Change, failures, link

SIZES: Final = """\
  sizes: {type: {queue: nat 9, max: 4, full: refuse}, in: OPEN}
  seen: {type: set nat 9, initial: nothing}
"""
FILL: Final = """\
      - id: open.fill
        event: fill
        when: not full(saved) and not empty(saved)
        do: {saved: "push(saved, oldest(saved))"}
        ref: RFC 0 §5
"""
NUMBERS: Final[list[Change]] = [
    (
        "  saved: {type: {queue: handle packet",
        SIZES + "  saved: {type: {queue: handle packet",
    ),
    ("          saved: nothing\n", "          saved: nothing\n          sizes: nothing\n"),
]
FUNCTION: Final = """\
functions:
  f: {params: {x: nat 100}, returns: RESULT, contract: "CONTRACT"}
events:
"""


def declared(contract: str, result: str = "nat 100") -> Change:
    """A function `f` with this contract."""
    text = FUNCTION.replace("RESULT", result).replace("CONTRACT", contract)
    return ("events:\n", text)


def sending(*stores: str) -> Change:
    """More that is stored as something is sent."""
    return ("do: {nxt: nxt + n}", f"do: {{{', '.join(('nxt: nxt + n', *stores))}}}")


@pytest.mark.parametrize("store", ["sizes: 'push(sizes, n)'", "seen: 'insert(seen, n)'"])
def test_what_is_kept_in_a_collection_has_its_type(store: str, tmp_path: Path) -> None:
    """A nat 100 is no nat 9: the oldest of the queue would be taken for one."""
    found = failures(link(tmp_path, *NUMBERS, sending(store)))
    assert ["OPEN/open.send/step/in_type/1"] == found


def test_what_is_kept_after_a_test_has_its_type(tmp_path: Path) -> None:
    """The test is known where the element is put in; and a large one contradicts nothing else."""
    kept = "sizes: 'push(sizes, n) if n < 10 else sizes'"
    wrong = "tries: 'tries if n < 10 else 7'"
    assert [] == failures(link(tmp_path, *NUMBERS, sending(kept)))
    found = failures(link(tmp_path, *NUMBERS, sending(kept, wrong)))
    assert ["OPEN/open.send/in_range/tries", "OPEN/open.send/keeps/few"] == found


@pytest.mark.parametrize("divisor", ["ZERO", "(1 - 1)", "(2 * ZERO)"])
def test_nothing_is_divided_by_zero(divisor: str, tmp_path: Path) -> None:
    """A constant may be zero in one size or set, which only a value tells."""
    zero = ("  WAIT:", "  ZERO: {type: nat 9, value: 0, ref: RFC 0 §1}\n  WAIT:")
    found = failures(link(tmp_path, zero, sending(f"tries: 'min(n // {divisor}, 3)'")))
    assert ["OPEN/open.send/step/divisor/1", "OPEN/send/code"] == found


def test_what_is_passed_to_a_function_has_its_type(tmp_path: Path) -> None:
    """The contract is promised for arguments of their types only."""
    called = sending("tries: 'int(f(n + 1) > n)'")
    found = failures(link(tmp_path, declared("result >= x"), called))
    assert ["OPEN/open.send/step/in_type/1"] == found


@pytest.mark.parametrize("contract", ["result > x", "result > x and result < x", "result + 1 <= x"])
def test_a_contract_can_be_kept_for_every_argument(contract: str, tmp_path: Path) -> None:
    """Where none can, the rest of a step would be proved from nothing."""
    called = sending("tries: '3 if f(n) >= 0 else 7'")
    found = failures(link(tmp_path, declared(contract), called))
    assert "function/f/can_return" in found


@pytest.mark.parametrize(
    ("contract", "result"),
    [
        ("result >= x", "nat 100"),
        ("len(result) == x", "bytes"),
        ("result == (x > 3)", "bool"),
        ("result <= 3 or x == 0", "nat 9"),
    ],
)
def test_a_contract_that_can_be_kept_is_proved(contract: str, result: str, tmp_path: Path) -> None:
    """Of numbers, truths and octets, of which there are some of every length."""
    call = "int(f(n))" if result == "bool" else "len(f(n))" if result == "bytes" else "f(n)"
    called = sending(f"tries: 'min({call}, 3)'")
    assert [] == failures(link(tmp_path, declared(contract, result), called))


@pytest.mark.parametrize(
    ("initial", "expected"),
    [
        ("g", []),
        ("g + 5", ["begin/opened/in_range"]),
        ("g - 5", ["begin/opened/natural/1", "begin/opened/in_range"]),
        ("g - 5 if g > 5 else 0", []),
    ],
)
def test_what_a_machine_begins_with_has_its_type(
    initial: str, expected: list[str], tmp_path: Path
) -> None:
    """Whatever the hands have set."""
    given = ("variables:\n", "given: {g: nat 9}\nvariables:\n")
    begins = ("{type: nat 9, initial: 0}", f"{{type: nat 9, initial: {initial}}}")
    counted = ("holds: opened <= 9", "holds: opened <= 99")
    assert expected == failures(link(tmp_path, given, begins, counted))


def test_two_completion_events_do_not_raise_one_another(tmp_path: Path) -> None:
    """Each makes its own measure smaller, and together they go on without end."""
    event = (
        "  trim: {completion",
        "  fill: {completion: true, after: row, measure: 4 - len(saved)}\n  trim: {completion",
    )
    row = ("      - id: open.again\n", f"{FILL}      - id: open.again\n")
    assert ["OPEN/open.trim/measure"] == failures(link(tmp_path, event, row))
