"""Samples of comparisons and logic."""

import math

import numpy as np

from tests.backend.sample import Sample
from tests.backend.samples.arithmetic import each

LEFT = np.float32([[1.0, 2.0, 3.0], [np.nan, -0.0, np.inf]])
RIGHT = np.float32([[2.0, 2.0, 2.0], [np.nan, 0.0, -np.inf]])
INTEGERS = np.array([[3, 1, 2]], "int64")
ROWS = np.array([[1], [2]], "int64")
BOOLS = np.array([True, True, False, False])
OTHERS = np.array([True, False, True, False])
SPECIAL = np.float32([[1.0, -np.inf, np.nan], [np.inf, -0.0, 0.0]])


def compare(function):
    return [
        Sample(LEFT, RIGHT, reference=each(function), gradient=False),
        Sample(INTEGERS, ROWS, reference=each(function)),
    ]


def logic(function):
    return [Sample(BOOLS, OTHERS, reference=each(function))]


def classify(function):
    return [Sample(SPECIAL, reference=each(function), gradient=False)]


SAMPLES = {
    "equal": compare(lambda a, b: a == b),
    "not_equal": compare(lambda a, b: not a == b),
    "less": compare(lambda a, b: a < b),
    "less_equal": compare(lambda a, b: a <= b),
    "greater": compare(lambda a, b: b < a),
    "greater_equal": compare(lambda a, b: b <= a),
    "logical_and": logic(lambda a, b: a and b),
    "logical_or": logic(lambda a, b: a or b),
    "logical_xor": logic(lambda a, b: a is not b),
    "logical_not": [Sample(BOOLS, reference=each(lambda a: not a))],
    "isnan": classify(math.isnan),
    "isinf": classify(math.isinf),
    "isfinite": classify(math.isfinite),
    "signbit": [
        Sample(
            SPECIAL[:, :2].copy(),
            reference=each(lambda a: math.copysign(1, a) < 0),
            gradient=False,
        )
    ],
}
