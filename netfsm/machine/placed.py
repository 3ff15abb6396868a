"""The code of a generated module, its rows placed in the spec's file.

Functions of rows, cells and lets are compiled as if they stood in the YAML file, line for line, and
under the id of their row; so a traceback, a profiler and a debugger show the spec. The rest of the
module goes by the name ``<netfsm arp.neighbour>``, which `linecache` knows.
"""

from __future__ import annotations

import ast
from types import CodeType

from netfsm.machine.generate import Generated
from netfsm.machine.layout import Layout
from netfsm.spec.findings import Mark


def to_code(made: Generated) -> CodeType:
    """The code of a generated module, its rows placed in the spec's file."""
    tree = ast.parse(made.text, made.layout.file)
    homes: dict[str, Mark] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            home = made.source.marks[node.lineno - 1]
            if home is not None:
                homes[node.name] = home
                _move(node, home, made.source.marks)
    return _rehome(compile(tree, made.layout.file, "exec"), homes, _titles(made.layout))


def _move(function: ast.FunctionDef, home: Mark, marks: list[Mark | None]) -> None:
    """Give each node of `function` the line of the spec that it was made from."""
    for node in ast.walk(function):
        if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword):
            mark = marks[node.lineno - 1]
            line = mark.line if mark is not None and mark.file == home.file else home.line
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = -1  # columns of generated text mean nothing


def _rehome(code: CodeType, homes: dict[str, Mark], titles: dict[str, str]) -> CodeType:
    def moved(part: object) -> object:
        if not isinstance(part, CodeType) or part.co_name not in homes:
            return part
        title = titles.get(part.co_name, part.co_name)
        file = homes[part.co_name].file
        return part.replace(co_filename=file, co_name=title, co_qualname=title)

    return code.replace(co_consts=tuple(moved(part) for part in code.co_consts))


def _titles(layout: Layout) -> dict[str, str]:
    """What a traceback calls the function of a row: the row's id."""
    return {layout.row(row): row.id for row in layout.machine.rows}
