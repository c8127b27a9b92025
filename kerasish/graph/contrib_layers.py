"""The names of `tf.contrib.layers` that old programs use most."""

from __future__ import annotations

from typing import Any

from kerasish.graph import activations, layers
from kerasish.graph.absent import refusal
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.convolution_layers import biased, several
from kerasish.graph.convolutions import convolution
from kerasish.graph.initializers import (
    GlorotUniform,
    Zeros,
    l1_regularizer,
    l2_regularizer,
    variance_scaling_initializer,
    xavier_initializer,
    xavier_initializer_conv2d,
)
from kerasish.graph.products import tensordot
from kerasish.graph.scopes import get_variable, variable_scope
from kerasish.graph.tensors import Tensor

__all__ = [
    "conv2d",
    "convolution2d",
    "flatten",
    "fully_connected",
    "l1_regularizer",
    "l2_regularizer",
    "max_pool2d",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]
__getattr__ = refusal(__name__, "tf.contrib.layers")
flatten = layers.flatten


def _weighted(
    multiply: Any, x: Tensor, shape: list, default_name: str, activation_fn: Any,
    weights_initializer: Any, weights_regularizer: Any, biases_initializer: Any,
    reuse: Any, scope: Any, trainable: bool,
) -> Tensor:  # fmt: skip
    """A layer of variables called `weights` and `biases`."""
    with variable_scope(scope, default_name, reuse=reuse):
        start = weights_initializer or GlorotUniform()
        y = multiply(
            get_variable(
                "weights", shape, x.dtype, start, weights_regularizer, trainable
            )
        )
        if biases_initializer is not None:
            y = biased(y, biases_initializer, None, trainable, None, name="biases")
        return y if activation_fn is None else activation_fn(y)


def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = activations.relu,
    weights_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = Zeros,
    reuse: Any = None,
    scope: Any = None,
    trainable: bool = True,
) -> Tensor:
    """Apply a dense layer, with `relu` unless another function is given.

    Args:
        inputs: `(batch, ..., size)`.
        num_outputs: The size of the result.
        activation_fn: A function, or `None`.
        weights_initializer: The initializer of `weights`; `GlorotUniform` for `None`.
        weights_regularizer: A function whose result joins the regularization losses.
        biases_initializer: The initializer of `biases`; without them for `None`.
        reuse: Whether variables exist.
        scope: The variable scope, `"fully_connected"` by default.
        trainable: Whether optimizers change the variables.

    Returns:
        `(batch, ..., num_outputs)`.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     y = tf.contrib.layers.fully_connected(tf.zeros([2, 3]), 4)
    ...     print(y.shape, [v.name for v in tf.trainable_variables()])
    (2, 4) ['fully_connected/weights:0', 'fully_connected/biases:0']
    """
    x = convert_to_tensor(inputs)
    return _weighted(
        lambda w: tensordot(x, w, [[-1], [0]]), x, [x.shape[-1].value, num_outputs],
        "fully_connected", activation_fn, weights_initializer, weights_regularizer,
        biases_initializer, reuse, scope, trainable,
    )  # fmt: skip


def conv2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    activation_fn: Any = activations.relu,
    weights_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = Zeros,
    reuse: Any = None,
    scope: Any = None,
    trainable: bool = True,
) -> Tensor:
    """Convolve images `(batch, height, width, channels)`, with `relu` by default.

    Args:
        inputs: The images.
        num_outputs: The number of filters.
        kernel_size: Height and width of a filter, or one number for both.
        stride: The steps between its places, likewise.
        padding: `"SAME"` or `"VALID"`.
        activation_fn: See `fully_connected`, as for what follows.
        weights_initializer: See there.
        weights_regularizer: See there.
        biases_initializer: See there.
        reuse: See there.
        scope: The variable scope, `"Conv"` by default.
        trainable: See `fully_connected`.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     y = tf.contrib.layers.conv2d(tf.zeros([2, 8, 8, 3]), 4, 3, stride=2)
    >>> y.shape.as_list()
    [2, 4, 4, 4]
    """
    x, window = convert_to_tensor(inputs), several(kernel_size, 2)
    return _weighted(
        lambda w: convolution(x, w, padding, several(stride, 2)), x,
        [*window, x.shape[-1].value, num_outputs], "Conv", activation_fn,
        weights_initializer, weights_regularizer, biases_initializer, reuse, scope,
        trainable,
    )  # fmt: skip


convolution2d = conv2d


def max_pool2d(
    inputs: Any, kernel_size: Any, stride: Any = 2, padding: str = "VALID",
    scope: str | None = None,
) -> Tensor:  # fmt: skip
    """Pool the largest elements of windows; see `tf.layers.max_pooling2d`.

    Args:
        inputs: Images `(batch, height, width, channels)`.
        kernel_size: The size of the windows.
        stride: The steps between them.
        padding: `"VALID"` or `"SAME"`.
        scope: A name.

    Example:

    >>> import kerasish.graph as tf
    >>> tf.contrib.layers.max_pool2d(tf.zeros([2, 8, 8, 3]), 2).shape.as_list()
    [2, 4, 4, 3]
    """
    return layers.max_pooling2d(inputs, kernel_size, stride, padding, name=scope)
