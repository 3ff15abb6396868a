"""A running stack, with no thread, clock, chance or file descriptor inside.

A map of the package:

=========== ===================================================================================
registry    key spaces, bindings, policies: the one place where layers meet
verdicts    what becomes of a packet
hands       the base of every layer's hands
part        one machine at work: instances, timers, what steps give
clock       timers in virtual time
interface   where frames enter and leave; links
messages    what goes into a step and comes out of it
settings    constants of a set, and those that a person changed
control     typed queries and commands
stack       `Stack`: load, attach, query, command, step
loop        a plain shell: drivers, the real clock, one thread
=========== ===================================================================================
"""

from netfsm.stack.hands import Hands
from netfsm.stack.interface import Interface, Link
from netfsm.stack.messages import Frame, LinkChange, Report, Taken, Transmit
from netfsm.stack.registry import Binding, KeySpace, Registry
from netfsm.stack.stack import Stack
from netfsm.stack.verdicts import DELIVERED, Verdict

__all__ = [
    "DELIVERED",
    "Binding",
    "Frame",
    "Hands",
    "Interface",
    "KeySpace",
    "Link",
    "LinkChange",
    "Registry",
    "Report",
    "Stack",
    "Taken",
    "Transmit",
    "Verdict",
]
