"""Connectionist temporal classification: labels without known times."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.beam_search import beam_search_op
from kerasish.backend.ops.promotion import as_float
from kerasish.backend.ops.softmaxes import positions
from kerasish.errors import ShapeError

# The logarithm of a probability of zero; finite, so that gradients are.
_IMPOSSIBLE = -1e30


def _later(x: Tensor, count: int) -> Tensor:
    """Entries moved to later places of the last axis; impossible ones come first."""
    start = ops.full_like(x[:, :count], _IMPOSSIBLE)
    return ops.concatenate([start, x[:, :-count]], axis=1)


def _log_sum(x: Tensor, y: Tensor) -> Tensor:
    return ops.maximum(x, y) + ops.log1p(ops.exp(-ops.absolute(x - y)))


def _with_blanks(target: Tensor, blank: int) -> Tensor:
    """Labels with a blank before, between and after them."""
    blanks = ops.full_like(target, blank)
    pairs = ops.reshape_like(
        ops.stack([blanks, target], axis=2), ops.concatenate([blanks, target], axis=1)
    )
    return ops.concatenate([pairs, blanks[:, :1]], axis=1)


def ctc_loss(
    target: Any,
    output: Any,
    target_length: Any,
    output_length: Any,
    mask_index: int = 0,
) -> Tensor:
    """Negative log-likelihood of label sequences under all alignments in time.

    Args:
        target: Integer labels of shape `(batch, labels)`, at least one a row.
        output: Logits of shape `(batch, time, classes)`.
        target_length: How many labels of each row count, `(batch,)`.
        output_length: How many time steps of each row count, `(batch,)`.
        mask_index: The class of the blank.

    Returns:
        A float tensor of shape `(batch,)`.

    Raises:
        ShapeError: If `target` or `output` has another number of axes.

    Reference:
        Graves et al., 2006, "Connectionist Temporal Classification".

    Example:

    >>> import numpy as np
    >>> logits = np.zeros((1, 2, 3), "float32")
    >>> loss = ctc_loss([[1]], logits, [1], [2])
    >>> round(float(np.exp(-loss.numpy()[0])), 4)
    0.3333
    """
    target, output = as_tensor(target), as_float(output)
    if target.ndim != 2 or output.ndim != 3:
        raise ShapeError(
            "ctc_loss: `target` must have the axes batch and labels, `output` the axes "
            f"batch, time and classes.\n  got: {target.shape} and {output.shape}"
        )
    target = ops.cast(target, "int32")
    target_length = ops.cast(as_tensor(target_length), "int32")
    output_length = ops.expand_dims(ops.cast(as_tensor(output_length), "int32"), 1)
    states = _with_blanks(target, mask_index)
    place = positions(states, 1)
    repeated = ops.concatenate([states[:, :2] * 0 + mask_index, states[:, :-2]], axis=1)
    # By place: a label may be the blank's class too.
    may_skip = ops.logical_and(ops.equal(place % 2, 1), states != repeated)
    scores = ops.transpose(ops.log_softmax(output), (1, 0, 2))
    start = ops.where(place < 2, 0.0, _IMPOSSIBLE) + ops.cast(states * 0, output.dtype)
    start = ops.cast(start, output.dtype) + _IMPOSSIBLE * ops.cast(
        place > 2 * ops.expand_dims(target_length, 1), output.dtype
    )

    def step(carry: tuple, score: Tensor) -> tuple:
        time, likelihood = carry
        moved = _log_sum(likelihood, _later(likelihood, 1))
        skipped = ops.where(may_skip, _later(likelihood, 2), _IMPOSSIBLE)
        first = ops.equal(time, 0)
        reached = ops.where(first, likelihood, _log_sum(moved, skipped))
        reached = reached + ops.take_along_axis(score, states, axis=1)
        counts = time < output_length
        return (time + 1, ops.where(counts, reached, likelihood)), None

    (_, likelihood), _ = ops.scan(step, (0, start), scores)
    last = 2 * ops.expand_dims(target_length, 1)
    ends = ops.logical_or(ops.equal(place, last), ops.equal(place, last - 1))
    likelihood = ops.where(ends, likelihood, _IMPOSSIBLE)
    return -ops.logsumexp(likelihood, axis=1)


def _single(x: Any) -> Tensor:
    """Floats of single precision at least."""
    x = as_float(x)
    return x if x.dtype == "float64" else ops.cast(x, "float32")


def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[Tensor, Tensor]:
    """Read likely labels, without blanks and repetitions.

    Args:
        inputs: Logits of shape `(batch, time, classes)`.
        sequence_lengths: How many time steps of each row count, `(batch,)`.
        strategy: `'greedy'` for the likeliest class at each time, or `'beam_search'`
            for the likeliest labels over all alignments.
        beam_width: How many label sequences are followed at a time.
        top_paths: How many of them are returned; one if greedy.
        merge_repeated: Whether equal classes in a row count once, if greedy.
        mask_index: The class of the blank.

    Returns:
        `(labels, scores)`: labels of shape `(top_paths, batch, time)`, -1 where there
        are no more; if greedy the negative sum of the largest logits, `(batch, 1)`,
        else the log-probability of each sequence, `(batch, top_paths)`.

    Raises:
        ValueError: For another strategy, or more than one path if greedy.
        ShapeError: If there are more paths than beams.

    Example:

    >>> import numpy as np
    >>> logits = np.eye(3, dtype="float32")[None, [1, 1, 0, 2]]
    >>> ctc_decode(logits, [4])[0].numpy().tolist()
    [[[1, 2, -1, -1]]]
    """
    if strategy == "beam_search":
        lengths = ops.cast(as_tensor(sequence_lengths), "int32")
        blank = -1 if mask_index is None else int(mask_index)
        return beam_search_op(
            ops.log_softmax(_single(inputs)),
            lengths,
            width=int(beam_width),
            paths=int(top_paths),
            blank=blank,
        )
    if strategy != "greedy" or top_paths != 1:
        raise ValueError(
            "ctc_decode: the strategy must be 'greedy', with one path, or "
            "'beam_search'.\n"
            f"Received: strategy={strategy!r}, top_paths={top_paths}"
        )
    inputs = as_float(inputs)
    lengths = ops.expand_dims(ops.cast(as_tensor(sequence_lengths), "int32"), 1)
    best = ops.cast(ops.argmax(inputs, axis=-1), "int32")
    time = positions(best, 1)
    counts = time < lengths
    keep = ops.logical_and(counts, best != mask_index)
    if merge_repeated:
        before = ops.concatenate([best[:, :1] * 0 - 1, best[:, :-1]], axis=1)
        keep = ops.logical_and(keep, best != before)
    # Kept entries move to the front in their order.
    after = ops.where(keep, time, time + ops.max(time) + 1)
    labels = ops.take_along_axis(best, ops.argsort(after, axis=1), axis=1)
    found = ops.sum(ops.cast(keep, "int32"), axis=1, keepdims=True)
    labels = ops.where(time < found, labels, -1)
    top = ops.max(inputs, axis=-1)
    scores = -ops.sum(ops.where(counts, top, ops.zeros_like(top)), axis=1)
    return ops.expand_dims(labels, 0), ops.expand_dims(scores, 1)
