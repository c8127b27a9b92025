"""From a loss per sample to one number: ranks, masks, weights, reductions."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError

REDUCTIONS = (
    "sum_over_batch_size",
    "sum",
    "mean",
    "mean_with_sample_weight",
    "none",
    None,
)


class Reduction:
    """The names of reductions, as Keras 2 writes them.

    Example:

    >>> Reduction.SUM
    'sum'
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Return all of them."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)


def check_reduction(reduction: str | None) -> str | None:
    """Return a valid reduction name.

    Args:
        reduction: One of `REDUCTIONS`; or `"auto"` of Keras 2, which is
            `"sum_over_batch_size"`.

    Raises:
        ValueError: For any other value.

    Example:

    >>> check_reduction("sum")
    'sum'
    """
    if reduction == Reduction.AUTO:
        return Reduction.SUM_OVER_BATCH_SIZE
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"`reduction` must be one of {REDUCTIONS}.\n"
            f"Received: reduction={reduction!r}"
        )
    return reduction


def match_rank(x: Any, y: Any, expand_vector: bool = True) -> tuple[Any, Any]:
    """Remove or add a last axis of size 1 where two ranks differ by one.

    Args:
        x: Tensor.
        y: Tensor.
        expand_vector: If the smaller one is a vector, `(n,)` becomes `(n, 1)`;
            otherwise the larger one loses its last axis.

    Returns:
        The two tensors, of equal rank if a last axis of size 1 made that possible.

    Example:

    >>> import numpy as np
    >>> from kerasish.backend.graph import as_tensor
    >>> x, y = match_rank(as_tensor(np.zeros((2, 1))), as_tensor(np.zeros(2)))
    >>> x.shape, y.shape
    ((2, 1), (2, 1))
    """
    if x.ndim == y.ndim + 1 and x.shape[-1] == 1:
        if y.ndim == 1 and expand_vector:
            return x, ops.expand_dims(y, -1)
        return ops.squeeze(x, -1), y
    if y.ndim == x.ndim + 1 and y.shape[-1] == 1:
        if x.ndim == 1 and expand_vector:
            return ops.expand_dims(x, -1), y
        return x, ops.squeeze(y, -1)
    return x, y


def prepare(y_true: Any, y_pred: Any, name: str) -> tuple[Any, Any]:
    """Turn targets and predictions into tensors of one dtype and fitting shapes.

    Args:
        y_true: Targets, array-like.
        y_pred: Predictions, array-like; its dtype is used for both.
        name: The loss or metric, for the message.

    Returns:
        `(y_true, y_pred)` of equal rank.

    Raises:
        ShapeError: If the shapes do not describe the same quantities.

    Example:

    >>> y_true, y_pred = prepare([[1], [2]], [[0.5], [2.5]], "mean_squared_error")
    >>> y_true.dtype
    'float32'
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    true_shape, pred_shape = y_true.shape, y_pred.shape
    y_true, y_pred = match_rank(y_true, y_pred)
    if not _comparable(y_true.shape, y_pred.shape):
        raise ShapeError(
            f"{name}: the targets do not have the shape of the predictions.\n"
            f"  got: y_true {true_shape}, y_pred {pred_shape}"
        )
    return y_true, y_pred


def _comparable(a: tuple, b: tuple) -> bool:
    """Batch axes may broadcast; the last axis, the quantities, must agree."""
    if not a or not b:
        return True
    if len(a) != len(b):
        return False
    pairs = [(m, n) for m, n in zip(a, b) if m is not None and n is not None]
    broadcasts = all(m == n or 1 in (m, n) for m, n in pairs)
    return broadcasts and (len(a) == 1 or None in (a[-1], b[-1]) or a[-1] == b[-1])


def _expand_weights(weights: Any, values: Any) -> Any:
    """Give weights per sample the trailing axes of the values they weigh."""
    missing = values.ndim - weights.ndim
    if weights.ndim == 0 or missing <= 0:
        return weights
    leading = values.shape[: weights.ndim]
    trailing = values.shape[missing:]
    if _differs(weights.shape, leading) and not _differs(weights.shape, trailing):
        return weights
    for _ in range(missing):
        weights = ops.expand_dims(weights, -1)
    return weights


def _differs(a: tuple, b: tuple) -> bool:
    known = [(m, n) for m, n in zip(a, b) if m is not None and n is not None]
    return any(m != n and m != 1 for m, n in known)


def merge_mask(
    sample_weight: Any | None, mask: Any | None, dtype: str, reduction: str | None
) -> Any | None:
    """Fold a mask into the sample weights.

    Where the reduction divides by the number of values, masked ones must not count:
    each valid entry then weighs `total / valid`.

    Args:
        sample_weight: Weights or `None`.
        mask: Boolean tensor or `None`.
        dtype: Dtype of the result.
        reduction: Name of the reduction that follows.

    Returns:
        The combined weights; `None` if both are.

    Example:

    >>> merge_mask(None, [True, False], "float32", "sum_over_batch_size").numpy()
    array([2., 0.], dtype=float32)
    """
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
    if mask is None:
        return sample_weight
    mask = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        total = ops.sum(ops.ones_like(mask))
        mask = mask * ops.divide_no_nan(total, ops.sum(mask))
    if sample_weight is None:
        return mask
    mask, sample_weight = match_rank(mask, sample_weight)
    return _expand_weights(sample_weight, mask) * _expand_weights(mask, sample_weight)


def reduce_weighted(
    values: Any,
    sample_weight: Any | None = None,
    mask: Any | None = None,
    reduction: str | None = "sum_over_batch_size",
    dtype: str | None = None,
) -> Any:
    """Weigh the values of a loss and reduce them.

    Args:
        values: One loss per sample (and per position), any rank.
        sample_weight: Weights: a number, one per sample, or one per value.
        mask: Boolean tensor; false entries do not count.
        reduction: `"sum"`; `"mean"` and `"sum_over_batch_size"` divide the weighted
            sum by the number of values; `"mean_with_sample_weight"` divides it by the
            sum of the weights; `"none"` or `None` keeps the weighted values.
        dtype: Dtype of the result, by default that of the values.

    Returns:
        A scalar tensor, or the weighted values without a reduction.

    Example:

    >>> float(reduce_weighted([1.0, 3.0], sample_weight=[1.0, 0.0]))
    0.5
    """
    values = ops.convert_to_tensor(values, dtype=dtype)
    weights = merge_mask(sample_weight, mask, values.dtype, reduction)
    if weights is not None:
        values, weights = match_rank(values, weights)
        values = values * _expand_weights(weights, values)
    if reduction in (None, "none") or values.ndim == 0:
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and weights is not None:
        return ops.divide_no_nan(ops.sum(values), ops.sum(weights))
    return ops.mean(values)
