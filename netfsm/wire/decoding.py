"""Writes the decoder of a format: checks in the order of docs/reference/formats.md."""

from __future__ import annotations

from struct import calcsize

from netfsm.spec.formats import PARTS, Variant, WireField
from netfsm.wire.expression import python_of
from netfsm.wire.layout import Run, Word, runs, usual_length
from netfsm.wire.plan import Plan, even_header, fixed_octets, tuple_of, zero_of
from netfsm.wire.writer import Writer

__all__ = ["usual_words", "write_bounds", "write_decode", "write_values", "write_words"]


def write_decode(plan: Plan, out: Writer) -> None:
    """Write the function `decode`."""
    with out.block("def decode(data, offset=0, end=None, pseudo=0, checked=False)"):
        out.line(f'"""The {plan.packet} in data[offset:end], or the Refusal of what is none."""')
        with out.block("if end is None"):
            out.line("end = len(data)")
        _Decoder(plan, out).write()


def write_words(plan: Plan, out: Writer, words: tuple[Word, ...], struct: str, at: str) -> None:
    """Write the statements that read `words` at `at`, and those that take their fields out."""
    names = [plan.word(word) for word in words]
    if all(part.field.role == "reserved" for word in words for part in word.parts):
        return
    out.line(f"{', '.join(names)}{',' * (len(names) == 1)} = READ_{struct}(data, {at})")
    for word in words:
        write_values(plan, out, word)


def write_values(plan: Plan, out: Writer, word: Word) -> None:
    """Take the fields that are looked at out of a word that is not the field itself."""
    for part in word.parts:
        name = plan.local(part.field)
        if name != plan.word(word) and part.field.role != "reserved":
            out.line(f"{name} = {plan.extract(word, part)}")


def write_bounds(plan: Plan, out: Writer, words: tuple[Word, ...], reason: str = "") -> None:
    """Refuse a wrong constant and what lies outside its bounds; `reason` stands for all."""
    for wire in (part.field for word in words for part in word.parts):
        name = plan.local(wire)
        tests = [f"{name} != {wire.value}"] if wire.role == "const" else []
        tests += [f"{name} < {wire.minimum}"] if wire.minimum is not None else []
        tests += [f"{name} > {wire.maximum}"] if wire.maximum is not None else []
        if tests:
            with out.block("if " + " or ".join(tests)):
                out.line(f"return {plan.refusal(reason or wire.drop)}")


def usual_words(plan: Plan) -> tuple[str, int] | None:
    """A struct for the whole header where all lengths are usual, and its octets.

    None where nothing says so, or where more than fields and payload must be looked at.
    """
    layout = plan.format
    more = layout.variants or layout.options or layout.checksum or layout.checks
    if not layout.usual or more or any(map(layout.counter, PARTS)):
        return None
    text = ">"
    for run in plan.runs:
        text += "".join(word.code for word in run.words)
        length = usual_length(layout, run.tail) if run.tail else 0
        if length is None:
            return None
        text += f"{length}s" if run.tail else ""
    return text, calcsize(text)


class _Decoder:
    """Writes the body of one decoder; `_at` is the text of where the next octet lies."""

    def __init__(self, plan: Plan, out: Writer) -> None:
        self._plan = plan
        self._out = out
        self._format = plan.format
        self._at = "offset"
        self._known = plan.least_octets  # octets from `_at` on that are known to be there
        self._limit = "end"  # where the header ends at the latest
        self._body = "at"  # where the payload begins, once that is known

    def write(self) -> None:
        """Everything, in the order of the checks."""
        self._usual()
        with self._out.block(f"if end - offset < {self._known}"):
            self._refuse("truncated")
        first, *rest = self._plan.runs
        if self._plan.fused is None:
            self._words(first, self._plan.struct("fields", 0))
        else:
            self._peek(*self._plan.fused)
        self._lengths()
        self._tails(first, rest)
        self._variants()
        self._header_end()
        self._checksum()
        self._options()
        for check in self._format.checks:
            self._unless(python_of(check.holds, self._name), check.drop)
        self._result()

    # ---- fields

    def _words(self, run: Run, struct: str) -> None:
        self._need(run.octets)
        write_words(self._plan, self._out, run.words, struct, self._at)
        write_bounds(self._plan, self._out, run.words)
        self._move(run.octets)

    def _peek(self, tag: WireField, octet: int) -> None:
        """Read the tag alone: each variant then reads the whole header in one struct."""
        place = f"data[offset + {octet}" if octet else "data[offset"
        self._out.line(f"{self._plan.local(tag)} = {place}]")

    def _usual(self) -> None:
        """All in one struct and out again, where the lengths are the usual ones."""
        words = usual_words(self._plan)
        if words is None:
            return
        octets = words[1]
        first, *rest = self._plan.runs
        names: list[str] = []
        for run in (first, *rest):
            names += [self._plan.word(word) for word in run.words]
            names += [self._plan.local(run.tail)] if run.tail else []
        usual = self._format.usual
        test = " and ".join(f"{self._plan.named(name)} == {usual[name]}" for name in usual)
        with self._out.block(f"if end - offset >= {octets}"):
            self._out.line(f"{', '.join(names)} = READ_USUAL(data, offset)")
            for word in first.words:
                write_values(self._plan, self._out, word)
            with self._out.block(f"if {test}"):
                for run in rest:
                    for word in run.words:
                        write_values(self._plan, self._out, word)
                for run in (first, *rest):
                    write_bounds(self._plan, self._out, run.words)
                self._body = f"offset + {octets}"
                self._result()

    def _tails(self, first: Run, rest: list[Run]) -> None:
        self._tail(first.tail)
        for number, run in enumerate(rest, 1):
            self._words(run, self._plan.struct("fields", number))
            self._tail(run.tail)

    def _tail(self, wire: WireField | None) -> None:
        """Read a field of octets."""
        if wire is None:
            return
        self._settle()
        name = self._plan.local(wire)
        stop = self._limit
        if wire.length is not None:
            stop = "stop"
            self._out.line(f"stop = at + {python_of(wire.length, self._name)}")
            with self._out.block(f"if stop > {self._limit}"):
                self._refuse("truncated")
        self._out.line(f"{name} = bytes(data[at:{stop}])")
        self._out.line(f"at = {stop}")
        self._known = 0

    # ---- lengths

    def _lengths(self) -> None:
        least = self._plan.least_octets
        header, whole = self._format.counter("header"), self._format.counter("whole")
        if header:
            self._out.line(f"size = {self._counted(header)}")
            with self._out.block(f"if size < {least} or size > end - offset"):
                self._refuse(header.drop)
            self._out.line("body = offset + size")
            self._limit = "body"
        if whole:
            self._out.line(f"stop = offset + {self._counted(whole)}")
            with self._out.block(f"if stop < {'body' if header else f'offset + {least}'}"):
                self._refuse(whole.drop)
            self._beyond_end()
        if header:
            self._known = least

    def _beyond_end(self) -> None:
        with self._out.block("if stop > end"):
            self._refuse("truncated")
        self._out.line("end = stop")

    def _counted(self, wire: WireField) -> str:
        unit = wire.count.unit if wire.count else 1
        return self._plan.local(wire) + (f" * {unit}" if unit != 1 else "")

    def _header_end(self) -> None:
        """From here on `_body` is the text of where the payload begins."""
        if self._format.options and not self._format.counter("header"):
            self._settle()
            self._body = "end"
        else:
            self._body = "body" if self._format.counter("header") else self._at
        count = self._format.counter("payload")
        if count:
            self._out.line(f"stop = {self._body} + {self._counted(count)}")
            self._beyond_end()

    def _need(self, octets: int) -> None:
        """Refuse unless `octets` more are there."""
        if octets > self._known:
            self._settle()
            with self._out.block(f"if {self._limit} - at < {octets}"):
                self._refuse("truncated")
            self._known = octets

    def _move(self, octets: int) -> None:
        """The next octet lies `octets` further on."""
        base, _, plus = self._at.partition(" + ")
        if octets:
            self._at = f"{base} + {int(plus or 0) + octets}"
        self._known -= octets

    def _settle(self) -> None:
        """Bring the place into the variable `at`."""
        if self._at.startswith("at + "):
            self._out.line(f"at += {self._at[5:]}")
        elif self._at != "at":
            self._out.line(f"at = {self._at}")
        self._at = "at"

    # ---- variants

    def _variants(self) -> None:
        variants = self._format.variants
        if variants is None:
            return
        several = len({fixed_octets(case) for case in variants.cases}) > 1
        if several or any(not f.bits for case in variants.cases for f in case.fields):
            self._settle()
        start, known = self._at, self._known
        ends: list[tuple[str, int]] = []
        tag = self._plan.local(self._format.find(variants.tag))
        for number, case in enumerate(variants.cases):
            self._at, self._known = start, known
            with self._out.block(_case_head(tag, case, number)):
                self._case(case)
            ends.append((self._at, self._known))
        if not variants.total:
            with self._out.block("else"):
                self._refuse(variants.drop)
        self._at, self._known = ends[0][0], min(known for _, known in ends)

    def _case(self, case: Variant) -> None:
        variants = self._format.variants
        others = [f for c in variants.cases if c is not case for f in c.fields] if variants else []
        fields = self._format.fields + case.fields if self._plan.fused else case.fields
        for number, run in enumerate(runs(fields)):
            self._words(run, self._plan.struct(f"case_{case.name}", number))
            self._tail(run.tail)
        groups: dict[str, list[str]] = {}
        for wire in others:
            if wire.visible:
                groups.setdefault(zero_of(wire), []).append(self._plan.local(wire))
        for zero, names in groups.items():
            self._out.line(f"{' = '.join(names)} = {zero}")
        if self._at.startswith("at"):
            self._settle()
        if not case.fields and not groups:
            self._out.line("pass")

    # ---- the rest

    def _checksum(self) -> None:
        wire = self._format.checksum
        if wire is None or wire.checksum is None:
            return
        rule = wire.checksum
        until = self._body if rule.over == "header" else "end"
        unless = f"{self._plan.local(wire)} and not checked" if rule.optional else "not checked"
        with self._out.block(f"if {unless}"):
            self._out.line(f"total = from_bytes(data[offset:{until}])")
            if rule.over == "whole" or not self._even():
                with self._out.block(f"if {until} - offset & 1"):
                    self._out.line("total <<= 8")
            if rule.protocol is not None:
                self._out.line(f"total += pseudo + {rule.protocol} + end - offset")
            with self._out.block("if total % 65535 or not total"):
                self._refuse(wire.drop)

    def _even(self) -> bool:
        """True if a header can have whole 16-bit words only."""
        tails = any(not wire.bits for wire in self._format.all_fields)
        return even_header(self._format) and not tails

    def _options(self) -> None:
        if self._format.options is None:
            return
        self._settle()
        with self._out.block(f"if at == {self._body}"):
            self._out.line("options = NO_OPTIONS")
        with self._out.block("else"):
            self._out.line(f"options = decode_options(data, at, {self._body})")
            with self._out.block("if options.__class__ is Refusal"):
                self._out.line("return options")

    def _result(self) -> None:
        names = list(self._plan.locals)
        if self._format.payload is not None:
            names[-1] = f"data[{self._body}:end]"
        self._out.line(f"return new({self._plan.packet}, {tuple_of(names)})")

    # ---- small things

    def _refuse(self, reason: str) -> None:
        self._out.line(f"return {self._plan.refusal(reason)}")

    def _unless(self, test: str, reason: str) -> None:
        with self._out.block(f"if not {test}"):
            self._refuse(reason)

    def _name(self, name: str) -> str:
        """The text for a name of an expression."""
        body = self._body
        parts = {
            "len(header)": f"({body} - offset)",
            "len(payload)": f"(end - ({body}))" if " " in body else f"(end - {body})",
            "len(whole)": "(end - offset)",
        }
        if name in parts:
            return parts[name]
        if name.startswith("len("):
            return f"len({self._plan.local(self._format.find(name[4:-1]))})"
        if "." in name:
            return f"options.{name.replace('.', '_')}"
        return self._plan.local(self._format.find(name))


def _case_head(tag: str, case: Variant, number: int) -> str:
    if case.values is None:
        return "else" if number else "if True"
    values = ", ".join(str(value) for value in case.values)
    test = f"== {values}" if len(case.values) == 1 else f"in ({values})"
    return f"{'elif' if number else 'if'} {tag} {test}"
