"""Many stacks and wires in virtual time: the same seed gives the same run, bit for bit.

=========== ===================================================================================
simulation  hosts, cables, time
cable       a wire between two hosts, and what it does to frames
story       from what stacks give to the steps that a packet ladder draws
labels      a frame in the field's words
=========== ===================================================================================
"""

from netfsm.sim.cable import Cable
from netfsm.sim.labels import Labeller
from netfsm.sim.simulation import Host, Simulation

__all__ = ["Cable", "Host", "Labeller", "Simulation"]
