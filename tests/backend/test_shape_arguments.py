"""Shapes with unknown sizes and with entries that are computed from shapes."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import (
    Size,
    Variable,
    constant,
    placeholder,
    symbolic_scope,
)
from kerasish.backend.graph.walk import topological
from kerasish.backend.plan import Function
from kerasish.backend.rewrite.specialise import specialise
from kerasish.errors import ShapeError


def specialised(x, output, shape):
    """The ops of the graph that is left once the shape of `x` is known."""
    formal = placeholder(shape, x.dtype)
    with symbolic_scope():
        (result,) = specialise([x], [output], [formal], {})
    return {node.op.name for node in topological([result])}


@pytest.fixture
def x():
    return placeholder((None, None, 6))


class TestReshape:
    def test_open_size_is_computed_from_what_cancels(self):
        x = placeholder((None, 8))
        y = ops.reshape(x, (ops.shape(x)[0], -1, 4))
        assert y.shape == (None, 2, 4)

    def test_all_symbols_cancel(self, x):
        batch, time, _ = ops.shape(x)
        assert ops.reshape(x, (batch, time, -1)).shape == (None, None, 6)
        assert ops.reshape(x, (time, batch, 2, -1)).shape == (None, None, 2, 3)
        assert ops.reshape(x, (batch * time, -1)).shape == (None, 6)
        assert ops.reshape(x, (batch, -1)).shape == (None, None)

    def test_a_shape_tensor_is_as_good_as_a_tuple(self, x):
        sizes = ops.shape_of(x)
        target = ops.concatenate([sizes[:1], [-1, 3]])
        assert target.spec.known[1:] == (-1, 3)
        assert isinstance(target.spec.known[0], Size)
        assert ops.reshape(x, target).shape == (None, None, 3)
        flat = ops.reshape(x, (ops.prod(sizes[:2]), 6))
        assert flat.shape == (None, 6)

    def test_it_becomes_a_plain_reshape(self, x):
        batch, time, _ = ops.shape(x)
        y = ops.reshape(x, (batch, time * 2, -1)) * 2.0
        names = specialised(x, y, (2, 5, 6))
        assert "reshape" in names
        assert not names & {"reshape_dynamic", "shape_of", "stack", "getitem"}

    def test_plans_are_made_and_right(self, x):
        batch, time, _ = ops.shape(x)
        f = Function([x], [ops.reshape(x, (time, -1, batch))])
        for shape in ((2, 3, 6), (4, 1, 6)):
            value = np.random.default_rng(0).normal(size=shape).astype("float32")
            expected = value.reshape(shape[1], -1, shape[0])
            np.testing.assert_array_equal(f(value)[0], expected)
        assert len(f._plans) == 2

    def test_gradient_through_a_dynamic_reshape(self, x):
        y = ops.reshape(x, (-1, ops.shape(x)[1]))
        (g,) = gradients(ops.sum(y * y), [x])
        value = np.random.default_rng(0).normal(size=(2, 3, 6)).astype("float32")
        np.testing.assert_allclose(Function([x], [g])(value)[0], 2 * value, rtol=1e-6)

    def test_none_and_single_integers(self, x):
        assert ops.reshape(x, (None, 3)).shape == (None, 3)
        assert ops.reshape(np.ones((2, 3)), 6).shape == (6,)
        assert ops.reshape(np.ones((2, 3)), -1).shape == (6,)

    @pytest.mark.parametrize("shape", [(4, 2), (-1, 4), (-1, -1), (-2, 3)])
    def test_impossible_shapes(self, shape):
        with pytest.raises(ShapeError, match="got: "):
            ops.reshape(np.ones((2, 3)), shape)

    def test_impossible_with_partly_known_shape(self):
        with pytest.raises(ShapeError):
            ops.reshape(placeholder((None, 5)), (3, 4))

    def test_a_shape_that_only_values_decide(self):
        x, target = placeholder((None,)), placeholder((2,), "int32")
        y = ops.reshape(x, target)
        assert y.shape == (None, None)
        (value,) = Function([x, target], [y])(np.arange(6.0), [3, 2])
        assert value.shape == (3, 2)

    def test_a_shape_of_unknown_length_is_refused(self):
        with pytest.raises(ShapeError, match="known length"):
            ops.reshape(placeholder((None,)), placeholder((None,), "int32"))

    def test_a_float_is_no_size(self):
        with pytest.raises(ShapeError, match="integers"):
            ops.reshape([1.0, 2.0], (2.0, 1))


class TestKnown:
    def test_arithmetic(self, x):
        batch, time, _ = ops.shape(x)
        (symbol,) = batch.spec.known
        assert (batch * 6 // 2).spec.known == (symbol * 3,)
        assert (batch * time // time).spec.known == (symbol,)
        assert (batch + 0).spec.known == (symbol,)
        assert (batch - 1).spec.known is None
        three = constant(np.int32(3))
        assert (three * 4 + 1 - 2).spec.known == (11,)
        assert ops.maximum(three, 5).spec.known == (5,)

    def test_sizes_are_numbers_where_they_are_known(self):
        sizes = ops.shape(placeholder((None, 4, 5)))
        assert sizes[1:] == (4, 5)
        assert ops.shape(np.ones((2, 3))) == (2, 3)
        with symbolic_scope():
            assert ops.shape_of(placeholder((2, 3))).spec.known == (2, 3)

    def test_selection(self, x):
        sizes = ops.shape_of(x)
        first, second, last = sizes.spec.known
        assert sizes[::-1].spec.known == (last, second, first)
        assert sizes[None, 1].spec.known == (second,)
        assert ops.take(sizes, [2, 0]).spec.known == (6, first)
        assert ops.stack([sizes[0], 3]).spec.known == (first, 3)


class TestOtherShapeArguments:
    """Everything that takes a shape takes sizes, and ends as a static op."""

    BUILDERS = {
        "zeros": lambda x, b, t: ops.zeros((b, 2)) + ops.sum(x),
        "full": lambda x, b, t: ops.full((t,), 3.0) * ops.sum(x),
        "broadcast_to": lambda x, b, t: ops.broadcast_to(x[:1, :1], (b, t, 6)),
        "tile": lambda x, b, t: ops.tile(x, (1, b, 1)),
        "arange": lambda x, b, t: ops.arange(t, dtype="float32") + x[0, 0, 0],
        "eye": lambda x, b, t: ops.eye(b, t) * x[0, 0, 0],
        "slice": lambda x, b, t: x[:, : t - 1],
        "slice function": lambda x, b, t: ops.slice(x, (0, 1, 0), (b, t - 1, 2)),
        "concatenate": lambda x, b, t: ops.concatenate([x, x[:, :1]], axis=1),
        "meshgrid": lambda x, b, t: ops.meshgrid(x[:, 0, 0], x[0, :, 0])[0],
        "split": lambda x, b, t: ops.split(x, 2, axis=1)[1],
        "repeat": lambda x, b, t: ops.repeat(x, 2, axis=0),
        "repeat by a size": lambda x, b, t: ops.repeat(x, t, axis=1),
        "repeat a row": lambda x, b, t: ops.repeat(x[:1], b, axis=0) + x,
        "size": lambda x, b, t: ops.cast(ops.size(x), "float32") * x,
    }

    @pytest.mark.parametrize("name", BUILDERS)
    def test_unknown_sizes(self, name, x):
        build = self.BUILDERS[name]
        value = np.random.default_rng(1).normal(size=(3, 4, 6)).astype("float32")
        eager = build(ops.convert_to_tensor(value), 3, 4)
        with symbolic_scope():
            y = build(x, *ops.shape(x)[:2])
            (g,) = gradients(ops.sum(y * y), [x])
        assert y.ndim == eager.ndim
        f = Function([x], [y, g])
        got, slope = f(value)
        np.testing.assert_allclose(got, eager.numpy(), rtol=1e-6)
        assert slope.shape == value.shape
        assert len(f._plans) == 1
        assert not any(op.endswith("_dynamic") for op in specialised(x, y, (3, 4, 6)))

    def test_where_every_size_is_needed(self):
        for function in (
            lambda: ops.zeros((None, 2)),
            lambda: ops.broadcast_to(1.0, (None,)),
        ):
            with pytest.raises(ShapeError, match="every size"):
                function()


class TestListsWithTensors:
    def test_sizes_stay_known(self):
        x = placeholder((None, 2))
        target = ops.convert_to_tensor([ops.shape(x)[0], 2])
        assert target.spec.known == (*ops.shape(x)[0].spec.known, 2)

    def test_gradients_reach_the_elements(self):
        a = placeholder(())
        (g,) = gradients(ops.sum([[a, a * a], [3, 1]]), [a])
        assert Function([a], [g])(2.0)[0] == 5

    def test_variables_are_read(self):
        got = ops.convert_to_tensor([[Variable(1.0), 2], [ops.ones(()), 4]])
        assert got.tolist() == [[1, 2], [1, 4]]
