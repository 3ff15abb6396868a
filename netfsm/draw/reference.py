"""Reference pages in Markdown, made from the specs and the catalogue of findings.

`make docs` writes them below `docs/reference/`; a test holds the committed pages against a new run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from netfsm.draw.markdown import by_number, page, table
from netfsm.draw.registers import registers_page
from netfsm.draw.requirements import page_name, requirements_page, standings
from netfsm.draw.rows import does, emits, guard_text, leads_to, refs_text
from netfsm.draw.stack import key_text
from netfsm.spec.cited import CITING, Cited, cited
from netfsm.spec.codes import catalogue
from netfsm.spec.formats import Format
from netfsm.spec.load import find_specs, load_spec
from netfsm.spec.marked import known_tests
from netfsm.spec.model import Control, Layer, Machine, Ref, Row
from netfsm.spec.numbered import find_numbered
from netfsm.spec.pretty import pretty_value
from netfsm.spec.registers import RegisterMap
from netfsm.wire.table import markdown


def pages() -> dict[str, str]:
    """Every generated page: its path below `docs/reference/`, and its text."""
    specs = [load_spec(file.name) for file in find_specs().values() if file.kind in CITING]
    layers = [spec for spec in specs if isinstance(spec, Layer)]
    found = {f"layers/{layer.name}.md": layer_page(layer) for layer in layers}
    found["layers/README.md"] = _index(layers)
    for spec in specs:
        if isinstance(spec, RegisterMap):
            found[f"{spec.name}.md"] = registers_page(spec)
    found["findings.md"] = findings_page()
    items = cited(specs)
    found["clauses.md"] = clauses_page(items)
    for numbered in find_numbered().values():
        stand = standings(numbered, items, known_tests())
        found[page_name(numbered)] = requirements_page(numbered, stand)
    return found


def layer_page(layer: Layer) -> str:
    """A layer: what it binds and provides, its controls, constants, machines and formats."""
    parts = [f"# {layer.title}", f"`{layer.name}` · {_refs(layer.refs)}", layer.says]
    parts += [_binds(layer), _controls(layer.controls), _constants(layer), _counters(layer)]
    for name in layer.machines:
        machine = load_spec(name)
        assert isinstance(machine, Machine)
        parts.append(machine_section(machine))
    for name in layer.formats:
        layout = load_spec(name)
        assert isinstance(layout, Format)
        parts += [f"## {layout.title}", f"`{name}` · {_refs(layout.refs)}", markdown(layout)]
    return page(parts)


def machine_section(machine: Machine) -> str:
    """A machine: its states, and every row with its clause."""
    states = [
        (f"`{s.name}`", s.says or ("no instance" if s.absent else "")) for s in machine.states
    ]
    rows = [_row(row) for row in machine.rows]
    head = ("row", "in", "event", "when", "does", "sends", "to", "clause")
    return "\n\n".join(
        part
        for part in (
            f"## {machine.title}",
            f"`{machine.name}` · {_refs(machine.refs)}",
            machine.says,
            table(("state", "is"), states),
            table(head, rows),
        )
        if part
    )


def findings_page() -> str:
    """Every finding that netfsm knows."""
    parts = [
        "# Findings",
        "What `netfsm check` and the loader report; `netfsm explain CODE` says it.",
    ]
    for entry in catalogue().values():
        wrong = f"```yaml\n{entry.wrong.rstrip()}\n```" if entry.wrong else ""
        parts += [
            f"## {entry.code}",
            entry.rule,
            f"Cause: {entry.cause}",
            f"Mend: {entry.mend}",
            wrong,
        ]
    return page(parts)


def clauses_page(items: Iterable[Cited]) -> str:
    """Which rows, properties, constants and fields follow a clause, document by document."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        for ref in item.refs:
            found[ref.document][ref.clause].append(f"`{item.name}`")
    parts = ["# Clauses", "The rows, properties, constants and fields that follow each clause."]
    for document in sorted(found, key=by_number):
        lines = [
            (clause or "whole", ", ".join(things)) for clause, things in _sorted(found[document])
        ]
        parts += [f"## {document}", table(("clause", "followed by"), lines)]
    return page(parts)


def _index(layers: Iterable[Layer]) -> str:
    lines = [
        (f"[{layer.name}]({layer.name}.md)", layer.title, _refs(layer.refs)) for layer in layers
    ]
    return page(["# Layers", table(("layer", "is", "follows"), lines)])


def _row(row: Row) -> tuple[str, ...]:
    when = f"`{text}`" if (text := guard_text(row)) else ""
    return (
        f"`{row.id}`",
        ", ".join(row.states),
        row.event,
        when,
        _codes(does(row)),
        _codes(emits(row)),
        leads_to(row),
        refs_text(row),
    )


def _binds(layer: Layer) -> str:
    lines = [
        (f"`{b.to}`", f"`{key_text(b.to, b.key)}`", _bind_note(b.policy, b.optional))
        for b in layer.binds
    ]
    provided = [(f"`{p.name}`", str(p.key), p.says) for p in layer.provides]
    tables = [table(("binds to", "key", "how"), lines)]
    tables += [table(("provides", "key", "is"), provided)] if provided else []
    return "\n\n".join(tables)


def _bind_note(policy: str, optional: bool) -> str:
    return f"{policy}, where it is loaded" if optional else policy


def _controls(controls: Iterable[Control]) -> str:
    lines = [
        (f"`{c.name}`", c.kind, ", ".join(f"{p.name}: {p.type}" for p in c.params), c.says)
        for c in controls
    ]
    return table(("control", "kind", "parameters", "does"), lines) if lines else ""


def _constants(layer: Layer) -> str:
    lines = [
        (f"`{c.name}`", pretty_value(c.value, c.type), c.says, _refs(c.refs))
        for c in layer.constants
    ]
    return table(("constant", "value", "is", "clause"), lines) if lines else ""


def _counters(layer: Layer) -> str:
    lines = [(f"`{name}`", says) for name, says in layer.counters]
    return table(("counter", "counts"), lines) if lines else ""


def _codes(texts: Iterable[str]) -> str:
    return "<br>".join(f"`{text}`" for text in texts)


def _refs(refs: Iterable[Ref]) -> str:
    return ", ".join(str(ref) for ref in refs)


def _sorted(clauses: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    return sorted(clauses.items(), key=lambda item: by_number(item[0]))
