"""Graph programs on the device `cupy` give what the host gives."""

import numpy as np

import kerasish.graph as tf
from kerasish.backend.devices import device


def program(folder):
    draw = np.random.RandomState(0)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(1)
        ids = tf.placeholder(tf.int32, [6])
        labels = tf.placeholder(tf.int64, [6, 1])
        table = tf.Variable(tf.random_uniform([12, 4], -1.0, 1.0), name="table")
        weights = tf.Variable(tf.truncated_normal([12, 4]), name="weights")
        rows = tf.check_numerics(tf.nn.embedding_lookup(table, ids), "rows")
        loss = tf.reduce_mean(
            tf.nn.nce_loss(weights, tf.zeros([12]), labels, rows, 3, 12)
        )
        step = tf.train.MomentumOptimizer(0.5, 0.9).minimize(loss)
        outputs, _ = tf.nn.dynamic_rnn(
            tf.nn.rnn_cell.GRUCell(3), rows[None], [4], dtype=tf.float32
        )
        total = tf.while_loop(
            lambda i, s: i < 3, lambda i, s: [i + 1, s * 2.0], [0, 1.0]
        )
        sess.run(tf.global_variables_initializer())
        found = []
        for _ in range(3):
            feed = {ids: draw.randint(0, 12, 6), labels: draw.randint(0, 12, (6, 1))}
            found += sess.run([loss, outputs, total[1], step], feed)[:3]
        saver = tf.train.Saver([table])
        path = saver.save(sess, str(folder / "model"))
        found.append(sess.run(table))
        sess.run(table.initializer)
        saver.restore(sess, path)
        return [
            *found,
            sess.run(table),
            sess.run(tf.py_func(np.sum, [table], "float32")),
        ]


def test_a_program_on_the_device(cupy_device, tmp_path):
    found = program(tmp_path)
    with device("numpy"):
        expected = program(tmp_path)
    for a, b in zip(found, expected, strict=True):
        assert type(a) is type(b)
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
