"""Every name of `keras.ops` and `keras.random`, with the same arguments."""

from __future__ import annotations

import importlib
import inspect
import json
import pathlib

import pytest

SIGNATURES = json.loads(
    pathlib.Path(__file__).with_name("ops_signatures.json").read_text()
)
CASES = [
    pytest.param(namespace, name, text, id=f"{namespace}.{name}")
    for namespace, names in SIGNATURES.items()
    for name, text in names.items()
]


def find(namespace, name):
    module = importlib.import_module(namespace.replace("keras", "kerasish", 1))
    return getattr(module, name)


def expected(text):
    """The parameters of a signature as text: name, kind and default."""
    scope = {}
    exec(f"def function{text}: pass", scope)
    return plain(scope["function"])


def plain(function):
    parameters = inspect.signature(function).parameters.values()
    return [(p.name, p.kind.name, repr(p.default)) for p in parameters]


@pytest.mark.parametrize("namespace, name, text", CASES)
def test_signature(namespace, name, text):
    assert plain(find(namespace, name)) == expected(text)


@pytest.mark.parametrize("namespace", sorted(SIGNATURES))
def test_namespaces_list_their_names(namespace):
    module = importlib.import_module(namespace.replace("keras", "kerasish", 1))
    assert set(SIGNATURES[namespace]) <= set(dir(module))


@pytest.mark.parametrize("name", ["image", "linalg", "nn", "numpy"])
def test_parts_hold_nothing_else(name):
    module = importlib.import_module(f"kerasish.ops.{name}")
    assert set(module.__all__) == set(SIGNATURES[f"keras.ops.{name}"])
