"""The functions of `tf.metrics`: a value, and an operation that updates it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.graph.absent import refusal
from kerasish.graph.assignments import assign_add
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import ones_like
from kerasish.graph.current_graph import add_to_collections, name_scope
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.mathematics import abs as absolute
from kerasish.graph.mathematics import (
    cast,
    div_no_nan,
    equal,
    logical_and,
    logical_not,
    sqrt,
    square,
)
from kerasish.graph.reductions import reduce_sum
from kerasish.graph.tensors import Tensor
from kerasish.graph.variables import Variable

__all__ = [
    "accuracy", "mean", "mean_absolute_error", "mean_squared_error", "precision",
    "recall", "root_mean_squared_error",
]  # fmt: skip
__getattr__ = refusal(__name__, "tf.metrics")

Metric = tuple[Tensor, Tensor]


def _updated(call: str, printed: str) -> Callable:
    """An example of one update."""
    return example(
        "update", printed, f"value, update = tf.metrics.{call}",
        "sess.run(tf.local_variables_initializer())", labels="What is right.",
        predictions="What was predicted, of the same shape.",
        weights="The weights of the elements, ones for `None`.",
        metrics_collections="Collections that the value joins.",
        updates_collections="Collections that the update joins.",
    )  # fmt: skip


def _local(name: str) -> Variable:
    keys = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]
    return Variable(0.0, False, keys, name=name)


def mean(
    values: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Metric:  # fmt: skip
    """Return the mean of all values so far.

    Its variables are local ones: run `tf.local_variables_initializer()`.

    Args:
        values: A tensor.
        weights: The weights of the values, ones for `None`.
        metrics_collections: Collections that the value joins.
        updates_collections: Collections that the update joins.
        name: A name.

    Returns:
        `(value, update)`: running the second one adds values and returns the mean.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     value, update = tf.metrics.mean([1.0, 3.0])
    ...     sess.run(tf.local_variables_initializer())
    ...     print(sess.run(update), sess.run(value))
    2.0 2.0
    """
    with name_scope(name, "mean"):
        x = cast(values, "float32")
        weight = ones_like(x)
        if weights is not None:
            weight = weight * cast(weights, "float32")
        total, count = _local("total"), _local("count")
        value = div_no_nan(total, count, name="value")
        added = assign_add(total, reduce_sum(x * weight))
        counted = assign_add(count, reduce_sum(weight))
        update = div_no_nan(added, counted, name="update_op")
    return _joined(value, update, metrics_collections, updates_collections)


def _joined(value: Tensor, update: Tensor, values: Any, updates: Any) -> Metric:
    if values:
        add_to_collections(values, value)
    if updates:
        add_to_collections(updates, update)
    return value, update


@_updated("accuracy([1, 2, 3, 4], [1, 2, 0, 0])", "0.5")
def accuracy(
    labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Metric:  # fmt: skip
    """Return how often predictions equal labels."""
    x = convert_to_tensor(predictions)
    hits = cast(equal(x, cast(labels, x.dtype)), "float32")
    return mean(
        hits, weights, metrics_collections, updates_collections, name or "accuracy"
    )


@_updated("mean_squared_error([1.0, 2.0], [1.0, 4.0])", "2.0")
def mean_squared_error(
    labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Metric:  # fmt: skip
    """Return the mean square of the differences."""
    error = square(cast(predictions, "float32") - cast(labels, "float32"))
    return mean(error, weights, metrics_collections, updates_collections,
                name or "mean_squared_error")  # fmt: skip


@_updated("mean_absolute_error([1.0, 2.0], [1.0, 4.0])", "1.0")
def mean_absolute_error(
    labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Metric:  # fmt: skip
    """Return the mean magnitude of the differences."""
    error = absolute(cast(predictions, "float32") - cast(labels, "float32"))
    return mean(error, weights, metrics_collections, updates_collections,
                name or "mean_absolute_error")  # fmt: skip


@_updated("root_mean_squared_error([1.0, 2.0], [3.0, 4.0])", "2.0")
def root_mean_squared_error(
    labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Metric:  # fmt: skip
    """Return the root of `mean_squared_error`."""
    value, update = mean_squared_error(
        labels, predictions, weights, name=name or "root_mean_squared_error"
    )
    return _joined(sqrt(value), sqrt(update), metrics_collections, updates_collections)


def _share(
    hits: Tensor, misses: Tensor, values: Any, updates: Any, name: str
) -> Metric:
    with name_scope(name):
        right, wrong = _local("true_positives"), _local("others")
        value = div_no_nan(right, right + wrong, name="value")
        first = assign_add(right, reduce_sum(cast(hits, "float32")))
        second = assign_add(wrong, reduce_sum(cast(misses, "float32")))
        update = div_no_nan(first, first + second, name="update_op")
    return _joined(value, update, values, updates)


@_updated("precision([1, 0, 1], [1, 1, 0])", "0.5")
def precision(
    labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Metric:  # fmt: skip
    """Return the share of true ones among positive predictions; without weights."""
    x, z = cast(predictions, "bool"), cast(labels, "bool")
    return _share(
        logical_and(x, z), logical_and(x, logical_not(z)), metrics_collections,
        updates_collections, name or "precision",
    )  # fmt: skip


@_updated("recall([1, 0, 1], [1, 1, 0])", "0.5")
def recall(
    labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Metric:  # fmt: skip
    """Return the share of positive labels that were predicted; without weights."""
    x, z = cast(predictions, "bool"), cast(labels, "bool")
    return _share(
        logical_and(x, z), logical_and(logical_not(x), z), metrics_collections,
        updates_collections, name or "recall",
    )  # fmt: skip
