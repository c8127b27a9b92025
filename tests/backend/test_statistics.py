"""Statistics and reductions beyond the samples of single ops, against NumPy."""

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.graph import as_tensor, placeholder
from kerasish.backend.plan import Function

X = np.random.default_rng(3).normal(size=(2, 3, 4)).astype("float32")
HOLES = np.where(X > 1.0, np.nan, X).astype("float32")
HOLES[0, 0] = np.nan


def compiled(function, *arrays, unknown=True):
    inputs = [
        placeholder((None,) * a.ndim if unknown else a.shape, a.dtype.name)
        for a in arrays
    ]
    return Function(inputs, [function(*inputs)])(*arrays)[0]


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (1, 2), ()])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["mean", "var", "std", "prod", "max", "sum"])
def test_axes(name, axis, keepdims):
    expected = getattr(np, name)(X, axis=axis, keepdims=keepdims)
    function = getattr(ops, name)
    for got in (
        function(X, axis, keepdims).numpy(),
        compiled(lambda x: function(x, axis, keepdims), X),
    ):
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axis", [None, 1, (0, 2)])
@pytest.mark.parametrize("q", [0.3, [0.0, 0.35, 1.0]])
@pytest.mark.parametrize("keepdims", [False, True])
def test_quantiles(axis, q, keepdims):
    expected = np.quantile(X, q, axis=axis, keepdims=keepdims)
    got = compiled(lambda x: ops.quantile(x, q, axis, keepdims=keepdims), X)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("axis", [None, 1, -1])
@pytest.mark.parametrize(
    "name",
    [
        "nansum",
        "nanprod",
        "nanmax",
        "nanmin",
        "nanmean",
        "nanvar",
        "nanstd",
        "nanmedian",
    ],
)
def test_missing_values(name, axis):
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(HOLES, axis=axis)
    got = compiled(lambda x: getattr(ops, name)(x, axis), HOLES)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_quantile_of_missing_values():
    assert np.isnan(ops.quantile(HOLES, 0.5).numpy())
    assert np.isnan(ops.max(HOLES, axis=2).numpy()[0, 0])
    np.testing.assert_array_equal(ops.nanargmax(HOLES, axis=2).numpy()[0, 0], -1)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("axis", [None, 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_positions(name, axis, keepdims):
    expected = getattr(np, name)(X, axis=axis, keepdims=keepdims)
    got = getattr(ops, name)(X, axis, keepdims)
    assert got.dtype == "int32"
    np.testing.assert_array_equal(got.numpy(), expected)


def test_sums_of_halves_do_not_stall():
    ones = np.ones(5000, "float16")
    assert float(ops.sum(ones)) == 5000.0
    assert float(ops.mean(ones)) == 1.0
    assert float(ops.var(np.linspace(100, 101, 2001).astype("float16"))) > 0.05
    assert float(ops.cumsum(ones)[-1]) == 5000.0


def test_gradient_of_products_with_zeros():
    from kerasish.backend.autodiff import gradients

    x = placeholder((None,), "float32")
    (gradient,) = gradients(ops.prod(x), [x])
    function = Function([x], [gradient])
    np.testing.assert_allclose(function([2.0, 0.0, 3.0])[0], [0.0, 6.0, 0.0])
    np.testing.assert_allclose(function([0.0, 0.0, 3.0])[0], [0.0, 0.0, 0.0])


def test_casts_saturate():
    big = as_tensor(np.float32([-1e20, -3.5, 3.5, 1e20]))
    for dtype in ("int8", "uint8", "int32", "uint32", "int64"):
        limits = np.iinfo(dtype)
        got = ops.saturate_cast(big, dtype).numpy().astype(object)
        assert got[0] == limits.min
        # The largest float32 that fits may lie below the largest integer.
        assert limits.max * (1 - 1e-6) <= got[3] <= limits.max
    assert ops.saturate_cast(1e6, "float16").numpy() == np.finfo("float16").max


def test_products_of_sizes_stay_known():
    x = placeholder((None, 3, 4), "float32")
    inner = ops.prod(ops.shape_of(x)[1:])
    assert ops.reshape(x, (-1, inner)).shape == (None, 12)
    flat = ops.reshape(x, (ops.prod(ops.shape_of(x)),))
    assert Function([x], [flat])(X)[0].shape == (24,)
