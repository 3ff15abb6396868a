"""Writes what reads and writes the options of a format: a tagged list."""

from __future__ import annotations

from attrs import evolve

from netfsm.spec.formats import Option, OptionList, WireField
from netfsm.wire.decoding import write_bounds, write_values
from netfsm.wire.encoding import word_values, write_ranges
from netfsm.wire.layout import Run, attribute, runs, struct_text
from netfsm.wire.plan import Plan, zero_of
from netfsm.wire.writer import Writer

__all__ = ["option_attributes", "write_decode_options", "write_encode_options", "write_structs"]


def option_attributes(option: Option) -> tuple[str, ...]:
    """Attributes of the options' tuple that belong to `option`."""
    return tuple(attribute(member.name) for member in option.members("type"))


def write_structs(plan: Plan, out: Writer, listed: OptionList) -> None:
    """Write the structs of the values, and of whole options."""
    head = ">" + {1: "B", 2: "H"}[listed.kind_octets] + {1: "B", 2: "H"}[listed.length_octets]
    out.line(f"PACK_OPTION = Struct({head!r}).pack")
    for option in listed.options:
        name = f"OPTION_{option.name.upper()}"
        run = _run(option)
        if run is None or not run.words:
            continue
        text = struct_text(run.words)[1:]
        if option.repeat > 1:
            times = f"for n in range({option.repeat + 1})"
            out.line(f"{name}_VALUES = tuple(Struct('>' + {text!r} * n) {times})")
        else:
            out.line(f"READ_{name} = Struct({'>' + text!r}).unpack_from")
            out.line(f"PACK_{name} = Struct({head + text!r}).pack")
    del plan


def write_decode_options(plan: Plan, out: Writer, listed: OptionList) -> None:
    """Write the function `decode_options`."""
    with out.block("def decode_options(data, at, end)"):
        out.line('"""The options in data[at:end], or the Refusal of a list that lies."""')
        for option in listed.options:
            for name, zero in _zeros(option):
                out.line(f"{name} = {zero}")
        out.line("unknown = []")
        with out.block("while at < end"):
            _Reader(plan, out, listed).write()
        names = [name for option in listed.options for name, _ in _zeros(option)]
        out.line(f"return new({plan.packet}Options, ({', '.join([*names, 'tuple(unknown)'])},))")


class _Reader:
    """Writes the body of the loop over a list of options."""

    def __init__(self, plan: Plan, out: Writer, listed: OptionList) -> None:
        self._plan = plan
        self._out = out
        self._listed = listed
        self._head = listed.kind_octets + listed.length_octets

    def write(self) -> None:
        """One turn of the loop."""
        out, listed = self._out, self._listed
        out.line(f"kind = {_number('at', listed.kind_octets)}")
        if listed.end is not None:
            with out.block(f"if kind == {listed.end}"):
                out.line("break")
        if listed.padding is not None:
            with out.block(f"if kind == {listed.padding}"):
                out.lines(f"at += {listed.kind_octets}", "continue")
        with out.block(f"if end - at < {self._head}"):
            self._refuse()
        length = _number(f"at + {listed.kind_octets}", listed.length_octets)
        length += f" * {listed.unit}" if listed.unit > 1 else ""
        length += "" if listed.counts_whole else f" + {self._head}"
        out.line(f"size = {length}")
        out.line("stop = at + size")
        with out.block(f"if size < {self._head} or stop > end"):
            self._refuse()
        for number, option in enumerate(listed.options):
            with out.block(f"{'elif' if number else 'if'} kind == {option.kind}"):
                self._option(option)
        if listed.options:
            with out.block("else"):
                self._unknown()
        else:
            self._unknown()
        out.line("at = stop")

    def _option(self, option: Option) -> None:
        present = attribute(f"{option.name}.present")
        word = "if"
        wrong = self._wrong_length(option)
        if wrong:
            with self._out.block(f"if {wrong}"):
                if self._listed.keep_mismatch:
                    self._unknown()
                else:
                    self._refuse()
            word = "elif"
        if option.duplicates == "first":
            with self._out.block(f"{word} not {present}"):
                self._take(option, present)
            return
        if option.duplicates == "malformed":
            with self._out.block(f"{word} {present}"):
                self._refuse()
            word = "elif"
        with self._out.block("else" if word == "elif" else "if True"):
            self._take(option, present)

    def _wrong_length(self, option: Option) -> str:
        """The test for a length that is not the option's own; "" where any is."""
        fixed = self._head + option.size
        if option.open_ended and not option.size:
            return ""
        if option.repeat > 1:
            each = option.size
            most = self._head + each * option.repeat
            wrong = f"size < {fixed} or size > {most}"
            return f"{wrong} or (size - {self._head}) % {each}" if each > 1 else wrong
        return f"size < {fixed}" if option.open_ended else f"size != {fixed}"

    def _take(self, option: Option, present: str) -> None:
        self._out.line(f"{present} = True")
        run = _run(option)
        if run is None:
            return
        if option.repeat > 1:
            self._take_repeated(option)
            return
        if run.words:
            names = [self._plan.word(word) for word in run.words]
            comma = "," * (len(names) == 1)
            name = f"OPTION_{option.name.upper()}"
            self._out.line(f"{', '.join(names)}{comma} = READ_{name}(data, at + {self._head})")
            for word in run.words:
                write_values(self._plan, self._out, word)
            write_bounds(self._plan, self._out, run.words, self._listed.drop)
        if run.tail is not None:
            start = f"at + {self._head + option.size}"
            self._out.line(f"{self._plan.local(run.tail)} = bytes(data[{start}:stop])")

    def _take_repeated(self, option: Option) -> None:
        count = attribute(f"{option.name}.count")
        names = [name for name, _ in _zeros(option)[2:]]
        each = len(names) // option.repeat
        self._out.line(f"{count} = (size - {self._head}) // {option.size}")
        read = f"OPTION_{option.name.upper()}_VALUES[{count}].unpack_from(data, at + {self._head})"
        zeros = f"(0,) * ({len(names)} - {each} * {count})"
        self._out.line(f"{', '.join(names)}{',' * (len(names) == 1)} = {read} + {zeros}")

    def _unknown(self) -> None:
        self._out.line(f"unknown.append((kind, bytes(data[at + {self._head}:stop])))")

    def _refuse(self) -> None:
        self._out.line(f"return {self._plan.refusal(self._listed.drop)}")


def write_encode_options(plan: Plan, out: Writer, listed: OptionList) -> None:
    """Write the function `encode_options`."""
    head = listed.kind_octets + listed.length_octets
    with out.block("def encode_options(options)"):
        out.line('"""The octets of `options`, filled up as the format says."""')
        names = [name for option in listed.options for name, _ in _zeros(option)]
        out.line(f"{', '.join([*names, 'unknown'])}{',' * (not names)} = options")
        out.line("parts = []")
        for option in listed.options:
            with out.block(f"if {attribute(f'{option.name}.present')}"):
                _encode_option(plan, out, listed, option)
        with out.block("for kind, value in unknown"):
            octets = f"len(value) + {head}" if listed.counts_whole else "len(value)"
            size = _length_of(listed, octets)
            out.line(f"parts.append(PACK_OPTION(kind, {size}) + value)")
        out.line("raw = b''.join(parts)")
        if listed.align > 1:
            fill = listed.end if listed.end is not None else (listed.padding or 0)
            out.line(f"return raw + {bytes((fill,))!r} * (-len(raw) % {listed.align})")
        else:
            out.line("return raw")


def _encode_option(plan: Plan, out: Writer, listed: OptionList, option: Option) -> None:
    base = (listed.kind_octets + listed.length_octets) if listed.counts_whole else 0
    name = f"OPTION_{option.name.upper()}"
    run = _run(option)
    if run is None:
        out.line(f"parts.append(PACK_OPTION({option.kind}, {_length_of(listed, str(base))}))")
        return
    if option.repeat > 1:
        count = attribute(f"{option.name}.count")
        names = [n for n, _ in _zeros(option)[2:]]
        each = len(names) // option.repeat
        size = _length_of(listed, f"{base} + {option.size} * {count}")
        out.line(f"values = ({', '.join(names)})[: {each} * {count}]")
        out.line(f"parts.append(PACK_OPTION({option.kind}, {size}))")
        out.line(f"parts.append({name}_VALUES[{count}].pack(*values))")
        return
    write_ranges(plan, out, run.words)
    size = str(base + option.size)
    tail = plan.local(run.tail) if run.tail else ""
    size = _length_of(listed, f"{size} + len({tail})" if tail else size)
    if run.words:
        values = ", ".join(word_values(plan, run.words))
        text = f"PACK_{name}({option.kind}, {size}, {values})"
    else:
        text = f"PACK_OPTION({option.kind}, {size})"
    out.line(f"parts.append({text}{f' + {tail}' if tail else ''})")


def _length_of(listed: OptionList, octets: str) -> str:
    """The value of a length field for so many octets."""
    return octets if listed.unit == 1 else f"({octets}) // {listed.unit}"


def _run(option: Option) -> Run | None:
    """The fields of one value, called as a packet's options call them."""
    named = tuple(evolve(f, name=f"{option.name}.{f.name}") for f in option.fields)
    found = runs(named)
    return found[0] if found else None


def _zeros(option: Option) -> list[tuple[str, str]]:
    """Attributes of an option with the text of their values where it is absent."""
    visible: list[WireField] = [f for f in option.fields if f.visible]
    names = option_attributes(option)
    zeros = ["False"] + ["0"] * (option.repeat > 1)
    zeros += [zero_of(f) for _ in range(option.repeat) for f in visible]
    return list(zip(names, zeros, strict=True))


def _number(at: str, octets: int) -> str:
    return f"data[{at}]" if octets == 1 else f"from_bytes(data[{at}:{at} + {octets}])"
