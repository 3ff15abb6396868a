"""All specs that one reading looks at, each file read once; what depends on what is recorded.

A `Library` is made for one index of files and one choice of constants, and used once: files that
change meanwhile are not looked at again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, TypeVar, cast

from attrs import Factory, define, evolve, field, frozen

from netfsm.spec.chapters import machine_of, put_together
from netfsm.spec.check_kin import check_kin
from netfsm.spec.check_signals import check_signals
from netfsm.spec.chosen import Chosen
from netfsm.spec.composition import Composition
from netfsm.spec.declarations import NOTHING, Declarations, together
from netfsm.spec.findings import Finding, Findings, quoted
from netfsm.spec.formats import Format
from netfsm.spec.head import VERSION, Head, read_head
from netfsm.spec.index import SpecFile, members, scope_of
from netfsm.spec.model import Layer, Machine, Scope
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar
from netfsm.spec.outline import Outline
from netfsm.spec.read_compose import ComposeReader, written_values
from netfsm.spec.read_format import read_format
from netfsm.spec.read_layer import LAYER_KEYS, read_layer
from netfsm.spec.read_machine import MachineReader
from netfsm.spec.read_outline import read_outline
from netfsm.spec.read_registers import read_registers
from netfsm.spec.read_scope import owner_of, read_scope
from netfsm.spec.read_types import read_declarations, read_types_file
from netfsm.spec.reading import Reading, ScopeFile, Signature
from netfsm.spec.registers import RegisterMap
from netfsm.spec.shape import Entries, Shape
from netfsm.spec.source import parse_once
from netfsm.spec.text import read_bytes
from netfsm.spec.words import names_in

__all__ = ["Library", "Loaded", "Model"]

Kind = Literal["layer", "format", "machine", "chapter", "scope", "types"]
Model = Machine | Layer | Format | Scope | Declarations | Composition | RegisterMap
T = TypeVar("T")
# Where YAML has no value for something, what hangs on it can not be told.
_LOSSY: Final = frozenset({"ALIAS", "MERGE", "KEY", "TAG"})


@frozen
class Loaded:
    """A spec as it was read: its model, None where there is none, and all findings about it.

    `files` are the hashes of everything that was looked at, by the spec's name; `scopes` are the
    machines that belong to each scope that was.
    """

    name: str
    kind: str
    model: Model | None
    findings: tuple[Finding, ...]
    files: Mapping[str, str]
    scopes: Mapping[str, tuple[str, ...]] = Factory(dict[str, tuple[str, ...]])

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make the spec unusable."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


@define
class _File:
    """A file that was read: its tree if it has one, its hash, and what is wrong with its form.

    The tree of a machine is whole: that of its `chapters` is in it.
    """

    spec: SpecFile
    root: MappingNode | None
    digest: str
    text: str
    findings: Findings
    chapters: tuple[str, ...] = ()


@define
class _Seen:
    """What the making of something looked at: files, scopes, and steps whose findings matter."""

    read: set[str] = Factory(set[str])
    scopes: set[str] = Factory(set[str])
    told: set[tuple[str, str]] = Factory(set[tuple[str, str]])

    def add(self, other: _Seen) -> None:
        """Take over what a part looked at."""
        self.read |= other.read
        self.scopes |= other.scopes
        self.told |= other.told


@define
class _Made:
    """What one step of reading gave, what it looked at, and what was wrong."""

    value: object = None
    seen: _Seen = Factory(_Seen)
    findings: Findings = Factory(Findings)


@define
class Library:
    """Reads specs of `index`; it is the `World` of the machines that it reads."""

    index: Mapping[str, SpecFile]
    chosen: Chosen = Factory(Chosen)
    _files: dict[str, _File] = field(alias="files", factory=dict[str, _File])
    _made: dict[tuple[str, str], _Made] = field(alias="made", factory=dict[tuple[str, str], _Made])
    _stack: list[_Seen] = field(init=False, factory=list[_Seen])

    # ---- what callers want

    def load(self, name: str) -> Loaded:
        """Read spec `name`, which stands in the index; a chapter gives its machine."""
        kind = self.index[name].kind
        if kind == "chapter":
            return self._load_chapter(name)
        makers: dict[str, Callable[[str], object]] = {
            "machine": self.machine,
            "layer": self.layer,
            "format": self.format,
            "types": self.declarations,
            "scope": self.scope,
            "compose": self.composition,
            "registers": self.registers,
        }
        self._stack.append(_Seen())
        made = makers[kind](name) if kind in makers else None
        seen = self._stack.pop()
        seen.read.add(name)
        told = Findings(self._file(name).findings)
        for key in sorted(seen.told):
            told.extend(self._file(key[1]).findings)
            told.extend(self._made[key].findings)
        if isinstance(made, ScopeFile):
            made = made.scope
        return Loaded(
            name=name,
            kind=kind,
            model=None if told.errors else cast("Model | None", made),
            findings=tuple(told),
            files={each: self._file(each).digest for each in sorted(seen.read)},
            scopes={each: members(self.index, each) for each in sorted(seen.scopes)},
        )

    def _load_chapter(self, name: str) -> Loaded:
        """The machine that a chapter is of; no model and a finding where there is none."""
        file = self._file(name)
        findings = Findings(file.findings)
        of = None if file.root is None else machine_of(file.root, findings)
        if of is not None and of.text not in self.known("machine"):
            what = f"there is no machine {quoted(of.text)}"
            hint = closest(of.text, self.known("machine"), "a machine is a file 'machine: NAME'")
            findings.add("UNKNOWN-MACHINE", of.mark, what, hint)
        elif of is not None:
            if name in self._file(of.text).chapters:
                return self.load(of.text)
            what = f"{of.text} does not name chapter {name}, so nobody reads it"
            findings.add("UNLISTED-CHAPTER", of.mark, what, f"add {name} to its 'chapters'")
        return Loaded(name, "chapter", None, tuple(findings), {name: file.digest})

    # ---- a spec that is not as its file has it

    def tree(self, name: str) -> MappingNode | None:
        """The tree of spec `name`, None where its file has none."""
        return self._file(name).root

    def with_tree(self, name: str, root: MappingNode, said: str) -> Library:
        """A library of the same files in which `root` is the tree of `name`.

        What does not hang on it is not read again. `said` tells this tree from others of the same
        file: digests hold it.
        """
        file = self._file(name)
        digest = hashlib.sha256(f"{file.digest} {said}".encode()).hexdigest()
        files = {each: f for each, f in self._files.items() if name not in f.chapters}
        return Library(
            self.index,
            self.chosen,
            files={**files, name: evolve(file, root=root, digest=digest)},
            made={
                key: made
                for key, made in self._made.items()
                if key[1] != name and name not in made.seen.read
            },
        )

    # ---- the world of a machine

    def known(self, kind: str) -> Iterable[str]:
        """The names of all specs of `kind`."""
        return [spec.name for spec in self.index.values() if spec.kind == kind]

    def declarations(self, name: str) -> Declarations | None:
        """What layer or `types` file `name` declares."""
        return self._once("declarations", name, ("layer", "types"), self._read_declarations)

    def format(self, name: str) -> Format | None:
        """Format `name`, None where it has findings."""
        return self._once("format", name, ("format",), self._read_format)

    def scope(self, name: str) -> ScopeFile | None:
        """Scope `name`."""
        return self._once("scope", name, ("scope",), self._read_scope)

    def signature(self, name: str) -> Signature | None:
        """Machine `name` as others see it; its findings count only where something is missing."""
        self._stack.append(_Seen())
        reader = self._once("declared", name, ("machine",), self._declare)
        seen = self._stack.pop()
        found = None if reader is None else reader[0].signature(reader[1])
        if found is not None and found.sound and len(found.events) == len(found.names):
            seen.told.clear()
        if self._stack:
            self._stack[-1].add(seen)
        return found

    def outline(self, name: str) -> Outline | None:
        """The outline of machine `name`."""
        return self._once("outline", name, ("machine",), self._read_outline, told=False)

    # ---- whole models

    def machine(self, name: str) -> Machine | None:
        """Machine `name`, with every finding about it."""
        return self._once("machine", name, ("machine",), self._read_machine)

    def layer(self, name: str) -> Layer | None:
        """Layer `name`; its machines and formats are not read."""
        return self._once("layer", name, ("layer",), self._read_layer)

    def composition(self, name: str) -> Composition | None:
        """Composition `name`."""
        return self._once("compose", name, ("compose",), self._read_compose)

    def registers(self, name: str) -> RegisterMap | None:
        """Register map `name`."""
        return self._once("registers", name, ("registers",), self._read_registers)

    # ---- one file each

    def _once(
        self,
        what: str,
        name: str,
        kinds: tuple[str, ...],
        make: Callable[[_File, MappingNode, Findings], T | None],
        *,
        told: bool = True,
    ) -> T | None:
        """Return what `make` gives for spec `name`, made once; None while it is being made."""
        spec = self.index.get(name)
        if spec is None or spec.kind not in kinds:
            return None
        key = (what, name)
        if key not in self._made:
            made = self._made[key] = _Made()
            self._stack.append(made.seen)
            file = self._file(name)
            made.seen.read.update(file.chapters)
            if file.root is not None:
                made.value = make(file, file.root, made.findings)
            self._stack.pop()
        made = self._made[key]
        if self._stack:
            self._stack[-1].add(made.seen)
            self._stack[-1].read.add(name)
            if told:
                self._stack[-1].told.add(key)
        return cast("T | None", made.value)

    def _file(self, name: str) -> _File:
        if name in self._files:
            return self._files[name]
        spec = self.index[name]
        findings = Findings()
        path = str(spec.path)
        data = read_bytes(path, findings)
        root = None if data is None else parse_once(data, path, findings)
        head = None if root is None else read_head(root, findings)
        if head is not None:
            _check_name(head, findings)
        lost = any(finding.code in _LOSSY for finding in findings)
        chapters: tuple[str, ...] = ()
        if root is not None and head is not None and not lost and head.kind == "machine":
            known = tuple(self.known("chapter"))
            root, chapters = put_together(root, known, lambda n: self._part(n, findings), findings)
        self._files[name] = _File(
            spec=spec,
            root=None if head is None or lost else root,
            digest=hashlib.sha256(data or b"").hexdigest(),
            text="" if data is None else data.decode("utf-8", "replace"),
            findings=findings,
            chapters=chapters,
        )
        return self._files[name]

    def _part(self, name: str, findings: Findings) -> MappingNode | None:
        """The tree of a chapter, with what is wrong with its form."""
        file = self._file(name)
        findings.extend(file.findings)
        return file.root

    def _read_declarations(
        self, file: _File, root: MappingNode, findings: Findings
    ) -> Declarations:
        if file.spec.kind == "types":
            above = self._imported(file, root)
            return read_types_file(root, above, self.chosen, findings)
        shape = Shape(root, findings, "a layer", LAYER_KEYS)
        return read_declarations(
            shape.node("types"),
            shape.node("constants"),
            findings,
            owner=file.spec.name,
            above=self._imported(file, root),
            chosen=self.chosen,
        )

    def _imported(self, file: _File, root: MappingNode) -> Declarations:
        """What `root` names of other layers and of `types` files: `net.Type`."""
        owners = {
            word.rpartition(".")[0]
            for word in names_in(root)
            if "." in word and word not in self.index
        }
        layer = file.spec.name.partition(".")[0]
        found: list[Declarations] = []
        for owner in sorted(owners - {layer, file.spec.name}):
            if owner in self.index and self.index[owner].kind in ("layer", "types"):
                declared = self.declarations(owner)
                found.append(NOTHING if declared is None else declared.under(owner))
        return together(found)

    def _above(self, file: _File, root: MappingNode) -> Declarations:
        """What a part of a layer can see: the layer's declarations, and what it names of others."""
        layer = self.declarations(file.spec.name.partition(".")[0])
        return together((NOTHING if layer is None else layer, self._imported(file, root)))

    def _read_format(self, file: _File, root: MappingNode, findings: Findings) -> Format | None:
        above = self._above(file, root)
        found = read_format(root, findings, above.types)
        if found is None or findings.errors:
            return None
        return evolve(found, digest=self._digest(file.spec.name))

    def _read_registers(self, file: _File, root: MappingNode, findings: Findings) -> RegisterMap:
        return read_registers(root, findings, self._digest(file.spec.name))

    def _read_outline(self, file: _File, root: MappingNode, findings: Findings) -> Outline:
        return read_outline(root, self._shared_timers(file, root), findings)

    def _shared_timers(self, file: _File, root: MappingNode) -> Entries:
        """The timers of the machine's scope that it owns, as the scope's file has them."""
        node = root.get("scope")
        name = self._meant_scope(node.text) if isinstance(node, Scalar) else ""
        if not name:
            return ()
        spec = self.index[name]
        self._stack[-1].read.add(spec.name)
        tree = self._file(spec.name).root
        timers = None if tree is None else tree.get("timers")
        entries = timers.items if isinstance(timers, MappingNode) else ()
        return tuple(entry for entry in entries if owner_of(entry[1]) == file.spec.name)

    def _read_scope(self, file: _File, root: MappingNode, findings: Findings) -> ScopeFile:
        name = file.spec.name
        self._stack[-1].scopes.add(name)
        machines = [each for each in self.known("machine") if self._scope_of(each) == name]
        return read_scope(
            root,
            self._above(file, root),
            self.chosen,
            machines=machines,
            outlines=self.outline,
            findings=findings,
        )

    def _scope_of(self, machine: str) -> str:
        """The scope of a machine, or the one that an unknown name is like."""
        named = scope_of(self.index[machine])
        return self._meant_scope(named) if named else ""

    def _meant_scope(self, name: str) -> str:
        known = tuple(self.known("scope"))
        if name in known:
            return name
        hint = closest(name, known)
        return next((each for each in known if hint == f"did you mean {each}?"), "")

    def _declare(
        self, file: _File, root: MappingNode, findings: Findings
    ) -> tuple[MachineReader, Reading] | None:
        outline = self._once("outline", file.spec.name, ("machine",), self._read_outline)
        if outline is None:
            return None
        above = self._above(file, root)
        meant = self._meant_scope(outline.scope) if outline.scope else ""
        scope = self.scope(meant) if meant else None
        if scope is not None:
            above = together((scope.declared, above))
        if meant != outline.scope:
            _note_scope(root, outline, meant, findings)
        shape = Shape(root, Findings(), "a machine", [key.text for key, _ in root.items])
        own = read_declarations(
            shape.node("types"),
            shape.node("constants"),
            findings,
            owner=outline.name,
            above=above,
            chosen=self.chosen,
        )
        reader = MachineReader(root, outline, together((own, above)), own, scope, self, findings)
        return reader, reader.declare()

    def _read_machine(self, file: _File, _: MappingNode, findings: Findings) -> Machine | None:
        found = self._once("declared", file.spec.name, ("machine",), self._declare)
        if found is None:
            return None
        reader, reading = found
        for step in ("outline", "declared"):
            findings.extend(self._made[step, file.spec.name].findings)
        reader.findings = reading.findings = findings
        machine = reader.model(reading)
        self._check_signals(reader.outline, findings)
        return evolve(machine, digest=self._digest(file.spec.name))

    def _check_signals(self, outline: Outline, findings: Findings) -> None:
        """Look at the signals between the machines of the scope, if there is one."""
        scope = self.scope(outline.scope) if outline.scope else None
        if scope is not None:
            found = {name: self.outline(name) for name in scope.scope.machines}
            outlines = {name: each for name, each in found.items() if each is not None}
            check_signals(outline.name, outlines, findings)
            names = {each.name for each in scope.scope.variables}
            names |= {each.name for each in scope.scope.timers}
            check_kin(outline.name, outlines, frozenset(names), findings)

    def _read_layer(self, file: _File, root: MappingNode, findings: Findings) -> Layer:
        declared = self.declarations(file.spec.name) or NOTHING
        above = together((declared, self._imported(file, root)))
        digest = self._digest(file.spec.name)
        return read_layer(root, findings, own=declared, visible=above, world=self, digest=digest)

    def _read_compose(
        self, file: _File, root: MappingNode, findings: Findings
    ) -> Composition | None:
        """Read a composition; its machines are read anew, with the values that it says."""
        chosen = evolve(self.chosen, size="small", values=written_values(root), widen=0)
        inner = Library(self.index, chosen)
        inner._files = self._files  # another library of the same files
        reader = ComposeReader(
            root,
            self._above(file, root),
            self.known,
            lambda name: self._model_of(inner, name, findings),
            findings,
            self.chosen.widen,
        )
        found = reader.read()
        return None if found is None else evolve(found, digest=self._digest(file.spec.name))

    def _model_of(self, inner: Library, name: str, findings: Findings) -> Model | None:
        """A model that `inner` reads, with its findings here."""
        if name not in self.index:
            return None
        loaded = inner.load(name)
        self._stack[-1].read |= loaded.files.keys()
        findings.extend(loaded.errors)
        return loaded.model

    def _digest(self, name: str) -> str:
        """The hash of everything that was looked at so far for the spec being made."""
        seen = self._stack[-1].read | {name}
        lines = [f"netfsm {VERSION} {self.chosen}"]
        lines += [f"{each} {self._file(each).digest}" for each in sorted(seen)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _check_name(head: Head, findings: Findings) -> None:
    """A part is named `layer.part`, the layer by one word."""
    dotted = "." in head.name.text
    if head.kind != "types" and dotted == (head.kind == "layer"):
        wanted = "name" if head.kind == "layer" else "layer.part"
        what = f"{quoted(head.name.text)} is no name of a {head.kind}"
        findings.add("SPEC-NAME", head.name.mark, what, f"write '{head.kind}: {wanted}'")


def _note_scope(root: MappingNode, outline: Outline, meant: str, findings: Findings) -> None:
    node = root.get("scope")
    mark = outline.mark if node is None else node.mark
    hint = f"did you mean {meant}?" if meant else "a scope is a file 'scope: NAME'"
    what = f"there is no scope {quoted(outline.scope)}"
    findings.add("UNKNOWN-SCOPE", mark, what, hint)
