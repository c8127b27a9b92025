"""Random tensors, drawn anew at each run."""

from __future__ import annotations

from typing import Any

from kerasish.backend import random
from kerasish.backend.graph import Tensor
from kerasish.backend.keras_functions.scopes import builds_when_open
from kerasish.backend.seed_generator import SeedGenerator


def lasting_seed(seed: Any) -> Any:
    """Return a generator for an integer, so that draws differ from run to run.

    Args:
        seed: An integer, a generator, or `None` for the global generator.

    Example:

    >>> lasting_seed(None) is None, lasting_seed(3).initial_seed
    (True, 3)
    """
    return SeedGenerator(int(seed)) if hasattr(seed, "__index__") else seed


@builds_when_open
def random_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: str | None = None,
    seed: Any = None,
) -> Tensor:
    """Draw from a normal distribution.

    Args:
        shape: The sizes; they may be symbolic.
        mean: The mean.
        stddev: The standard deviation.
        dtype: The data type; the default float type for `None`.
        seed: An integer for the same sequence of draws every time.

    Returns:
        A tensor; a symbolic one has new values at each run.

    Example:

    >>> random_normal((2, 3)).numpy().shape
    (2, 3)
    """
    return random.normal(shape, mean, stddev, dtype, lasting_seed(seed))


@builds_when_open
def random_uniform(
    shape: Any,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: str | None = None,
    seed: Any = None,
) -> Tensor:
    """Draw evenly from `[minval, maxval)`.

    Args:
        shape: The sizes; they may be symbolic.
        minval: The lower end.
        maxval: The upper end.
        dtype: The data type; the default float type for `None`.
        seed: An integer for the same sequence of draws every time.

    Returns:
        A tensor; a symbolic one has new values at each run.

    Example:

    >>> float(random_uniform((), 2.0, 3.0)) >= 2.0
    True
    """
    if dtype is not None and "int" in str(dtype):
        return random.randint(shape, minval, maxval, dtype, lasting_seed(seed))
    return random.uniform(shape, minval, maxval, dtype, lasting_seed(seed))


@builds_when_open
def truncated_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: str | None = None,
    seed: Any = None,
) -> Tensor:
    """Draw from a normal distribution, at most two standard deviations away.

    Args:
        shape: The sizes; they may be symbolic.
        mean: The mean.
        stddev: The standard deviation.
        dtype: The data type; the default float type for `None`.
        seed: An integer for the same sequence of draws every time.

    Returns:
        A tensor; a symbolic one has new values at each run.

    Example:

    >>> bool(abs(truncated_normal((9,)).numpy()).max() <= 2.0)
    True
    """
    return random.truncated_normal(shape, mean, stddev, dtype, lasting_seed(seed))


@builds_when_open
def random_binomial(
    shape: Any, p: float = 0.0, dtype: str | None = None, seed: Any = None
) -> Tensor:
    """Draw ones with a probability, and else zeros.

    Args:
        shape: The sizes; they may be symbolic.
        p: The probability of a one.
        dtype: The data type; the default float type for `None`.
        seed: An integer for the same sequence of draws every time.

    Returns:
        A tensor; a symbolic one has new values at each run.

    Example:

    >>> random_binomial((3,), p=1.0).numpy()
    array([1., 1., 1.], dtype=float32)
    """
    return random.bernoulli(shape, p, dtype, lasting_seed(seed))


@builds_when_open
def random_bernoulli(
    shape: Any, p: float = 0.0, dtype: str | None = None, seed: Any = None
) -> Tensor:
    """Draw ones with a probability, and else zeros.

    Args:
        shape: The sizes; they may be symbolic.
        p: The probability of a one.
        dtype: The data type; the default float type for `None`.
        seed: An integer for the same sequence of draws every time.

    Returns:
        A tensor; a symbolic one has new values at each run.

    Example:

    >>> random_bernoulli((2,), p=0.0).numpy()
    array([0., 0.], dtype=float32)
    """
    return random.bernoulli(shape, p, dtype, lasting_seed(seed))
