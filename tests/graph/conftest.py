"""Every test of programs has a graph of its own."""

import pytest

import kerasish.graph as tf


@pytest.fixture(autouse=True)
def fresh_graph():
    """Begin with an empty graph, and the same seeds."""
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(7)
        yield graph
