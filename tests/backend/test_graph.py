"""Nodes are interned and immutable; scopes decide what is symbolic."""

from __future__ import annotations

import copy
import gc
import pickle

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend import ops
from kerasish.backend.graph import (
    Body,
    Spec,
    Tensor,
    Trace,
    Variable,
    as_numpy,
    as_tensor,
    captured,
    constant,
    eager_scope,
    in_symbolic_scope,
    origin_scope,
    placeholder,
    substitute,
    symbolic_scope,
    topological,
)
from kerasish.backend.graph.spec import broadcast_shapes
from kerasish.backend.plan import Function
from kerasish.errors import DTypeError, ShapeError


class TestInterning:
    def test_equal_nodes_are_one_object(self):
        x = placeholder((None, 3))
        assert (x + 1.0).node is (x + 1.0).node
        assert (x + 1.0).node is not (x + 2.0).node

    def test_attributes_count_with_type_and_bits(self):
        x = placeholder((3,))
        assert (x * 0.0).node is not (x * -0.0).node
        assert ops.sum(x, axis=0).node is not ops.sum(x, axis=0, keepdims=True).node

    def test_commutative_inputs_are_ordered(self):
        x, y = placeholder((3,)), placeholder((3,))
        assert (x + y).node is (y + x).node
        assert (x - y).node is not (y - x).node

    def test_handles_are_fresh(self):
        x = placeholder((3,))
        one, other = x + 1.0, x + 1.0
        one.history = "mine"
        assert one is not other and other.history is None

    def test_dropped_nodes_are_freed(self):
        from kerasish.backend.graph.node import _interned

        x = placeholder((3,))
        gc.collect()
        before = len(_interned)
        y = ops.exp(x * 3.0)
        assert len(_interned) > before
        del y
        gc.collect()
        assert len(_interned) == before

    def test_large_constants_are_not_merged_and_are_copied(self):
        array = np.zeros(5000, "float32")
        with symbolic_scope():
            one, other = as_tensor(array), as_tensor(array)
        array[:] = 1
        assert one.node is not other.node
        assert Function([], [one])()[0].max() == 0

    def test_nodes_are_never_copied_or_pickled(self):
        x = placeholder((3,)) * 2.0
        assert copy.deepcopy(x.node) is x.node
        with pytest.raises(TypeError, match="symbolic"):
            pickle.dumps(x)


class TestScopes:
    def test_ops_on_values_run_at_once(self):
        y = as_tensor([1.0, 2.0]) + 1.0
        assert not y.is_symbolic and y.node is None
        np.testing.assert_array_equal(y.numpy(), [2, 3])

    def test_symbolic_argument_makes_a_node(self):
        assert (placeholder((2,)) + np.ones(2, "float32")).is_symbolic

    def test_everything_is_symbolic_inside_the_scope(self):
        v = Variable([1.0])
        with symbolic_scope():
            assert in_symbolic_scope()
            assert ops.arange(3).is_symbolic
            assert (as_tensor([1.0]) + 1.0).is_symbolic
            assert v.value.node is v.leaf.node
            with eager_scope():
                assert not (as_tensor([1.0]) + 1.0).is_symbolic

    def test_symbolic_tensors_refuse_to_be_python_values(self):
        x = placeholder(())
        for convert in (bool, float, int, np.asarray):
            with pytest.raises(TypeError, match="symbolic"):
                convert(x)

    def test_values_are_python_values(self):
        x = as_tensor(2)
        assert bool(x) and float(x) == 2.0 and int(x) == 2 and [7, 8, 9][x] == 9
        assert [float(item) for item in as_tensor([1.0, 2.0])] == [1.0, 2.0]
        assert len(as_tensor([1.0, 2.0])) == 2

    def test_dlpack(self):
        np.testing.assert_array_equal(np.from_dlpack(as_tensor([1.0, 2.0])), [1, 2])

    def test_numpy_leaves_operators_to_tensors(self):
        y = np.ones(2, "float32") * placeholder((2,))
        assert isinstance(y, Tensor)

    def test_object_arrays_are_refused(self):
        with pytest.raises(DTypeError, match="one shape and type"):
            as_tensor(np.array([1, "a"], dtype=object))


class TestErrors:
    def test_origin_is_in_the_message(self):
        x, y = placeholder((2, 3)), placeholder((2, 4))
        with origin_scope('layer "dense_3"'), pytest.raises(ShapeError) as info:
            x + y
        assert 'layer "dense_3"' in str(info.value)
        assert "(2, 3)" in str(info.value) and "(2, 4)" in str(info.value)

    def test_run_time_errors_name_op_layer_and_specs(self):
        table, index = placeholder((3, 2)), placeholder((None,), "int32")
        with origin_scope('layer "embedding"'):
            y = ops.take(table, index, axis=0)
        function = Function([table, index], [y])
        with pytest.raises(Exception, match="embedding") as info:
            function(np.zeros((3, 2)), [5])
        assert "(3, 2) float32" in str(info.value)
        assert function(np.zeros((3, 2)), [1])[0].shape == (1, 2)


class TestWalks:
    def test_substitute(self):
        x, y = placeholder((2,)), placeholder((2,))
        (result,) = substitute([ops.exp(x) + 1.0], [(x, y)])
        assert result.node is (ops.exp(y) + 1.0).node

    def test_long_chains_do_not_recurse(self):
        x = placeholder((2,))
        y = x
        for _ in range(20_000):
            y = y + x
        assert len(topological([y])) > 20_000
        (moved,) = substitute([y], [(x, placeholder((2,)))])
        assert moved.node is not y.node

    def test_bodies_capture_what_does_not_depend_on_them(self):
        x, formal = placeholder((2,)), placeholder((2,))
        weight = Variable([1.0, 2.0])
        with symbolic_scope():
            outer = ops.exp(weight.value) * x
            result = formal * outer + 3.0
        found = captured([result], [formal])
        assert [tensor.node for tensor in found] == [outer.node]
        body = Body([formal, *found], [result])
        exact = body.with_specs([Spec((2,), "float32")] * 2)
        assert body.with_specs([Spec((2,), "float32")] * 2) is exact


class TestVariables:
    def test_reads_are_copies_and_storage_stays(self):
        v = Variable([1.0, 2.0])
        (storage,) = v.storage.values()
        first, read = v.numpy(), v.value
        v.assign([5.0, 6.0])
        assert (storage is next(iter(v.storage.values()))) and storage[0] == 5
        np.testing.assert_array_equal(first, [1, 2])
        np.testing.assert_array_equal(read.numpy(), [1, 2])

    def test_assign_checks_the_shape(self):
        with pytest.raises(ShapeError, match="expected"):
            Variable([1.0, 2.0]).assign([1.0])

    def test_initial_value_is_made_at_once_inside_a_trace(self):
        with Trace() as trace:
            v = Variable(lambda shape, dtype: ops.ones(shape, dtype), shape=(2,))
        assert trace.updates == [] and v.numpy().tolist() == [1, 1]

    def test_symbolic_assignment_needs_a_trace(self):
        with pytest.raises(TypeError, match="updates"):
            Variable([1.0]).assign(placeholder((1,)))

    def test_pickle_and_deepcopy(self):
        v = Variable([1.0, 2.0], name="v")
        for twin in (pickle.loads(pickle.dumps(v)), copy.deepcopy(v)):
            twin.assign_add([1.0, 1.0])
            assert twin.name == "v" and twin.numpy().tolist() == [2, 3]
        assert v.numpy().tolist() == [1, 2]

    def test_arithmetic(self):
        v = Variable([1.0, 2.0])
        np.testing.assert_array_equal(as_numpy(2.0 * v + v), [3, 6])


class TestEnvironment:
    def test_program_order(self):
        v = Variable(1.0)
        with Trace() as trace:
            before = v.value + 0.0
            v.assign(v.value * 10.0)
            v.assign_add(5.0)
            after = v.value
        function = Function([], [before, after], trace.updates)
        assert [float(r) for r in function()] == [1.0, 15.0]
        assert float(v) == 15.0
        assert [float(r) for r in function()] == [15.0, 155.0]

    def test_swap_reads_old_values(self):
        a, b = Variable([1.0]), Variable([2.0])
        with symbolic_scope():
            pairs = [(a, b.value), (b, a.value)]
        Function([], [], pairs)()
        assert (float(a), float(b)) == (2.0, 1.0)

    def test_given_entries(self):
        v = Variable(1.0)
        with symbolic_scope():
            entry = constant(7.0)
        with Trace({v: entry}) as trace:
            assert v.value.node is entry.node
        assert trace.updates == []


def test_broadcast_shapes():
    assert broadcast_shapes((None, 3), (1,)) == (None, 3)
    assert broadcast_shapes((None,), (1,)) == (None,)
    assert broadcast_shapes((None,), (4,)) == (4,)
    assert broadcast_shapes((2,), (3,)) is None
    assert broadcast_shapes((), (0,)) == (0,)


def test_a_keras_tensor_is_any_tensor_without_a_value():
    x = keras.KerasTensor((None, 3), dtype="int32", name="ids")
    assert (x.shape, x.dtype, x.name) == ((None, 3), "int32", "ids")
    for symbolic in (x, x + 1, keras.Input((2,))):
        assert isinstance(symbolic, keras.KerasTensor)
    for other in (keras.ops.ones(2), keras.Variable(1.0), np.ones(2), None):
        assert not isinstance(other, keras.KerasTensor)
    with pytest.raises(ValueError, match="parse"):
        keras.KerasTensor((2,), sparse=True)
