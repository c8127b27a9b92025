"""Every public name of Keras is there, or is known to be absent."""

import importlib
import json
import pathlib

import pytest

NAMES = json.loads(pathlib.Path(__file__).with_name("names.json").read_text())
# Namespace -> names that are not there; one that appears must be taken out.
ABSENT = {
    "models": {
        "load_weights_from_hdf5_group",
        "load_weights_from_hdf5_group_by_name",
        "preprocess_weights_for_loading",
        "save_weights_to_hdf5_group",
    },
}
CASES = [(version, space) for version in NAMES for space in NAMES[version]]


def missing(version, space):
    try:
        module = importlib.import_module(f"kerasish.{space}".rstrip("."))
    except ModuleNotFoundError:
        return set(NAMES[version][space])
    return {name for name in NAMES[version][space] if not hasattr(module, name)}


@pytest.mark.parametrize(("version", "space"), CASES)
def test_names_are_there(version, space):
    assert missing(version, space) <= ABSENT.get(space, set())


@pytest.mark.parametrize("space", ABSENT)
def test_the_list_of_absent_names_is_short(space):
    found = set()
    for version, known in CASES:
        if known == space:
            found |= missing(version, space)
    assert found == ABSENT[space]
