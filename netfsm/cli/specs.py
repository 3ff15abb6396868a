"""What a SPEC on the command line means, and the models of all that are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netfsm.cli.common import warn
from netfsm.errors import SpecError
from netfsm.spec.cited import CITING
from netfsm.spec.index import SpecFile, find_specs
from netfsm.spec.load import load_spec
from netfsm.spec.model import Layer, Machine

if TYPE_CHECKING:
    from netfsm.spec.load import Spec


def spec_named(name: str) -> Spec:
    """The model of a spec by name or path; SpecError with what is wrong with it."""
    return load_spec(name)


def known(kind: str) -> list[SpecFile]:
    """The specs of one kind that can be found, by name."""
    return sorted(
        (spec for spec in find_specs().values() if spec.kind == kind), key=lambda spec: spec.name
    )


def machines() -> list[Machine]:
    """Every known machine that can be read; `netfsm check` tells of the others."""
    return [found for found in _readable("machine") if isinstance(found, Machine)]


def layers() -> list[Layer]:
    """Every known layer that can be read; `netfsm check` tells of the others."""
    return [found for found in _readable("layer") if isinstance(found, Layer)]


def loadable() -> list[str]:
    """The layers that a stack can load: those that bind, provide or answer. A card does not."""
    return [each.name for each in layers() if each.binds or each.provides or each.controls]


def _readable(kind: str) -> Iterator[Spec]:
    for spec in known(kind):
        try:
            yield load_spec(spec.name)
        except SpecError as error:
            count = len(error.findings)
            warn(f"{spec.name} is left out, it has {count} findings: netfsm check {spec.name}")


def readable() -> Iterator[Spec]:
    """Every known spec that cites clauses and can be read; `netfsm check` tells of the others."""
    for kind in CITING:
        yield from _readable(kind)


def layers_of(layer: Layer | None) -> list[Layer]:
    """All layers, or `layer` with those that it is bound to or requires, lowest first."""
    found = {each.name: each for each in layers()}
    if layer is None:
        return list(found.values())
    found[layer.name] = layer
    wanted = [layer.name]
    for name in wanted:  # grows while it is walked
        below = (*found[name].requires, *(bind.to.partition(".")[0] for bind in found[name].binds))
        wanted.extend(each for each in below if each in found and each not in wanted)
    return [found[name] for name in reversed(wanted)]
