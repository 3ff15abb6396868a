"""Files made to hurt: too big, too deep, too many. Each is a finding within a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netfsm.spec.compose import MAX_DEPTH
from netfsm.spec.findings import Findings
from netfsm.spec.source import MAX_BYTES, parse_source, read_source

DEEP = 10_000


LIMIT = 10.0
"""Seconds of CPU time: twenty times what a good reader needs, far below what a square takes."""


def within_the_limit(read: Callable[[Findings], object]) -> set[str]:
    """Return the codes that `read` finds; it must not take longer than the limit."""
    findings = Findings()
    before = time.process_time()
    read(findings)
    assert time.process_time() - before < LIMIT
    return {found.code for found in findings}


@pytest.mark.parametrize(
    "text",
    [
        "[" * DEEP,
        "[" * DEEP + "]" * DEEP,
        "{a: " * DEEP,
        "{" * DEEP,
        "- " * DEEP,
        "? " * DEEP,
        "".join("  " * level + "a:\n" for level in range(900)),
    ],
    ids=["lists", "closed lists", "mappings", "braces", "items", "keys", "blocks"],
)
def test_deep_nesting_is_refused(text: str) -> None:
    """Nesting without end stops at the limit, without a recursion error."""
    assert {"TOO-DEEP"} == within_the_limit(lambda found: parse_source(text, "f", found))


def test_deepest_allowed_nesting_is_read() -> None:
    """The limit itself is allowed, one more is not."""
    inner = MAX_DEPTH - 1

    assert set() == within_the_limit(
        lambda found: parse_source("a: " + "[" * inner + "]" * inner, "f", found)
    )
    assert {"TOO-DEEP"} == within_the_limit(
        lambda found: parse_source("a: " + "[" * (inner + 1) + "]" * (inner + 1), "f", found)
    )


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a: " + "(" * DEEP, set[str]()),
        ("a: {b: " + "(" * DEEP + "}", {"UNQUOTED"}),
        ("a: {b: " + "(" * DEEP + "," + ")" * DEEP + "}", {"UNQUOTED"}),
        ("a: [" + "f(a, b), " * 1_000 + "]", {"UNQUOTED"}),
        ("a: " + "9" * 500_000, {"NUMBER"}),
        ("a: 0x" + "f" * 500_000, {"NUMBER"}),
        ("a" * 500_000, {"KIND"}),
        ("a: " + "\0" * 500_000, {"CHARACTER"}),
        ("\t" * 500_000, {"EMPTY", "TAB"}),
        ("%x\n" * 100_000, {"DIRECTIVE", "EMPTY"}),
        ("#" * 900_000, {"EMPTY"}),
        ("\n" * 900_000, {"EMPTY"}),
        ('a: "' + "\\x41" * 100_000 + '"', set[str]()),
    ],
    ids=[
        "brackets", "brackets in braces", "paired brackets", "calls", "digits", "hexadecimal",
        "word", "control characters", "tabs", "directives", "comment", "lines", "escapes",
    ],
)  # fmt: skip  # names side by side
def test_long_runs_of_one_thing(text: str, codes: set[str]) -> None:
    """No part of the reader takes time that grows with the square of the text."""
    found = within_the_limit(lambda findings: parse_source(text, "f", findings))

    assert found <= codes
    assert bool(codes) == bool(found)


def test_alias_bomb_is_refused() -> None:
    """Aliases that would unfold to a billion nodes stay as many findings as they are aliases."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefghi", "bcdefghij", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")

    codes = within_the_limit(lambda found: parse_source("\n".join(lines), "f", found))

    assert {"ANCHOR", "ALIAS"} == codes


def test_big_file_is_refused_by_name(tmp_path: Path) -> None:
    """A file of ten megabytes is refused before it is parsed, and the finding names it."""
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a: b\n" * 2_000_000)
    findings = Findings()

    before = time.process_time()
    assert read_source(path, findings) is None
    assert time.process_time() - before < LIMIT
    assert [("TOO-BIG", str(path))] == [(found.code, found.file) for found in findings]


def test_largest_allowed_file_is_read(tmp_path: Path) -> None:
    """A file of exactly the limit is read; one byte more is not."""
    path = tmp_path / "full.yaml"
    path.write_bytes(b"a: b\n" + b"#" * (MAX_BYTES - 6) + b"\n")

    assert set() == within_the_limit(lambda found: read_source(path, found))
    path.write_bytes(path.read_bytes() + b"\n")
    assert {"TOO-BIG"} == within_the_limit(lambda found: read_source(path, found))
