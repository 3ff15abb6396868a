"""What a third party may send to an end: every message that its composition lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from attrs import define, field

from netfsm.explore.end import EndWork
from netfsm.explore.messages import Post
from netfsm.explore.records import EndState, Stimulus
from netfsm.explore.values import Look, value_of
from netfsm.spec.composition import Composition, Injection
from netfsm.spec.model import Event

__all__ = ["Injections"]

_Listed = tuple[tuple[Stimulus, Mapping[str, Any]], ...]


@define
class Injections:
    """The messages of third parties, made once for each end; with the parameters of their event."""

    composition: Composition
    post: Post
    _listed: dict[tuple[str, Injection], _Listed] = field(
        factory=dict[tuple[str, Injection], _Listed]
    )

    def coming(self, channel: str, work: EndWork, state: EndState) -> Iterator[Stimulus]:
        """What may come over `channel` to an end that is in `state`, each message once."""
        for injection in work.end.injections:
            if injection.channel != channel:
                continue
            key = (work.end.name, injection)
            if key not in self._listed:
                self._listed[key] = tuple(self._made(injection, work))
            work.write(state)
            allowed = [s for s, inputs in self._listed[key] if _may(injection, work, inputs)]
            yield from allowed

    def _made(
        self, injection: Injection, work: EndWork
    ) -> Iterator[tuple[Stimulus, Mapping[str, Any]]]:
        slot, word = work.end.takers[injection.format]
        event: Event = work.workers[slot].kind.events[word]
        names = [field.name for field, _ in injection.values]
        for chosen in product(*(values for _, values in injection.values)):
            said = dict(zip(names, chosen, strict=True))
            message = self.post.made(injection.format, said)
            yield Stimulus(slot, word, message=message), self.post.inputs(event, message)


def _may(injection: Injection, work: EndWork, inputs: Mapping[str, Any]) -> bool:
    """Whether a message may come to an end as it is now."""
    if injection.when is None:
        return True
    look = Look(work.end.places, work.constants, {}, work.read_place, inputs, {})
    return bool(value_of(injection.when, look))
