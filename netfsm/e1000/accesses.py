"""Hypothesis strategies of accesses to a card, made from the register map.

An access is `(kind, offset, size, value)`: the kind is read or write, offset and size are those of
the memory window. Most offsets are those of registers; most values set one field or another, the
rest is anything at all.
"""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from netfsm.spec.registers import WIDTH, Register, RegisterMap

__all__ = ["Access", "accesses", "values_of"]


class Access(NamedTuple):
    """One access to the memory window; a read has the value 0."""

    write: bool
    offset: int
    size: int
    value: int


def values_of(register: Register) -> SearchStrategy[int]:
    """Values for a register: a field set in any way, its reset value, all ones, anything."""
    whole = st.integers(0, (1 << WIDTH) - 1)
    plain = st.sampled_from((0, register.reset, (1 << WIDTH) - 1))
    if not register.fields:
        return plain | whole
    single = st.sampled_from(register.fields).flatmap(
        lambda field: st.integers(0, field.mask >> field.low).map(lambda value: value << field.low)
    )
    return st.lists(single, min_size=1, max_size=4).map(_together) | plain | whole


def accesses(known: RegisterMap, *names: str) -> SearchStrategy[Access]:
    """Accesses to registers of `known`, those named or all, and to anywhere in its window."""
    chosen = [each for each in known.registers if not names or each.name in names]
    aimed = st.sampled_from(chosen).flatmap(_aimed)
    wild = st.builds(
        Access,
        st.booleans(),
        st.integers(0, known.size - 1),
        st.sampled_from((1, 2, 4)),
        st.integers(0, (1 << WIDTH) - 1),
    )
    return aimed if names else st.one_of(aimed, aimed, aimed, wild)


def _aimed(register: Register) -> SearchStrategy[Access]:
    offset = st.sampled_from(register.offsets())
    kind = st.sampled_from((True, True, False))
    return st.builds(_access, kind, offset, values_of(register))


def _access(write: bool, offset: int, value: int) -> Access:
    return Access(write, offset, 4, value if write else 0)


def _together(values: list[int]) -> int:
    found = 0
    for value in values:
        found |= value
    return found
