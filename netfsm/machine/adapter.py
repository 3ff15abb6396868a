"""A machine as the library `transitions` knows it: the ecosystem's object, and a third opinion.

`transitions` holds the state and picks the row; guards and steps are bound callables over the typed
tree. It is for looking, drawing and comparing, never for packets: it costs 60 times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from netfsm.errors import InternalError
from netfsm.machine.base import Result
from netfsm.machine.interpret import Interpreter, Step
from netfsm.spec import model
from netfsm.spec.types import Value

if TYPE_CHECKING:
    from transitions import EventData, Machine

Engine = Literal["pygraphviz", "graphviz", "mermaid"]


class Model:
    """The model of a `transitions.Machine`: its triggers are the events, with inputs by name.

    A trigger gives True if a row was taken; what the row emitted and ordered is in `result`.
    """

    state: str
    result: Result | None

    def __init__(self, interpreter: Interpreter) -> None:
        """Stand before the first event."""
        self.interpreter = interpreter
        self.result = None
        self._step: Step | None = None

    def step(self, event: str, **inputs: Any) -> Result | None:
        """Trigger `event`; the result as the generated code gives it, None if disabled.

        Raises ValueError for an unknown event, InternalError for a hole or an impossible cell.
        """
        machine = self.interpreter.machine
        known = {known.name: known.kind for known in machine.events}
        if event not in known:
            raise ValueError(f"{machine.name} has no event {event}")
        trigger: Callable[..., bool] = getattr(self, "trigger")  # noqa: B009  # the library adds it
        if trigger(event, **inputs):
            return self.result
        if known[event] == "completion":
            return None
        raise InternalError("no guard is true", f"{machine.name}/{self.state}/{event}")

    def begin(self, data: EventData) -> None:
        """Keep what is there before the step, once an event."""
        self.result = None
        self._step = self.interpreter.begin(data.event.name, data.kwargs)

    def holds(self, row: model.Row, _data: EventData) -> bool:
        """Whether the guard of `row` is true."""
        assert self._step is not None  # `begin` runs before every condition
        return self._step.holds(row)

    def take(self, row: model.Row, _data: EventData) -> None:
        """Take the step of `row`."""
        assert self._step is not None  # as above
        self.result = self._step.take(row)

    def refuse(self, cell: model.Impossible, _data: EventData) -> bool:
        """Raise InternalError for a cell that is never reached."""
        where = f"{self.interpreter.machine.name}/{self.state}/{cell.event}"
        raise InternalError(f"an impossible cell ({cell.reason})", where)


def to_transitions(
    machine: model.Machine,
    *,
    graph: Engine | None = None,
    key: Mapping[str, Value] | None = None,
    given: Mapping[str, Value] | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    constants: Mapping[str, Value] | None = None,
) -> Machine:
    """A `transitions.Machine` of `machine`, or a `GraphMachine` drawn by the engine `graph`.

    `.model` has a method for each event, with the inputs by name. Raises ImportError without the
    extra `machine`.
    """
    interpreter = Interpreter(
        machine, key=key, given=given, functions=functions, constants=constants
    )
    held = Model(interpreter)
    settings: dict[str, Any] = {
        "model": held,
        "states": [state.name for state in machine.states],
        "transitions": _transitions(machine, held),
        "initial": machine.initial,
        "auto_transitions": False,
        "send_event": True,
        "prepare_event": held.begin,
    }
    if graph is not None:
        from transitions.extensions import GraphMachine

        return GraphMachine(**settings, graph_engine=graph, title=machine.title)
    from transitions import Machine

    return Machine(**settings)


def _never(_data: EventData) -> bool:
    return False


def _transitions(machine: model.Machine, held: Model) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for state in machine.states:
        for event in machine.events:
            cell = machine.cells.get((state.name, event.name), ())
            base = {"trigger": event.name, "source": state.name}
            if isinstance(cell, model.Impossible):
                found.append({**base, "dest": None, "conditions": partial(held.refuse, cell)})
                continue
            if not cell:  # a completion event that is disabled here
                found.append({**base, "dest": None, "conditions": _never})
            found += [
                {
                    **base,
                    "dest": row.to,
                    "conditions": partial(held.holds, row),
                    "before": partial(held.take, row),
                }
                for row in cell
            ]
    return found
