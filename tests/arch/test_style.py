"""Lengths, docstrings and examples."""

import ast
import doctest
import importlib
import inspect

import numpy as np
import pytest

from kerasish import naming
from tests.arch import sources

MOST_LINES = 600
MOST_LINES_OF_A_FUNCTION = 60
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

by_file = pytest.mark.parametrize(
    "path", sources.files(), ids=lambda path: sources.module_name(path)
)


def body_length(node: ast.AST) -> int:
    """The lines of a function but those of its docstring."""
    length = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node) is not None:
        first = node.body[0]
        length -= first.end_lineno - first.lineno + 1
    return length


@by_file
def test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@by_file
def test_functions_are_short(path):
    long = [
        f"{node.name}: {body_length(node)}"
        for node in ast.walk(sources.parsed(path))
        if isinstance(node, FUNCTIONS) and body_length(node) > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


# What a kernel is given and returns is said where ops are defined.
DOCUMENTED_ONCE = ("kernel",)


def _own_members(module) -> list[tuple[str, object]]:
    """Public classes and functions that a module defines, and their methods."""
    found = []
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(value):
            found.append((name, value))
        elif inspect.isclass(value):
            found.append((name, value))
            found += [
                (f"{name}.{inner}", getattr(value, inner))
                for inner, member in vars(value).items()
                if not inner.startswith("_")
                and inner not in DOCUMENTED_ONCE
                and (inspect.isfunction(member) or isinstance(member, property))
            ]
    return found


@pytest.mark.parametrize("name", sorted(sources.module_names()))
def test_public_names_have_docstrings(name):
    module = importlib.import_module(name)
    assert module.__doc__
    # What is said of a method in a base class holds for its subclasses.
    missing = [
        name for name, value in _own_members(module) if not inspect.getdoc(value)
    ]
    assert missing == []


NAMESPACES = (
    "kerasish",
    "kerasish.activations",
    "kerasish.backend",
    "kerasish.callbacks",
    "kerasish.config",
    "kerasish.constraints",
    "kerasish.datasets",
    "kerasish.dtype_policies",
    "kerasish.graph",
    "kerasish.graph.contrib_layers",
    "kerasish.graph.layers",
    "kerasish.graph.losses",
    "kerasish.graph.metrics",
    "kerasish.graph.nn",
    "kerasish.graph.rnn_cell",
    "kerasish.graph.summary",
    "kerasish.graph.train",
    "kerasish.initializers",
    "kerasish.layers",
    "kerasish.losses",
    "kerasish.metrics",
    "kerasish.mixed_precision",
    "kerasish.models",
    "kerasish.ops",
    "kerasish.optimizers",
    "kerasish.optimizers.schedules",
    "kerasish.random",
    "kerasish.regularizers",
    "kerasish.saving",
    "kerasish.tree",
    "kerasish.utils",
    "kerasish.visualization",
    "kerasish.wrappers",
)


@pytest.mark.parametrize("name", NAMESPACES)
def test_what_users_see_has_examples(name):
    module = importlib.import_module(name)
    missing = []
    for attribute in getattr(module, "__all__", dir(module)):
        value = getattr(module, attribute)
        ours = getattr(value, "__module__", "").startswith("kerasish")
        shown = inspect.isclass(value) or inspect.isfunction(value)
        if shown and ours and not attribute.startswith("_"):
            if ">>>" not in (value.__doc__ or ""):
                missing.append(attribute)
    assert missing == []


@pytest.mark.parametrize("module", sorted(sources.module_names()))
def test_examples_run(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    naming.reset_uids()
    with np.printoptions():
        result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0
