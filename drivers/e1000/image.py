"""A Linux to boot: Debian's kernel with its own e1000 driver, and a system of one script.

The kernel's package is fetched and unpacked, not installed. The kernel is taken out of its
compressed image, which saves a guest without hardware help half of its boot.
"""

from __future__ import annotations

import gzip
import lzma
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from netfsm import programs
from netfsm.errors import TargetError

__all__ = ["Image", "image"]

_META: Final = "linux-image-amd64"
_PREFIX: Final = "linux-image-6"
_SETUP: Final = 0x1F1
_PAYLOAD: Final = struct.Struct("<II")
_PAYLOAD_AT: Final = 0x248
_EXECUTABLE, _FOLDER = 0o100755, 0o040755


class Image(NamedTuple):
    """An uncompressed kernel, the system that it boots into, and the version of both."""

    kernel: Path
    system: Path
    version: str


def image(folder: Path, script: str) -> Image:
    """The image in `folder`, made where it is not there yet; `script` is what runs as /init.

    Raises TargetError where busybox is missing or no package can be had.
    """
    busybox = programs.find("busybox")
    if busybox is None:
        raise TargetError("linux", "busybox is missing", programs.remedy("busybox"))
    version = _package()
    kernel, module = folder / f"{version}.vmlinux", folder / f"{version}.e1000.ko"
    if not kernel.exists() or not module.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(version, kernel, module)
    system = folder / "system.gz"
    files = {"bin/busybox": Path(busybox).read_bytes(), "e1000.ko": module.read_bytes()}
    files["init"] = script.encode()
    system.write_bytes(gzip.compress(b"".join(_archive(files)), 1))
    return Image(kernel, system, version)


def _package() -> str:
    """The name of the newest kernel package."""
    told = _run("apt-cache", "depends", _META)
    names = [word for word in told.split() if word.startswith(_PREFIX)]
    if not names:
        raise TargetError("linux", f"apt knows no {_META}", "apt-get update")
    return names[0]


def _fetch(package: str, kernel: Path, module: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="netfsm-") as name:
        place = Path(name)
        _run("apt-get", "download", package, cwd=place)
        (archive,) = place.glob("*.deb")
        _run("dpkg-deb", "-x", str(archive), str(place / "x"))
        (compressed,) = place.glob("x/boot/vmlinuz-*")
        (found,) = place.glob("x/lib/modules/*/kernel/drivers/net/ethernet/intel/e1000/e1000.ko")
        kernel.write_bytes(_unpacked(compressed.read_bytes()))
        shutil.copy(found, module)


def _unpacked(octets: bytes) -> bytes:
    """The kernel inside a bzImage (Linux, Documentation/arch/x86/boot.rst)."""
    start = ((octets[_SETUP] or 4) + 1) * 512
    offset, length = _PAYLOAD.unpack_from(octets, _PAYLOAD_AT)
    payload = octets[start + offset : start + offset + length]
    return lzma.LZMADecompressor().decompress(payload)


def _archive(files: dict[str, bytes]) -> Iterator[bytes]:
    """A cpio archive (newc) of files, with the folders that a system mounts on."""
    entries = [(name, _FOLDER, b"") for name in ("bin", "dev", "proc", "sys")]
    entries += [(name, _EXECUTABLE, octets) for name, octets in files.items()]
    for number, (name, mode, octets) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        path = name.encode() + b"\0"
        words = (number, mode, 0, 0, 1, 0, len(octets), 0, 0, 0, 0, len(path), 0)
        head = b"070701" + b"".join(b"%08X" % word for word in words) + path
        yield head + bytes(-len(head) % 4)
        yield octets + bytes(-len(octets) % 4)


def _run(*words: str, cwd: Path | None = None) -> str:
    program = programs.find(words[0])
    if program is None:
        raise TargetError("linux", f"{words[0]} is missing", "this needs a Debian system")
    done = subprocess.run(  # noqa: S603  # words of our own
        [program, *words[1:]], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise TargetError("linux", lines[-1] if lines else f"{words[0]} failed")
    return done.stdout
