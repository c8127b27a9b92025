"""Sums and means over all samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.losses.loss import with_equal_ranks
from kerasish.losses.reduction import match_rank, merge_mask
from kerasish.metrics.metric import Metric


def per_sample(
    values: Any, sample_weight: Any, reduce: Callable[..., Any], dtype: str
) -> tuple[Any, Any]:
    """Reduce values to one per sample, weighted.

    Args:
        values: Shape `(batch, ...)`.
        sample_weight: `None`, a number, or weights of any leading part of the shape.
        reduce: `ops.mean` or `ops.sum`, for the axes after the first.
        dtype: Dtype of the result.

    Returns:
        `(values, weights)`, each of shape `(batch,)` or a scalar; weights may be
        `None`.

    Example:

    >>> values, _ = per_sample([[1.0, 3.0]], None, ops.mean, "float32")
    >>> values.numpy()
    array([2.], dtype=float32)
    """
    mask = getattr(values, "_keras_mask", None)
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is None:
        return _reduce_from(values, 1, reduce), None
    weights = merge_mask(sample_weight, mask, dtype, "sum")
    values, weights = match_rank(values, weights)
    values = _reduce_from(values, weights.ndim, reduce)
    weights = weights * ops.ones_like(values)
    return (
        _reduce_from(values * weights, 1, reduce),
        _reduce_from(weights, 1, reduce),
    )


def _reduce_from(x: Any, axis: int, reduce: Callable[..., Any]) -> Any:
    return x if x.ndim <= axis else reduce(x, axis=tuple(range(axis, x.ndim)))


class Sum(Metric):
    """Sum of all values, weighted.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> metric = Sum()
    >>> metric.update_state([1.0, 3.0])
    >>> float(metric.result())
    4.0
    """

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", self.dtype, name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add a batch of values."""
        values, _ = per_sample(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def result(self) -> Any:
        """Return the sum, a scalar."""
        return ops.cast(self.total, self.dtype)


class Mean(Metric):
    """Mean of all values, weighted: `sum(w * v) / sum(w)`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> metric = Mean()
    >>> metric.update_state([1.0, 3.0])
    >>> metric.update_state([5.0], sample_weight=[2.0])
    >>> float(metric.result())
    3.5
    """

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", self.dtype, name="total")
        self.count = self.add_variable((), "zeros", self.dtype, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in a batch of values, shape `(batch, ...)` or a scalar."""
        values, weights = per_sample(values, sample_weight, ops.mean, self.dtype)
        self.total.assign_add(ops.sum(values))
        weights = ops.ones_like(values) if weights is None else weights
        self.count.assign_add(ops.sum(weights))

    def result(self) -> Any:
        """Return the mean, a scalar; 0 before the first batch."""
        return ops.divide_no_nan(self.total, self.count)


class MeanMetricWrapper(Mean):
    """Mean over all samples of a function `fn(y_true, y_pred, **kwargs)`.

    Args:
        fn: Returns one value per sample.
        name: Name of the metric.
        dtype: See `Metric`.
        **kwargs: Further arguments of the function; they are attributes of the metric.

    Example:

    >>> import kerasish as keras
    >>> metric = MeanMetricWrapper(keras.losses.huber, name="huber", delta=2.0)
    >>> metric.update_state([[0.0]], [[1.0]])
    >>> float(metric.result())
    0.5
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.fn = fn
        self.arguments = kwargs
        for key, value in kwargs.items():
            setattr(self, key, value)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions; masked ones do not count."""
        mask = getattr(y_pred, "_keras_mask", None)
        if type(self) is MeanMetricWrapper:
            y_true, y_pred = with_equal_ranks(y_true, y_pred)
        values = self.fn(y_true, y_pred, **self.arguments)
        weights = merge_mask(sample_weight, mask, self.dtype, "sum")
        super().update_state(values, weights)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        settings = super().get_config()
        if type(self) is MeanMetricWrapper:
            from kerasish.metrics.lookup import serialize

            settings["fn"] = serialize(self.fn)
        return {**settings, **self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make a metric from the result of `get_config`.

        Keras 2 also stores the function of metrics that have a class of their own.
        """
        settings = dict(config)
        fn = settings.pop("fn", None)
        if cls is MeanMetricWrapper:
            from kerasish.metrics.lookup import function

            settings["fn"] = function(fn)
        return cls(**settings)
