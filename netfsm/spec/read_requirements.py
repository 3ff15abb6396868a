"""What a composition asks of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from attrs import frozen

from netfsm.spec.compose_names import Scene
from netfsm.spec.composition import PropertyKind, Requirement
from netfsm.spec.expr import Expr
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.formats import Format
from netfsm.spec.names import closest
from netfsm.spec.read_ends import Sketch
from netfsm.spec.read_environment import message_fields
from netfsm.spec.read_ghosts import output_of, slots_of
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape
from netfsm.spec.types import BOOL, Type

__all__ = ["RequirementReader"]

_KINDS: Final = ("always", "goal", "possible", "finally", "never", "ends", "faultless")
_KEYS: Final = ("id", "ref", "says", "when", *_KINDS)


@frozen
class RequirementReader:
    """Reads properties. `scene` has the names of the whole, `fields` those of an emission alone."""

    ends: tuple[Sketch, ...]
    formats: Mapping[str, Format]
    timers: tuple[str, ...]
    scene: Scene
    fields: Scene
    findings: Findings

    def read(self, shape: Shape) -> tuple[Requirement, ...]:
        """All properties that are sound; ids are unique."""
        ids: dict[str, Mark] = {}
        found: list[Requirement] = []
        for node in shape.mappings("properties"):
            one = self._property(Shape(node, self.findings, "a property", _KEYS), ids)
            if one is not None:
                found.append(one)
        return tuple(found)

    def _property(self, shape: Shape, ids: dict[str, Mark]) -> Requirement | None:
        scalar = shape.scalar("id", required=True)
        if scalar is not None:
            first = ids.setdefault(scalar.text, scalar.mark)
            if first is not scalar.mark:
                what = f"{scalar.text} stands in line {first.line} too"
                self.findings.add("DUPLICATE-ID", scalar.mark, what, "give it an id of its own")
        if "ref" not in shape:
            what = "the property names no clause that asks for it"
            self.findings.add("NO-REF", shape.mark, what, "add 'ref: RFC 9293 §3.4'")
        kinds = [kind for kind in _KINDS if kind in shape]
        if len(kinds) != 1:
            what = f"a property has one of {', '.join(_KINDS)}"
            self.findings.add("MISSING-KEY", shape.mark, what, "such as 'always: EXPRESSION'")
            return None
        kind = cast("PropertyKind", kinds[0])
        holds: Expr | None = None
        slot = output = ""
        timers: tuple[str, ...] = ()
        if kind == "never":
            found = self._never(shape)
            if found is None:
                return None
            slot, output, holds = found
        elif kind == "ends":
            self._ends(shape)
        elif kind == "faultless":
            timers = tuple(self._timers(shape))
        else:
            node = shape.node(kind)
            holds = None if node is None else self.scene.read(node, self.findings)
            if holds is None:
                return None
        return Requirement(
            id=shape.text("id"),
            kind=kind,
            holds=holds,
            when=self._when(shape, kind),
            slot=slot,
            output=output,
            timers=timers,
            refs=read_refs(shape.node("ref"), self.findings),
            says=shape.text("says"),
            mark=shape.mark if scalar is None else scalar.mark,
        )

    def _when(self, shape: Shape, kind: PropertyKind) -> Expr | None:
        """From which states a goal must be reachable; None for all, or with a finding."""
        node = shape.node("when")
        if node is None or kind == "never":
            return None
        if kind == "goal":
            return self.scene.read(node, self.findings)
        what = f"'when' stands beside 'goal' and 'never', not beside '{kind}'"
        self.findings.add("UNKNOWN-KEY", shape.where("when"), what, "write 'not A or B'")
        return None

    def _ends(self, shape: Shape) -> None:
        if not shape.flag("ends", default=True):
            what = "a property says what holds"
            self.findings.add("VALUE", shape.where("ends"), what, "write 'ends: true', or nothing")

    def _timers(self, shape: Shape) -> Iterator[str]:
        for name in shape.texts("faultless"):
            if name.text in self.timers:
                yield name.text
            else:
                hint = closest(name.text, self.timers, f"there are {', '.join(self.timers)}")
                what = f"no machine here has a timer {quoted(name.text)}: write MACHINE.TIMER"
                self.findings.add("UNKNOWN-TIMER", name.mark, what, hint)

    def _never(self, shape: Shape) -> tuple[str, str, Expr | None] | None:
        name = shape.scalar("never")
        found = () if name is None else slots_of(name, self.ends, self.findings)
        if name is None or not found:
            return None
        word = name.text.rpartition(".")[2]
        outputs = [output_of(drawn, name, self.findings) for drawn in found]
        if any(output is None for output in outputs):
            return None
        out: dict[str, Type] = {}
        for output in outputs:
            if output is not None:
                out.update(message_fields(output, self.formats))
        node = shape.node("when")
        holds = None
        if node is not None:
            holds = self.fields.read(node, self.findings, expect=BOOL, out=out)
            if holds is None:
                return None
        return found[0].slot.name, word, holds
