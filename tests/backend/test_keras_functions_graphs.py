"""Functions, gradients, updates, phases and random draws in the way of Keras 2."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K
from kerasish.errors import GradientError, GraphError


@pytest.fixture(autouse=True)
def cleared():
    yield
    K.clear_session()


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


# Functions


def test_several_outputs_and_updates_that_see_old_values():
    x, a, b = K.placeholder((None, 2)), K.variable(1.0), K.variable(2.0)
    run = K.function([x], [K.sum(x), a + b], updates=[(a, b * 2.0), (b, a * 10.0)])
    total, both = run([np.ones((3, 2))])
    assert (float(total), float(both)) == (6.0, 3.0)
    assert (float(a), float(b)) == (4.0, 10.0)
    assert float(run([np.ones((1, 2))])[1]) == 14.0


def test_any_tensor_is_fed():
    x = K.placeholder((None,))
    inner = K.square(x)
    outer = inner + 1.0
    assert_close(K.function([inner], [outer])([[2.0, 3.0]])[0], [3.0, 4.0])
    assert_close(K.function([x], [outer])([[2.0, 3.0]])[0], [5.0, 10.0])


def test_single_output_and_structures_of_outputs():
    x = K.placeholder((2,))
    single = K.function([x], x * 2.0)([[1.0, 2.0]])
    assert isinstance(single, np.ndarray)
    named = K.function([x], {"b": x + 1.0, "a": [x, x * 3.0]})([[1.0, 2.0]])
    assert_close(named["b"], [2.0, 3.0])
    assert_close(named["a"][1], [3.0, 6.0])


def test_variables_are_inputs_and_outputs():
    w = K.variable([1.0, 2.0])
    run = K.function([], [w, K.sum(w)])
    assert_close(run([])[0], [1.0, 2.0])
    K.set_value(w, [5.0, 6.0])
    assert float(run([])[1]) == 11.0
    assert_close(K.function([w], [w * 2.0])([[3.0, 4.0]])[0], [6.0, 8.0])


def test_two_updates_of_one_variable_are_an_error():
    w = K.variable(1.0)
    with pytest.raises(GraphError, match="two updates"):
        K.function([], [], updates=[(w, w + 1.0), (w, w + 2.0)])


def test_one_input_needs_no_list():
    x = K.placeholder((None, 2))
    values = np.ones((3, 2), "float32")
    double = K.function([x], [x * 2])
    np.testing.assert_array_equal(double(values)[0], double([values])[0])


def test_wrong_calls():
    x = K.placeholder((2,))
    run = K.function([x], [x])
    with pytest.raises(TypeError, match="one list"):
        K.function([x, K.placeholder((2,))], [x])(np.float32(1.0))
    with pytest.raises(TypeError, match="1 inputs, got 2"):
        run([[1.0, 2.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="shape"):
        run([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="sessions"):
        K.function([x], [x], options=None)


def test_scipy_matrices_are_made_dense():
    scipy_sparse = pytest.importorskip("scipy.sparse")
    matrix = scipy_sparse.csr_matrix(np.eye(2))
    x = K.placeholder((None, 2))
    assert_close(K.function([x], [x * 2.0])([matrix])[0], 2 * np.eye(2))
    assert K.is_sparse(matrix) and not K.is_sparse(x)
    assert_close(K.get_value(K.variable(matrix)), np.eye(2))
    assert_close(K.to_dense(matrix).numpy(), np.eye(2))


# Variables outside of every scope


def test_gradients_of_a_loss_of_variables_alone():
    w = K.variable([1.0, 2.0])
    loss = K.sum(K.square(w))
    (gradient,) = K.gradients(loss, w)
    assert_close(K.eval(gradient), [2.0, 4.0])
    K.set_value(w, [5.0, 6.0])
    assert_close(K.eval(gradient), [10.0, 12.0])
    assert float(loss) == 61.0
    assert_close(np.asarray(loss), 61.0)


def test_gradient_descent_by_updates():
    w = K.variable([3.0, -2.0])
    loss = K.sum(K.square(w - 1.0))
    step = K.function([], [loss], [K.update_sub(w, 0.1 * K.gradients(loss, [w])[0])])
    losses = [float(step([])[0]) for _ in range(90)]
    assert losses[0] == 13.0
    assert_close(K.get_value(w), [1.0, 1.0])


def test_weights_of_layers_have_gradients():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    loss = K.sum(K.square(layer.kernel)) + K.sum(layer.bias)
    kernel, bias = K.gradients(loss, layer.trainable_weights)
    assert_close(K.eval(kernel), 2 * layer.kernel.numpy())
    assert_close(K.eval(bias), np.ones(2))


def test_variables_meet_symbolic_tensors():
    x, w = K.placeholder((2,)), keras.Variable([1.0, 2.0])
    run = K.function([x], [x * w, w - x])
    w.assign([10.0, 20.0])
    assert_close(run([[1.0, 1.0]]), [[10.0, 20.0], [9.0, 19.0]])


def test_second_gradients():
    w = K.variable([2.0])
    (first,) = K.gradients(K.pow(w, 3), w)
    (second,) = K.gradients(first, w)
    assert_close(K.eval(second), [12.0])


def test_unconnected_and_computed_losses():
    v, w = K.variable(1.0), K.variable(1.0)
    assert K.gradients(v * v, [v, w])[1] is None
    with pytest.raises(GradientError, match="is a value"):
        K.gradients(keras.ops.ones(()), [w])


def test_a_placeholder_has_no_value():
    with pytest.raises(TypeError, match="no value"):
        K.eval(K.placeholder((2,)) + 1.0)


# Reading, writing, updates


def test_reading_and_writing():
    a, b = K.zeros((2,)), K.ones((2,), dtype="int32", name="b")
    assert b.name == "b" and b.dtype == "int32"
    K.batch_set_value([(a, [1, 2]), (b, [3, 4])])
    assert [x.tolist() for x in K.batch_get_value([a, b])] == [[1.0, 2.0], [3, 4]]
    with pytest.raises(ValueError, match="does not fit"):
        K.set_value(a, [1.0])


@pytest.mark.parametrize(
    "make, expected",
    [
        (lambda w: K.update(w, w * 5.0), 10.0),
        (lambda w: K.update(w, 7), 7.0),
        (lambda w: K.update_add(w, 3), 5.0),
        (lambda w: K.update_sub(w, 3.0), -1.0),
        (lambda w: K.moving_average_update(w, 12.0, 0.9), 3.0),
    ],
)
def test_updates_run_when_asked_to(make, expected):
    w = K.variable(2.0)
    update = make(w)
    assert float(w) == 2.0
    assert_close(K.eval(update), expected)
    assert_close(K.get_value(w), expected)
    w.assign(2.0)
    K.function([], [], updates=[update])([])
    assert_close(K.get_value(w), expected)


def test_constraints_and_types():
    w = K.variable(np.eye(2), constraint=keras.constraints.NonNeg())
    assert isinstance(w.constraint, keras.constraints.NonNeg)
    assert w.dtype == "float32" and K.variable(1, dtype="float64").dtype == "float64"


# The learning phase


def test_the_learning_phase_is_an_input():
    x = keras.Input((3,))
    y = keras.layers.Dropout(0.5)(x)
    model = keras.Model(x, y)
    run = K.function([model.input, K.learning_phase()], [y])
    ones = np.ones((50, 3), "float32")
    assert_close(run([ones, 0])[0], ones)
    assert set(np.unique(run([ones, 1])[0])) == {0.0, 2.0}
    assert_close(K.function([model.input], [model.output])([ones])[0], ones)


def test_dropout_at_test_time_draws_anew():
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dropout(0.5)])
    run = K.function([model.input, K.learning_phase()], [model.output])
    ones = np.ones((1, 40), "float32")
    assert (run([ones, 1])[0] != run([ones, 1])[0]).any()


def test_phases_choose():
    x = K.placeholder((2,))
    y = K.in_train_phase(lambda: x * 2.0, x)
    run = K.function([x, K.learning_phase()], [y, K.in_test_phase(x, x + 1.0)])
    assert_close(run([[1.0, 1.0], 1]), [[2.0, 2.0], [2.0, 2.0]])
    assert_close(run([[1.0, 1.0], 0]), [[1.0, 1.0], [1.0, 1.0]])


def test_switch_on_the_phase():
    x = K.placeholder((2,))
    run = K.function([x, K.learning_phase()], [K.switch(K.learning_phase(), x, -x)])
    assert_close(run([[1.0, 2.0], 1])[0], [1.0, 2.0])
    assert_close(run([[1.0, 2.0], 0])[0], [-1.0, -2.0])


def test_a_phase_that_is_set():
    K.set_learning_phase(1)
    assert K.learning_phase() == 1
    assert K.in_train_phase("noisy", "plain") == "noisy"
    x = keras.Input((8,))
    run = K.function([x, K.learning_phase()], [keras.layers.Dropout(0.5)(x)])
    assert 0.0 in run([np.ones((20, 8)), 1])[0]
    with pytest.raises(ValueError, match="learning_phase_scope"):
        run([np.ones((20, 8)), 0])
    with K.learning_phase_scope(0):
        assert K.learning_phase() == 0
    assert K.learning_phase() == 1
    K.clear_session()
    assert not isinstance(K.learning_phase(), int)
    with pytest.raises(ValueError, match="0 or 1"):
        K.set_learning_phase(2)


def test_switch_between_values_that_exist_already():
    w = K.variable(1.0)
    chosen = K.switch(w > 0.0, K.constant(3.0), lambda: K.constant(4.0))
    assert float(chosen) == 3.0
    K.set_value(w, -1.0)
    assert float(chosen) == 4.0


def test_values_that_exist_are_assigned_in_a_trace():
    w, ready = K.variable(1.0), K.constant(7.0)

    @keras.function
    def step(x):
        w.assign(ready)
        return x * 2.0

    assert float(step(K.constant(1.0))) == 2.0
    assert float(w) == 7.0


# Random draws


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: K.random_normal((50,), 1.0, 2.0, seed=seed),
        lambda seed: K.random_uniform((50,), -1.0, 1.0, seed=seed),
        lambda seed: K.random_uniform((50,), 0, 100, "int32", seed=seed),
        lambda seed: K.truncated_normal((50,), seed=seed),
        lambda seed: K.random_binomial((50,), 0.5, seed=seed),
        lambda seed: K.random_bernoulli((50,), 0.5, seed=seed),
        lambda seed: K.dropout(K.ones((50,)), 0.5, seed=seed),
        lambda seed: K.dropout(K.ones((50,)), 0.5, noise_shape=(50,), seed=seed),
    ],
)
def test_draws_are_fresh_and_repeatable(make):
    for seed in (None, 3):
        run = K.function([], [make(seed)])
        assert (run([])[0] != run([])[0]).any()
    first, second = K.function([], [make(5)]), K.function([], [make(5)])
    for _ in range(2):
        assert_close(first([])[0], second([])[0])


def test_draws_differ_within_a_graph_and_have_symbolic_sizes():
    x = K.placeholder((None, 3))
    noise = K.random_normal(K.shape(x)), K.random_normal((K.shape(x)[0], 3))
    a, b = K.function([x], list(noise))([np.zeros((5, 3))])
    assert a.shape == b.shape == (5, 3)
    assert (a != b).all()


def test_distributions():
    normal = K.eval(K.random_normal((4000,), 2.0, 3.0))
    assert abs(normal.mean() - 2.0) < 0.3 and abs(normal.std() - 3.0) < 0.3
    uniform = K.eval(K.random_uniform((4000,), 2.0, 4.0))
    assert uniform.min() >= 2.0 and uniform.max() < 4.0
    assert abs(uniform.mean() - 3.0) < 0.1
    assert np.abs(K.eval(K.truncated_normal((4000,), 0.0, 2.0))).max() <= 4.0
    assert abs(K.eval(K.random_binomial((4000,), 0.3)).mean() - 0.3) < 0.05
    variable = K.random_uniform_variable((4000,), 1.0, 2.0, seed=1)
    assert 1.0 <= K.get_value(variable).min() and K.get_value(variable).max() < 2.0
    again = K.random_uniform_variable((4000,), 1.0, 2.0, seed=1)
    assert_close(K.get_value(again), K.get_value(variable))
    assert abs(K.get_value(K.random_normal_variable((4000,), 1.0, 2.0)).std() - 2) < 0.2


# Questions


def test_queries():
    x = keras.Input((3, 4))
    w = K.variable(np.zeros((2, 3)))
    made = K.placeholder(ndim=3)
    assert K.int_shape(x) == (None, 3, 4) and K.get_variable_shape(w) == (2, 3)
    assert K.ndim(made) == 3 and K.int_shape(made) == (None, None, None)
    assert K.count_params(w) == 6 and K.dtype(w) == "float32"
    assert K.is_tensor(w) and K.is_tensor(x) and not K.is_tensor(np.zeros(2))
    assert K.is_placeholder(made) and K.is_placeholder(x)
    assert not K.is_placeholder(x * 2.0)
    assert K.is_keras_tensor(x) and K.is_keras_tensor(keras.layers.Flatten()(x))
    assert not K.is_keras_tensor(made) and not K.is_keras_tensor(w)
    with pytest.raises(ValueError, match="tensor is expected"):
        K.is_keras_tensor(np.zeros(2))
    for arguments in ({}, {"shape": (2,), "sparse": True}):
        with pytest.raises(ValueError, match="placeholder"):
            K.placeholder(**arguments)
    assert K.identity(w, "copy").name == "copy"


def test_shapes_that_runs_decide():
    x = K.placeholder((None, None))
    outputs = [K.shape(x), K.reshape(x, (K.shape(x)[1], -1)), K.zeros((K.shape(x)[0],))]
    sizes, turned, zeros = K.function([x], outputs)([np.zeros((2, 3))])
    assert sizes.tolist() == [2, 3] and turned.shape == (3, 2) and zeros.shape == (2,)


@pytest.mark.parametrize(
    "start, size, expected",
    [([1], [2], [1, 2]), ([0], [-1], [0, 1, 2, 3]), ([2], [-1], [2, 3])],
)
def test_slices(start, size, expected):
    assert K.eval(K.slice(np.arange(4), start, size)).tolist() == expected
    x = K.placeholder((None,), dtype="int64")
    assert K.function([x], K.slice(x, start, size))([np.arange(4)]).tolist() == expected


@pytest.mark.parametrize(
    "options", [{}, {"dilation_rate": 2}, {"strides": 2, "padding": "same"}]
)
def test_separable_convolution_of_sequences_is_that_of_flat_images(options):
    generator = np.random.default_rng(0)
    x, depthwise = generator.random((2, 7, 3)), generator.random((3, 3, 2))
    pointwise = generator.random((1, 6, 4))
    flat = K.separable_conv1d(x, depthwise, pointwise, **options)
    if "strides" in options:
        # A step of two rows as well: there is but one.
        options = {**options, "strides": (2, 2)}
    else:
        options = {name: (1, value) for name, value in options.items()}
    images = K.separable_conv2d(x[:, None], depthwise[None], pointwise[None], **options)
    assert_close(flat.numpy(), images.numpy()[:, 0])


def test_stop_gradient():
    w = K.variable(3.0)
    (gradient,) = K.gradients(w * K.stop_gradient(w), w)
    assert float(gradient) == 3.0
    assert [float(x) for x in K.stop_gradient([w, w])] == [3.0, 3.0]


def test_printing(capsys):
    x = K.placeholder((None,))
    run = K.function([x], [K.print_tensor(x * 2.0, "twice")])
    assert capsys.readouterr().out == ""
    assert_close(run([[1.0, 2.0]])[0], [2.0, 4.0])
    assert capsys.readouterr().out == "twice [2. 4.]\n"
    run([np.arange(9.0)])
    assert capsys.readouterr().out == "twice [ 0.  2.  4. ... 12. 14. 16.]\n"


# Loops


def test_lengths_instead_of_masks():
    def step(x, states):
        total = states[0] + x
        return total, [total]

    x, start = np.ones((2, 4, 1), "float32"), np.zeros((2, 1), "float32")
    lengths = np.array([2, 4])
    last, outputs, states = K.rnn(step, x, [start], input_length=lengths)
    assert last.numpy().ravel().tolist() == [2.0, 4.0]
    assert outputs.numpy()[0].ravel().tolist() == [1.0, 2.0, 2.0, 2.0]
    assert states[0].numpy().ravel().tolist() == [2.0, 4.0]
    backwards = K.rnn(step, x, [start], True, input_length=lengths)
    assert backwards[0].numpy().ravel().tolist() == [2.0, 4.0]
    unchanged = K.rnn(step, x, [start], input_length=3)
    assert unchanged[0].numpy().ravel().tolist() == [4.0, 4.0]


def test_nested_inputs_states_and_outputs():
    def step(x, states):
        (a, b), counter = states
        new = a + x["left"], b + x["right"]
        return {"sum": new[0] + new[1]}, [new, counter + 1.0]

    x = {"left": np.ones((2, 3, 1)), "right": 2.0 * np.ones((2, 3, 1))}
    zero = np.zeros((2, 1))
    for unroll in (False, True):
        last, outputs, states = K.rnn(step, x, [(zero, zero), zero], unroll=unroll)
        assert last["sum"].numpy().tolist() == [[9.0], [9.0]]
        assert outputs["sum"].shape == (2, 3, 1)
        assert states[0][1].numpy().tolist() == [[6.0], [6.0]]
        assert states[1].numpy().tolist() == [[3.0], [3.0]]


def test_gradients_through_loops():
    w, x = K.variable([[0.5]]), K.placeholder((None, None, 1))

    def step(entry, states):
        new = K.dot(states[0], w) + entry
        return new, [new]

    last, _, _ = K.rnn(step, x, [K.zeros_like(x[:, 0])], mask=K.any(x > -9.0, axis=-1))
    (gradient,) = K.gradients(K.sum(last), w)
    run = K.function([x], [last, gradient])
    value, slope = run([np.ones((1, 3, 1))])
    assert_close(value, [[1.75]])
    assert_close(slope, [[2.0]])


def test_unrolling_needs_a_number_of_steps():
    x = K.placeholder((2, None, 1))
    with pytest.raises(ValueError, match="known number"):
        K.rnn(lambda x, states: (x, []), x, [], unroll=True)


def test_sparse_labels():
    found = K.ctc_label_dense_to_sparse(np.array([[1, 2], [3, 0]]), np.array([2, 1]))
    assert K.is_sparse(found)
    assert K.eval(K.to_dense(found)).tolist() == [[1, 2], [3, 0]]
    assert K.get_value(found).tolist() == [[1, 2], [3, 0]]


@pytest.mark.parametrize("shape", [(), (3,), (1, 3)])
def test_values_of_an_open_phase_keep_their_shapes(shape):
    x, other = K.placeholder((None, 3)), K.variable(np.ones(shape))
    chosen = K.in_train_phase(K.square(x), other)
    gradients = K.gradients(K.sum(x * chosen), [x, other])
    run = K.function([x, K.learning_phase()], [chosen, *gradients])
    given = np.arange(6.0, dtype="float32").reshape(2, 3)
    value, by_x, by_other = run([given, 1])
    np.testing.assert_array_equal(value, given**2)
    np.testing.assert_allclose(by_x, 3 * given**2)
    np.testing.assert_array_equal(by_other, np.zeros(shape))
    value, by_x, by_other = run([given, 0])
    assert value.ndim == 2 and (value == 1).all()
    np.testing.assert_array_equal(by_x, np.ones((2, 3)))
    np.testing.assert_array_equal(by_other, np.broadcast_to(by_other, shape))
    assert by_other.sum() == given.sum()
