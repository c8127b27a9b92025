"""Samples of label sequences, against sums over all alignments."""

from __future__ import annotations

import itertools

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(47)


def _scores(*shape):
    scores = _rng.normal(size=shape).astype("float32")
    return (scores - np.log(np.exp(scores).sum(-1, keepdims=True))).astype("float32")


def _all_alignments(scores, lengths, width, paths, blank):
    """The exact answer, which a beam search finds with enough beams."""
    batch, time, classes = scores.shape
    labels = np.full((paths, batch, time), -1, "int32")
    best = np.full((batch, paths), -np.inf, "float32")
    for row in range(batch):
        found = {}
        for path in itertools.product(range(classes), repeat=int(lengths[row])):
            merged = [c for c, _ in itertools.groupby(path) if c != blank % classes]
            score = sum(scores[row, t, c] for t, c in enumerate(path))
            key = tuple(merged)
            found[key] = np.logaddexp(found.get(key, -np.inf), score)
        ranked = sorted(found.items(), key=lambda item: -item[1])[:paths]
        for place, (key, score) in enumerate(ranked):
            labels[place, row, : len(key)] = key
            best[row, place] = score
    return labels, best


SAMPLES = {
    "ctc_beam_search": [
        Sample(
            _scores(2, 4, 3),
            np.int32([4, 3]),
            width=40,
            paths=3,
            blank=blank,
            gradient=False,
            reference=_all_alignments,
        )
        for blank in (0, -1)
    ],
}
