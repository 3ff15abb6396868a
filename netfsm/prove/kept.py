"""Answers of earlier runs, in the user's cache: of whole machines, and of their units.

A machine's answers are kept as they are, by everything that it and its receivers say. Of a unit
only what is proved is kept, by what it hangs on: whether it stands ten lines lower is no matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from attrs import Attribute, asdict, define, field

from netfsm.prove.answer import LIMIT, Answer
from netfsm.spec.cache import cache_folder, read_entry, write_entry
from netfsm.spec.findings import Mark

Answers = tuple[Answer, ...]
Marks = tuple[Mark, ...]
_VERSIONS: Final = 3
"""How many versions of a machine's units are kept beside one another."""


def machine_answers(key: str) -> Answers | None:
    """The answers of the machine that `key` is the content of."""
    held = _read(f"{key}.proofs")
    return None if held is None else tuple(_answer(each) for each in held)


def keep_machine(key: str, answers: Answers) -> None:
    """Keep the answers of a whole machine."""
    _write(f"{key}.proofs", [_plain(each) for each in answers])


@define
class KeptUnits:
    """What is proved of the units of machines that have one name."""

    name: str
    _found: dict[str, Any] = field(factory=dict[str, Any])

    @classmethod
    def of(cls, name: str) -> KeptUnits:
        """Those in the cache."""
        return cls(name, dict(_read(_entry(name)) or {}))

    def get(self, key: str, marks: Marks) -> Answers | None:
        """The answers of a unit, with its places as they are now."""
        held = self._found.get(key)
        if held is None:
            return None
        return tuple(_answer(plain, _place(where, marks)) for plain, where in held)

    def put(self, key: str, marks: Marks, answers: Answers) -> None:
        """Take up the answers of a unit, if all of it is proved."""
        if all(each.verdict == "proved" for each in answers):
            number = {mark: index for index, mark in reversed([*enumerate(marks)])}
            self._found[key] = [
                (_plain(each), number.get(_mark(each), _where(each))) for each in answers
            ]

    def write(self, used: Iterable[str]) -> None:
        """Write them to the cache; of those that are not `used` now the latest few."""
        now = set(used)
        old = [key for key in self._found if key not in now]
        room = max(0, (_VERSIONS - 1) * len(now))
        kept = [*(old[-room:] if room else []), *(key for key in self._found if key in now)]
        _write(_entry(self.name), {key: self._found[key] for key in kept})


def _entry(name: str) -> str:
    return f"{hashlib.sha256(f'{name} {program()}'.encode()).hexdigest()[:40]}.units"


@cache
def program() -> str:
    """Everything that answers hang on besides the specs, as one hash."""
    found = hashlib.sha256(f"{version('z3-solver')} {LIMIT}".encode())
    package = Path(__file__).resolve().parent.parent
    for folder in ("spec", "machine", "prove"):
        for path in sorted((package / folder).glob("*.py")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


# ---- the form


def _read(entry: str) -> Any:
    data = read_entry(cache_folder(), entry)
    return None if data is None else json.loads(data)


def _write(entry: str, content: object) -> None:
    write_entry(cache_folder(), entry, json.dumps(content).encode())


_LISTS: Final = ("case", "against")


def _plain(answer: Answer) -> list[object]:
    return [asdict(answer, filter=_but_witness), answer.witness]


def _but_witness(each: Attribute[Any], _value: object) -> bool:
    return each.name != "witness"


def _answer(plain: Any, mark: Mark | None = None) -> Answer:
    values: dict[str, Any]
    values, witness = plain
    if mark is not None:
        values = {**values, "file": mark.file, "line": mark.line, "column": mark.column}
    values = {**values, **{name: tuple(values[name]) for name in _LISTS}}
    return Answer(**values, witness=tuple((name, value) for name, value in witness))


def _mark(answer: Answer) -> Mark:
    return Mark(answer.file, answer.line, answer.column)


def _where(answer: Answer) -> list[object]:
    return [answer.file, answer.line, answer.column]


def _place(where: int | list[Any], marks: Marks) -> Mark:
    return marks[where] if isinstance(where, int) else Mark(*where)
