"""Parts of complex numbers, and complex numbers from parts.

Real tensors count as complex ones without an imaginary part. The gradient of a
real number by a complex one is the gradient by its real part, plus i times the one by
its imaginary part.
"""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_complex
from kerasish.backend.graph import Spec, Tensor, as_tensor, elementwise, primitive
from kerasish.backend.ops.promotion import as_float, promote
from kerasish.errors import ShapeError


def _part_dtype(x: Spec) -> str:
    return "float64" if x.dtype == "complex128" else "float32"


def _complex_dtype(x1: Spec, x2: Spec) -> str:
    return "complex128" if x1.dtype == "float64" else "complex64"


@primitive("real_part")
def _real_part(xp: Any, x: Any) -> Any:
    return x.real.copy()


@primitive("imaginary_part")
def _imaginary_part(xp: Any, x: Any) -> Any:
    return x.imag.copy()


# Gradients of complex results arrive conjugated, and are conjugated afterwards.
real_op = elementwise(
    "real",
    "real_part(x)",
    dtype=_part_dtype,
    vjp=(lambda g, y, x: complex_op(g, ops.zeros_like(g)),),
)
imag_op = elementwise(
    "imag",
    "imaginary_part(x)",
    dtype=_part_dtype,
    vjp=(lambda g, y, x: complex_op(ops.zeros_like(g), -g),),
)
conj_op = elementwise("conj", "conj(x)", vjp=(lambda g, y, x: conj_op(g),))
complex_op = elementwise(
    "complex",
    "x1 + x2 * 1j",
    dtype=_complex_dtype,
    vjp=(lambda g, y, x1, x2: real_op(g), lambda g, y, x1, x2: -imag_op(g)),
)


def real(x: Any) -> Tensor:
    """Return real parts.

    Args:
        x: A tensor.

    Returns:
        `x` itself if it is real.

    Example:

    >>> real([1.0 + 2.0j]).numpy()
    array([1.])
    """
    x = as_tensor(x)
    return real_op(x) if is_complex(x.dtype) else x


def imag(x: Any) -> Tensor:
    """Return imaginary parts.

    Args:
        x: A tensor.

    Returns:
        A tensor of the same shape; zeros of the same data type if `x` is real.

    Example:

    >>> imag([1.0 + 2.0j]).numpy()
    array([2.])
    """
    x = as_tensor(x)
    return imag_op(x) if is_complex(x.dtype) else ops.zeros_like(x)


def conj(x: Any) -> Tensor:
    """Return complex conjugates.

    Args:
        x: A tensor.

    Returns:
        A tensor of the same shape and data type; `x` itself if it is real.

    Example:

    >>> conj([1.0 + 2.0j]).numpy()
    array([1.-2.j])
    """
    x = as_tensor(x)
    return conj_op(x) if is_complex(x.dtype) else x


def conjugate(x: Any) -> Tensor:
    """Return complex conjugates; the same as `conj`.

    Args:
        x: A tensor.

    Returns:
        A tensor of the same shape and data type.

    Example:

    >>> conjugate([1.0 + 2.0j]).numpy()
    array([1.-2.j])
    """
    return conj(x)


def angle(x: Any) -> Tensor:
    """Return the angles of numbers in the complex plane.

    Args:
        x: A tensor; integers become floats.

    Returns:
        Angles in [-pi, pi], a float tensor. Negative real numbers have the angle pi.

    Example:

    >>> angle([1.0, -1.0]).numpy().round(3)
    array([0.   , 3.142], dtype=float32)
    """
    x = as_float(x)
    if is_complex(x.dtype):
        return ops.arctan2(imag_op(x), real_op(x))
    return ops.where(ops.less(x, 0), ops.full_like(x, math.pi), 0)


def polar(abs_: Any, angle: Any) -> Tensor:
    """Return complex numbers given by length and angle.

    Args:
        abs_: The lengths.
        angle: The angles in radians; broadcast with the lengths.

    Returns:
        A complex tensor.

    Example:

    >>> polar([2.0], [0.0]).numpy()
    array([2.+0.j], dtype=complex64)
    """
    length, angle = promote(abs_, angle, to_float=True)
    return complex_op(length * ops.cos(angle), length * ops.sin(angle))


def view_as_complex(x: Any) -> Tensor:
    """Return complex numbers from pairs of real and imaginary parts.

    Args:
        x: A float tensor of shape `(..., 2)`.

    Returns:
        A complex tensor of shape `(...)`.

    Raises:
        ShapeError: If the last axis does not have size 2.

    Example:

    >>> view_as_complex([[1.0, 2.0]]).numpy()
    array([1.+2.j], dtype=complex64)
    """
    x = as_float(x)
    if not x.ndim or x.shape[-1] != 2:
        raise ShapeError(
            f"view_as_complex: the last axis must have size 2.\n  got: {x.spec}"
        )
    return complex_op(x[..., 0], x[..., 1])


def view_as_real(x: Any) -> Tensor:
    """Return pairs of real and imaginary parts.

    Args:
        x: A tensor of shape `(...)`.

    Returns:
        A float tensor of shape `(..., 2)`.

    Example:

    >>> view_as_real([1.0 + 2.0j]).numpy()
    array([[1., 2.]])
    """
    x = as_float(x)
    return ops.stack([real(x), imag(x)], axis=-1)
