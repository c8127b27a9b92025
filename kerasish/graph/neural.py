"""Activations, normalization, dropout, embeddings and crossentropies of `tf.nn`."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from kerasish.backend import ops, random
from kerasish.graph.applying import apply, convert_to_tensor
from kerasish.graph.control import scalar
from kerasish.graph.creation import drawn, listed, stop_gradient
from kerasish.graph.gathering import gather
from kerasish.graph.mathematics import (
    add,
    axes_of,
    cast,
    matmul,
    maximum,
    operands,
    reduce_sum,
    rsqrt,
    square,
    unary,
)
from kerasish.graph.tensors import Tensor

TopK = namedtuple("TopK", ["values", "indices"])
_UNARY = {
    "relu": ("relu", "Relu"), "relu6": ("relu6", "Relu6"), "elu": ("elu", "Elu"),
    "selu": ("selu", "Selu"), "swish": ("silu", "swish"),
}  # fmt: skip
_names = globals()
for _name, (_function, _kind) in _UNARY.items():
    _names[_name] = unary(_function, _kind)


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """Return `max(alpha * x, x)`."""
    x = convert_to_tensor(features)
    return maximum(x * alpha, x, name=name or "LeakyRelu")


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """Return the rectified input and, beside it, its rectified negative."""
    return apply(
        "CRelu",
        lambda x: ops.relu(ops.concatenate([x, ops.negative(x)], axis=axis)),
        convert_to_tensor(features),
        name=name,
    )


def _softmax(function: str, kind: str) -> Callable:
    def operation(
        logits: Any, axis: int | None = None, name: str | None = None,
        dim: int | None = None,
    ) -> Tensor:  # fmt: skip
        axis = dim if axis is None else axis
        place = -1 if axis is None else axis
        normalize = getattr(ops, function)
        return apply(
            kind, lambda x: normalize(x, axis=place), convert_to_tensor(logits),
            name=name,
        )  # fmt: skip

    operation.__doc__ = f"""Turn logits into probabilities ({function}).

    Args:
        logits: A tensor.
        axis: The axis of the classes, the last one by default.
        name: A name.
        dim: The older name of `axis`.
    """
    return operation


softmax = _softmax("softmax", "Softmax")
log_softmax = _softmax("log_softmax", "LogSoftmax")


def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Add a number to each channel.

    Args:
        value: A tensor.
        bias: A vector.
        data_format: `"NHWC"` or `"NCHW"`.
        name: A name.
    """
    x, b = operands("BiasAdd", value, bias)
    first = (data_format or "").startswith("NC")

    def function(t: Any, numbers: Any) -> Any:
        if first:
            numbers = ops.reshape(numbers, (-1,) + (1,) * (t.ndim - 2))
        return t + numbers

    return apply("BiasAdd", function, x, b, name=name)


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Return `matmul(x, weights) + biases`."""
    return add(matmul(x, weights), biases, name=name or "xw_plus_b")


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Return `relu(matmul(x, weights) + biases)`."""
    return _names["relu"](xw_plus_b(x, weights, biases), name=name)


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Return `sum(t ** 2) / 2`."""
    return apply(
        "L2Loss", lambda x: ops.sum(ops.square(x)) * 0.5, convert_to_tensor(t),
        name=name, shapes=[()],
    )  # fmt: skip


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None,
    dim: Any = None,
) -> Tensor:  # fmt: skip
    """Scale vectors to length 1.

    Args:
        x: A tensor.
        axis: The axis of the vectors.
        epsilon: The least square of a length.
        name: A name.
        dim: The older name of `axis`.
    """
    axes = axes_of(dim if axis is None else axis)

    def function(t: Any) -> Any:
        total = ops.sum(ops.square(t), axis=axes, keepdims=True)
        return t * ops.rsqrt(ops.maximum(total, epsilon))

    return apply("l2_normalize", function, convert_to_tensor(x), name=name)


def moments(
    x: Any, axes: Any, shift: Any = None, name: str | None = None,
    keep_dims: bool | None = None, keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return the mean and the variance along axes.

    Args:
        x: A tensor.
        axes: The axes that vanish.
        shift: Kept for the signature.
        name: A name.
        keep_dims: Whether they stay, with size 1.
        keepdims: The newer name of that.
    """
    keep = bool(keep_dims if keepdims is None else keepdims)
    places = axes_of(axes)
    return tuple(
        apply(
            "moments", lambda t: list(ops.moments(t, places, keep)),
            convert_to_tensor(x), name=name, count=2,
        )
    )  # fmt: skip


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Return `(x - mean) / sqrt(variance + epsilon) * scale + offset`.

    Args:
        x: A tensor.
        mean: The mean.
        variance: The variance.
        offset: What is added, or `None`.
        scale: A factor, or `None`.
        variance_epsilon: Added to the variance.
        name: A name.
    """

    def function(t: Any, centre: Any, spread: Any, times: Any, plus: Any) -> Any:
        factor = ops.rsqrt(spread + variance_epsilon)
        factor = factor if times is None else factor * times
        shifted = t * factor - centre * factor
        return shifted if plus is None else shifted + plus

    x = convert_to_tensor(x)
    given = [
        None if part is None else convert_to_tensor(part, x.dtype)
        for part in (mean, variance, scale, offset)
    ]
    return apply("batchnorm", function, x, *given, name=name)


def fused_batch_norm(
    x: Any, scale: Any, offset: Any, mean: Any = None, variance: Any = None,
    epsilon: float = 0.001, data_format: str = "NHWC", is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Normalize images by their own moments, or by given ones.

    Args:
        x: `(batch, height, width, channels)`, or `NCHW`.
        scale: A factor for each channel.
        offset: What is added to each channel.
        mean: The means where not training.
        variance: The variances where not training.
        epsilon: Added to the variances.
        data_format: `"NHWC"` or `"NCHW"`.
        is_training: Whether the images' own moments are taken.
        name: A name.

    Returns:
        `(normalized, mean, variance)`; the variance is that of a sample.
    """
    x = convert_to_tensor(x)
    axes = [0, 2, 3] if data_format == "NCHW" else [0, 1, 2]
    shape = (1, -1, 1, 1) if data_format == "NCHW" else (1, 1, 1, -1)
    if is_training:
        mean, variance = moments(x, axes)

    def function(t: Any, *parts: Any) -> Any:
        centre, spread, factor, shift = (ops.reshape(p, shape) for p in parts)
        return (t - centre) * ops.rsqrt(spread + epsilon) * factor + shift

    y = apply("FusedBatchNorm", function, x, mean, variance, scale, offset, name=name)
    if not is_training:
        return y, mean, variance
    count = apply(
        "count", lambda t, v: ops.cast(ops.size(t) // ops.size(v), t.dtype), x, mean
    )
    return y, mean, variance * (count / maximum(count - 1.0, 1.0))


def local_response_normalization(
    input: Any, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0,
    beta: float = 0.5, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Divide by a power of the sum of squares of neighbouring channels.

    `x / (bias + alpha * sum) ** beta` (Krizhevsky et al., 2012).

    Args:
        input: `(batch, height, width, channels)`.
        depth_radius: How many neighbours on each side count.
        bias: Added to the sum.
        alpha: Its factor.
        beta: The power.
        name: A name.
    """

    def function(x: Any) -> Any:
        squares = ops.square(x)
        padded = ops.pad(squares, [(0, 0)] * (x.ndim - 1) + [(depth_radius,) * 2])
        size = x.shape[-1]
        total = sum(padded[..., k : k + size] for k in range(2 * depth_radius + 1))
        return x / ops.power(bias + alpha * total, beta)

    return apply("LRN", function, convert_to_tensor(input), name=name)


lrn = local_response_normalization


def dropout(
    x: Any, keep_prob: Any = None, noise_shape: Any = None, seed: Any = None,
    name: str | None = None, rate: Any = None,
) -> Tensor:  # fmt: skip
    """Set elements to zero at random, and scale the others up.

    Args:
        x: A float tensor.
        keep_prob: The probability that an element stays.
        noise_shape: The shape of the draws, which broadcast.
        seed: A seed.
        name: A name.
        rate: `1 - keep_prob`.

    Raises:
        ValueError: If the probability is outside `(0, 1]`.
    """
    x = convert_to_tensor(x)
    keep = 1.0 - rate if keep_prob is None else keep_prob
    if isinstance(keep, (int, float)):
        if not 0 < keep <= 1:
            raise ValueError(
                "keep_prob must be a scalar tensor or a float in the range (0, 1], got "
                f"{keep}"
            )
        if keep == 1:
            return x
    share, sizes = scalar(keep, x.dtype), listed(noise_shape)

    def draw(source: Any, t: Any, kept: Any, shape: Any) -> Any:
        shape = ops.shape(t) if shape is None else shape
        stays = random.uniform(shape, dtype=t.dtype, seed=source) < kept
        return ops.where(stays, t / kept, ops.zeros_like(t))

    return drawn("dropout", draw, x, share, sizes, seed=seed, name=name,
                 dtypes=[x.dtype])  # fmt: skip


def top_k(input: Any, k: int = 1, sorted: bool = True, name: str | None = None) -> TopK:
    """Return the largest elements along the last axis, and their places."""
    count = int(k)
    x = convert_to_tensor(input)
    return TopK(*apply("TopKV2", lambda t: list(ops.top_k(t, count)), x, name=name))


def in_top_k(predictions: Any, targets: Any, k: int, name: str | None = None) -> Tensor:
    """Return whether the score of each target is among the largest ones.

    Args:
        predictions: Scores, `(batch, classes)`.
        targets: Classes, `(batch,)`.
        k: How many scores count.
        name: A name.
    """
    return apply(
        "InTopK", lambda x, t: ops.in_top_k(t, x, k), convert_to_tensor(predictions),
        convert_to_tensor(targets), name=name, dtypes=["bool"],
    )  # fmt: skip


def embedding_lookup(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None,
    validate_indices: bool = True, max_norm: Any = None,
) -> Tensor:  # fmt: skip
    """Return rows of a table.

    Args:
        params: The table, a tensor or variable.
        ids: The numbers of the rows, of any shape.
        partition_strategy: Kept for the signature: there is one table.
        name: A name.
        validate_indices: Kept for the signature.
        max_norm: The largest length of a row.

    Raises:
        ValueError: If there are several tables.
    """
    if isinstance(params, (list, tuple)):
        if len(params) != 1:
            raise ValueError("embedding_lookup: only one table can be looked up.")
        params = params[0]
    found = gather(params, ids, name=name or "embedding_lookup")
    if max_norm is None:
        return found
    length = reduce_sum(square(found), -1, keepdims=True)
    return found * (max_norm * rsqrt(maximum(length, max_norm * max_norm)))


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
