"""Ops on the device `cupy` against NumPy in double precision."""

from __future__ import annotations

import numpy as np

from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import current_device, device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import as_tensor, get_op, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.sample import load_ops
from tests.devices.fake_cupy import counts

load_ops()

# Relative to the largest number of a result. Gradients of gradients of short floats are
# rounded about twice as often.
TOLERANCE = {"float16": 6e-3, "bfloat16": 5e-2, "float32": 2e-5, "float64": 1e-12}
SECOND = {**TOLERANCE, "float16": 1.2e-2, "bfloat16": 1e-1}
DTYPES = tuple(TOLERANCE)


def agree(
    name,
    arrays,
    dtype="float32",
    unknown=False,
    wanted=None,
    second=True,
    tolerance=TOLERANCE,
    **attrs,
):
    """Compare results, gradients, and gradients of these, with NumPy's.

    Args:
        name: The op.
        arrays: Its inputs; floats are rounded to `dtype` first.
        dtype: The data type on the device.
        unknown: Whether no size is known before the call.
        wanted: The inputs by which is differentiated, by default all floats.
        second: Whether gradients are differentiated, too.
        tolerance: That of results and first gradients.
        **attrs: The op's attributes.
    """
    target = numpy_dtype(dtype)
    given = [x.astype(target) if x.dtype.kind == "f" else x for x in arrays]
    exact = [x.astype("float64") if y.dtype.kind == "f" else x
             for x, y in zip(given, arrays)]  # fmt: skip
    if wanted is None:
        wanted = [i for i, x in enumerate(arrays) if x.dtype.kind == "f"]
    with device("numpy"):
        plain = get_op(name)(*(as_tensor(x) for x in exact), **attrs)
        plain = [x.numpy() for x in (plain if isinstance(plain, tuple) else (plain,))]
        rng = np.random.default_rng(0)
        weights = [
            rng.uniform(0.5, 1.5, x.shape).astype(target).astype("float64")
            for x in [*plain, *(exact[i] for i in wanted)]
            if x.dtype.kind == "f"
        ]
        exact += weights
        given += [x.astype(target) for x in weights]
        count = len(arrays)
        expected = _function(name, exact, count, unknown, wanted, second, attrs)(*exact)
    function = _function(name, given, count, unknown, wanted, second, attrs)
    function(*given)
    counts.clear()
    results = function(*given)
    assert counts["uploads"] <= len(given) and not counts["synchronisations"]
    tensors = [as_tensor(x) for x in given[:count]]
    kernel = current_device().kernel(
        get_op(name), tuple(x.spec for x in tensors), attrs
    )
    assert kernel is not get_op(name).kernel
    eager = get_op(name)(*tensors, **attrs)
    eager = [x.numpy() for x in (eager if isinstance(eager, tuple) else (eager,))]
    first = len(plain) + len(wanted)
    for got, wish in zip(results[first:], expected[first:], strict=True):
        close(got, wish, dtype, SECOND)
    for got, wish in zip(
        [*results[:first], *eager], [*expected[:first], *plain], strict=True
    ):
        close(got, wish, dtype, tolerance)


def _function(name, arrays, count, unknown, wanted, second, attrs):
    inputs = [
        placeholder((None,) * x.ndim if unknown else x.shape, x.dtype.name)
        for x in arrays
    ]
    weights = inputs[count:]
    with symbolic_scope():
        results = get_op(name)(*inputs[:count], **attrs)
        outputs = list(results) if isinstance(results, (tuple, list)) else [results]
        floats = [y for y in outputs if y.dtype == inputs[wanted[0]].dtype]
        sources = [inputs[i] for i in wanted]
        first = gradients([y * w for y, w in zip(floats, weights)], sources)
        outputs += first
        if second:
            rest = weights[len(floats) :]
            targets = [g * w for g, w in zip(first, rest, strict=True)]
            outputs += gradients(
                targets, [*sources, *weights[: len(floats)]], unconnected="zero"
            )
    return Function(inputs, outputs)


def close(got, expected, dtype, tolerance=TOLERANCE):
    """Compare one result with what it is in double precision."""
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(got, expected)
        return
    assert got.dtype == numpy_dtype(dtype) and got.shape == expected.shape
    scale = max(1.0, np.abs(expected[np.isfinite(expected)]).max(initial=0.0))
    np.testing.assert_allclose(
        got.astype("float64"), expected, rtol=0, atol=tolerance[dtype] * scale
    )
