"""Samples of arithmetic and rounding."""

import math

import numpy as np

from tests.backend.sample import Sample

RNG = np.random.default_rng(1)


def away_from(step: float, shape: tuple, low: float = -3.0, high: float = 3.0):
    """Floats that keep clear of the multiples of a step, where rules have kinks."""
    values = RNG.uniform(low, high, shape)
    near = np.round(values / step) * step
    moved = np.where(np.abs(values - near) < 0.1 * step, values + 0.2 * step, values)
    return moved.astype("float32")


X = away_from(1.0, (2, 3))
Y = away_from(1.0, (2, 3)) + 4.0
ROW = away_from(1.0, (3,)) + 7.0
COLUMN = away_from(1.0, (2, 1))
POSITIVE = np.abs(X) + 0.5
INTEGERS = np.array([[7, -7, 12], [5, 0, -9]], "int32")
DIVISORS = np.array([3, -4, 5], "int32")


def each(function):
    """Apply a Python function to every tuple of broadcast elements."""

    def reference(*arrays, **attrs):
        arrays = np.broadcast_arrays(*arrays)
        flat = zip(*(a.ravel().tolist() for a in arrays), strict=True)
        values = [function(*items, **attrs) for items in flat]
        return np.array(values).reshape(arrays[0].shape)

    return reference


def binary(function, left=X, right=Y, gradient=True):
    return [
        Sample(left, right, reference=each(function), gradient=gradient),
        Sample(COLUMN, ROW, reference=each(function), gradient=gradient),
        Sample(INTEGERS, DIVISORS, reference=each(function), gradient=False),
    ]


def unary(function, x=X, gradient=True):
    return [
        Sample(x, reference=each(function), gradient=gradient),
        Sample(x[:, ::2].copy(), reference=each(function), gradient=gradient),
    ]


SAMPLES = {
    "add": binary(lambda a, b: a + b),
    "subtract": binary(lambda a, b: a - b),
    "multiply": binary(lambda a, b: a * b),
    "divide": binary(lambda a, b: a / b)[:2],
    "floor_divide": binary(lambda a, b: math.floor(a / b), gradient=False),
    "mod": binary(lambda a, b: a - math.floor(a / b) * b),
    "fmod": binary(lambda a, b: a - math.trunc(a / b) * b),
    "power": [
        Sample(POSITIVE, X, reference=each(math.pow)),
        Sample(POSITIVE, ROW[:1], reference=each(math.pow)),
        Sample(
            X, np.float32([0.0, 3.0, 2.0]), reference=each(math.pow), gradient=[1, 0]
        ),
        Sample(
            np.float32([0.0, 0.0]),
            np.float32([0.0, 1.0]),
            reference=each(math.pow),
            gradient=[True, False],
        ),
        Sample(
            INTEGERS,
            np.array([2, 0, 3], "int32"),
            reference=each(lambda a, b: a**b),
            gradient=False,
        ),
    ],
    "negative": unary(lambda a: -a),
    "abs": [
        *unary(lambda a: math.sqrt(a * a)),
        Sample(INTEGERS, reference=each(lambda a: a if a > 0 else -a)),
    ],
    "sign": unary(lambda a: (a > 0) - (a < 0), gradient=False),
    "square": unary(lambda a: a * a),
    "reciprocal": unary(lambda a: 1.0 / a, Y),
    "floor": unary(math.floor, gradient=False),
    "ceil": unary(math.ceil, gradient=False),
    "trunc": unary(math.trunc, gradient=False),
    "round": [
        *unary(round, gradient=False),
        Sample(
            np.float32([0.5, 1.5, 2.5, -0.5, -1.5]),
            reference=lambda x: np.float32([0.0, 2.0, 2.0, 0.0, -2.0]),
            gradient=False,
        ),
    ],
    "gcd": [Sample(INTEGERS, DIVISORS, reference=each(math.gcd))],
    "lcm": [Sample(INTEGERS, DIVISORS, reference=each(math.lcm))],
    "nextafter": [
        Sample(
            X.astype("float64"),
            Y.astype("float64"),
            reference=each(math.nextafter),
            gradient=False,
            tolerance=0.0,
        )
    ],
    "heaviside": [
        Sample(
            np.float32([-2.0, 0.0, 3.0, -0.0]),
            np.float32([5.0, 6.0, 7.0, 8.0]),
            reference=lambda x1, x2: np.float32([0.0, 6.0, 1.0, 8.0]),
            gradient=[False, True],
        ),
        Sample(
            np.float32([np.nan, -np.inf, np.inf, 0.0]),
            np.float32([5.0, 6.0, 7.0, np.nan]),
            reference=np.heaviside,
            gradient=False,
        ),
    ],
}
