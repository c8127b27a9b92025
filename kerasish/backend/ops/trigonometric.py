"""Trigonometric and hyperbolic functions; angles are in radians."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, elementwise
from kerasish.backend.ops.promotion import as_float, promote

_DEGREE = math.pi / 180.0

sin_op = elementwise("sin", "sin(x)", vjp=(lambda g, y, x: g * ops.cos(x),))
cos_op = elementwise("cos", "cos(x)", vjp=(lambda g, y, x: -g * ops.sin(x),))
tan_op = elementwise("tan", "tan(x)", vjp=(lambda g, y, x: g * (1 + y * y),))
arcsin_op = elementwise(
    "arcsin", "arcsin(x)", vjp=(lambda g, y, x: g * ops.rsqrt(1 - x * x),)
)
arccos_op = elementwise(
    "arccos", "arccos(x)", vjp=(lambda g, y, x: -g * ops.rsqrt(1 - x * x),)
)
arctan_op = elementwise("arctan", "arctan(x)", vjp=(lambda g, y, x: g / (1 + x * x),))
arctan2_op = elementwise(
    "arctan2",
    "arctan2(x1, x2)",
    vjp=(
        lambda g, y, x1, x2: g * x2 / (x1 * x1 + x2 * x2),
        lambda g, y, x1, x2: -g * x1 / (x1 * x1 + x2 * x2),
    ),
)
sinh_op = elementwise("sinh", "sinh(x)", vjp=(lambda g, y, x: g * ops.cosh(x),))
cosh_op = elementwise("cosh", "cosh(x)", vjp=(lambda g, y, x: g * ops.sinh(x),))
tanh_op = elementwise("tanh", "tanh(x)", vjp=(lambda g, y, x: g * (1 - y * y),))
arcsinh_op = elementwise(
    "arcsinh", "arcsinh(x)", vjp=(lambda g, y, x: g * ops.rsqrt(x * x + 1),)
)
arccosh_op = elementwise(
    "arccosh", "arccosh(x)", vjp=(lambda g, y, x: g * ops.rsqrt(x * x - 1),)
)
arctanh_op = elementwise(
    "arctanh", "arctanh(x)", vjp=(lambda g, y, x: g / (1 - x * x),)
)
hypot_op = elementwise(
    "hypot",
    "hypot(x1, x2)",
    commutative=True,
    vjp=(
        lambda g, y, x1, x2: g * ops.divide_no_nan(x1, y),
        lambda g, y, x1, x2: g * ops.divide_no_nan(x2, y),
    ),
)
deg2rad_op = elementwise(
    "deg2rad", f"x * {_DEGREE!r}", vjp=(lambda g, y, x: g * _DEGREE,)
)
rad2deg_op = elementwise(
    "rad2deg", f"x * {1 / _DEGREE!r}", vjp=(lambda g, y, x: g / _DEGREE,)
)


def sin(x: Any) -> Tensor:
    """Return sines.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> sin([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.8415], dtype=float32)
    """
    return sin_op(as_float(x))


def cos(x: Any) -> Tensor:
    """Return cosines.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> cos([0.0, 1.0]).numpy().round(4)
    array([1.    , 0.5403], dtype=float32)
    """
    return cos_op(as_float(x))


def sinc(x: Any) -> Tensor:
    """Return `sin(pi * x) / (pi * x)`, which is 1 at 0.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> sinc([0.0, 0.5]).numpy().round(4)
    array([1.    , 0.6366], dtype=float32)
    """
    x = as_float(x)
    centre = ops.equal(x, 0)
    angle = ops.where(centre, 1, x) * math.pi
    return ops.where(centre, 1, ops.sin(angle) / angle)


def tan(x: Any) -> Tensor:
    """Return tangents.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> tan([0.0, 1.0]).numpy().round(4)
    array([0.    , 1.5574], dtype=float32)
    """
    return tan_op(as_float(x))


def arcsin(x: Any) -> Tensor:
    """Return the angles whose sine is given.

    Args:
        x: A tensor; integers become floats.

    Returns:
        Angles in [-pi/2, pi/2], a float tensor of the same shape.

    Example:

    >>> arcsin([0.0, 1.0]).numpy().round(4)
    array([0.    , 1.5708], dtype=float32)
    """
    return arcsin_op(as_float(x))


def arccos(x: Any) -> Tensor:
    """Return the angles whose cosine is given.

    Args:
        x: A tensor; integers become floats.

    Returns:
        Angles in [0, pi], a float tensor of the same shape.

    Example:

    >>> arccos([0.0, 1.0]).numpy().round(4)
    array([1.5708, 0.    ], dtype=float32)
    """
    return arccos_op(as_float(x))


def arctan(x: Any) -> Tensor:
    """Return the angles whose tangent is given.

    Args:
        x: A tensor; integers become floats.

    Returns:
        Angles in [-pi/2, pi/2], a float tensor of the same shape.

    Example:

    >>> arctan([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.7854], dtype=float32)
    """
    return arctan_op(as_float(x))


def arctan2(x1: Any, x2: Any) -> Tensor:
    """Return the angles of the points `(x2, x1)`, `x1` being the height.

    Args:
        x1: A tensor; integers become floats.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        Angles in [-pi, pi], a float tensor of the broadcast shape.

    Example:

    >>> arctan2([1.0, -1.0], [0.0, -1.0]).numpy().round(4)
    array([ 1.5708, -2.3562], dtype=float32)
    """
    return arctan2_op(*promote(x1, x2, to_float=True))


def sinh(x: Any) -> Tensor:
    """Return hyperbolic sines.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> sinh([0.0, 1.0]).numpy().round(4)
    array([0.    , 1.1752], dtype=float32)
    """
    return sinh_op(as_float(x))


def cosh(x: Any) -> Tensor:
    """Return hyperbolic cosines.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> cosh([0.0, 1.0]).numpy().round(4)
    array([1.    , 1.5431], dtype=float32)
    """
    return cosh_op(as_float(x))


def tanh(x: Any) -> Tensor:
    """Return hyperbolic tangents.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> tanh([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.7616], dtype=float32)
    """
    return tanh_op(as_float(x))


def arcsinh(x: Any) -> Tensor:
    """Return inverse hyperbolic sines.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> arcsinh([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.8814], dtype=float32)
    """
    return arcsinh_op(as_float(x))


def arccosh(x: Any) -> Tensor:
    """Return inverse hyperbolic cosines; NaN below 1.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> arccosh([1.0, 2.0]).numpy().round(4)
    array([0.   , 1.317], dtype=float32)
    """
    return arccosh_op(as_float(x))


def arctanh(x: Any) -> Tensor:
    """Return inverse hyperbolic tangents; NaN beyond -1 and 1.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> arctanh([0.0, 0.5]).numpy().round(4)
    array([0.    , 0.5493], dtype=float32)
    """
    return arctanh_op(as_float(x))


def hypot(x1: Any, x2: Any) -> Tensor:
    """Return the length of the hypotenuse, `sqrt(x1**2 + x2**2)`.

    Args:
        x1: A tensor; integers become floats.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A float tensor of the broadcast shape. The gradient at (0, 0) is 0.

    Example:

    >>> hypot([3.0, 5.0], [4.0, 12.0]).numpy().round(4)
    array([ 5., 13.], dtype=float32)
    """
    return hypot_op(*promote(x1, x2, to_float=True))


def deg2rad(x: Any) -> Tensor:
    """Turn degrees into radians.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> deg2rad([0.0, 180.0]).numpy().round(4)
    array([0.    , 3.1416], dtype=float32)
    """
    return deg2rad_op(as_float(x))


def rad2deg(x: Any) -> Tensor:
    """Turn radians into degrees.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> rad2deg([0.0, 3.1415927]).numpy().round(4)
    array([  0., 180.], dtype=float32)
    """
    return rad2deg_op(as_float(x))
