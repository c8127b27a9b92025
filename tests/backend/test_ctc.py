"""Connectionist temporal classification against all alignments one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.backend.plan import Function, value_and_grad
from kerasish.errors import ShapeError

RNG = np.random.default_rng(4)
LOGITS = RNG.normal(size=(3, 4, 3)).astype("float32")
LENGTHS = np.array([4, 3, 4], "int32")


def collapse(path, blank):
    merged = [label for label, _ in itertools.groupby(path)]
    return [label for label in merged if label != blank]


def by_alignments(labels, logits, blank):
    """The likelihood as the sum over every path of classes."""
    p = np.exp(logits.astype("float64"))
    p /= p.sum(axis=-1, keepdims=True)
    steps = range(len(logits))
    total = sum(
        np.prod([p[t, k] for t, k in zip(steps, path)])
        for path in itertools.product(range(p.shape[1]), repeat=len(logits))
        if collapse(path, blank) == list(labels)
    )
    return -np.log(total)


@pytest.mark.parametrize("blank, classes", [(0, (1, 2)), (2, (0, 1))])
def test_loss_is_the_sum_over_alignments(blank, classes):
    a, b = classes
    targets = np.array([[a, b], [b, b], [b, a]], "int32")
    counts = np.array([2, 2, 1], "int32")
    loss = ops.ctc_loss(targets, LOGITS, counts, LENGTHS, mask_index=blank).numpy()
    for row in range(3):
        expected = by_alignments(
            targets[row, : counts[row]], LOGITS[row, : LENGTHS[row]], blank
        )
        assert abs(loss[row] - expected) < 1e-5


def test_gradient_and_unknown_sizes():
    targets, counts = np.array([[1, 2], [2, 2], [2, 1]], "int32"), np.int32([2, 2, 0])

    def loss(x):
        return ops.sum(ops.ctc_loss(targets, x, counts, LENGTHS))

    slope = value_and_grad(loss)(LOGITS)[1].numpy()
    assert (slope[1, 3:] == 0).all() and np.isfinite(slope).all()
    step = RNG.normal(size=LOGITS.shape).astype("float32") * 1e-2
    change = float(loss(LOGITS + step)) - float(loss(LOGITS - step))
    assert abs(change - 2 * (slope * step).sum()) < 1e-4
    x, t = placeholder((None, None, 3)), placeholder((None, None), "int32")
    with symbolic_scope():
        y = ops.ctc_loss(t, x, counts, LENGTHS)
    got = Function([t, x], [y])(targets, LOGITS)[0]
    assert abs(got.sum() - float(loss(LOGITS))) < 1e-4


def test_greedy_decoding():
    best = [[1, 1, 0, 1], [2, 1, 1, 1], [0, 0, 0, 0]]
    logits = np.eye(3, dtype="float32")[best]
    labels, scores = ops.ctc_decode(logits, LENGTHS)
    assert labels.numpy().tolist() == [
        [[1, 1, -1, -1], [2, 1, -1, -1], [-1, -1, -1, -1]]
    ]
    assert scores.numpy().tolist() == [[-4], [-3], [-4]]
    single = ops.ctc_decode(logits, LENGTHS, merge_repeated=False)[0].numpy()
    assert single[0, 1].tolist() == [2, 1, 1, -1]


def test_errors():
    with pytest.raises(ShapeError):
        ops.ctc_loss([1], LOGITS, [1], [4])
    with pytest.raises(ValueError, match="greedy"):
        ops.ctc_decode(LOGITS, LENGTHS, strategy="beam")
    with pytest.raises(ShapeError, match="paths"):
        ops.ctc_decode(LOGITS, LENGTHS, "beam_search", beam_width=2, top_paths=3)


def test_a_label_may_be_of_the_blank_class() -> None:
    """The numbers are TensorFlow's and JAX's."""
    logits = (np.arange(24).reshape((2, 4, 3)).astype("float32") - 12) / 100
    targets = np.array([[0, 1, 2, 0], [2, 0, 0, 1]])
    loss = ops.ctc_loss(targets, logits, [3, 3], [4, 4]).numpy()
    np.testing.assert_allclose(loss, [2.4543595, 4.4145823], rtol=1e-6)
