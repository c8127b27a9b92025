"""Programs that run under TensorFlow, which made the stored results, and here.

Each case is a function `case(tf, run)`; `run(fetches, feeds=None)` initializes the
variables at its first call. It returns a dictionary of arrays.
"""

import numpy as np

from tests.graph.naming_cases import NAMING


def numbers(*shape, seed=0, scale=1.0):
    return (np.random.RandomState(seed).randn(*shape) * scale).astype("float32")


def positive(*shape, seed=0):
    return np.abs(numbers(*shape, seed=seed)) + 0.1


CASES = dict(NAMING)


def case(function):
    CASES[function.__name__] = function
    return function


OPTIMIZERS = {
    "descent": lambda t: t.GradientDescentOptimizer(0.1),
    "momentum": lambda t: t.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda t: t.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adam": lambda t: t.AdamOptimizer(0.05, 0.8, 0.95, 1e-6),
    "adagrad": lambda t: t.AdagradOptimizer(0.2, 0.3),
    "adadelta": lambda t: t.AdadeltaOptimizer(1.0, 0.9, 1e-4),
    "rmsprop": lambda t: t.RMSPropOptimizer(0.05, 0.8),
    "rmsprop_momentum": lambda t: t.RMSPropOptimizer(0.05, 0.8, 0.5, 1e-4),
    "rmsprop_centered": lambda t: t.RMSPropOptimizer(0.05, 0.8, 0.5, 1e-2, False, True),
    "ftrl": lambda t: t.FtrlOptimizer(0.3),
    "ftrl_penalties": lambda t: t.FtrlOptimizer(0.3, -0.6, 0.2, 0.05, 0.02),
    "ftrl_shrinkage": lambda t: t.FtrlOptimizer(
        0.3, l2_shrinkage_regularization_strength=0.1
    ),
}


def _optimizer_case(name, make):
    def program(tf, run):
        table = tf.Variable(numbers(5, 3), name="table")
        w = tf.Variable(numbers(3, 2, seed=1), name="w")
        rows = tf.nn.embedding_lookup(table, [0, 3, 3])
        loss = tf.reduce_sum(tf.square(tf.matmul(rows, w) - 1.0))
        optimizer = make(tf.train)
        count = tf.Variable(0, trainable=False)
        step = optimizer.minimize(loss, global_step=count)
        slots = [
            optimizer.get_slot(v, slot)
            for v in (table, w)
            for slot in sorted(optimizer.get_slot_names())
        ]
        found = {}
        for k in range(10):
            run(step)
            values = run([table, w, *slots])
            if k in (0, 2, 9):
                found |= {f"{k}_{i}": value for i, value in enumerate(values)}
        return found | {"count": run(count)}

    CASES[f"optimizer_{name}"] = program


for _name, _make in OPTIMIZERS.items():
    _optimizer_case(_name, _make)


@case
def schedules(tf, run):
    step = tf.placeholder(tf.int64, [])
    t = tf.train
    rates = [
        t.exponential_decay(0.5, step, 7, 0.8),
        t.exponential_decay(0.5, step, 7, 0.8, staircase=True),
        t.natural_exp_decay(0.5, step, 7, 0.8),
        t.inverse_time_decay(0.5, step, 7, 0.8, staircase=True),
        t.polynomial_decay(0.5, step, 10, 0.1, power=2.0),
        t.polynomial_decay(0.5, step, 10, 0.1, cycle=True),
        t.cosine_decay(0.5, step, 10, alpha=0.1),
        t.piecewise_constant(step, [3, 9], [1.0, 0.5, 0.2]),
    ]
    return {str(k): run(rates, {step: k}) for k in (0, 3, 4, 9, 10, 23)}


@case
def moving_averages(tf, run):
    w = tf.Variable(numbers(3), name="w")
    count = tf.Variable(4.0, trainable=False)
    plain = tf.train.ExponentialMovingAverage(0.9)
    counted = tf.train.ExponentialMovingAverage(0.9, num_updates=count, name="counted")
    updates = tf.group(plain.apply([w]), counted.apply([w]))
    found = {"first": run(plain.average(w))}
    for k in range(3):
        run(w.assign(w * 2.0))
        run(updates)
        found[str(k)] = np.stack(run([plain.average(w), counted.average(w)]))
    assert plain.average_name(w) == "w/ExponentialMovingAverage"
    return found


def _losses(tf):
    x, z = numbers(4, 3), positive(4, 3, seed=2)
    z = (z / z.sum(1, keepdims=True)).astype("float32")
    weights = np.array([1.0, 0.0, 2.0, 0.5], "float32")
    nn, each = tf.nn, tf.losses
    hot = np.eye(3, dtype="float32")[[0, 2, 1, 2]]
    return {
        "softmax": nn.softmax_cross_entropy_with_logits(labels=z, logits=x),
        "softmax_axis": nn.softmax_cross_entropy_with_logits_v2(
            labels=z, logits=x, axis=0
        ),
        "sparse": nn.sparse_softmax_cross_entropy_with_logits(
            labels=[0, 2, 1, 2], logits=x
        ),
        "sigmoid": nn.sigmoid_cross_entropy_with_logits(labels=z, logits=x),
        "weighted": nn.weighted_cross_entropy_with_logits(z, x, 3.0),
        "l2": nn.l2_loss(x),
        "absolute": each.absolute_difference(z, x, weights[:, None]),
        "squared": each.mean_squared_error(z, x, weights[:, None]),
        "squared_sum": each.mean_squared_error(z, x, reduction="weighted_sum"),
        "squared_mean": each.mean_squared_error(
            z, x, weights[:, None], reduction="weighted_mean"
        ),
        "huber": each.huber_loss(z, x, delta=0.7),
        "log": each.log_loss(z, z[::-1].copy()),
        "hinge": each.hinge_loss((z > 0.3).astype("float32"), x),
        "cosine": each.cosine_distance(z, x, axis=1),
        "losses_softmax": each.softmax_cross_entropy(
            hot, x, weights, label_smoothing=0.1
        ),
        "losses_sparse": each.sparse_softmax_cross_entropy([0, 2, 1, 2], x, weights),
        "losses_sigmoid": each.sigmoid_cross_entropy(hot, x, label_smoothing=0.2),
        "total": each.get_total_loss(),
    }


@case
def losses(tf, run):
    return {name: run(tensor) for name, tensor in _losses(tf).items()}


@case
def sampled_losses(tf, run):
    weights, biases = tf.Variable(numbers(12, 4)), tf.Variable(numbers(12, seed=1))
    inputs = tf.Variable(numbers(3, 4, seed=2))
    one, two = np.array([[1], [7], [3]]), np.array([[1, 2], [7, 0], [3, 5]])
    found = {}
    for name, labels, count in (("one", one, 1), ("two", two, 2)):
        sampled = (
            tf.constant([3, 0, 9, 5], tf.int64),
            tf.constant(positive(3, count, seed=3)),
            tf.constant(positive(4, seed=4)),
        )
        for kind, remove in (("nce", False), ("nce", True), ("sampled_softmax", True)):
            loss = getattr(tf.nn, f"{kind}_loss")(
                weights, biases, labels, inputs, 4, 12, count, sampled,
                remove_accidental_hits=remove,
            )  # fmt: skip
            gradients = tf.gradients(loss, [weights, biases, inputs])
            dense = [tf.convert_to_tensor(g) for g in gradients]
            key = f"{name}_{kind}_{remove}"
            found[key] = run(loss)
            found |= {f"{key}_{i}": v for i, v in enumerate(run(dense))}
    draws = tf.nn.log_uniform_candidate_sampler(
        tf.constant([[0, 5], [9, 2]], tf.int64), 2, 6, False, 12
    )
    return found | {"expected": run(draws[1])}


def _cells(tf):
    cells = tf.nn.rnn_cell
    return {
        "basic": cells.BasicRNNCell(4),
        "gru": cells.GRUCell(4),
        "basic_lstm": cells.BasicLSTMCell(4, forget_bias=0.7),
        "lstm": cells.LSTMCell(4),
        "peepholes": cells.LSTMCell(4, use_peepholes=True, cell_clip=0.3),
        "projection": cells.LSTMCell(4, num_proj=3, proj_clip=0.2),
        "flat_state": cells.LSTMCell(4, state_is_tuple=False),
        "several": cells.MultiRNNCell([cells.GRUCell(4), cells.BasicLSTMCell(2)]),
        "residual": cells.ResidualWrapper(cells.GRUCell(3)),
    }


def _set_variables(tf, run):
    for k, variable in enumerate(tf.trainable_variables()):
        shape = variable.get_shape().as_list()
        run(variable.assign(numbers(*shape, seed=k + 5, scale=0.7)))


def _flat(value):
    if isinstance(value, (list, tuple)):
        return [leaf for part in value for leaf in _flat(part)]
    return [value]


@case
def recurrent_cells(tf, run):
    x, lengths = tf.constant(numbers(2, 5, 3)), [5, 2]
    results = {}
    for name, cell in _cells(tf).items():
        with tf.variable_scope(name):
            outputs, state = tf.nn.dynamic_rnn(cell, x, lengths, dtype=tf.float32)
        results[name] = _flat([outputs, state])
    _set_variables(tf, run)
    found = {
        f"{name}_{i}": value
        for name, tensors in results.items()
        for i, value in enumerate(run(tensors))
    }
    names = [variable.name for variable in tf.trainable_variables()]
    return found | {"names": np.array(names)}


@case
def recurrent_networks(tf, run):
    x, cells = tf.constant(numbers(2, 5, 3)), tf.nn.rnn_cell
    lengths = tf.constant([3, 5])
    both, states = tf.nn.bidirectional_dynamic_rnn(
        cells.GRUCell(4), cells.BasicLSTMCell(2), x, lengths, dtype=tf.float32
    )
    first = tf.constant(numbers(2, 4, seed=3))
    major, last = tf.nn.dynamic_rnn(
        cells.BasicRNNCell(4), tf.transpose(x, [1, 0, 2]), initial_state=first,
        time_major=True, scope="major",
    )  # fmt: skip
    steps, end = tf.nn.static_rnn(
        cells.BasicRNNCell(2), tf.unstack(x, 5, 1), dtype=tf.float32, scope="static"
    )
    loss = tf.reduce_sum(both[0]) + tf.reduce_sum(both[1] * major[0, 0, 0])
    gradients = tf.gradients(loss, tf.trainable_variables())
    kept = [g for g in gradients if g is not None]
    tensors = _flat([both, states, major, last, steps, end, loss, kept])
    _set_variables(tf, run)
    found = {str(i): value for i, value in enumerate(run(tensors))}
    names = [variable.name for variable in tf.trainable_variables()]
    return found | {"names": np.array(names)}


@case
def convolutions(tf, run):
    x, w = tf.constant(numbers(2, 7, 6, 3)), tf.constant(numbers(3, 2, 3, 4, seed=1))
    nn, depthwise = tf.nn, tf.constant(numbers(3, 3, 3, 2, seed=2))
    small = tf.constant(numbers(2, 4, 3, 4, seed=3))
    results = {
        "same": nn.conv2d(x, w, [1, 1, 1, 1], "SAME"),
        "strides": nn.conv2d(x, w, [1, 2, 3, 1], "VALID"),
        "same_strides": nn.conv2d(x, w, [1, 2, 2, 1], "SAME"),
        "atrous": nn.atrous_conv2d(x, w, 2, "SAME"),
        "transpose": nn.conv2d_transpose(small, w, [2, 7, 6, 3], [1, 2, 2, 1], "SAME"),
        "transpose_valid": nn.conv2d_transpose(
            small, w, [2, 9, 6, 3], [1, 2, 2, 1], "VALID"
        ),
        "conv1d": nn.conv1d(x[:, :, 0], numbers(3, 3, 5), 2, "SAME"),
        "conv3d": nn.conv3d(
            numbers(1, 4, 4, 4, 2), numbers(2, 2, 2, 2, 3), [1, 2, 1, 1, 1], "VALID"
        ),
        "depthwise": nn.depthwise_conv2d(x, depthwise, [1, 2, 2, 1], "SAME"),
        "separable": nn.separable_conv2d(
            x, depthwise, numbers(1, 1, 6, 4), [1, 1, 1, 1], "VALID"
        ),
        "max": nn.max_pool(x, [1, 3, 2, 1], [1, 2, 2, 1], "SAME"),
        "average": nn.avg_pool(x, [1, 3, 2, 1], [1, 2, 2, 1], "SAME"),
        "max_valid": nn.max_pool(x, [1, 2, 2, 1], [1, 2, 1, 1], "VALID"),
        "lrn": nn.local_response_normalization(x * 3.0, 1, 1.5, 0.3, 0.75),
    }
    found = {name: run(tensor) for name, tensor in results.items()}
    for name, tensor in results.items():
        for k, source in enumerate((x, w)):
            gradient = tf.gradients(tf.square(tensor), source)[0]
            if gradient is not None:
                found[f"{name}_{k}"] = run(gradient)
    return found


@case
def normalizations(tf, run):
    x = tf.constant(numbers(2, 3, 4, 5))
    mean, variance = tf.nn.moments(x, [0, 1, 2])
    offset, scale = tf.constant(numbers(5, seed=1)), tf.constant(numbers(5, seed=2))
    normal = tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)
    fused = tf.nn.fused_batch_norm(x, scale, offset)
    layer = tf.layers.batch_normalization(x, training=True, momentum=0.8)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    averages = tf.global_variables()[-2:]
    run(updates)
    run(updates)
    tensors = [
        mean, variance, normal, *fused[:3], layer, *averages,
        tf.nn.l2_normalize(x, 3), tf.nn.bias_add(x, offset), tf.nn.log_softmax(x),
        tf.nn.crelu(x), tf.nn.relu6(x * 5.0), tf.nn.elu(x), tf.nn.selu(x),
        tf.nn.softplus(x), tf.nn.softsign(x), tf.nn.leaky_relu(x),
        tf.nn.moments(x, [1], keep_dims=True)[1],
        tf.layers.flatten(tf.layers.max_pooling2d(x, 2, 1)),
    ]  # fmt: skip
    found = {str(i): value for i, value in enumerate(run(tensors))}
    names = [variable.name for variable in tf.global_variables()]
    return found | {"names": np.array(names)}


@case
def clipping(tf, run):
    parts = [tf.constant(numbers(3)), None, tf.constant(numbers(2, 2, seed=1))]
    clipped, norm = tf.clip_by_global_norm(parts, 1.5)
    far, _ = tf.clip_by_global_norm(parts, 100.0)
    tensors = [
        norm, clipped[0], clipped[2], far[0], tf.global_norm(parts),
        tf.clip_by_norm(parts[2], 0.5), tf.clip_by_norm(parts[2], 0.5, axes=[1]),
        tf.clip_by_value(parts[0], -0.5, 0.5), tf.clip_by_average_norm(parts[0], 0.1),
    ]  # fmt: skip
    assert clipped[1] is None
    return {str(i): value for i, value in enumerate(run(tensors))}


@case
def gradients_of_control(tf, run):
    x, w = tf.constant(numbers(4, 3)), tf.Variable(numbers(3, seed=1), name="w")
    scanned = tf.scan(lambda a, row: tf.tanh(a * w + row), x, tf.zeros([3]))
    folded = tf.foldl(lambda a, row: a * 0.5 + row * w, x)
    mapped = tf.map_fn(lambda row: row * tf.reduce_sum(w * row), x)
    looped = tf.while_loop(
        lambda i, v: i < 3, lambda i, v: [i + 1, v * w + 1.0], [0, x[0]],
        maximum_iterations=5,
    )[1]  # fmt: skip
    chosen = tf.cond(x[0, 0] > x[1, 1], lambda: w * w, lambda: tf.exp(w) * x[0])
    found = {}
    for name, y in zip("abcde", (scanned, folded, mapped, looped, chosen)):
        first = tf.gradients(tf.reduce_sum(y * y), [w, x])
        found |= {f"{name}_{i}": run(g) for i, g in enumerate(first) if g is not None}
    clipped = tf.clip_by_norm(tf.zeros([2]) * w[:2], 1.0)
    return found | {"of_zeros": run(tf.gradients(clipped, w)[0])}


@case
def names(tf, run):
    x = tf.placeholder(tf.float32, [2], name="x")
    tensors = [
        x,
        x + 1.0,
        x + 2.0,
        x - x,
        -x,
        x * x,
        x / x,
        tf.matmul([[1.0]], [[2.0]]),
    ]
    with tf.name_scope("loss"):
        tensors += [x - 1.0, tf.reduce_mean(x), tf.square(x, name="sq")]
        with tf.name_scope("deep"):
            tensors.append(tf.reduce_sum(x))
    with tf.name_scope("loss"):
        tensors += [x - 1.0, tf.constant(1.0), tf.Variable(1.0, name="v")]
    with tf.variable_scope("layer"):
        tensors += [tf.get_variable("w", [2]), tf.zeros([2]), tf.Variable(2.0)]
    with tf.variable_scope("layer", reuse=True):
        tensors += [tf.get_variable("w", [2]), tf.identity(x)]
    tensors += [tf.Variable(1.0), tf.Variable(1.0), tf.exp(x), tf.add(x, x)]
    tensors += [tf.layers.dense(tf.zeros([1, 2]), 3)]
    names = [tensor.name for tensor in tensors]
    return {"names": np.array(names + [v.name for v in tf.global_variables()])}
