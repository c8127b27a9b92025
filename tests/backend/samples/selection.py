"""Samples of choices between values."""

import math

import numpy as np

from tests.backend.sample import Sample
from tests.backend.samples.arithmetic import COLUMN, ROW, X, Y, each

CONDITION = np.array([[True, False, True], [False, False, True]])
MIXED = np.float32([[1.0, np.nan, np.inf], [-np.inf, -2.0, 0.0]])
INTEGERS = np.array([[1, 5, 3]], "int32")


def largest(a, b):
    return math.nan if math.isnan(a) or math.isnan(b) else sorted((a, b))[1]


def smallest(a, b):
    return math.nan if math.isnan(a) or math.isnan(b) else sorted((a, b))[0]


def replaced(x, nan, posinf, neginf):
    if math.isnan(x):
        return nan
    return {math.inf: posinf, -math.inf: neginf}.get(x, x)


def extreme(function):
    return [
        Sample(X, (Y - 4.3), reference=each(function)),
        Sample(COLUMN, ROW - 7.0, reference=each(function)),
        Sample(INTEGERS, INTEGERS.T, reference=each(function)),
        Sample(MIXED, MIXED[:, :1], reference=each(function), gradient=False),
    ]


def present(function):
    """Samples of a function of the elements that are not NaN."""

    def chosen(a, b):
        return b if math.isnan(a) else a if math.isnan(b) else function(a, b)

    return [
        Sample(X, (Y - 4.3), reference=each(chosen)),
        Sample(COLUMN, ROW - 7.0, reference=each(chosen)),
        Sample(MIXED, MIXED[:, :1], reference=each(chosen), gradient=False),
        Sample(MIXED[:, :1], MIXED, reference=each(chosen), gradient=False),
    ]


SAMPLES = {
    "where": [
        Sample(CONDITION, X, Y, reference=each(lambda c, a, b: a if c else b)),
        Sample(
            CONDITION[:, :1], ROW, COLUMN, reference=each(lambda c, a, b: a if c else b)
        ),
    ],
    "maximum": extreme(largest),
    "minimum": extreme(smallest),
    "fmax": present(largest),
    "fmin": present(smallest),
    "clip": [
        Sample(
            X,
            np.float32(-1.0),
            np.float32([1.05, 2.03, 0.52]),
            reference=each(lambda x, low, high: sorted((x, low, high))[1]),
        ),
        Sample(
            INTEGERS,
            np.array(2, "int32"),
            np.array(4, "int32"),
            reference=each(lambda x, low, high: sorted((x, low, high))[1]),
        ),
    ],
    "nan_to_num": [
        Sample(
            MIXED,
            reference=each(replaced),
            gradient=False,
            nan=0.5,
            posinf=9.0,
            neginf=-8.0,
        ),
        Sample(X, reference=each(replaced), nan=0.0, posinf=1.0, neginf=-1.0),
    ],
}
