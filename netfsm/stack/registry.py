"""The binding registry: the one place where layers meet.

A layer provides key spaces (EtherType, IP protocol ...); others bind handlers to keys in them. A
registry belongs to one stack: nothing registers itself on import, and a space goes when the layer
that provides it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from attrs import define, field

from netfsm.errors import BadBinding, BindingConflict, BindingError
from netfsm.spec.types import Enum, Nat, Text, Type

if TYPE_CHECKING:
    from netfsm.stack.explaining import Explanation, Trial

K = TypeVar("K", bound="int | str")
H = TypeVar("H")
Policy = Literal["exclusive", "tap", "fallback"]


@define(eq=False)
class Binding(Generic[K, H]):
    """A handler bound to a key; `close` undoes it. The key of a fallback is None."""

    space: KeySpace[K, H]
    key: K | None
    handler: H
    owner: str
    policy: Policy
    open: bool = True

    def close(self) -> None:
        """Take the handler out of its space; closing twice is harmless."""
        if self.open:
            self.open = False
            self.space.forget(self)


@define(eq=False)
class KeySpace(Generic[K, H]):
    """Who is bound to which key of one kind.

    `key_type` is the type of its keys, `provider` the layer that provides it, `port` what the
    provider offers to those that are bound (`netfsm.layers.contracts`), `expects` what handlers
    must be able to do: a protocol that can be checked at run time. One exclusive handler owns a
    key; taps see what it gets, before it; a fallback gets what nobody owns.
    """

    name: str
    key_type: Type
    provider: str
    carries: str = ""
    port: object = None
    expects: type | None = None
    trial: Trial | None = None
    _owners: dict[K, Binding[K, H]] = field(factory=dict[K, "Binding[K, H]"])
    _taps: dict[K, list[Binding[K, H]]] = field(factory=dict[K, "list[Binding[K, H]]"])
    _fallback: Binding[K, H] | None = None

    def bind(
        self, key: K | None, handler: H, owner: str, policy: Policy = "exclusive"
    ) -> Binding[K, H]:
        """Bind `handler` to `key`.

        Raises BindingConflict, with both owners, where the key is taken, and BadBinding for a key
        that is not of the space's type or a handler that can't do what the space expects.
        """
        if self.expects is not None and not isinstance(handler, self.expects):
            reason = f"the handler of {owner} is no {self.expects.__name__}"
            raise BadBinding(self.name, key, reason)
        binding = Binding(self, key, handler, owner, policy)
        if policy == "fallback":
            if self._fallback is not None:
                raise BindingConflict(self.name, "fallback", self._fallback.owner, owner)
            self._fallback = binding
            return binding
        if key is None or not _fits(key, self.key_type):
            raise BadBinding(self.name, key, f"{key!r} is no key of type {self.key_type}")
        if policy == "tap":
            self._taps.setdefault(key, []).append(binding)
            return binding
        if key in self._owners:
            raise BindingConflict(self.name, key, self._owners[key].owner, owner)
        self._owners[key] = binding
        return binding

    def find(self, key: K) -> H | None:
        """The handler that owns `key`, or the fallback, or None."""
        binding = self._owners.get(key) or self._fallback
        if self.trial is not None:
            self.trial.found(self, key, binding)
        return binding.handler if binding is not None else None

    def taps(self, key: K) -> tuple[H, ...]:
        """The handlers that see what `key` gets; nobody sees what is only tried."""
        if not self._taps or self.trial is not None:
            return ()
        return tuple(binding.handler for binding in self._taps.get(key, ()))

    def forget(self, binding: Binding[K, H]) -> None:
        """Take one binding out; `Binding.close` calls this."""
        if binding.policy == "fallback":
            self._fallback = None
        elif binding.key is not None and binding.policy == "tap":
            self._taps[binding.key].remove(binding)
            if not self._taps[binding.key]:
                del self._taps[binding.key]
        elif binding.key is not None:
            del self._owners[binding.key]

    def bindings(self) -> Iterator[Binding[K, H]]:
        """All bindings: owners by key, then taps, then the fallback."""
        yield from self._owners.values()
        for taps in self._taps.values():
            yield from taps
        if self._fallback is not None:
            yield self._fallback


@define(eq=False)
class Registry:
    """The key spaces of one stack; `explain` tells the path that a frame would take."""

    explainer: Callable[[str, bytes], Explanation] | None = None
    _spaces: dict[str, KeySpace[int | str, object]] = field(
        factory=dict[str, "KeySpace[int | str, object]"]
    )

    def provide(
        self, name: str, key_type: Type, provider: str, carries: str = ""
    ) -> KeySpace[int | str, object]:
        """Open a key space. Raises BindingConflict where another layer provides it."""
        if name in self._spaces:
            raise BindingConflict(name, "the space itself", self._spaces[name].provider, provider)
        space: KeySpace[int | str, object] = KeySpace(name, key_type, provider, carries)
        self._spaces[name] = space
        return space

    def withdraw(self, name: str) -> None:
        """Close a key space and every binding in it."""
        space = self._spaces.pop(name)
        for binding in list(space.bindings()):
            binding.close()

    def space(self, name: str) -> KeySpace[int | str, object]:
        """The space of that name. Raises BindingError where no loaded layer provides it."""
        try:
            return self._spaces[name]
        except KeyError:
            raise BindingError(f"no loaded layer provides the key space {name}") from None

    def has(self, name: str) -> bool:
        """True where a loaded layer provides the space."""
        return name in self._spaces

    def spaces(self) -> tuple[KeySpace[int | str, object], ...]:
        """All spaces, in the order in which they were provided."""
        return tuple(self._spaces.values())

    def explain(self, frame: bytes, interface: str = "eth0") -> Explanation:
        """What would become of `frame` on an interface: rows, keys and owners, and the verdict.

        Nothing happens meanwhile. Raises LookupError where there is no such interface, or no stack.
        """
        if self.explainer is None:
            raise LookupError("this registry belongs to no stack")
        return self.explainer(interface, frame)

    def owned_by(self, owner: str) -> tuple[Binding[int | str, object], ...]:
        """Every open binding of a layer."""
        return tuple(
            b for space in self._spaces.values() for b in space.bindings() if b.owner == owner
        )


def _fits(key: int | str, wanted: Type) -> bool:
    match wanted:
        case Nat(max=most):
            return isinstance(key, int) and not isinstance(key, bool) and 0 <= key <= most
        case Enum(members=members):
            return key in {number for _, number in members} or wanted.open
        case Text():
            return isinstance(key, str)
        case _:
            return False
