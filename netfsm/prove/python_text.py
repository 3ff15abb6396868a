"""Generated Python as a tree, read once, and what of it one state's answer to an event reaches."""

from __future__ import annotations

import ast
from functools import lru_cache

__all__ = ["Text", "parsed"]


@lru_cache(maxsize=4)
def parsed(source: str) -> ast.Module:
    """The tree of `source`, the same one as long as few others are asked for.

    Raises SyntaxError.
    """
    return ast.parse(source)


class Text:
    """The parts of a generated module by name. What can't be parsed reaches all of itself."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: dict[str, ast.AST] = {}
        self._told: dict[tuple[str, int], tuple[str, frozenset[str]]] = {}
        try:
            tree = parsed(source)
        except SyntaxError:
            return
        for node in tree.body:
            self._take(node)

    def _take(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef():
                self._parts[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)]):
                self._parts[name] = node.value
            case ast.ClassDef(bases=[ast.Name(id="NamedTuple")]):
                self._parts[node.name] = node
            case ast.ClassDef():
                for part in node.body:
                    if isinstance(part, ast.FunctionDef):
                        self._parts[part.name] = part
            case _:
                pass

    def reached(self, name: str, index: int = 0) -> str:
        """All that `name` uses, as text; of a table of cells only the one at `index`."""
        if not self._parts:
            return self._source
        found: dict[str, str] = {}
        pending = [name]
        while pending:
            word = pending.pop()
            if word in self._parts and word not in found:
                found[word], used = self._tell(word, index)
                pending += used
        return "\n".join(f"{word} = {found[word]}" for word in sorted(found))

    def _tell(self, name: str, index: int) -> tuple[str, frozenset[str]]:
        """How `name` is written, and the names in it."""
        node, key = self._parts[name], (name, 0)
        if isinstance(node, ast.Tuple) and index < len(node.elts) and self._is_table(node):
            node, key = node.elts[index], (name, index)
        if key not in self._told:
            used = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
            self._told[key] = _written(node), used
        return self._told[key]

    def _is_table(self, node: ast.Tuple) -> bool:
        """Whether `node` is a table of cells: the names of functions, one a state."""
        return all(
            isinstance(each, ast.Name)
            and (each.id == "disabled" or isinstance(self._parts.get(each.id), ast.FunctionDef))
            for each in node.elts
        )


def _written(node: ast.AST) -> str:
    """A node as text, without the docstring of a function: that has lines of the spec in it."""
    match node:
        case ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())), *rest]):
            return "\n".join(ast.dump(each) for each in (node.args, *rest))
        case _:
            return ast.dump(node)
