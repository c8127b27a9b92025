"""Fused programs as CUDA functions, run on the host, give the values of NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import device
from kerasish.backend.devices.cupy import fused, fused_source
from kerasish.backend.devices.cupy.cuda_expressions import DTYPES, FLOATS, INTEGERS
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.backend.graph.expressions import Elementwise
from kerasish.backend.graph.fused import Output, Program, Step, result_dtype
from kerasish.backend.graph.op import OPS
from kerasish.backend.plan import Function
from tests.backend.sample import load_ops

TOLERANCES = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 3e-6, "float64": 1e-12}
load_ops()
# How many arguments each array function of an elementwise op has.
ARITIES = {
    instruction.function: len(instruction.arguments)
    for op in OPS.values()
    if isinstance(op, Elementwise)
    for instruction in op.instructions
}
# Those of complex numbers.
ARITIES.pop("imaginary_part")


def values_of(dtype, count=2000):
    rng = np.random.default_rng(len(dtype))
    if dtype == "bool":
        return rng.random(count) < 0.5
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        near = rng.integers(-9 if limits.min else 0, 9, count).astype(dtype)
        near[:4] = limits.min, limits.max, 0, 1
        return near
    special = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 2.0, 3.0]
    pairs = list(itertools.product(special, special))
    plain = rng.normal(size=count - len(pairs)) * 2
    # The first of each pair here, the second in `partner_of`.
    return np.array([*(a for a, _ in pairs), *plain]).astype(numpy_dtype(dtype))


def partner_of(dtype, values):
    if dtype in FLOATS:
        table = values[:100].reshape(10, 10).T.reshape(-1)
        rest = np.random.default_rng(7).normal(size=values.size - 100)
        return np.concatenate([table, rest.astype(values.dtype)])
    return np.roll(values, 7)


def program_of(dtype):
    """A program of all functions that NumPy has for a data type."""
    steps, names = [], []
    for function, arity in sorted(ARITIES.items()):
        inputs = [("input", k) for k in range(min(arity, 2))]
        kinds = [(False, dtype)] * len(inputs)
        if function.startswith("erf") and dtype not in FLOATS:
            continue
        if function == "where":
            inputs, kinds = [("input", 2), *inputs], [(False, "bool"), *kinds]
        try:
            result = result_dtype(function, tuple(kinds))
        except (TypeError, ValueError):
            continue
        if result in DTYPES:
            steps.append(Step(function, tuple(inputs), result))
            names.append(function)
    outputs = [Output(k) for k in range(len(steps))]
    return Program((dtype, dtype, "bool"), steps, outputs), names


def launched(xp, program, arrays, shape):
    given = tuple(xp.asarray(array) for array in arrays)
    with np.errstate(all="ignore"):
        expected = program.run(np, arrays, shape)
    expected = expected if isinstance(expected, tuple) else (expected,)
    outs = tuple(xp.empty(value.shape, value.dtype) for value in expected)
    attrs = {"program": program, "shape": shape}
    fused.fused.bind(xp, given, outs, attrs)()
    return [out.get() for out in outs], expected


@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_every_function_of_every_type(cupy_device, dtype):
    program, names = program_of(dtype)
    assert fused_source.supported(program)
    first = values_of(dtype)
    second = partner_of(dtype, first)
    third = np.arange(first.size) % 3 == 0
    if dtype in INTEGERS:
        second = np.abs(second) % 9  # exponents and shifts
        second = second.astype(dtype)
    found, expected = launched(
        cupy_device.xp, program, [first, second, third], first.shape
    )
    for name, one, other in zip(names, found, expected, strict=True):
        assert one.dtype == other.dtype, name
        if one.dtype.name not in FLOATS:
            np.testing.assert_array_equal(one, other, name)
            continue
        tolerance = TOLERANCES[one.dtype.name]
        with np.errstate(all="ignore"):
            wide, right = one.astype("float64"), other.astype("float64")
        np.testing.assert_allclose(wide, right, tolerance, tolerance, err_msg=name)


def test_division_and_remainder_of_negative_integers(cupy_device):
    steps = [
        Step(name, (("input", 0), ("input", 1)), "int32")
        for name in ("floor_divide", "remainder", "fmod", "right_shift")
    ]
    program = Program(("int32", "int32"), steps, [Output(k) for k in range(4)])
    x, y = np.meshgrid(np.arange(-20, 20), [-7, -1, 0, 1, 3])
    found, expected = launched(
        cupy_device.xp, program, [x.astype("int32"), y.astype("int32")], x.shape
    )
    for one, other in zip(found[:3], expected):
        np.testing.assert_array_equal(one, other)
    shifted = x >> np.where(y < 0, 31, y)
    np.testing.assert_array_equal(found[3], shifted)


@pytest.mark.parametrize("old", sorted(DTYPES))
def test_casts_and_literals(cupy_device, old):
    targets = sorted(DTYPES)
    steps = [Step("cast", (("input", 0),), new) for new in targets]
    steps += [Step("greater", (("input", 0), ("literal", 0.5)), "bool")]
    program = Program((old,), steps, [Output(k) for k in range(len(steps))])
    values = np.arange(100).astype(numpy_dtype(old))
    found, expected = launched(cupy_device.xp, program, [values], values.shape)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.astype("float64"), other.astype("float64"))


def compare(build, specs, arrays, tolerance):
    """Compare what a function of placeholders gives here and on NumPy."""

    def run():
        inputs = [placeholder(shape, dtype) for shape, dtype in specs]
        with symbolic_scope():
            return Function(inputs, build(*inputs))(*arrays)

    with device("numpy"):
        expected = run()
    for one, other in zip(run(), expected, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape
        wide, right = one.astype("float64"), other.astype("float64")
        np.testing.assert_allclose(wide, right, tolerance, tolerance)


def normal(dtype, *shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(numpy_dtype(dtype)) for shape in shapes]


SHAPES = [(90, 30, 40), (7, 5), (3, 9000), (9000, 3), (1, 4), (70000,), (160, 512)]
AXES = [
    pytest.param(shape, axes, id=f"{shape}-{axes}")
    for shape in SHAPES
    for axes in {*((k,) for k in range(len(shape))), tuple(range(len(shape)))}
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape, axes", AXES)
def test_reductions(cupy_device, shape, axes, dtype):
    def build(x, row):
        y = ops.abs(x) * row
        outputs = [y]
        for name in ("sum", "mean", "max"):
            reduce = getattr(ops, name)
            outputs += [reduce(y, axis=axes), reduce(y + 1.0, axis=axes, keepdims=True)]
        return outputs

    arrays = normal(dtype, shape, shape[-1:])
    scale = max(1.0, np.sqrt(np.prod([shape[k] for k in axes])) / 8)
    specs = [(x.shape, dtype) for x in arrays]
    compare(build, specs, arrays, TOLERANCES[dtype] * scale * 4)


def test_operands_that_move_in_any_way(cupy_device):
    def build(x, y, t):
        turned = ops.transpose(t)
        z = ops.tanh(x) * y + turned[..., ::-1] * 2.0
        return [z, ops.sum(z * turned, axis=(0, 1)), ops.max(z, axis=-1)]

    shapes = (6, 1, 10, 8), (5, 1, 8), (8, 10, 5, 6)
    specs = [(shape, "float32") for shape in shapes]
    compare(build, specs, normal("float32", *shapes), 1e-4)


def test_the_largest_is_nan_where_any_is(cupy_device):
    (values,) = normal("float32", (40, 50))
    values[3, 4] = np.nan
    compare(
        lambda x: [ops.max(x * 2.0, axis=k) for k in (0, 1)],
        [((40, 50), "float32")],
        [values],
        1e-6,
    )


def test_the_same_bits_at_each_run(cupy_device):
    (values,) = normal("float32", (300, 700))
    x = placeholder((300, 700))
    function = Function([x], [ops.sum(x * x), ops.sum(x * x, axis=0)])
    once, again = function(values), function(values)
    assert all((a == b).all() for a, b in zip(once, again))


def test_large_arrays_are_walked_with_wide_places():
    """The layout of an array that nobody has memory for here."""

    class Huge:
        shape, strides, ndim, itemsize = (1 << 20, 1 << 12), (4 << 12, 4), 2, 4
        dtype = np.dtype("float32")
        size = 1 << 32

        class data:
            ptr = 0

    step = Step("negative", (("input", 0),), "float32")
    program = Program(("float32",), [step], [Output(0)])
    layout = fused.Launch(program, Huge.shape, [Huge()], [Huge()]).layout
    assert layout.index == "int64" and layout.width == 4
