"""Metrics that are the means of classification losses."""

from __future__ import annotations

from typing import Any

from kerasish.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from kerasish.losses.divergence import kl_divergence, poisson
from kerasish.losses.margin import categorical_hinge, hinge, squared_hinge
from kerasish.metrics.mean import MeanMetricWrapper


class BinaryCrossentropy(MeanMetricWrapper):
    """Mean binary crossentropy between labels and predictions.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        from_logits: Whether predictions are logits.
        label_smoothing: Share of the label mass spread evenly.

    Example:

    >>> round(float(BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """Mean crossentropy between one-hot labels and predictions.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        from_logits: Whether predictions are logits.
        label_smoothing: Share of the label mass spread evenly.
        axis: Axis of the classes.

    Example:

    >>> round(float(CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])), 4)
    0.6931
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Mean crossentropy between class numbers and predictions.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        from_logits: Whether predictions are logits.
        ignore_class: A label whose positions count nothing.
        axis: Axis of the classes.

    Example:

    >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    _direction = "down"

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


class KLDivergence(MeanMetricWrapper):
    """Mean of `sum(y_true * log(y_true / y_pred))`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    _direction = "down"

    def __init__(self, name: str = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """Mean of `y_pred - y_true * log(y_pred)`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(Poisson()([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    _direction = "down"

    def __init__(self, name: str = "poisson", dtype: Any = None) -> None:
        super().__init__(poisson, name, dtype)


class Hinge(MeanMetricWrapper):
    """Mean of `max(0, 1 - y_true * y_pred)`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(Hinge()([[-1.0], [1.0]], [[0.5], [0.5]]))
    1.0
    """

    _direction = "down"

    def __init__(self, name: str = "hinge", dtype: Any = None) -> None:
        super().__init__(hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """Mean of `max(0, 1 - y_true * y_pred) ** 2`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(SquaredHinge()([[-1.0], [1.0]], [[0.5], [0.5]]))
    1.25
    """

    _direction = "down"

    def __init__(self, name: str = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """Mean of `max(0, 1 + neg - pos)`; see `losses.categorical_hinge`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]]))
    0.75
    """

    _direction = "down"

    def __init__(self, name: str = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(categorical_hinge, name, dtype)
