"""Fused groups: what becomes one node, and that values stay what they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasish.backend import ops
from kerasish.backend.devices import device, get_device, threads
from kerasish.backend.graph import (
    Tensor,
    Variable,
    constant,
    placeholder,
    symbolic_scope,
    topological,
)
from kerasish.backend.graph.fused import Output, Program, Step, result_dtype
from kerasish.backend.plan import Function
from kerasish.backend.plan.plan import Binding, Plan
from kerasish.backend.rewrite import passes
from kerasish.backend.rewrite.check import check_pass
from kerasish.backend.rewrite.fuse import fuse
from kerasish.backend.rewrite.grouping import MAXIMUM_STEPS

NUMPY = get_device("numpy")


def names(outputs: list[Tensor]) -> list[str]:
    return [node.op.name for node in topological(outputs) if node.inputs]


def fused(*outputs: Tensor) -> list[Tensor]:
    with symbolic_scope():
        result = fuse(list(outputs), NUMPY)
    check_pass("fuse", outputs, result)
    return result


def unfused(inputs: list, outputs: list, arrays: list, monkeypatch_class: type) -> list:
    with monkeypatch_class.context() as patch:
        patch.setattr(passes, "fuse", lambda outputs, device: outputs)
        return Function(inputs, outputs)(*arrays)


def both(inputs: list, outputs: list, arrays: list) -> list:
    """Compare a graph that is fused with the same one that is not."""
    plain = unfused(inputs, outputs, arrays, pytest.MonkeyPatch)
    function = Function(inputs, outputs)
    for results in (function(*arrays), function(*arrays)):
        for got, expected in zip(results, plain, strict=True):
            assert got.dtype == expected.dtype and got.shape == expected.shape
            if got.dtype.kind == "f":
                tolerance = 2e-5 if got.dtype == np.float32 else 1e-12
                np.testing.assert_allclose(got, expected, tolerance, tolerance)
            else:
                np.testing.assert_array_equal(got, expected)
    return plain


def test_a_chain_becomes_one_node():
    x, y = placeholder((2, 3)), placeholder((3,))
    (result,) = fused(ops.exp(x * y) + 1.0)
    assert names([result]) == ["fused"]
    program = result.node.attrs["program"]
    assert [step.function for step in program.steps] == ["multiply", "exp", "add"]


def test_equal_programs_are_one_object():
    step = Step("multiply", (("input", 0), ("literal", 2.0)), "float32")
    first = Program(["float32"], [step], [Output(0)])
    assert first is Program(("float32",), (step,), (Output(0),))
    other = Step("multiply", (("input", 0), ("literal", 2)), "float32")
    assert first is not Program(["float32"], [other], [Output(0)])


def test_common_steps_are_taken_once():
    x = placeholder((4,))
    (result,) = fused(ops.sigmoid(x) + ops.silu(x))
    functions = [step.function for step in result.node.attrs["program"].steps]
    assert functions.count("exp") == 1


def test_several_results_leave_a_group():
    x = placeholder((2, 3))
    y = ops.exp(x)
    results = fused(ops.matmul(ops.transpose(y), y), y * 2.0, ops.sum(y, axis=0))
    assert names(results).count("fused") == 1
    assert names(results).count("matmul") == 1
    assert "sum" not in names(results)


def test_a_path_outside_keeps_groups_apart():
    x = placeholder((3, 3))
    y = ops.exp(x)
    (result,) = fused(y * ops.matmul(y, y) + y)
    assert names([result]) == ["exp", "matmul", "fused"]


def test_late_nodes_move_to_their_users():
    x, w = placeholder((3, 3)), placeholder((3, 3))
    (result,) = fused(ops.square(w) - ops.matmul(x, x))
    assert names([result]) == ["matmul", "fused"]


def test_repeated_and_constant_tensors_become_parts_of_the_program():
    x, row = placeholder((2, 3)), placeholder((3,))
    wide = ops.broadcast_to(row, (2, 3))
    (result,) = fused(ops.where(x > 0.0, wide, ops.zeros_like(x)))
    assert names([result]) == ["fused"]
    assert [t.shape for t in result.node.inputs] == [(2, 3), (3,)]


def test_random_and_impure_nodes_stay_outside():
    x = placeholder((8,))
    state = constant(np.array([1, 2], "uint32"))
    (result,) = fused(ops.stateless_dropout(x * 2.0 + 1.0, state, 0.5) * 3.0)
    assert names([result]) == ["fused", "dropout", "multiply"]


def test_reductions_over_other_axes_stay_outside():
    x = placeholder((2, 3, 4))
    y = ops.exp(x) + 1.0
    results = fused(ops.sum(y, axis=0), ops.sum(y, axis=-1), ops.sum(y, axis=1))
    assert sorted(names(results)) == ["fused", "sum", "sum"]


def test_programs_are_bounded():
    x = placeholder((4,))
    y = x
    for _ in range(3 * MAXIMUM_STEPS):
        y = ops.sin(y) * 0.5 + 0.1
    results = fused(y)
    sizes = [
        len(node.attrs["program"].steps)
        for node in topological(results)
        if node.op.name == "fused"
    ]
    assert max(sizes) <= MAXIMUM_STEPS and len(sizes) >= 9
    both([x], [y], [np.ones(4, "float32")])


def test_data_types_of_results():
    assert result_dtype("greater", ((False, "float32"), (True, float))) == "bool"
    assert result_dtype("true_divide", ((False, "int32"), (True, int))) == "float64"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions_of_many_blocks(name, axis, dtype):
    x, row = placeholder((70, 30, 40), dtype), placeholder((40,), dtype)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=t.shape).astype(dtype) for t in (x, row)]
    y = ops.tanh(x) * row
    both([x, row], [getattr(ops, name)(y, axis=axis), y], arrays)
    both([x, row], [getattr(ops, name)(y, axis=axis, keepdims=True)], arrays)


def test_selection_keeps_all_bits():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300,)).astype("float32")
    values[::5], values[1::7], values[2::9] = np.nan, np.inf, -0.0
    x, y = placeholder((300,)), placeholder((300,))
    zeros = ops.zeros_like(x)
    chosen = ops.where(x > 0.0, y, zeros), ops.where(x > 0.0, y * 1.0, x - 0.5)
    arrays = [values, values[::-1].copy()]
    plain = both([x, y], list(chosen), arrays)
    got = Function([x, y], list(chosen))(*arrays)
    for one, other in zip(got, plain, strict=True):
        np.testing.assert_array_equal(np.signbit(one), np.signbit(other))


def test_updates_in_place():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(300, 100)).astype("float32")
    weight, moment = Variable(start), Variable(np.zeros_like(start))
    g = placeholder(start.shape)
    new = 0.9 * moment.leaf + g
    updates = [(moment, new), (weight, weight.leaf - 0.1 * (new + 0.5 * weight.leaf))]
    step = Function([g], [ops.sum(new)], updates)
    expected_w, expected_m = start.copy(), np.zeros_like(start)
    for _ in range(3):
        gradient = rng.normal(size=start.shape).astype("float32")
        step(gradient)
        expected_m = 0.9 * expected_m + gradient
        expected_w = expected_w - 0.1 * (expected_m + 0.5 * expected_w)
    np.testing.assert_allclose(weight.numpy(), expected_w, 1e-5, 1e-5)
    np.testing.assert_allclose(moment.numpy(), expected_m, 1e-5, 1e-5)


def test_updates_that_swap_variables():
    a, b = Variable(np.arange(4.0)), Variable(np.ones(4))
    step = Function([], [], [(a, b.leaf * 2.0 + 1.0), (b, a.leaf * 3.0 - 1.0)])
    step()
    np.testing.assert_array_equal(a.numpy(), np.full(4, 3.0))
    np.testing.assert_array_equal(b.numpy(), np.arange(4.0) * 3.0 - 1.0)


def plan_of(step: Function, *arrays: np.ndarray) -> Plan:
    step(*arrays)
    (plan,) = step._plans.values()
    return plan


def test_new_values_go_straight_into_storage():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(70, 300)).astype("float32")
    weight, moment = Variable(start), Variable(np.zeros_like(start))
    g = placeholder(start.shape)
    new = 0.9 * moment.leaf + g
    step = Function([g], [], [(moment, new), (weight, weight.leaf - 0.1 * new)])
    plan = plan_of(step, np.ones_like(start))
    assert len(plan.last) == 1 and not plan.copies and len(plan.nodes) == 3
    np.testing.assert_allclose(moment.numpy(), 1.0)
    np.testing.assert_allclose(weight.numpy(), start - 0.1, 1e-5, 1e-6)


def test_readers_of_variables_come_before_their_writers():
    a, b = Variable(np.arange(4.0)), Variable(np.ones((2, 4)))
    new_a = ops.exp(a.leaf * 0.0) + 1.0
    step = Function([], [], [(a, new_a), (b, b.leaf * 2.0 + a.leaf)])
    assert len(plan_of(step).last) == 2
    np.testing.assert_array_equal(a.numpy(), np.full(4, 2.0))
    np.testing.assert_array_equal(b.numpy(), [2.0 + np.arange(4.0)] * 2)


def test_views_of_what_is_written_are_not_read_in_place():
    start = np.arange(9.0).reshape(3, 3)
    a = Variable(start)
    step = Function([], [], [(a, a.leaf * 2.0 + ops.transpose(a.leaf))])
    assert not plan_of(step).last
    np.testing.assert_array_equal(a.numpy(), start * 2 + start.T)


def test_new_values_that_are_results_too_are_copied():
    a = Variable(np.arange(3.0))
    new = a.leaf * 2.0 + 1.0
    step = Function([], [new], [(a, new)])
    assert not plan_of(step).last
    np.testing.assert_array_equal(step()[0], a.numpy())


def test_nothing_is_written_after_an_error():
    a = Variable(np.ones(3))
    x = placeholder((3,))
    step = Function([x], [ops.log(x)], [(a, a.leaf * 2.0 + x)])
    step(np.ones(3, "float32"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Binding, "run", lambda self, arrays: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            step(np.ones(3, "float32"))
    np.testing.assert_array_equal(a.numpy(), np.full(3, 3.0))


UNARY = ("exp", "tanh", "square", "relu", "sigmoid", "abs", "negative", "sign")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum")
SHAPES = ((4, 3, 5), (3, 5), (5,), (1, 3, 1), (4, 1, 1), (1, 1, 1), (), (4, 1, 5))


@st.composite
def graphs(draw):
    """A random graph over placeholders, with values for them."""
    dtype = draw(st.sampled_from(["float32", "float64"]))
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=2, max_size=5))
    kinds = [draw(st.sampled_from([dtype, dtype, "int32", "bool"])) for _ in shapes]
    inputs = [placeholder(s, k) for s, k in zip(shapes, kinds)]
    pool = [ops.cast(x, dtype) for x in inputs]
    for _ in range(draw(st.integers(2, 12))):
        kind = draw(st.integers(0, 5))
        x, y, z = (pool[draw(st.integers(0, len(pool) - 1))] for _ in range(3))
        if kind == 0:
            new = getattr(ops, draw(st.sampled_from(UNARY)))(ops.clip(x, -3.0, 3.0))
        elif kind == 1:
            new = ops.where(ops.greater(x, 0.5), y, z)
        elif kind == 2 and x.ndim:
            axes = draw(st.sets(st.integers(0, x.ndim - 1), min_size=1))
            name = draw(st.sampled_from(["sum", "mean", "max"]))
            keep = draw(st.booleans())
            new = getattr(ops, name)(x, axis=tuple(axes), keepdims=keep)
            if new.ndim not in (0, x.ndim):
                new = ops.sum(new)
        elif kind == 3 and x.ndim > 1:
            new = ops.broadcast_to(ops.expand_dims(x[..., 0], -1), x.shape)
        else:
            new = getattr(ops, draw(st.sampled_from(BINARY)))(x, y) * 0.5
        pool.append(new)
    count = draw(st.integers(1, 4))
    return inputs, pool[-count:], draw(st.integers(0, 99))


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_random_graphs(graph):
    inputs, outputs, seed = graph
    rng = np.random.default_rng(seed)
    arrays = [(rng.normal(size=x.shape) * 2).astype(x.dtype) for x in inputs]
    both(inputs, outputs, arrays)


def test_empty_and_single_arrays():
    for shape in ((0, 3), (1, 1), (1,), ()):
        x = placeholder(shape)
        both([x], [ops.exp(x * 2.0) - 1.0], [np.full(shape, 0.5, "float32")])


def test_views_as_inputs():
    x = placeholder((6, 4))
    rng = np.random.default_rng(0)
    y = ops.transpose(x)[::-1, ::2]
    outputs = [ops.exp(y) * 2.0 + ops.flip(y, 0), ops.sum(ops.tanh(y), axis=0)]
    both([x], outputs, [rng.normal(size=(6, 4)).astype("float32")])


def test_the_same_bits_again():
    x = placeholder((333, 70))
    outputs = [ops.sum(ops.tanh(x) * 3.0, axis=0), ops.mean(ops.exp(x) + x)]
    array = np.random.default_rng(0).normal(size=(333, 70)).astype("float32")
    first = Function([x], outputs)(array)
    for _ in range(3):
        for a, b in zip(first, Function([x], outputs)(array), strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("shape", [(300_000,), (1000, 600)])
def test_large_programs_are_shared_by_threads(shape):
    x, y = placeholder(shape), placeholder(shape)
    outputs = [ops.where(x > y, ops.tanh(x), 1.0 / (1.0 + y)), x * y]
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.1, 1.0, shape).astype("float32") for _ in range(2)]
    before, found = threads.num_threads(), []
    try:
        for number in (1, 2, 3):
            threads.set_num_threads(number)
            with device("numpy"):
                both([x, y], outputs, arrays)
                found.append(Function([x, y], outputs)(*arrays))
    finally:
        threads.set_num_threads(before)
    for results in found[1:]:
        for a, b in zip(found[0], results, strict=True):
            assert a.tobytes() == b.tobytes()
