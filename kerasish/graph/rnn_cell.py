"""The names of `tf.nn.rnn_cell`, which `tf.contrib.rnn` has as well."""

from kerasish.graph.absent import hint_of
from kerasish.lazy import attach

_HOMES = {
    "cells": (
        "BasicLSTMCell", "BasicRNNCell", "GRUCell", "LSTMCell", "LSTMStateTuple",
        "MultiRNNCell", "RNNCell",
    ),
    "cell_wrappers": ("DropoutWrapper", "OutputProjectionWrapper", "ResidualWrapper"),
}  # fmt: skip
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        name: f"kerasish.graph.{module}"
        for module, names in _HOMES.items()
        for name in names
    },
    hint_of("tf.nn.rnn_cell"),
)
