"""The encodings of numbers by name."""

from __future__ import annotations

from netfsm.prove.bitvectors import BitVectors, anchors, roots
from netfsm.prove.integers import Integers
from netfsm.prove.numbers import Encoding, Numbers
from netfsm.spec import model


def numbers_of(machine: model.Machine, encoding: Encoding) -> Numbers:
    """The numbers of `machine`; anchored where they are bit-vectors."""
    return Integers() if encoding == "int" else BitVectors(anchors(machine), roots(machine))
