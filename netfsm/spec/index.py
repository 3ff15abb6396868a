"""Which spec stands in which file: found by the first key, without reading the rest.

Roots are searched in this order, and the first that knows a name wins: directories given by the
caller, those of the environment's NETFSM_PATH, netfsm's own specs, and the packages behind the
entry points `netfsm.layers`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from attrs import frozen

from netfsm.spec.findings import Findings, Mark

__all__ = [
    "KINDS",
    "SpecFile",
    "find_specs",
    "index_roots",
    "look_at",
    "machine_of_chapter",
    "members",
    "near_roots",
    "own_specs",
    "scope_of",
    "search_roots",
]

KINDS: Final = (
    "layer",
    "format",
    "machine",
    "chapter",
    "scope",
    "types",
    "compose",
    "device",
    "registers",
)
_FIRST_KEY: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\r?\n)*"
    rb"(?P<kind>" + "|".join(KINDS).encode() + rb")[ \t]*:[ \t]*[\"']?(?P<name>[\w.-]+)"
)
_HEAD: Final = 4096
_SAYS: Final = {
    key: re.compile(rb"^" + key.encode() + rb":[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
    for key in ("scope", "of")
}


@frozen
class SpecFile:
    """Where a spec stands: its name, its kind, its file and the root under which it was found."""

    name: str
    kind: str
    path: Path
    root: Path

    @property
    def place(self) -> str:
        """The file's path below its root, with `/`: the same on every machine."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def mark(self) -> Mark:
        """The first line of the file."""
        return Mark(str(self.path), 1, 1)


def find_specs(
    path: Iterable[str | os.PathLike[str]] = (), findings: Findings | None = None
) -> Mapping[str, SpecFile]:
    """Return every spec that can be found, by name, with `path` searched first.

    Two files of one root that have the same name are noted as DUPLICATE-SPEC; of several roots
    the first one counts, so that a directory of one's own may replace a spec of netfsm's.
    """
    return index_roots(search_roots(path), findings)


def index_roots(
    roots: Iterable[Path], findings: Findings | None = None, *, deep: bool = True
) -> Mapping[str, SpecFile]:
    """Return the specs below `roots` by name; the first root that has a name wins.

    `deep` looks into the folders below each root too.
    """
    found: dict[str, SpecFile] = {}
    for root in roots:
        here: dict[str, SpecFile] = {}
        for spec in _specs_below(root, deep=deep):
            first = here.setdefault(spec.name, spec)
            if first is not spec and findings is not None:
                findings.add(
                    "DUPLICATE-SPEC",
                    spec.mark,
                    f"{spec.name} stands in {first.path} too",
                    "rename one of them: a name belongs to one file",
                )
        for name, spec in here.items():
            found.setdefault(name, spec)
    return found


def near_roots(path: Iterable[str | os.PathLike[str]] = ()) -> tuple[Path, ...]:
    """Return the directories that are searched first, without asking for installed packages."""
    given = [Path(entry) for entry in path]
    around = [Path(entry) for entry in os.environ.get("NETFSM_PATH", "").split(os.pathsep) if entry]
    return tuple(dict.fromkeys(root.absolute() for root in (*given, *around, own_specs())))


def search_roots(path: Iterable[str | os.PathLike[str]] = ()) -> tuple[Path, ...]:
    """Return all directories that are searched, in order, each once."""
    return tuple(dict.fromkeys((*near_roots(path), *_entry_point_roots())))


def own_specs() -> Path:
    """Return the folder of netfsm's own specs, its links resolved."""
    with as_file(files("netfsm") / "specs") as folder:
        return folder.resolve()


def look_at(path: Path, root: Path) -> SpecFile | None:
    """Return what the first key of `path` says, None where it is no spec's or can't be read."""
    try:
        found = path.stat()
        head = _head(str(path), found.st_mtime_ns, found.st_size)
    except OSError:
        return None
    return None if head is None else SpecFile(head[1], head[0], path, root)


@lru_cache(maxsize=4096)
def _head(path: str, _changed: int, _size: int) -> tuple[str, str] | None:
    """Kind and name in the first key of a file; read once while time and size stay the same."""
    with open(path, "rb") as file:
        match = _FIRST_KEY.match(file.read(_HEAD))
    return None if match is None else (match["kind"].decode(), match["name"].decode("ascii"))


def members(index: Mapping[str, SpecFile], scope: str) -> tuple[str, ...]:
    """Return the machines of `index` whose files say that they belong to `scope`, sorted."""
    machines = (spec for spec in index.values() if spec.kind == "machine")
    return tuple(sorted(spec.name for spec in machines if scope_of(spec) == scope))


def scope_of(spec: SpecFile) -> str:
    """Return the scope that a machine's file names, "" where it names none or can't be read."""
    return _said(spec, "scope")


def machine_of_chapter(spec: SpecFile) -> str:
    """Return the machine that a chapter's file is of, "" where it names none or can't be read."""
    return _said(spec, "of")


def _said(spec: SpecFile, key: str) -> str:
    try:
        found = spec.path.stat()
        return _says(str(spec.path), key, found.st_mtime_ns, found.st_size)
    except OSError:
        return ""


@lru_cache(maxsize=4096)
def _says(path: str, key: str, _changed: int, _size: int) -> str:
    match = _SAYS[key].search(Path(path).read_bytes())
    return "" if match is None else match[1].decode("ascii", "replace")


def _specs_below(root: Path, *, deep: bool) -> Iterator[SpecFile]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(n for n in folders if deep and not n.startswith((".", "__")))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")):
                spec = look_at(Path(folder, name), root)
                if spec is not None:
                    yield spec


def _entry_point_roots() -> Iterator[Path]:
    """Yield the folders of packages that other distributions declare under `netfsm.layers`."""
    from importlib.metadata import entry_points  # 20 ms that most stacks need not wait for

    for entry in entry_points(group="netfsm.layers"):
        with as_file(files(entry.value.partition(":")[0])) as folder:
            yield folder
