"""Register maps for people and for C: a table in Markdown, a header of plain constants."""

from __future__ import annotations

from collections.abc import Iterator

from netfsm.draw.markdown import page, table
from netfsm.spec.model import Ref
from netfsm.spec.registers import ACCESS, BitField, Register, RegisterMap

__all__ = ["c_header", "registers_page"]


def registers_page(known: RegisterMap) -> str:
    """Every register with its offset, access, reset value and clause, and every field."""
    parts = [f"# {known.title}", f"`{known.name}` · {_refs(known.refs)}", known.says]
    parts.append(table(("access", "is"), [(f"`{name}`", says) for name, says in ACCESS.items()]))
    head = ("offset", "register", "access", "reset", "is", "clause")
    parts.append(table(head, [_register(each) for each in known.registers]))
    parts.append("## Fields")
    rows = [_field(each, field) for each in known.registers for field in each.fields]
    parts.append(table(("field", "bits", "access", "reset", "is"), rows))
    return page(parts)


def _register(each: Register) -> tuple[str, ...]:
    offsets = each.offsets()
    place = f"`{each.at:05x}`"
    if each.count > 1:
        place += f" to `{offsets[-1]:05x}`, every {each.stride}"
    reset = f"`{each.reset:#x}`" if each.reset else "0"
    return place, f"`{each.name}`", each.access, reset, each.says, _refs(each.refs)


def _field(each: Register, field: BitField) -> tuple[str, ...]:
    place = str(field.low) if field.low == field.high else f"{field.low} to {field.high}"
    return f"`{each.name}.{field.name}`", place, field.access, str(field.reset), field.says


def _refs(refs: tuple[Ref, ...]) -> str:
    return ", ".join(str(ref) for ref in refs)


def c_header(known: RegisterMap) -> str:
    """A header in C99 that includes nothing: an offset, masks, shifts and reset values each."""
    prefix = known.name.partition(".")[0].upper()
    lines = [f"/* {known.title}; made from {known.name}. */"]
    lines += [f"#ifndef NETFSM_{prefix}_REGISTERS_H", f"#define NETFSM_{prefix}_REGISTERS_H", ""]
    lines += [f"#define {prefix}_WINDOW_SIZE {known.size:#x}u"]
    for each in known.registers:
        lines += ["", f"/* {each.says} */", *_defines(f"{prefix}_{each.name}", each)]
    lines += ["", f"#endif /* NETFSM_{prefix}_REGISTERS_H */", ""]
    return "\n".join(lines)


def _defines(name: str, each: Register) -> Iterator[str]:
    yield f"#define {name} {each.at:#07x}u"
    if each.count > 1:
        yield f"#define {name}_COUNT {each.count}u"
        yield f"#define {name}_STRIDE {each.stride}u"
    if each.reset:
        yield f"#define {name}_RESET {each.reset:#010x}u"
    for field in each.fields:
        suffix = "_FIELD" if field.name == each.name else f"_{field.name}"
        yield f"#define {name}{suffix} {field.mask:#010x}u"
        if field.high > field.low:
            yield f"#define {name}{suffix}_SHIFT {field.low}"
