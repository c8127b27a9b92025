"""Piecewise activation functions: the relu family, thresholds and shrinkage."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_integer
from kerasish.backend.graph import Tensor, as_tensor, elementwise
from kerasish.backend.ops.promotion import as_float


def _inside(g: Tensor, inside: Tensor) -> Tensor:
    """The gradient where `inside` holds, zero elsewhere."""
    return ops.where(inside, g, ops.zeros_like(g))


relu_op = elementwise(
    "relu",
    "maximum(x, 0)",
    vjp=(lambda g, y, x: _inside(g, y > 0),),
)

relu6_op = elementwise(
    "relu6",
    "minimum(maximum(x, 0), 6)",
    vjp=(lambda g, y, x: _inside(g, (x > 0) & (x < 6)),),
)

leaky_relu_op = elementwise(
    "leaky_relu",
    "where(x > 0.0, x, negative_slope * x)",
    attrs=("negative_slope",),
    vjp=(lambda g, y, x, negative_slope: ops.where(x > 0, g, negative_slope * g),),
)

hard_sigmoid_op = elementwise(
    "hard_sigmoid",
    "minimum(maximum(slope * x + offset, 0.0), 1.0)",
    attrs=("slope", "offset"),
    vjp=(lambda g, y, x, slope, offset: _inside(slope * g, (y > 0) & (y < 1)),),
)

hard_silu_op = elementwise(
    "hard_silu",
    "x * (minimum(maximum(x + 3.0, 0.0), 6.0) / 6.0)",
    vjp=(
        lambda g, y, x: (
            g
            * ops.where(
                (x > -3) & (x < 3),
                x * (1.0 / 3.0) + 0.5,
                ops.cast(x >= 3, x.dtype),
            )
        ),
    ),
)

hard_tanh_op = elementwise(
    "hard_tanh",
    "minimum(maximum(x, -1.0), 1.0)",
    vjp=(lambda g, y, x: _inside(g, (x > -1) & (x < 1)),),
)

hard_shrink_op = elementwise(
    "hard_shrink",
    "where(abs(x) > threshold, x, 0.0)",
    attrs=("threshold",),
    vjp=(lambda g, y, x, threshold: _inside(g, ops.absolute(x) > threshold),),
)

soft_shrink_op = elementwise(
    "soft_shrink",
    "where(x > threshold, x - threshold, where(x < -threshold, x + threshold, 0.0))",
    attrs=("threshold",),
    vjp=(lambda g, y, x, threshold: _inside(g, ops.absolute(x) > threshold),),
)

threshold_op = elementwise(
    "threshold",
    "where(x > threshold, x, default_value)",
    attrs=("threshold", "default_value"),
    vjp=(lambda g, y, x, threshold, default_value: _inside(g, x > threshold),),
)

sparse_plus_op = elementwise(
    "sparse_plus",
    "where(x <= -1.0, 0.0, where(x < 1.0, 0.25 * (x + 1.0) * (x + 1.0), x))",
    vjp=(lambda g, y, x: g * ops.minimum(ops.maximum(0.5 * (x + 1.0), 0.0), 1.0),),
)

sparse_sigmoid_op = elementwise(
    "sparse_sigmoid",
    "minimum(maximum(0.5 * (x + 1.0), 0.0), 1.0)",
    vjp=(lambda g, y, x: _inside(0.5 * g, (x > -1) & (x < 1)),),
)


def relu(x: Any) -> Tensor:
    """Rectified linear unit: `max(x, 0)`.

    Args:
        x: tensor of any shape; integers stay integers.

    Returns:
        A tensor of the shape and data type of `x`.

    Example:

    >>> relu([-1.0, 0.0, 2.0]).numpy()
    array([0., 0., 2.], dtype=float32)
    """
    return relu_op(as_tensor(x))


def relu6(x: Any) -> Tensor:
    """Rectified linear unit with an upper bound: `min(max(x, 0), 6)`.

    Args:
        x: tensor of any shape.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> relu6([-1.0, 3.0, 8.0]).numpy()
    array([0., 3., 6.], dtype=float32)
    """
    return relu6_op(as_tensor(x))


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """Leaky rectified linear unit: `x` if positive, else `negative_slope * x`.

    Args:
        x: tensor of any shape.
        negative_slope: slope for negative inputs.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> leaky_relu([-1.0, 2.0], negative_slope=0.5).numpy()
    array([-0.5,  2. ], dtype=float32)
    """
    return leaky_relu_op(as_float(x), negative_slope=float(negative_slope))


def hard_sigmoid(x: Any) -> Tensor:
    """Piecewise linear approximation of the sigmoid: `relu6(x + 3) / 6`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x` with values in [0, 1].

    Example:

    >>> hard_sigmoid([-4.0, 0.0, 4.0]).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return hard_sigmoid_op(as_float(x), slope=1.0 / 6.0, offset=0.5)


def hard_silu(x: Any) -> Tensor:
    """Piecewise approximation of SiLU: `x * hard_sigmoid(x)` (hard swish).

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`.

    Reference:
        Howard et al., 2019, "Searching for MobileNetV3".

    Example:

    >>> hard_silu([-3.0, 0.0, 3.0]).numpy()
    array([-0.,  0.,  3.], dtype=float32)
    """
    return hard_silu_op(as_float(x))


hard_swish = hard_silu


def hard_tanh(x: Any) -> Tensor:
    """Piecewise linear approximation of tanh: `x` clipped to [-1, 1].

    Args:
        x: tensor of any shape.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> hard_tanh([-3.0, 0.5, 3.0]).numpy()
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    return hard_tanh_op(as_float(x))


def hard_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """Sets values with `abs(x) <= threshold` to zero.

    Args:
        x: tensor of any shape.
        threshold: size up to which values vanish.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> hard_shrink([-1.0, 0.2, 2.0]).numpy()
    array([-1.,  0.,  2.], dtype=float32)
    """
    return hard_shrink_op(as_float(x), threshold=float(threshold))


def soft_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """Moves values towards zero by `threshold`, small ones to zero.

    Args:
        x: tensor of any shape.
        threshold: how far values move.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> soft_shrink([-1.0, 0.2, 2.0]).numpy()
    array([-0.5,  0. ,  1.5], dtype=float32)
    """
    return soft_shrink_op(as_float(x), threshold=float(threshold))


def threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """Keeps `x` where it exceeds `threshold`, else takes `default_value`.

    Args:
        x: tensor of any shape.
        threshold: values up to this one are replaced.
        default_value: what they are replaced by.

    Returns:
        A tensor of the shape and the data type of `x`; bools become floats.

    Example:

    >>> threshold([-1.0, 0.5, 2.0], 0.5, 9.0).numpy()
    array([9., 9., 2.], dtype=float32)
    """
    x = as_tensor(x)
    if is_integer(x.dtype):
        return ops.where(
            ops.greater(x, threshold), x, as_tensor(default_value, x.dtype)
        )
    return threshold_op(
        as_float(x),
        threshold=float(threshold),
        default_value=float(default_value),
    )


def sparse_plus(x: Any) -> Tensor:
    """Smooth ramp that is exactly zero below -1 and `x` above 1.

    Between them it is `(x + 1)**2 / 4`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> sparse_plus([-2.0, 0.0, 3.0]).numpy()
    array([0.  , 0.25, 3.  ], dtype=float32)
    """
    return sparse_plus_op(as_float(x))


def sparse_sigmoid(x: Any) -> Tensor:
    """Linear ramp from 0 at -1 to 1 at 1, constant outside.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x` with values in [0, 1].

    Example:

    >>> sparse_sigmoid([-2.0, 0.0, 0.5]).numpy()
    array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return sparse_sigmoid_op(as_float(x))
