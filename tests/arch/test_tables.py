"""Lazy tables name what exists, and packages only hand names on."""

import ast
import importlib

import pytest

from tests.arch import sources

PACKAGES = sorted(
    sources.module_name(path) for path in sources.files() if path.stem == "__init__"
)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_name_of_a_table_exists(name):
    package = importlib.import_module(name)
    for attribute in getattr(package, "__all__", ()):
        found = getattr(package, attribute)
        inner = f"{name}.{attribute}"
        if inner in sources.module_names():
            assert found is importlib.import_module(inner), (
                f"the module {inner} hides what the table hands on"
            )


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_define_nothing(name):
    path = sources.PACKAGE.joinpath(*name.split(".")[1:], "__init__.py")
    defined = [
        node.name
        for node in ast.walk(sources.parsed(path))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
    ]
    assert defined == []
