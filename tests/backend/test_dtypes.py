"""Names and promotion of data types, against the stored table of Keras 3."""

import json
import pathlib
import sys

import numpy as np
import pytest

from kerasish.backend import config, dtypes
from kerasish.errors import DTypeError

GOLDEN = pathlib.Path(__file__).parent / "goldens" / "result_type.json"
PYTHON = {"py:bool": bool, "py:int": int, "py:float": float, "py:complex": complex}


@pytest.fixture
def default_float():
    before = config.floatx()
    yield config.set_floatx
    config.set_floatx(before)


@pytest.mark.parametrize("default", ["float32", "float16", "float64"])
def test_promotion_equals_keras(default, default_float):
    default_float(default)
    table = json.loads(GOLDEN.read_text())[default]
    wrong = {}
    for group, expected in table.items():
        names = [PYTHON.get(name, name) for name in group.split()]
        results = {dtypes.result_type(*names), dtypes.result_type(*reversed(names))}
        if results != {expected}:
            wrong[group] = (expected, results)
    assert not wrong
    assert len(table) > 200


def test_weak_float_follows_bfloat16_default(default_float):
    default_float("bfloat16")
    assert dtypes.result_type("int32", float) == "bfloat16"
    assert dtypes.result_type() == "bfloat16"
    assert dtypes.float_type("int64") == "bfloat16"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (None, "float32"),
        ("float64", "float64"),
        (np.float16, "float16"),
        (np.dtype("uint8"), "uint8"),
        (np.dtype("<U3"), "string"),
        (np.bool_, "bool"),
        (bool, "bool"),
        (int, "int64"),
        ("int", "int64"),
        (float, "float32"),
        (complex, "complex128"),
        (str, "string"),
    ],
)
def test_standardize(given, name):
    assert dtypes.standardize_dtype(given) == name


def test_names_of_other_libraries():
    class Torch:
        def __repr__(self):
            return "torch.int16"

    class TensorFlow:
        name = "bfloat16"

    assert dtypes.standardize_dtype(Torch()) == "int16"
    assert dtypes.standardize_dtype(TensorFlow()) == "bfloat16"


@pytest.mark.parametrize("bad", ["flaot32", "FLOAT32", "object", object, 3, [], "half"])
def test_bad_types(bad):
    with pytest.raises(DTypeError, match="Received: dtype="):
        dtypes.standardize_dtype(bad)


def test_suggestion():
    with pytest.raises(DTypeError, match="Did you mean 'float32'"):
        dtypes.standardize_dtype("flaot32")


def test_impossible_promotions():
    with pytest.raises(DTypeError, match="8 bit"):
        dtypes.result_type("float8_e5m2", "float32")
    with pytest.raises(DTypeError, match="Strings"):
        dtypes.result_type("string", "float32")


def test_predicates_partition_the_types():
    predicates = (dtypes.is_bool, dtypes.is_integer, dtypes.is_float, dtypes.is_complex)
    for name in dtypes.ALLOWED_TYPES:
        assert sum(predicate(name) for predicate in predicates) == (name != "string")


def test_numpy_types(monkeypatch):
    for name in ("bool", "uint32", "float64", "complex64"):
        assert dtypes.numpy_dtype(name) == np.dtype(name)
    assert dtypes.numpy_dtype("string") == np.dtype(object)
    dtypes.numpy_dtype.cache_clear()
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match="pip install ml_dtypes"):
        dtypes.numpy_dtype("bfloat16")


def test_bfloat16_has_a_numpy_type():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    dtypes.numpy_dtype.cache_clear()
    assert dtypes.numpy_dtype("bfloat16") == np.dtype(ml_dtypes.bfloat16)
