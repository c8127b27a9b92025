"""The functions of Keras 2: names, signatures, and stored results of Keras 2."""

import builtins
import inspect
import json
import pathlib
from collections import Counter

import numpy as np
import pytest

from kerasish import backend as K
from kerasish import tree
from tests.backend.goldens import keras_function_cases as cases

FOLDER = pathlib.Path(__file__).parent / "goldens"
NAMES = json.loads((FOLDER / "keras_function_names.json").read_text())
GOLDENS = json.loads((FOLDER / "keras_functions.json").read_text())
# Functions that return nothing that could be compared, are random, or need a graph:
# each has a test of its own.
TESTED_ELSEWHERE = {
    "Function", "backend", "batch_get_value", "batch_set_value", "cast_to_floatx",
    "clear_session", "count_params", "ctc_label_dense_to_sparse", "dropout", "dtype",
    "epsilon", "eval", "floatx", "function", "get_session", "get_uid", "get_value",
    "get_variable_shape", "gradients", "identity", "image_data_format",
    "image_dim_ordering", "int_shape", "is_float_dtype", "is_int_dtype",
    "is_keras_tensor", "is_placeholder", "is_sparse", "is_tensor", "learning_phase",
    "learning_phase_scope", "manual_variable_initialization", "moving_average_update",
    "name_scope", "ndim", "normalize_data_format", "placeholder", "print_tensor",
    "random_bernoulli", "random_binomial", "random_normal", "random_normal_variable",
    "random_uniform", "random_uniform_variable", "reset_uids", "result_type",
    "separable_conv1d", "set_epsilon", "set_floatx", "set_image_data_format",
    "set_image_dim_ordering",
    "set_learning_phase", "set_session", "set_value", "slice", "standardize_dtype",
    "stop_gradient", "to_dense", "truncated_normal", "update", "update_add",
    "update_sub", "variable",
}  # fmt: skip
ALIASES = {"py_all": all, "py_any": any, "py_slice": builtins.slice, "py_sum": sum}


def signature(text):
    namespace = {}
    exec(f"def function{text}: pass", namespace)
    return inspect.signature(namespace["function"])


def agrees(ours, theirs):
    names = list(ours.parameters)
    for position, (name, wanted) in enumerate(theirs.parameters.items()):
        if wanted.kind is wanted.VAR_KEYWORD:
            continue
        if name not in names or names.index(name) != position:
            return False
        if ours.parameters[name].default != wanted.default:
            return False
    return True


def test_every_name_exists():
    assert sorted(set(NAMES) - set(K.__all__)) == []


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(ALIASES) - {"name_scope"}))
def test_signature(name):
    ours = inspect.signature(getattr(K, name))
    texts = [text for text in NAMES[name].values() if text]
    # The versions differ in a few names of arguments; the newest that has them counts.
    assert any(agrees(ours, signature(text)) for text in texts), (ours, texts)


@pytest.mark.parametrize("name", ALIASES)
def test_python_functions(name):
    assert getattr(K, name) is ALIASES[name]


def called(expression):
    return {name for name in NAMES if f"K.{name}(" in expression}


def test_every_function_has_three_cases():
    counts = Counter(name for case in set(cases.CASES) for name in called(case))
    wanted = set(NAMES) - TESTED_ELSEWHERE - set(ALIASES)
    assert sorted(name for name in wanted if counts[name] < 3) == []


def compare(found, expected):
    flat = [K.get_value(leaf) for leaf in tree.flatten(found)]
    assert len(flat) == len(expected)
    for got, (dtype, shape, values) in zip(flat, expected):
        assert list(got.shape) == shape
        assert got.dtype.kind == np.dtype(dtype).kind
        wanted = np.asarray(values, "float64").reshape(shape)
        np.testing.assert_allclose(got.astype("float64"), wanted, rtol=2e-5, atol=2e-5)


def evaluate(expression, convert):
    names = {**vars(cases), "K": K, "c": convert}
    return eval(expression, names)


@pytest.mark.parametrize("expression", cases.CASES)
def test_values(expression):
    compare(evaluate(expression, lambda array: K.constant(array, array.dtype.name)),
            GOLDENS[expression])  # fmt: skip


BATCHES = (
    cases.M, cases.N, cases.T, cases.S, cases.I4, cases.I4F, cases.I5, cases.SEQ,
    cases.PROBS, cases.ONE_HOT, cases.LABELS, cases.B,
)  # fmt: skip


def through_a_function(expression, known_sizes):
    """Evaluate with placeholders for all arrays."""
    placeholders, arrays = [], []

    def convert(array):
        keeps = known_sizes or not any(array is batch for batch in BATCHES)
        shape = array.shape if keeps else (None, *array.shape[1:])
        made = K.placeholder(shape, dtype=array.dtype.name)
        placeholders.append(made)
        arrays.append(array)
        return made

    outputs = tree.flatten(evaluate(expression, convert))
    return K.function(placeholders, outputs)(arrays)


@pytest.mark.parametrize("expression", [e for e in cases.CASES if "c(" in e])
def test_values_of_functions(expression):
    compare(through_a_function(expression, True), GOLDENS[expression])


@pytest.mark.parametrize("expression", [e for e in cases.CASES if "c(" in e])
def test_values_with_unknown_batches(expression):
    compare(through_a_function(expression, False), GOLDENS[expression])


@pytest.mark.parametrize("expression", [e for e in cases.CASES if "c(M)" in e])
def test_variables_give_the_same(expression):
    results = evaluate(
        expression,
        lambda array: (
            K.variable(array, array.dtype.name)
            if array.dtype.kind == "f"
            else K.constant(array, array.dtype.name)
        ),
    )
    compare(results, GOLDENS[expression])
