"""What committed text may not hold, and how long a file may be."""

from __future__ import annotations

import re
import socket
from typing import Final

from tests.house.tree import ROOT, python_files, texts, tracked

MOST_LINES_OF_PYTHON: Final = 600
MOST_LINES_OF_A_SPEC: Final = 400

# Roots of one machine's paths; spelt so that this file does not match itself.
_HOMES: Final = ("home", "root", "Users", "work", "mnt", "srv", "opt", "farm")
ONE_MACHINES_PATH: Final = re.compile(rf"(?<![\w.:/\-}})])/(?:{'|'.join(_HOMES)})/\w")

# What may follow an ignore: its codes, then ` - ` or `  # ` and a reason of two words or more.
IGNORE: Final = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore)")
REASONED: Final = re.compile(
    r"#\s*(?:noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*"
    r"|type:\s*ignore\[[\w\-, ]+\]"
    r"|pyright:\s*ignore\[\w+(?:,\s*\w+)*\])"
    r"\s*(?:-|#)\s*\w+\s+\w+"
)

# Settings for a whole file. Tools take no further text on such a line: the reason stands above it.
WHOLE_FILE: Final = re.compile(r"^#\s*(?:(?:pyright|mypy):\s*(?!ignore)|ruff:)")


def _lines() -> list[tuple[str, int, str]]:
    return [
        (name, number, line)
        for name in texts()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
    ]


def test_no_path_of_one_machine() -> None:
    """No committed text names a folder that only one machine has."""
    wrong = [f"{n}:{i}: {line}" for n, i, line in _lines() if ONE_MACHINES_PATH.search(line)]
    assert [] == wrong


def test_no_name_of_this_machine() -> None:
    """No committed text names the machine that it was written on."""
    host = socket.gethostname().split(".")[0]
    named = re.compile(rf"\b{re.escape(host)}\b")
    plain = host in {"localhost", "debian", "linux", "runner"} or len(host) < len("abcde")
    wrong = [f"{name}:{i}" for name, i, line in _lines() if not plain and named.search(line)]
    assert [] == wrong


def test_every_ignore_has_its_reason_on_the_line() -> None:
    """`noqa`, `type: ignore` and `pyright: ignore` name their codes and say why."""
    wrong = [
        f"{name}:{i}: {line.strip()}"
        for name, i, line in _lines()
        if name.endswith(".py")
        and name != "tests/house/test_texts.py"
        and len(IGNORE.findall(line)) > len(REASONED.findall(line))
    ]
    assert [] == wrong


def test_every_setting_for_a_whole_file_has_its_reason_above() -> None:
    """`pyright:`, `mypy:` and `ruff:` settings stand under a comment that says why."""
    before = ""
    wrong = list[str]()
    for name, i, line in _lines():
        set_here = name.endswith(".py") and WHOLE_FILE.match(line) is not None
        if set_here and not before.startswith("# "):
            wrong.append(f"{name}:{i}: {line}")
        before = line
    assert [] == wrong


def test_every_rule_that_is_off_has_its_reason_on_the_line() -> None:
    """In pyproject.toml each rule that ruff or pyright leaves out says why beside it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = re.findall(r'^    "[A-Z]+\d*",?.*$', text, re.MULTILINE)
    assert ignored
    assert [] == [line for line in ignored if "# " not in line and line.count('"') == len('""')]


def test_no_python_file_is_too_long() -> None:
    """A Python file holds one idea: at most 600 lines."""
    assert {} == _longer(python_files(), MOST_LINES_OF_PYTHON)


def test_no_spec_is_too_long() -> None:
    """A spec is read on a few screens: at most 400 lines."""
    specs = tuple(n for n in tracked() if n.startswith("specs/") and n.endswith(".yaml"))
    assert {} == _longer(specs, MOST_LINES_OF_A_SPEC)


def _longer(names: tuple[str, ...], most: int) -> dict[str, int]:
    counts = {n: len((ROOT / n).read_text(encoding="utf-8").splitlines()) for n in names}
    return {name: count for name, count in counts.items() if count > most}


def test_the_patterns_find_what_they_are_for() -> None:
    """Seeded examples, wrong and right, so that an empty result above means something."""
    home = "/" + "home/someone/x"
    assert ONE_MACHINES_PATH.search(f"open('{home}')")
    assert not ONE_MACHINES_PATH.search(f"https://example.com{home}")
    assert not REASONED.search("x = 1  # noqa: S102")
    assert not REASONED.search("x = 1  # type: ignore  # because of it")
    assert REASONED.search("x = 1  # noqa: S102 - generated code is our own")
    assert REASONED.search("x = 1  # type: ignore[arg-type]  # the library types it wrongly")
