"""Compiled loops: the values of NumPy, a cache on disk, and how they fall back."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import device, get_device
from kerasish.backend.devices.cpu import loops, loops_engine
from kerasish.backend.devices.cpu.loops_program import Layout, supported, write
from kerasish.backend.graph import (
    constant,
    get_op,
    placeholder,
    symbolic_scope,
    topological,
)
from kerasish.backend.graph.fused import Output, Program, Step
from kerasish.backend.plan import Function
from kerasish.backend.rewrite import passes
from tests.rewrite.test_fuse import graphs

pytestmark = pytest.mark.skipif(
    not loops.available(), reason=f"no compiler of loops: {loops.status()}"
)
SMOOTH = ("exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "silu", "sqrt")
EXACT = ("relu", "abs", "negative", "sign", "floor", "ceil", "trunc", "round", "square")


def on(name, inputs, outputs, arrays):
    with device(name):
        return Function(inputs, outputs)(*arrays)


def compare(inputs, outputs, arrays, tolerance=1e-6):
    expected = on("numpy", inputs, outputs, arrays)
    got = on("cpu", inputs, outputs, arrays)
    for one, other in zip(got, expected, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        if one.dtype.kind == "f":
            np.testing.assert_allclose(one, other, tolerance, tolerance)
        else:
            np.testing.assert_array_equal(one, other)


def compiled_nodes(outputs, inputs):
    formals = [placeholder(x.shape, x.dtype) for x in inputs]
    results = passes.optimise(inputs, outputs, formals, {}, get_device("cpu"))
    return [node for node in topological(results) if node.op.name == "fused"]


@pytest.mark.parametrize("name", SMOOTH + EXACT)
def test_functions_over_the_whole_range(name):
    x = placeholder((4000,))
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [
            rng.normal(size=2000),
            rng.normal(size=1000) * 50,
            np.exp(rng.uniform(-80, 80, 980)),
            [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 1e-45, 1e-38, 3e38],
            [88.0, 88.7, 89.0, -87.0, -103.0, -104.0, 0.625, -0.625, 0.5, 1.5],
        ]
    ).astype("float32")
    if name in ("log", "log1p", "sqrt"):
        values = np.abs(values)
    outputs = [getattr(ops, name)(x) * 1.0]
    assert len(compiled_nodes(outputs, [x])) == 1
    compare([x], outputs, [values], 1e-6 if name in SMOOTH else 0)


def test_logarithms_of_what_has_none():
    x = placeholder((3,))
    outputs = [ops.log(x) + 0.0, ops.sqrt(x) + 0.0]
    values = np.array([-1.0, 0.0, np.nan], "float32")
    for result in on("cpu", [x], outputs, [values]):
        assert np.isnan(result[[0, 2]]).all()


@settings(deadline=None, max_examples=40)
@given(graphs())
def test_random_graphs(graph):
    inputs, outputs, seed = graph
    rng = np.random.default_rng(seed)
    arrays = [(rng.normal(size=x.shape) * 2).astype(x.dtype) for x in inputs]
    compare(inputs, outputs, arrays, 3e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions_in_pieces(name, axis, dtype):
    x, row = placeholder((90, 30, 40), dtype), placeholder((40,), dtype)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=t.shape).astype(dtype) for t in (x, row)]
    y = ops.abs(x) * row
    reduce = getattr(ops, name)
    outputs = [reduce(y, axis=axis), y, reduce(y + 1.0, axis=axis, keepdims=True)]
    tolerance = 3e-5 if dtype == "float32" else 1e-11
    compare([x, row], outputs, arrays, tolerance)


def test_the_hyperbolic_tangent_ends_at_one():
    values = np.concatenate([np.linspace(-12, 12, 100_001), [np.nan, -0.0, 1e30]])
    values = values.astype("float32")
    x = placeholder(values.shape)
    (got,) = on("cpu", [x], [ops.tanh(x)], [values])
    expected = np.tanh(values.astype("float64"))
    units = np.abs(got - expected)[:-3] / np.spacing(np.abs(expected[:-3], dtype="f"))
    assert units.max() <= 6.0
    assert np.nanmax(np.abs(got)) == 1.0 and got[0] == -1.0
    assert np.isnan(got[-3]) and np.signbit(got[-2]) and got[-1] == 1.0


@pytest.mark.parametrize("index", ["int32", "int64"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bool"])
def test_rows_of_tables(dtype, index):
    table, places = placeholder((50, 3, 2), dtype), placeholder((4, 7), index)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=table.shape).astype(dtype)
    wanted = rng.integers(-50, 50, places.shape).astype(index)
    inputs, outputs = [table, places], [ops.take(table, places, axis=0)]
    assert np.array_equal(on("cpu", inputs, outputs, [rows, wanted])[0], rows[wanted])
    for outside in (50, -51):
        wanted[1, 2] = outside
        with pytest.raises(IndexError, match="got: indices from -?[0-9]+ to"):
            on("cpu", inputs, outputs, [rows, wanted])


@pytest.mark.parametrize("swapped", [False, True])
def test_gradients_of_rows_of_tables(swapped):
    g, table = placeholder((6, 9, 4)), placeholder((20, 4))
    places = placeholder((9, 6) if swapped else (6, 9), "int32")
    parts = ops.transpose(g, (1, 0, 2)) if swapped else g
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=t.shape).astype("float32") for t in (g, table)]
    arrays.append(rng.integers(-20, 20, places.shape).astype("int32"))
    total = get_op("take_adjoint")(parts, table, places, axis=0)
    compare([g, table, places], [total], arrays, 1e-5)


def test_bits_do_not_depend_on_threads():
    from kerasish.backend.devices import threads

    x = placeholder((500, 300))
    outputs = [ops.sum(ops.tanh(x), axis=0), ops.sum(ops.exp(x)), ops.exp(x) * 2.0]
    array = np.random.default_rng(0).normal(size=(500, 300)).astype("float32")
    before = threads.num_threads()
    results = []
    try:
        for number in (1, 2, 3):
            threads.set_num_threads(number)
            results.append(on("cpu", [x], outputs, [array]))
    finally:
        threads.set_num_threads(before)
    for other in results[1:]:
        for one, another in zip(results[0], other, strict=True):
            assert one.tobytes() == another.tobytes()


@pytest.mark.parametrize("dtype", ["int32", "int8", "uint8", "int64", "bool"])
def test_integers_and_bools(dtype):
    x, y = placeholder((7, 5), dtype), placeholder((5,), dtype)
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 100, t.shape).astype(dtype) for t in (x, y)]
    outputs = [
        ops.where(ops.greater(x, y), x, y),
        ops.cast(ops.cast(x, "float32") * 1.5, "int32"),
        ops.logical_and(ops.not_equal(x, y), ops.cast(x, "bool")),
        ops.bitwise_xor(x, y),
    ]
    if dtype != "bool":
        outputs += [ops.maximum(x, y) - ops.minimum(x, y), ops.abs(x * y)]
    compare([x, y], outputs, arrays)


def test_what_loops_do_not_offer_runs_on_numpy():
    x = placeholder((6,), "float64")
    compare([x], [ops.sin(ops.exp(x)) + 1.0], [np.arange(6.0)], 1e-12)
    step = Step("sin", (("input", 0),), "float32")
    assert not supported(Program(["float32"], [step], [Output(0)]))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000, 400_003])
def test_random_words_are_those_of_numpy(count):
    state = np.array([2**32 - 5, 77], "uint32")
    words = np.random.Philox(key=state.astype("uint64")).random_raw(count // 2 + 9)
    expected = words.view("uint32")[:count]
    key = placeholder((2,), "uint32")
    (planned,) = on("cpu", [key], [ops.random_bits(key, (count,))], [state])
    np.testing.assert_array_equal(planned, expected)
    with device("cpu"):
        np.testing.assert_array_equal(ops.random_bits(state, (count,)), expected)
        like = ops.random_bits_like(state, np.zeros((3, 5)), (0,), 2).numpy()
    np.testing.assert_array_equal(like.ravel(), words.view("uint32")[:10])


@pytest.mark.parametrize("axis", [0, 1, (1, 2), -1])
def test_softmax_as_loops(axis):
    x, y = placeholder((6, 5, 7)), placeholder((6, 5, 7))
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=x.shape).astype("float32") * 9 for _ in "xy"]
    arrays[0][0, 0] = -np.inf
    outputs = [ops.softmax(x, axis), ops.log_softmax(y, axis)]
    compare([x, y], outputs, arrays, 1e-5)
    assert len(compiled_nodes(outputs, [x, y])) >= 4


def test_crossentropy_and_its_gradient_as_loops():
    x, dense = placeholder((64, 10)), placeholder((64, 10))
    classes = placeholder((64,), "int32")
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(64, 10)).astype("float32") * 5]
    arrays.append(np.eye(10, dtype="float32")[rng.integers(0, 10, 64)])
    arrays.append(rng.integers(-1, 10, 64).astype("int32"))
    with symbolic_scope():
        losses = [
            ops.categorical_crossentropy(dense, x, from_logits=True),
            ops.sparse_categorical_crossentropy(classes, x, from_logits=True),
        ]
        outputs = losses + [gradients([ops.mean(y)], [x])[0] for y in losses]
    compare([x, dense, classes], outputs, arrays, 1e-5)


def test_single_reductions_are_loops_too():
    x = placeholder((300, 40))
    outputs = [ops.sum(x, axis=0), ops.max(x, axis=1), ops.mean(x)]
    assert len(compiled_nodes(outputs, [x])) == 3
    array = np.random.default_rng(0).normal(size=(300, 40)).astype("float32")
    compare([x], outputs, [array], 1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [(1,), (40,), (3, 5), ()])
def test_sums_at_rows(columns, dtype):
    table = placeholder((50, *columns), dtype)
    index = placeholder((6, 70), "int32")
    rng = np.random.default_rng(0)
    rows = rng.integers(-50, 50, (6, 70)).astype("int32")
    weights = rng.normal(size=(6, 70, *columns)).astype(dtype)
    with symbolic_scope():
        loss = ops.sum(ops.take(table, index, axis=0) * constant(weights))
        outputs = gradients([loss], [table])
    arrays = [rng.normal(size=table.shape).astype(dtype), rows]
    compare([table, index], outputs, arrays, 0)


def test_rows_outside_the_table():
    g, table = placeholder((4, 3)), placeholder((5, 3))
    index = placeholder((4,), "int32")
    output = get_op("take_adjoint")(g, table, index, axis=0)
    arrays = [np.ones((4, 3), "float32"), np.ones((5, 3), "float32")]
    with pytest.raises(IndexError, match="size 5"):
        on("cpu", [g, table, index], [output], [*arrays, np.array([0, 1, 2, 5], "i4")])


def test_source_names_no_sizes():
    step = Step("multiply", (("input", 0), ("literal", 3.0)), "float32")
    program = Program(["float32"], [step], [Output(0)])
    layout = Layout(2, 0, ("next", "next"))
    assert write(program, layout, "loop") == write(program, layout, "loop")
    before = len(loops_engine.engine()._addresses)
    for shape in ((8, 3), (128, 28), (5, 7)):
        x = placeholder(shape)
        on("cpu", [x], [x * 3.0 + 1.25], [np.ones(shape, "float32")])
    assert len(loops_engine.engine()._addresses) <= before + 1


SCRIPT = """
import numpy as np
from kerasish.backend import ops
from kerasish.backend.devices import device
from kerasish.backend.devices.cpu import loops, loops_engine
from kerasish.backend.graph import placeholder
from kerasish.backend.plan import Function
x = placeholder((100, 7))
with device("cpu"):
    result = Function([x], [ops.exp(x) * 3.0 - 1.0])(np.ones((100, 7), "float32"))
compiled = loops_engine.engine().compiled if loops.available() else -1
print(compiled, bool(np.allclose(result, 3 * np.e - 1)), loops.status())
"""


def run_script(**settings):
    environment = {**os.environ, **settings}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr
    compiled, right, status = done.stdout.split(maxsplit=2)
    assert right == "True"
    return int(compiled), status


def test_cache_survives_and_heals(tmp_path):
    folder = str(tmp_path / "cache")
    assert run_script(KERASISH_CACHE=folder)[0] > 0
    assert run_script(KERASISH_CACHE=folder)[0] == 0
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(file.read_bytes()[:100])
    assert run_script(KERASISH_CACHE=folder)[0] > 0
    assert run_script(KERASISH_CACHE=folder)[0] == 0
    assert run_script(KERASISH_CACHE="/proc/nowhere")[0] > 0


def test_switched_off():
    compiled, status = run_script(KERASISH_LOOPS="off")
    assert compiled == -1 and "KERASISH_LOOPS" in status


def _child(queue):
    x = placeholder((50,))
    queue.put(on("cpu", [x], [ops.exp(x) + 1.0], [np.zeros(50, "float32")])[0].sum())


def test_forked_children_work():
    x = placeholder((300, 300))
    on("cpu", [x], [ops.exp(x) + 1.0], [np.zeros((300, 300), "float32")])
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == 100.0
    child.join(60)
