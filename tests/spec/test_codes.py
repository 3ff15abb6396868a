"""The catalogue of codes: complete, and its examples earn their codes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netfsm.spec.codes import Entry, catalogue, explain_code
from netfsm.spec.findings import Findings
from netfsm.spec.head import read_head
from netfsm.spec.source import parse_source

PACKAGE = Path(__file__).parents[2] / "netfsm"
CODE = re.compile(r"[A-Z][A-Z0-9]+(-[A-Z0-9]+)*\Z")
READER = ("text", "compose", "syntax", "source", "head")
PROBLEMS = ("conformance", "pair.py")  # what a run of the suites may find
OTHER_WORDS = {"numbered.py", "registers.py"}  # levels of requirements, kinds of access
ANSWERS = {"prove": "PROOF-", "explore": "COMPOSE-"}  # codes that are made into findings later
NOT_BY_TEXT = {"UNREADABLE", "TOO-BIG", "ENCODING", "TOO-DEEP"}  # told in words; see the limits


def literals(tree: ast.AST) -> Iterator[str]:
    """Yield every text of `tree` that looks like a code, but for names that are exported."""
    for node in ast.iter_child_nodes(tree):
        exports = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if CODE.match(node.value):
                yield node.value
        elif not exports:
            yield from literals(node)


def first_arguments(tree: ast.AST) -> Iterator[str]:
    """Yield the codes that calls of `add` and `Finding` have as their first argument."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".add", "Finding")):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and CODE.match(str(first.value)):
                yield str(first.value)


def used_codes() -> dict[str, str]:
    """Return every code in the source of netfsm, and a file that uses it."""
    found: dict[str, str] = {}
    suites = sorted((PACKAGE.parent / "conformance").glob("*.py"))  # a link below netfsm/
    for path in [*sorted(PACKAGE.rglob("*.py")), *suites]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = path.parent.name == "spec" or (path.parent.name, path.name) == PROBLEMS
        whole = whole and path.name not in OTHER_WORDS
        codes = literals(tree) if whole else first_arguments(tree)
        if path.parent.name in ANSWERS:
            prefix = ANSWERS[path.parent.name]
            codes = (code for code in literals(tree) if code.startswith(prefix))
        found |= dict.fromkeys(codes, str(path.relative_to(PACKAGE.parent)))
    return found


def test_every_code_in_the_source_is_explained() -> None:
    """A code that a finding has can be asked for."""
    unexplained = {code: file for code, file in used_codes().items() if code not in catalogue()}

    assert {} == unexplained


def test_every_explained_code_is_in_the_source() -> None:
    """The catalogue has no code that nothing reports."""
    used = used_codes()

    assert [] == [code for code in catalogue() if code not in used]


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.code)
def test_entry_says_all_four(entry: Entry) -> None:
    """Rule, cause, mend and example are sentences or code, on lines of a terminal's width."""
    assert CODE.match(entry.code)
    for sentence in (entry.rule, entry.cause, entry.mend):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert entry.wrong
    assert all(len(line) <= 100 for line in entry.wrong.splitlines())


def reader_codes() -> list[str]:
    """Return the codes of the modules that read a file and its head."""
    trees = [ast.parse((PACKAGE / "spec" / f"{name}.py").read_text("utf-8")) for name in READER]
    return sorted({code for tree in trees for code in literals(tree)} - NOT_BY_TEXT)


@pytest.mark.parametrize("code", reader_codes())
def test_example_of_the_reader_earns_its_code(code: str) -> None:
    """The wrong example of a code, read as a file, has a finding with that code and no other."""
    findings = Findings()
    root = parse_source(catalogue()[code].wrong + "\n", "f", findings)
    if root is not None and code == "LANGUAGE-VERSION":
        read_head(root, findings)

    assert {code} == {found.code for found in findings}


def test_code_is_found_in_any_case() -> None:
    """`netfsm explain unknown-key` finds UNKNOWN-KEY; an unknown code is none."""
    assert catalogue()["UNKNOWN-KEY"] == explain_code(" unknown-key ")
    assert explain_code("NO-SUCH-CODE") is None
