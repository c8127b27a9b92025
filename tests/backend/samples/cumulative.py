"""Samples of running sums, products and recurrences."""

import math

import numpy as np

from tests.backend.sample import Sample

RNG = np.random.default_rng(7)
X = RNG.normal(size=(2, 4, 3)).astype("float32")
ZEROS = np.float32([[2.0, 0.0, 3.0, 0.0, 1.5], [0.0, 4.0, 1.0, -2.0, 0.0]])
INTEGERS = np.array([[1, 2, 3], [4, 5, 6]], "int32")


def along(function):
    """A reference that turns each line of an axis into another line."""

    def reference(*arrays, axis, **attrs):
        lines = [np.moveaxis(array, axis, -1) for array in arrays]
        flat = [line.reshape(-1, line.shape[-1]).tolist() for line in lines]
        result = [function(*line, **attrs) for line in zip(*flat, strict=True)]
        return np.moveaxis(np.array(result).reshape(lines[0].shape), -1, axis)

    return reference


def turned(function):
    """Run a function from the end to the start where `reverse` says so."""

    def reference(*lines, reverse):
        step = -1 if reverse else 1
        return function(*(line[::step] for line in lines))[::step]

    return reference


def sums(line):
    return [math.fsum(line[: end + 1]) for end in range(len(line))]


def products(line):
    return [math.prod(line[: end + 1]) for end in range(len(line))]


def recurrence(a, b):
    state, states = 0.0, []
    for factor, term in zip(a, b, strict=True):
        state = factor * state + term
        states.append(state)
    return states


def shifted(line, offset, fill):
    count = len(line)
    inside = {i + offset: value for i, value in enumerate(line)}
    return [inside.get(i, fill) for i in range(count)]


SAMPLES = {
    "cumsum": [
        Sample(X, reference=along(turned(sums)), axis=1, reverse=False),
        Sample(X, reference=along(turned(sums)), axis=2, reverse=True),
        Sample(INTEGERS, reference=along(turned(sums)), axis=0, reverse=False),
        Sample(
            np.full((3000,), 0.25, "float16"),
            reference=along(turned(sums)),
            gradient=False,
            tolerance=1e-3,
            axis=0,
            reverse=False,
        ),
    ],
    "cumprod": [
        Sample(X, reference=along(turned(products)), axis=1, reverse=False),
        Sample(X, reference=along(turned(products)), axis=0, reverse=True),
        Sample(ZEROS, reference=along(turned(products)), axis=1, reverse=False),
        Sample(ZEROS, reference=along(turned(products)), axis=1, reverse=True),
        Sample(INTEGERS, reference=along(turned(products)), axis=1, reverse=False),
    ],
    "shift": [
        Sample(X, reference=along(shifted), axis=1, offset=2, fill=1.5),
        Sample(X, reference=along(shifted), axis=2, offset=-1, fill=0),
        Sample(X, reference=along(shifted), gradient=False, axis=0, offset=5, fill=0),
        Sample(INTEGERS, reference=along(shifted), axis=1, offset=0, fill=9),
    ],
    "linear_recurrence": [
        Sample(
            X, X[::-1] + 1, reference=along(turned(recurrence)), axis=1, reverse=False
        ),
        Sample(
            X, X[::-1] + 1, reference=along(turned(recurrence)), axis=2, reverse=True
        ),
    ],
}
