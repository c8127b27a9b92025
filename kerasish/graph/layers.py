"""The functions of `tf.layers`, which make their variables themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.graph import neural
from kerasish.graph.absent import refusal
from kerasish.graph.applying import apply
from kerasish.graph.arrays import reshape
from kerasish.graph.assignments import assign
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.control import cond, scalar
from kerasish.graph.convolution_layers import (
    biased,
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    finished,
    separable_conv2d,
    several,
)
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.initializers import Ones, Zeros
from kerasish.graph.products import matmul, tensordot
from kerasish.graph.scopes import get_variable, variable_scope
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Tensor

__all__ = [
    "average_pooling1d", "average_pooling2d", "average_pooling3d",
    "batch_normalization", "conv1d", "conv2d", "conv2d_transpose", "conv3d",
    "dense", "dropout", "flatten", "max_pooling1d", "max_pooling2d",
    "max_pooling3d", "separable_conv2d",
]  # fmt: skip
__getattr__ = refusal(__name__, "tf.layers")


def dense(
    inputs: Any, units: int, activation: Any = None, use_bias: bool = True,
    kernel_initializer: Any = None, bias_initializer: Any = None,
    kernel_regularizer: Any = None, bias_regularizer: Any = None,
    activity_regularizer: Any = None, kernel_constraint: Any = None,
    bias_constraint: Any = None, trainable: bool = True, name: str | None = None,
    reuse: Any = None,
) -> Tensor:  # fmt: skip
    """Apply a dense layer to the last axis.

    Args:
        inputs: `(batch, ..., size)`.
        units: The size of the result.
        activation: A function, or `None`.
        use_bias: Whether there is a bias.
        kernel_initializer: The initializer of the kernel.
        bias_initializer: That of the bias; zeros for `None`.
        kernel_regularizer: A function whose result joins the regularization losses.
        bias_regularizer: Likewise.
        activity_regularizer: Likewise, of the result.
        kernel_constraint: A function that optimizers apply to the kernel.
        bias_constraint: Likewise.
        trainable: Whether optimizers change the variables.
        name: The variable scope, `"dense"` by default.
        reuse: Whether variables exist.

    Raises:
        ValueError: If the size of the last axis is unknown.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     y = tf.layers.dense(tf.zeros([2, 3]), 4)
    >>> y.shape.as_list()
    [2, 4]
    """
    x = convert_to_tensor(inputs)
    size = x.shape[-1].value
    if size is None:
        raise ValueError(
            "The last dimension of the inputs to `Dense` should be defined. Found "
            "`None`."
        )
    with variable_scope(name, default_name="dense", reuse=reuse):
        kernel = get_variable(
            "kernel", [size, units], x.dtype, kernel_initializer, kernel_regularizer,
            trainable, constraint=kernel_constraint,
        )  # fmt: skip
        ranked = x.shape.ndims == 2
        y = matmul(x, kernel) if ranked else tensordot(x, kernel, [[-1], [0]])
        if use_bias:
            y = biased(y, bias_initializer, bias_regularizer, trainable,
                        bias_constraint)  # fmt: skip
        return finished(y, activation, activity_regularizer)


def _pooling(function: str, rank: int) -> Callable:
    def operation(
        inputs: Any, pool_size: Any, strides: Any, padding: str = "valid",
        data_format: str = "channels_last", name: str | None = None,
    ) -> Tensor:  # fmt: skip
        window = tuple(several(pool_size, rank))
        steps = tuple(several(strides, rank))
        pool, mode = getattr(ops, function), padding.lower()
        return apply(
            f"{function}{rank}d", lambda x: pool(x, window, steps, mode, data_format),
            convert_to_tensor(inputs), name=name,
        )  # fmt: skip

    operation.__doc__ = f"""Pool along {rank} axes ({function.replace("_", " ")}).

    Args:
        inputs: `(batch, ..., channels)`, or channels first.
        pool_size: The size of the window.
        strides: The steps.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        name: A name.
    """
    shape, printed = [1, *[4] * rank, 3], [1, *[2] * rank, 3]
    call = f"tf.layers.{function}ing{rank}d(tf.ones({shape}), 2, 2)"
    return example(f"tf.shape({call})", str(printed).replace(",", ""))(operation)


max_pooling1d, max_pooling2d, max_pooling3d = (
    _pooling("max_pool", rank) for rank in (1, 2, 3)
)
average_pooling1d, average_pooling2d, average_pooling3d = (
    _pooling("average_pool", rank) for rank in (1, 2, 3)
)


@example("tf.shape(tf.layers.flatten(tf.ones([2, 3, 4])))", "[ 2 12]")
def flatten(inputs: Any, name: str | None = None) -> Tensor:
    """Flatten all axes but the first.

    Args:
        inputs: A tensor.
        name: A name.
    """
    x = convert_to_tensor(inputs)
    sizes = x.shape.as_list()[1:]
    total = -1
    if None not in sizes:
        total = 1
        for size in sizes:
            total *= size
    batch = x.shape[0].value if total == -1 else -1
    return reshape(x, [-1 if batch is None else batch, total], name or "flatten")


@example("tf.layers.dropout([1.0, 2.0], training=False)", "[1. 2.]")
def dropout(
    inputs: Any, rate: Any = 0.5, noise_shape: Any = None, seed: Any = None,
    training: Any = False, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Set elements to zero at random while training.

    Args:
        inputs: A tensor.
        rate: The probability that an element becomes zero.
        noise_shape: The shape of the draws, which broadcast.
        seed: A seed.
        training: Whether this is training: a Python bool, or a scalar bool tensor.
        name: A name.
    """
    x = convert_to_tensor(inputs)
    if not isinstance(training, Tensor):
        if not training:
            return x
        return neural.dropout(x, 1.0 - rate, noise_shape, seed, name)
    return cond(
        training, lambda: neural.dropout(x, 1.0 - rate, noise_shape, seed), lambda: x,
        name=name,
    )  # fmt: skip


@example(
    "tf.shape(tf.layers.batch_normalization(tf.ones([2, 3]), training=True))", "[2 3]"
)
def batch_normalization(
    inputs: Any, axis: int = -1, momentum: float = 0.99, epsilon: float = 1e-3,
    center: bool = True, scale: bool = True, beta_initializer: Any = None,
    gamma_initializer: Any = None, moving_mean_initializer: Any = None,
    moving_variance_initializer: Any = None, beta_regularizer: Any = None,
    gamma_regularizer: Any = None, beta_constraint: Any = None,
    gamma_constraint: Any = None, training: Any = False, trainable: bool = True,
    name: str | None = None, reuse: Any = None, **others: Any,
) -> Tensor:  # fmt: skip
    """Normalize by the moments of a batch, or by their moving averages.

    While training, the operations that update the averages are in the collection
    `tf.GraphKeys.UPDATE_OPS`, to be run with every step.

    Args:
        inputs: A tensor.
        axis: The axis of the channels.
        momentum: The share of the old averages.
        epsilon: Added to the variance.
        center: Whether there is an offset.
        scale: Whether there is a factor.
        beta_initializer: The initializer of the offset; zeros for `None`.
        gamma_initializer: That of the factor; ones for `None`.
        moving_mean_initializer: That of the average mean; zeros for `None`.
        moving_variance_initializer: That of the average variance; ones for `None`.
        beta_regularizer: A function whose result joins the regularization losses.
        gamma_regularizer: Likewise.
        beta_constraint: A function that optimizers apply to the offset.
        gamma_constraint: Likewise.
        training: Whether this is training: a Python bool, or a scalar bool tensor.
        trainable: Whether optimizers change offset and factor.
        name: The variable scope, `"batch_normalization"` by default.
        reuse: Whether variables exist.
        **others: Only `fused`, `renorm=False` and the like, which are ignored.

    Raises:
        TypeError: If an argument is unknown.
        ValueError: If renormalization is asked for.
    """
    unknown = set(others) - {"fused", "renorm", "renorm_clipping", "renorm_momentum",
                             "virtual_batch_size", "adjustment"}  # fmt: skip
    if unknown:
        raise TypeError(f"batch_normalization has no argument {unknown.pop()!r}.")
    if any(others.get(key) for key in ("renorm", "virtual_batch_size", "adjustment")):
        raise ValueError(f"batch_normalization: not supported: {sorted(others)}")
    x = convert_to_tensor(inputs)
    place = axis % x.shape.ndims
    size = [x.shape[place].value]
    with variable_scope(name, default_name="batch_normalization", reuse=reuse):
        dtype = x.dtype
        factor = offset = None
        if scale:
            factor = get_variable(
                "gamma", size, dtype, gamma_initializer or Ones(), gamma_regularizer,
                trainable, constraint=gamma_constraint,
            )  # fmt: skip
        if center:
            offset = get_variable(
                "beta", size, dtype, beta_initializer or Zeros(), beta_regularizer,
                trainable, constraint=beta_constraint,
            )  # fmt: skip
        mean = get_variable(
            "moving_mean", size, dtype, moving_mean_initializer or Zeros(),
            trainable=False,
        )  # fmt: skip
        variance = get_variable(
            "moving_variance", size, dtype, moving_variance_initializer or Ones(),
            trainable=False,
        )  # fmt: skip
        variables = (mean, variance, factor, offset)
        # The fused form, which images take, keeps the variance of a sample.
        is_sample = (
            x.shape.ndims == 4 and place != 2 and others.get("fused") is not False
        )
        return _normalized(x, place, variables, momentum, epsilon, training, is_sample)


def _moments(
    x: Tensor, place: int, training: Any, averages: list, is_sample: bool
) -> list[Tensor]:
    """The mean and variance to normalize by, and the variance to keep."""
    axes = tuple(a for a in range(x.shape.ndims) if a != place)

    def function(t: Any, is_training: Any, old_mean: Any, old_variance: Any) -> list:
        mean, variance = ops.moments(t, axes)
        kept = variance
        if is_sample:
            count = ops.cast(ops.size(t) // ops.size(variance), t.dtype)
            kept = variance * (count / ops.maximum(count - 1.0, 1.0))
        if is_training is None:
            return [mean, variance, kept]
        pairs = zip((mean, variance, kept), (old_mean, old_variance, old_variance))
        return [ops.where(is_training, new, old) for new, old in pairs]

    test = scalar(training) if isinstance(training, Tensor) else None
    return apply("moments", function, x, test, *averages)


def _normalized(
    x: Tensor, place: int, variables: tuple, momentum: float, epsilon: float,
    training: Any, is_sample: bool,
) -> Tensor:  # fmt: skip
    mean, variance, factor, offset = variables
    used = [mean, variance]
    if isinstance(training, Tensor) or training:
        used = _moments(x, place, training, used, is_sample)
        graph = get_default_graph()
        for variable, value in zip((mean, variance), (used[0], used[2])):
            change = (variable - value) * (1.0 - momentum)
            update = assign(variable, variable - change, name="AssignMovingAvg")
            graph.add_to_collection(GraphKeys.UPDATE_OPS, update.op)

    def normalized(t: Any, *parts: Any) -> Any:
        sizes = [1] * t.ndim
        sizes[place] = -1
        shaped = [None if p is None else ops.reshape(p, sizes) for p in parts]
        centre, spread, times, plus = shaped
        y = (t - centre) * ops.rsqrt(spread + epsilon)
        y = y if times is None else y * times
        return y if plus is None else y + plus

    return apply("batchnorm", normalized, x, used[0], used[1], factor, offset)
