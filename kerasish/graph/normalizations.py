"""Normalization: moments, batches, neighbouring channels, lengths."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.mathematics import maximum
from kerasish.graph.reductions import axes_of
from kerasish.graph.tensors import Tensor


@example("tf.nn.l2_normalize([0.0, 2.0], 0)", "[0. 1.]")
def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None,
    dim: Any = None,
) -> Tensor:  # fmt: skip
    """Scale vectors to length 1.

    Args:
        x: A tensor.
        axis: The axis of the vectors.
        epsilon: The least square of a length.
        name: A name.
        dim: The older name of `axis`.
    """
    axes = axes_of(dim if axis is None else axis)

    def function(t: Any) -> Any:
        total = ops.sum(ops.square(t), axis=axes, keepdims=True)
        return t * ops.rsqrt(ops.maximum(total, epsilon))

    return apply("l2_normalize", function, convert_to_tensor(x), name=name)


@example("tf.nn.moments([[1.0, 2.0], [3.0, 2.0]], [0])[1]", "[1. 0.]")
def moments(
    x: Any, axes: Any, shift: Any = None, name: str | None = None,
    keep_dims: bool | None = None, keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return the mean and the variance along axes.

    Args:
        x: A tensor.
        axes: The axes that vanish.
        shift: Kept for the signature.
        name: A name.
        keep_dims: Whether they stay, with size 1.
        keepdims: The newer name of that.
    """
    keep = bool(keep_dims if keepdims is None else keepdims)
    places = axes_of(axes)
    return tuple(
        apply(
            "moments", lambda t: list(ops.moments(t, places, keep)),
            convert_to_tensor(x), name=name, count=2,
        )
    )  # fmt: skip


@example(
    "tf.nn.batch_normalization([[1.0, 3.0]], 2.0, 4.0, 1.0, None, 0.0)", "[[0.5 1.5]]"
)
def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Return `(x - mean) / sqrt(variance + epsilon) * scale + offset`.

    Args:
        x: A tensor.
        mean: The mean.
        variance: The variance.
        offset: What is added, or `None`.
        scale: A factor, or `None`.
        variance_epsilon: Added to the variance.
        name: A name.
    """

    def function(t: Any, centre: Any, spread: Any, times: Any, plus: Any) -> Any:
        factor = ops.rsqrt(spread + variance_epsilon)
        factor = factor if times is None else factor * times
        shifted = t * factor - centre * factor
        return shifted if plus is None else shifted + plus

    x = convert_to_tensor(x)
    given = [
        None if part is None else convert_to_tensor(part, x.dtype)
        for part in (mean, variance, scale, offset)
    ]
    return apply("batchnorm", function, x, *given, name=name)


@example(
    "tf.shape(y)", "[2 4 4 3]", "x = tf.ones([2, 4, 4, 3])",
    "y, mean, variance = tf.nn.fused_batch_norm(x, [1.0] * 3, [0.0] * 3)",
)  # fmt: skip
def fused_batch_norm(
    x: Any, scale: Any, offset: Any, mean: Any = None, variance: Any = None,
    epsilon: float = 0.001, data_format: str = "NHWC", is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Normalize images by their own moments, or by given ones.

    Args:
        x: `(batch, height, width, channels)`, or `NCHW`.
        scale: A factor for each channel.
        offset: What is added to each channel.
        mean: The means where not training.
        variance: The variances where not training.
        epsilon: Added to the variances.
        data_format: `"NHWC"` or `"NCHW"`.
        is_training: Whether the images' own moments are taken.
        name: A name.

    Returns:
        `(normalized, mean, variance)`; the variance is that of a sample.
    """
    x = convert_to_tensor(x)
    axes = [0, 2, 3] if data_format == "NCHW" else [0, 1, 2]
    shape = (1, -1, 1, 1) if data_format == "NCHW" else (1, 1, 1, -1)
    if is_training:
        mean, variance = moments(x, axes)
    else:
        mean, variance = convert_to_tensor(mean), convert_to_tensor(variance)

    def function(t: Any, *parts: Any) -> Any:
        centre, spread, factor, shift = (ops.reshape(p, shape) for p in parts)
        return (t - centre) * ops.rsqrt(spread + epsilon) * factor + shift

    y = apply("FusedBatchNorm", function, x, mean, variance, scale, offset, name=name)
    if not is_training:
        return y, mean, variance
    count = apply(
        "count", lambda t, v: ops.cast(ops.size(t) // ops.size(v), t.dtype), x, mean
    )
    return y, mean, variance * (count / maximum(count - 1.0, 1.0))


@example(
    "tf.nn.local_response_normalization([[[[1.0, 2.0]]]], 0, 0.0, 1.0, 1.0)",
    "[[[[1.  0.5]]]]",
)
def local_response_normalization(
    input: Any, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0,
    beta: float = 0.5, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Divide by a power of the sum of squares of neighbouring channels.

    `x / (bias + alpha * sum) ** beta` (Krizhevsky et al., 2012).

    Args:
        input: `(batch, height, width, channels)`.
        depth_radius: How many neighbours on each side count.
        bias: Added to the sum.
        alpha: Its factor.
        beta: The power.
        name: A name.
    """

    def function(x: Any) -> Any:
        squares = ops.square(x)
        padded = ops.pad(squares, [(0, 0)] * (x.ndim - 1) + [(depth_radius,) * 2])
        size = x.shape[-1]
        total = sum(padded[..., k : k + size] for k in range(2 * depth_radius + 1))
        return x / ops.power(bias + alpha * total, beta)

    return apply("LRN", function, convert_to_tensor(input), name=name)


lrn = local_response_normalization
