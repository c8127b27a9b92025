"""Means that keep the shape of the values, and relative errors (of Keras 2)."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import as_numpy
from kerasish.losses.reduction import prepare
from kerasish.metrics.mean import Mean
from kerasish.metrics.metric import Metric


class MeanTensor(Metric):
    """Mean over batches, element by element: `sum(w * v) / sum(w)`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        shape: Shape of the values; that of the first batch by default.

    Example:

    >>> metric = MeanTensor()
    >>> metric.update_state([1.0, 3.0])
    >>> metric.update_state([5.0, 3.0])
    >>> metric.result().numpy()
    array([3., 3.], dtype=float32)
    """

    def __init__(
        self, name: str = "mean_tensor", dtype: Any = None, shape: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.shape = None if shape is None else tuple(shape)
        self._built = False
        if self.shape is not None:
            self._build(self.shape)

    def _build(self, shape: tuple) -> None:
        self.total = self.add_variable(shape, "zeros", self.dtype, name="total")
        self.count = self.add_variable(shape, "zeros", self.dtype, name="count")
        self._built = True

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in one tensor of values, always of the same shape."""
        values = ops.convert_to_tensor(values, dtype=self.dtype)
        if not self._built:
            self._build(values.shape)
        weights = ops.ones_like(values)
        if sample_weight is not None:
            given = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            while 0 < given.ndim < values.ndim:
                given = ops.expand_dims(given, -1)
            weights = weights * given
        self.total.assign_add(values * weights)
        self.count.assign_add(weights)

    def result(self) -> Any:
        """Return the means, a tensor of the shape of the values."""
        if not self._built:
            return ops.zeros((), dtype=self.dtype)
        return ops.divide_no_nan(self.total, self.count)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {**super().get_config(), "shape": self.shape}


class MeanRelativeError(Mean):
    """Mean of `|y_true - y_pred| / normalizer`; 0 where the normalizer is 0.

    Args:
        normalizer: What errors are divided by; broadcasts to the predictions.
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> metric = MeanRelativeError(normalizer=[1.0, 2.0])
    >>> float(metric([1.0, 2.0], [2.0, 4.0]))
    1.0
    """

    _direction = "down"

    def __init__(
        self, normalizer: Any, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.normalizer = as_numpy(normalizer).astype(self.dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = prepare(y_true, y_pred, self.name)
        error = ops.divide_no_nan(ops.abs(y_true - y_pred), self.normalizer)
        super().update_state(error, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {**super().get_config(), "normalizer": self.normalizer.tolist()}
