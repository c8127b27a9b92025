"""Python operators on tensors and Variables, and promotion of their operands."""

import operator

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.graph import Variable, as_tensor, placeholder
from kerasish.backend.ops.operators import COMPARISONS, REFLECTED
from kerasish.backend.plan import Function
from kerasish.errors import DTypeError, ShapeError

FLOATS = {"add", "sub", "mul", "truediv", "floordiv", "mod", "pow"}
BITS = {"and", "or", "xor", "lshift", "rshift"}


def python_operator(name):
    return getattr(operator, f"{name}_" if name in ("and", "or") else name)


@pytest.mark.parametrize("name", [*REFLECTED, *COMPARISONS])
@pytest.mark.parametrize("kind", ["tensor", "variable", "symbolic"])
def test_operators_equal_numpy(name, kind):
    dtype = "int32" if name in BITS else "float32"
    left = np.array([[3, 2], [1, 4]], dtype)
    right = np.array([[1, 2], [2, 1]], dtype)
    function = python_operator(name)
    expected = function(left, right)
    if kind == "symbolic":
        a = placeholder((None, 2), dtype)
        pairs = [function(a, right), function(left, a)]
        forward = Function([a], [pairs[0]])(left)[0]
        backward = Function([a], [pairs[1]])(right)[0]
    else:
        wrap = as_tensor if kind == "tensor" else Variable
        if kind == "variable" and dtype == "int32":
            wrap = lambda array: Variable(array, dtype="int32", trainable=False)  # noqa: E731
        forward = function(wrap(left), right).numpy()
        backward = function(left, wrap(right)).numpy()
    np.testing.assert_allclose(forward, expected, rtol=1e-6)
    np.testing.assert_allclose(backward, expected, rtol=1e-6)


def test_unary_operators():
    x = as_tensor([-1.5, 2.5])
    np.testing.assert_array_equal((-x).numpy(), [1.5, -2.5])
    np.testing.assert_array_equal(abs(x).numpy(), [1.5, 2.5])
    assert (+x) is x
    np.testing.assert_array_equal(round(x).numpy(), [-2.0, 2.0])
    np.testing.assert_array_equal((~as_tensor([True, False])).numpy(), [False, True])


def test_python_numbers_are_weak():
    half = as_tensor(np.ones(2, "float16"))
    assert (half * 2.5).dtype == (2.5 - half).dtype == "float16"
    small = as_tensor(np.ones(2, "uint8"))
    assert (small + 1).dtype == "uint8"
    assert (small + 1.0).dtype == "float32"
    assert (small / 2).dtype == "float32"
    assert (small + np.float64(1.0)).dtype == "float64"
    assert (as_tensor([True]) + 1).dtype == "int32"


def test_foreign_operands_are_refused():
    x = as_tensor([1.0])
    with pytest.raises(TypeError):
        x + "a"
    with pytest.raises(TypeError):
        None < x  # noqa: B015
    assert (x == None) is False  # noqa: E711
    assert x != "a"


def test_tensors_stay_hashable_by_identity():
    x, y = as_tensor([1.0]), as_tensor([1.0])
    assert len({x, y, x}) == 2
    v = Variable([1.0])
    assert {v: 1}[v] == 1


def test_unknown_sizes_broadcast():
    x, y = placeholder((None, 1), "float32"), placeholder((1, 4), "float32")
    assert (x + y).shape == (None, 4)
    assert (x + placeholder((3, 1), "float32")).shape == (3, 1)
    assert (x * placeholder((None, None), "float32")).shape == (None, None)
    with pytest.raises(ShapeError, match=r"add: .*\n.*\(3,\).*\(4,\)"):
        placeholder((3,), "float32") + placeholder((4,), "float32")


@pytest.mark.parametrize(
    "function",
    [
        lambda b, f: ops.negative(b),
        lambda b, f: ops.subtract(b, b),
        lambda b, f: ops.sign(b),
        lambda b, f: ops.floor_divide(b, b),
        lambda b, f: ops.power(b, b),
        lambda b, f: ops.round(b),
        lambda b, f: ops.ptp(b),
        lambda b, f: ops.bitwise_and(f, f),
        lambda b, f: ops.bitwise_not(f),
        lambda b, f: ops.left_shift(b, b),
        lambda b, f: ops.gcd(f, f),
        lambda b, f: ops.ldexp(f, f),
        lambda b, f: ops.saturate_cast(f, "complex64"),
    ],
)
def test_wrong_dtypes_are_refused(function):
    with pytest.raises(DTypeError, match="got:"):
        function(as_tensor([True, False]), as_tensor([1.0, 2.0]))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.where(x > 0, x),
        lambda x: ops.select([x > 0], [x, x]),
        lambda x: ops.diff(x, n=-1),
        lambda x: ops.diff(ops.sum(x)),
        lambda x: ops.quantile(x, 0.5, method="cubic"),
        lambda x: ops.average(x, weights=[1.0, 2.0, 3.0]),
        lambda x: ops.sum(x, axis=2),
        lambda x: ops.sum(x, axis=(0, 0)),
        lambda x: ops.argmax(x, axis=-3),
        lambda x: ops.cumsum(x, axis=5),
        lambda x: ops.linear_recurrence(x, x[:1]),
        lambda x: ops.view_as_complex(x),
        lambda x: ops.view(x, "complex128"),
        lambda x: ops.cast(x, "float31"),
    ],
)
def test_wrong_arguments_are_refused(function):
    with pytest.raises(ValueError):
        function(as_tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))


def test_symbolic_tensors_are_found_in_lists():
    one, other, wide = placeholder((2,)), placeholder((2,)), placeholder((3,))
    assert one in [wide, other, one] and one not in [wide, other]
    assert [wide, other, one].index(one) == 2
    assert bool(one == one.fresh()) and bool(one != wide)
    with pytest.raises(TypeError, match="has no value"):
        bool(one == 3.0)


@pytest.mark.parametrize("make", [as_tensor, Variable])
def test_functions_of_numpy_take_values(make):
    data = np.array([[1.0, 4.0], [9.0, 16.0]], "float32")
    x = make(data)
    for function in (np.max, np.sum, np.all, np.sqrt, np.mean, np.argmax, np.exp):
        found = function(x)
        assert not hasattr(found, "is_symbolic")
        np.testing.assert_array_equal(found, function(data))
    assert (data + x).is_symbolic is False and (np.float32(2) * x).is_symbolic is False
    total = np.zeros((2, 2), "float32")
    total += x
    assert type(total) is np.ndarray and (total == data).all()


def test_functions_of_numpy_refuse_symbolic_tensors():
    x = placeholder((2,))
    with pytest.raises(TypeError, match="has no value"):
        np.max(x)
    total = np.zeros(2, "float32")
    total += x
    assert total.is_symbolic
