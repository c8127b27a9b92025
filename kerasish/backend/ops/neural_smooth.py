"""Smooth activation functions: sigmoid, softplus, gelu, elu and their kin."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, elementwise
from kerasish.backend.ops.promotion import as_float
from kerasish.backend.ops.special import erf
from kerasish.errors import ShapeError

# Scale and alpha for which activations keep mean 0 and variance 1
# (Klambauer et al., 2017, "Self-Normalizing Neural Networks").
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772

_GELU_SLOPE = math.sqrt(2.0 / math.pi)
_GELU_CUBIC = 0.044715
_INVERSE_SQRT_TWO = math.sqrt(0.5)
_INVERSE_SQRT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)


def _elu_gradient(g: Tensor, y: Tensor, x: Tensor, alpha: float) -> Tensor:
    return ops.where(x > 0, g, g * (y + alpha))


def _selu_gradient(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    return ops.where(x > 0, SELU_SCALE * g, g * (y + SELU_SCALE * SELU_ALPHA))


def _celu_gradient(g: Tensor, y: Tensor, x: Tensor, alpha: float) -> Tensor:
    return ops.where(x > 0, g, g * ops.exp(ops.minimum(x, 0.0) / alpha))


def _gelu_gradient(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    cumulative = 0.5 * (1.0 + erf(x * _INVERSE_SQRT_TWO))
    density = _INVERSE_SQRT_TWO_PI * ops.exp(-0.5 * x * x)
    return g * (cumulative + x * density)


def _gelu_tanh_gradient(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    t = ops.tanh(_GELU_SLOPE * (x + _GELU_CUBIC * x * x * x))
    inner = _GELU_SLOPE * (1.0 + 3.0 * _GELU_CUBIC * x * x)
    return g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner)


def _silu_gradient(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    s = sigmoid_op(x)
    return g * (s + y * (1.0 - s))


def _mish_gradient(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    t = ops.tanh(softplus_op(x))
    return g * (t + x * (1.0 - t * t) * sigmoid_op(x))


def _softsign_gradient(g: Tensor, y: Tensor, x: Tensor) -> Tensor:
    shrink = 1.0 - ops.absolute(y)
    return g * shrink * shrink


sigmoid_op = elementwise(
    "sigmoid",
    "1.0 / (1.0 + exp(-x))",
    vjp=(lambda g, y, x: g * (y * (1.0 - y)),),
)

log_sigmoid_op = elementwise(
    "log_sigmoid",
    "minimum(x, 0.0) - log1p(exp(-abs(x)))",
    vjp=(lambda g, y, x: g * sigmoid_op(-x),),
)

softplus_op = elementwise(
    "softplus",
    "maximum(x, 0.0) + log1p(exp(-abs(x)))",
    vjp=(lambda g, y, x: g * sigmoid_op(x),),
)

silu_op = elementwise("silu", "x / (1.0 + exp(-x))", vjp=(_silu_gradient,))

mish_op = elementwise(
    "mish",
    "x * tanh(maximum(x, 0.0) + log1p(exp(-abs(x))))",
    vjp=(_mish_gradient,),
)

softsign_op = elementwise("softsign", "x / (1.0 + abs(x))", vjp=(_softsign_gradient,))

elu_op = elementwise(
    "elu",
    "where(x > 0.0, x, alpha * expm1(minimum(x, 0.0)))",
    attrs=("alpha",),
    vjp=(_elu_gradient,),
)

selu_op = elementwise(
    "selu",
    f"where(x > 0.0, {SELU_SCALE} * x,"
    f" {SELU_SCALE * SELU_ALPHA} * expm1(minimum(x, 0.0)))",
    vjp=(_selu_gradient,),
)

celu_op = elementwise(
    "celu",
    "maximum(x, 0.0) + alpha * expm1(minimum(x, 0.0) / alpha)",
    attrs=("alpha",),
    vjp=(_celu_gradient,),
)

gelu_op = elementwise(
    "gelu",
    f"0.5 * x * (1.0 + erf(x * {_INVERSE_SQRT_TWO}))",
    vjp=(_gelu_gradient,),
)

gelu_tanh_op = elementwise(
    "gelu_tanh",
    f"0.5 * x * (1.0 + tanh({_GELU_SLOPE} * (x + {_GELU_CUBIC} * x * x * x)))",
    vjp=(_gelu_tanh_gradient,),
)

squareplus_op = elementwise(
    "squareplus",
    "0.5 * (x + sqrt(x * x + b))",
    attrs=("b",),
    vjp=(lambda g, y, x, b: g * (0.5 + 0.5 * x / ops.sqrt(x * x + b)),),
)

tanh_shrink_op = elementwise(
    "tanh_shrink",
    "x - tanh(x)",
    vjp=(lambda g, y, x: g * ops.square(ops.tanh(x)),),
)


def sigmoid(x: Any) -> Tensor:
    """Logistic function: `1 / (1 + exp(-x))`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x` with values in [0, 1].

    Example:

    >>> sigmoid([0.0]).numpy()
    array([0.5], dtype=float32)
    """
    return sigmoid_op(as_float(x))


def log_sigmoid(x: Any) -> Tensor:
    """Logarithm of the sigmoid, exact for large negative `x`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`: `-log(1 + exp(-x))`.

    Example:

    >>> log_sigmoid([-100.0]).numpy()
    array([-100.], dtype=float32)
    """
    return log_sigmoid_op(as_float(x))


def softplus(x: Any) -> Tensor:
    """Smooth ramp: `log(1 + exp(x))`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> softplus([0.0, 100.0]).numpy()
    array([  0.6931472, 100.       ], dtype=float32)
    """
    return softplus_op(as_float(x))


def silu(x: Any) -> Tensor:
    """Sigmoid linear unit: `x * sigmoid(x)` (swish).

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`.

    Reference:
        Ramachandran et al., 2017, "Searching for Activation Functions".

    Example:

    >>> silu([0.0, 1.0]).numpy()
    array([0.       , 0.7310586], dtype=float32)
    """
    return silu_op(as_float(x))


swish = silu


def mish(x: Any) -> Tensor:
    """Self-regularised activation: `x * tanh(softplus(x))`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`.

    Reference:
        Misra, 2019, "Mish: A Self Regularized Non-Monotonic Activation".

    Example:

    >>> float(mish(1.0)).__round__(4)
    0.8651
    """
    return mish_op(as_float(x))


def softsign(x: Any) -> Tensor:
    """Rational squashing function: `x / (1 + abs(x))`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x` with values in (-1, 1).

    Example:

    >>> softsign([-1.0, 0.0, 3.0]).numpy()
    array([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    return softsign_op(as_float(x))


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: `x` if positive, else `alpha * (exp(x) - 1)`.

    Args:
        x: tensor of any shape.
        alpha: negative limit of the function.

    Returns:
        A float tensor of the shape of `x`.

    Reference:
        Clevert et al., 2015, "Fast and Accurate Deep Network Learning by
        Exponential Linear Units".

    Example:

    >>> elu([-100.0, 2.0]).numpy()
    array([-1.,  2.], dtype=float32)
    """
    return elu_op(as_float(x), alpha=float(alpha))


def selu(x: Any) -> Tensor:
    """Scaled exponential linear unit, which keeps mean 0 and variance 1.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`: `scale * elu(x, alpha)`.

    Reference:
        Klambauer et al., 2017, "Self-Normalizing Neural Networks".

    Example:

    >>> selu([0.0, 1.0]).numpy()
    array([0.      , 1.050701], dtype=float32)
    """
    return selu_op(as_float(x))


def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """Continuously differentiable exponential linear unit.

    `max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))`.

    Args:
        x: tensor of any shape.
        alpha: scale of the negative part, not zero.

    Returns:
        A float tensor of the shape of `x`.

    Reference:
        Barron, 2017, "Continuously Differentiable Exponential Linear Units".

    Example:

    >>> celu([-200.0, 2.0], alpha=2.0).numpy()
    array([-2.,  2.], dtype=float32)
    """
    return celu_op(as_float(x), alpha=float(alpha))


def gelu(x: Any, approximate: bool = True) -> Tensor:
    """Gaussian error linear unit: `x` times the normal probability below it.

    Args:
        x: tensor of any shape.
        approximate: whether to use the form with tanh, else the one with erf.

    Returns:
        A float tensor of the shape of `x`.

    Reference:
        Hendrycks and Gimpel, 2016, "Gaussian Error Linear Units".

    Example:

    >>> round(float(gelu(1.0, approximate=False)), 4)
    0.8413
    """
    x = as_float(x)
    return gelu_tanh_op(x) if approximate else gelu_op(x)


def squareplus(x: Any, b: float = 4) -> Tensor:
    """Algebraic ramp: `(x + sqrt(x**2 + b)) / 2`.

    Args:
        x: tensor of any shape.
        b: width of the bend, not negative.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> squareplus([0.0, 1.5]).numpy()
    array([1., 2.], dtype=float32)
    """
    return squareplus_op(as_float(x), b=float(b))


def tanh_shrink(x: Any) -> Tensor:
    """Difference to the hyperbolic tangent: `x - tanh(x)`.

    Args:
        x: tensor of any shape.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> tanh_shrink([0.0, 20.0]).numpy()
    array([ 0., 19.], dtype=float32)
    """
    return tanh_shrink_op(as_float(x))


def glu(x: Any, axis: int = -1) -> Tensor:
    """Gated linear unit: the first half of `x` times the sigmoid of the second.

    Args:
        x: tensor whose size along `axis` is even.
        axis: axis that is halved.

    Returns:
        A float tensor, half as long as `x` along `axis`.

    Raises:
        ShapeError: if the size along `axis` is odd.

    Reference:
        Dauphin et al., 2016, "Language Modeling with Gated Convolutional
        Networks".

    Example:

    >>> glu([3.0, 0.0]).numpy()
    array([1.5], dtype=float32)
    """
    x = as_float(x)
    size = x.shape[axis]
    if size is not None and size % 2:
        raise ShapeError(
            f"glu halves axis {axis}, whose size must be even.\n"
            f"  got: x of shape {x.shape}"
        )
    value, gate = ops.split(x, 2, axis=axis)
    return value * sigmoid_op(gate)
