"""Intersection over union, the metrics of segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import config, ops
from kerasish.metrics.metric import Metric


class IoU(Metric):
    """Intersection over union `tp / (tp + fp + fn)`, mean over the target classes.

    Args:
        num_classes: Number of classes.
        target_class_ids: The classes that count.
        name: Name of the metric.
        dtype: Dtype of the confusion matrix, an integer type by default.
        ignore_class: A label whose positions do not count.
        sparse_y_true: Whether labels are class numbers, not one-hot.
        sparse_y_pred: Whether predictions are class numbers, not probabilities.
        axis: Axis of the classes where they are not sparse.

    Raises:
        ValueError: If a target class is out of range.

    Example:

    >>> metric = IoU(num_classes=2, target_class_ids=[0])
    >>> round(float(metric([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype or "int64")
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"Target classes must lie in [0, {num_classes}).\n"
                f"Received: target_class_ids={target_class_ids}"
            )
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes),
            "zeros",
            self.dtype,
            name="total_confusion_matrix",
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        chosen = ops.reshape(ops.cast(y_pred, "int32"), (-1,))
        weights = ops.ones_like(labels, dtype=self.dtype)
        if sample_weight is not None:
            given = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            weights = weights * (ops.reshape(given, (-1,)) if given.ndim else given)
        valid = ops.logical_and(self._in_range(labels), self._in_range(chosen))
        if self.ignore_class is not None:
            valid = ops.logical_and(valid, ops.not_equal(labels, self.ignore_class))
        weights = ops.where(valid, weights, ops.zeros_like(weights))
        cells = ops.where(
            valid, labels * self.num_classes + chosen, ops.zeros_like(labels)
        )
        matrix = ops.scatter(ops.expand_dims(cells, 1), weights, (self.num_classes**2,))
        self.total_cm.assign_add(ops.reshape(matrix, self.total_cm.shape))

    def _in_range(self, classes: Any) -> Any:
        return ops.logical_and(classes >= 0, classes < self.num_classes)

    def result(self) -> Any:
        """Return the mean over the target classes that occur, a scalar."""
        matrix = ops.cast(self.total_cm, "float32")
        hits = ops.diagonal(matrix)
        union = ops.sum(matrix, axis=0) + ops.sum(matrix, axis=1) - hits
        hits = ops.take(hits, self.target_class_ids, axis=0)
        union = ops.take(union, self.target_class_ids, axis=0)
        tiny = config.epsilon()
        occurs = ops.cast(union > 1e-9, "float32")
        return ops.sum(occurs * hits / (union + tiny)) / (ops.sum(occurs) + tiny)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        settings = IoU.get_config(self)
        return {key: value for key, value in settings.items() if key not in names}


class BinaryIoU(IoU):
    """Intersection over union of two classes, told apart by a threshold.

    Args:
        target_class_ids: The classes that count.
        threshold: Predictions of at least this value are class 1.
        name: Name of the metric.
        dtype: Dtype of the confusion matrix, an integer type by default.

    Raises:
        ValueError: If a target class is out of range.

    Example:

    >>> metric = BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    >>> round(float(metric([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
    0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and probabilities."""
        y_pred = ops.convert_to_tensor(y_pred, dtype="float32")
        super().update_state(y_true, y_pred >= self.threshold, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "target_class_ids": self.target_class_ids,
            "threshold": self.threshold,
        }


class MeanIoU(IoU):
    """Mean of the intersection over union of all classes.

    Args:
        num_classes: Number of classes.
        name: Name of the metric.
        dtype: Dtype of the confusion matrix, an integer type by default.
        ignore_class: A label whose positions do not count.
        sparse_y_true: Whether labels are class numbers, not one-hot.
        sparse_y_pred: Whether predictions are class numbers, not probabilities.
        axis: Axis of the classes where they are not sparse.

    Example:

    >>> round(float(MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            range(num_classes),
            name,
            dtype,
            ignore_class,
            sparse_y_true,
            sparse_y_pred,
            axis,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """Intersection over union of chosen classes with one-hot labels.

    Args:
        num_classes: Number of classes.
        target_class_ids: The classes that count.
        name: Name of the metric.
        dtype: Dtype of the confusion matrix, an integer type by default.
        ignore_class: A label whose positions do not count.
        sparse_y_pred: Whether predictions are class numbers, not probabilities.
        axis: Axis of the classes.

    Raises:
        ValueError: If a target class is out of range.

    Example:

    >>> metric = OneHotIoU(num_classes=2, target_class_ids=[1])
    >>> round(float(metric([[0, 1], [0, 1]], [[0.2, 0.8], [0.6, 0.4]])), 4)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            target_class_ids,
            name,
            dtype,
            ignore_class,
            False,
            sparse_y_pred,
            axis,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(IoU):
    """Mean intersection over union of all classes with one-hot labels.

    Args:
        num_classes: Number of classes.
        name: Name of the metric.
        dtype: Dtype of the confusion matrix, an integer type by default.
        ignore_class: A label whose positions do not count.
        sparse_y_pred: Whether predictions are class numbers, not probabilities.
        axis: Axis of the classes.

    Example:

    >>> metric = OneHotMeanIoU(num_classes=2)
    >>> round(float(metric([[0, 1], [0, 1]], [[0.2, 0.8], [0.6, 0.4]])), 4)
    0.25
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            range(num_classes),
            name,
            dtype,
            ignore_class,
            False,
            sparse_y_pred,
            axis,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return self._config_without("target_class_ids", "sparse_y_true")
