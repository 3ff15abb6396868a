"""Who sees what in a composition: the names of the whole, of one end, of what is given to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import define

from netfsm.spec.compose_names import Scene
from netfsm.spec.composition import Channel, Ghost, Place
from netfsm.spec.model import Constant, Event
from netfsm.spec.read_ends import Sketch

__all__ = ["Scenes"]

_DONE: tuple[tuple[Literal["lost", "doubled", "overtaken", "injected"], str], ...] = (
    ("lost", "lose"),
    ("doubled", "duplicate"),
    ("overtaken", "reorder"),
    ("injected", "inject"),
)


@define
class Scenes:
    """Makes scenes. `constants` are the composition's own and those of its machines that agree."""

    constants: Mapping[str, Constant]

    def _new(self) -> Scene:
        scene = Scene()
        scene.add_constants(self.constants.values())
        return scene

    def of_given(self, sketches: Iterable[Sketch]) -> Scene:
        """What is given to every one of `sketches`, and the members of their machines' types."""
        scene = self._new()
        first, *others = sketches
        for name, type_ in first.given.items():
            if all(sketch.given.get(name) == type_ for sketch in others):
                scene.add_given(name, type_, Place("given", "", "", name))
        for sketch in (first, *others):
            for drawn in sketch.drawn:
                scene.add_members(drawn.machine)
        return scene

    def of_end(self, sketch: Sketch, ghosts: Iterable[Ghost]) -> Scene:
        """The names where an end speaks of itself."""
        scene = self.of_given((sketch,))
        for drawn in sketch.drawn:
            scene.add_slot("", drawn.slot.name, sketch.prefix(drawn.slot.name), drawn.machine)
        scene.add_ghosts("", "", ghosts)
        return scene

    def of_event(self, sketch: Sketch, ghosts: Iterable[Ghost], event: Event) -> Scene:
        """The same where the end chooses something of `event`."""
        scene = self.of_end(sketch, ghosts)
        scene.add_event(event)
        return scene

    def whole(
        self,
        sketches: Iterable[Sketch],
        ghosts: Mapping[str, tuple[Ghost, ...]],
        channels: Iterable[Channel],
        broken: Iterable[str],
    ) -> Scene:
        """The names of the whole; what stands in `broken` has a finding where it is declared."""
        scene = self._new()
        joined = tuple(channels)
        for sketch in sketches:
            end = sketch.name
            for drawn in sketch.drawn:
                slot = drawn.slot.name
                scene.add_slot(end, slot, f"{end}.{sketch.prefix(slot)}", drawn.machine)
            scene.add_ghosts(end, f"{end}.", ghosts[end])
            scene.vocabulary.broken.update(f"{end}.{name}" for name in broken)
            room = sum(channel.capacity for channel in joined if end in channel.ends)
            scene.add_count(f"{end}.inbox", room, Place("inbox", end, "", "inbox"))
        for channel in joined:
            for kind, budget in _DONE:
                place = Place(kind, "", channel.name, kind)
                scene.add_count(f"{channel.name}.{kind}", getattr(channel, budget), place)
        return scene
