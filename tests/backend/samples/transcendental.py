"""Samples of exponentials, logarithms, roots, trigonometry and special functions."""

import math

import numpy as np
from scipy import special

from kerasish.backend import ops
from tests.backend.sample import Sample
from tests.backend.samples.arithmetic import COLUMN, ROW, X, Y, each

POSITIVE = np.abs(X) + 0.3
INSIDE = (X / 4.0).astype("float32")
ABOVE_ONE = POSITIVE + 1.2


def unary(function, x=X, **keywords):
    return [
        Sample(x, reference=each(function), **keywords),
        Sample(x.ravel()[:2], reference=each(function), **keywords),
    ]


def binary(function):
    return [
        Sample(X, Y, reference=each(function)),
        Sample(COLUMN, ROW, reference=each(function)),
    ]


def far(function, *values, **attrs):
    """Values at which a formula changes, or overflows if written naively."""
    x = np.float64(values)
    return Sample(x, reference=each(function), gradient=False, tolerance=1e-13, **attrs)


SAMPLES = {
    "exp": unary(math.exp),
    "exp2": unary(lambda x: 2.0**x),
    "expm1": [*unary(math.expm1), far(math.expm1, 1e-12, -1e-12)],
    "log": unary(math.log, POSITIVE),
    "log2": unary(math.log2, POSITIVE),
    "log10": unary(math.log10, POSITIVE),
    "log1p": [*unary(math.log1p, POSITIVE), far(math.log1p, 1e-12, -1e-12)],
    "sqrt": unary(math.sqrt, POSITIVE),
    "rsqrt": unary(lambda x: x**-0.5, POSITIVE),
    "cbrt": unary(lambda x: math.copysign(abs(x) ** (1 / 3), x), Y - 4.0),
    "logaddexp": [
        *binary(lambda a, b: math.log(math.exp(a) + math.exp(b))),
        Sample(
            np.float64([800.0, -800.0]),
            np.float64([800.0, -np.inf]),
            reference=lambda a, b: np.array([800.0 + math.log(2), -800.0]),
            gradient=False,
        ),
    ],
    "logaddexp2": binary(lambda a, b: math.log2(2**a + 2**b)),
    "sin": unary(math.sin),
    "cos": unary(math.cos),
    "tan": unary(math.tan, INSIDE),
    "arcsin": unary(math.asin, INSIDE),
    "arccos": unary(math.acos, INSIDE),
    "arctan": unary(math.atan),
    "arctan2": [
        *binary(math.atan2),
        Sample(
            np.float32([0.0, -0.0, 0.0, 1.0]),
            np.float32([-1.0, -1.0, 1.0, 0.0]),
            reference=each(math.atan2),
            gradient=False,
        ),
    ],
    "sinh": unary(math.sinh),
    "cosh": unary(math.cosh),
    "tanh": unary(math.tanh),
    "arcsinh": unary(math.asinh),
    "arccosh": unary(math.acosh, ABOVE_ONE),
    "arctanh": unary(math.atanh, INSIDE),
    "hypot": binary(math.hypot),
    "deg2rad": unary(math.radians),
    "rad2deg": unary(math.degrees),
    "erf": [
        *unary(math.erf),
        far(math.erf, -7.0, -1.0, -1e-9, 0.0, 0.99, 1.01, 3.0, 30.0),
        Sample(
            np.float32([-9.0, 1e-9, 3.95]), reference=each(math.erf), gradient=False
        ),
    ],
    "erfc": [
        *unary(math.erfc),
        far(math.erfc, -6.0, 0.49, 0.51, 5.0),
        Sample(
            np.float64([10.0, 20.0]),
            # In the tail only the relative error counts.
            function=lambda x: (
                ops.erfc(x) / np.float64([special.erfc(10), special.erfc(20)])
            ),
            reference=lambda x: np.ones(2),
            gradient=False,
            tolerance=1e-12,
        ),
    ],
    "erfinv": [
        *unary(special.erfinv, INSIDE),
        far(special.erfinv, -1.0, -0.9999999, -0.99, 0.0, 0.997, 0.9999, 1.0, 2.0),
    ],
    "bessel_i": [
        *unary(lambda x, order: special.iv(order, x), order=0),
        *unary(lambda x, order: special.iv(order, x), order=1),
        far(lambda x, order: special.iv(order, x), 0.0, 30.0, order=2),
    ],
}
