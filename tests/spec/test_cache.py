"""Compiled models: used while nothing has changed, passed over in silence where anything has."""

from __future__ import annotations

import io
import os
import pickle
import shutil
from pathlib import Path

import pytest

import netfsm.spec.cache
from netfsm.errors import SpecError
from netfsm.spec.cache import compile_all
from netfsm.spec.index import find_specs
from netfsm.spec.library import Library
from netfsm.spec.load import load_all, load_spec
from netfsm.spec.model import Layer, Machine

HOUSE = Path(__file__).parents[1] / "specs" / "house"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the house layer on the search path, and an empty cache."""
    shutil.copytree(HOUSE, tmp_path / "house")
    monkeypatch.setenv("NETFSM_PATH", str(tmp_path / "house"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "house"


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


def entries(house: Path) -> list[Path]:
    """The entries in the cache."""
    return sorted((house.parent / "cache" / "netfsm").glob("*.model"))


def test_the_second_load_reads_no_yaml(house: Path, reads: list[str]) -> None:
    """What was read once is taken from the cache, and is the same."""
    first = load_spec("house.door")
    second = load_spec("house.door")

    assert ["house.door"] == reads
    assert first == second
    assert isinstance(second, Machine)
    assert str(house / "door.yaml") == second.mark.file


@pytest.mark.parametrize("file", ["door.yaml", "layer.yaml", "note.yaml", "bell.yaml"])
def test_a_change_in_any_file_it_was_made_of_counts(
    house: Path, reads: list[str], file: str
) -> None:
    """The machine, its layer, its format and the machine that it signals to are looked at."""
    load_spec("house.door")
    with (house / file).open("a", encoding="utf-8") as text:
        text.write("# a comment\n")

    load_spec("house.door")

    assert ["house.door", "house.door"] == reads


def test_moving_the_files_moves_the_marks(house: Path, reads: list[str]) -> None:
    """An entry is good for the same files elsewhere, and its marks are where those are."""
    load_spec("house")
    moved = house.parent / "moved"
    house.rename(moved)

    layer = load_spec("house", path=[moved])

    assert ["house"] == reads
    assert isinstance(layer, Layer)
    assert (str(moved), str(moved / "layer.yaml")) == (layer.folder, layer.mark.file)


def test_constants_and_sizes_have_entries_of_their_own(house: Path) -> None:
    """What is proved is not mixed up with what is run."""
    values = []
    for constants, size in (("rfc", "real"), ("linux", "real"), ("rfc", "small")):
        layer = load_spec("house", constants=constants, size=size)  # type: ignore[arg-type]  # words of the two types
        assert isinstance(layer, Layer)
        values.append(layer.constants[0].value)

    assert [3, 5, 1] == values
    assert 3 == len(entries(house))


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\0" * 4096])
def test_a_damaged_entry_is_passed_over(house: Path, reads: list[str], damage: bytes) -> None:
    """A corrupted cache makes no noise."""
    load_spec("house.door")
    for entry in entries(house):
        entry.write_bytes(damage)

    assert isinstance(load_spec("house.door"), Machine)
    assert 2 == len(reads)


def test_a_truncated_entry_is_passed_over(house: Path, reads: list[str]) -> None:
    """An entry whose end is missing is no entry."""
    load_spec("house.door")
    for entry in entries(house):
        entry.write_bytes(entry.read_bytes()[:-100])

    assert isinstance(load_spec("house.door"), Machine)
    assert 2 == len(reads)


def test_a_folder_that_others_can_write_is_not_trusted(house: Path, reads: list[str]) -> None:
    """A pickle that anybody could have put there is not read."""
    load_spec("house.door")
    (house.parent / "cache" / "netfsm").chmod(0o777)

    load_spec("house.door")

    assert 2 == len(reads)


def test_an_entry_makes_classes_of_the_model_only(house: Path) -> None:
    """A name outside netfsm.spec in an entry is refused before it is called."""
    stream = io.BytesIO(pickle.dumps(os.getpid))

    with pytest.raises(pickle.UnpicklingError, match="no place in a model"):
        netfsm.spec.cache._Unpickler(stream, {}).load()


def test_a_cache_that_cannot_be_written_is_none(
    house: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder can't be made, YAML is read each time."""
    (house.parent / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(house.parent / "file"))

    load_spec("house.door")
    load_spec("house.door")

    assert 2 == len(reads)


def test_a_spec_with_findings_is_not_kept(house: Path) -> None:
    """Findings are told each time."""
    text = (house / "door.yaml").read_text(encoding="utf-8")
    (house / "door.yaml").write_text(text.replace("to: OPEN", "to: OPNE"), encoding="utf-8")

    for _ in range(2):
        with pytest.raises(SpecError, match="UNKNOWN-STATE"):
            load_spec("house.door")
    assert [] == entries(house)


def test_compiled_specs_are_found_beside_the_package(
    house: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the wheel ships is used before the user's cache is."""
    shipped = house.parent / "compiled"
    count = compile_all(shipped)
    monkeypatch.setattr(netfsm.spec.cache, "shipped_folder", lambda: shipped)
    reads.clear()

    models = load_all()

    specs = find_specs().values()  # a chapter is compiled with its machine
    own = [s.name for s in specs if s.kind != "chapter" and not s.name.startswith("house")]
    assert count == len(own)
    assert sorted(models) == sorted([*own, *reads])
