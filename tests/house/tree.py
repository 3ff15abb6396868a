"""The committed tree as the house tests see it: what a fresh clone would hold."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LINKS: Final = ("conformance", "drivers", "specs")
"""Real folders at the top to which `netfsm/` holds links."""


def tracked() -> tuple[str, ...]:
    """The paths that git tracks and that are there, relative to the root, in order."""
    # A CI often checks out as one user and tests as another; git would refuse to list that.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return tuple(name for name in listed.split("\0") if name and os.path.lexists(ROOT / name))


def texts() -> tuple[str, ...]:
    """The tracked files that hold text (UTF-8); links are left out."""
    return tuple(name for name in tracked() if _is_text(ROOT / name))


def python_files() -> tuple[str, ...]:
    """The tracked Python files."""
    return tuple(name for name in tracked() if name.endswith(".py"))


def package_files() -> tuple[str, ...]:
    """What the package holds, as a wheel names it: the links are followed."""
    inside = [name for name in tracked() if name.startswith("netfsm/")]
    plain = [name for name in inside if not (ROOT / name).is_symlink()]
    linked = [f"netfsm/{name}" for name in tracked() if name.split("/")[0] in LINKS]
    return tuple(sorted(plain + linked))


def module_name(file: str) -> str:
    """The dotted name under which a file of `package_files` is imported."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _is_text(path: Path) -> bool:
    if path.is_symlink():
        return False
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True
