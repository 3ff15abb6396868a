"""Named types and constants: what a layer, a scope, a `types` file or a machine declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from attrs import Factory, frozen

from netfsm.spec.frozen import FrozenMap
from netfsm.spec.model import Constant, Record
from netfsm.spec.types import Enum, Flags, Nat, Type

if TYPE_CHECKING:
    from netfsm.spec.declare import TypeNames

__all__ = ["NOTHING", "Declarations", "together"]


@frozen
class Declarations:
    """Named types and constants. A name in `broken` has a finding already."""

    types: Mapping[str, Type] = Factory(FrozenMap[str, Type])
    records: tuple[Record, ...] = ()
    constants: Mapping[str, Constant] = Factory(FrozenMap[str, Constant])
    broken: frozenset[str] = frozenset()

    @property
    def type_names(self) -> TypeNames:
        """What types may name: these types, and the constants that are naturals."""
        from netfsm.spec.declare import TypeNames

        numbers = {
            name: constant.value
            for name, constant in self.constants.items()
            if isinstance(constant.type, Nat) and isinstance(constant.value, int)
        }
        return TypeNames(self.types, numbers, self.broken)

    @property
    def members(self) -> tuple[Enum | Flags, ...]:
        """The types whose members are known by their bare names."""
        return tuple(type_ for type_ in self.types.values() if isinstance(type_, Enum | Flags))

    def under(self, name: str) -> Declarations:
        """These declarations as another file names them: `net.Type`, `net.CONSTANT`."""
        return Declarations(
            types=FrozenMap({f"{name}.{key}": type_ for key, type_ in self.types.items()}),
            constants=FrozenMap({f"{name}.{key}": c for key, c in self.constants.items()}),
            broken=frozenset(f"{name}.{key}" for key in self.broken),
        )


NOTHING: Final = Declarations()


def together(parts: Iterable[Declarations]) -> Declarations:
    """Return all of `parts` as one; the first that declares a name counts."""
    types: dict[str, Type] = {}
    constants: dict[str, Constant] = {}
    records: list[Record] = []
    broken: set[str] = set()
    for part in parts:
        types.update({name: t for name, t in part.types.items() if name not in types})
        constants.update({n: c for n, c in part.constants.items() if n not in constants})
        records.extend(part.records)
        broken |= part.broken
    return Declarations(FrozenMap(types), tuple(records), FrozenMap(constants), frozenset(broken))
