"""The sources of the package, parsed once."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kerasish"


class Import(NamedTuple):
    """An import of a module of the package."""

    source: str
    target: str
    line: int
    at_start: bool


@cache
def files() -> tuple[Path, ...]:
    """All Python files of the package."""
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def module_names() -> frozenset[str]:
    """The names of all modules of the package."""
    return frozenset(module_name(path) for path in files())


def module_name(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        return [n if n in module_names() else node.module for n in names]
    return []


@cache
def imports() -> tuple[Import, ...]:
    """Every import of the package by itself, but those for type checkers only."""
    found = []
    for path in files():
        tree = parsed(path)
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node)
        }
        inside = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            for target in set(_targets(node)):
                if target.split(".")[0] == "kerasish" and id(node) not in typing_only:
                    at_start = id(node) not in inside
                    found.append(
                        Import(module_name(path), target, node.lineno, at_start)
                    )
    return tuple(found)
