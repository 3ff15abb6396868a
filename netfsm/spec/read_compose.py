"""Compositions: machines explored together over channels by `netfsm check --compose`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from attrs import define, evolve, field

from netfsm.spec.check_composition import check_carried, check_signals, takers_of, unmade
from netfsm.spec.compose_names import Scene
from netfsm.spec.compose_scenes import Scenes
from netfsm.spec.composition import (
    STATES,
    Channel,
    Composition,
    End,
    Ghost,
)
from netfsm.spec.declarations import Declarations
from netfsm.spec.declare import good_name, parse_type
from netfsm.spec.findings import Findings, quoted
from netfsm.spec.formats import Format
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.lets import parse_lets
from netfsm.spec.model import Constant, Machine
from netfsm.spec.names import Names, closest
from netfsm.spec.narrow import narrow_type, narrowed, spaces_of
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar
from netfsm.spec.read_ends import EndsReader, Sketch
from netfsm.spec.read_environment import (
    ChannelReader,
    ChooseReader,
    message_outputs,
    read_policies,
)
from netfsm.spec.read_functions import read_functions
from netfsm.spec.read_ghosts import GhostReader
from netfsm.spec.read_injections import InjectionReader
from netfsm.spec.read_requirements import RequirementReader
from netfsm.spec.read_script import ScriptReader
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_mapping, expect_number
from netfsm.spec.values import parse_value

__all__ = ["COMPOSE_KEYS", "ComposeReader", "written_values"]

COMPOSE_KEYS: Final = [
    "compose",
    "netfsm",
    "title",
    "says",
    "ref",
    "constants",
    "values",
    "spaces",
    "given",
    "machines",
    "without",
    "ends",
    "channels",
    "inject",
    "choose",
    "functions",
    "timers",
    "ghosts",
    "let",
    "properties",
    "states",
]
_MOST_STATES: Final = 5_000_000


def written_values(root: MappingNode) -> tuple[tuple[str, Scalar], ...]:
    """The values for constants that stand in a composition, which its machines are read with."""
    values = root.get("values")
    items = values.items if isinstance(values, MappingNode) else ()
    return tuple((key.text, node) for key, node in items if isinstance(node, Scalar))


@define
class ComposeReader:
    """Reads one composition.

    `model` gives a machine, format or scope as it is explored, None with findings; `known` the
    names of all specs of a kind; `widen` is added to the width of each space.
    """

    root: MappingNode
    declared: Declarations
    known: Callable[[str], Iterable[str]]
    model: Callable[[str], object]
    findings: Findings
    widen: int = 0
    shape: Shape = field(init=False)
    constants: dict[str, Constant] = field(factory=dict[str, Constant])
    machines: dict[str, Machine] = field(factory=dict[str, Machine])
    formats: dict[str, Format] = field(factory=dict[str, Format])
    spaces: dict[str, int] = field(factory=dict[str, int])

    def __attrs_post_init__(self) -> None:
        """Take the file apart."""
        self.shape = Shape(self.root, self.findings, "a composition", COMPOSE_KEYS)

    def read(self) -> Composition | None:
        """Return the composition; None where its parts are not to be had."""
        shape = self.shape
        self._read_constants()
        known = tuple(self.known("machine"))
        reader = EndsReader(shape, known, self._machine, self.constants, self.findings)
        sketches = reader.read()
        if sketches is None or self.findings.errors:
            return None
        self._read_formats(sketches)
        self._narrow()
        sketches = tuple(self._narrowed(sketch) for sketch in sketches)
        self._check_values()
        without = self._without(sketches)
        ends = {sketch.name: sketch for sketch in sketches}
        receiver = self._scenes().of_given(sketches)
        channels = ChannelReader(ends, self.formats, receiver, self.findings).read(shape)
        if len(channels) == len(shape.entries("channels")):
            check_carried(sketches, channels, self.findings)
        return self._whole(sketches, channels, without)

    # ---- constants, spaces

    def _read_constants(self) -> None:
        for key, node in self.shape.entries("constants"):
            mapping = expect_mapping(node, self.findings, f"constant {key.text}")
            if mapping is None or not good_name(key, self.findings):
                continue
            keys = ("type", "value", "says")
            shape = Shape(mapping, self.findings, f"constant {key.text}", keys)
            written, value_node = (shape.node(each, required=True) for each in keys[:2])
            if written is None or value_node is None:
                continue
            type_ = parse_type(written, self.declared.type_names, self.findings)
            value = None if type_ is None else parse_value(value_node, type_, self.findings)
            if type_ is not None and value is not None:
                self.constants[key.text] = Constant(
                    name=key.text,
                    type=type_,
                    value=value,
                    unit="",
                    refs=(),
                    minimum=None,
                    maximum=None,
                    settable=False,
                    sets=FrozenMap({}),
                    sizes=FrozenMap({}),
                    says=shape.text("says"),
                    mark=key.mark,
                )

    def _check_values(self) -> None:
        """Note values for constants that no machine has, and names that mean two things."""
        named = {c.name: c for machine in self.machines.values() for c in machine.constants}
        for key, _ in self.shape.entries("values"):
            if key.text.rpartition(".")[2] not in named:
                what = f"no machine here has a constant {quoted(key.text)}"
                self.findings.add("UNKNOWN-NAME", key.mark, what, closest(key.text, named))
        for name, constant in self.constants.items():
            if name in named:
                what = f"{name} is a constant here and of a machine, {named[name].mark}"
                hint = "rename it; another value for the machine's stands under 'values'"
                self.findings.add("DUPLICATE-NAME", constant.mark, what, hint)

    def _narrow(self) -> None:
        """Make the machines and formats as narrow as `spaces` says."""
        there = {space for machine in self.machines.values() for space in spaces_of(machine)}
        there |= {space for form in self.formats.values() for space in spaces_of(form)}
        for key, node in self.shape.entries("spaces"):
            meant = {s.space for s in there if key.text in (s.space, s.space.rpartition(".")[2])}
            if not meant:
                names = sorted(space.space for space in there)
                what = f"no machine here has a sequence space {quoted(key.text)}"
                self.findings.add("UNKNOWN-SPACE", key.mark, what, closest(key.text, names))
            width = expect_number(node, self.findings, key.text, least=2, most=31)
            for name in sorted(meant) if width is not None else ():
                self.spaces[name] = (width or 0) + self.widen
        self.machines = {name: narrowed(m, self.spaces) for name, m in self.machines.items()}
        self.formats = {name: narrowed(f, self.spaces) for name, f in self.formats.items()}
        for name, constant in self.constants.items():
            self.constants[name] = evolve(constant, type=narrow_type(constant.type, self.spaces))

    def _narrowed(self, sketch: Sketch) -> Sketch:
        drawn = [evolve(d, machine=self.machines[d.machine.name]) for d in sketch.drawn]
        return evolve(sketch, drawn=tuple(drawn))

    # ---- parts

    def _machine(self, name: str) -> Machine | None:
        if name not in self.machines:
            found = self.model(name)
            if not isinstance(found, Machine):
                return None
            self.machines[name] = found
        return self.machines[name]

    def _read_formats(self, sketches: tuple[Sketch, ...]) -> None:
        names = {output.format for _, output in message_outputs(sketches)}
        for sketch in sketches:
            for drawn in sketch.drawn:
                names |= {event.format for event in drawn.machine.events}
        for name in sorted(name for name in names if name):
            found = self.model(name)
            if isinstance(found, Format):
                self.formats[name] = found

    def _without(self, sketches: tuple[Sketch, ...]) -> frozenset[str]:
        """The machines left out; a signal to any other that an end lacks is noted."""
        known = tuple(self.known("machine"))
        without: set[str] = set()
        for name in self.shape.texts("without"):
            without.add(name.text)
            if name.text not in known:
                what = f"there is no machine {quoted(name.text)}"
                self.findings.add("UNKNOWN-MACHINE", name.mark, what, closest(name.text, known))
        check_signals(sketches, without, self.findings)
        return frozenset(without)

    def _scenes(self) -> Scenes:
        """Whoever makes scenes, with the constants that have one meaning."""
        found: dict[str, Constant] = {}
        clash: set[str] = set()
        for machine in self.machines.values():
            for constant in machine.constants:
                if found.setdefault(constant.name, constant).value != constant.value:
                    clash.add(constant.name)
        agreed = {name: c for name, c in found.items() if name not in clash}
        return Scenes({**agreed, **self.constants})

    # ---- the whole

    def _ends(
        self,
        sketches: tuple[Sketch, ...],
        channels: tuple[Channel, ...],
        ghosts: Mapping[str, tuple[Ghost, ...]],
        scene: Scene,
        policies: Mapping[str, str],
    ) -> Iterator[End]:
        findings, scenes = self.findings, self._scenes()
        chooser = ChooseReader(self.shape.entries("choose"), self.machines, self.formats, findings)
        chooser.check()
        injections = InjectionReader(
            self.shape.entries("inject"), channels, self.formats, self.constants, findings
        )
        injections.check()
        scripts = ScriptReader(self.constants, lambda n: scene.read(n, findings), findings)
        for sketch in sketches:
            own = ghosts[sketch.name]
            script = tuple(scripts.read(sketch))
            scene_of = partial(scenes.of_event, sketch, own)
            chooses = tuple(chooser.read(sketch, scene_of))
            takers = takers_of(sketch, channels, findings)
            for machine, event, choice in unmade(sketch, script, takers, policies, self.formats):
                if not chooser.names(machine, event, choice):
                    what = f"nothing says how {machine}.{event} chooses {choice}"
                    how = f"choose: {{{machine}.{event}: {{{choice}: ...}}}}"
                    findings.add("COMPOSE-CHOICE", self.shape.where("choose"), what, how)
            yield End(
                name=sketch.name,
                slots=tuple(drawn.slot for drawn in sketch.drawn),
                script=script,
                chooses=chooses,
                ghosts=own,
                takers=FrozenMap(takers),
                injections=tuple(injections.read(sketch, takers, scene_of)),
                places=scenes.of_end(sketch, own).places,
                mark=sketch.mark,
            )

    def _whole(
        self,
        sketches: tuple[Sketch, ...],
        channels: tuple[Channel, ...],
        without: frozenset[str],
    ) -> Composition:
        shape, findings, scenes = self.shape, self.findings, self._scenes()
        ghosts_of = GhostReader(
            shape.entries("ghosts"),
            self.declared.type_names,
            self.formats,
            self.spaces,
            lambda sketch: scenes.of_given((sketch,)),
            findings,
        )
        ghosts = {sketch.name: ghosts_of.read(sketch) for sketch in sketches}
        declared = [key.text for key, _ in shape.entries("ghosts")]
        sound = {ghost.name for found in ghosts.values() for ghost in found}
        broken = [name for name in declared if name not in sound]
        scene = scenes.whole(sketches, ghosts, channels, broken)
        entries = shape.entries("let")
        lets = parse_lets(entries, Names(scene.vocabulary), self.declared.type_names, findings)
        policies = read_policies(shape, self.machines, findings)
        functions = read_functions(
            shape.entries("functions"),
            self.machines,
            scenes.of_given(sketches[:1]),
            shape.where("machines"),
            findings,
        )
        requirements = RequirementReader(
            sketches, self.formats, tuple(policies), scene, scenes.of_given(sketches), findings
        )
        ghosts_of.check(sketches)
        ends = tuple(self._ends(sketches, channels, ghosts, scene, policies))
        return Composition(
            name=shape.text("compose"),
            title=shape.text("title"),
            says=shape.text("says"),
            refs=read_refs(shape.node("ref"), findings),
            machines=FrozenMap(self.machines),
            formats=FrozenMap(self.formats),
            constants=tuple(scenes.constants.values()),
            spaces=FrozenMap(self.spaces),
            without=without,
            ends=ends,
            channels=channels,
            policies=FrozenMap(policies),
            functions=FrozenMap(functions),
            lets=lets,
            properties=requirements.read(shape),
            limit=shape.number("states", least=1, most=_MOST_STATES) or STATES,
            places=scene.places,
            digest="",
            mark=shape.mark,
        )
