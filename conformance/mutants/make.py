"""Every mutant of a machine, in the order in which its spec is read.

What a machine declares to others (events, outputs, keys, limits), its types and constants, and what
it claims (invariants, steps, outputs, musts) stay as they are: claims are what judges.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from netfsm.conformance.mutants.edit import Path, node_at, put, without
from netfsm.conformance.mutants.emissions import EmissionMutants
from netfsm.conformance.mutants.expressions import Variants
from netfsm.conformance.mutants.mutant import Mutant, Site, told
from netfsm.conformance.mutants.rows import RowMutants, assigned
from netfsm.spec import model
from netfsm.spec.expr import Expr
from netfsm.spec.nodes import Mapping, Node, Scalar
from netfsm.spec.nodes import Sequence as SequenceNode

__all__ = ["mutants_of", "sample"]


def mutants_of(root: Mapping, machine: model.Machine) -> tuple[Mutant, ...]:
    """All mutants of `machine`, whose file has the tree `root`; no two are the same text."""
    return tuple(_Maker(root, machine).all())


def sample(mutants: Sequence[Mutant], most: int, seed: int) -> tuple[Mutant, ...]:
    """At most `most` of `mutants`, chosen by `seed` and their ids alone, in their order."""
    if len(mutants) <= most:
        return tuple(mutants)
    chosen = {each.id for each in sorted(mutants, key=lambda each: _rank(each.id, seed))[:most]}
    return tuple(each for each in mutants if each.id in chosen)


def _rank(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


class _Maker:
    def __init__(self, root: Mapping, machine: model.Machine) -> None:
        self._root = root
        self._machine = machine
        self._rows = {row.mark: row for row in reversed(machine.rows)}
        self._variants = Variants(machine)

    def all(self) -> Iterator[Mutant]:
        yield from self._beginnings()
        yield from self._timers()
        yield from self._lets()
        yield from self._decides()
        yield from self._fills()
        yield from self._blocks()
        for path, node in self._tables():
            yield from self._row(path, node)

    def _site(self, part: str, node: Node, *path: str | int) -> Site:
        return Site(self._machine.name, part, node.mark, self._root, path)

    def _entries(self, section: str) -> Iterator[tuple[Scalar, Node]]:
        node = self._root.get(section)
        yield from node.items if isinstance(node, Mapping) else ()

    # ---- rows

    def _tables(self) -> Iterator[tuple[Path, Mapping]]:
        """Every row with its path."""
        places: list[Path] = [("absent", "rows")]
        for section in ("groups", "states"):
            places += [(section, key.text, "rows") for key, _ in self._entries(section)]
        for place in places:
            table = node_at(self._root, place)
            for index, row in enumerate(table.items if isinstance(table, SequenceNode) else ()):
                if isinstance(row, Mapping):
                    yield (*place, index), row

    def _row(self, path: Path, node: Mapping) -> Iterator[Mutant]:
        name = node.get("id")
        assert isinstance(name, Scalar)
        site = self._site(name.text, node, *path)
        yield from RowMutants(site, node, self._rows.get(node.mark), self._machine).all()

    # ---- what rows share

    def _beginnings(self) -> Iterator[Mutant]:
        """Another initial state, other initial values."""
        initial = self._root.get("initial")
        names = [state.name for state in self._machine.states]
        if isinstance(initial, Scalar) and len(names) > 1:
            target = names[(names.index(initial.text) + 1) % len(names)]
            says = f"initial: {initial.text} -> {target}"
            yield self._site("initial", initial, "initial").put(target, says, target)
        for variable in self._machine.variables:
            node = node_at(self._root, ("variables", variable.name))
            if variable.initial is not None and isinstance(node, Mapping):
                site = self._site(f"variables/{variable.name}", node, "variables", variable.name)
                yield from site.each("initial", self._variants.of(variable.initial), "initial")

    def _timers(self) -> Iterator[Mutant]:
        """A timer that nobody sets: every order for it is gone."""
        for key, node in self._entries("timers"):
            root = self._root
            for path, row in self._tables():
                if node_at(row, ("do", key.text)) is not None:
                    root = without(root, (*path, "do", key.text))
            for block, _ in self._entries("blocks"):
                if node_at(root, ("blocks", block.text, key.text)) is not None:
                    root = put(root, ("blocks", block.text), _less(root, block.text, key.text))
            if root != self._root:
                site = self._site(f"timers/{key.text}", node, "timers", key.text)
                yield site.changed("forget", f"timer {key.text}: no order is left", root)

    def _lets(self) -> Iterator[Mutant]:
        bodies = {let.name: let.expr for let in self._machine.lets}
        for key, node in self._entries("let"):
            name = key.text.partition("(")[0].strip()
            site = self._site(f"let/{name}", node, "let")
            yield from self._of(site, bodies.get(name), key.text)

    def _of(self, site: Site, expr: Expr | None, *below: str | int) -> Iterator[Mutant]:
        if expr is None:
            return
        old = site.text(*below)
        for change in self._variants.of(expr):
            if change.text != old:
                says = f"{site.part.replace('/', ' ')}: {told(old, change.text)}"
                yield site.put(change.name, says, change.text, *below)

    def _decides(self) -> Iterator[Mutant]:
        for decide in self._machine.decides:
            place = ("decide", decide.name)
            items = node_at(self._root, place)
            assert isinstance(items, SequenceNode)
            for index, (leaf, item) in enumerate(zip(decide.leaves, items.items, strict=True)):
                part = f"decide/{decide.name}/{leaf.name}"
                site = self._site(part, item, *place, index)
                yield self._forgotten(site, decide.name, leaf.name)
                if index + 2 < len(items.items):  # the last stays where it is
                    later = decide.leaves[index + 1].name
                    yield self._exchanged(site, items, index, later)
                if leaf.test is not None:
                    yield from self._of(site, leaf.test, leaf.name)

    def _forgotten(self, site: Site, decide: str, leaf: str) -> Mutant:
        """A test that nobody thought of: the leaf and the rows that are for it alone are gone."""
        root = self._root
        rows = [path for path, row in self._tables() if row.get("leaf") is not None]
        for path in reversed(rows):
            found = node_at(root, (*path, "leaf"))
            if isinstance(found, Scalar) and found.text == f"{decide}.{leaf}":
                root = without(root, path)
        root = without(root, site.path)
        return site.changed("forget", f"leaf {leaf} and its rows dropped", root)

    def _exchanged(self, site: Site, items: SequenceNode, index: int, later: str) -> Mutant:
        first, second = items.items[index : index + 2]
        order = (*items.items[:index], second, first, *items.items[index + 2 :])
        root = put(self._root, site.path[:-1], SequenceNode(order, items.mark))
        return site.changed(f"exchange/{later}", f"asked after {later}, not before it", root)

    def _blocks(self) -> Iterator[Mutant]:
        for key, node in self._entries("blocks"):
            row, parts = self._user(key.text)
            if row is not None:
                site = self._site(f"blocks/{key.text}", node, "blocks", key.text)
                yield from assigned(site, "", node, row, self._machine)
                sends = EmissionMutants(site, row, self._machine)
                yield from sends.listed(node_at(node, ("emit",)), parts)

    def _user(self, block: str) -> tuple[model.Row | None, tuple[model.Emission, ...]]:
        """A row that uses the block, which tells how it is read, and the block's emissions there.

        Those of blocks go out in the order in which a row uses them, before the row's own.
        """
        for _, node in self._tables():
            use = node.get("use")
            items = use.items if isinstance(use, SequenceNode) else (use,)
            names = [item.text for item in items if isinstance(item, Scalar)]
            row = self._rows.get(node.mark)
            if block in names and row is not None:
                before = sum(self._sends(name) for name in names[: names.index(block)])
                return row, row.emissions[before : before + self._sends(block)]
        return None, ()

    def _sends(self, block: str) -> int:
        """How many emissions a block has."""
        emit = node_at(self._root, ("blocks", block, "emit"))
        return len(emit.items) if isinstance(emit, SequenceNode) else 0

    def _fills(self) -> Iterator[Mutant]:
        """What an output fills in for emissions that leave it out."""
        sent = [
            (row, part)
            for row in self._machine.rows
            for part in row.emissions
            if isinstance(part, model.Emit) and part.filled
        ]
        for key, node in self._entries("outputs"):
            for row, part in sent:
                if part.output == key.text:
                    site = self._site(f"outputs/{key.text}", node, "outputs", key.text)
                    yield from EmissionMutants(site, row, self._machine).fields(
                        "fill", part, "fill"
                    )
                    break


def _less(root: Mapping, block: str, name: str) -> Mapping:
    """A block without one assignment; it may be left empty."""
    node = node_at(root, ("blocks", block))
    assert isinstance(node, Mapping)
    return Mapping(tuple(item for item in node.items if item[0].text != name), node.mark)
