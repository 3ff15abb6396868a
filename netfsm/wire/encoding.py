"""Writes the encoders of a format: `encode` to new octets, `encode_into` below a payload."""

from __future__ import annotations

from netfsm.spec.formats import PARTS, Checksum, Variant, WireField
from netfsm.wire.decoding import usual_words
from netfsm.wire.expression import python_of
from netfsm.wire.layout import Run, Word, attribute, is_bool, is_octets, runs, usual_length
from netfsm.wire.plan import Plan, even_header, fixed_octets, mask_of, zero_of
from netfsm.wire.writer import Writer

__all__ = ["default_of", "word_values", "write_encode", "write_encode_into", "write_ranges"]


def write_encode(plan: Plan, out: Writer) -> None:
    """Write the function `encode`."""
    with out.block("def encode(packet, pseudo=0)"):
        out.line('"""The octets of `packet`; EncodeError where a value does not fit."""')
        names = plan.locals
        out.line(f"{', '.join(names)}{',' * (len(names) == 1)} = packet")
        _Encoder(plan, out, in_place=False).write()


def write_encode_into(plan: Plan, out: Writer) -> None:
    """Write the function `encode_into`."""
    params = [_parameter(plan, wire) for wire in plan.stored]
    params += ["options=NO_OPTIONS"] if plan.format.options else []
    params += ["pseudo=0", "partial=False"]
    with out.block(f"def encode_into(buffer, start, end, *, {', '.join(params)})"):
        out.line('"""Write the header at `start`, below a payload that lies up to `end`."""')
        for name, local in zip(plan.attributes, plan.locals, strict=True):
            if name != local:
                out.line(f"{local} = {name}")
        _Encoder(plan, out, in_place=True).write()


def default_of(wire: WireField) -> str | None:
    """The text of a field's value where nobody says it, None where somebody must."""
    if wire.value is not None:
        return repr(bool(wire.value)) if is_bool(wire) else repr(wire.value)
    return None


def word_values(plan: Plan, words: tuple[Word, ...]) -> list[str]:
    """The text of each word's value, from the local names of its fields."""
    return [_value(plan, word) for word in words]


def write_ranges(plan: Plan, out: Writer, words: tuple[Word, ...]) -> None:
    """Refuse values that would run into the field beside them, or octets of a wrong length.

    What overruns a whole word is refused by struct itself.
    """
    tests: list[str] = []
    for word in words:
        for part in word.parts:
            name = plan.local(part.field)
            if part.field.role not in ("value", "count") or is_bool(part.field):
                continue
            flags = mask_of(part.field)
            if is_octets(part.field):
                tests.append(f"len({name}) != {part.field.bits // 8}")
            elif flags is not None:
                tests.append(f"{name} > {flags:#x}")
            elif len(word.parts) > 1 and part.shift + part.field.bits < word.octets * 8:
                tests.append(f"{name} > {part.mask:#x}")
    if tests:
        with out.block("if " + " or ".join(tests)):
            reason = "a value is too large for its field"
            out.line(f"raise EncodeError({plan.format.name!r}, {reason!r})")


def _parameter(plan: Plan, wire: WireField) -> str:
    default = default_of(wire)
    if default is None and wire not in plan.format.fields:
        default = zero_of(wire)
    return attribute(wire.name) + ("" if default is None else f"={default}")


def _value(plan: Plan, word: Word) -> str:
    parts: list[str] = []
    for part in word.parts:
        wire = part.field
        if wire.role == "reserved":
            continue
        if wire.role == "const":
            parts.append(str((wire.value or 0) << part.shift))
        elif is_octets(wire):
            return plan.local(wire)
        else:
            parts.append(plan.local(wire) + (f" << {part.shift}" if part.shift else ""))
    numbers = [p for p in parts if p.isdigit()]
    names = [p for p in parts if not p.isdigit()]
    constant = sum(int(p) for p in numbers)
    text = " | ".join(names + ([str(constant)] if constant or not names else []))
    if word.is_number:
        return text
    if text.isdigit():
        return repr(int(text).to_bytes(word.octets, "big"))
    return f"({text}).to_bytes({word.octets}, 'big')"


class _Encoder:
    """Writes the body of one encoder."""

    def __init__(self, plan: Plan, out: Writer, *, in_place: bool) -> None:
        self._plan = plan
        self._out = out
        self._format = plan.format
        self._in_place = in_place

    def write(self) -> None:
        """Everything: lengths, then the header of the packet's variant."""
        variants = self._format.variants
        with self._out.block("try"):
            self._usual()
            self._lengths()
            if self._format.options:
                self._out.line("raw = b'' if options is NO_OPTIONS else encode_options(options)")
            if self._constant_header():
                self._payload_sum(str(self._plan.least_octets))
            if variants is None:
                self._header(None)
            else:
                tag = self._plan.local(self._format.find(variants.tag))
                for number, case in enumerate(variants.cases):
                    with self._out.block(_case_head(tag, case, number)):
                        self._header(case)
                if not variants.total:
                    with self._out.block("else"):
                        self._raise(f"'no variant for this {variants.tag}'")
        with self._out.block("except (StructError, OverflowError, IndexError) as error"):
            self._out.line(f"raise EncodeError({self._format.name!r}, str(error)) from error")

    def _constant_header(self) -> bool:
        """True if all headers of the format have one size."""
        cases = self._format.variants.cases if self._format.variants else ()
        octets = all(f.bits for f in self._format.all_fields)
        return octets and not self._format.options and len({fixed_octets(c) for c in cases}) < 2

    def _payload_sum(self, size: str) -> None:
        """Set `value` to the sum of the payload, where the checksum covers it."""
        rule, out = self._checksum, self._out
        if rule is None or rule.over == "header" or self._format.payload is None:
            return
        if self._in_place and rule.protocol is not None:
            with out.block("if partial"):
                out.line("value = 0")
            with out.block("else"):
                self._sum_of(f"buffer[start + {size}:end]")
        else:
            self._sum_of(f"buffer[start + {size}:end]" if self._in_place else "payload")

    def _sum_of(self, payload: str) -> None:
        self._out.line(f"rest = {payload}")
        self._out.line("value = from_bytes(rest)")
        with self._out.block("if len(rest) & 1"):
            self._out.line("value <<= 8")

    # ---- lengths

    def _lengths(self) -> None:
        """Set the fields that count octets of a field, and hold all lengths to them."""
        for wire in self._format.fields:
            if wire.count and wire.count.of not in ("header", "whole", "payload"):
                counted = self._plan.local(self._format.find(wire.count.of))
                self._out.line(f"{self._plan.local(wire)} = {self._steps(f'len({counted})', wire)}")
                if wire.count.unit > 1:
                    with self._out.block(f"if len({counted}) % {wire.count.unit}"):
                        self._raise(f"'{wire.count.of} is no multiple of {wire.count.unit} octets'")
        for wire in self._format.fields:
            if wire.bits or wire.length is None or self._counts(wire):
                continue
            length = python_of(wire.length, self._plan.named)
            with self._out.block(f"if len({self._plan.local(wire)}) != {length}"):
                self._raise(f"'{wire.name} has not the length that the header says'")

    def _counts(self, wire: WireField) -> bool:
        """True if a field is computed from the length of `wire`, which so can't be wrong."""
        return self._format.counter(wire.name) is not None

    def _steps(self, octets: str, wire: WireField) -> str:
        unit = wire.count.unit if wire.count else 1
        if unit == 1:
            return octets
        return f"{octets if octets.isidentifier() else f'({octets})'} // {unit}"

    # ---- one header

    def _header(self, case: Variant | None) -> None:
        fields = self._format.fields + (case.fields if case else ())
        parts = runs(fields)
        words = tuple(word for run in parts for word in run.words)
        owner = f"case_{case.name}" if case else "fields"
        static = all(run.tail is None for run in parts) and even_header(self._format)
        if case:
            self._case_lengths(case)
        self._parts_lengths(parts)
        write_ranges(self._plan, self._out, words)
        if static:
            self._static(parts[0].words, owner)
        else:
            self._pieces(parts, owner)

    def _case_lengths(self, case: Variant) -> None:
        for wire in case.fields:
            if not wire.bits and wire.length is not None:
                length = python_of(wire.length, self._plan.named)
                with self._out.block(f"if len({self._plan.local(wire)}) != {length}"):
                    self._raise(f"'{wire.name} has not the length that the header says'")

    def _parts_lengths(self, parts: tuple[Run, ...]) -> None:
        """Set `size` (header) and `whole` where a length or a checksum asks for them."""
        fixed = sum(run.octets for run in parts)
        pieces = [str(fixed)] + [f"len({self._plan.local(r.tail)})" for r in parts if r.tail]
        pieces += ["len(raw)"] if self._format.options else []
        self._size = " + ".join(pieces)
        counted = self._in_place or self._checksum or any(map(self._format.counter, PARTS))
        if len(pieces) > 1 and counted:
            self._out.line(f"size = {self._size}")
            self._size = "size"
        if self._in_place:
            self._whole = "end - start"
        elif self._format.payload is not None:
            self._whole = f"{self._size} + len(payload)"
        else:
            self._whole = self._size
        rule = self._checksum
        for of, octets in (("header", self._size), ("whole", self._whole)):
            wire = self._format.counter(of)
            if wire:
                self._out.line(f"{self._plan.local(wire)} = {self._steps(octets, wire)}")
        wire = self._format.counter("payload")
        if wire:
            octets = f"{self._whole} - {self._size}" if self._in_place else "len(payload)"
            self._out.line(f"{self._plan.local(wire)} = {self._steps(octets, wire)}")
        if rule and rule.protocol is not None:
            self._out.line(f"pseudo += {rule.protocol} + {self._whole}")

    @property
    def _checksum(self) -> Checksum | None:
        wire = self._format.checksum
        return wire.checksum if wire else None

    def _static(self, words: tuple[Word, ...], owner: str) -> None:
        """A header of one struct: its sum is that of its words."""
        self._sum(" + ".join(self._terms(words)))
        values = ", ".join(word_values(self._plan, words))
        if not self._in_place:
            raw = " + raw" if self._format.options else ""
            payload = " + payload" if self._format.payload is not None else ""
            self._out.line(f"return PACK_{owner.upper()}({values}){raw}{payload}")
            return
        self._out.line(f"PACK_{owner.upper()}_INTO(buffer, start, {values})")
        if self._format.options:
            fixed = sum(word.octets for word in words)
            with self._out.block("if raw"):
                self._out.line(f"buffer[start + {fixed}:start + size] = raw")

    def _terms(self, words: tuple[Word, ...]) -> list[str]:
        """The numbers whose sum modulo 65535 is the checksum's, the field itself left out."""
        found: list[str] = []
        for word, text in zip(words, word_values(self._plan, words), strict=True):
            if word.single and word.single.role == "checksum":
                continue
            high = (word.offset + word.octets) % 2 == 1
            found += _term(text if word.is_number else f"from_bytes({text})", high=high)
        return found or ["0"]

    def _sum(self, terms: str) -> None:
        """Compute the checksum from the sum of the header's words."""
        rule, wire, out = self._checksum, self._format.checksum, self._out
        if rule is None or wire is None:
            return
        name = self._plan.local(wire)
        out.line(f"total = {terms}" + (" + pseudo" if rule.protocol is not None else ""))
        if self._format.options:
            with out.block("if raw"):
                out.line("total += from_bytes(raw)")
        if rule.over == "whole" and self._format.payload is not None:
            if not self._constant_header():
                self._payload_sum(self._size)
            out.line("total += value")
        self._finish(name, rule)

    def _finish(self, name: str, rule: Checksum) -> None:
        out = self._out
        if rule.optional:
            out.line(f"{name} = -total % 65535 or 65535")
        else:
            out.line(f"{name} = -total % 65535 if total else 65535")
        if self._in_place and rule.protocol is not None:
            with out.block("if partial"):
                out.line(f"{name} = pseudo % 65535 or 65535")

    # ---- headers with octets of varying length

    def _pieces(self, parts: tuple[Run, ...], owner: str) -> None:
        out, wire = self._out, self._format.checksum
        if wire:
            out.line(f"{self._plan.local(wire)} = 0")
        text = self._joined(parts, owner)
        payload = " + payload" if self._format.payload is not None else ""
        if not self._in_place and not wire:
            out.line(f"return {text}{payload}")
            return
        out.line(f"header = {text}")
        if wire and wire.checksum:
            self._patch(wire, wire.checksum)
        if not self._in_place:
            out.line(f"return header{payload}")
            return
        if self._format.payload is None:
            with out.block("if start + len(header) != end"):
                self._raise("'the packet has another length than its place'")
        out.line("buffer[start:start + len(header)] = header")

    def _joined(self, parts: tuple[Run, ...], owner: str) -> str:
        texts: list[str] = []
        for number, run in enumerate(parts):
            struct = self._plan.struct(owner, number)
            if run.words:
                texts.append(f"PACK_{struct}({', '.join(word_values(self._plan, run.words))})")
            texts += [self._plan.local(run.tail)] if run.tail else []
        return " + ".join(texts + (["raw"] if self._format.options else []))

    def _usual(self) -> None:
        """One struct where all lengths are usual: tried before anything else."""
        words = usual_words(self._plan)
        if words is None:
            return
        tests: list[str] = []
        values: list[str] = []
        for run in self._plan.runs:
            values += word_values(self._plan, run.words)
            if run.tail:
                values.append(self._plan.local(run.tail))
                length = usual_length(self._format, run.tail)
                tests.append(f"len({self._plan.local(run.tail)}) == {length}")
        usual = {self._plan.named(name): str(n) for name, n in self._format.usual.items()}
        values = [usual.get(value, value) for value in values]
        payload = " + payload" if self._format.payload is not None else ""
        if self._in_place and not payload:
            tests.append(f"end - start == {words[1]}")
        with self._out.block("if " + " and ".join(tests)):
            if self._in_place:
                self._out.line(f"PACK_USUAL_INTO(buffer, start, {', '.join(values)})")
                self._out.line("return")
            else:
                self._out.line(f"return PACK_USUAL({', '.join(values)}){payload}")

    def _patch(self, wire: WireField, rule: Checksum) -> None:
        """Sum a header of varying length as it lies, then write the sum into it."""
        out, name = self._out, self._plan.local(wire)
        summed = "header"
        if rule.over == "whole" and self._format.payload is not None:
            rest = f"buffer[start + {self._size}:end]" if self._in_place else "payload"
            summed = f"header + {rest}"
        out.line(f"rest = {summed}")
        out.line("total = from_bytes(rest) << (8 if len(rest) & 1 else 0)")
        if rule.protocol is not None:
            out.line("total += pseudo")
        self._finish(name, rule)
        at = sum(f.bits for f in self._format.fields[: self._format.fields.index(wire)]) // 8
        out.line(f"header = header[:{at}] + {name}.to_bytes(2, 'big') + header[{at + 2}:]")

    def _raise(self, reason: str) -> None:
        self._out.line(f"raise EncodeError({self._format.name!r}, {reason})")


def _term(number: str, *, high: bool) -> list[str]:
    """A number as a term of a sum, `high` if it ends at an odd octet; nothing for zero."""
    if number.isdigit():
        return [str(int(number) << 8 if high else int(number))] if int(number) else []
    if not number.isidentifier() and not number.startswith("from_bytes"):
        number = f"({number})"
    return [f"({number} << 8)" if high else number]


def _case_head(tag: str, case: Variant, number: int) -> str:
    if case.values is None:
        return "else" if number else "if True"
    values = ", ".join(str(value) for value in case.values)
    test = f"== {values}" if len(case.values) == 1 else f"in ({values})"
    return f"{'elif' if number else 'if'} {tag} {test}"
