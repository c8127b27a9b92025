"""Every function of `keras.ops` with at least three combinations of arguments.

What is computed must agree with a backend of Keras. What Keras refuses may be computed
here, or is refused with a message.
"""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

import kerasish as keras
from kerasish import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.goldens import argument_differences as differences
from tests.backend.goldens.argument_cases import CASES, split

FOLDER = pathlib.Path(__file__).parent
STORED = dict(np.load(FOLDER / "goldens" / "arguments.npz"))
TABLES = {
    name.removesuffix("_table"): json.loads(array.tobytes())
    for name, array in STORED.items()
    if name.endswith("_table")
}
NOTHING = (None, None, None)
REFUSALS = (ValueError, TypeError, IndexError, NotImplementedError, ArithmeticError)
# Factors whose signs are free.
FREE_SIGNS = ("ops.svd(", "ops.eig(", "ops.eigh(")


def stored(call, position):
    """What each backend gave, without those that refuse."""
    for backend in TABLES:
        record = TABLES[backend].get(call, NOTHING)[position]
        if record is not None:
            yield [read(backend, *part) for part in record]


def read(backend, dtype, shape, start):
    row = STORED[f"{backend}_c16" if dtype.startswith("complex") else f"{backend}_f8"]
    return row[start : start + int(np.prod(shape))].reshape(shape).astype(dtype)


def flat(result):
    if isinstance(result, dict):
        result = [result[key] for key in sorted(result)]
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [] if result is None else [result]


def compute(run, arrays):
    found = flat(run([ops.convert_to_tensor(array) for array in arrays]))
    return [np.asarray(x) for x in found if not isinstance(x, (str, type))]


def agree(got, wanted):
    if len(got) != len(wanted):
        return False
    for x, y in zip(got, wanted):
        if (x.dtype, x.shape) != (y.dtype, y.shape):
            return False
        near = 2e-3 if x.dtype == "float16" else 3e-5
        if not np.allclose(x, y, rtol=near, atol=near, equal_nan=True):
            return False
    return True


def names_of(namespace):
    names = json.loads((FOLDER.parent / "compat" / "ops_signatures.json").read_text())
    return set(names[namespace])


def test_every_function_has_three_cases():
    images = {f"image.{name}" for name in names_of("keras.ops.image")}
    assert names_of("keras.ops") | images == set(CASES)
    assert min(len(set(calls)) for calls in CASES.values()) >= 3


@pytest.mark.parametrize("name", CASES)
def test_results(name):
    for call in CASES[name]:
        run, arrays = split(call, ops)
        records = list(stored(call, 0))
        if not records:
            try:
                compute(run, arrays)
            except REFUSALS as error:
                assert str(error), call
        elif not differences.differs(call, differences.VALUES):
            got = compute(run, arrays)
            if call.startswith(FREE_SIGNS):
                got, *records = ([np.abs(x) for x in part] for part in (got, *records))
            assert any(agree(got, wanted) for wanted in records), (call, got, records)


def specs(run, arrays):
    """The types and shapes where the first axis of each array is unknown."""
    inputs = [
        keras.KerasTensor((None, *a.shape[1:]) if a.ndim else (), a.dtype.name)
        for a in arrays
    ]
    return [(x.dtype, x.shape) for x in flat(run(inputs)) if isinstance(x, Tensor)]


def coherent(call):
    """The specs of each backend that its own results do not contradict."""
    for backend in TABLES:
        results, theirs, _ = TABLES[backend].get(call, NOTHING)
        if results is not None and theirs is not None:
            shapes = [(dtype, tuple(shape)) for dtype, shape, _ in results]
            if as_precise(shapes, theirs):
                yield theirs


def as_precise(mine, theirs):
    return len(mine) == len(theirs) and all(
        len(shape) == len(other)
        and all(n is None or n == m for m, n in zip(shape, other))
        for (_, shape), (_, other) in zip(mine, theirs)
    )


@pytest.mark.parametrize("name", CASES)
def test_specs_with_an_unknown_size(name):
    for call in CASES[name]:
        run, arrays = split(call, ops)
        records = list(coherent(call))
        if not records or differences.differs(call, differences.SPECS):
            continue
        mine = specs(run, arrays)
        assert any(as_precise(mine, theirs) for theirs in records), (
            call,
            mine,
            records,
        )


def slopes(run, arrays):
    """Gradients of the weighted sum of float32 results by each float32 array."""
    inputs = [placeholder(a.shape, a.dtype.name) for a in arrays]
    wanted = [x for x in inputs if x.dtype == "float32"]
    shapes = [x.shape for x in compute(run, arrays) if x.dtype == "float32"]
    with symbolic_scope():
        results = [x for x in flat(run(inputs)) if getattr(x, "dtype", "") == "float32"]
        loss = sum(ops.sum(x * weights(s)) for x, s in zip(results, shapes))
    found = gradients(loss, wanted, unconnected="zero")
    return [np.asarray(x) for x in Function(inputs, found)(*arrays)]


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape).astype("float32")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_gradients(name):
    for call in CASES[name]:
        run, arrays = split(call, ops)
        records = list(stored(call, 2))
        if records and not differences.differs(call, differences.SLOPES):
            got = slopes(run, arrays)
            assert any(agree(got, wanted) for wanted in records), (call, got, records)
