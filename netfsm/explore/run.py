"""One way in which a stimulus may go: signals and completions included.

The order of everything is the runtime's (`netfsm.stack.part`, `team` and `stack`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from netfsm.errors import ContractError, InternalError
from netfsm.explore.choices import Oracle
from netfsm.explore.records import Chosen, Emitted, Outcome, Posted, Sent, Stimulus, Taken
from netfsm.explore.slots import View, Worker, stepped
from netfsm.machine import NOTHING, Emission, Result
from netfsm.spec import model
from netfsm.spec.types import Value

if TYPE_CHECKING:
    from netfsm.explore.end import EndWork

__all__ = ["MOST_SIGNALS", "Run"]

MOST_SIGNALS: Final = 1_000
"""Signals of one step; beyond it two machines seem to signal to one another for ever."""


class _Wrong(Exception):  # it ends a run, and is no error of netfsm's
    """The composition does not fit: what happened, as a sentence."""


@define
class Run:
    """One way in which a stimulus may go."""

    work: EndWork
    oracle: Oracle
    signals: deque[Posted] = field(factory=deque[Posted])
    sent: list[Sent] = field(factory=list[Sent])
    rows: list[Taken] = field(factory=list[Taken])
    emitted: list[Emitted] = field(factory=list[Emitted])
    chosen: list[Chosen] = field(factory=list[Chosen])
    moved: dict[str, None] = field(factory=dict[str, None])

    def outcome(self, stimulus: Stimulus, position: int) -> Outcome:
        """Take the stimulus and all that follows from it."""
        fault = ""
        try:
            self._begin(stimulus)
            self._settle()
        except InternalError as error:  # a hole, or a cell that its spec calls impossible
            fault = f"{error.where}: {error.what}"
        except (ContractError, _Wrong) as error:
            fault = str(error)
        return Outcome(
            self.work.read(position),
            tuple(self.sent),
            tuple(self.rows),
            tuple(self.emitted),
            tuple(self.chosen),
            fault,
        )

    def _begin(self, stimulus: Stimulus) -> None:
        worker = self.work.workers[stimulus.slot]
        event = worker.kind.events[stimulus.event]
        inputs = dict(stimulus.values)
        packet: dict[str, Any] = {}
        if stimulus.message is not None:
            inputs = self.work.post.inputs(event, stimulus.message)
            packet = {event.alias or "": stimulus.message.packet, **dict(stimulus.message.ghosts)}
        self._take(worker, event, inputs, packet)

    def _take(
        self,
        worker: Worker,
        event: model.Event,
        inputs: dict[str, Any],
        packet: Mapping[str, Any] | None = None,
    ) -> None:
        """Let a slot take an event: choices, the row, what it emits, what completes it."""
        team = self.work.team_of(worker)
        if team is not None and not team.alive and team.lead is not worker:
            return  # of a scope that is not there
        chosen = self._choose(worker, event, inputs)
        inputs = {**inputs, **chosen}
        self.work.ghosts.event(worker.slot.name, event.name, inputs)
        given = {**packet, **chosen} if packet else inputs
        result = self._step(lambda: worker.step(event.name, given))
        self._carry(worker, result)
        self._complete(worker, "row")
        mover = worker if team is None else team.workers[0]  # a batch ends for all of a scope
        self.moved[mover.slot.name] = None
        if team is None:
            worker.renew()
        else:
            team.renew()

    def _complete(self, worker: Worker, after: str) -> None:
        """Try completion events of a slot, and of all in its scope, until none is enabled."""
        team = self.work.team_of(worker)
        if team is None:
            if worker.completes(after):
                self._carry(worker, self._step(partial(worker.settle, after)))
            return
        trying = deque(team.completing(after))
        quiet = 0
        while quiet < len(trying) and team.alive:
            each = trying.popleft()
            trying.append(each)
            result = self._step(partial(each.settle, after))
            quiet = quiet + 1 if result is NOTHING else 0
            self._carry(each, result)

    def _choose(
        self, worker: Worker, event: model.Event, inputs: Mapping[str, Any]
    ) -> dict[str, Value]:
        options = self.work.chooser.options(
            worker.slot.machine, event, inputs, View(worker.kind, worker.instance, inputs)
        )
        if options is None:
            return {}
        if not options:
            raise _Wrong(f"no choice for {event.name} of {worker.slot.name} keeps its contract")
        taken = options[self.oracle.choose(len(options))]
        self.chosen.append(Chosen(worker.slot.name, event.name, tuple(taken.items()), len(options)))
        return taken

    def _step(self, step: Callable[[], Result]) -> Result:
        """Take a step, and tell its rows of this slot and of those in its scope."""
        for each in self.work.workers.values():
            each.rows.clear()
        try:
            return step()
        finally:
            for name, each in self.work.workers.items():
                for row in each.rows:
                    self.rows.append(Taken(name, row, each.instance.state))

    def _carry(self, worker: Worker, result: Result) -> None:
        if result is NOTHING:
            return
        for emission in result[0]:
            if emission.kind == "signal":
                posted = Posted(emission.machine, emission.event, emission.key, emission.values)
                self.signals.append(posted)
            else:
                self._emit(self.work.sender(worker, emission), emission)

    def _emit(self, worker: Worker, emission: Emission) -> None:
        machine = worker.kind.machine
        output = next(o for o in machine.outputs if o.name == emission.output)
        fields = self.work.post.fields(machine, emission)
        self.emitted.append(Emitted(worker.slot.name, output.name, tuple(fields.items())))
        self.work.ghosts.emitted(worker.slot.name, output.name, fields)
        if output.kind == "message":
            written = self.work.composition.machines[worker.slot.machine].outputs
            haunting = next(
                o for o in written if o.name == output.name
            )  # its ghosts are told apart
            message = self.work.post.message(haunting, fields)
            self.sent.append(Sent(message, tuple(fields.items())))

    # ---- what follows

    def _settle(self) -> None:
        """Handle signals until none waits, then what ends a batch, until nothing happens."""
        count = 0
        while self.signals or self.moved:
            count += 1
            if count > MOST_SIGNALS:
                raise _Wrong(f"one step sends more than {MOST_SIGNALS} signals")
            if self.signals:
                self._signal(self.signals.popleft())
                continue
            moved, self.moved = self.moved, {}
            for name in moved:
                self._complete(self.work.workers[name], "batch")

    def _signal(self, posted: Posted) -> None:
        receivers = [w for w in self.work.workers.values() if w.slot.machine == posted.machine]
        if not receivers:
            return  # one that the composition is without
        event = receivers[0].kind.events[posted.event]
        choices = {choice.name for choice in event.choices}
        names = [name for name, _ in event.inputs if name not in choices]
        inputs = dict(zip(names, posted.values, strict=True))
        if posted.key is None:
            for worker in [worker for worker in receivers if not worker.instance.ended]:
                self._take(worker, event, inputs)
            return
        key = tuple(posted.key)
        for worker in receivers:
            if worker.slot.key == key:
                self._take(worker, event, inputs)
                return
        self._absent(receivers[0], event, key, inputs)

    def _absent(
        self, like: Worker, event: model.Event, key: tuple[Any, ...], inputs: dict[str, Any]
    ) -> None:
        """A signal to a key that no slot has: the absent state takes it, and nothing stays."""
        instance = self.work.fresh(like, key)
        if instance is None:
            return
        chosen = self._choose(like, event, inputs)
        result = stepped(like.kind, instance, event.name, {**inputs, **chosen})
        if not instance.ended:
            name = f"{like.slot.machine}[{', '.join(map(str, key))}]"
            raise _Wrong(f"{event.name} made an instance {name}, for which there is no slot")
        self._carry(like, result)
