"""Find, save and rebuild metrics by name."""

from __future__ import annotations

import inspect
from typing import Any

from kerasish import losses, metrics
from kerasish.losses.targets import kind_of_targets
from kerasish.metrics.mean import MeanMetricWrapper
from kerasish.metrics.metric import Metric
from kerasish.naming import object_name
from kerasish.registry import Registry

_ALIASES = {
    "acc": "Accuracy",
    "bce": "BinaryCrossentropy",
    "BCE": "BinaryCrossentropy",
    "kld": "KLDivergence",
    "KLD": "KLDivergence",
    "kullback_leibler_divergence": "KLDivergence",
    "mse": "MeanSquaredError",
    "MSE": "MeanSquaredError",
    "rmse": "RootMeanSquaredError",
    "mae": "MeanAbsoluteError",
    "MAE": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "MAPE": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "MSLE": "MeanSquaredLogarithmicError",
    "logcosh": "LogCoshError",
    "log_cosh": "LogCoshError",
    "cosine": "CosineSimilarity",
    "cosine_proximity": "CosineSimilarity",
}
_ACCURACIES = {
    "binary": "BinaryAccuracy",
    "sparse": "SparseCategoricalAccuracy",
    "one_hot": "CategoricalAccuracy",
}
_CROSSENTROPIES = {
    "binary": "BinaryCrossentropy",
    "sparse": "SparseCategoricalCrossentropy",
    "one_hot": "CategoricalCrossentropy",
}

REGISTRY = Registry("metric", metrics.METRICS, _ALIASES)
serialize = REGISTRY.serialize
deserialize = REGISTRY.deserialize


def get(identifier: Any) -> Any:
    """Return the metric that an identifier stands for.

    Args:
        identifier: A name (`"auc"`, `"AUC"`, `"mse"`, or the name of a loss), a config
            dict, a class, a function, a `Metric`, or `None`.

    Returns:
        A `Metric` or a function; `None` for `None`.

    Raises:
        ValueError: If there is no such metric.

    Example:

    >>> get("mse").name
    'mean_squared_error'
    """
    if isinstance(identifier, str):
        try:
            return REGISTRY.get(identifier)
        except ValueError:
            found = _loss_or_none(identifier)
            if found is None:
                raise
            return found
    return REGISTRY.get(identifier)


def _loss_or_none(name: str) -> Any:
    try:
        return losses.get(name)
    except ValueError:
        return None


def function(identifier: Any) -> Any:
    """Return the function that a name or function of a metric or loss stands for.

    Args:
        identifier: A function, its name, or a config dict.

    Raises:
        ValueError: If there is no such function.

    Example:

    >>> function("binary_accuracy").__name__
    'binary_accuracy'
    """
    if isinstance(identifier, str) and identifier in metrics.__all__:
        return getattr(metrics, identifier)
    return identifier if callable(identifier) else get(identifier)


def resolve(identifier: Any, y_true: Any, y_pred: Any) -> Metric | None:
    """Return the `Metric` object for one output of a model.

    `"accuracy"` (or `"acc"`) and `"crossentropy"` (or `"ce"`) become the binary, sparse
    or categorical one by the shapes. A metric given by name is called by that name.

    Args:
        identifier: What `get` takes.
        y_true: The targets, or anything with their `shape`.
        y_pred: The predictions, or anything with their `shape`.

    Returns:
        A `Metric`; `None` for `None`.

    Raises:
        ValueError: If there is no such metric.

    Example:

    >>> from kerasish.backend.graph import Spec
    >>> y_true, y_pred = Spec((None, 1), "int32"), Spec((None, 10), "float32")
    >>> resolve("acc", y_true, y_pred)
    <SparseCategoricalAccuracy name=acc>
    """
    if identifier is None:
        return None
    name = identifier if isinstance(identifier, str) else None
    automatic = {
        "accuracy": _ACCURACIES,
        "acc": _ACCURACIES,
        "crossentropy": _CROSSENTROPIES,
        "ce": _CROSSENTROPIES,
    }.get(str(name).lower())
    if automatic:
        identifier = automatic[kind_of_targets(y_true.shape, y_pred.shape)]
    metric = get(identifier)
    if not isinstance(metric, Metric):
        wrapped = metric() if inspect.isclass(metric) else metric
        return MeanMetricWrapper(wrapped, name=name or object_name(wrapped))
    if name is not None:
        metric.name = name
    return metric
