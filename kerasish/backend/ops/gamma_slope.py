"""How a gamma distributed draw moves with the parameter of its distribution."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Op, Spec, Tensor, broadcast_shapes, register

_TERMS = 600
_LARGE = 1000.0


class _GammaSlope(Op):
    """The derivative of a draw by the shape parameter, at a fixed quantile.

    With the distribution function P(a, x) and the density p it is -(dP / da) / p
    (Figurnov et al., 2018, "Implicit Reparameterization Gradients"). From the series
    P = x p S, where S sums t_n = x^n / (a (a + 1) ... (a + n)), follows
    -x (S (ln x - digamma(a)) + dS / da), computed in float64. For parameters
    above 1000 the draw is taken for a cube of a normal one, as Marsaglia and Tsang do.
    """

    name = "gamma_slope"
    differentiable = False

    def infer(self, alpha: Spec, x: Spec) -> Spec:
        return Spec(broadcast_shapes(alpha.shape, x.shape), x.dtype)

    def kernel(self, xp: Any, alpha: Any, x: Any, *, out: Any = None) -> Any:
        dtype = x.dtype
        alpha = xp.maximum(alpha.astype("float64"), 1e-300)
        # A draw below the smallest number has come out as zero.
        x = xp.maximum(x.astype("float64"), 1e-300)
        series = _by_series(xp, xp.minimum(alpha, _LARGE), x)
        slope = xp.where(alpha < _LARGE, series, _by_cube(xp, alpha, x))
        return slope.astype(dtype)


gamma_slope_op = register(_GammaSlope())


def _by_series(xp: Any, a: Any, x: Any) -> Any:
    term = xp.ones_like(x) / a
    fall = -term  # The derivative of ln t_n by a.
    total, slope = term, term * fall
    # Where another formula is taken, x may be so large that powers overflow.
    x_kept = xp.minimum(x, 2.0 * _LARGE)
    for n in range(1, _TERMS):
        inverse = 1.0 / (a + n)
        term = term * x_kept * inverse
        fall = fall - inverse
        total = total + term
        slope = slope + term * fall
    return -x * (total * (xp.log(x) - _digamma(xp, a)) + slope)


def _by_cube(xp: Any, a: Any, x: Any) -> Any:
    d = xp.maximum(a, 1.0) - 1.0 / 3.0
    root = (x / d) ** (1.0 / 3.0)
    # x = d (1 + z / sqrt(9 d))^3 with a fixed z.
    return root**3 - 1.5 * root**2 * (root - 1.0)


def _digamma(xp: Any, a: Any) -> Any:
    """The asymptotic series, after steps by psi(a) = psi(a + 1) - 1 / a."""
    result = xp.zeros_like(a)
    for step in range(8):
        result = result - 1.0 / (a + step)
    a = a + 8.0
    square = 1.0 / (a * a)
    tail = 1.0 / 252.0 - square * (1.0 / 240.0 - square / 132.0)
    tail = 1.0 / 12.0 - square * (1.0 / 120.0 - square * tail)
    return result + xp.log(a) - 0.5 / a - square * tail


def follow_gamma(draw: Tensor, alpha: Tensor) -> Tensor:
    """Let gradients flow from a gamma distributed draw to its parameter.

    Args:
        draw: The draw.
        alpha: The shape parameter, which broadcasts to it.

    Returns:
        The draw. Its second derivatives do not exist.

    Example:

    >>> from kerasish.backend.graph import as_tensor
    >>> follow_gamma(as_tensor([0.5]), as_tensor(2.0)).numpy()
    array([0.5], dtype=float32)
    """

    def rule(draw: Tensor, alpha: Tensor) -> tuple:
        def gradient(g: Tensor) -> tuple:
            slope = g * gamma_slope_op(alpha, draw)
            return ops.zeros_like(draw), ops.unbroadcast(slope, alpha)

        return draw, gradient

    return ops.custom_gradient(rule)(ops.stop_gradient(draw), alpha)
