"""The functions of `tf.losses`, whose results join a collection."""

from __future__ import annotations

import functools
from typing import Any

from kerasish.graph import activations, crossentropies
from kerasish.graph.absent import refusal
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import ones_like
from kerasish.graph.current_graph import add_to_collection, get_collection
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.mathematics import abs as absolute
from kerasish.graph.mathematics import (
    add_n,
    cast,
    div_no_nan,
    log,
    minimum,
    not_equal,
    squared_difference,
)
from kerasish.graph.reductions import reduce_mean, reduce_sum
from kerasish.graph.tensors import Tensor

__all__ = [
    "Reduction", "absolute_difference", "add_loss", "compute_weighted_loss",
    "cosine_distance", "get_losses", "get_regularization_loss",
    "get_regularization_losses", "get_total_loss", "hinge_loss", "huber_loss",
    "log_loss", "mean_squared_error", "sigmoid_cross_entropy",
    "softmax_cross_entropy", "sparse_softmax_cross_entropy",
]  # fmt: skip
__getattr__ = refusal(__name__, "tf.losses")

_DEFAULT = "weighted_sum_by_nonzero_weights"


_RIGHT, _PREDICTED = "What is right.", "What was predicted, of the same shape."
_loss = functools.partial(
    example, labels=_RIGHT, onehot_labels=_RIGHT, multi_class_labels=_RIGHT,
    predictions=_PREDICTED, logits="Logits, of the same shape but for classes.",
    weights="Factors of the losses, which broadcast.",
    loss_collection="The collection that the result joins.",
    reduction="How the losses become one: one of `Reduction`.",
    delta="Where the loss becomes linear.", epsilon="Added inside of logarithms.",
    axis="The axis of the vectors.", dim="The older name of `axis`.",
    label_smoothing="How far labels move towards each other.",
)  # fmt: skip


class Reduction:
    """How losses of many elements become one.

    Example:

    >>> Reduction.SUM
    'weighted_sum'
    """

    NONE = "none"
    SUM = "weighted_sum"
    MEAN = "weighted_mean"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS = _DEFAULT


@example("tf.losses.compute_weighted_loss([1.0, 3.0], [1.0, 0.0])", "1.0")
def compute_weighted_loss(
    losses: Any, weights: Any = 1.0, scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Weigh losses and combine them.

    Args:
        losses: A tensor.
        weights: A number, or a tensor that broadcasts.
        scope: Kept for the signature.
        loss_collection: The collection that the result joins.
        reduction: One of `Reduction`.

    Raises:
        ValueError: If there is no such reduction.
    """
    values = convert_to_tensor(losses)
    weight = cast(weights, values.dtype)
    missing = values.shape.ndims - weight.shape.ndims
    if weight.shape.ndims and missing:
        weight = weight[(..., *(None,) * missing)]
    weighted = values * weight
    if reduction == Reduction.NONE:
        result = weighted
    elif reduction == Reduction.SUM:
        result = reduce_sum(weighted)
    elif reduction == Reduction.MEAN:
        spread = ones_like(values) * weight
        result = div_no_nan(reduce_sum(weighted), reduce_sum(spread))
    elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
        result = reduce_mean(weighted)
    elif reduction == _DEFAULT:
        present = ones_like(values) * cast(not_equal(weight, 0.0), values.dtype)
        result = div_no_nan(reduce_sum(weighted), reduce_sum(present))
    else:
        raise ValueError(f"Invalid Reduction Key {reduction}.")
    if loss_collection:
        add_to_collection(loss_collection, result)
    return result


def _pair(labels: Any, predictions: Any) -> tuple[Tensor, Tensor]:
    if labels is None or predictions is None:
        raise ValueError("labels and predictions must not be None.")
    x = cast(predictions, "float32")
    z = cast(labels, "float32")
    if not x.shape.is_compatible_with(z.shape):
        raise ValueError(f"Shapes {x.shape} and {z.shape} are incompatible")
    return z, x


@_loss("tf.losses.absolute_difference([1.0, 2.0], [1.0, 4.0])", "1.0")
def absolute_difference(
    labels: Any, predictions: Any, weights: Any = 1.0, scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return the magnitudes of the differences."""
    z, x = _pair(labels, predictions)
    return compute_weighted_loss(absolute(x - z), weights, scope, loss_collection,
                                 reduction)  # fmt: skip


@_loss("tf.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0])", "2.0")
def mean_squared_error(
    labels: Any, predictions: Any, weights: Any = 1.0, scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return the squares of the differences."""
    z, x = _pair(labels, predictions)
    return compute_weighted_loss(squared_difference(x, z), weights, scope,
                                 loss_collection, reduction)  # fmt: skip


@_loss("tf.losses.huber_loss([0.0, 0.0], [1.0, 3.0])", "1.5")
def huber_loss(
    labels: Any, predictions: Any, weights: Any = 1.0, delta: float = 1.0,
    scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return squares of small and magnitudes of large differences."""
    z, x = _pair(labels, predictions)
    error = absolute(x - z)
    small = minimum(error, delta)
    return compute_weighted_loss(
        0.5 * small * small + delta * (error - small), weights, scope, loss_collection,
        reduction,
    )  # fmt: skip


@_loss("tf.losses.log_loss([1.0], [0.9999999])", "0.0")
def log_loss(
    labels: Any, predictions: Any, weights: Any = 1.0, epsilon: float = 1e-7,
    scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return the crossentropy of probabilities."""
    z, x = _pair(labels, predictions)
    values = -z * log(x + epsilon) - (1.0 - z) * log(1.0 - x + epsilon)
    return compute_weighted_loss(values, weights, scope, loss_collection, reduction)


@_loss("tf.losses.hinge_loss([1.0, 0.0], [2.0, 0.5])", "0.75")
def hinge_loss(
    labels: Any, logits: Any, weights: Any = 1.0, scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return how much logits lack to a margin of 1."""
    z, x = _pair(labels, logits)
    values = activations.relu(1.0 - (2.0 * z - 1.0) * x)
    return compute_weighted_loss(values, weights, scope, loss_collection, reduction)


@_loss("tf.losses.cosine_distance([[0.0, 1.0]], [[1.0, 0.0]], axis=1)", "1.0")
def cosine_distance(
    labels: Any, predictions: Any, axis: int | None = None, weights: Any = 1.0,
    scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _DEFAULT, dim: int | None = None,
) -> Tensor:  # fmt: skip
    """Return one minus the products of unit vectors along an axis."""
    z, x = _pair(labels, predictions)
    values = 1.0 - reduce_sum(z * x, dim if axis is None else axis, keepdims=True)
    return compute_weighted_loss(values, weights, scope, loss_collection, reduction)


@_loss("tf.losses.softmax_cross_entropy([[0.0, 1.0]], [[99.0, 0.0]])", "99.0")
def softmax_cross_entropy(
    onehot_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: float = 0,
    scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return the crossentropy of distributions."""
    z, x = _pair(onehot_labels, logits)
    if label_smoothing:
        count = float(x.shape[-1].value)
        z = z * (1.0 - label_smoothing) + label_smoothing / count
    values = crossentropies.softmax_cross_entropy_with_logits(labels=z, logits=x)
    return compute_weighted_loss(values, weights, scope, loss_collection, reduction)


@_loss("tf.losses.sparse_softmax_cross_entropy([1], [[99.0, 0.0]])", "99.0")
def sparse_softmax_cross_entropy(
    labels: Any, logits: Any, weights: Any = 1.0, scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return the crossentropy of classes."""
    values = crossentropies.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=logits
    )
    return compute_weighted_loss(values, weights, scope, loss_collection, reduction)


@_loss("tf.losses.sigmoid_cross_entropy([[0.0]], [[99.0]])", "99.0")
def sigmoid_cross_entropy(
    multi_class_labels: Any, logits: Any, weights: Any = 1.0,
    label_smoothing: float = 0, scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _DEFAULT,
) -> Tensor:  # fmt: skip
    """Return the crossentropy of single classes."""
    z, x = _pair(multi_class_labels, logits)
    if label_smoothing:
        z = z * (1.0 - label_smoothing) + 0.5 * label_smoothing
    values = crossentropies.sigmoid_cross_entropy_with_logits(labels=z, logits=x)
    return compute_weighted_loss(values, weights, scope, loss_collection, reduction)


@example("tf.losses.get_losses()", "[1.5]", "tf.losses.add_loss(1.5)", run=False)
def add_loss(loss: Tensor, loss_collection: str = GraphKeys.LOSSES) -> None:
    """Let a loss join a collection.

    Args:
        loss: The loss.
        loss_collection: The name of the collection.
    """
    add_to_collection(loss_collection, loss)


@example("tf.losses.get_losses()", "[1.5]", "tf.losses.add_loss(1.5)", run=False)
def get_losses(
    scope: str | None = None, loss_collection: str = GraphKeys.LOSSES
) -> list[Tensor]:
    """Return the losses of a collection.

    Args:
        scope: What their names begin with.
        loss_collection: The name of the collection.
    """
    return get_collection(loss_collection, scope)


@example(
    "tf.losses.get_regularization_losses()[0]", "1.0",
    "half = tf.contrib.layers.l2_regularizer(0.5)",
    'w = tf.get_variable("w", initializer=2.0, regularizer=half)',
    "sess.run(w.initializer)",
)  # fmt: skip
def get_regularization_losses(scope: str | None = None) -> list[Tensor]:
    """Return what the regularizers of variables gave.

    Args:
        scope: What their names begin with.
    """
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


@example("tf.losses.get_regularization_loss()", "0.0")
def get_regularization_loss(
    scope: str | None = None, name: str = "total_regularization_loss"
) -> Tensor:
    """Return the sum of what the regularizers gave, 0 where there are none.

    Args:
        scope: What their names begin with.
        name: A name.
    """
    found = get_regularization_losses(scope)
    return add_n(found, name) if found else convert_to_tensor(0.0)


@example(
    "tf.losses.get_total_loss()", "3.0", "for loss in (1.0, 2.0):",
    "    tf.losses.add_loss(tf.constant(loss))",
)  # fmt: skip
def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss",
    scope: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the sum of all losses.

    Args:
        add_regularization_losses: Whether what regularizers gave is added.
        name: A name.
        scope: What the names of the losses begin with.
    """
    found = get_losses(scope)
    if add_regularization_losses:
        found = found + get_regularization_losses(scope)
    return add_n(found, name)
