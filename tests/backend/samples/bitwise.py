"""Samples of bit operations."""

import numpy as np

from tests.backend.sample import Sample
from tests.backend.samples.arithmetic import each

LEFT = np.array([[6, -5, 127], [0, 1, -128]], "int8")
RIGHT = np.array([3, 5, 1], "int8")
BOOLS = np.array([[True, False]])
OTHERS = np.array([[True], [False]])


def binary(function):
    return [
        Sample(LEFT, RIGHT, reference=each(function)),
        Sample(BOOLS, OTHERS, reference=each(function)),
    ]


def wrapped(value: int) -> int:
    """The number that eight bits hold."""
    return (value + 128) % 256 - 128


SAMPLES = {
    "bitwise_and": binary(lambda a, b: a & b),
    "bitwise_or": binary(lambda a, b: a | b),
    "bitwise_xor": binary(lambda a, b: a ^ b),
    "bitwise_not": [
        Sample(LEFT, reference=each(lambda a: -a - 1)),
        Sample(BOOLS, reference=each(lambda a: not a)),
    ],
    "left_shift": [Sample(LEFT, RIGHT, reference=each(lambda a, b: wrapped(a * 2**b)))],
    "right_shift": [Sample(LEFT, RIGHT, reference=each(lambda a, b: a // 2**b))],
}
