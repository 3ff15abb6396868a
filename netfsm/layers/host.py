"""The hands of the host layer: what the stack itself can be asked and told."""

from __future__ import annotations

from netfsm.stack import Hands

LEAST_MTU = 68
"""Octets that every link must carry (RFC 791 §3.2)."""


class Host(Hands):
    """Bound to nothing; it looks at the whole stack."""

    # ---- queries

    def query_interfaces(self) -> list[dict[str, object]]:
        """Every interface, in the order in which they were attached."""
        return [
            {
                "name": one.name,
                "link_type": one.link_type,
                "hwaddr": one.hwaddr.hex(":"),
                "mtu": one.mtu,
                "flags": ",".join(one.flags),
                "in_frames": one.in_frames,
                "in_octets": one.in_octets,
                "out_frames": one.out_frames,
                "out_octets": one.out_octets,
            }
            for one in self.interfaces()
        ]

    def query_outcomes(self, interface: str | None = None) -> list[dict[str, object]]:
        """What became of the frames that arrived, by verdict."""
        return [
            {"interface": one.name, "outcome": name, "count": count}
            for one in self.interfaces()
            if interface in (None, one.name)
            for name, count in sorted(one.outcomes.items())
        ]

    def query_counters(self, layer: str | None = None) -> list[dict[str, object]]:
        """The counters that are not zero."""
        return [
            {"layer": name, "counter": counter, "count": count}
            for name, loaded in self._stack.layers.items()
            if layer in (None, name)
            for counter, count in loaded.hands.counters.items()
            if count
        ]

    def query_layers(self) -> list[dict[str, object]]:
        """The layers, in the order in which they were loaded."""
        return [
            {
                "name": name,
                "title": loaded.spec.title,
                "timers": sum(part.armed() for part in loaded.hands.parts.values()),
                "instances": sum(len(part.instances) for part in loaded.hands.parts.values()),
                "faults": self._stack.faults.get(name, 0),
            }
            for name, loaded in self._stack.layers.items()
        ]

    def query_explain(self, interface: str, frame: str) -> dict[str, object]:
        """The path that a frame would take, a line each step. ValueError for what is no hex."""
        found = self._stack.registry.explain(bytes.fromhex(frame), interface)
        return {"path": "\n".join(found.path), "verdict": found.verdict}

    def query_bindings(self) -> list[dict[str, object]]:
        """Every binding of every key space."""
        return [
            {
                "space": space.name,
                "key": "" if binding.key is None else str(binding.key),
                "owner": binding.owner,
                "policy": binding.policy,
                "provider": space.provider,
            }
            for space in self._stack.registry.spaces()
            for binding in space.bindings()
        ]

    # ---- commands

    def command_load(self, layer: str) -> None:
        """Load a layer. Raises what `Stack.load` raises."""
        self._stack.load(layer)

    def command_unload(self, layer: str, dependants: bool = False) -> None:
        """Take a layer away. Raises what `Stack.unload` raises."""
        self._stack.unload(layer, dependants=dependants)

    def command_reload(self, layer: str) -> None:
        """Take a layer away and load it again. Raises what `Stack.reload` raises."""
        self._stack.reload(layer)

    def command_set_link(self, interface: str, up: bool) -> None:
        """Take an interface up or down. LookupError where there is none of that name."""
        self._stack.set_link(interface, up=up)

    def command_set_mtu(self, interface: str, mtu: int) -> None:
        """Carry less, or as much as the driver can. ValueError below 68 and above that."""
        one = self.interface(interface)
        port = self._stack.ports.get(interface)
        most = one.mtu if port is None else port.mtu
        if not LEAST_MTU <= mtu <= most:
            raise ValueError(f"the MTU of {interface} is from {LEAST_MTU} to {most}, not {mtu}")
        one.mtu = mtu
