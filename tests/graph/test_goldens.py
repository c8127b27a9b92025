"""The same programs as under TensorFlow give the same numbers."""

from pathlib import Path

import numpy as np
import pytest

import kerasish.graph as tf
from tests.graph.expression_cases import EXPRESSIONS
from tests.graph.golden_cases import CASES
from tests.graph.running import run_case, run_expression

FOLDER = Path(__file__).parent / "goldens"


def stored(name):
    with np.load(FOLDER / name) as file:
        return dict(file)


PROGRAMS, VALUES = stored("programs.npz"), stored("expressions.npz")


def compare(found, expected, name):
    assert found.shape == expected.shape, name
    assert found.dtype == expected.dtype, name
    if found.dtype.kind in "fc":
        scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
        np.testing.assert_allclose(
            found, expected, rtol=2e-4, atol=2e-5 * scale, err_msg=name
        )
    else:
        np.testing.assert_array_equal(found, expected, err_msg=name)


@pytest.mark.parametrize("name", CASES)
def test_programs(name):
    found = run_case(tf, CASES[name])
    expected = {
        key.partition("/")[2]: value
        for key, value in PROGRAMS.items()
        if key.startswith(f"{name}/")
    }
    assert set(found) == set(expected)
    for key, value in found.items():
        compare(value, expected[key], key)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions(name):
    compare(run_expression(tf, EXPRESSIONS[name]), VALUES[name], name)


def test_nothing_is_left_out():
    assert {key.partition("/")[0] for key in PROGRAMS} == set(CASES)
    assert set(VALUES) == set(EXPRESSIONS)
