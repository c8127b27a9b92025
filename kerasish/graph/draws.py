"""Random numbers, drawn anew in every run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import graph as engine
from kerasish.backend import ops, random
from kerasish.graph.applying import apply, engine_variable, outside_bodies
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import listed
from kerasish.graph.documentation import example
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.state import state
from kerasish.graph.tensors import Tensor
from kerasish.graph.variables import RandomState


def drawn(
    kind: str,
    draw: Callable,
    *arguments: Any,
    seed: int | None = None,
    name: str | None = None,
    dtypes: Any = None,
) -> Tensor:
    """Add an operation that draws anew in every run.

    Args:
        kind: What it is called.
        draw: A function `draw(state, *arguments)` on tensors of the engine.
        *arguments: Its arguments.
        seed: The seed of the operation.
        name: A name.
        dtypes: The data type of the result.
    """
    if not state.depth:
        return apply(
            kind, draw, RandomState(seed), *arguments, name=name, dtypes=dtypes
        )
    # Bodies are traced more than once; every draw in them advances one common state.
    if state.body_random is None:
        with outside_bodies():
            state.body_random = RandomState(seed)
    source = state.body_random
    result = apply(kind, draw, source, *arguments, name=name, dtypes=dtypes)
    variable = engine_variable(source)
    variable.assign(variable.value + engine.as_tensor(np.array([0, 1], "uint32")))
    return result


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from a normal distribution.

    Args:
        shape: The shape.
        mean: The mean.
        stddev: The standard deviation.
        dtype: A float type.
        seed: A seed.
        name: A name.

    Example:

    >>> import kerasish.graph as tf
    >>> tf.random_normal([2, 3]).shape.as_list()
    [2, 3]
    """
    return _normal(
        "random_normal", random.normal, shape, mean, stddev, dtype, seed, name
    )


@example(
    "tf.shape(tf.truncated_normal([2, 3]))", "[2 3]", shape="The shape.",
    mean="The mean.", stddev="The standard deviation before the cut.",
    dtype="A float type.", seed="A seed.",
)  # fmt: skip
def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw normal numbers, cut off at two deviations; see `random_normal`."""
    draw = random.truncated_normal
    return _normal("truncated_normal", draw, shape, mean, stddev, dtype, seed, name)


def _normal(
    kind: str, draw: Callable, shape: Any, mean: Any, stddev: Any, dtype: Any,
    seed: Any, name: Any,
) -> Tensor:  # fmt: skip
    wanted = str(as_dtype(dtype))
    mean, stddev = convert_to_tensor(mean, wanted), convert_to_tensor(stddev, wanted)
    return drawn(
        kind,
        lambda source, sizes, centre, width: (
            draw(sizes, dtype=wanted, seed=source) * width + centre
        ),
        listed(shape),
        mean,
        stddev,
        seed=seed,
        name=name,
        dtypes=[wanted],
    )


@example("tf.shape(tf.random_uniform([2, 3], 0, 10, tf.int32))", "[2 3]")
def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from the uniform distribution over `[minval, maxval)`.

    Args:
        shape: The shape.
        minval: The lower bound.
        maxval: The upper bound; 1 for `None`, and needed for integers.
        dtype: A float or integer type.
        seed: A seed.
        name: A name.

    Raises:
        ValueError: If there is no upper bound for integers.
    """
    kind = as_dtype(dtype)
    if maxval is None and kind.is_integer:
        raise ValueError(f"Must specify maxval for integer dtype {kind}")
    wanted = str(kind)
    low = convert_to_tensor(minval, wanted)
    high = convert_to_tensor(1 if maxval is None else maxval, wanted)

    def draw(source: Any, sizes: Any, least: Any, most: Any) -> Any:
        if kind.is_integer:
            return random.randint(sizes, least, most, wanted, source)
        return random.uniform(sizes, dtype=wanted, seed=source) * (most - least) + least

    return drawn(
        "random_uniform", draw, listed(shape), low, high, seed=seed, name=name,
        dtypes=[wanted],
    )  # fmt: skip


@example("tf.reduce_sum(tf.random_shuffle([1, 2, 3]))", "6")
def random_shuffle(value: Any, seed: int | None = None, name: Any = None) -> Tensor:
    """Bring the rows of a tensor into a random order.

    Args:
        value: A tensor.
        seed: A seed.
        name: A name.
    """
    x = convert_to_tensor(value)
    return drawn(
        "RandomShuffle", lambda source, rows: random.shuffle(rows, 0, source), x,
        seed=seed, name=name, dtypes=[x.dtype],
    )  # fmt: skip


@example("tf.shape(tf.random_crop(tf.zeros([8, 8, 3]), [4, 4, 3]))", "[4 4 3]")
def random_crop(
    value: Any, size: Any, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Cut a part of a given shape out of a tensor at a random place.

    Args:
        value: A tensor of a known shape.
        size: The shape of the part.
        seed: A seed.
        name: A name.
    """
    x, sizes = convert_to_tensor(value), listed(size)
    room = np.array([a - b + 1 for a, b in zip(x.shape.as_list(), sizes)])

    def draw(source: Any, tensor: Any) -> Any:
        unit = random.uniform((len(sizes),), dtype="float64", seed=source)
        start = ops.cast(ops.floor(unit * room.astype("float64")), "int32")
        return ops.slice(tensor, start, sizes)

    return drawn("random_crop", draw, x, seed=seed, name=name, dtypes=[x.dtype])


@example("tf.shape(tf.random_gamma([5], [1.0, 2.0]))", "[5 2]")
def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from gamma distributions.

    Args:
        shape: The shape of the draws, before the axes of `alpha`.
        alpha: The shape parameter.
        beta: The rate, 1 for `None`.
        dtype: A float type.
        seed: A seed.
        name: A name.
    """
    wanted = str(as_dtype(dtype))
    alpha = convert_to_tensor(alpha, wanted)
    rate = convert_to_tensor(1.0 if beta is None else beta, wanted)
    sizes = (*listed(shape), *alpha.shape.as_list())
    return drawn(
        "random_gamma",
        lambda source, a, b: random.gamma(sizes, a, wanted, source) / b,
        alpha,
        rate,
        seed=seed,
        name=name,
        dtypes=[wanted],
    )


@example("tf.multinomial([[-99.0, 0.0]], 4)", "[[1 1 1 1]]")
def multinomial(
    logits: Any,
    num_samples: int,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = "int64",
) -> Tensor:
    """Draw classes.

    Args:
        logits: Unnormalized logarithms of probabilities, `(batch, classes)`.
        num_samples: How many classes to draw for each row.
        seed: A seed.
        name: A name.
        output_dtype: The type of the integers.

    Returns:
        Integers of shape `(batch, num_samples)`.
    """
    kind = str(as_dtype(output_dtype))
    return drawn(
        "Multinomial",
        lambda source, x: random.categorical(x, int(num_samples), kind, source),
        convert_to_tensor(logits),
        seed=seed,
        name=name,
        dtypes=[kind],
    )
