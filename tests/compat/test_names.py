"""Every public name of Keras is there."""

import importlib
import json
import pathlib

import pytest

NAMES = json.loads(pathlib.Path(__file__).with_name("names.json").read_text())
CASES = [(version, space) for version in NAMES for space in NAMES[version]]


def missing(version, space):
    try:
        module = importlib.import_module(f"kerasish.{space}".rstrip("."))
    except ModuleNotFoundError:
        return set(NAMES[version][space])
    return {name for name in NAMES[version][space] if not hasattr(module, name)}


@pytest.mark.parametrize(("version", "space"), CASES)
def test_names_are_there(version, space):
    assert not missing(version, space)
