"""CUDA kernels for rows, moments, tables and recurrent steps."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import current_device, device
from kerasish.backend.devices.cupy import sorting
from kerasish.backend.devices.cupy.cuda import CudaFunction
from kerasish.backend.graph import as_tensor, get_op, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.devices.cuda_values import DTYPES, SECOND, agree
from tests.devices.fake_cupy import counts

pytestmark = pytest.mark.usefixtures("cupy_device")
RNG = np.random.default_rng(0)
FIRST = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers_in_any_order():
    RNG.bit_generator.state = FIRST


def normal(*shape):
    return RNG.standard_normal(shape)


def of_rows(shape, axes):
    """An array like one of `shape`, with size 1 along some axes."""
    return normal(*(1 if i in axes else n for i, n in enumerate(shape)))


# Short and long rows, side by side and with gaps, and as many threads as there are.
ROWS = [
    ((5, 3), (1,)),
    ((3, 40), (1,)),
    ((2, 700), (1,)),
    ((2, 3, 4, 5), (2, 3)),
    ((2, 7, 3), (1,)),
    ((4, 300), (0,)),
    ((1, 1), (1,)),
    ((0, 4), (1,)),
]
SOFTMAXES = [
    "softmax",
    "log_softmax",
    "softmax_gradient",
    "log_softmax_gradient",
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape, axes", ROWS, ids=str)
@pytest.mark.parametrize("name", SOFTMAXES)
def test_softmaxes(name, shape, axes, dtype):
    count = 2 if "gradient" in name else 1
    arrays = [normal(*shape) for _ in range(count)]
    agree(name, arrays, dtype, axis=axes)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_what_is_infinite(name):
    x = normal(4, 40)
    x[0] = -np.inf
    x[1, 3] = np.nan
    x[2, :30] = -np.inf
    agree(name, [x], second=False, wanted=[0], axis=(1,))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape, axis", [(s, a[0]) for s, a in ROWS if len(a) == 1])
def test_crossentropies(shape, axis, dtype):
    target = RNG.uniform(size=shape)
    target /= target.sum(axis, keepdims=True)
    agree("softmax_crossentropy", [target, 3 * normal(*shape)], dtype, axis=axis)
    labels = RNG.integers(-1, shape[axis] + 1, target.sum(axis).shape)
    for kind in ("uint8", "int32", "int64"):
        arrays = [labels.astype(kind), 3 * normal(*shape)]
        agree("sparse_softmax_crossentropy", arrays, dtype, axis=axis)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape, axes",
    [((5, 3), (1,)), ((3, 40), (1,)), ((2, 3, 20, 30), (2, 3)), ((2, 1), (1,))],
)
def test_standardising(shape, axes, dtype):
    options = {"axes": axes, "epsilon": 0.1}
    agree("standardize", [normal(*shape) + 1], dtype, **options)
    variance = np.abs(of_rows(shape, axes))
    arrays = [normal(*shape), normal(*shape), variance]
    agree("standardize_gradient", arrays, dtype, tolerance=SECOND, **options)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 3), (400, 40), (2, 7, 9, 33), (1, 1)])
def test_sums_over_a_batch(shape, dtype):
    axes = tuple(range(len(shape) - 1))
    agree("batch_moments", [normal(*shape) + 3], dtype, axes=axes)
    arrays = [normal(*shape), normal(*shape), of_rows(shape, axes)]
    agree("batch_sums", arrays, dtype, axes=axes)


def test_variance_far_from_zero_and_of_no_number():
    x = (normal(1000, 3) + 3000).astype("float32")
    x[500, 1] = np.nan
    mean, variance = get_op("batch_moments")(as_tensor(x), axes=(0,))
    exact = x.astype("float64")
    np.testing.assert_allclose(mean.numpy()[0], exact.mean(0), rtol=1e-7)
    np.testing.assert_allclose(variance.numpy()[0], exact.var(0), rtol=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", ["int32", "int64"])
def test_rows_of_tables(dtype, index):
    indices = RNG.integers(-9, 9, (4, 3)).astype(index)
    agree("take", [normal(9, 5), indices], dtype, axis=0)
    agree("take", [normal(2, 9, 2), indices], dtype, axis=1)
    agree("gather", [normal(2, 9), indices], dtype, axes=(1,))
    agree("gather", [normal(9, 2), indices], dtype, axes=(0,))
    agree("take", [normal(1, 1), indices[:1, :1] * 0], dtype, axis=0)


@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_at_rows(dtype, deterministic, monkeypatch):
    monkeypatch.setattr(
        "kerasish.backend.devices.cupy.embedding.is_determinism_enabled",
        lambda: deterministic,
    )
    for size, count in ((7, 200), (300, 700), (70000, 300), (1, 5), (3, 64)):
        indices = RNG.integers(-size, size, count).astype("int32")
        arrays = [normal(count, 3), normal(size, 3), indices]
        agree("take_adjoint", arrays, dtype, wanted=[0], axis=0)
    agree("gather_adjoint", arrays, dtype, wanted=[0], axes=(0,))


def test_sums_of_rows_have_one_order():
    """Sorted rows are summed in pieces of 32, and the pieces of a run one by one."""
    g = (normal(3000, 2) * 10.0 ** RNG.integers(-3, 4, (3000, 1))).astype("float32")
    indices = np.minimum(RNG.integers(0, 40, 3000), 9)
    like = np.zeros((10, 2), "float32")
    keras.config.enable_determinism()
    try:
        tensors = [as_tensor(x) for x in (g, like, indices)]
        found = get_op("take_adjoint")(*tensors, axis=0).numpy()
    finally:
        keras.config.disable_determinism()
    order = np.argsort(indices, kind="stable")
    for begin in range(0, 3000, 32):
        piece = order[begin : begin + 32]
        sums = np.zeros_like(like)
        for k in piece:
            sums[indices[k]] += g[k]
        for row in np.unique(indices[piece]):
            like[row] += sums[row]
    np.testing.assert_array_equal(found, like)


def test_numbers_outside_a_table():
    table, indices = as_tensor(normal(3, 2).astype("float32")), as_tensor([0, 3, -4])
    found = get_op("take")(table, indices, axis=0).numpy()
    assert np.isnan(found).all(1).tolist() == [False, True, True]
    ones = as_tensor(np.ones((3, 2), "float32"))
    found = get_op("take_adjoint")(ones, table, indices, axis=0).numpy()
    assert found.tolist() == [[1, 1], [0, 0], [0, 0]]


@pytest.mark.parametrize("size, count", [(3, 1), (40, 1000), (100000, 900)])
def test_sorting_is_stable(size, count):
    xp = current_device().xp
    indices = RNG.integers(0, size, count)
    memory = xp.zeros((sorting.words(count),), "int32")
    rows, order, calls = sorting.sorted_rows(xp, xp.asarray(indices), size, memory)
    for call in calls:
        call()
    expected = np.argsort(indices, kind="stable")
    np.testing.assert_array_equal(order.get(), expected)
    np.testing.assert_array_equal(rows.get(), indices[expected])


CELLS = {
    "lstm_steps": (2, 4, ()),
    "gru_steps": (1, 3, (2,)),
    "simple_rnn_steps": (1, 1, ()),
}
GATES = ["sigmoid", "hard_sigmoid", "hard_sigmoid_keras2", "linear"]


@pytest.mark.parametrize("sizes", [(4, 3, 5), (1, 1, 1), (3, 20, 40)], ids=str)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_steps(cell, dtype, masked, sizes):
    run_cell(cell, dtype, masked, sizes, "tanh", "sigmoid")


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_activations_of_recurrent_steps(cell, activation, gate):
    run_cell(cell, "float64", True, (3, 2, 3), activation, gate)


def run_cell(cell, dtype, masked, sizes, activation, gate):
    states, parts, biases = CELLS[cell]
    steps, rows, units = sizes
    arrays = [
        normal(steps, rows, parts * units) / 2,
        *(normal(rows, units) / 2 for _ in range(states)),
        normal(units, parts * units) / (2 * units),
        normal(*biases, parts * units) / 4,
    ]
    if masked:
        arrays.append(RNG.random((steps, rows, 1)) < 0.6)
    names = {"activation": activation, "gate_activation": gate}
    if cell == "simple_rnn_steps":
        del names["gate_activation"]
    agree(cell, arrays, dtype, **names)


def test_plans_follow_the_switch_for_repeatable_runs(monkeypatch):
    names, bind = [], CudaFunction.bind

    def noted(self, *args, **options):
        names.append(self.name)
        return bind(self, *args, **options)

    monkeypatch.setattr(CudaFunction, "bind", noted)
    g, indices = placeholder((4, 2), "float32"), placeholder((4,), "int32")
    with symbolic_scope():
        like = as_tensor(np.zeros((3, 2), "float32"))
        found = get_op("take_adjoint")(g, like, indices, axis=0)
    function = Function([g, indices], [found])
    arrays = np.ones((4, 2), "float32"), np.int32([0, 1, 1, -1])

    def sum_rows():
        names.clear()
        (result,) = function(*arrays)
        assert result.tolist() == [[1, 1], [2, 2], [1, 1]]
        return names

    assert sum_rows() == ["add_rows"]
    keras.config.enable_determinism()
    try:
        assert sum_rows()[-1] == "join_pieces_of_rows"
    finally:
        keras.config.disable_determinism()
    assert sum_rows() == ["add_rows"]


def test_loops_on_bound_arrays():
    xs, w = placeholder((5, 3, 4), "float32"), placeholder((4, 4), "float32")

    def step(h, x):
        h = ops.tanh(ops.matmul(h, w) + x)
        return h, (h, h * 2.0)

    with symbolic_scope():
        last, stacked = ops.scan(step, ops.zeros((3, 4)), xs, reverse=True)
        outputs = [last, *stacked]
        outputs += gradients([ops.sum(stacked[0] * last)], [xs, w])
    arrays = [normal(5, 3, 4).astype("float32"), normal(4, 4).astype("float32")]
    with device("numpy"):
        expected = Function([xs, w], outputs)(*arrays)
    function = Function([xs, w], outputs)
    function(*arrays)
    for _ in range(2):
        counts.clear()
        found = function(*arrays)
        for got, wish in zip(found, expected, strict=True):
            np.testing.assert_allclose(got, wish, rtol=1e-5, atol=1e-5)
    assert not counts["allocations"] and not counts["synchronisations"]
