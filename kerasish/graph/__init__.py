"""Programs of graphs and sessions, as they were written for TensorFlow 1.

Example:

>>> import kerasish.graph as tf
>>> with tf.Graph().as_default(), tf.Session() as sess:
...     x = tf.placeholder(tf.float32, name="x")
...     print(sess.run(x * 2.0, {x: 3.0}))
6.0
"""

import importlib

from kerasish.graph.absent import hint_of
from kerasish.graph.names import NAMES
from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, NAMES, hint_of("tf"))
# Whoever has tensors has their operators, which lie above them.
importlib.import_module("kerasish.graph.operators")
