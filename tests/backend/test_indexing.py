"""Brackets on tensors, against NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import as_tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from kerasish.errors import DTypeError, ShapeError

VALUE = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")
rows, columns = np.array([[0], [2]]), np.array([1, 3, -1])
KEYS = [
    0,
    -1,
    np.int64(2),
    (0, 1, 2),
    slice(None),
    slice(1, None),
    slice(None, None, -1),
    slice(-2, None),
    slice(10, None),
    slice(3, 0, -2),
    (slice(None), 1),
    (Ellipsis, 0),
    (0, Ellipsis, slice(None, None, 2)),
    None,
    (None, 0, None, Ellipsis, None),
    (slice(None), None, slice(1, 3)),
    rows,
    columns[::2],
    [2, 0],
    (rows, columns),
    (slice(None), rows, columns),
    (rows, slice(None), columns),
    (rows, None, columns),
    (0, slice(None), columns),
    (slice(None), 0, columns),
    (columns[::2], Ellipsis, 1),
    (Ellipsis, columns, slice(1, 3)),
    np.zeros((0,), "int64"),
    VALUE > 0.5,
    (VALUE > 0.5)[:, 0, 0],
    (slice(None), (VALUE > 0.5)[0, :, 0], 1),
    (slice(None), (VALUE > 0.5)[0]),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_like_numpy(key):
    expected = VALUE[key]
    np.testing.assert_array_equal(as_tensor(VALUE)[key].numpy(), expected)
    for shape in ((3, 4, 5), (None, 4, 5), (None, None, None)):
        x = placeholder(shape)
        y = x[key]
        assert y.ndim == expected.ndim
        assert all(n in (None, m) for n, m in zip(y.shape, expected.shape))
        (g,) = gradients(ops.sum(y * y), [x])
        (h,) = gradients(ops.sum(g * x), [x])
        got, slope, curve = Function([x], [y, g, h])(VALUE)
        np.testing.assert_array_equal(got, expected)
        twice = np.zeros_like(VALUE)
        np.add.at(twice, key, 2 * expected)
        np.testing.assert_allclose(slope, twice, rtol=1e-6)
        np.testing.assert_allclose(curve, 2 * twice, rtol=1e-6)


def test_tensors_as_indices_and_bounds():
    x, i = placeholder((None, 4)), placeholder((), "int32")
    y = placeholder((None,), "int32")
    value = VALUE[:, :, 0]
    f = Function([x, i, y], [x[i], x[:, i], x[i:], x[: i + 1, 1:i], x[y], x[y, i]])
    expected = [value[2], value[:, 2], value[2:], value[:3, 1:2]]
    expected += [value[[0, 2]], value[[0, 2], 2]]
    for got, want in zip(f(value, 2, [0, 2]), expected, strict=True):
        np.testing.assert_array_equal(got, want)


def test_ranges_of_symbolic_floats():
    stop = placeholder((), "float32")
    with symbolic_scope():
        steps = ops.arange(0.5, stop, ops.convert_to_tensor(0.25))
    np.testing.assert_array_equal(Function([stop], [steps])(1.2)[0], [0.5, 0.75, 1.0])


def test_gradient_of_a_slice_whose_bounds_are_values():
    x, i = placeholder((None,)), placeholder((), "int32")
    (g,) = gradients(ops.sum(ops.square(x[i:])), [x])
    (slope,) = Function([x, i], [g])([1.0, 2.0, 3.0], 1)
    np.testing.assert_array_equal(slope, [0, 4, 6])


def test_basic_indexing_gives_views():
    x = as_tensor(VALUE)
    for y in (x[1:], x[0], x[None], x[..., ::-1], ops.transpose(x), ops.flip(x)):
        assert np.shares_memory(y.value, x.value)


class TestErrors:
    @pytest.mark.parametrize("key", [3, -4, (0, 4), (0, 0, 0, 0), (Ellipsis, Ellipsis)])
    def test_outside(self, key):
        for x in (as_tensor(VALUE), placeholder((3, 4, 5))):
            with pytest.raises(IndexError):
                x[key]

    def test_wrong_kinds(self):
        x = as_tensor(VALUE)
        with pytest.raises(DTypeError, match="integers or bools"):
            x[np.array([0.5])]
        with pytest.raises(IndexError, match="slices"):
            x["a"]
        with pytest.raises(IndexError, match="bool"):
            x[True]
        with pytest.raises(ValueError, match="step"):
            x[::0]

    def test_gathering_outside_names_the_index_and_the_size(self):
        with pytest.raises(IndexError, match="size 3") as raised:
            ops.take(VALUE, [0, 7, 1], axis=0)
        assert "from 0 to 7" in str(raised.value)
        x, i = placeholder((None, 2)), placeholder((None,), "int32")
        f = Function([x, i], [ops.take(x, i, axis=0)])
        with pytest.raises(IndexError, match="size 2"):
            f(np.ones((2, 2)), [2])
        np.testing.assert_array_equal(f(np.ones((2, 2)), [1])[0], [[1, 1]])
        with pytest.raises(IndexError, match="size 4"):
            ops.take_along_axis(VALUE, np.full((3, 1, 5), 4), axis=1)
        with pytest.raises(IndexError):
            as_tensor(VALUE)[[0, 1], [0, 9]]

    def test_indices_are_integers(self):
        with pytest.raises(DTypeError, match="integers"):
            ops.take(VALUE, [0.0])

    def test_take_along_axis_needs_equal_ranks(self):
        with pytest.raises(ShapeError):
            ops.take_along_axis(VALUE, [0], axis=1)


class TestBlocks:
    def test_slice_at_a_place_that_a_run_decides(self):
        x, start = placeholder((None, 4)), placeholder((2,), "int32")
        y = ops.slice(x, start, (2, 3))
        assert y.shape == (2, 3)
        (g,) = gradients(ops.sum(y * y), [x])
        value = VALUE[:, :, 0]
        block, slope = Function([x, start], [y, g])(value, [1, 0])
        np.testing.assert_array_equal(block, value[1:3, :3])
        expected = np.zeros_like(value)
        expected[1:3, :3] = 2 * value[1:3, :3]
        np.testing.assert_allclose(slope, expected, rtol=1e-6)

    def test_slice_with_computed_starts(self):
        x = placeholder((None, 4))
        y = ops.slice(x, (ops.shape(x)[0] - 1, 0), (1, -1))
        np.testing.assert_array_equal(
            Function([x], [y])(VALUE[:, :, 0])[0], VALUE[-1:, :, 0]
        )

    def test_blocks_must_lie_inside(self):
        with pytest.raises(ShapeError):
            ops.slice(VALUE, (2, 0, 0), (2, 1, 1))
        with pytest.raises(ShapeError):
            ops.slice_update(placeholder((3, 4)), (2, 0), np.ones((2, 1)))
        with pytest.raises(IndexError, match="inside"):
            ops.slice_update(VALUE, (2, 0, 0), np.ones((2, 1, 1)))
        with pytest.raises(IndexError, match="inside"):
            ops.window(VALUE, ops.convert_to_tensor([2, 0, 0]), (2, 1, 1))
        with pytest.raises(ShapeError):
            ops.slice_update(VALUE, (0, 0), np.ones((1, 1)))


class TestScatter:
    def test_of_equal_places_the_last_counts_and_gets_the_gradient(self):
        x, u = placeholder((3,)), placeholder((3,))
        y = ops.scatter_update(x, [[1], [0], [1]], u)
        gx, gu = gradients(ops.sum(y * [1.0, 2.0, 3.0]), [x, u])
        f = Function([x, u], [y, gx, gu])
        value, dx, du = f([1.0, 2.0, 3.0], [7.0, 8.0, 9.0])
        np.testing.assert_array_equal(value, [8, 9, 3])
        np.testing.assert_array_equal(dx, [0, 0, 3])
        np.testing.assert_array_equal(du, [0, 1, 2])

    def test_many_equal_places(self):
        places = np.random.default_rng(0).integers(0, 5, (200, 1))
        values = np.random.default_rng(1).uniform(0.9, 1.1, 200).astype("float32")
        for reduction, ufunc in (("mul", np.multiply), ("max", np.maximum)):
            expected = np.ones(5, "float32")
            ufunc.at(expected, places[:, 0], values)
            got = ops.scatter_update(np.ones(5, "float32"), places, values, reduction)
            np.testing.assert_allclose(got.numpy(), expected, rtol=1e-4)

    @pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "float16", "uint32"])
    def test_every_number_type_is_added(self, dtype):
        got = ops.scatter([[0], [2], [0]], np.array([3, 4, 5], dtype), (3,))
        assert got.dtype == dtype and got.tolist() == [8, 0, 4]

    def test_negative_numbers_wrap_and_others_raise(self):
        got = ops.scatter_update([1.0, 2.0], [[-1]], [5.0])
        assert got.tolist() == [1, 5]
        with pytest.raises(IndexError, match="sizes"):
            ops.scatter_update([1.0, 2.0], [[2]], [5.0])
        with pytest.raises(IndexError):
            ops.scatter([[3]], [1.0], (3,))

    def test_shapes_and_names_are_checked(self):
        with pytest.raises(ShapeError, match="select"):
            ops.scatter_update(VALUE, [[0]], [1.0])
        with pytest.raises(ValueError, match="reduction"):
            ops.scatter_update(VALUE, [[0]], VALUE[:1], reduction="sub")

    def test_rows_outside_every_segment_are_left_out(self):
        x, ids = placeholder((None, 2)), placeholder((None,), "int32")
        f = Function([x, ids], [ops.segment_sum(x, ids, num_segments=2)])
        (got,) = f(np.arange(8.0).reshape(4, 2), [1, -1, 1, 2])
        np.testing.assert_array_equal(got, [[0, 0], [4, 6]])
        with pytest.raises(ShapeError, match="num_segments"):
            ops.segment_sum(x, ids)

    def test_as_many_segments_as_rows(self):
        x, ids = placeholder((None, 2)), placeholder((None,), "int32")
        with symbolic_scope():
            total = ops.segment_sum(x, ids, num_segments=ops.shape(x)[0])
        (got,) = Function([x, ids], [total])(np.ones((3, 2)), [2, 0, 2])
        np.testing.assert_array_equal(got[:, 0], [1, 0, 2])
