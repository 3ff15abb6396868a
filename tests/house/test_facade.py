"""The lazy facade: its table, its list of names and its typed block say the same."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib

import pytest

import netfsm
from tests.house.tree import ROOT, module_name, package_files


def _source() -> str:
    return (ROOT / "netfsm/__init__.py").read_text(encoding="utf-8")


def _typed_imports() -> dict[str, str]:
    """Name -> module of the TYPE_CHECKING block."""
    return {
        alias.name: node.module
        for block in ast.parse(_source()).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }


def test_what_checkers_see_is_what_is_loaded() -> None:
    """The TYPE_CHECKING block imports each name from the module that the table loads it from."""
    assert netfsm._HOME == _typed_imports()


def test_all_names_are_listed() -> None:
    """`__all__` and `dir()` hold the table's names and the version, sorted."""
    expected = sorted({*netfsm._HOME, "__version__"})
    assert expected == netfsm.__all__
    assert expected == dir(netfsm)


def _present() -> list[str]:
    """The names whose module is there; mypy refuses the facade while one is missing."""
    modules = {module_name(file) for file in package_files() if file.endswith(".py")}
    return sorted(name for name, home in netfsm._HOME.items() if home in modules)


@pytest.mark.parametrize("name", _present())
def test_every_name_loads(name: str) -> None:
    """Each public name is there when it is asked for, and stays."""
    value = getattr(netfsm, name)
    assert value is vars(netfsm)[name]


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that the facade doesn't have fails as a module's attribute does."""
    with pytest.raises(AttributeError, match="module 'netfsm' has no attribute 'Stak'"):
        getattr(netfsm, "Stak")  # noqa: B009 - checkers refuse the plain form, as they should


def test_asyncio_is_offered_once_it_is_there() -> None:
    """`netfsm.aio` is a public name exactly when the module exists."""
    assert ("netfsm/aio/__init__.py" in package_files()) == ("aio" in netfsm.__all__)


def test_the_map_tells_every_part() -> None:
    """The docstring's map has a line for each folder and module directly under netfsm/."""
    parts = {file.split("/")[1].removesuffix(".py") for file in package_files()}
    parts -= {"__init__", "__main__", "py.typed"}
    mapped = set(re.findall(r"^netfsm\.(\w+)", netfsm.__doc__ or "", re.MULTILINE))
    assert set() == parts - mapped


def test_the_version_stands_in_one_place() -> None:
    """pyproject.toml takes the version from `netfsm.__version__` and names none itself."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert ["version"] == settings["project"]["dynamic"]
    assert {"attr": "netfsm.__version__"} == settings["tool"]["setuptools"]["dynamic"]["version"]


def test_a_bare_import_is_light() -> None:
    """A program that only imports netfsm carries none of the heavy libraries."""
    code = (
        "import netfsm, sys; "
        "assert not {'hypothesis','rich','click','z3','transitions'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
