"""Error functions and Bessel functions, for array modules that lack them.

The rational approximations, lowest power first, were
fitted in 60 digits for this module. In float64 they are good to a few units in the last
place; 16 bit floats are computed in float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    elementwise,
    primitive,
    register,
)
from kerasish.backend.ops.promotion import as_float

_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)
_HALF_ROOT_PI = math.sqrt(math.pi) / 2.0
_BESSEL_INTERVALS = 128

# erf(x) / x in x * x, for float32 and |x| <= 4.
_ERF_SINGLE_TOP = (
    1.1283791390727322,
    0.19354423024392586,
    0.05310165040081032,
    0.003883319880683936,
    0.00028456696016741713,
    1.9868044308607815e-06,
)
_ERF_SINGLE_BOTTOM = (
    1.0,
    0.5048566638926825,
    0.11534966990153027,
    0.015207192466935561,
    0.0011855688643815972,
    3.742047084835095e-05,
)
# erf(x) / x in x * x, for |x| <= 1.
_ERF_SMALL_TOP = (
    1.1283791670955126,
    0.14214928206456726,
    0.045303911168544146,
    0.0018272945782334994,
    0.00019495620356679892,
)
_ERF_SMALL_BOTTOM = (
    1.0,
    0.45930985453273127,
    0.09325283075013836,
    0.01058221292881401,
    0.0006812159598264485,
    2.0297432688430006e-05,
)
# exp(x * x) * erfc(x) / t in t = 2 / (2 + x), for x >= 0.
_ERFCX_TOP = (
    0.28209479177387814,
    0.08389735349407644,
    1.3943621340314443,
    0.7399530666902729,
    2.535476119876896,
    1.7208282078084862,
    2.311008984039459,
    1.55125460674705,
    1.090749956382954,
    0.5140607374682853,
    0.15659692763331948,
)
_ERFCX_BOTTOM = (
    1.0,
    -0.7025916254372876,
    4.770476693478666,
    -2.1576436960750884,
    7.113750177224523,
    -1.882975732372226,
    3.973242222241543,
    -0.5094583645699077,
    0.7705765971035227,
    -0.030377937556302317,
    0.03528455190867951,
)
# erfinv(y) / y in w - 3, where w = -log(1 - y * y), for w <= 6.
_INVERSE_CENTRE_TOP = (
    1.6235420064648298,
    0.7839541339889534,
    0.2077347537725146,
    0.03568822056935399,
    0.004259012111724685,
    0.0003581099625738385,
    2.063277005962522e-05,
    7.550074952605373e-07,
    1.4698617654892088e-08,
    8.633369679383172e-11,
)
_INVERSE_CENTRE_BOTTOM = (
    1.0,
    0.33403738718388576,
    0.08177139833341679,
    0.011507369652196868,
    0.00125155475872479,
    8.479086071829033e-05,
    4.307796632049055e-06,
    1.0858424441136045e-07,
    1.5993747770899453e-09,
)
# erfinv(y) / y in sqrt(w) - 2.4, for w > 6.
_INVERSE_TAIL_TOP = (
    2.2381030361967054,
    2.466454059935983,
    2.5977114390092235,
    1.7368902191511608,
    1.0563786606181345,
    0.5061640160442001,
    0.21724477941784887,
    0.07758753591235742,
    0.024441378898063956,
    0.006236864679312679,
    0.0013529496444032515,
    0.00018842264509512182,
)
_INVERSE_TAIL_BOTTOM = (
    1.0,
    0.6667392455146365,
    0.8500276722484787,
    0.4099034062395148,
    0.27853295372223164,
    0.106681660013538,
    0.046914328550087904,
    0.014346007033130203,
    0.004268788176832481,
    0.0009089581361083167,
    0.0001882134579123808,
    3.232495493883807e-09,
)


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    """Horner's rule."""
    result = x * coefficients[-1] + coefficients[-2]
    for coefficient in reversed(coefficients[:-2]):
        result *= x
        result += coefficient
    return result


def _ratio(x: Any, top: tuple[float, ...], bottom: tuple[float, ...]) -> Any:
    return _polynomial(x, top) / _polynomial(x, bottom)


def _at_least_single(function: Callable) -> Callable:
    """Compute 16 bit floats in float32."""

    def widened(xp: Any, x: Any) -> Any:
        if x.dtype.itemsize >= 4:
            return function(xp, x)
        return function(xp, x.astype("float32")).astype(x.dtype)

    return widened


def _erfc_positive(xp: Any, x: Any) -> Any:
    t = 2.0 / (2.0 + x)
    return xp.exp(-x * x) * t * _ratio(t, _ERFCX_TOP, _ERFCX_BOTTOM)


@primitive("erf")
@_at_least_single
def _erf(xp: Any, x: Any) -> Any:
    if x.dtype.itemsize == 4:
        limited = xp.clip(x, -4.0, 4.0)
        value = limited * _ratio(limited * limited, _ERF_SINGLE_TOP, _ERF_SINGLE_BOTTOM)
        return xp.where(xp.abs(x) > 3.9, xp.sign(x), value)
    size = xp.abs(x)
    inner = xp.minimum(size, 1.0)
    small = inner * _ratio(inner * inner, _ERF_SMALL_TOP, _ERF_SMALL_BOTTOM)
    value = xp.where(size <= 1.0, small, 1.0 - _erfc_positive(xp, size))
    return xp.copysign(value, x)


@primitive("erfc")
@_at_least_single
def _erfc(xp: Any, x: Any) -> Any:
    size = xp.abs(x)
    tail = _erfc_positive(xp, size)
    inner = xp.clip(x, -1.0, 1.0)
    small = inner * _ratio(inner * inner, _ERF_SMALL_TOP, _ERF_SMALL_BOTTOM)
    far = xp.where(x < 0.0, 2.0 - tail, tail)
    return xp.where(size <= 0.5, 1.0 - small, far)


@primitive("erfinv")
@_at_least_single
def _erfinv(xp: Any, y: Any) -> Any:
    w = -xp.log((1.0 - y) * (1.0 + y))
    near = xp.minimum(w, 6.0) - 3.0
    centre = _ratio(near, _INVERSE_CENTRE_TOP, _INVERSE_CENTRE_BOTTOM)
    root = xp.sqrt(xp.clip(w, 6.0, 40.0)) - 2.4
    tail = _ratio(root, _INVERSE_TAIL_TOP, _INVERSE_TAIL_BOTTOM)
    value = y * xp.where(w <= 6.0, centre, tail)
    return xp.where(xp.abs(y) == 1.0, y / (1.0 - xp.abs(y)), value)


erf_op = elementwise(
    "erf",
    "erf(x)",
    vjp=(lambda g, y, x: g * (_TWO_OVER_ROOT_PI * ops.exp(-x * x)),),
)
erfc_op = elementwise(
    "erfc",
    "erfc(x)",
    vjp=(lambda g, y, x: g * (-_TWO_OVER_ROOT_PI * ops.exp(-x * x)),),
)
erfinv_op = elementwise(
    "erfinv",
    "erfinv(x)",
    vjp=(lambda g, y, x: g * (_HALF_ROOT_PI * ops.exp(y * y)),),
)


class BesselI(Op):
    """The modified Bessel function of the first kind, of integer order.

    Computed by the trapezoid rule on `1/pi * integral_0^pi exp(x cos a) cos(n a) da`,
    which converges so fast for this periodic integrand that 128 intervals are exact to
    rounding wherever the result is finite.
    """

    name = "bessel_i"
    elementwise = True

    def infer(self, x: Spec, *, order: int) -> Spec:
        """Return the spec of `x`."""
        return Spec(x.shape, x.dtype)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, order: int) -> Any:
        """Sum over the nodes of the rule."""
        wide = x if x.dtype.itemsize >= 4 else x.astype("float32")
        total = xp.zeros_like(wide)
        for position in range(_BESSEL_INTERVALS + 1):
            angle = math.pi * position / _BESSEL_INTERVALS
            weight = math.cos(order * angle) / _BESSEL_INTERVALS
            if position in (0, _BESSEL_INTERVALS):
                weight /= 2.0
            total += weight * xp.exp(wide * math.cos(angle))
        return total.astype(x.dtype)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """The derivative is the mean of the neighbouring orders."""
        (x,), order = node.inputs, node.attrs["order"]
        lower = bessel_i_op(x, order=order - 1 if order else 1)
        return (grads[0] * 0.5 * (lower + bessel_i_op(x, order=order + 1)),)


bessel_i_op = register(BesselI())


def erf(x: Any) -> Tensor:
    """Return the error function, `2 / sqrt(pi) * integral_0^x exp(-t**2) dt`.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> erf([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.8427], dtype=float32)
    """
    return erf_op(as_float(x))


def erfc(x: Any) -> Tensor:
    """Return the complementary error function, `1 - erf(x)`, exact also in the tail.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> erfc([0.0, 1.0]).numpy().round(4)
    array([1.    , 0.1573], dtype=float32)
    """
    return erfc_op(as_float(x))


def erfinv(x: Any) -> Tensor:
    """Return the inverse of the error function.

    Args:
        x: A tensor with values in [-1, 1]; integers become floats.

    Returns:
        A float tensor of the same shape; infinite at -1 and 1, NaN beyond them.

    Example:

    >>> erfinv([0.0, 0.5]).numpy().round(4)
    array([0.    , 0.4769], dtype=float32)
    """
    return erfinv_op(as_float(x))


def i0(x: Any) -> Tensor:
    """Return the modified Bessel function of the first kind and order 0.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> i0([0.0, 1.0]).numpy().round(4)
    array([1.    , 1.2661], dtype=float32)
    """
    return bessel_i_op(as_float(x), order=0)
