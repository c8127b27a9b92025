"""Samples of convolution, against sums over explicit terms."""

from __future__ import annotations

import itertools
import math

import numpy as np

from tests.backend.sample import Sample


def terms(sizes, window, strides, pads, dilation):
    """List `(position, tap, element)` for all products that lie inside the input."""
    axes = []
    for axis, size in enumerate(sizes):
        span = (window[axis] - 1) * dilation[axis] + 1
        if pads == "same":
            count = math.ceil(size / strides[axis])
            low = max((count - 1) * strides[axis] + span - size, 0) // 2
        else:
            low, high = pads[axis]
            count = (size + low + high - span) // strides[axis] + 1
        axes.append(
            [
                (position, tap, element)
                for position in range(count)
                for tap in range(window[axis])
                for element in [position * strides[axis] + tap * dilation[axis] - low]
                if 0 <= element < size
            ]
        )
    return [tuple(zip(*term)) for term in itertools.product(*axes)]


def counts(sizes, window, strides, pads, dilation):
    everything = terms(sizes, window, strides, pads, dilation)
    return tuple(
        max(position[axis] for position, _, _ in everything) + 1
        for axis in range(len(sizes))
    )


def group_slices(channels, filters, groups):
    for group in range(groups):
        yield (
            slice(group * channels, (group + 1) * channels),
            slice(group * filters // groups, (group + 1) * filters // groups),
        )


def convolve(x, w, *, strides, pads, dilation, groups):
    geometry = (x.shape[1:-1], w.shape[:-2], strides, pads, dilation)
    y = np.zeros((len(x), *counts(*geometry), w.shape[-1]))
    for position, tap, element in terms(*geometry):
        for here, there in group_slices(w.shape[-2], w.shape[-1], groups):
            part = x[(slice(None), *element, here)] @ w[(*tap, slice(None), there)]
            y[(slice(None), *position, there)] += part
    return y


def spread(g, w, like, *, strides, pads, dilation, groups, output_padding=None):
    geometry = (like.shape[1:-1], w.shape[:-2], strides, pads, dilation)
    x = np.zeros(like.shape)
    for position, tap, element in terms(*geometry):
        for here, there in group_slices(w.shape[-2], w.shape[-1], groups):
            matrix = w[(*tap, slice(None), there)].T
            x[(slice(None), *element, here)] += (
                g[(slice(None), *position, there)] @ matrix
            )
    return x


def spread_plain(g, w, *, output_padding, strides, pads, dilation, groups):
    sizes = (
        (n - 1) * s + (k - 1) * d + 1 - sum(p) + extra
        for n, k, s, d, p, extra in zip(
            g.shape[1:-1], w.shape, strides, dilation, pads, output_padding
        )
    )
    like = np.zeros((len(g), *sizes, w.shape[-2] * groups))
    return spread(
        g, w, like, strides=strides, pads=pads, dilation=dilation, groups=groups
    )


def correlate(x, g, like, *, strides, pads, dilation, groups):
    geometry = (x.shape[1:-1], like.shape[:-2], strides, pads, dilation)
    w = np.zeros(like.shape)
    for position, tap, element in terms(*geometry):
        for here, there in group_slices(w.shape[-2], w.shape[-1], groups):
            rows = x[(slice(None), *element, here)]
            w[(*tap, slice(None), there)] += rows.T @ g[(slice(None), *position, there)]
    return w


def geometry(strides, pads, dilation=None, groups=1):
    return {
        "strides": strides,
        "pads": pads,
        "dilation": dilation or (1,) * len(strides),
        "groups": groups,
    }


CASES = [
    # Input, kernel, geometry: each names what only it has.
    ((2, 5, 3), (3, 3, 4), geometry((1,), ((0, 0),))),
    ((2, 6, 2), (3, 2, 3), geometry((1,), ((4, 0),), (2,))),
    ((1, 7, 6, 2), (3, 2, 2, 3), geometry((2, 1), "same")),
    ((2, 6, 5, 1), (3, 3, 1, 5), geometry((1, 2), ((1, 2), (0, 1)))),
    ((2, 8, 7, 6), (3, 3, 6, 2), geometry((2, 2), ((1, 0), (1, 1)), (1, 2))),
    ((2, 5, 5, 4), (1, 1, 4, 3), geometry((2, 2), ((0, 0), (0, 0)))),
    ((2, 5, 5, 4), (2, 2, 2, 6), geometry((1, 1), "same", groups=2)),
    ((2, 5, 6, 3), (3, 3, 1, 3), geometry((1, 1), "same", groups=3)),
    ((2, 6, 5, 3), (2, 3, 1, 6), geometry((2, 2), ((1, 1), (2, 0)), groups=3)),
    ((1, 3, 4, 3, 2), (2, 2, 2, 2, 3), geometry((1, 2, 1), "same")),
    ((1, 1, 1, 1), (3, 3, 1, 1), geometry((1, 1), "same")),
    # A tap that only ever meets padding.
    ((1, 2, 5), (5, 5, 2), geometry((3,), ((4, 4),))),
    ((0, 4, 4, 2), (3, 3, 2, 2), geometry((1, 1), ((0, 0), (0, 0)))),
]


def _random(shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def _samples():
    table = {"conv": [], "conv_input": [], "conv_kernel": []}
    for x_shape, w_shape, attrs in CASES:
        x, w = _random(x_shape, 1), _random(w_shape, 2)
        flags = {"gradient": bool(x.size)}
        if not x.size:
            y_shape = (0, 2, 2, 2)
        else:
            y_shape = convolve(x, w, **attrs).shape
        g = _random(y_shape, 3)
        reference = convolve if x.size else lambda *_, **__: np.zeros((0, 2, 2, 2))
        table["conv"].append(Sample(x, w, reference=reference, **flags, **attrs))
        three = [bool(x.size)] * 2 + [False]
        table["conv_input"].append(
            Sample(
                g,
                w,
                x,
                reference=spread,
                gradient=three,
                batch=(0, 2),
                output_padding=None,
                **attrs,
            )
        )
        table["conv_kernel"].append(
            Sample(x, g, w, reference=correlate, gradient=three, batch=(0, 1), **attrs)
        )
    for extra in ((0, 0), (1, 0), (0, 2)):
        attrs = geometry((2, 3), ((1, 1), (0, 1)))
        table["conv_input"].append(
            Sample(
                _random((2, 3, 2, 4), 1),
                _random((3, 4, 2, 4), 2),
                reference=spread_plain,
                output_padding=extra,
                **attrs,
            )
        )
    x, w = _random((2, 5, 5, 8), 1), _random((3, 3, 8, 4), 2)
    half = geometry((1, 1), "same")
    table["conv"].append(
        Sample(
            x.astype("float16"),
            w.astype("float16"),
            reference=lambda x, w, **attrs: convolve(
                x.astype("float64"), w.astype("float64"), **attrs
            ),
            tolerance=1e-3,
            gradient=False,
            **half,
        )
    )
    return table


SAMPLES = _samples()
