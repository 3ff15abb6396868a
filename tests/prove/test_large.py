"""Specs made to hurt a prover: a clear error or a plain answer, in time that somebody waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from netfsm.prove.checking import check

LIMIT = 10.0
"""Seconds of CPU time, several times what is needed."""
HEAD = """\
machine: lab.large
netfsm: 1
title: Too much of one thing
ref: RFC 0 §1
initial: S0
"""


def rows_in_one_cell() -> str:
    """3,000 rows that exclude one another."""
    rows = "".join(
        f"      - {{id: s.r{n}, event: take, when: n == {n}, ignore: no, ref: RFC 0}}\n"
        for n in range(3000)
    )
    return f"{HEAD}events:\n  take: {{params: {{n: nat 2999}}}}\nstates:\n  S0:\n    rows:\n{rows}"


def two_rows(test: str, lets: str = "", type_: str = "nat 2999", more: str = "") -> str:
    """One cell that is decided by `test`."""
    return (
        f"{HEAD}{more}events:\n  take: {{params: {{n: {type_}}}}}\n{lets}"
        "states:\n  S0:\n    rows:\n"
        f"      - {{id: s.yes, event: take, when: {test}, ignore: no, ref: RFC 0}}\n"
        f"      - {{id: s.no, event: take, when: not ({test}), ignore: no, ref: RFC 0}}\n"
    )


def conjuncts() -> str:
    """500 conjuncts, in lets since an expression is not that long."""
    parts = (" and ".join(f"n != {i + j}" for j in range(50)) for i in range(0, 500, 50))
    lets = "".join(f"  p{i}: {part}\n" for i, part in enumerate(parts))
    return two_rows(" and ".join(f"p{i}" for i in range(10)), f"let:\n{lets}")


def nested_lets() -> str:
    """200 lets, each of which asks the one before it twice: 2^200 nodes if unfolded."""
    lets = "".join(f"  l{i}: min(l{i - 1} + l{i - 1}, 7)\n" for i in range(1, 200))
    return two_rows("l199 > 5", f"let:\n  l0: n + 1\n{lets}")


def doubling_lets() -> str:
    """As many as may lean on one another, doubled each time."""
    lets = "".join(f"  l{i}: min(l{i - 1} + l{i - 1}, 7)\n" for i in range(1, 12))
    return two_rows("l11 > 5", f"let:\n  l0: n\n{lets}")


def members() -> str:
    """An enum of 65,536 members."""
    words = ", ".join(f"M{i}" for i in range(65536))
    return two_rows("n == M77", type_="e", more=f"types:\n  e: {{enum: [{words}]}}\n")


def states() -> str:
    """2,000 states in a circle."""
    found = "".join(
        f"  S{i}:\n    rows:\n"
        f"      - {{id: s{i}.r, event: take, to: S{(i + 1) % 2000}, ref: RFC 0}}\n"
        for i in range(2000)
    )
    return f"{HEAD}events:\n  take: {{}}\nstates:\n{found}"


LARGE: Mapping[str, tuple[Callable[[], str], set[str]]] = {
    "3,000 rows in one cell": (rows_in_one_cell, {"TOO-MANY-ROWS"}),
    "500 conjuncts": (conjuncts, set()),
    "200 nested lets": (nested_lets, {"TOO-DEEP"}),
    "lets that double": (doubling_lets, set()),
    "65,536 members": (members, {"TYPE-FORM"}),
    "2,000 states": (states, {"TOO-MANY-ROWS"}),
}


@pytest.mark.parametrize("what", LARGE)
def test_a_large_spec_is_answered_in_time(what: str, tmp_path: Path) -> None:
    """The codes of the table, or everything proved."""
    make, codes = LARGE[what]
    file = tmp_path / "large.yaml"
    file.write_text(make(), encoding="utf-8")
    before = time.process_time()
    report = check(file)
    assert time.process_time() - before < LIMIT
    assert codes == {found.code for found in report.findings}
    assert report.obligations == report.proved
    assert bool(codes) == (report.obligations == 0)


def test_a_receiver_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    """What a signal brings is not proved where nobody knows what its receiver expects."""
    door = two_rows("n > 3").replace("lab.large", "lab.door")
    door = door.replace("ignore: no", "emit: [{signal: lab.bell.ring, with: {n: n}}]", 1)
    bell = (
        two_rows("n > 3")
        .replace("lab.large", "lab.bell")
        .replace("{params", "{signal: true, params")
    )
    (tmp_path / "door.yaml").write_text(door, encoding="utf-8")
    (tmp_path / "bell.yaml").write_text(bell.replace("take", "ring"), encoding="utf-8")
    assert () == check(tmp_path / "door.yaml").findings
    broken = bell.replace("take", "ring").replace("when: n > 3", "when: m > 3")
    (tmp_path / "bell.yaml").write_text(broken, encoding="utf-8")
    (found,) = check(tmp_path / "door.yaml").findings
    assert "PROOF-UNKNOWN" == found.code
    assert "lab.bell can't be read" in found.message
