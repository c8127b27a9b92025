"""Random draws: words, distributions, states that advance, masks that stay."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from kerasish.backend import ops, random
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import device, get_device
from kerasish.backend.graph import (
    OPS,
    Trace,
    as_tensor,
    learning_phase,
    placeholder,
    symbolic_scope,
)
from kerasish.backend.ops.dropout import stateless_dropout
from kerasish.backend.ops.philox import philox, random_bits
from kerasish.backend.ops.unit_draws import within_two
from kerasish.backend.plan import Function, function, value_and_grad
from kerasish.backend.seed_generator import draw_seed, set_global_seed
from kerasish.errors import ShapeError


@pytest.mark.parametrize("state", [(0, 0), (7, 1), (2**32 - 1, 2**32 - 1)])
@pytest.mark.parametrize("count", [0, 1, 4, 103])
def test_words_equal_those_of_numpy(state, count):
    key = np.array(state, "uint32")
    expected = np.random.Philox(key=key.astype("uint64")).random_raw(count)
    np.testing.assert_array_equal(philox(np, key, count), expected)


@pytest.mark.parametrize("name", ["random_bits", "random_bits_like"])
def test_device_kernel_equals_the_common_one(name):
    op, state = OPS[name], np.array([3, 9], "uint32")
    like, attrs = (), {"shape": (5, 3)}
    if name == "random_bits_like":
        like, attrs = (np.zeros((4, 3)),), {"broadcast": (0,), "words": 2}
    own = get_device("numpy").kernel(op, (), attrs)
    assert own is not op.kernel
    np.testing.assert_array_equal(
        own(np, state, *like, **attrs), op.kernel(np, state, *like, **attrs)
    )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_uniform_fills_the_unit_interval(dtype):
    x = random.uniform((20000,), dtype=dtype, seed=1).numpy()
    assert x.dtype == dtype and x.min() >= 0 and x.max() < 1
    assert abs(x.astype("float64").mean() - 0.5) < 0.01
    assert abs(x.astype("float64").var() - 1 / 12) < 0.002


def test_uniform_takes_the_top_bits_of_each_word():
    raw = np.random.Philox(key=np.array([4, 0], "uint64")).random_raw(3)
    words = raw.view("uint32")
    single = (words >> np.uint32(8)).astype("float32") * np.float32(2.0**-24)
    np.testing.assert_array_equal(random.uniform((6,), seed=4).numpy(), single)
    double = (raw >> np.uint64(11)) * 2.0**-53
    draw = random.uniform((3,), dtype="float64", seed=4)
    np.testing.assert_array_equal(draw.numpy(), double)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_has_the_moments_of_a_normal(dtype):
    x = random.normal((50000,), 1.0, 2.0, dtype=dtype, seed=2).numpy()
    z = (x.astype("float64") - 1) / 2
    for power, expected in ((1, 0), (2, 1), (3, 0), (4, 3)):
        assert abs((z**power).mean() - expected) < 0.1
    assert 3.5 < np.abs(z).max() < 6.7


def test_truncated_normal_is_a_normal_within_two_deviations():
    x = random.truncated_normal((50000,), stddev=0.5, seed=3).numpy() / 0.5
    assert np.abs(x).max() <= 2.0001
    # The variance of a normal that is cut at two standard deviations.
    assert abs(x.var() - 0.7737) < 0.01 and abs(x.mean()) < 0.02


@pytest.mark.parametrize("shape", [(), (0,), (3, 5), (70_001,)])
def test_truncated_normal_is_the_same_at_once_and_by_its_definition(shape):
    with device("numpy"):
        bits = random_bits(np.array([1, 2], "uint32"), shape)
        at_once, defined = within_two(bits), within_two.definition(bits)
    np.testing.assert_array_equal(at_once.numpy(), defined.numpy())


def test_randint_is_uniform_over_its_range():
    x = random.randint((6000,), -2, 4, seed=1).numpy()
    assert x.dtype == "int32"
    values, counts = np.unique(x, return_counts=True)
    assert values.tolist() == list(range(-2, 4)) and counts.min() > 850
    wide = random.randint((100,), 0, 2**40, dtype="int64", seed=1).numpy()
    assert wide.max() > 2**38 and wide.min() >= 0


def test_other_distributions_have_their_means():
    shape = (8000,)
    assert abs(random.bernoulli(shape, 0.3, seed=1).numpy().mean() - 0.3) < 0.02
    assert abs(random.binomial(shape, 6, 0.25, seed=1).numpy().mean() - 1.5) < 0.05
    for alpha in (0.4, 1.0, 5.0):
        x = random.gamma(shape, alpha, seed=2).numpy()
        assert x.min() >= 0
        assert abs(x.mean() - alpha) < 0.1 and abs(x.var() - alpha) < 0.4
    x = random.beta(shape, 2.0, 6.0, seed=3).numpy()
    assert abs(x.mean() - 0.25) < 0.01 and 0 < x.min() and x.max() < 1


def test_gradients_reach_the_parameters_of_gamma_and_beta():
    # The mean of a draw is alpha, or a / (a + b), so that gradients have known means.
    count = 4000

    @value_and_grad
    def gamma_mean(alpha):
        return ops.mean(random.gamma((count,), alpha, seed=4))

    for alpha in (0.3, 2.0, 30.0):
        _, slope = gamma_mean(np.float32(alpha))
        assert abs(float(slope) - 1.0) < 0.1

    def beta_mean(a, b):
        return ops.mean(random.beta((count,), a, b, seed=4))

    _, slopes = value_and_grad(beta_mean, argnums=(0, 1))(np.float32(2), np.float32(3))
    np.testing.assert_allclose(
        [float(slope) for slope in slopes], [3 / 25, -2 / 25], atol=0.01
    )


def test_binomial_takes_a_count_for_each_element():
    x = random.binomial((2, 3), [0, 2, 9], [[1.0], [0.0]], seed=1).numpy()
    assert x.tolist() == [[0, 2, 9], [0, 0, 0]]


def test_categorical_draws_by_probability():
    logits = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 1e-9]], "float32"))
    x = random.categorical(logits, 4000, seed=1).numpy()
    assert x.shape == (2, 4000) and x.dtype == "int32"
    assert np.abs(np.bincount(x[0], minlength=3) / 4000 - [0.1, 0.2, 0.7]).max() < 0.03
    assert x[1].max() == 1


def test_shuffle_permutes_whole_entries():
    x = np.arange(12).reshape(2, 6)
    columns = random.shuffle(x, axis=1, seed=1).numpy()
    assert (columns[0] + 6 == columns[1]).all()
    order = columns[0].tolist()
    assert sorted(order) == list(range(6)) and order != list(range(6))


def test_generator_advances_eagerly_and_in_traces():
    seed = random.SeedGenerator(5)
    draw = function(lambda: random.uniform((4,), seed=seed))
    values = [draw().numpy(), random.uniform((4,), seed=seed).numpy(), draw().numpy()]
    assert seed.state.numpy().tolist() == [5, 3]
    again = random.SeedGenerator(5)
    for value in values:
        expected = random.uniform((4,), seed=again).numpy()
        np.testing.assert_array_equal(value, expected)
    assert len({value.tobytes() for value in values}) == 3


def test_a_copy_of_a_generator_goes_on_in_the_same_way():
    seed = random.SeedGenerator(5)
    seed.next()
    copy = pickle.loads(pickle.dumps(seed))
    assert copy.next().numpy().tolist() == seed.next().numpy().tolist() == [5, 1]
    assert random.SeedGenerator.from_config(seed.get_config()).initial_seed == 5


def test_integer_seeds_repeat_and_the_global_one_follows_its_seed():
    first = random.normal((3,), seed=9).numpy()
    np.testing.assert_array_equal(first, random.normal((3,), seed=9).numpy())
    draw = function(lambda: random.uniform((3,)))
    set_global_seed(1)
    one, two = draw().numpy(), random.uniform((3,)).numpy()
    assert (one != two).any()
    set_global_seed(1)
    np.testing.assert_array_equal(one, draw().numpy())


def test_a_graph_outside_a_trace_draws_anew_at_each_place_and_run():
    x, seed = placeholder((None, 8)), random.SeedGenerator(1)
    with symbolic_scope():
        outputs = [random.uniform((8,), seed=seed) + x for _ in range(2)]
    run = Function([x], outputs)
    draws = [*run(np.zeros((1, 8))), *run(np.zeros((1, 8)))]
    assert len({draw.tobytes() for draw in draws}) == 4


def test_noise_of_the_learning_phase():
    x, seed = placeholder((None, 8)), random.SeedGenerator(1)
    with symbolic_scope():
        y = ops.in_train_phase(lambda: random.dropout(x, 0.5, seed=seed), x)
    run = Function([x, learning_phase()], [y])
    ones = np.ones((2, 8), "float32")
    np.testing.assert_array_equal(run(ones, 0)[0], ones)
    assert (run(ones, 1)[0] != run(ones, 1)[0]).any()


def test_draws_of_loop_steps_differ():
    seed = random.SeedGenerator(1)

    @function
    def draws(x):
        return ops.map(lambda v: random.uniform((4,), seed=seed) + v, x)

    first, second = draws(np.zeros(3)).numpy(), draws(np.zeros(3)).numpy()
    assert len({row.tobytes() for row in (*first, *second)}) == 6
    assert seed.state.numpy()[1] == 6


def test_shapes_may_hold_symbolic_sizes():
    with Trace() as trace:
        x = placeholder((None, 5))
        outputs = [
            draw((ops.shape(x)[0], 3), seed=1, dtype=dtype)
            for draw in (random.normal, random.uniform)
            for dtype in ("float32", "float64")
        ]
    assert outputs[0].shape == (None, 3)
    for size in (2, 4):
        results = Function([x], outputs, trace.updates)(np.zeros((size, 5)))
        expected = random.normal((size, 3), seed=1).numpy()
        np.testing.assert_array_equal(results[0], expected)
        assert {result.shape for result in results} == {(size, 3)}


def test_dropout_keeps_its_mask_for_the_gradient():
    seed = random.SeedGenerator(4)
    x = np.linspace(1, 2, 1000, dtype="float32")
    step = value_and_grad(lambda x: ops.sum(random.dropout(x, 0.25, seed=seed) * x))
    value, slope = step(x)
    kept = slope.numpy() != 0
    np.testing.assert_allclose(slope.numpy()[kept], 2 * x[kept] / 0.75, rtol=1e-5)
    assert abs(kept.mean() - 0.75) < 0.05
    assert abs(float(value) - (x[kept] ** 2 / 0.75).sum()) < 0.1
    assert (step(x)[1].numpy() != slope.numpy()).any()


def test_dropout_shares_masks_along_noise_axes():
    x = np.ones((2, 5, 6), "float32")
    y = random.dropout(x, 0.5, noise_shape=(None, 1, 6), seed=3).numpy()
    assert (y == y[:, :1]).all() and set(np.unique(y)) == {0.0, 2.0}
    whole = stateless_dropout(x, [1, 2], 0.0)
    np.testing.assert_array_equal(whole.numpy(), x)
    assert (random.dropout(x, 1.0, seed=1).numpy() == 0).all()


def test_dropout_by_a_shape_that_a_run_tells():
    x = placeholder((None, None, 4))
    rows, _, width = ops.shape(x)
    whole = random.dropout(x, 0.5, ops.shape(x), seed=3)
    shared = random.dropout(x, 0.5, (rows, 1, width), seed=3)
    whole, shared = Function([x], [whole, shared])(np.ones((3, 5, 4), "float32"))
    assert (shared == shared[:, :1]).all() and not (whole == whole[:, :1]).all()


def test_gradients_do_not_flow_into_the_state():
    with symbolic_scope():
        state = placeholder((2,), "uint32")
        x = placeholder((3,))
        y = stateless_dropout(x, state, 0.5)
    assert gradients(y, [state]) == [None]


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: random.SeedGenerator("a"), ValueError),
        (lambda: random.SeedGenerator(1, sed=2), TypeError),
        (lambda: draw_seed(1.5), ValueError),
        (lambda: random.uniform((2,), dtype="int32"), ValueError),
        (lambda: random.randint((2,), 0, 3, dtype="float32"), ValueError),
        (lambda: random.dropout([1.0], 1.5), ValueError),
        (lambda: random.dropout([1.0, 2.0], 0.5, noise_shape=(3,)), ShapeError),
    ],
)
def test_errors(call, error):
    with pytest.raises(error):
        call()


def test_a_tensor_serves_as_a_state():
    state = as_tensor(np.array([5, 0], "uint32"))
    np.testing.assert_array_equal(
        random.uniform((3,), seed=state).numpy(), random.uniform((3,), seed=5).numpy()
    )
