"""Moments and normalisations: batch, layer, root mean square, unit norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Node, Spec, Tensor, as_tensor, composite
from kerasish.backend.ops.batch_moments import batch_moments_op, batch_scale_op
from kerasish.backend.ops.promotion import as_float
from kerasish.backend.ops.softmaxes import Axis, sorted_axes
from kerasish.errors import ShapeError


def _mean(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    return ops.mean(x, axis=axes, keepdims=True)


def _kept(shape: tuple, axes: tuple[int, ...]) -> tuple:
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def _infer_standardize(
    x: Spec, *, axes: tuple[int, ...], epsilon: float
) -> tuple[Spec, Spec, Spec]:
    kept = Spec(_kept(x.shape, axes), x.dtype)
    return Spec(x.shape, x.dtype), kept, kept


def _standardize_gradient(
    node: Node, g: Tensor | None, g_mean: Tensor | None, g_variance: Tensor | None
) -> tuple[Tensor | None]:
    """Derivative of `(x - mean) * rsqrt(variance + epsilon)` and both moments.

    With n elements per group, d mean / dx = 1 / n and
    d variance / dx = 2 (x - mean) / n.
    """
    (x,) = node.inputs
    y, mean, variance = node.outputs
    axes, epsilon = node.attrs["axes"], node.attrs["epsilon"]
    parts = []
    if g is not None:
        gradient = standardize_gradient_op(g, y, variance, axes=axes, epsilon=epsilon)
        parts.append(gradient)
    if g_mean is not None or g_variance is not None:
        ones = ops.ones_like(x)
        count = ops.sum(ones, axis=axes, keepdims=True)
        if g_mean is not None:
            parts.append(g_mean / count * ones)
        if g_variance is not None:
            parts.append(2.0 * g_variance / count * (x - mean))
    if not parts:
        return (None,)
    return (sum(parts[1:], parts[0]),)


def _infer_standardize_gradient(g: Spec, *others: Spec, **attrs: Any) -> Spec:
    return Spec(g.shape, g.dtype)


@composite("standardize_gradient", infer=_infer_standardize_gradient)
def standardize_gradient_op(
    g: Tensor, y: Tensor, variance: Tensor, *, axes: tuple[int, ...], epsilon: float
) -> Tensor:
    """The gradient of `x`, from that of `y = (x - mean) * rsqrt(variance + epsilon)`.

    With means over `axes` it is
    `rsqrt(variance + epsilon) * (g - mean(g) - y * mean(g * y))`.
    """
    scale = ops.rsqrt(variance + epsilon)
    return scale * (g - _mean(g, axes) - y * _mean(g * y, axes))


def _standardize_kernel(
    xp: Any, x: Any, *, out: Any = None, axes: tuple[int, ...], epsilon: float
) -> tuple:
    mean = xp.mean(x, axis=axes, keepdims=True)
    y = xp.subtract(x, mean, out=None if out is None else out[0])
    variance = xp.mean(xp.square(y), axis=axes, keepdims=True)
    y *= 1.0 / xp.sqrt(variance + epsilon)
    return y, mean, variance


@composite(
    "standardize",
    vjp=_standardize_gradient,
    kernel=_standardize_kernel,
    infer=_infer_standardize,
)
def standardize_op(
    x: Tensor, *, axes: tuple[int, ...], epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """`(x - mean) / sqrt(variance + epsilon)` with the mean and the variance."""
    mean = _mean(x, axes)
    centred = x - mean
    variance = _mean(ops.square(centred), axes)
    return centred * ops.rsqrt(variance + epsilon), mean, variance


def _rms_gradient(node: Node, g: Tensor) -> tuple[Tensor]:
    (x,) = node.inputs
    y = node.outputs[0]
    axes, epsilon = node.attrs["axes"], node.attrs["epsilon"]
    scale = ops.rsqrt(_mean(ops.square(x), axes) + epsilon)
    return (scale * (g - y * _mean(g * y, axes)),)


def _rms_kernel(
    xp: Any, x: Any, *, out: Any = None, axes: tuple[int, ...], epsilon: float
) -> Any:
    power = xp.mean(xp.square(x), axis=axes, keepdims=True)
    return xp.multiply(x, 1.0 / xp.sqrt(power + epsilon), out=out)


def _infer_rms(x: Spec, **attrs: Any) -> Spec:
    return Spec(x.shape, x.dtype)


@composite("rms_standardize", vjp=_rms_gradient, kernel=_rms_kernel, infer=_infer_rms)
def rms_standardize_op(x: Tensor, *, axes: tuple[int, ...], epsilon: float) -> Tensor:
    """`x / sqrt(mean(x**2) + epsilon)`."""
    return x * ops.rsqrt(_mean(ops.square(x), axes) + epsilon)


def _wide(x: Tensor) -> Tensor:
    """Half-precision sums lose too much: they are taken in float32."""
    return ops.cast(x, "float32") if x.dtype in ("float16", "bfloat16") else x


def _along(parameter: Any, x: Tensor, axes: Sequence[int], name: str) -> Tensor:
    """Reshapes a parameter of the sizes of `axes` to broadcast against `x`."""
    parameter = ops.cast(as_tensor(parameter), x.dtype)
    if parameter.ndim == x.ndim:
        return parameter
    if parameter.ndim != len(axes):
        raise ShapeError(
            f"{name}: a parameter must have one axis for each of the axes"
            f" {tuple(axes)} of x.\n  got: parameter {parameter.shape}, x {x.shape}"
        )
    others = tuple(i for i in range(x.ndim) if i not in axes)
    return ops.expand_dims(parameter, others) if others else parameter


def moments(
    x: Any,
    axes: Axis,
    keepdims: bool = False,
    synchronized: bool = False,
) -> tuple[Tensor, Tensor]:
    """Mean and variance over some axes, by two passes over the data.

    Args:
        x: tensor of any shape. Half precision is summed in float32.
        axes: axis or axes to average over.
        keepdims: whether these axes stay, with size 1.
        synchronized: only False is possible: nothing is shared between processes.

    Returns:
        `(mean, variance)`, both float tensors.

    Raises:
        NotImplementedError: if `synchronized` is true.

    Example:

    >>> mean, variance = moments([[1.0, 3.0], [2.0, 2.0]], axes=[1])
    >>> mean.numpy(), variance.numpy()
    (array([2., 2.], dtype=float32), array([1., 0.], dtype=float32))
    """
    if synchronized:
        raise NotImplementedError(
            "moments: synchronized=True needs several processes, which the engine"
            " does not have.\nReceived: synchronized=True"
        )
    x = as_float(x)
    axes = sorted_axes(axes, x.ndim, "moments")
    wide = _wide(x)
    mean = _mean(wide, axes)
    variance = _mean(ops.square(wide - mean), axes)
    if not keepdims:
        mean, variance = ops.squeeze(mean, axes), ops.squeeze(variance, axes)
    return ops.cast(mean, x.dtype), ops.cast(variance, x.dtype)


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """Normalises with given moments: `(x - mean) / sqrt(variance + epsilon)`.

    Args:
        x: tensor of any shape.
        mean: tensor of the size of `x` along `axis`.
        variance: tensor of the same shape as `mean`.
        axis: axis of the features.
        offset: optional tensor like `mean` that is added at the end.
        scale: optional tensor like `mean` that multiplies the normalised values.
        epsilon: added to the variance.

    Returns:
        A float tensor of the shape of `x`.

    Raises:
        ShapeError: if a parameter does not fit `x`.

    Reference:
        Ioffe and Szegedy, 2015, "Batch Normalization".

    Example:

    >>> batch_normalization(
    ...     [[1.0, 5.0]], mean=[1.0, 1.0], variance=[4.0, 4.0], axis=-1, epsilon=0.0
    ... ).numpy()
    array([[0., 2.]], dtype=float32)
    """
    x = as_float(x)
    axes = sorted_axes(axis, x.ndim, "batch_normalization")
    name = "batch_normalization"
    factor = ops.rsqrt(_along(variance, x, axes, name) + epsilon)
    if scale is not None:
        factor = factor * _along(scale, x, axes, name)
    shift = -_along(mean, x, axes, name) * factor
    if offset is not None:
        shift = shift + _along(offset, x, axes, name)
    return x * factor + shift


def batch_normalization_training(
    x: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalises each feature with the moments of the batch itself.

    The gradient is the closed form for the whole normalisation, so moments need
    not be differentiated one by one.

    Args:
        x: tensor of any shape.
        axis: axis of the features; all others are averaged over.
        offset: optional tensor of the size of `x` along `axis`.
        scale: optional tensor like `offset`.
        epsilon: added to the variance.

    Returns:
        `(y, mean, variance)`: a tensor like `x` and two of the size along `axis`.

    Raises:
        ShapeError: if a parameter does not fit `x`.

    Reference:
        Ioffe and Szegedy, 2015, "Batch Normalization".

    Example:

    >>> y, mean, variance = batch_normalization_training(
    ...     [[1.0], [3.0]], axis=-1, epsilon=0.0)
    >>> y.numpy().ravel().tolist(), mean.numpy().tolist(), variance.numpy().tolist()
    ([-1.0, 1.0], [2.0], [1.0])
    """
    name = "batch_normalization_training"
    x = as_float(x)
    features = sorted_axes(axis, x.ndim, name)
    axes = tuple(i for i in range(x.ndim) if i not in features)
    wide = _wide(x)
    mean, variance = batch_moments_op(wide, axes=axes)
    one, zero = (as_tensor(value, wide.dtype) for value in (1.0, 0.0))
    factor = one if scale is None else _along(scale, wide, features, name)
    shift = zero if offset is None else _along(offset, wide, features, name)
    y = batch_scale_op(
        wide, mean, variance, factor, shift, axes=axes, epsilon=float(epsilon)
    )
    y = ops.cast(y, x.dtype)
    mean, variance = ops.squeeze(mean, axes), ops.squeeze(variance, axes)
    return y, mean, variance


def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: Axis = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Tensor:
    """Normalises each sample over the axes `axis` to mean 0 and variance 1.

    Args:
        x: tensor of any shape.
        gamma: optional tensor of the sizes of `axis` that scales the result.
        beta: optional tensor of the sizes of `axis` that is added.
        axis: axis or axes to normalise over.
        epsilon: added to the variance; `config.epsilon()` if None.
        **kwargs: `rms_scaling=True`, the former spelling: scale by the variance
            about the mean, without centring; the sum `beta` is then left out.

    Returns:
        A float tensor of the shape of `x`.

    Raises:
        ShapeError: if a parameter does not fit `x`.

    Reference:
        Ba et al., 2016, "Layer Normalization".

    Example:

    >>> layer_normalization([[1.0, 3.0]], epsilon=0.0).numpy()
    array([[-1.,  1.]], dtype=float32)
    """
    rms_scaling = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(
            f"layer_normalization has no argument {next(iter(kwargs))!r}.\n"
            f"Received: {kwargs}"
        )
    name = "layer_normalization"
    x = as_float(x)
    axes = sorted_axes(axis, x.ndim, name)
    epsilon = config.epsilon() if epsilon is None else float(epsilon)
    wide = _wide(x)
    if rms_scaling:
        centred = wide - _mean(wide, axes)
        y = wide * ops.rsqrt(_mean(ops.square(centred), axes) + epsilon)
        beta = None
    else:
        y = standardize_op(wide, axes=axes, epsilon=epsilon)[0]
    if gamma is not None:
        y = y * _along(gamma, wide, axes, name)
    if beta is not None:
        y = y + _along(beta, wide, axes, name)
    return ops.cast(y, x.dtype)


def rms_normalization(
    x: Any,
    scale: Any = None,
    axis: Axis = -1,
    epsilon: float | None = None,
) -> Tensor:
    """Divides by the root of the mean square: `x / sqrt(mean(x**2) + epsilon)`.

    Args:
        x: tensor of any shape.
        scale: optional tensor of the sizes of `axis` that multiplies the result.
        axis: axis or axes to normalise over.
        epsilon: added to the mean square; `config.epsilon()` if None.

    Returns:
        A float tensor of the shape of `x`.

    Raises:
        ShapeError: if `scale` does not fit `x`.

    Reference:
        Zhang and Sennrich, 2019, "Root Mean Square Layer Normalization".

    Example:

    >>> rms_normalization([[3.0, 3.0]], epsilon=0.0).numpy()
    array([[1., 1.]], dtype=float32)
    """
    x = as_float(x)
    axes = sorted_axes(axis, x.ndim, "rms_normalization")
    epsilon = config.epsilon() if epsilon is None else float(epsilon)
    y = rms_standardize_op(_wide(x), axes=axes, epsilon=epsilon)
    if scale is not None:
        y = y * _along(scale, y, axes, "rms_normalization")
    return ops.cast(y, x.dtype)


def normalize(
    x: Any,
    axis: Axis = -1,
    order: float = 2,
    epsilon: float | None = None,
) -> Tensor:
    """Scales to norm one along some axes; norms below `epsilon` count as it.

    Args:
        x: tensor of at least one axis.
        axis: axis or axes of the vectors.
        order: order of the norm, at least 1, or infinity.
        epsilon: least norm to divide by; `config.epsilon()` if None.

    Returns:
        A float tensor of the shape of `x`.

    Raises:
        ValueError: if `order` is below 1.

    Example:

    >>> normalize([[3.0, 4.0]]).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """
    if not isinstance(order, (int, float)) or order < 1:
        raise ValueError(
            "normalize: the order of the norm must be a number of at least 1.\n"
            f"Received: order={order!r}"
        )
    x = as_float(x)
    axes = sorted_axes(axis, x.ndim, "normalize")
    epsilon = config.epsilon() if epsilon is None else float(epsilon)
    if order == 2:
        wide = _wide(x)
        squares = ops.sum(ops.square(wide), axis=axes, keepdims=True)
        unit = wide * ops.rsqrt(ops.maximum(squares, epsilon * epsilon))
        return ops.cast(unit, x.dtype)
    size = ops.absolute(x)
    if order == float("inf"):
        norm = ops.max(size, axis=axes, keepdims=True)
    else:
        powers = ops.sum(ops.power(size, order), axis=axes, keepdims=True)
        norm = ops.power(powers, 1.0 / order)
    return x / ops.maximum(norm, epsilon)
