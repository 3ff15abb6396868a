"""The wheel holds what git tracks in the package, links followed, and the compiled specs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from netfsm.spec.index import find_specs, own_specs
from tests.house.tree import LINKS, ROOT, package_files, tracked


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tracked files as they stand, links as links: what a clone would hold."""
    copy = tmp_path_factory.mktemp("clone")
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name, follow_symlinks=False)
    return copy


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the clone."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    ran = subprocess.run([*command, folder, clone], capture_output=True, check=False, text=True)
    assert 0 == ran.returncode, ran.stdout + ran.stderr
    (made,) = folder.iterdir()
    return made


def test_the_wheel_holds_what_git_tracks(wheel: Path) -> None:
    """Nothing of the package is left out of the wheel; only its compiled specs are added."""
    names = zipfile.ZipFile(wheel).namelist()
    compiled = {name for name in names if name.startswith("netfsm/compiled/")}
    held = {name for name in names if name.startswith("netfsm/")} - compiled
    assert list(package_files()) == sorted(held)
    own = [spec for spec in find_specs().values() if own_specs() in spec.path.parents]
    assert len(compiled) == len([spec for spec in own if spec.kind != "chapter"])
    tops = {name.split("/")[0] for name in names}
    assert {"netfsm"} == {top for top in tops if not top.endswith(".dist-info")}


def test_the_links_are_relative_and_point_at_real_folders() -> None:
    """netfsm/drivers, netfsm/conformance and netfsm/specs are links to the folders at the top."""
    for name in LINKS:
        assert Path("..", name) == (ROOT / "netfsm" / name).readlink()
        assert (ROOT / name).is_dir()
        assert not (ROOT / name).is_symlink()


READ_SPECS = """
import sys

sys.path.insert(0, sys.argv[1])
from importlib.resources import files

import netfsm

def walk(at, path):
    for part in at.iterdir():
        name = f"{path}/{part.name}"
        yield from walk(part, name) if part.is_dir() else [name]

assert netfsm.__file__.startswith(sys.argv[1]), netfsm.__file__
print(*sorted(walk(files("netfsm") / "specs", "netfsm/specs")))
"""


def test_a_wheel_reads_its_own_specs(wheel: Path, tmp_path: Path) -> None:
    """From the wheel alone the package imports and its specs are found as package data."""
    expected = [name for name in package_files() if name.startswith("netfsm/specs/")]
    ran = subprocess.run(
        [sys.executable, "-c", READ_SPECS, str(wheel)],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert ("", expected) == (ran.stderr, ran.stdout.split())
