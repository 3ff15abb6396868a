"""Bindings of all layers side by side: each key of a space belongs to one layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from netfsm.spec.findings import Findings
from netfsm.spec.model import Bind, Layer, Provide
from netfsm.spec.names import closest
from netfsm.spec.types import Nat

__all__ = ["check_binds"]

_STACKS_OWN: Final = frozenset({"link.type"})  # provided by the stack itself, for types of link


def check_binds(layers: Sequence[Layer], told: frozenset[str], findings: Findings) -> None:
    """Note conflicts, unknown key spaces and keys that don't fit, for the layers in `told`."""
    spaces = {space.name: space for layer in layers for space in layer.provides}
    owners: dict[tuple[str, int | str], tuple[Layer, Bind]] = {}
    for layer in sorted(layers, key=lambda each: each.name in told):
        for bind in layer.binds:
            if layer.name in told:
                _check_space(bind, spaces, findings)
            if bind.policy != "exclusive":
                continue
            owner, first = owners.setdefault((bind.to, bind.key), (layer, bind))
            if first is not bind and layer.name in told:
                whose = "this layer" if owner is layer else f"layer {owner.name}"
                what = f"{bind.to} {shown_key(bind.key)} is bound by {whose} too ({first.mark})"
                hint = "give one of them another key, or 'policy: tap' or 'policy: fallback'"
                findings.add("BIND-CONFLICT", bind.mark, what, hint)


def shown_key(key: int | str) -> str:
    """A number as the field has it: 0x0806 from 256 on."""
    return f"0x{key:04x}" if isinstance(key, int) and key > 255 else str(key)


def _check_space(bind: Bind, spaces: dict[str, Provide], findings: Findings) -> None:
    space = spaces.get(bind.to)
    if space is None:
        if not bind.optional and bind.to not in _STACKS_OWN:
            what = f"no layer provides key space '{bind.to}'"
            hint = closest(bind.to, _known(spaces), "or say 'optional: true'")
            findings.add("UNKNOWN-SPACE", bind.mark, what, hint)
        return
    top = space.key.max if isinstance(space.key, Nat) else None
    if top is not None and (not isinstance(bind.key, int) or not 0 <= bind.key <= top):
        what = f"{bind.key} is no key of {bind.to}, whose keys are {space.key}"
        findings.add("BIND-KEY", bind.mark, what, f"a number from 0 to {top}")


def _known(spaces: Iterable[str]) -> tuple[str, ...]:
    return (*spaces, *_STACKS_OWN)
