"""Promela of compositions, and SPIN's search of every state that they have.

A map of the package:

============ ======================================================================================
model        `promela`: a composition as a Promela model; `Model`
search       `search`: runs spin, gcc and the search; counts, or the way to what is broken
process      the model's one process: picks a step, carries it out
moves        the steps there are: calls, timers, and what happens to messages
events       what an event does to a part; rows: the rows behind it; choices: how hands choose
emissions    what comes of an emission: messages, signals, ghosts
messages     what travels, and the queues
parts        who is there, by number; words: the names of one machine's things
alive        which events may come at all; bounds: how much one step may emit
scenes       what a name stands for, in a machine and in a composition
expression   expressions; numbers: values as numbers
faults       what may be broken
============ ======================================================================================
"""

from netfsm.prove.spin.model import Model, promela
from netfsm.prove.spin.numbers import Beyond
from netfsm.prove.spin.search import Limits, Searched, need_programs, search

__all__ = ["Beyond", "Limits", "Model", "Searched", "need_programs", "promela", "search"]
