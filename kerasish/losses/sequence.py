"""Losses of sequences without alignment."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.losses.loss import LossFunctionWrapper


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Compute the connectionist temporal classification loss.

    Minus the logarithm of the probability that the labels come out, summed over all
    alignments in time; class 0 is the blank (Graves et al. 2006).

    Args:
        y_true: Labels, shape `(batch, labels)`, padded with 0.
        y_pred: Logits, shape `(batch, time, classes)`.

    Returns:
        Tensor of shape `(batch,)`.

    Raises:
        ShapeError: If a rank is wrong.

    Example:

    >>> import numpy as np
    >>> loss = ctc([[1, 0]], np.zeros((1, 2, 3), "float32"))
    >>> round(float(loss[0]), 4)
    1.0986
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, "int32")
    if (y_true.ndim, y_pred.ndim) != (2, 3):
        raise ShapeError(
            "ctc expects labels of shape (batch, labels) and logits of shape "
            f"(batch, time, classes).\n  got: y_true {y_true.shape}, "
            f"y_pred {y_pred.shape}"
        )
    labels = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    steps = ops.sum(ops.ones_like(y_pred[:, :, 0], dtype="int32"), axis=-1)
    return ops.ctc_loss(y_true, y_pred, labels, steps, mask_index=0)


class CTC(LossFunctionWrapper):
    """Connectionist temporal classification: labels without alignment in time.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> import numpy as np
    >>> loss = CTC()([[1, 0]], np.zeros((1, 2, 3), "float32"))
    >>> round(float(loss), 4)
    1.0986
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "ctc",
        dtype: Any = None,
    ) -> None:
        super().__init__(ctc, reduction, name, dtype)
