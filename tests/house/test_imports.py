"""Imports run one way, and `import netfsm` is light. The order below is the house's map."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import pytest
from ruamel.yaml import YAML

from tests.house.tree import ROOT, module_name, package_files

# A part of the package, and the parts that it may import beside itself and BASE. Written by hand
# for what is direct; `_reachable` adds what follows.
BELOW: Final[dict[str, tuple[str, ...]]] = {
    "spec": (),
    "wire": ("spec",),
    "machine": ("wire",),
    "prove": ("machine",),
    "draw": ("machine",),
    "stack": ("machine",),
    "layers": ("stack",),
    "services": ("stack",),
    "e1000": ("machine",),
    "drivers": ("layers", "e1000"),
    "sim": ("draw", "drivers"),
    "aio": ("drivers",),
    "explore": ("prove", "sim"),
    "conformance": ("aio", "draw", "explore", "prove", "sim"),
    "cli": ("conformance", "explore", "services"),
    "__main__": ("cli",),
}
BASE: Final = frozenset({"errors", "programs"})
FACADE: Final = "the facade"
MAY_USE_FACADE: Final = frozenset({"conformance", "cli"})

EXTRAS: Final = frozenset(
    {
        "click",
        "dpkt",
        "graphviz",
        "hypothesis",
        "jsonschema",
        "pygraphviz",
        "pyroute2",
        "pytest",
        "rich",
        "scapy",
        "transitions",
        "z3",
    }
)


class Import(NamedTuple):
    """One import of one of netfsm's modules, `target`, by a module of netfsm."""

    file: str
    line: int
    target: str

    def __str__(self) -> str:
        """Show the place and what is imported there."""
        return f"{self.file}:{self.line} imports {self.target}"


@cache
def _modules() -> frozenset[str]:
    return frozenset(module_name(file) for file in package_files() if file.endswith(".py"))


@cache
def _imports() -> tuple[Import, ...]:
    return tuple(
        found
        for file in package_files()
        if file.endswith(".py")
        for found in _imports_of(file, (ROOT / file).read_text(encoding="utf-8"))
    )


def _imports_of(file: str, source: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source, file)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [_imported(node.module, alias.name) for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "netfsm":
                yield Import(file, node.lineno, name)


def _imported(module: str, name: str) -> str:
    """`from a import b` imports the module a.b if there is one, else a."""
    whole = f"{module}.{name}"
    return whole if whole in _modules() else module


def _part(module: str) -> str:
    pieces = module.split(".")
    return pieces[1] if len(pieces) > 1 else FACADE


@cache
def _reachable(part: str) -> frozenset[str]:
    direct = BELOW[part]
    return frozenset(direct).union(*(_reachable(below) for below in direct))


def _allowed(part: str) -> frozenset[str]:
    if part in BASE:
        return frozenset({part})
    facade = frozenset({FACADE}) if part in MAY_USE_FACADE else frozenset[str]()
    return _reachable(part) | {part} | BASE | facade


def test_every_part_has_a_place_in_the_order() -> None:
    """A new folder or module directly under netfsm/ must be given its place in BELOW or BASE."""
    parts = {_part(module) for module in _modules()} - {FACADE}
    assert set() == parts - BELOW.keys() - BASE


def test_imports_run_one_way() -> None:
    """No module imports a part that stands above its own, not even inside a function."""
    wrong = [
        str(found)
        for found in _imports()
        if _part(module_name(found.file)) != FACADE
        and _part(found.target) not in _allowed(_part(module_name(found.file)))
    ]
    assert [] == wrong


def test_hands_are_loaded_by_name_only() -> None:
    """A module that a layer.yaml names as its `hands:` is imported by no module of netfsm."""
    hands = set[str]()
    for file in package_files():
        if file.endswith("/layer.yaml"):
            layer = YAML(typ="safe", pure=True).load((ROOT / file).read_text(encoding="utf-8"))
            hands.add(str(layer.get("hands", "")).split(":")[0])
    wrong = [str(found) for found in _imports() if found.target in hands]
    assert [] == wrong


def test_the_order_has_no_circle() -> None:
    """The table above is an order: no part stands above itself."""
    assert [] == [part for part in BELOW if part in _reachable(part)]


def test_an_import_inside_a_function_is_seen() -> None:
    """The reader of imports finds them at any depth and in both forms."""
    source = "def f():\n    import netfsm.spec\n    from netfsm import errors\n    import os\n"
    assert ["netfsm.spec", "netfsm.errors"] == [
        found.target for found in _imports_of("netfsm/stack/x.py", source)
    ]


def _loaded_by(module: str) -> set[str]:
    code = f"import {module}, sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return set(ran.stdout.split())


def test_importing_netfsm_loads_neither_an_extra_nor_a_core_dependency() -> None:
    """`import netfsm` pulls in nothing but the standard library."""
    assert set() == _loaded_by("netfsm") & (EXTRAS | {"attr", "attrs", "ruamel"})


CORE: Final = (
    "spec",
    "wire",
    "machine",
    "stack",
    "layers",
    "drivers",
    "sim",
    "aio",
    "prove",
    "draw",
    "explore",
)


@pytest.mark.parametrize("part", CORE)
def test_importing_a_part_loads_no_extra(part: str) -> None:
    """The extras are imported where they are used, so each part imports with the core alone."""
    modules = sorted(module for module in _modules() if _part(module) == part)
    loaded = _loaded_by(", ".join(modules)) if modules else set[str]()
    assert set() == loaded & EXTRAS
