"""Where values come from: placeholders, constants, ranges, draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import graph as engine
from kerasish.backend import ops, random
from kerasish.graph.applying import (
    apply,
    convert_to_tensor,
    engine_variable,
    outside_bodies,
)
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph, state
from kerasish.graph.tensors import Operation, Tensor
from kerasish.graph.variables import RandomState, identity_op


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Return a tensor that a value is fed to in every run that needs it.

    Args:
        dtype: The data type.
        shape: The shape, with `None` for sizes that differ from run to run; `None` as
            a whole where not even the rank is known.
        name: A name.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32)
    ...     print(sess.run(x + 1.0, {x: 2.0}), sess.run(x + 1.0, {x: [1.0, 2.0]}))
    3.0 [2. 3.]
    """
    graph, kind = get_default_graph(), as_dtype(dtype)
    unique = graph.unique_operation_name(name or "Placeholder")
    operation = Operation(graph, unique, "Placeholder", None, ())
    sizes, stored = TensorShape(shape), None
    if sizes.ndims is not None and kind != "string":
        stored = engine.placeholder(tuple(sizes.as_list()), str(kind), unique)
    tensor = Tensor(operation, 0, stored, kind)
    operation.outputs = [tensor]
    graph.add_operation(operation)
    return tensor


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Return a tensor that may be fed, and has another value where it is not.

    Args:
        input: That value.
        shape: The shape, with `None` for sizes that differ from run to run.
        name: A name.
    """
    value = convert_to_tensor(input)
    tensor = apply("PlaceholderWithDefault", identity_op, value, name=name)
    tensor.stored = None
    sizes = TensorShape(shape)
    if sizes.ndims is not None:
        tensor.stored = engine.placeholder(tuple(sizes.as_list()), str(value.dtype))
    return tensor


def identity(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor unchanged, as an operation of its own.

    Args:
        input: A tensor.
        name: A name.
    """
    return apply("Identity", identity_op, convert_to_tensor(input), name=name)


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor unchanged, through which no gradient flows.

    Args:
        input: A tensor.
        name: A name.
    """
    x = convert_to_tensor(input)
    return apply("StopGradient", ops.stop_gradient, x, name=name)


def _filled(number: int, kind_name: str) -> Callable:
    def operation(
        shape: Any, dtype: Any = "float32", name: str | None = None
    ) -> Tensor:
        kind = str(as_dtype(dtype))
        return apply(
            kind_name, lambda sizes: ops.full(sizes, number, kind), listed(shape),
            name=name, dtypes=[kind],
        )  # fmt: skip

    operation.__doc__ = f"""Return a tensor of {kind_name}.

    Args:
        shape: The shape.
        dtype: The data type.
        name: A name.
    """
    return operation


def _filled_like(function: str) -> Callable:
    def operation(
        tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
    ) -> Tensor:
        x = convert_to_tensor(tensor)
        kind = str(x.dtype if dtype is None else as_dtype(dtype))
        create = getattr(ops, function)
        return apply(
            function, lambda t: create(t, dtype=kind), x, name=name, dtypes=[kind]
        )

    operation.__doc__ = f"""Return a tensor of the shape of another ({function}).

    Args:
        tensor: That tensor.
        dtype: The data type; that of the tensor for `None`.
        name: A name.
        optimize: Kept for the signature.
    """
    return operation


zeros, ones = _filled(0, "zeros"), _filled(1, "ones")
zeros_like, ones_like = _filled_like("zeros_like"), _filled_like("ones_like")


def listed(shape: Any) -> Any:
    """Return a shape in the form that functions of the engine take.

    Args:
        shape: A `TensorShape`, an integer, a tensor, an array, or a list in which there
            may be tensors.
    """
    if isinstance(shape, TensorShape):
        return tuple(shape.as_list())
    if isinstance(shape, Tensor):
        array = shape.constant_value()
        shape = shape if array is None else array
    if isinstance(shape, np.ndarray):
        return tuple(int(size) for size in shape.reshape(-1))
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    if isinstance(shape, (list, tuple)):
        return tuple(
            size if isinstance(size, Tensor) else _number(size) for size in shape
        )
    return shape


def _number(size: Any) -> int | None:
    size = getattr(size, "value", size)
    return None if size is None else int(size)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """Return a tensor of one value.

    Args:
        dims: The shape.
        value: The value, a scalar.
        name: A name.
    """
    value = convert_to_tensor(value)
    kind = str(value.dtype)
    return apply(
        "Fill", lambda sizes, x: ops.full(sizes, x, kind), listed(dims), value,
        name=name, dtypes=[kind],
    )  # fmt: skip


def range(
    start: Any,
    limit: Any = None,
    delta: Any = 1,
    dtype: Any = None,
    name: str | None = "range",
) -> Tensor:
    """Return numbers in a row.

    Args:
        start: The first number; the end, if there is no `limit`.
        limit: The end, which is not included.
        delta: The step.
        dtype: The data type.
        name: A name.
    """
    if limit is None:
        start, limit = 0, start
    given = [convert_to_tensor(part, dtype) for part in (start, limit, delta)]
    kinds = {tensor.dtype for tensor in given}
    floats = [kind for kind in kinds if kind.is_floating]
    kind = str(floats[0] if floats else max(kinds, key=lambda k: k.size))
    return apply(
        "range", lambda *parts: ops.arange(*parts, dtype=kind), *given,
        name=name, shapes=[(None,)], dtypes=[kind],
    )  # fmt: skip


def linspace(start: Any, stop: Any, num: int, name: str | None = None) -> Tensor:
    """Return numbers at equal distances, both ends included.

    Args:
        start: The first number.
        stop: The last one.
        num: How many there are.
        name: A name.
    """
    first = convert_to_tensor(start)
    last = convert_to_tensor(stop, first.dtype)
    return apply(
        "LinSpace", lambda a, b: ops.linspace(a, b, int(num)), first, last, name=name
    )


lin_space = linspace


def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
) -> Tensor:
    """Return an identity matrix, or a stack of them.

    Args:
        num_rows: The number of rows.
        num_columns: The number of columns; as many as rows for `None`.
        batch_shape: The shape of the stack.
        dtype: The data type.
        name: A name.
    """
    kind, rows = str(as_dtype(dtype)), int(num_rows)
    columns = rows if num_columns is None else int(num_columns)
    shape = (*(batch_shape or ()), rows, columns)
    return apply(
        "eye",
        lambda: ops.broadcast_to(ops.eye(rows, columns, dtype=kind), shape),
        name=name,
    )


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
