"""Programs whose results are names and errors, run as those of `golden_cases`."""

import numpy as np

NAMING = {}


def naming(function):
    def case(tf, run):
        return {key: np.array(value) for key, value in function(tf).items()}

    NAMING[function.__name__] = case
    return case


@naming
def names_of_kept_variables(tf):
    with tf.variable_scope("net"):
        w, b = tf.get_variable("w", [2]), tf.Variable(1.0, name="b")
        loss = tf.reduce_sum(w * b, name="loss")
    step, t = tf.train.get_or_create_global_step(), tf.train
    with tf.name_scope("train"):
        made = [t.AdamOptimizer().minimize(loss, global_step=step)]
        made.append(t.MomentumOptimizer(0.1, 0.9).minimize(loss, var_list=[w]))
    with tf.variable_scope("optimizer"):
        made.append(t.AdamOptimizer(name="Second").minimize(loss))
        made.append(t.RMSPropOptimizer(0.1, centered=True).minimize(loss, name="go"))
    for kind in (t.FtrlOptimizer, t.AdadeltaOptimizer, t.AdagradOptimizer):
        made.append(kind(0.1).minimize(loss))
        made.append(kind(0.1).minimize(loss))
    first = t.ExponentialMovingAverage(0.9)
    second = t.ExponentialMovingAverage(0.9, name="other")
    with tf.variable_scope("averages"):
        made.append(first.apply([w, loss]))
    with tf.name_scope("scoped"):
        made.append(second.apply([b, loss]))
    return {
        "variables": [v.name for v in tf.global_variables()],
        "operations": [operation.name for operation in made],
        "moving": [v.name for v in tf.moving_average_variables()],
        "restored": sorted(first.variables_to_restore()),
        "averages": [first.average_name(w), first.average_name(loss),
                     second.average_name(b)],
    }  # fmt: skip


@naming
def names_of_layers(tf):
    x = tf.placeholder(tf.float32, [None, 8, 8, 3])
    phase = tf.placeholder(tf.bool, [])
    with tf.variable_scope("model"):
        y = tf.layers.conv2d(x, 4, 3)
        y = tf.layers.batch_normalization(y, training=phase)
        y = tf.layers.flatten(tf.layers.max_pooling2d(y, 2, 2))
        y = tf.layers.dense(tf.layers.dropout(y, training=phase), 3, tf.nn.relu)
        z = tf.layers.dense(y, 3)
    with tf.variable_scope("model", reuse=True):
        again = tf.layers.conv2d(x, 4, 3)
    with tf.name_scope("n"):
        scoped = tf.layers.dense(y, 2), tf.layers.dense(y, 2, name="mine")
    tensors = [y, z, again, *scoped]
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    return {
        "tensors": [tensor.name for tensor in tensors],
        "variables": [v.name for v in tf.global_variables()],
        "updates": [operation.name for operation in updates],
    }


@naming
def names_in_scopes(tf):
    made = []
    with tf.variable_scope("a"):
        with tf.variable_scope("b"):
            made += [tf.get_variable("v", [1]), tf.constant(1.0)]
            with tf.variable_scope(tf.get_variable_scope()):
                made += [tf.constant(1.0), tf.Variable(1.0)]
        for _ in range(2):
            with tf.variable_scope(None, "b"):
                made.append(tf.get_variable("v", [1]))
    with tf.variable_scope("a/b", reuse=True):
        made += [tf.get_variable("v"), tf.constant(1.0)]
    with tf.variable_scope("outer"):
        with tf.variable_scope("inner") as scope:
            pass
        with tf.variable_scope(scope):
            made.append(tf.constant(1.0))
    with tf.variable_scope(scope):
        made += [tf.constant(1.0), tf.get_variable("h", [1])]
    with tf.variable_scope(scope, auxiliary_name_scope=False):
        made.append(tf.constant(1.0))
    with tf.name_scope("n") as opened:
        made.append(tf.constant(1.0))
    for name in ("", "n/", "n", opened):
        with tf.name_scope(name):
            made.append(tf.constant(1.0))
    return {"names": [tensor.name for tensor in made]}


@naming
def names_of_operations(tf):
    z = tf.placeholder(tf.float32, [1, 3], name="z")
    mean, variance = tf.nn.moments(z, [0])
    clipped, _ = tf.clip_by_global_norm(tf.gradients(z * 2.0, z), 1.0)
    assigned = tf.Variable(1.0)
    tensors = [
        tf.train.exponential_decay(0.1, 3, 4, 0.5), tf.cast(z, tf.int32), tf.shape(z),
        tf.one_hot([1], 3), tf.argmax(z, 1), tf.nn.softmax(z), tf.nn.relu(z),
        tf.nn.bias_add(z, tf.ones([3])), tf.expand_dims(z, 1), tf.squeeze(z[None]),
        tf.tile(z, [1, 2]), tf.stack([z, z]), tf.reshape(z, [-1]), tf.transpose(z),
        tf.range(3), tf.fill([2], 1.0), tf.zeros_like(z), tf.equal(z, z), z > z,
        tf.where(z > z, z, z), tf.pad(z, [[0, 0], [1, 1]]), tf.random_normal([2]),
        tf.truncated_normal([2]), tf.nn.l2_loss(z), tf.reduce_max(z), tf.reduce_mean(z),
        tf.pow(z, 2.0), z**2.0, tf.maximum(z, 0.0), tf.clip_by_value(z, 0.0, 1.0),
        tf.stop_gradient(z), tf.squared_difference(z, z), tf.nn.l2_normalize(z, 1),
        tf.concat([z, z], 1), tf.slice(z, [0, 0], [1, 1]), z[0], tf.add_n([z, z]),
        tf.matmul(z, tf.ones([3, 3])), tf.sigmoid(z), tf.tanh(z), tf.div(z, 2.0),
        z / 2.0, z // 2.0, tf.placeholder_with_default(1.0, []), tf.ones([2]),
        tf.zeros([2]), tf.assign_add(assigned, 1.0), tf.assign(assigned, 1.0),
        assigned.assign_sub(1.0), tf.rank(z), tf.size(z), tf.nn.top_k(z).indices,
        tf.split(z, 3, 1)[2], tf.unstack(z, axis=1)[1], tf.summary.scalar("a b", z[0]),
        tf.to_float(tf.range(2)),
    ]  # fmt: skip
    return {"names": [tensor.name for tensor in tensors]}


@naming
def errors_of_scopes(tf):
    def reused(name, shape=None, dtype=None, reuse=True):
        with tf.variable_scope("s", reuse=reuse):
            return tf.get_variable(name, shape, dtype)

    with tf.variable_scope("s"):
        tf.get_variable("w", [2])
        tf.Variable(1.0, name="plain")
    calls = [
        lambda: reused("w", [2], reuse=False), lambda: reused("none", [2]),
        lambda: reused("plain", []), lambda: reused("w", [3]),
        lambda: reused("w", [2], tf.int32), lambda: reused("n", reuse=False),
        lambda: reused("w", reuse=tf.AUTO_REUSE),
        lambda: tf.get_variable("u", [2], initializer=tf.zeros([3])),
        lambda: tf.constant([1.0, 2.0], tf.int32), lambda: tf.constant(1.0) + 1,
        lambda: tf.constant(1) + 1.5, lambda: tf.constant(1) + tf.constant(1.0),
        lambda: tf.matmul([[1.0, 2.0]], [[1.0, 2.0]]),
        lambda: tf.ones([2]) + tf.ones(3),
        lambda: tf.reshape(tf.ones([4]), [3]), lambda: tf.get_variable("x", [None]),
        lambda: tf.train.AdamOptimizer().minimize(tf.constant(1.0)),
        lambda: tf.assign(tf.Variable([1.0]), [1.0, 2.0]), lambda: tf.Variable(),
        lambda: tf.get_default_graph().get_tensor_by_name("s/w"),
        lambda: tf.get_default_graph().get_tensor_by_name("missing:0"),
    ]  # fmt: skip
    found = []
    for call in calls:
        try:
            call()
            found.append("")
        except Exception as error:
            kinds = [kind for kind in (TypeError, ValueError, KeyError)
                     if isinstance(error, kind)]  # fmt: skip
            found.append(kinds[0].__name__)
    return {"kinds": found}
