"""What neither the programs nor the stored results use, against NumPy."""

import itertools
from pathlib import Path

import numpy as np
import pytest

import kerasish.graph as tf

X = np.random.RandomState(0).randn(3, 4).astype("float32")
INSIDE = np.tanh(X)
BITS = np.array([5, 12], "int32")
SPD = (X @ X.T + np.eye(3)).astype("float32")
IDS = [1, 0, 1]


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.initialize_local_variables())
        return sess.run(fetches, feeds)


EXPRESSIONS = {
    "accumulate_n": (lambda: tf.accumulate_n([X, X]), 2 * X),
    "acos": (lambda: tf.acos(INSIDE), np.arccos(INSIDE)),
    "asin": (lambda: tf.asin(INSIDE), np.arcsin(INSIDE)),
    "arg_max": (lambda: tf.arg_max(X, 1), X.argmax(1)),
    "arg_min": (lambda: tf.arg_min(X, 0), X.argmin(0)),
    "batch_matmul": (lambda: tf.batch_matmul(X, X.T.copy()), X @ X.T),
    "sparse_matmul": (lambda: tf.sparse_matmul(X, X, transpose_a=True), X.T @ X),
    "broadcast_to": (lambda: tf.broadcast_to(X[0], [2, 4]), np.stack([X[0], X[0]])),
    "conj": (lambda: tf.conj(tf.complex(X, X)), X - 1j * X),
    "imag": (lambda: tf.imag(tf.complex(X, 2 * X)), 2 * X),
    "div_no_nan": (lambda: tf.div_no_nan(X, np.zeros(4, "f")), np.zeros_like(X)),
    "fft": (lambda: tf.fft(tf.complex(X, X)), np.fft.fft(X + 1j * X)),
    "floor_div": (lambda: tf.floor_div(BITS, 3), BITS // 3),
    "mod": (lambda: tf.mod(-BITS, 3), -BITS % 3),
    "truediv": (lambda: tf.truediv(BITS, 8), BITS / 8),
    "invert": (lambda: tf.invert(BITS), ~BITS),
    "is_inf": (lambda: tf.is_inf([1.0, np.inf]), [False, True]),
    "inv": (lambda: tf.inv(SPD), 1 / SPD),
    "mul": (lambda: tf.mul(X, X), X * X),
    "neg": (lambda: tf.neg(X), -X),
    "lin_space": (lambda: tf.lin_space(0.0, 1.0, 3), [0, 0.5, 1]),
    "log_sigmoid": (lambda: tf.log_sigmoid(X), -np.log1p(np.exp(-X))),
    "swish": (lambda: tf.nn.swish(X), X / (1 + np.exp(-X))),
    "relu_layer": (
        lambda: tf.nn.relu_layer(X, np.eye(4, dtype="f"), np.ones(4, "f")),
        np.maximum(X + 1, 0),
    ),
    "logical_not": (lambda: tf.logical_not(X > 0), X <= 0),
    "matrix_diag_part": (lambda: tf.matrix_diag_part(SPD), np.diag(SPD)),
    "matrix_transpose": (lambda: tf.matrix_transpose(X[None]), X.T[None]),
    "reduce_std": (lambda: tf.reduce_std(X, 1), X.std(1)),
    "reduce_variance": (lambda: tf.reduce_variance(X), X.var()),
    "reverse_v2": (lambda: tf.reverse_v2(X, [0]), X[::-1]),
    "pack": (lambda: tf.pack(tf.unpack(X, axis=1), axis=1), X),
    "select": (lambda: tf.select(X > 0, X, -X), np.abs(X)),
    "to_double": (lambda: tf.to_double(X), X.astype("float64")),
    "to_int64": (lambda: tf.to_int64(X * 9), (X * 9).astype("int64")),
    "from_qr": (lambda: tf.matmul(*tf.qr(SPD)), SPD),
    "segment_min": (lambda: tf.segment_min(X, [0, 0, 1]), [X[:2].min(0), X[2]]),
    "segment_prod": (lambda: tf.segment_prod(X, [0, 0, 1]), [X[0] * X[1], X[2]]),
    "unsorted_max": (
        lambda: tf.unsorted_segment_max(X, IDS, 2), [X[1], np.maximum(X[0], X[2])]
    ),
    "unsorted_min": (
        lambda: tf.unsorted_segment_min(X, IDS, 2), [X[1], np.minimum(X[0], X[2])]
    ),
    "unsorted_prod": (
        lambda: tf.unsorted_segment_prod(X, IDS, 2), [X[1], X[0] * X[2]]
    ),
    "unsorted_sqrt_n": (
        lambda: tf.unsorted_segment_sqrt_n(X, IDS, 2), [X[1], (X[0] + X[2]) / 2**0.5]
    ),
    "convolution": (
        lambda: tf.nn.convolution(X[None], np.ones((2, 4, 1), "f"), "VALID"),
        (X[:-1] + X[1:]).sum(1)[None, :, None],
    ),
    "max_pool3d": (
        lambda: tf.nn.max_pool3d(
            X.reshape(1, 3, 2, 2, 1), [1, 3, 1, 2, 1], [1, 3, 1, 2, 1], "VALID"
        ),
        X.reshape(3, 2, 2).max((0, 2)).reshape(1, 1, 2, 1, 1),
    ),
    "avg_pool3d": (
        lambda: tf.nn.avg_pool3d(
            X.reshape(1, 3, 2, 2, 1), [1, 3, 2, 1, 1], [1, 3, 2, 1, 1], "VALID"
        ),
        X.reshape(3, 2, 2).mean((0, 1)).reshape(1, 1, 1, 2, 1),
    ),
    "average_pooling2d": (
        lambda: tf.layers.average_pooling2d(X[None, :, :, None], (3, 2), (3, 2)),
        X.reshape(3, 2, 2).mean((0, 2)).reshape(1, 1, 2, 1),
    ),
    "average_pooling3d": (
        lambda: tf.layers.average_pooling3d(X.reshape(1, 3, 2, 2, 1), (3, 2, 2), 1),
        X.mean().reshape(1, 1, 1, 1, 1),
    ),
    "max_pooling3d": (
        lambda: tf.layers.max_pooling3d(X.reshape(1, 3, 2, 2, 1), (3, 2, 2), 1),
        X.max().reshape(1, 1, 1, 1, 1),
    ),
    "max_pooling1d": (
        lambda: tf.layers.max_pooling1d(X[None], 3, 1), X.max(0)[None, None]
    ),
    "embedding_max_norm": (
        lambda: tf.nn.embedding_lookup(X, [2, 0], max_norm=1.0),
        X[[2, 0]] / np.maximum(np.linalg.norm(X[[2, 0]], axis=1), 1)[:, None],
    ),
    "tuple": (lambda: tf.tuple([tf.constant(X), None])[0], X),
    "glorot_normal": (
        lambda: tf.shape(
            tf.get_variable("g", [2, 3], initializer=tf.glorot_normal_initializer())
        ),
        [2, 3],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions(name):
    make, expected = EXPRESSIONS[name]
    np.testing.assert_allclose(run(make()), expected, rtol=1e-4, atol=1e-5)


def test_loss_of_temporal_classification():
    draw = np.random.RandomState(1)
    logits = draw.randn(4, 2, 3).astype("float32")
    labels = np.array([[0, 1], [1, 0]])
    found = run(tf.nn.ctc_loss(labels, logits, [4, 3], [2, 1]))
    chances = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    for row, (length, wanted) in enumerate([(4, [0, 1]), (3, [1])]):
        total = 0.0
        for path in itertools.product(range(3), repeat=length):
            merged = [c for c, _ in itertools.groupby(path) if c != 2]
            if merged == wanted:
                steps = range(length)
                total += np.prod([chances[t, row, path[t]] for t in steps])
        np.testing.assert_allclose(found[row], -np.log(total), rtol=1e-4)


def test_distributions_of_draws():
    tensors = [
        tf.random_gamma([20000], 2.0, 4.0),
        tf.to_float(tf.multinomial(tf.log([[0.2, 0.8]]), 20000)),
        tf.to_float(tf.random_uniform([20000], 3, 9, tf.int32)),
        tf.truncated_normal([20000], 1.0, 2.0),
        tf.nn.dropout(tf.ones([20000]), 0.25),
    ]
    expected = [(0.5, 0.125), (0.8, 0.16), (5.5, 35 / 12), (1.0, 3.095), (1.0, 3.0)]
    for values, (mean, variance) in zip(run(tensors), expected):
        assert abs(values.mean() - mean) < 5 * (variance / 20000) ** 0.5
        assert abs(values.var() / variance - 1) < 0.1
    grid = np.arange(20).reshape(4, 5)
    shuffled, crop = run(
        [tf.random_shuffle(tf.range(50)), tf.random_crop(grid, [2, 3])]
    )
    assert sorted(shuffled) == list(range(50)) and list(shuffled) != list(range(50))
    assert crop.shape == (2, 3) and crop[1, 1] - crop[0, 0] == 6


def test_candidates_are_different_and_skewed():
    labels = tf.constant([[0]], tf.int64)
    unique = tf.nn.log_uniform_candidate_sampler(labels, 1, 5, True, 5)
    many = tf.nn.log_uniform_candidate_sampler(labels, 1, 20000, False, 50)
    even = tf.nn.uniform_candidate_sampler(labels, 1, 20000, False, 50)
    (classes, true, _), (skewed, _, expected), (flat, _, level) = run(
        [unique, many, even]
    )
    assert sorted(classes) == [0, 1, 2, 3, 4] and 0.3 < true[0, 0] <= 1
    counts = np.bincount(skewed, minlength=50)
    share = np.log((np.arange(50) + 2) / (np.arange(50) + 1)) / np.log(51)
    assert np.abs(counts - 20000 * share).max() < 5 * np.sqrt(20000 * share.max())
    np.testing.assert_allclose(expected, 20000 * share[skewed], rtol=1e-4)
    assert np.bincount(flat, minlength=50).min() > 300 and (level == 400).all()
    with pytest.raises(ValueError, match="different classes"):
        tf.nn.log_uniform_candidate_sampler(labels, 1, 6, True, 5)


def test_transposed_convolution_of_volumes():
    w = np.ones((2, 2, 2, 1, 1), "float32")
    y = tf.nn.conv3d_transpose(
        np.ones((1, 2, 2, 2, 1), "f"), w, [1, 4, 4, 4, 1], [1, 2, 2, 2, 1]
    )
    np.testing.assert_array_equal(run(y), np.ones((1, 4, 4, 4, 1)))
    with pytest.raises(ValueError, match="output_shape"):
        tf.nn.conv2d_transpose(
            np.ones((1, 2, 2, 1), "f"), w[0], [1, 9, 9, 1], [1, 2, 2, 1]
        )


def test_both_directions_of_a_list():
    cells = [tf.nn.rnn_cell.GRUCell(2), tf.nn.rnn_cell.GRUCell(3)]
    steps = tf.unstack(tf.constant(X[None]), axis=1)
    outputs, first, second = tf.nn.static_bidirectional_rnn(
        *cells, steps, dtype=tf.float32
    )
    joined, first, second = run([outputs, first, second])
    np.testing.assert_array_equal(joined[-1][:, :2], first)
    np.testing.assert_array_equal(joined[0][:, 2:], second)


def test_assertions():
    x = tf.placeholder(tf.float32, [None])
    names = {"equal": 2.0, "less": 1.0, "less_equal": 2.0, "greater": 3.0,
             "greater_equal": 2.0}  # fmt: skip
    with tf.Session() as sess:
        for name, value in names.items():
            check = getattr(tf, f"assert_{name}")(x, 2.0)
            sess.run(check, {x: [value]})
            bad = 9.0 if name in ("equal", "less", "less_equal") else -9.0
            with pytest.raises(tf.errors.InvalidArgumentError, match="did not hold"):
                sess.run(check, {x: [bad]})


def test_collections_of_losses():
    raw = tf.losses.compute_weighted_loss(X, reduction=tf.losses.Reduction.NONE)
    over = tf.losses.compute_weighted_loss(
        X, reduction=tf.losses.Reduction.SUM_OVER_BATCH_SIZE
    )
    tf.losses.add_loss(raw)
    assert tf.losses.get_losses() == [raw, over, raw]
    assert tf.losses.get_regularization_losses() == []
    found = run([raw, over])
    np.testing.assert_array_equal(found[0], X)
    np.testing.assert_allclose(found[1], X.mean(), rtol=1e-5)
    with pytest.raises(ValueError, match="Invalid Reduction"):
        tf.losses.compute_weighted_loss(X, reduction="none at all")


def test_errors_of_means():
    absolute = tf.metrics.mean_absolute_error(X, -X)[1]
    root = tf.metrics.root_mean_squared_error(X, X + 2.0)[1]
    np.testing.assert_allclose(
        run([absolute, root]), [np.abs(2 * X).mean(), 2.0], rtol=1e-5
    )


def test_counts_of_steps():
    assert tf.train.get_global_step() is None
    named = tf.Variable(0, trainable=False, name="global_step")
    assert tf.contrib.framework.get_global_step() is named
    tf.get_collection_ref(tf.GraphKeys.GLOBAL_VARIABLES).clear()
    step = tf.train.get_or_create_global_step()
    assert tf.train.get_or_create_global_step() is step and step.dtype == tf.int64
    with pytest.raises(ValueError, match="already exists"):
        tf.train.create_global_step()
    with tf.Session() as sess:
        sess.run(tf.initialize_variables(tf.all_variables()))
        sess.run(tf.assign_sub(step, -3))
        assert tf.train.global_step(sess, step) == 3


def test_local_and_other_collections():
    local = tf.get_local_variable("l", [2], initializer=tf.zeros_initializer())
    assert tf.local_variables() == [local] and tf.trainable_variables() == []
    tf.add_to_collections(["a", "b"], local)
    assert tf.get_collection_ref("b") is tf.get_collection_ref("b")
    assert tf.model_variables() == [] == tf.moving_average_variables()
    with tf.device("/cpu:0"), tf.colocate_with(local):
        assert run(tf.identity(local)).tolist() == [0.0, 0.0]
    with pytest.raises(AssertionError, match="nested graphs"):
        tf.reset_default_graph()


def test_settings_and_messages(caplog):
    config = tf.ConfigProto(gpu_options=tf.GPUOptions(allow_growth=True))
    config.graph_options.optimizer_options.global_jit_level = 1
    assert tf.Session(config=config).config.gpu_options.allow_growth
    assert tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE).trace_level == 3
    tf.logging.set_verbosity(tf.logging.INFO)
    tf.logging.info("step %d", 3)
    assert "step 3" in caplog.text and tf.logging.get_verbosity() == tf.logging.INFO


def test_checkpoints_are_found(tmp_path):
    tf.Variable(1.0, name="w")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "m"))
    assert tf.train.checkpoint_exists(path)
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert isinstance(state, tf.train.CheckpointState)
    assert state.model_checkpoint_path == path


@pytest.mark.parametrize(
    "name, hint",
    {
        "gfile": "Use `os` and `shutil` instead of `tf.gfile`",
        "scalar_summary": "Use `tf.summary.scalar` instead of `tf.scalar_summary`",
        "softmax": "Did you mean `tf.nn.softmax`",
        "train.Coordinator": "Use `feed_dict` with a batch of NumPy arrays instead",
        "train.AdamOptimiser": "Did you mean `tf.train.AdamOptimizer`",
        "nn.rnn": "Use `tf.nn.static_rnn` instead of `tf.nn.rnn`",
        "nn.rnn_cell.LSTM": "Did you mean `tf.nn.rnn_cell.LSTMCell`",
        "layers.Dense": "Did you mean `tf.layers.dense`",
        "contrib.slim": "Use `tf.layers` instead of `tf.contrib.slim`",
        "contrib.layers.batch_norm": "Use `tf.layers.batch_normalization` instead of",
        "contrib.rnn.GRU": "Did you mean `tf.nn.rnn_cell.GRUCell`",
        "summary.historgam": "Did you mean `tf.summary.histogram`",
    }.items(),
)
def test_missing_names_say_what_to_use(name, hint):
    home, _, last = f"tf.{name}".rpartition(".")
    with pytest.raises(AttributeError, match=f"{last}'\\n{hint}"):
        getattr(eval(home), last)
    assert not hasattr(eval(home), "qqqq")


def test_the_code_of_the_documentation_runs():
    page = Path(__file__).parents[2] / "docs" / "graph_programs.md"
    code = page.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names = {}
    exec(compile(code, str(page), "exec"), names)
    assert names["last"] < 0.1 * names["first"]
