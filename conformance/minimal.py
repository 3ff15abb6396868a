"""Makes a failing walk short: moves are left out as long as the same kind of problem stays."""

from __future__ import annotations

from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Code, Move, Pair
from netfsm.conformance.subjects import Maker
from netfsm.conformance.tour import Walk, judged
from netfsm.spec import model

__all__ = ["shortest"]


def shortest(machine: model.Machine, calls: Calls, walk: Walk, make: Maker, code: Code) -> Walk:
    """A part of `walk` that still shows a problem of `code` in its last move; `walk` if none."""
    moves = walk.moves
    if not _fails(machine, calls, Walk(walk.setting, moves), make, code):
        return walk
    index = len(moves) - 2
    while index >= 0:
        fewer = (*moves[:index], *moves[index + 1 :])
        if _fails(machine, calls, Walk(walk.setting, fewer), make, code):
            moves = fewer
        index -= 1
    return Walk(walk.setting, moves)


def _fails(machine: model.Machine, calls: Calls, walk: Walk, make: Maker, code: Code) -> bool:
    """True if the walk is one that may happen and its last move alone shows `code`."""
    pair = Pair(machine, calls, walk.setting, make)
    for number, move in enumerate(walk.moves):
        if not _may_happen(pair, move):
            return False
        taken = pair.take(move.event, move.inputs, move.now, move.machine)
        found = list(judged(pair, taken).problems)
        for settled in pair.settle():
            found += settled.problems
        if found:
            return number == len(walk.moves) - 1 and code in {p.code for p in found}
    return False


def _may_happen(pair: Pair, move: Move) -> bool:
    """A timer fires when it runs and is due; no event meets an impossible cell."""
    name = move.machine or pair.machine.name
    for machine, held, _ in pair.places():
        if machine.name == name:
            event = machine.event(move.event)
            if event.kind == "timer":
                return event.name in held.armed and pair.deadlines.get(event.name, 0) <= move.now
            return not isinstance(machine.cells.get((held.state, event.name)), model.Impossible)
    return False
