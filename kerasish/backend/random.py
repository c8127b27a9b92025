"""Random numbers: draws as pure functions of a state and the place of an element."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import dtypes, ops
from kerasish.backend.config import floatx
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.dropout import stateless_dropout
from kerasish.backend.ops.gamma_slope import follow_gamma
from kerasish.backend.ops.philox import random_bits, random_bits_like
from kerasish.backend.ops.unit_draws import (
    WITHIN_TWO,
    between,
    unit_numbers,
    within_two,
)
from kerasish.backend.seed_generator import SeedGenerator, draw_seed, substream

_GAMMA_CANDIDATES = 12


def _float_dtype(dtype: Any, name: str) -> str:
    dtype = dtypes.standardize_dtype(dtype or floatx())
    if not dtypes.is_float(dtype):
        raise ValueError(
            f"random.{name}: the data type must be a float type.\n"
            f"Received: dtype={dtype!r}"
        )
    return dtype


def _unit_draw(state: Tensor, shape: Any, dtype: str) -> Tensor:
    words = 2 if dtype == "float64" else 1
    return unit_numbers(random_bits(state, shape, words), dtype)


def _normal_draw(state: Tensor, shape: Any, dtype: str) -> Tensor:
    """Box and Muller's transform of two uniform numbers for each element."""
    wide = "float64" if dtype == "float64" else "float32"
    words = 2 if wide == "float64" else 1
    bits = random_bits(state, shape, 2 * words)
    if words == 1:
        # The centre of each of 2**32 cells: never zero, so that the tail is long.
        first = (ops.cast(bits[..., 0], wide) + 0.5) * 2.0**-32
        second = unit_numbers(bits[..., 1], wide)
    else:
        first = 1.0 - unit_numbers(bits[..., :2], wide)
        second = unit_numbers(bits[..., 2:], wide)
    radius = ops.sqrt(-2.0 * ops.log(first))
    return ops.cast(radius * ops.cos(2.0 * math.pi * second), dtype)


def uniform(
    shape: Any,
    minval: Any = 0.0,
    maxval: Any = 1.0,
    dtype: str | None = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw from the uniform distribution over `[minval, maxval)`.

    Args:
        shape: The shape; it may hold symbolic scalars.
        minval: The lower bound, included.
        maxval: The upper bound, excluded.
        dtype: A float type; the default one for `None`.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A float tensor.

    Raises:
        ValueError: If `dtype` is no float type.

    Example:

    >>> x = uniform((100,), 2.0, 3.0, seed=1).numpy()
    >>> bool((x >= 2).all() and (x < 3).all())
    True
    """
    dtype = _float_dtype(dtype, "uniform")
    state = draw_seed(seed)
    if _is_number(minval, 0) and _is_number(maxval, 1):
        return _unit_draw(state, shape, dtype)
    low, high = as_tensor(minval, dtype), as_tensor(maxval, dtype)
    if dtype == "float32" and not low.shape and not high.shape:
        return between(random_bits(state, shape), low, high)
    return _unit_draw(state, shape, dtype) * (high - low) + low


def _is_number(value: Any, number: int) -> bool:
    return isinstance(value, (int, float)) and value == number


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: str | None = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw from a normal distribution.

    Args:
        shape: The shape; it may hold symbolic scalars.
        mean: The mean.
        stddev: The standard deviation.
        dtype: A float type; the default one for `None`.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A float tensor.

    Raises:
        ValueError: If `dtype` is no float type.

    Example:

    >>> normal((2, 3), seed=1).shape
    (2, 3)
    """
    dtype = _float_dtype(dtype, "normal")
    draw = _normal_draw(draw_seed(seed), shape, dtype)
    return _scaled(draw, mean, stddev, dtype)


def _scaled(draw: Tensor, mean: Any, stddev: Any, dtype: str) -> Tensor:
    if not _is_number(stddev, 1):
        draw = draw * as_tensor(stddev, dtype)
    return draw if _is_number(mean, 0) else draw + as_tensor(mean, dtype)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: str | None = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw from a normal distribution, limited to two standard deviations.

    The quantile function is applied to uniform numbers, so that no draw is repeated.

    Args:
        shape: The shape; it may hold symbolic scalars.
        mean: The mean of the distribution before it is cut.
        stddev: Its standard deviation before it is cut.
        dtype: A float type; the default one for `None`.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A float tensor.

    Raises:
        ValueError: If `dtype` is no float type.

    Example:

    >>> bool((abs(truncated_normal((1000,), seed=1).numpy()) <= 2).all())
    True
    """
    dtype = _float_dtype(dtype, "truncated_normal")
    state = draw_seed(seed)
    if dtype == "float64":
        unit = _unit_draw(state, shape, dtype)
        draw = math.sqrt(2.0) * ops.erfinv((2.0 * unit - 1.0) * WITHIN_TWO)
        draw = ops.clip(draw, -2.0, 2.0)
    else:
        draw = ops.cast(within_two(random_bits(state, shape)), dtype)
    return _scaled(draw, mean, stddev, dtype)


def randint(
    shape: Any,
    minval: Any,
    maxval: Any,
    dtype: str = "int32",
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw integers that are uniform over `[minval, maxval)`.

    Args:
        shape: The shape; it may hold symbolic scalars.
        minval: The lower bound, included.
        maxval: The upper bound, excluded.
        dtype: An integer type.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        An integer tensor.

    Raises:
        ValueError: If `dtype` is no integer type.

    Example:

    >>> sorted(set(randint((100,), 3, 6, seed=1).numpy().tolist()))
    [3, 4, 5]
    """
    dtype = dtypes.standardize_dtype(dtype)
    if not dtypes.is_integer(dtype):
        raise ValueError(
            "random.randint: the data type must be an integer type.\n"
            f"Received: dtype={dtype!r}"
        )
    low, high = as_tensor(minval, "float64"), as_tensor(maxval, "float64")
    unit = _unit_draw(draw_seed(seed), shape, "float64")
    return ops.cast(ops.floor(unit * (high - low)) + low, dtype)


def bernoulli(
    shape: Any,
    probability: Any = 0.5,
    dtype: str | None = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw ones with a probability, and zeros otherwise.

    Args:
        shape: The shape; it may hold symbolic scalars.
        probability: The probability of a one; it broadcasts to the shape.
        dtype: The data type; the default float type for `None`.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A tensor of zeros and ones.

    Example:

    >>> bernoulli((3,), probability=1.0, seed=1).numpy()
    array([1., 1., 1.], dtype=float32)
    """
    unit = _unit_draw(draw_seed(seed), shape, "float32")
    hit = ops.less(unit, as_tensor(probability, "float32"))
    return ops.cast(hit, dtypes.standardize_dtype(dtype or floatx()))


def binomial(
    shape: Any,
    counts: Any,
    probabilities: Any,
    dtype: str | None = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw how many of `counts` independent trials succeed.

    The trials are made one by one, so the time grows with the largest count.

    Args:
        shape: The shape; it may hold symbolic scalars.
        counts: The numbers of trials; they broadcast to the shape.
        probabilities: The probabilities of success; they broadcast to the shape.
        dtype: The data type; the default float type for `None`.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A tensor of whole numbers.

    Example:

    >>> binomial((2,), counts=5, probabilities=1.0, seed=1).numpy()
    array([5., 5.], dtype=float32)
    """
    dtype = dtypes.standardize_dtype(dtype or floatx())
    state = draw_seed(seed)
    counts = as_tensor(counts, "float32")
    probabilities = as_tensor(probabilities, "float32")

    def trial(number: Tensor, total: Tensor) -> Tensor:
        unit = _unit_draw(substream(state, number + 1), shape, "float32")
        hit = ops.logical_and(
            unit < probabilities, ops.cast(number, "float32") < counts
        )
        return total + ops.cast(hit, "float32")

    start = ops.cast(random_bits(state, shape), "float32") * 0.0
    last = ops.cast(ops.max(counts), "int32")
    return ops.cast(ops.fori_loop(0, last, trial, start), dtype)


def categorical(
    logits: Any,
    num_samples: int,
    dtype: str = "int32",
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw class numbers from unnormalised log-probabilities.

    The largest of the logits plus Gumbel noise is taken.

    Args:
        logits: A tensor of shape `(batch, classes)`.
        num_samples: How many draws each row gets.
        dtype: An integer type.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        An integer tensor of shape `(batch, num_samples)`.

    Example:

    >>> categorical([[0.0, 100.0]], num_samples=3, seed=1).numpy()
    array([[1, 1, 1]], dtype=int32)
    """
    logits = ops.cast(as_tensor(logits), "float32")
    state = draw_seed(seed)
    rows = ops.repeat(ops.expand_dims(logits, 1), int(num_samples), axis=1)
    bits = random_bits_like(state, rows)
    unit = (ops.cast(bits, "float32") + 0.5) * 2.0**-32
    noise = -ops.log(-ops.log(ops.minimum(unit, 1.0 - 2.0**-24)))
    return ops.cast(ops.argmax(rows + noise, axis=-1), dtype)


def shuffle(x: Any, axis: int = 0, seed: int | SeedGenerator | None = None) -> Tensor:
    """Bring the entries along an axis into a random order.

    Args:
        x: A tensor.
        axis: The axis.
        seed: A generator, an integer for the same order every time, or `None`.

    Returns:
        A tensor like `x`.

    Example:

    >>> sorted(shuffle([3, 1, 2], seed=1).numpy().tolist())
    [1, 2, 3]
    """
    x = as_tensor(x)
    axis = axis % x.ndim
    others = tuple(other for other in range(x.ndim) if other != axis)
    bits = random_bits_like(draw_seed(seed), x, broadcast=others, words=2)
    keys = unit_numbers(ops.reshape(bits, (-1, 2)), "float64")
    return ops.take(x, ops.argsort(keys), axis=axis)


def gamma(
    shape: Any,
    alpha: Any,
    dtype: str | None = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw from the gamma distribution with scale 1.

    Of twelve candidates of Marsaglia and Tsang's method the first accepted one is
    taken; all are refused with a probability below 1e-15. Gradients flow to `alpha`:
    they say how the draw moves with it while its quantile stays.

    Args:
        shape: The shape; it may hold symbolic scalars.
        alpha: The shape parameter, positive; it broadcasts to the shape.
        dtype: A float type; the default one for `None`.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A float tensor.

    Raises:
        ValueError: If `dtype` is no float type.

    Reference:
        Marsaglia and Tsang, 2000, "A Simple Method for Generating Gamma Variables".

    Example:

    >>> bool((gamma((5,), alpha=2.0, seed=1).numpy() > 0).all())
    True
    """
    dtype = _float_dtype(dtype, "gamma")
    wide = "float64" if dtype == "float64" else "float32"
    return ops.cast(_gamma_draw(draw_seed(seed), shape, alpha, wide), dtype)


def _gamma_draw(state: Tensor, shape: Any, alpha: Any, dtype: str) -> Tensor:
    alpha = as_tensor(alpha, dtype)
    # Below 1 a draw for alpha + 1 is scaled by a power of a uniform number.
    small = alpha < 1.0
    d = ops.where(small, alpha + 1.0, alpha) - 1.0 / 3.0
    c = 1.0 / ops.sqrt(9.0 * d)
    result = None
    for candidate in reversed(range(_GAMMA_CANDIDATES)):
        x = _normal_draw(substream(state, 2 * candidate + 2), shape, dtype)
        u = _unit_draw(substream(state, 2 * candidate + 3), shape, dtype)
        v = (1.0 + c * x) ** 3
        positive = v > 0.0
        v = ops.where(positive, v, ops.ones_like(v))
        bound = 0.5 * x * x + d * (1.0 - v + ops.log(v))
        accepted = ops.logical_and(positive, ops.log1p(-u) < bound)
        result = d * v if result is None else ops.where(accepted, d * v, result)
    lift = 1.0 - _unit_draw(substream(state, 1), shape, dtype)
    power = ops.where(small, 1.0 / alpha, ops.zeros_like(alpha))
    return follow_gamma(result * lift**power, alpha)


def beta(
    shape: Any,
    alpha: Any,
    beta: Any,
    dtype: str | None = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Draw from the beta distribution. Gradients flow to both parameters.

    Args:
        shape: The shape; it may hold symbolic scalars.
        alpha: The first parameter, positive; it broadcasts to the shape.
        beta: The second parameter, positive; it broadcasts to the shape.
        dtype: A float type; the default one for `None`.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A float tensor with values in (0, 1).

    Raises:
        ValueError: If `dtype` is no float type.

    Example:

    >>> beta((5,), alpha=2.0, beta=3.0, seed=1).shape
    (5,)
    """
    dtype = _float_dtype(dtype, "beta")
    wide = "float64" if dtype == "float64" else "float32"
    state = draw_seed(seed)
    first = _gamma_draw(substream(state, 101), shape, alpha, wide)
    second = _gamma_draw(substream(state, 202), shape, beta, wide)
    return ops.cast(first / (first + second), dtype)


def dropout(
    inputs: Any,
    rate: float,
    noise_shape: Any = None,
    seed: int | SeedGenerator | None = None,
) -> Tensor:
    """Set elements to zero at random and scale the others by `1 / (1 - rate)`.

    Args:
        inputs: A tensor.
        rate: The fraction that vanishes, in [0, 1].
        noise_shape: A shape that broadcasts to that of the inputs: along its axes of
            size 1 all elements share their fate.
        seed: A generator, an integer for the same draw every time, or `None`.

    Returns:
        A tensor like `inputs`.

    Raises:
        ValueError: If `rate` is outside [0, 1].

    Example:

    >>> sorted(set(dropout([1.0] * 9, 0.75, seed=1).numpy().tolist()))
    [0.0, 4.0]
    """
    return stateless_dropout(inputs, draw_seed(seed), rate, noise_shape)
