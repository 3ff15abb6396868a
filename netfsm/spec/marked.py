"""Which tests say that they show a clause: those marked `@pytest.mark.requirement("RFC 1 MUST-1")`.

A package that is installed has no tests, so `make docs` writes what the sources say beside the
specs, and what is asked here is that file. Only words that stand in the mark itself are read.
"""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeGuard

__all__ = ["MARK", "TESTS", "known_tests", "marked_tests", "recorded"]

MARK: Final = "requirement"
TESTS: Final = "tests.json"
"""Where the record stands, below the folder of specs."""

_Test = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def known_tests() -> Mapping[str, tuple[str, ...]]:
    """The tests that show a clause, as `tests/a/test_b.py::test_c`, by the clause's text."""
    text = (files("netfsm") / "specs" / TESTS).read_text(encoding="utf-8")
    return MappingProxyType({clause: tuple(tests) for clause, tests in json.loads(text).items()})


def marked_tests(root: Path) -> dict[str, list[str]]:
    """The same from the sources below `root`/tests, clauses and tests sorted."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        if f"mark.{MARK}" in source:
            for name, clause in _marks(ast.parse(source, str(path))):
                found[clause].append(f"{path.relative_to(root).as_posix()}::{name}")
    return {clause: sorted(found[clause]) for clause in sorted(found)}


def recorded(tests: Mapping[str, list[str]]) -> str:
    """What the record of `tests` holds."""
    return json.dumps(tests, ensure_ascii=False, indent=2) + "\n"


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name of a test and each clause that a mark of it says."""
    for test in module.body:
        if isinstance(test, _Test):
            for decorator in test.decorator_list:
                if _is_mark(decorator):
                    yield from ((test.name, ast.literal_eval(word)) for word in decorator.args)


def _is_mark(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{MARK}"
