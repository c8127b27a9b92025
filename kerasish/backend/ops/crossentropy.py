"""Crossentropies of probabilities and of logits."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, dtypes, ops
from kerasish.backend.graph import Node, Spec, Tensor, as_tensor, composite, elementwise
from kerasish.backend.ops.neural_smooth import sigmoid_op
from kerasish.backend.ops.promotion import as_float
from kerasish.backend.ops.shape_arguments import normalise_axis
from kerasish.backend.ops.softmaxes import positions
from kerasish.errors import ShapeError

sigmoid_crossentropy_op = elementwise(
    "sigmoid_crossentropy",
    "maximum(logits, 0.0) - logits * target + log1p(exp(-abs(logits)))",
    args=("target", "logits"),
    vjp=(
        lambda g, y, target, logits: -g * logits,
        lambda g, y, target, logits: g * (sigmoid_op(logits) - target),
    ),
)


def _without(shape: tuple, axis: int) -> tuple:
    return shape[:axis] + shape[axis + 1 :]


def _infer_dense(target: Spec, logits: Spec, *, axis: int) -> tuple[Spec, Spec]:
    shape = _without(logits.shape, axis)
    kept = logits.shape[:axis] + (1,) + logits.shape[axis + 1 :]
    return Spec(shape, logits.dtype), Spec(kept, logits.dtype)


def _log_normaliser(xp: Any, logits: Any, axis: int) -> Any:
    top = xp.max(logits, axis=axis, keepdims=True)
    return top + xp.log(xp.sum(xp.exp(logits - top), axis=axis, keepdims=True))


def _dense_kernel(
    xp: Any, target: Any, logits: Any, *, out: Any = None, axis: int
) -> tuple:
    normaliser = _log_normaliser(xp, logits, axis)
    return -xp.sum(target * (logits - normaliser), axis=axis), normaliser


def _infer_like_first(x: Spec, *others: Spec, **attrs: Any) -> Spec:
    return Spec(x.shape, x.dtype)


@composite("softmax_crossentropy_gradient", infer=_infer_like_first)
def softmax_crossentropy_gradient_op(
    logits: Tensor, target: Tensor, normaliser: Tensor, g: Tensor, *, axis: int
) -> Tensor:
    """The gradient of the logits, from that of the crossentropy."""
    total = ops.sum(target, axis=axis, keepdims=True)
    probabilities = ops.exp(logits - normaliser)
    return ops.expand_dims(g, axis) * (probabilities * total - target)


def _dense_gradient(
    node: Node, g: Tensor | None, g_normaliser: Tensor | None
) -> tuple[Tensor, Tensor]:
    target, logits = node.inputs
    normaliser = node.outputs[1]
    axis = node.attrs["axis"]
    shifted = logits - normaliser
    to_logits, to_target = None, None
    if g is not None:
        to_logits = softmax_crossentropy_gradient_op(
            logits, target, normaliser, g, axis=axis
        )
        to_target = -ops.expand_dims(g, axis) * shifted
    if g_normaliser is not None:
        part = g_normaliser * ops.exp(shifted)
        to_logits = part if to_logits is None else to_logits + part
    return to_target, to_logits


@composite(
    "softmax_crossentropy",
    vjp=_dense_gradient,
    kernel=_dense_kernel,
    infer=_infer_dense,
)
def softmax_crossentropy_op(
    target: Tensor, logits: Tensor, *, axis: int
) -> tuple[Tensor, Tensor]:
    """Crossentropy of logits with probabilities, and the log of their sum."""
    normaliser = ops.logsumexp(logits, axis=axis, keepdims=True)
    return -ops.sum(target * (logits - normaliser), axis=axis), normaliser


def _chosen(target: Tensor, like: Tensor, axis: int) -> Tensor:
    """Marks the element of each class axis that the integer target names."""
    return ops.equal(positions(like, axis), ops.expand_dims(target, axis))


def _sparse_kernel(
    xp: Any, target: Any, logits: Any, *, out: Any = None, axis: int
) -> tuple:
    normaliser = _log_normaliser(xp, logits, axis)
    size = logits.shape[axis]
    index = xp.expand_dims(target, axis)
    inside = (index >= 0) & (index < size)
    index = xp.where(inside, index, 0)
    loss = normaliser - xp.take_along_axis(logits, index, axis=axis)
    loss = xp.where(inside, loss, xp.zeros_like(loss))
    return xp.squeeze(loss, axis=axis), normaliser


def _sparse_gradient(
    node: Node, g: Tensor | None, g_normaliser: Tensor | None
) -> tuple[None, Tensor]:
    target, logits = node.inputs
    axis = node.attrs["axis"]
    probabilities = ops.exp(logits - node.outputs[1])
    gradient = None
    if g is not None:
        index = ops.expand_dims(target, axis)
        last = ops.max(positions(logits, axis), axis=axis, keepdims=True)
        inside = ops.logical_and(index >= 0, index <= last)
        g = ops.expand_dims(g, axis)
        g = ops.where(inside, g, ops.zeros_like(g))
        chosen = _chosen(target, logits, axis)
        gradient = g * (probabilities - ops.cast(chosen, logits.dtype))
    if g_normaliser is not None:
        part = g_normaliser * probabilities
        gradient = part if gradient is None else gradient + part
    return None, gradient


@composite(
    "sparse_softmax_crossentropy",
    vjp=_sparse_gradient,
    kernel=_sparse_kernel,
    infer=_infer_dense,
)
def sparse_softmax_crossentropy_op(
    target: Tensor, logits: Tensor, *, axis: int
) -> tuple[Tensor, Tensor]:
    """Crossentropy of logits with class numbers, and the log of their sum."""
    normaliser = ops.logsumexp(logits, axis=axis, keepdims=True)
    losses = normaliser - logits
    chosen = _chosen(target, logits, axis)
    kept = ops.where(chosen, losses, ops.zeros_like(losses))
    return ops.sum(kept, axis=axis), normaliser


def _logits_behind(output: Tensor, name: str, axis: int | None = None) -> Tensor | None:
    """The logits that a sigmoid or softmax in the graph was applied to.

    The loss of the logits equals that of the probabilities and stays exact where
    these round to 0 or 1.
    """
    node = output.node
    if node is None or node.op.name != name:
        return None
    if axis is not None and node.attrs["axis"] != (axis,):
        return None
    return node.inputs[0]


def _check_same_shape(name: str, target: Tensor, output: Tensor) -> None:
    fits = target.ndim == output.ndim and all(
        a is None or b is None or a == b
        for a, b in zip(target.shape, output.shape, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"{name}: `target` and `output` must have the same shape.\n"
            f"  got: target {target.shape}, output {output.shape}"
        )


def _class_axis(name: str, output: Tensor, axis: int) -> int:
    if output.ndim < 1:
        raise ShapeError(
            f"{name}: `output` needs an axis of classes.\n  got: shape {output.shape}"
        )
    return normalise_axis(axis, output.ndim, name)


def _log_probabilities(output: Tensor, axis: int) -> Tensor:
    epsilon = config.epsilon()
    output = output / ops.sum(output, axis=axis, keepdims=True)
    return ops.log(ops.clip(output, epsilon, 1.0 - epsilon))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """Crossentropy of independent yes-or-no predictions, per element.

    `-(target * log(output) + (1 - target) * log(1 - output))`, where probabilities
    are first clipped to `[epsilon, 1 - epsilon]`.

    Args:
        target: tensor of any shape with values in [0, 1].
        output: tensor of the same shape: probabilities, or logits.
        from_logits: whether `output` holds logits.

    Returns:
        A float tensor of the same shape.

    Raises:
        ShapeError: if the shapes differ.

    Example:

    >>> binary_crossentropy([1.0, 0.0], [0.5, 0.5]).numpy()
    array([0.6931472, 0.6931472], dtype=float32)
    """
    output = as_float(output)
    target = ops.cast(as_tensor(target), output.dtype)
    _check_same_shape("binary_crossentropy", target, output)
    logits = output if from_logits else _logits_behind(output, "sigmoid")
    if logits is not None:
        return sigmoid_crossentropy_op(target, logits)
    epsilon = config.epsilon()
    output = ops.clip(output, epsilon, 1.0 - epsilon)
    return -(target * ops.log(output) + (1.0 - target) * ops.log(1.0 - output))


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Crossentropy between two distributions over classes.

    `-sum(target * log(output))`, where probabilities are first scaled to sum to one
    and clipped to `[epsilon, 1 - epsilon]`.

    Args:
        target: tensor of the true probabilities, for example one-hot rows.
        output: tensor of the same shape: probabilities, or logits.
        from_logits: whether `output` holds logits.
        axis: axis of the classes.

    Returns:
        A float tensor of the shape without `axis`.

    Raises:
        ShapeError: if the shapes differ.

    Example:

    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([0.6931472], dtype=float32)
    """
    output = as_float(output)
    target = ops.cast(as_tensor(target), output.dtype)
    _check_same_shape("categorical_crossentropy", target, output)
    axis = _class_axis("categorical_crossentropy", output, axis)
    logits = output if from_logits else _logits_behind(output, "softmax", axis)
    if logits is not None:
        return softmax_crossentropy_op(target, logits, axis=axis)[0]
    return -ops.sum(target * _log_probabilities(output, axis), axis=axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Crossentropy of class predictions for targets given as class numbers.

    Targets outside the range of classes contribute zero.

    Args:
        target: integer tensor of the shape of `output` without `axis`; one more
            last axis of size 1 is dropped.
        output: tensor of probabilities, or logits, over classes along `axis`.
        from_logits: whether `output` holds logits.
        axis: axis of the classes.

    Returns:
        A float tensor of the shape of `output` without `axis`.

    Raises:
        ShapeError: if the shapes do not fit.

    Example:

    >>> sparse_categorical_crossentropy([1], [[0.75, 0.25]]).numpy()
    array([1.3862944], dtype=float32)
    """
    name = "sparse_categorical_crossentropy"
    output = as_float(output)
    target = as_tensor(target)
    axis = _class_axis(name, output, axis)
    if target.ndim == output.ndim and target.shape[-1] in (1, None):
        target = ops.squeeze(target, axis=-1)
    expected = _without(output.shape, axis)
    fits = target.ndim == len(expected) and all(
        a is None or b is None or a == b
        for a, b in zip(target.shape, expected, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"{name}: `target` must have the shape of `output` without axis {axis},"
            f" {expected}.\n  got: target {target.shape}, output {output.shape}"
        )
    if not dtypes.is_integer(target.dtype):
        target = ops.cast(target, "int32")
    logits = output if from_logits else _logits_behind(output, "softmax", axis)
    if logits is not None:
        return sparse_softmax_crossentropy_op(target, logits, axis=axis)[0]
    log_probabilities = _log_probabilities(output, axis)
    chosen = _chosen(target, output, axis)
    kept = ops.where(chosen, -log_probabilities, ops.zeros_like(log_probabilities))
    return ops.sum(kept, axis=axis)


def psnr(x1: Any, x2: Any, max_val: float) -> Tensor:
    """Peak signal-to-noise ratio of two signals, in decibels.

    `20 * log10(max_val) - 10 * log10(mean((x1 - x2)**2))`.

    Args:
        x1: tensor of any shape.
        x2: tensor of the same shape.
        max_val: largest value that a signal can take.

    Returns:
        A scalar float tensor.

    Raises:
        ShapeError: if the shapes differ.

    Example:

    >>> round(float(psnr([0.0, 1.0], [0.1, 0.9], max_val=1.0)), 3)
    20.0
    """
    x1, x2 = as_float(x1), as_float(x2)
    _check_same_shape("psnr", x1, x2)
    error = ops.mean(ops.square(x1 - x2))
    peak = ops.cast(as_tensor(max_val), error.dtype)
    return 20.0 * ops.log10(peak) - 10.0 * ops.log10(error)
