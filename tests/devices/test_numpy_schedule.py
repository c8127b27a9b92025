"""Fused programs on NumPy, block by block, against NumPy on whole arrays."""

import numpy as np
import pytest

from kerasish.backend.devices.numpy_fused import bind_blocks
from kerasish.backend.graph.fused import Output, Program, Step

# More than one block, with a last one that is smaller, and less than one.
SHAPES = ((3, 50_001), (70_001, 2), (5, 7, 4_003), (6, 5))
FLOATS = ("float32", "float64")




def run_bound(program, arrays, shape, kinds):
    """The outputs of a program as it is bound to arrays, of given shapes and types."""
    outs = tuple(np.empty(size, kind) for size, kind in kinds)
    call = bind_blocks(np, tuple(arrays), outs, {"program": program, "shape": shape})
    call()
    first = [out.copy() for out in outs]
    call()
    for a, b in zip(first, outs, strict=True):
        np.testing.assert_array_equal(a, b)
    return first


def values(shape, dtype, seed=0):
    """Noise of a data type."""
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_elementwise_steps_and_numbers(shape, dtype):
    program = Program(
        (dtype, dtype),
        (
            Step("multiply", (("input", 0), ("literal", 2.0)), dtype),
            Step("maximum", (("step", 0), ("literal", 0.25)), dtype),
            Step("true_divide", (("literal", 1.0), ("step", 1)), dtype),
            Step("subtract", (("step", 2), ("input", 1)), dtype),
            Step("cast", (("step", 3),), "int32"),
        ),
        (Output(3), Output(1), Output(4)),
    )
    x, row = values(shape, dtype), values(shape[-1:], dtype, 1)
    kinds = [(shape, dtype), (shape, dtype), (shape, "int32")]
    found = run_bound(program, (x, row), shape, kinds)
    large = np.maximum(x * 2, np.asarray(0.25, dtype))
    last = 1 / large - row
    np.testing.assert_array_equal(found[0], last)
    np.testing.assert_array_equal(found[1], large)
    np.testing.assert_array_equal(found[2], last.astype("int32"))


@pytest.mark.parametrize("dtype", (*FLOATS, "int32", "int8"))
@pytest.mark.parametrize("other", ("zero", "number", "array"))
@pytest.mark.parametrize("shape", SHAPES)
def test_selection(shape, other, dtype):
    second = {"zero": ("literal", 0), "number": ("literal", 3), "array": ("input", 1)}
    program = Program(
        (dtype, dtype),
        (
            Step("greater", (("input", 0), ("literal", 0)), "bool"),
            Step("where", (("step", 0), ("input", 0), second[other]), dtype),
        ),
        (Output(1),),
    )
    x = (10 * values(shape, "float64")).astype(dtype)
    y = (10 * values(shape, "float64", 1)).astype(dtype)
    (found,) = run_bound(program, (x, y), shape, [(shape, dtype)])
    chosen = {"zero": 0, "number": 3, "array": y}[other]
    np.testing.assert_array_equal(found, np.where(x > 0, x, chosen).astype(dtype))


def test_selection_keeps_the_sign_of_zero():
    steps = (
        Step("greater", (("input", 0), ("literal", 0)), "bool"),
        Step("where", (("step", 0), ("input", 0), ("literal", -0.0)), "float32"),
    )
    program = Program(("float32",), steps, (Output(1),))
    x = values((100,), "float32")
    (found,) = run_bound(program, (x,), (100,), [((100,), "float32")])
    assert np.signbit(found[x <= 0]).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ("sum", "mean", "max"))
@pytest.mark.parametrize("last", (False, True))
@pytest.mark.parametrize("shape", SHAPES)
def test_reductions(shape, last, name, dtype):
    axes = (len(shape) - 1,) if last else tuple(range(len(shape) - 1))
    steps = (Step("multiply", (("input", 0), ("input", 1)), dtype),)
    program = Program((dtype, dtype), steps, (Output(0, name, axes), Output(0)))
    x, row = values(shape, dtype), values(shape[-1:], dtype, 1)
    left = tuple(n for axis, n in enumerate(shape) if axis not in axes)
    kinds = [(left, dtype), (shape, dtype)]
    found, product = run_bound(program, (x, row), shape, kinds)
    exact = getattr((x * row).astype("float64"), name)(axis=axes)
    scale = np.abs((x * row).astype("float64")).sum(axis=axes)
    tolerance = 30 * np.finfo(dtype).eps
    assert (np.abs(found - exact) <= tolerance * (1 + scale)).all()
    np.testing.assert_array_equal(product, x * row)


def test_values_that_repeat_along_what_is_reduced():
    steps = (Step("add", (("input", 0), ("literal", 1.0)), "float32"),)
    program = Program(("float32",), steps, (Output(0, "sum", (0,)),))
    row = values((7,), "float32")
    (found,) = run_bound(program, (row,), (20_000, 7), [((7,), "float32")])
    np.testing.assert_allclose(found, 20_000 * (row + 1), rtol=1e-4, atol=1)


def test_an_output_may_take_the_memory_of_an_input():
    steps = (
        Step("multiply", (("input", 0), ("input", 0)), "float32"),
        Step("add", (("step", 0), ("input", 0)), "float32"),
    )
    program = Program(("float32",), steps, (Output(0), Output(1)))
    x = values((200_000,), "float32")
    expected, y = x * x, np.empty_like(x)
    total = expected + x
    attrs = {"program": program, "shape": x.shape}
    bind_blocks(np, (x,), (x, y), attrs)()
    np.testing.assert_array_equal(x, expected)
    np.testing.assert_array_equal(y, total)
