"""Every reason to refuse a packet is a counter of its layer: nothing is lost without a name."""

from __future__ import annotations

from collections.abc import Iterable

from netfsm.spec.findings import Findings
from netfsm.spec.formats import Format
from netfsm.spec.model import Layer, Machine
from netfsm.spec.types import Enum

__all__ = ["check_counters"]


def check_counters(
    layer: Layer, formats: Iterable[Format], machines: Iterable[Machine], findings: Findings
) -> None:
    """Note reasons of the layer's formats and drop outputs that it does not count."""
    counted = {name for name, _ in layer.counters}
    for layout in formats:
        _check(layer, counted, layout.reasons, f"format {layout.name} refuses", findings)
    for machine in machines:
        for output in machine.outputs:
            reasons = output.fields[0].type if output.kind == "drop" and output.fields else None
            if isinstance(reasons, Enum):
                names = tuple(name.lower() for name, _ in reasons.members)
                _check(layer, counted, names, f"machine {machine.name} drops", findings)


def _check(
    layer: Layer, counted: set[str], reasons: Iterable[str], who: str, findings: Findings
) -> None:
    missing = sorted(set(reasons) - counted)
    counted.update(missing)
    if missing:
        what = f"{who} packets as {', '.join(missing)}, which layer {layer.name} does not count"
        findings.add("NO-COUNTER", layer.mark, what, "declare it under 'counters:'")
