"""Running the same program under any library that is called like TensorFlow 1."""

import numpy as np


def run_case(tf, case):
    """Run a case in a graph of its own and return its arrays."""
    with tf.Graph().as_default(), tf.Session() as sess:
        known = set()

        def run(fetches, feeds=None):
            fresh = [v for v in tf.global_variables() if v.name not in known]
            known.update(v.name for v in fresh)
            if fresh:
                sess.run(tf.variables_initializer(fresh))
            return sess.run(fetches, feeds)

        return {key: np.asarray(value) for key, value in case(tf, run).items()}


def run_expression(tf, make):
    """Return the value of one expression."""
    with tf.Graph().as_default(), tf.Session() as sess:
        return np.asarray(sess.run(make(tf)))
