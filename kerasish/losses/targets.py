"""The labels of classifiers: which kind they are, and how they are prepared."""

from __future__ import annotations

import operator
import warnings
from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError


def kind_of_targets(true_shape: tuple, pred_shape: tuple) -> str:
    """Tell binary, integer and one-hot labels apart.

    Args:
        true_shape: Shape of the labels.
        pred_shape: Shape of the predictions.

    Returns:
        `"binary"` for one output unit, `"sparse"` for class numbers, `"one_hot"`
        otherwise.

    Example:

    >>> kind_of_targets((None, 1), (None, 10))
    'sparse'
    """
    if not pred_shape or pred_shape[-1] == 1:
        return "binary"
    fewer_axes = len(true_shape) < len(pred_shape)
    wide = pred_shape[-1] is not None and pred_shape[-1] > 1
    if fewer_axes or (true_shape[-1] == 1 and wide):
        return "sparse"
    return "one_hot"


def check_axis(axis: int) -> None:
    """Refuse an axis that is no integer.

    Raises:
        ValueError: For a bool.
        TypeError: For anything else that is no integer.

    Example:

    >>> check_axis(-1)
    """
    if isinstance(axis, bool):
        raise ValueError(f"`axis` must be an integer.\nReceived: axis={axis}")
    operator.index(axis)


def smooth(y_true: Any, label_smoothing: float, number_of_classes: int) -> Any:
    """Move a share of the label mass to an even distribution over the classes.

    Example:

    >>> smooth(1.0, 0.5, 2)
    0.75
    """
    if not label_smoothing:
        return y_true
    return y_true * (1.0 - label_smoothing) + label_smoothing / number_of_classes


def prepare_one_hot(y_true: Any, y_pred: Any, axis: int, name: str) -> tuple[Any, Any]:
    """Turn one-hot labels and predictions into tensors of one dtype and shape.

    Args:
        y_true: Labels, shape `(batch, ..., classes)`.
        y_pred: Predictions of the same shape.
        axis: Axis of the classes.
        name: The loss, for messages.

    Raises:
        ShapeError: If the labels are class numbers or of another width.

    Example:

    >>> y_true, y_pred = prepare_one_hot([[0, 1]], [[0.5, 0.5]], -1, "docs_loss")
    >>> y_true.dtype
    'float32'
    """
    check_axis(axis)
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    classes = y_pred.shape[axis] if y_pred.ndim else None
    if classes == 1:
        warnings.warn(
            f"{name} expects more than one class, but y_pred has shape "
            f"{y_pred.shape}. With one output unit use `binary_crossentropy`.",
            SyntaxWarning,
            stacklevel=4,
        )
    same_rank = y_true.ndim == y_pred.ndim
    labels = y_true.shape[axis] if same_rank else None
    if not same_rank or (None not in (labels, classes) and labels != classes):
        sparse = f"`sparse_{name.replace('focal_', '')}`"
        raise ShapeError(
            f"{name} expects one-hot labels of the shape of the predictions. For "
            f"labels that are class numbers use {sparse}.\n"
            f"  got: y_true {y_true.shape}, y_pred {y_pred.shape}"
        )
    return y_true, y_pred


def class_numbers(y_true: Any, y_pred: Any, axis: int) -> Any:
    """Remove a class axis of size 1 from labels that are class numbers.

    Args:
        y_true: Tensor, shape `(batch, ...)` or `(batch, ..., 1)`.
        y_pred: Tensor, shape `(batch, ..., classes)`.
        axis: Axis of the classes.

    Raises:
        ShapeError: If the labels are one-hot or of another shape.

    Example:

    >>> from kerasish.backend.graph import as_tensor
    >>> class_numbers(as_tensor([[1], [0]]), as_tensor([[0.1, 0.9]] * 2), -1).shape
    (2,)
    """
    if y_true.ndim == y_pred.ndim and y_true.ndim and y_true.shape[axis] == 1:
        return ops.squeeze(y_true, axis)
    if y_true.ndim == y_pred.ndim - 1:
        return y_true
    hint = ""
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] in (None, y_pred.shape[axis]):
        hint = " For one-hot labels use `categorical_crossentropy`."
    raise ShapeError(
        "sparse_categorical_crossentropy expects class numbers, one for each row of "
        f"probabilities.{hint}\n  got: y_true {y_true.shape}, y_pred {y_pred.shape}"
    )
