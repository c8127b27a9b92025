"""Samples of random words, against NumPy's own generator, and of dropout."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from tests.backend.sample import Sample

STATE = np.array([12, 345], "uint32")
ERF_OF_ROOT_TWO = math.erf(math.sqrt(2.0))
X = np.random.default_rng(1).normal(size=(3, 5)).astype("float32")


def words(state, shape):
    generator = np.random.Philox(key=state.astype("uint64"))
    count = int(np.prod(shape))
    raw = generator.random_raw(-(-count // 2))
    parts = np.stack([raw & 0xFFFFFFFF, raw >> np.uint64(32)], axis=-1)
    return parts.reshape(-1)[:count].reshape(shape).astype("uint32")


def words_like(state, like, broadcast, words):
    shape = [1 if axis in broadcast else n for axis, n in enumerate(like.shape)]
    return _words(state, (*shape, words) if words > 1 else tuple(shape))


_words = words


def dropped(state, x, threshold, scale, broadcast):
    keep = words_like(state, x, broadcast, 1) >= threshold
    return np.where(keep, x * scale, 0), keep


def placed(bits, low, high):
    unit = (bits >> np.uint32(8)).astype("float64") / 2**24
    return unit * (np.float64(high) - low) + low


def normal_within_two(bits):
    unit = (bits >> np.uint32(8)).astype("float64") / 2**24
    within = ERF_OF_ROOT_TWO * (2 * unit - 1)
    values = [NormalDist().inv_cdf((x + 1) / 2) for x in within.reshape(-1)]
    return np.array(values).reshape(bits.shape)


SAMPLES = {
    "within_two": [
        Sample(words(STATE, shape), reference=normal_within_two)
        for shape in ((3, 4), (), (0,), (70_000,))
    ],
    "between": [
        Sample(words(STATE, shape), low, high, reference=placed)
        for shape, low, high in (
            ((3, 4), np.float32(-0.5), np.float32(2.0)),
            ((), np.float32(1.0), np.float32(1.5)),
            ((0,), np.float32(0.0), np.float32(1.0)),
            ((70_000,), np.float32(-0.1), np.float32(0.1)),
        )
    ],
    "random_bits": [
        Sample(STATE, reference=words, gradient=False, shape=shape)
        for shape in ((), (7,), (2, 3, 4), (0,))
    ],
    "random_bits_dynamic": [
        Sample(
            STATE,
            np.int32([2, 3]),
            reference=lambda state, vector, shape: words(state, tuple(vector)),
            gradient=False,
            shape=(None, None),
            unknown=False,
        )
    ],
    "random_bits_like": [
        Sample(STATE, X, reference=words_like, gradient=False, broadcast=b, words=w)
        for b, w in (((), 1), ((0,), 1), ((), 2))
    ],
    "dropout": [
        Sample(
            STATE,
            X,
            reference=dropped,
            threshold=1 << 31,
            scale=2.0,
            broadcast=broadcast,
        )
        for broadcast in ((), (1,))
    ],
}
