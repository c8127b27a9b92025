"""The likeliest label sequences of a connectionist temporal classification."""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasish.backend.graph import Op, Spec, register
from kerasish.errors import ShapeError

Array = Any
# Multiplied with at each label; odd, so that no bit of the number so far is lost.
_FACTOR = 6364136223846793005


class _Beams(NamedTuple):
    """The best label sequences so far; arrays of shape `(batch, beams)` but `labels`.

    Attributes:
        labels: The sequences, `(batch, beams, time)`, -1 after their ends.
        counts: Their lengths.
        last: Their last labels, -1 for none.
        codes: A number for each sequence that no other one has.
        blank: The log-probability of all alignments that end with a blank.
        label: The one of those that end with the last label.
    """

    labels: Array
    counts: Array
    last: Array
    codes: Array
    blank: Array
    label: Array


def _start(xp: Any, batch: int, time: int, width: int, dtype: Any) -> _Beams:
    shape = (batch, width)
    blank = xp.full(shape, -xp.inf, dtype)
    blank[:, 0] = 0
    return _Beams(
        labels=xp.full((*shape, time), -1, "int32"),
        counts=xp.zeros(shape, "int32"),
        last=xp.full(shape, -1, "int32"),
        codes=xp.zeros(shape, "uint64"),
        blank=blank,
        label=xp.full(shape, -xp.inf, dtype),
    )


def _grown(xp: Any, beams: _Beams, scores: Array, blank: int) -> tuple[Array, ...]:
    """Return log-probabilities one step later.

    Returns:
        Those of the sequences that stay, ending with a blank and with a label, and
        those of sequences with one label more, `(batch, beams, classes)`. Where such a
        sequence is one of the others, it is counted there.
    """
    total = xp.logaddexp(beams.blank, beams.label)
    classes = xp.arange(scores.shape[1], dtype="int32")
    repeated = beams.last[:, :, None] == classes
    more = xp.where(repeated, beams.blank[:, :, None], total[:, :, None])
    more = more + scores[:, None, :]
    more[:, :, blank] = -xp.inf
    seen = xp.where(beams.last < 0, 0, beams.last)
    again = beams.label + xp.take_along_axis(scores, seen, axis=1)
    # Sequence j is sequence i and the last label of j.
    codes = _extended(beams.codes[:, :, None], beams.last[:, None, :])
    follows = codes == beams.codes[:, None, :]
    follows &= (beams.last >= 0)[:, None, :] & xp.isfinite(total)[:, None, :]
    places = xp.broadcast_to(seen[:, None, :], follows.shape)
    gained = xp.where(follows, xp.take_along_axis(more, places, axis=2), -xp.inf)
    again = xp.logaddexp(again, gained.max(axis=1)).astype(scores.dtype)
    row, before, after = xp.nonzero(follows)
    more[row, before, beams.last[row, after]] = -xp.inf
    return total + scores[:, blank, None], again, more


def _extended(codes: Array, labels: Array) -> Array:
    return codes * _FACTOR + (labels + 1).astype("uint64")


def _next(xp: Any, beams: _Beams, scores: Array, blank: int) -> _Beams:
    """Return the best sequences one step later."""
    ending, again, more = _grown(xp, beams, scores, blank)
    batch, width, classes = more.shape
    impossible = xp.full((batch, width * classes), -xp.inf, more.dtype)
    ending = xp.concatenate([ending, impossible], axis=1)
    again = xp.concatenate([again, more.reshape(batch, -1)], axis=1)
    best = xp.argsort(-xp.logaddexp(ending, again), axis=1)[:, :width]
    stays = best < width
    origin = xp.where(stays, best, (best - width) // classes)
    added = xp.where(stays, -1, (best - width) % classes).astype("int32")
    counts = xp.take_along_axis(beams.counts, origin, axis=1)
    codes = xp.take_along_axis(beams.codes, origin, axis=1)
    labels = xp.take_along_axis(beams.labels, origin[:, :, None], axis=1)
    place = xp.arange(labels.shape[2]) == counts[:, :, None]
    place &= ~stays[:, :, None]
    return _Beams(
        labels=xp.where(place, added[:, :, None], labels),
        counts=counts + (~stays).astype("int32"),
        last=xp.where(stays, xp.take_along_axis(beams.last, origin, axis=1), added),
        codes=xp.where(stays, codes, _extended(codes, added)),
        blank=xp.take_along_axis(ending, best, axis=1),
        label=xp.take_along_axis(again, best, axis=1),
    )


class BeamSearch(Op):
    """Label sequences in the order of their probabilities, over all alignments.

    Inputs are log-probabilities `(batch, time, classes)` and how many times count,
    `(batch,)` int32. Results are labels `(paths, batch, time)`, -1 after their ends,
    and log-probabilities `(batch, paths)`.

    Reference: Graves and Jaitly, 2014, "Towards end-to-end speech recognition with
    recurrent neural networks".
    """

    name = "ctc_beam_search"
    differentiable = False

    def infer(
        self, scores: Spec, lengths: Spec, *, width: int, paths: int, blank: int
    ) -> tuple[Spec, Spec]:
        if scores.rank != 3 or lengths.rank != 1 or paths > width:
            raise ShapeError(
                "A beam search needs scores with the axes batch, time and classes, a "
                "length for each row, and no more paths than beams.\n"
                f"  got: {scores} and {lengths}, {paths} paths, {width} beams"
            )
        batch, time, _ = scores.shape
        return (
            Spec((paths, batch, time), "int32"),
            Spec((batch, paths), scores.dtype),
        )

    def kernel(
        self,
        xp: Any,
        scores: Array,
        lengths: Array,
        *,
        out: Array = None,
        width: int,
        paths: int,
        blank: int,
    ) -> tuple[Array, Array]:
        batch, time, classes = scores.shape
        beams = _start(xp, batch, time, width, scores.dtype)
        for t in range(time):
            later = _next(xp, beams, scores[:, t], blank % classes)
            counts = (t < lengths)[:, None]
            beams = _Beams(
                *(
                    xp.where(counts[..., None] if new.ndim == 3 else counts, new, old)
                    for new, old in zip(later, beams)
                )
            )
        total = xp.logaddexp(beams.blank, beams.label)[:, :paths]
        labels = xp.swapaxes(beams.labels[:, :paths], 0, 1)
        return xp.ascontiguousarray(labels), total.astype(scores.dtype)


beam_search_op = register(BeamSearch)
