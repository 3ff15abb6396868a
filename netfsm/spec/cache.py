"""Models that were read before, kept by the content of everything they were made of.

An entry is a pickle with the hashes of the files that its model was made of in front, and with the
machines of the scopes that it belongs to; it counts only while these are what they were. Its name
holds a hash of the code that reads specs, so another version of netfsm never meets it. Entries lie
in the user's cache directory, and in the wheel, where `compile_all` has put them. What can't be
read or written is as if it were not there: the YAML is read instead.

A folder of entries counts only where nobody but its owner, who is us or the superuser, can write;
and an entry names classes of `netfsm.spec` only.
"""

from __future__ import annotations

import gc
import hashlib
import io
import os
import pickle
import stat
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from netfsm.spec.index import members

if TYPE_CHECKING:
    from netfsm.spec.chosen import Chosen
    from netfsm.spec.index import SpecFile
    from netfsm.spec.library import Loaded, Model

    Index = Mapping[str, SpecFile]

__all__ = [
    "cache_folder",
    "cached",
    "compile_all",
    "keep",
    "read_entry",
    "shipped_folder",
    "write_entry",
]

_CHECK: Final = 32  # octets of SHA-256 in front of an entry
_PLAIN: Final = frozenset({"frozenset", "set", "dict", "tuple", "list", "bytearray"})
_held: dict[tuple[bytes, str], object] = {}  # by entry and folder: one object for one model


def cache_folder() -> Path:
    """Return the user's folder for entries: `$XDG_CACHE_HOME/netfsm`, else `~/.cache/netfsm`."""
    around = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(around) if os.path.isabs(around) else Path(os.path.expanduser("~"), ".cache")
    return base / "netfsm"


def shipped_folder() -> Path:
    """Return the folder of entries that the wheel brings; a checkout has none."""
    return Path(__file__).resolve().parent.parent / "compiled"


def cached(name: str, index: Index, chosen: Chosen) -> Model | None:
    """Return the model of spec `name` if one is kept and nothing it was made of has changed."""
    if name not in index:
        return None
    entry = _entry_name(name, chosen)
    for folder in (shipped_folder(), cache_folder()):
        data = read_entry(folder, entry)
        model = None if data is None else _model(data, index, name)
        if model is not None:
            return model
    return None


def keep(loaded: Loaded, index: Index, chosen: Chosen) -> None:
    """Keep the model of `loaded` in the user's folder, where it has one and no finding at all."""
    if loaded.model is None or loaded.findings:
        return
    write_entry(cache_folder(), _entry_name(loaded.name, chosen), _packed(loaded, index))


def compile_all(target: str | os.PathLike[str]) -> int:
    """Put an entry for each of netfsm's own specs into folder `target`; return how many.

    Raises:
        SpecError: a spec is wrong.
        OSError: the folder can't be written.
    """
    from netfsm.errors import SpecError
    from netfsm.spec.chosen import Chosen
    from netfsm.spec.index import index_roots, own_specs
    from netfsm.spec.library import Library

    index = index_roots([own_specs()])
    library = Library(index, Chosen())
    Path(target).mkdir(parents=True, exist_ok=True)
    count = 0
    for name in index:
        loaded = library.load(name)
        if loaded.errors:
            raise SpecError(loaded.errors)
        if loaded.model is not None and loaded.name == name:
            entry = Path(target, _entry_name(name, Chosen()))
            entry.write_bytes(_sealed(_packed(loaded, index)))
            count += 1
    return count


# ---- names and hashes


@cache
def _reader_hash() -> str:
    """The hash of the code that reads specs."""
    found = hashlib.sha256()
    folder = Path(__file__).resolve().parent
    for path in sorted(folder.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _entry_name(name: str, chosen: Chosen) -> str:
    text = f"{_reader_hash()} {name} {chosen}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.model"


@cache
def _hash_of(path: str, _changed: int, _size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _file_hash(path: Path) -> str:
    """The hash of a file, read once while its time and size stay what they are."""
    try:
        found = path.stat()
        return _hash_of(str(path), found.st_mtime_ns, found.st_size)
    except OSError:
        return ""


# ---- reading


def read_entry(folder: Path, entry: str) -> bytes | None:
    """The content of an entry, None where there is none that is whole and may be trusted."""
    try:
        if not _is_ours(folder):
            return None
        data = (folder / entry).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[_CHECK:]).digest() != data[:_CHECK]:
        return None
    return data[_CHECK:]


def _is_ours(folder: Path) -> bool:
    found = folder.stat()
    if not hasattr(os, "getuid"):
        return True
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid in (os.getuid(), 0) and not others


def _model(data: bytes, index: Index, name: str) -> Model | None:
    """The model in an entry, None where a file has changed or the entry makes no sense."""
    stream = io.BytesIO(data)
    collecting = gc.isenabled()
    gc.disable()  # a model is thousands of objects, none of them garbage
    try:
        files, scopes = _Unpickler(stream, index).load()
        if not _unchanged(files, index):
            return None
        if any(members(index, scope) != machines for scope, machines in scopes.items()):
            return None
        key = (hashlib.sha256(data).digest(), str(index[name].root))
        if key not in _held:
            _held[key] = _Unpickler(stream, index).load()
        return cast("Model", _held[key])
    except Exception:  # noqa: BLE001  # whatever an entry of another make does, the YAML is read
        return None
    finally:
        if collecting:
            gc.enable()


def _unchanged(files: Mapping[str, str], index: Index) -> bool:
    return all(name in index and _file_hash(index[name].path) == h for name, h in files.items())


class _Unpickler(pickle.Unpickler):
    """Makes objects of the model's classes only; files are where the index says."""

    def __init__(self, stream: io.BytesIO, index: Index) -> None:
        super().__init__(stream)
        self._paths: dict[object, str] = {}
        self._index = index

    def find_class(self, module: str, name: str) -> object:
        """Return a class of `netfsm.spec`, or a plain collection."""
        if module.startswith("netfsm.spec.") or (module == "builtins" and name in _PLAIN):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a model")

    def persistent_load(self, pid: object) -> str:
        """Return the path of a spec's file or folder."""
        found = self._paths.get(pid)
        if found is None:
            what, name = cast("tuple[str, str]", pid)
            path = self._index[name].path
            found = self._paths[pid] = str(path if what == "file" else path.parent)
        return found


# ---- writing


def write_entry(folder: Path, entry: str, content: bytes) -> None:
    """Put an entry in its place, whole or not at all, where the folder can be written."""
    import tempfile

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(_sealed(content))
        os.replace(file.name, folder / entry)
    except OSError:
        return  # a cache that can't be written is none


def _sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def _packed(loaded: Loaded, index: Index) -> bytes:
    stream = io.BytesIO()
    pickler = _Pickler(stream, index)
    pickler.dump((dict(loaded.files), dict(loaded.scopes)))
    pickler.clear_memo()
    pickler.dump(loaded.model)
    return stream.getvalue()


class _Pickler(pickle.Pickler):
    """Writes the paths of spec files as the names of their specs."""

    def __init__(self, stream: io.BytesIO, index: Index) -> None:
        super().__init__(stream, protocol=5)
        self._names: dict[str, tuple[str, str]] = {}
        for spec in index.values():
            self._names[str(spec.path)] = ("file", spec.name)
            if spec.kind == "layer":
                self._names[str(spec.path.parent)] = ("folder", spec.name)

    def persistent_id(self, obj: object) -> tuple[str, str] | None:
        """Return what stands for a path."""
        return self._names.get(obj) if isinstance(obj, str) else None
