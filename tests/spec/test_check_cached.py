"""`check` reads YAML only where something changed, and finds the same either way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netfsm.spec.checking import check
from netfsm.spec.library import Library
from netfsm.spec.load import load_spec
from netfsm.spec.model import Scope

SPECS = Path(__file__).parents[1] / "specs"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of two layers on the search path, one with a scope; an empty cache."""
    for layer in ("house", "flow"):
        shutil.copytree(SPECS / layer, tmp_path / layer)
    monkeypatch.setenv("NETFSM_PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The specs that were read from YAML."""
    found: list[str] = []
    load = Library.load

    def counted(library: Library, name: str) -> object:
        found.append(name)
        return load(library, name)

    monkeypatch.setattr(Library, "load", counted)
    return found


def test_a_second_check_reads_nothing(folder: Path, reads: list[str]) -> None:
    """Where nothing was found and nothing changed all models come from the cache."""
    first = check("house", "flow")
    assert folder.exists()
    assert {*first.names} <= {*reads}
    reads.clear()
    assert (first, []) == (check("house", "flow"), reads)


def test_only_what_changed_is_read(folder: Path, reads: list[str]) -> None:
    """A changed machine is read again, and those that look at it."""
    check("house", "flow")
    reads.clear()
    with (folder / "house" / "bell.yaml").open("a", encoding="utf-8") as file:
        file.write("# a remark\n")
    check("house", "flow")
    assert "house.bell" in reads
    assert not any(name.startswith("flow") for name in reads)


def test_what_was_found_is_found_again(folder: Path, reads: list[str]) -> None:
    """A spec with findings is not kept, so that they come each time."""
    door = folder / "house" / "door.yaml"
    door.write_text(door.read_text(encoding="utf-8").replace("ref: RFC", "reff: RFC", 1), "utf-8")
    first = check("house")
    assert first.findings
    reads.clear()
    assert first == check("house")
    assert "house.door" in reads


def test_another_machine_of_a_scope_is_seen(folder: Path, reads: list[str]) -> None:
    """A scope counts as changed where a machine joins it that was not there."""
    before = load_spec("flow.line")
    assert before == load_spec("flow.line")
    talk = (folder / "flow" / "talk.yaml").read_text(encoding="utf-8")
    (folder / "flow" / "other.yaml").write_text(
        talk.replace("machine: flow.talk", "machine: flow.other"), encoding="utf-8"
    )
    after = load_spec("flow.line")
    assert isinstance(before, Scope)
    assert isinstance(after, Scope)
    assert (*before.machines, "flow.other") == tuple(sorted(after.machines, key=_joined))
    assert ["flow.line", "flow.line"] == reads


def _joined(name: str) -> tuple[bool, str]:
    return (name == "flow.other", name)
