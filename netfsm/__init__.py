"""Network protocols as state machines in YAML; what is hand-written only moves bytes.

A map of the package:

=================== ===============================================================================
netfsm.specs        what each layer is: folders of YAML, one a layer (data, no code)
netfsm.spec         reads a spec: source, findings, model, typed expressions, static checks
netfsm.wire         turns a format into a decoder and an encoder; checksums; buffers with headroom
netfsm.machine      runs a spec: generated Python, reference interpreter, `transitions` adapter
netfsm.prove        proofs about a machine
netfsm.draw         diagrams and packet ladders
netfsm.stack        registry, key spaces, interfaces, queries and the step loop
netfsm.layers       one file a layer: the hands behind its spec
netfsm.drivers      where frames come from and go to
netfsm.e1000        Intel's 82540EM: its register map, a model of the card, what a driver sees of it
netfsm.sim          many stacks and wires in virtual time
netfsm.services     echo, discard, chargen, daytime and files on the sockets of a stack
netfsm.explore      compositions: machines that meet, in every way that is possible
netfsm.aio          asyncio on top of a stack
netfsm.conformance  suites made from specs, the targets they run against, verdicts
netfsm.cli          the command line, one file a verb
netfsm.errors       every error that netfsm raises
netfsm.programs     system programs that some tests and targets use, and their Debian packages
=================== ===============================================================================

Imports run one way, as `tests/house/test_imports.py` says. The names below are loaded when they
are first asked for, so `import netfsm` itself costs next to nothing and pulls in no extra.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netfsm import aio
    from netfsm.errors import (
        BindingConflict,
        BindingError,
        ConformanceFailure,
        InternalError,
        NetfsmError,
        NoBuffers,
        NoRoute,
        NotLoaded,
        ReserveError,
        SpecError,
        TargetError,
        TooBig,
        Unresolved,
    )
    from netfsm.machine import compile_machine
    from netfsm.prove.checking import check
    from netfsm.spec import load_spec
    from netfsm.stack import Stack

__version__ = "0.1.0"

__all__ = [
    "BindingConflict",
    "BindingError",
    "ConformanceFailure",
    "InternalError",
    "NetfsmError",
    "NoBuffers",
    "NoRoute",
    "NotLoaded",
    "ReserveError",
    "SpecError",
    "Stack",
    "TargetError",
    "TooBig",
    "Unresolved",
    "__version__",
    "aio",
    "check",
    "compile_machine",
    "load_spec",
]

_HOME: Final = {
    "BindingConflict": "netfsm.errors",
    "BindingError": "netfsm.errors",
    "ConformanceFailure": "netfsm.errors",
    "InternalError": "netfsm.errors",
    "NetfsmError": "netfsm.errors",
    "NoBuffers": "netfsm.errors",
    "NoRoute": "netfsm.errors",
    "NotLoaded": "netfsm.errors",
    "ReserveError": "netfsm.errors",
    "SpecError": "netfsm.errors",
    "Stack": "netfsm.stack",
    "TargetError": "netfsm.errors",
    "TooBig": "netfsm.errors",
    "Unresolved": "netfsm.errors",
    "aio": "netfsm",
    "check": "netfsm.prove.checking",
    "compile_machine": "netfsm.machine",
    "load_spec": "netfsm.spec",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module the first time it is asked for (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'netfsm' has no attribute {name!r}")
    if home == __name__:
        value: object = import_module(f"{home}.{name}")
    else:
        value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
