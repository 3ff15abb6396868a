"""System programs and libraries that netfsm can use, and the Debian package that brings each.

Nothing of netfsm needs one to be imported, checked or run. The table is the only list: the README,
`make test`, `.ci/run` and the tests' `needs` marker all read it. The two libraries are of X, which
every desktop and most servers have and a bare container lacks; pygraphviz' wheel links to them.

    python -m netfsm.programs               one line for each program that is missing
    python -m netfsm.programs --packages    the Debian packages, one a line
"""

from __future__ import annotations

import ctypes
import shutil
import sys
from typing import Final, NamedTuple


class Program(NamedTuple):
    """A program or shared library, the Debian package that brings it, and what it is used for."""

    name: str
    package: str
    use: str


PROGRAMS: Final = (
    Program("ip", "iproute2", "network namespaces and TAP links"),
    Program("ping", "iputils-ping", "the kernel's echo requests"),
    Program("arping", "iputils-arping", "the kernel's view of our ARP"),
    Program("socat", "socat", "the kernel's UDP and TCP"),
    Program("ss", "iproute2", "what the kernel knows of its connections"),
    Program("curl", "curl", "files by HTTP over the kernel's TCP"),
    Program("tracepath", "iputils-tracepath", "the kernel's search for the MTU of a path"),
    Program("ndisc6", "ndisc6", "a second opinion on neighbour and router discovery"),
    Program("radvd", "radvd", "a router that configures us"),
    Program("tshark", "tshark", "a second opinion on captures"),
    Program("spin", "spin", "compositions beyond what breadth-first search reaches"),
    Program("gcc", "gcc", "the search that spin writes for a composition"),
    Program("qemu-system-x86_64", "qemu-system-x86", "its e1000, and Linux's driver on ours"),
    Program("busybox", "busybox-static", "the Linux guest that drives our e1000"),
    Program("libXext.so.6", "libxext6", "SVG and PNG diagrams"),
    Program("libXrender.so.1", "libxrender1", "SVG and PNG diagrams"),
)

# Where Debian keeps programs for the administrator; not on every user's PATH.
_MORE_FOLDERS: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def find(name: str) -> str | None:
    """Where a program or library is, None if it is missing.

    Programs are looked for on PATH and in the administrator's folders, libraries by the loader.
    """
    if ".so." in name:
        return _library(name)
    return shutil.which(name) or shutil.which(name, path=":".join(_MORE_FOLDERS))


def missing() -> tuple[Program, ...]:
    """Those of the table that this machine lacks."""
    return tuple(program for program in PROGRAMS if find(program.name) is None)


def remedy(name: str) -> str:
    """One line on what to install for a program; KeyError if the table doesn't have it."""
    program = {program.name: program for program in PROGRAMS}[name]
    return f"{name} is missing ({program.use}): apt-get install {program.package}"


def _library(name: str) -> str | None:
    try:
        ctypes.CDLL(name)
    except OSError:
        return None
    return name


def _lines(arguments: list[str]) -> list[str]:
    if arguments == ["--packages"]:
        return sorted({program.package for program in PROGRAMS})
    return [remedy(program.name) for program in missing()]


if __name__ == "__main__":
    for line in _lines(sys.argv[1:]):
        sys.stdout.write(f"{line}\n")
