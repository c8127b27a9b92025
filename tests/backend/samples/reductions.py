"""Samples of reductions and statistics."""

import itertools
import math

import numpy as np

from tests.backend.sample import Sample

RNG = np.random.default_rng(5)
X = RNG.permutation(np.linspace(-2.0, 2.0, 24)).reshape(2, 3, 4).astype("float32")
TIES = np.float32([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
ZEROS = np.float32([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0]])
SMALL = RNG.integers(0, 5, (2, 3)).astype("int8")
BOOLS = np.array([[True, False], [True, True], [False, False]])


def slices(x, axis):
    """Yield each kept index with the list of the elements to be reduced."""
    kept = [range(1) if i in axis else range(n) for i, n in enumerate(x.shape)]
    for index in itertools.product(*kept):
        part = tuple(slice(None) if i in axis else j for i, j in enumerate(index))
        yield index, np.ravel(x[part]).tolist()


def by(function):
    """A reference that applies a Python function to lists of elements."""

    def reference(x, axis, keepdims):
        axis = axis if isinstance(axis, tuple) else (axis,)
        shape = [1 if i in axis else n for i, n in enumerate(x.shape)]
        result = [function(items) for _, items in slices(x, axis)]
        result = np.array(result).reshape(shape)
        return result if keepdims else np.squeeze(result, axis)

    return reference


def floats(function, x=X, **keywords):
    return [
        Sample(x, reference=by(function), axis=axis, keepdims=keepdims, **keywords)
        for axis, keepdims in [((1,), False), ((0, 2), True), ((0, 1, 2), False)]
    ]


def single(function, x, axis, keepdims=False, **keywords):
    return Sample(x, reference=by(function), axis=axis, keepdims=keepdims, **keywords)


def variance(items):
    centre = math.fsum(items) / len(items)
    return math.fsum((item - centre) ** 2 for item in items) / len(items)


def nonzero(x, axis):
    count = by(lambda items: sum(item != 0 for item in items))
    return count(x, axis, keepdims=False).astype("int32")


def log_sum_exp(items):
    top = max(items)
    if math.isinf(top):
        return top
    return top + math.log(math.fsum(math.exp(item - top) for item in items))


# Some rows keep all, some a part, and one nothing.
HOLES = np.where((np.arange(24) % 5 < 2).reshape(X.shape), np.nan, X)
HOLES[1, :, 2] = np.nan


def beside_nan(function):
    """A reference that leaves NaN out, and is NaN where nothing is left."""

    def reduce(items):
        kept = [item for item in items if not math.isnan(item)]
        return function(kept) if kept else math.nan

    return reduce


SAMPLES = {
    "nanmax": floats(max)
    + floats(beside_nan(max), HOLES.astype("float32"), gradient=False),
    "nanmin": floats(min)
    + floats(beside_nan(min), HOLES.astype("float32"), gradient=False),
    "sum": [
        *floats(math.fsum),
        single(sum, SMALL, (0,)),
        single(sum, BOOLS, (0, 1), True),
        single(math.fsum, X, ()),
        single(math.fsum, np.full((5000,), 0.25, "float16"), (0,), gradient=False),
        single(math.fsum, np.zeros((0, 2), "float32"), (0,), gradient=False),
    ],
    "mean": [
        *floats(lambda items: math.fsum(items) / len(items)),
        Sample(
            np.zeros((0, 2), "float32"),
            reference=lambda x, axis, keepdims: np.full(2, np.nan),
            gradient=False,
            axis=(0,),
            keepdims=False,
        ),
    ],
    "prod": [
        single(math.prod, X, 1),
        single(math.prod, X, 0, True),
        single(math.prod, ZEROS, 1),
        single(math.prod, SMALL, 0),
    ],
    "max": [
        *floats(max),
        single(max, SMALL, (1,)),
        single(max, TIES, (1,), gradient=False),
        single(
            lambda items: math.nan, np.float32([[1.0, np.nan]]), (1,), gradient=False
        ),
        single(
            lambda items: -math.inf, np.zeros((2, 0), "float32"), (1,), gradient=False
        ),
        single(lambda items: -128, np.zeros((2, 0), "int8"), (1,)),
    ],
    "min": [
        *floats(min),
        single(min, SMALL, (1,)),
        single(
            lambda items: math.nan, np.float32([[1.0, np.nan]]), (1,), gradient=False
        ),
        single(
            lambda items: math.inf, np.zeros((2, 0), "float32"), (1,), gradient=False
        ),
    ],
    "any": [single(lambda i: True in i, BOOLS, (1,)), single(any, BOOLS, (0, 1), True)],
    "all": [
        single(lambda items: False not in items, BOOLS, (1,)),
        single(all, BOOLS, (0, 1), True),
    ],
    "argmax": [
        single(lambda items: items.index(max(items)), X, 1, gradient=False),
        single(lambda items: items.index(max(items)), TIES, 1, True, gradient=False),
        single(lambda items: items.index(max(items)), SMALL, 0),
    ],
    "argmin": [
        single(lambda items: items.index(min(items)), X, 2, gradient=False),
        single(lambda items: items.index(min(items)), TIES, 1, True, gradient=False),
    ],
    "axis_size": [
        Sample(
            X,
            reference=lambda x, axis, dtype: np.array(12.0),
            gradient=False,
            axis=(1, 2),
            dtype="float32",
        )
    ],
    "var": [
        *floats(variance),
        single(
            variance,
            np.linspace(60, 65, 30).astype("float16"),
            (0,),
            gradient=False,
            tolerance=1e-3,
        ),
    ],
    "count_nonzero": [
        Sample(values, reference=nonzero, axis=axis, gradient=False)
        for values in (
            np.float32([[0.0, -0.0, np.nan], [np.inf, 2.0, 0.0]]),
            np.array([[True, False, True], [False, False, False]]),
            np.complex64([[0, 1j, 0], [2, 0, 3]]),
            np.zeros((0, 3), "int8"),
        )
        for axis in ((0, 1), (1,), ())
    ],
    "logsumexp": [
        *floats(log_sum_exp),
        single(log_sum_exp, np.float32([[1000.0, 999.0], [-1000.0, -1001.0]]), (1,)),
        single(
            log_sum_exp,
            np.float32([[-np.inf, -np.inf], [np.inf, 0.0]]),
            (1,),
            gradient=False,
        ),
    ],
}
