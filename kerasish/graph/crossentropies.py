"""The crossentropies of `tf.nn`."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import stop_gradient
from kerasish.graph.documentation import example
from kerasish.graph.mathematics import cast, operands
from kerasish.graph.tensors import Tensor


def _named(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    if sentinel is not None or labels is None or logits is None:
        raise ValueError(
            f"Only call `{function}` with named arguments (labels=..., logits=..., ...)"
            if sentinel is not None
            else "Both labels and logits must be provided."
        )


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, dim: int = -1,
    name: str | None = None, axis: int | None = None,
) -> Tensor:  # fmt: skip
    """Return the crossentropy of distributions and the softmax of logits.

    Args:
        _sentinel: Must be `None`: use named arguments.
        labels: Probabilities of the classes; no gradient flows to them.
        logits: Logits of the same shape.
        dim: The axis of the classes, which vanishes.
        name: A name.
        axis: The newer name of `dim`.

    Raises:
        ValueError: If arguments are given without names, or one is missing.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     loss = tf.nn.softmax_cross_entropy_with_logits(
    ...         labels=[[1.0, 0.0]], logits=[[0.0, 0.0]])
    ...     print(sess.run(loss).round(4))
    [0.6931]
    """
    _named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    labels = stop_gradient(_like(labels, logits))
    return softmax_cross_entropy_with_logits_v2(
        labels=labels, logits=logits, axis=dim if axis is None else axis, name=name
    )


def _like(labels: Any, logits: Any) -> Tensor:
    logits = convert_to_tensor(logits)
    if not isinstance(labels, Tensor):
        return convert_to_tensor(labels, logits.dtype)
    return cast(labels, logits.dtype)


@example(
    "entropy(labels=[[1.0, 0.0]], logits=[[0.0, 99.0]])", "[99.]",
    "entropy = tf.nn.softmax_cross_entropy_with_logits_v2",
    _sentinel="Must be `None`: use named arguments.",
    labels="Probabilities of the classes.", logits="Logits of the same shape.",
    axis="The axis of the classes, which vanishes.", dim="The older name of `axis`.",
)  # fmt: skip
def softmax_cross_entropy_with_logits_v2(
    _sentinel: Any = None, labels: Any = None, logits: Any = None,
    axis: int | None = None, name: str | None = None, dim: int | None = None,
) -> Tensor:  # fmt: skip
    """The same, with gradients for the labels, too."""
    _named("softmax_cross_entropy_with_logits_v2", _sentinel, labels, logits)
    axis = dim if axis is None else axis
    place = -1 if axis is None else axis
    x, z = convert_to_tensor(logits), _like(labels, logits)
    if not x.shape.is_compatible_with(z.shape):
        raise ValueError(
            "logits and labels must have the same shape: logits_size="
            f"{x.shape} labels_size={z.shape}"
        )
    return apply(
        "SoftmaxCrossEntropyWithLogits",
        lambda a, b: ops.negative(ops.sum(b * ops.log_softmax(a, place), axis=place)),
        x,
        z,
        name=name,
    )


@example(
    "entropy(labels=[0], logits=[[0.0, 99.0]])", "[99.]",
    "entropy = tf.nn.sparse_softmax_cross_entropy_with_logits",
)  # fmt: skip
def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the crossentropy of classes and the softmax of logits.

    Args:
        _sentinel: Must be `None`: use named arguments.
        labels: Numbers of classes.
        logits: Logits, with an axis more.
        name: A name.

    Raises:
        ValueError: If arguments are given without names, or the ranks do not fit.
    """
    _named("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    x, z = convert_to_tensor(logits), convert_to_tensor(labels)
    ranks = (x.shape.ndims, z.shape.ndims)
    if None not in ranks and ranks[0] - 1 != ranks[1]:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {ranks[1]}) should equal rank of "
            f"logits minus 1 (received {ranks[0]})."
        )

    def function(a: Any, b: Any) -> Any:
        rows = ops.log_softmax(a, -1)
        taken = ops.take_along_axis(rows, ops.expand_dims(ops.cast(b, "int32"), -1), -1)
        return ops.negative(ops.squeeze(taken, -1))

    return apply("SparseSoftmaxCrossEntropyWithLogits", function, x, z, name=name)


def _logistic(x: Any) -> Any:
    return ops.log1p(ops.exp(ops.negative(ops.absolute(x))))


@example(
    "entropy(labels=[0.0, 1.0], logits=[99.0, -99.0])", "[99. 99.]",
    "entropy = tf.nn.sigmoid_cross_entropy_with_logits",
)  # fmt: skip
def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the crossentropy of probabilities and the sigmoid of logits.

    Args:
        _sentinel: Must be `None`: use named arguments.
        labels: Probabilities.
        logits: Logits of the same shape.
        name: A name.

    Raises:
        ValueError: If arguments are given without names, or the shapes differ.
    """
    _named("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    x, z = operands("logistic_loss", logits, _like(labels, logits))
    if not x.shape.is_compatible_with(z.shape):
        raise ValueError(
            f"logits and labels must have the same shape ({x.shape} vs {z.shape})"
        )
    return apply(
        "logistic_loss", lambda a, b: ops.relu(a) - a * b + _logistic(a), x, z,
        name=name,
    )  # fmt: skip


@example(
    "entropy([1.0, 0.0], [-99.0, 99.0], 3.0)", "[297.  99.]",
    "entropy = tf.nn.weighted_cross_entropy_with_logits", targets="Probabilities.",
    logits="Logits of the same shape.",
    pos_weight="The factor of the losses of positive targets.",
)  # fmt: skip
def weighted_cross_entropy_with_logits(
    targets: Any, logits: Any, pos_weight: Any, name: str | None = None
) -> Tensor:
    """The same, with another weight for what is true; see also there."""
    x, z = operands("logistic_loss", logits, targets)
    weight = convert_to_tensor(pos_weight, x.dtype)

    def function(a: Any, b: Any, q: Any) -> Any:
        factor = 1.0 + (q - 1.0) * b
        return (1.0 - b) * a + factor * (_logistic(a) + ops.relu(ops.negative(a)))

    return apply("logistic_loss", function, x, z, weight, name=name)


@example("tf.shape(tf.nn.ctc_loss([[0, 1]], tf.zeros([4, 1, 3]), [4], [2]))", "[1]")
def ctc_loss(
    labels: Any, inputs: Any, sequence_length: Any, label_length: Any,
    time_major: bool = True, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the loss of connectionist temporal classification.

    Args:
        labels: Classes, `(batch, labels)`, of which the first `label_length` count.
        inputs: Logits, `(time, batch, classes)`; the last class is the blank.
        sequence_length: How many times of each row count.
        label_length: How many labels do.
        time_major: Whether the first axis of `inputs` is the time.
        name: A name.

    Returns:
        A loss for each row.
    """

    def function(target: Any, x: Any, counts: Any, times: Any) -> Any:
        x = ops.swapaxes(x, 0, 1) if time_major else x
        return ops.ctc_loss(target, x, counts, times, mask_index=x.shape[-1] - 1)

    return apply(
        "CTCLoss", function, convert_to_tensor(labels), convert_to_tensor(inputs),
        convert_to_tensor(label_length), convert_to_tensor(sequence_length), name=name,
        dtypes=["float32"],
    )  # fmt: skip
