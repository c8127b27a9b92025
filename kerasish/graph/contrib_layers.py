"""The names of `tf.contrib.layers` that old programs use most."""

from __future__ import annotations

from typing import Any

from kerasish.graph import layers, neural
from kerasish.graph.initializers import (
    GlorotUniform,
    l1_regularizer,
    l2_regularizer,
    variance_scaling_initializer,
    xavier_initializer,
    xavier_initializer_conv2d,
)
from kerasish.graph.tensors import Tensor

__all__ = [
    "conv2d",
    "flatten",
    "fully_connected",
    "l1_regularizer",
    "l2_regularizer",
    "max_pool2d",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]
flatten = layers.flatten


def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = neural.relu,
    weights_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = None,
    reuse: Any = None,
    scope: str | None = None,
    trainable: bool = True,
) -> Tensor:
    """Apply a dense layer, with `relu` unless another function is given.

    Args:
        inputs: `(batch, ..., size)`.
        num_outputs: The size of the result.
        activation_fn: A function, or `None`.
        weights_initializer: The initializer of the kernel.
        weights_regularizer: A function whose result joins the regularization losses.
        biases_initializer: The initializer of the bias.
        reuse: Whether variables exist.
        scope: The variable scope.
        trainable: Whether optimizers change the variables.
    """
    return layers.dense(
        inputs, num_outputs, activation_fn,
        kernel_initializer=weights_initializer or GlorotUniform(),
        bias_initializer=biases_initializer, kernel_regularizer=weights_regularizer,
        trainable=trainable, name=scope, reuse=reuse,
    )  # fmt: skip


def conv2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    activation_fn: Any = neural.relu,
    weights_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = None,
    reuse: Any = None,
    scope: str | None = None,
    trainable: bool = True,
) -> Tensor:
    """Convolve images; arguments as of `fully_connected`, and as of `conv2d`."""
    return layers.conv2d(
        inputs, num_outputs, kernel_size, stride, padding, activation=activation_fn,
        kernel_initializer=weights_initializer or GlorotUniform(),
        bias_initializer=biases_initializer, kernel_regularizer=weights_regularizer,
        trainable=trainable, name=scope, reuse=reuse,
    )  # fmt: skip


def max_pool2d(
    inputs: Any, kernel_size: Any, stride: Any = 2, padding: str = "VALID",
    scope: str | None = None,
) -> Tensor:  # fmt: skip
    """Pool the largest elements of windows."""
    return layers.max_pooling2d(inputs, kernel_size, stride, padding, name=scope)
