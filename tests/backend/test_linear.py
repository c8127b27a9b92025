"""Products of tensors: forms of arguments, einsum, unknown sizes, types, errors."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.backend.plan import Function
from kerasish.errors import ShapeError


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


PAIRS = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)), ((5, 1, 2, 3), (4, 3, 2)), ((0, 3), (3, 2)),
]  # fmt: skip
EQUATIONS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ba", (2, 3)),
    ("ij->", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iii->i", (3, 3, 3)),
    ("iij,ij->j", (3, 3, 2), (3, 2)),
    ("ij,ij->i", (2, 3), (2, 3)),
    ("i,j->ji", (2,), (3,)),
    (",ij->ij", (), (2, 3)),
    ("ij,kl->", (2, 3), (4, 5)),
    ("...ij,...jk->...ik", (6, 1, 2, 3), (5, 3, 4)),
    ("...ij,jk->...ik", (6, 5, 2, 3), (3, 4)),
    ("b...i,bi->b...", (2, 3, 4, 5), (2, 5)),
    ("...i->i...", (2, 3)),
    ("btnh,bsnh->bnts", (2, 3, 4, 5), (2, 6, 4, 5)),
    ("abc,cd,de->abe", (2, 3, 4), (4, 5), (5, 6)),
    ("i,i,i,i->i", (3,), (3,), (3,), (3,)),
    ("ijk,jk,k->i", (2, 3, 4), (3, 4), (4,)),
    (" i j , j k -> k i ", (2, 3), (3, 4)),
]


@pytest.mark.parametrize("name", ["matmul", "dot", "inner", "outer", "vdot"])
@pytest.mark.parametrize("left, right", PAIRS)
def test_products_agree_with_numpy(name, left, right):
    a, b = normal(*left), normal(*right, seed=1)
    try:
        expected = getattr(np, name)(a, b)
    except ValueError:
        with pytest.raises(ShapeError):
            getattr(ops, name)(a, b)
        return
    got = getattr(ops, name)(a, b).numpy()
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize(
    "left, right, axes",
    [
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3, 4), (4, 3, 5), [[1, 2], [1, 0]]),
        ((2, 3), (4, 5), 0),
        ((2, 3, 4), (5, 3), [1, 1]),
        ((2, 3, 4), (5, 3), ([-2], [-1])),
    ],
)
def test_tensordot_agrees_with_numpy(left, right, axes):
    a, b = normal(*left), normal(*right, seed=1)
    np.testing.assert_allclose(
        ops.tensordot(a, b, axes).numpy(), np.tensordot(a, b, axes), atol=1e-5
    )


@pytest.mark.parametrize("equation, shapes", [(e, s) for e, *s in EQUATIONS])
def test_einsum_agrees_with_numpy(equation, shapes):
    arrays = [normal(*shape, seed=i) for i, shape in enumerate(shapes)]
    expected = np.einsum(equation, *arrays)
    got = ops.einsum(equation, *arrays).numpy()
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, atol=1e-4)


@pytest.mark.parametrize("equation, shapes", [(e, s) for e, *s in EQUATIONS])
def test_gradients_of_einsum_with_unknown_sizes(equation, shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    # Axes of one element broadcast, and so must be known.
    inputs = [
        placeholder(tuple(1 if n == 1 else None for n in shape), "float64")
        for shape in shapes
    ]
    with symbolic_scope():
        y = ops.einsum(equation, *inputs)
        slopes = gradients(ops.sum(y * y), inputs)
    y_value, *values = Function(inputs, [y, *slopes])(*arrays)
    np.testing.assert_allclose(y_value, np.einsum(equation, *arrays), atol=1e-9)
    # Each operand occurs once, so y is linear in it: along it, the sum of squares has
    # the slope 2.
    for value, array in zip(values, arrays, strict=True):
        assert value.shape == array.shape
        np.testing.assert_allclose((value * array).sum(), 2 * (y_value**2).sum())


def test_weight_gradient_of_a_dense_layer_on_sequences():
    x, w = placeholder((None, None, 3), "float32"), placeholder((3, 4), "float32")
    with symbolic_scope():
        y = ops.matmul(x, w)
        slope = gradients(ops.sum(y), [w])
    (got,) = Function([x, w], slope)(normal(2, 5, 3), normal(3, 4))
    np.testing.assert_allclose(
        got, np.repeat(normal(2, 5, 3).sum((0, 1))[:, None], 4, 1), atol=1e-5
    )


@pytest.mark.parametrize(
    "name, left, right, expected",
    [
        ("matmul", "int8", "int8", "int32"),
        ("einsum", "int8", "int8", "int32"),
        ("dot", "int8", "int8", "int8"),
        ("vdot", "int8", "int8", "int8"),
        ("inner", "uint8", "int8", "int16"),
        ("matmul", "bool", "bool", "bool"),
        ("matmul", "int64", "float16", "float16"),
        ("tensordot", "float64", "float32", "float64"),
    ],
)
def test_types(name, left, right, expected):
    a, b = np.ones(2, left), np.ones(2, right)
    arguments = {"einsum": ("i,i->", a, b), "tensordot": (a, b, 1)}.get(name, (a, b))
    result = getattr(ops, name)(*arguments)
    assert result.dtype == result.numpy().dtype.name == expected


def test_half_precision_is_summed_in_single():
    ones = np.ones((1, 4096), "float16")
    assert float(ops.matmul(ones, ones.T).numpy()[0, 0]) == 4096


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.matmul(normal(2, 3), normal(4, 5)), "3 elements.*4"),
        (lambda: ops.matmul(normal(2, 2, 3), normal(3, 3, 5)), "broadcast"),
        (lambda: ops.matmul(2.0, normal(2)), "multiply with"),
        (lambda: ops.dot(normal(2, 3), normal(4, 5)), "axis 1.*3.*axis 0.*4"),
        (lambda: ops.tensordot(normal(2, 3), normal(2, 3), [[0], [2]]), "axes="),
        (lambda: ops.tensordot(normal(2, 3), normal(2, 3), 3), "axes=3"),
        (lambda: ops.einsum("ij,jk->ik", normal(2, 3), normal(4, 5)), r"'j'.*\[3, 4\]"),
        (lambda: ops.einsum("ij->j", normal(2)), "1 axes"),
        (lambda: ops.einsum("ii->i", normal(2, 3)), "different lengths"),
    ],
)
def test_shape_errors_name_the_numbers(call, words):
    with pytest.raises(ShapeError, match=f"(?s){words}"):
        call()


@pytest.mark.parametrize(
    "equation, operands",
    [("ij,jk->iz", 2), ("ij->ij->k", 1), ("i1->i", 1), ("ij,jk->ik", 1), ("ij->ii", 1)],
)
def test_unreadable_subscripts(equation, operands):
    with pytest.raises(ValueError, match="Received: subscripts"):
        ops.einsum(equation, *[normal(2, 2)] * operands)
