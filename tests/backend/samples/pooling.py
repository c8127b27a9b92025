"""Samples of pooling, against explicit windows."""

from __future__ import annotations

import itertools
import math

import numpy as np

from tests.backend.sample import Sample
from tests.backend.samples.convolution import convolve, counts, terms


def windows(shape, pool_size, strides, pads):
    """Map each position to its `(place, element)` pairs in row-major order."""
    found: dict[tuple, list] = {}
    ones = (1,) * len(pool_size)
    for position, tap, element in terms(shape[1:-1], pool_size, strides, pads, ones):
        place = np.ravel_multi_index(tap, pool_size)
        found.setdefault(position, []).append((int(place), element))
    return {position: sorted(pairs) for position, pairs in found.items()}


def pooled_shape(shape, pool_size, strides, pads):
    ones = (1,) * len(pool_size)
    sizes = counts(shape[1:-1], pool_size, strides, pads, ones)
    return (shape[0], *sizes, shape[-1])


def _each(shape, pool_size, strides, pads):
    """Yield `(image, channel)` with position and pairs."""
    for position, pairs in windows(shape, pool_size, strides, pads).items():
        for image, channel in itertools.product(range(shape[0]), range(shape[-1])):
            here = [(place, (image, *element, channel)) for place, element in pairs]
            yield (image, *position, channel), here


def maximum(x, **attrs):
    y = np.zeros(pooled_shape(x.shape, **attrs), x.dtype)
    for there, here in _each(x.shape, **attrs):
        y[there] = max(x[element] for _, element in here)
    return y


def first_place(x, y, **attrs):
    count = math.prod(attrs["pool_size"])
    index = np.zeros(y.shape, "uint8" if count < 256 else "int32")
    for there, here in _each(x.shape, **attrs):
        index[there] = next(place for place, at in here if x[at] == y[there])
    return index


def unpool(g, index, like, **attrs):
    x = np.zeros(like.shape)
    for there, here in _each(like.shape, **attrs):
        for place, element in here:
            x[element] += g[there] * (place == index[there])
    return x


def gather(x, index, **attrs):
    y = np.zeros(index.shape)
    for there, here in _each(x.shape, **attrs):
        y[there] = dict(here) and {p: x[at] for p, at in here}[int(index[there])]
    return y


def mean(x, **attrs):
    y = np.zeros(pooled_shape(x.shape, **attrs))
    for there, here in _each(x.shape, **attrs):
        y[there] = np.mean([x[element] for _, element in here])
    return y


def spread(g, like, **attrs):
    x = np.zeros(like.shape)
    for there, here in _each(like.shape, **attrs):
        for _, element in here:
            x[element] += g[there] / len(here)
    return x


def pooled_convolution(x, w, *, pool_size, pool_strides, indexed, **attrs):
    y = convolve(x, w, **attrs)
    pooling = window(pool_size, pool_strides, ((0, 0),) * len(pool_size))
    largest = maximum(y, **pooling)
    return (largest, first_place(y, largest, **pooling)) if indexed else (largest,)


def window(pool_size, strides, pads):
    return {"pool_size": pool_size, "strides": strides, "pads": pads}


CASES = [
    ((2, 6, 3), window((2,), (2,), ((0, 0),))),
    ((2, 7, 2), window((3,), (2,), "same")),
    ((2, 6, 5, 3), window((2, 2), (2, 2), ((0, 0), (0, 0)))),
    ((2, 5, 7, 2), window((3, 2), (1, 3), "same")),
    ((1, 5, 4, 1), window((2, 3), (2, 2), ((0, 1), (1, 1)))),
    ((1, 4, 3, 5, 2), window((2, 1, 2), (2, 1, 1), "same")),
    ((1, 17, 16, 1), window((16, 16), (1, 1), ((0, 0), (0, 0)))),
]


# Shapes of input and kernel, and how far apart pooled windows are.
CONVOLUTIONS = [((2, 5, 5, 2), (2, 2, 2, 3), 2), ((1, 7, 3), (3, 3, 2), 1)]


def _samples():
    names = (
        "max_pool", "max_pool_index", "max_unpool", "pool_gather", "average_pool",
        "average_unpool", "conv_max_pool",
    )  # fmt: skip
    table = {name: [] for name in names}
    rng = np.random.default_rng(0)
    for shape, attrs in CASES:
        # Distinct values, far enough apart for finite differences.
        x = rng.permutation(math.prod(shape)).reshape(shape).astype("float32") / 7
        y = maximum(x, **attrs)
        index = first_place(x, y, **attrs)
        g = rng.normal(size=y.shape).astype("float32")
        table["max_pool"].append(Sample(x, reference=maximum, **attrs))
        table["max_pool_index"].append(
            Sample(x, y, reference=first_place, gradient=False, **attrs)
        )
        table["max_unpool"].append(
            Sample(
                g, index, x, reference=unpool, gradient=(True, False, False), **attrs
            )
        )
        table["pool_gather"].append(
            Sample(x, index, reference=gather, gradient=(True, False), **attrs)
        )
        table["average_pool"].append(Sample(x, reference=mean, **attrs))
        table["average_unpool"].append(
            Sample(g, x, reference=spread, gradient=(True, False), **attrs)
        )
    for (shape, kernel, steps), indexed in itertools.product(CONVOLUTIONS, (0, 1)):
        x, w = (rng.normal(size=s).astype("float32") for s in (shape, kernel))
        axes = len(shape) - 2
        table["conv_max_pool"].append(
            Sample(
                x,
                w,
                reference=pooled_convolution,
                strides=(1,) * axes,
                groups=1,
                pads=((1, 0),) * axes,
                dilation=(1,) * axes,
                pool_size=(2,) * axes,
                pool_strides=(steps,) * axes,
                indexed=bool(indexed),
            )  # fmt: skip
        )
    attrs = CASES[2][1]
    ties = np.ones((1, 4, 4, 1), "float32")
    table["max_pool_index"].append(
        Sample(
            ties,
            np.ones((1, 2, 2, 1), "float32"),
            reference=first_place,
            gradient=False,
            **attrs,
        )  # fmt: skip
    )
    whole = rng.integers(-90, -5, size=(1, 5, 5, 2)).astype("int8")
    table["max_pool"].append(
        Sample(
            whole,
            reference=maximum,
            gradient=False,
            **window((2, 2), (2, 2), "same"),
        )  # fmt: skip
    )
    return table


SAMPLES = _samples()
