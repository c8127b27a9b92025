"""How graphs are built: names, scopes, variables, collections, control flow."""

import numpy as np
import pytest

import kerasish.graph as tf
from kerasish.errors import ShapeError


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def test_names_find_tensors_and_operations(fresh_graph):
    w = tf.Variable([1.0], name="w")
    with tf.name_scope("loss"):
        difference = w - 1.0
    assert difference.name == "loss/sub:0"
    assert fresh_graph.get_tensor_by_name("w:0") is w
    assert fresh_graph.get_operation_by_name("loss/sub") is difference.op
    assert w.initializer.name == "w/Assign"
    with pytest.raises(KeyError, match="does not exist"):
        fresh_graph.get_tensor_by_name("v:0")
    with pytest.raises(ValueError, match="form"):
        fresh_graph.get_tensor_by_name("w")
    with pytest.raises(ValueError, match="valid scope name"):
        tf.constant(1.0, name="a b")
    with tf.name_scope("loss/"):
        assert tf.identity(w).name == "loss/Identity:0"


def test_static_shapes():
    x = tf.placeholder(tf.float32, [None, 3])
    assert x.get_shape().as_list() == [None, 3] and x.shape[1] == 3
    assert x.shape[0].value is None and x.get_shape()[1].value == 3
    assert int(x.shape[1]) * 2 == 6 and str(x.shape) == "(?, 3)"
    x.set_shape([5, None])
    assert x.shape == [5, 3] and x.shape.num_elements() == 15
    with pytest.raises(ValueError, match="not compatible"):
        x.set_shape([4, 3])
    unknown = tf.placeholder(tf.float32)
    unknown.set_shape([None, 2])
    assert tf.matmul(unknown, tf.zeros([2, 4])).shape.as_list() == [None, 4]
    loose = tf.py_func(lambda: np.ones((2, 2), "float32"), [], tf.float32)
    with pytest.raises(ValueError, match="as_list"):
        loose.shape.as_list()
    assert (
        repr(tf.TensorShape([None, 2]))
        == "TensorShape([Dimension(None), Dimension(2)])"
    )


def test_data_types():
    assert tf.constant(1).dtype == tf.int32 and tf.constant(1.0).dtype == tf.float32
    assert tf.constant(np.zeros(2)).dtype == tf.float64
    assert tf.as_dtype(np.int64) is not None and tf.float32.as_numpy_dtype is np.float32
    assert tf.float32.is_floating and tf.int32.max == 2**31 - 1
    with pytest.raises(TypeError, match="Input 'y' of 'add' Op has type int32"):
        tf.constant(1.0) + tf.constant(1)
    with pytest.raises(TypeError, match="Expected int32"):
        tf.constant(1) + 1.5
    assert run(tf.constant(1.0) + np.float64(2.0)).dtype == np.float32


def test_a_tensor_is_no_truth_value():
    x = tf.constant(1.0)
    with pytest.raises(TypeError, match="as a Python `bool`"):
        bool(x > 0)
    with pytest.raises(NotImplementedError, match="symbolic"):
        np.array(x)
    assert x == x and x != tf.constant(1.0)


def test_sharing_of_variables():
    def layer():
        return tf.get_variable("w", [2], initializer=tf.ones_initializer())

    with tf.variable_scope("a") as scope:
        w = layer()
        with pytest.raises(ValueError, match="Variable a/w already exists"):
            layer()
    with tf.variable_scope(scope, reuse=True):
        assert layer() is w
        with pytest.raises(ValueError, match="Variable a/v does not exist"):
            tf.get_variable("v", [2])
        with pytest.raises(ValueError, match="specified shape"):
            tf.get_variable("w", [3])
    with tf.variable_scope("b", reuse=tf.AUTO_REUSE):
        assert layer() is layer() and layer().name == "b/w:0"
    with tf.variable_scope("a"):
        tf.get_variable_scope().reuse_variables()
        assert layer() is w
    shared = tf.make_template("t", layer)
    assert shared() is shared() and shared().name == "t/w:0"


def test_defaults_of_scopes():
    with tf.variable_scope(
        "a", initializer=tf.constant_initializer(3.0),
        regularizer=tf.contrib.layers.l2_regularizer(0.5),
    ):  # fmt: skip
        w = tf.get_variable("w", [2])
        with tf.variable_scope("b"):
            v = tf.get_variable("v", [1], regularizer=tf.no_regularizer)
    (loss,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    found = run([w, v, loss, tf.losses.get_regularization_loss()])
    assert found[0].tolist() == [3.0, 3.0] and found[1] == [3.0]
    assert found[2] == found[3] == 0.5 * 18 / 2 and v.name == "a/b/v:0"


@pytest.mark.parametrize(
    "make, low, high",
    [
        (lambda: tf.random_uniform_initializer(-2.0, 1.0), -2.0, 1.0),
        (lambda: tf.truncated_normal_initializer(1.0, 0.5), 0.0, 2.0),
        (lambda: tf.glorot_uniform_initializer(), -0.1414, 0.1414),
        (lambda: tf.contrib.layers.xavier_initializer(), -0.1414, 0.1414),
        (lambda: tf.variance_scaling_initializer(3.0, "fan_out", "uniform"), -0.3, 0.3),
    ],
)
def test_random_initializers(make, low, high):
    values = run(tf.get_variable("w", [200, 100], initializer=make()))
    assert values.min() >= low - 1e-3 and values.max() <= high + 1e-3
    assert np.ptp(values) > 0.97 * (high - low)


def test_other_initializers():
    q = run(tf.get_variable("q", [4, 3], initializer=tf.orthogonal_initializer(2.0)))
    np.testing.assert_allclose(q.T @ q, 4 * np.eye(3), atol=1e-5)
    given = np.arange(6.0).reshape(2, 3)
    initializer = tf.constant_initializer(given)
    found = run(tf.get_variable("c", [2, 3], initializer=initializer))
    np.testing.assert_array_equal(found, given)
    normal = tf.get_variable("n", [9999], initializer=tf.random_normal_initializer)
    values = run(normal)
    assert abs(values.mean()) < 0.05 and abs(values.std() - 1) < 0.05


def test_variables_that_depend_on_others():
    first = tf.Variable(tf.random_normal([3]))
    second = tf.Variable(first.initialized_value() * 2.0)
    a, b = run([first, second])
    np.testing.assert_allclose(b, 2 * a)
    with pytest.raises(ValueError, match="shape"):
        first.assign([1.0, 2.0])
    with pytest.raises(ValueError, match="initial_value must"):
        tf.Variable(tf.placeholder(tf.float32))


def test_rows_of_variables():
    w = tf.Variable(tf.zeros([3, 2]))
    add = tf.scatter_add(w, [0, 2, 0], [[1.0, 1], [2, 2], [3, 3]])
    put = tf.scatter_update(w, [1], [[9.0, 9.0]])
    with tf.Session() as sess:
        sess.run(w.initializer)
        assert sess.run(add).tolist() == [[4, 4], [0, 0], [2, 2]]
        assert sess.run(put).tolist() == [[4, 4], [9, 9], [2, 2]]
        untouched = tf.Variable(tf.zeros([2]), name="untouched")
        with pytest.raises(tf.errors.FailedPreconditionError, match="untouched"):
            sess.run(tf.scatter_update(untouched, [0], [1.0]))
        after = [put, add, tf.scatter_update(w, [2], [[7.0, 7]])]
        assert [v[1, 0] for v in sess.run(after)] == [9.0, 9.0, 9.0]
        assert sess.run(w).tolist() == [[8, 8], [9, 9], [7, 7]]
        sess.run(w.assign([[4, 4], [9, 9], [2, 2]]))
        assert sess.run(tf.scatter_sub(w, [1], [[1.0, 2]]))[1].tolist() == [8, 7]


def test_collections(fresh_graph):
    w = tf.Variable(1.0, name="w")
    v = tf.Variable(1.0, trainable=False, name="v")
    tf.add_to_collection("mine", w)
    assert tf.trainable_variables() == [w] and tf.global_variables() == [w, v]
    assert tf.get_collection("mine", scope="w") == [w]
    assert tf.get_collection("mine", scope="x") == []
    fresh_graph.clear_collection("mine")
    assert "mine" not in fresh_graph.get_all_collection_keys()
    fresh_graph.finalize()
    with pytest.raises(RuntimeError, match="finalized"):
        tf.constant(1.0)


def test_branches_that_assign():
    n = tf.placeholder(tf.int32)
    w = tf.Variable(1.0)
    found = tf.cond(n > 2, lambda: w.assign(5.0), lambda: w + 0.5)
    nothing = tf.cond(n > 2, lambda: tf.group(w.assign_add(1.0)), tf.no_op)
    with tf.Session() as sess:
        sess.run(w.initializer)
        assert sess.run(found, {n: 1}) == 1.5 and sess.run(w) == 1.0
        assert sess.run(found, {n: 3}) == 5.0 and sess.run(w) == 5.0
        sess.run(nothing, {n: 3})
        assert sess.run(w) == 6.0
    with pytest.raises(TypeError, match="Python bool"):
        tf.cond(True, lambda: 1, lambda: 2)


def test_branches_run_their_python_once():
    training = tf.placeholder(tf.bool)
    x = tf.placeholder(tf.float32, [None, 2])
    mean = tf.reduce_mean(x, 0)
    ema = tf.train.ExponentialMovingAverage(0.5)
    w = tf.Variable(1.0)

    def update():
        with tf.control_dependencies([ema.apply([mean])]):
            return tf.identity(mean) * w

    used = tf.cond(training, update, lambda: ema.average(mean) * w)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(used, {training: True, x: [[2.0, 4.0]]}).tolist() == [2, 4]
        assert sess.run(used, {training: False, x: [[0.0, 0.0]]}).tolist() == [1, 2]
    unknown = tf.placeholder(tf.float32)
    step = tf.cond(training, lambda: w.assign_add(unknown), lambda: w + unknown)
    with tf.Session() as sess:
        sess.run(w.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="known rank"):
            sess.run(step, {training: False, unknown: 2.0})


def test_loops_take_tensors_from_around_them():
    n, x = tf.placeholder(tf.int32), tf.placeholder(tf.float32, [None])
    w = tf.Variable(2.0)

    def body(i, total):
        return i + 1, total * w + tf.reduce_sum(x)

    i, total = tf.while_loop(lambda i, t: i < n, body, [0, 1.0])
    limited = tf.while_loop(lambda i, t: i < 3, body, [0, 1.0], maximum_iterations=5)[1]
    gradient = tf.gradients(limited, [w, x])
    found = run([i, total, *gradient], {n: 3, x: [1.0, 1.0]})
    assert found[:3] == [3, 22.0, 12.0 + 2.0 * 4 + 2.0]
    np.testing.assert_array_equal(found[3], [7.0, 7.0])


def test_constants_within_bodies_are_fed_and_have_gradients():
    c, x, p = tf.constant([1.0, 2.0]), tf.ones([3, 2]), tf.placeholder(tf.bool, [])
    results = [
        tf.scan(lambda a, row: a * c + row, x)[-1],
        tf.map_fn(lambda row: row * c, x)[0],
        tf.while_loop(
            lambda i, v: i < 2, lambda i, v: (i + 1, v * c), [0, x[0]],
            maximum_iterations=3,
        )[1],
        tf.cond(p, lambda: c * c, lambda: x[0]),
    ]  # fmt: skip
    slopes = [tf.gradients(y, c)[0] for y in results]
    with tf.Session() as sess:
        found = sess.run(results + slopes, {p: True})
        assert [f.tolist() for f in found] == [
            [3, 7], [1, 2], [1, 4], [1, 4], [3, 5], [1, 1], [2, 4], [2, 4]
        ]  # fmt: skip
        fed = sess.run(results, {p: True, c: [0.0, 3.0]})
        assert [f.tolist() for f in fed] == [[1, 13], [0, 3], [0, 9], [0, 9]]


def test_other_getters_of_variables():
    seen = []

    def doubled(getter, name, **options):
        seen.append((name, options["shape"]))
        return getter(name, **options) * 2.0

    def halved(getter, name, **options):
        return getter(name, **options) / 4.0

    with tf.variable_scope("a", custom_getter=doubled):
        with tf.variable_scope("b", custom_getter=halved, constraint=tf.nn.relu):
            w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
            tf.layers.dense(tf.zeros([1, 2]), 3, use_bias=False)
    assert run(w).tolist() == [0.5, 0.5]
    assert seen == [("a/b/w", [2]), ("a/b/dense/kernel", [2, 3])]
    assert tf.global_variables()[0].constraint is tf.nn.relu


def test_gradients():
    x = tf.constant([1.0, 2.0])
    assert run(tf.gradients(x * x, x, grad_ys=x)[0]).tolist() == [2.0, 8.0]
    x = tf.placeholder(tf.float32, [None])
    n = tf.constant(3)
    other = tf.constant(1.0)
    y = tf.reduce_sum(x * x)
    first, none, integer = tf.gradients(y, [x, other, n])
    (second,) = tf.gradients(first, x, grad_ys=[x])
    assert none is None and integer is None
    found = run([first, second], {x: [1.0, 2.0]})
    np.testing.assert_array_equal(found, [[2.0, 4.0], [2.0, 4.0]])


def test_gradients_of_rows():
    table = tf.Variable(np.arange(8.0).reshape(4, 2), dtype=tf.float32)
    first = tf.nn.embedding_lookup(table, [1, 1])
    second = tf.nn.embedding_lookup(table, [1, 1])
    slices = tf.gradients(first * 2.0 + second * 3.0, table)[0]
    assert isinstance(slices, tf.IndexedSlices)
    dense = tf.gradients(tf.reduce_sum(table) + tf.reduce_sum(first), table)[0]
    found = run([slices, tf.convert_to_tensor(slices), dense])
    assert found[0].indices.tolist() == [1, 1, 1, 1]
    assert found[1].tolist() == [[0, 0], [10, 10], [0, 0], [0, 0]]
    assert found[2].tolist() == [[1, 1], [3, 3], [1, 1], [1, 1]]


def test_minimize_needs_a_path():
    w = tf.Variable(1.0)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    with pytest.raises(ValueError, match="No gradients provided"):
        optimizer.minimize(tf.constant(1.0))
    pairs = optimizer.compute_gradients(w * w)
    capped = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in pairs]
    rate = tf.placeholder(tf.float32)
    step = tf.train.GradientDescentOptimizer(rate).apply_gradients(capped)
    with tf.Session() as sess:
        sess.run(w.initializer)
        sess.run(step, {rate: 0.5})
        assert sess.run(w) == 0.5 and step.name == "GradientDescent"


def test_constraints_hold_after_steps():
    w = tf.get_variable("w", [2], constraint=lambda v: tf.clip_by_value(v, 0.0, 1.0))
    loss = tf.reduce_sum(tf.square(w - [5.0, -5.0]))
    step = tf.train.GradientDescentOptimizer(0.4).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        assert sess.run(w).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda f: f([[1.0]], [[1.0]]),
        lambda f: f(logits=[[1.0]]),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "softmax_cross_entropy_with_logits",
        "sparse_softmax_cross_entropy_with_logits",
        "sigmoid_cross_entropy_with_logits",
    ],
)
def test_crossentropies_want_names(name, call):
    with pytest.raises(ValueError, match="named arguments|must be provided"):
        call(getattr(tf.nn, name))


def test_channels_first():
    x = np.random.RandomState(0).randn(2, 3, 6, 5).astype("float32")
    w = tf.constant(np.random.RandomState(1).randn(3, 3, 3, 4).astype("float32"))
    last = tf.transpose(tf.constant(x), [0, 2, 3, 1])
    pairs = [
        (
            tf.nn.conv2d(x, w, [1, 1, 2, 1], "SAME", data_format="NCHW"),
            tf.nn.conv2d(last, w, [1, 2, 1, 1], "SAME"),
        ),
        (
            tf.nn.max_pool(x, [1, 1, 2, 2], [1, 1, 2, 2], "SAME", data_format="NCHW"),
            tf.nn.max_pool(last, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
        ),
        (
            tf.nn.bias_add(x, [1.0, 2.0, 3.0], "NCHW"),
            tf.nn.bias_add(last, [1.0, 2.0, 3.0]),
        ),
    ]
    for first, second in pairs:
        a, b = run([first, tf.transpose(second, [0, 3, 1, 2])])
        np.testing.assert_allclose(a, b, rtol=1e-5)
    with pytest.raises(ValueError, match="must be 1"):
        tf.nn.conv2d(last, w, [2, 1, 1, 1], "SAME")


def test_layers_with_a_phase():
    x = tf.placeholder(tf.float32, [None, 4])
    training = tf.placeholder(tf.bool)
    y = tf.layers.batch_normalization(x, momentum=0.5, training=training)
    z = tf.layers.dropout(x, 0.5, training=training)
    update = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    mean = tf.global_variables()[2]
    data = np.random.RandomState(0).randn(100, 4) + 3.0
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        used, dropped, _ = sess.run([y, z, update], {x: data, training: True})
        assert abs(used.mean()) < 1e-5 and 0.3 < (dropped == 0).mean() < 0.7
        np.testing.assert_allclose(sess.run(mean), data.mean(0) / 2, rtol=1e-4)
        used, kept, _ = sess.run([y, z, update], {x: data, training: False})
        assert abs(used.mean()) > 0.5
        np.testing.assert_allclose(kept, data, rtol=1e-6)
        np.testing.assert_allclose(sess.run(mean), data.mean(0) / 2, rtol=1e-4)


def test_convolutional_layers():
    x = tf.zeros([2, 9, 9, 3])
    y = tf.layers.conv2d(x, 5, 3, 2, "same", activation=tf.nn.relu)
    up = tf.layers.conv2d_transpose(y, 4, [3, 3], 2, "valid")
    assert y.shape == [2, 5, 5, 5] and up.shape == [2, 11, 11, 4]
    line = tf.layers.conv1d(tf.zeros([2, 9, 3]), 5, 3)
    assert line.shape == [2, 7, 5]
    assert tf.layers.average_pooling1d(line, 2, 2).shape == [2, 3, 5]
    apart = tf.layers.separable_conv2d(
        x, 4, 3, depth_multiplier=2, activity_regularizer=tf.nn.l2_loss
    )
    assert apart.shape == [2, 7, 7, 4]
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 1
    names = [v.name for v in tf.trainable_variables()]
    assert names[:4] == [
        "conv2d/kernel:0", "conv2d/bias:0", "conv2d_transpose/kernel:0",
        "conv2d_transpose/bias:0",
    ]  # fmt: skip
    assert run([y, up, line])[1].shape == (2, 11, 11, 4)


def test_metrics_accumulate():
    labels = tf.placeholder(tf.int64, [None])
    guesses = tf.placeholder(tf.int64, [None])
    value, update = tf.metrics.accuracy(labels, guesses)
    hits, count = tf.metrics.precision(labels, guesses)
    _, recalled = tf.metrics.recall(labels, guesses)
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        assert sess.run(update, {labels: [1, 0], guesses: [1, 1]}) == 0.5
        assert sess.run(update, {labels: [1, 0], guesses: [1, 0]}) == 0.75
        assert sess.run(value) == 0.75
        feed = {labels: [1, 0, 1, 1], guesses: [1, 1, 0, 1]}
        np.testing.assert_allclose(sess.run([count, recalled], feed), [2 / 3, 2 / 3])
    assert tf.global_variables() == [] and len(tf.local_variables()) == 6


def test_savers_refuse(tmp_path):
    w = tf.Variable(1.0, name="w")
    v = tf.Variable([1.0], name="w/Momentum")
    saver, path = tf.train.Saver(max_to_keep=1), str(tmp_path / "m")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="value w"):
            saver.save(sess, path)
        sess.run(tf.global_variables_initializer())
        assert saver.save(sess, path + ".h5") == path
        saver.save(sess, path, global_step=tf.constant(2))
        assert saver.last_checkpoints == [path + "-2"]
        other = tf.train.Saver({"x": w})
        with pytest.raises(tf.errors.NotFoundError, match="Key x not found"):
            other.restore(sess, path + "-2.h5")
        with pytest.raises(tf.errors.NotFoundError, match="not a valid checkpoint"):
            other.restore(sess, path)
        sess.run([w.assign(7.0), v.assign([8.0])])
        saver.restore(sess, path + "-2")
        assert sess.run([w, v[0]]) == [1.0, 1.0]
    assert tf.train.latest_checkpoint(str(tmp_path / "none")) is None
    with pytest.raises(NotImplementedError, match="import_meta_graph"):
        tf.train.import_meta_graph(path + ".meta")


def test_first_values_are_fed_to_their_assignment(fresh_graph):
    tf.layers.dense(tf.zeros([1, 2]), 3, name="hidden")
    assign = fresh_graph.get_operation_by_name("hidden/kernel/Assign")
    kernel, value = assign.inputs
    with tf.Session() as sess:
        sess.run(assign, {value: np.full((2, 3), 5.0)})
        assert sess.run(kernel).tolist() == [[5.0] * 3] * 2


def test_layers_of_contrib():
    x, layers = tf.zeros([2, 4, 4, 3]), tf.contrib.layers
    layers.fully_connected(x, 2, biases_initializer=None, scope="without")
    layers.fully_connected(x, 2, tf.nn.relu, tf.zeros_initializer)
    layers.conv2d(x, 5, [3, 3], 2, weights_regularizer=layers.l2_regularizer(0.1))
    assert [v.name for v in tf.trainable_variables()] == [
        "without/weights:0", "fully_connected/weights:0", "fully_connected/biases:0",
        "Conv/weights:0", "Conv/biases:0",
    ]  # fmt: skip
    assert len(tf.losses.get_regularization_losses()) == 1


def test_flags(monkeypatch):
    flags = tf.app.flags
    flags.DEFINE_float("rate", 0.5, "the rate")
    flags.DEFINE_boolean("fast", False, "whether")
    monkeypatch.setattr("sys.argv", ["program"])
    flags.FLAGS._parse_flags()
    assert flags.FLAGS.__flags["fast"] is False
    rest = flags.FLAGS.parse(["--rate=0.25", "other", "--fast=true"])
    assert (flags.FLAGS.rate, flags.FLAGS.fast, rest) == (0.25, True, ["other"])
    with pytest.raises(AttributeError):
        _ = flags.FLAGS.nothing
    with pytest.raises(SystemExit) as end:
        tf.app.run(lambda arguments: len(arguments), ["program", "x", "--rate=1"])
    assert end.value.code == 2 and flags.FLAGS.rate == 1.0


def test_summaries_are_read_back(tmp_path):
    x = tf.placeholder(tf.float32, [])
    assert tf.summary.scalar("a loss: 1", x, ["other"]).op.name == "a_loss__1"
    tf.summary.scalar("x", x)
    tf.summary.image("pixels", tf.zeros([2, 4, 4, 1]))
    tf.summary.text("note", tf.constant("hi"))
    merged = tf.summary.merge_all()
    with tf.Session() as sess:
        summary = sess.run(merged, {x: 2.5})
    assert summary.count(b"pixels/image/") == 2 and b"hi" in summary
    writer = tf.summary.FileWriter(str(tmp_path), tf.Session().graph_def)
    writer.add_summary(summary, 3)
    writer.close()
    content = next(tmp_path.iterdir()).read_bytes()
    assert summary in content and b"MergeSummary" in content


def test_summaries_of_sounds_and_pictures_are_those_of_tensorflow():
    sounds = np.linspace(-1.2, 1.2, 10, dtype="float32").reshape(1, 5, 2)
    rate = tf.placeholder(tf.float32, [])
    with tf.Session() as sess:
        summary = sess.run(tf.summary.audio("tone", sounds, rate), {rate: 8000.0})
        one = sess.run(tf.summary.audio("one", sounds[..., 0], 8000, max_outputs=1))
        picture = sess.run(tf.summary.image("picture", tf.zeros([1, 2, 2, 1])))
        with pytest.raises(ShapeError, match="samples, channels"):
            sess.run(tf.summary.audio("flat", sounds[0, :, 0], 8000))
    # Printed by goldens/make_audio.py.
    assert summary.hex() == (
        "0a660a0c746f6e652f617564696f2f3032560d0000fa4510021805224052494646380000"
        "0057415645666d74201000000001000200401f0000007d00000400100064617461140000"
        "0000808988abaacdccefee1111333355557777ff7f2a09617564696f2f776176"
    )
    assert b"one/audio\x32" in one and b"picture/image/0" in picture
