"""Choosing and placing elements: gathering, masks, one-hot vectors, partitions."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply, identity_op
from kerasish.graph.arrays import same_type
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import listed
from kerasish.graph.documentation import example
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.mathematics import cast
from kerasish.graph.tensors import Tensor


@example("tf.gather([5, 6, 7], [2, 0])", "[7 5]")
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: int = 0,
) -> Tensor:
    """Take entries of a tensor along an axis.

    Args:
        params: A tensor.
        indices: Their numbers, integers of any shape.
        validate_indices: Kept for the signature.
        name: A name.
        axis: The axis.
    """
    params, indices = convert_to_tensor(params), convert_to_tensor(indices)
    kind = "Gather" if axis == 0 else "GatherV2"
    # Equal gathers are different nodes: gradients by the rows of each are asked for.
    return apply(
        kind, lambda x, i: identity_op(ops.take(x, i, axis)), params, indices,
        name=name, dtypes=[params.dtype],
    )  # fmt: skip


@example("tf.gather_nd([[1, 2], [3, 4]], [[1, 0]])", "[3]")
def gather_nd(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """Take entries by several numbers each.

    Args:
        params: A tensor.
        indices: Integers `(..., n)`: places on the first `n` axes.
        name: A name.
    """
    indices = convert_to_tensor(indices)
    count = indices.shape[-1].value

    def function(x: Any, places: Any) -> Any:
        if not count:
            return ops.broadcast_to(x, (*places.shape[:-1], *x.shape))
        parts = [places[..., k] for k in range(count)]
        return ops.gather(x, parts, tuple(range(count)))

    return apply("GatherNd", function, convert_to_tensor(params), indices, name=name)


@example("tf.scatter_nd([[1], [3]], [5, 6], [4])", "[0 5 0 6]")
def scatter_nd(
    indices: Any, updates: Any, shape: Any, name: str | None = None
) -> Tensor:
    """Put values at places among zeros; those of one place add up.

    Args:
        indices: Integers `(..., n)`.
        updates: A value for each place.
        shape: The shape of the result.
        name: A name.
    """
    places, values = convert_to_tensor(indices), convert_to_tensor(updates)
    return apply("ScatterNd", ops.scatter, places, values, listed(shape), name=name)


@example("tf.one_hot([1, 0], 3)", "[[0. 1. 0.]\n [1. 0. 0.]]")
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Turn numbers of classes into vectors with a 1 at that place.

    Args:
        indices: Integers; those outside `[0, depth)` become zeros.
        depth: The number of classes.
        on_value: What stands in place of 1.
        off_value: What stands in place of 0.
        axis: Where the new axis is, the last one by default.
        dtype: The data type; that of the values, or float32.
        name: A name.
    """
    given = [value for value in (on_value, off_value) if value is not None]
    kind = as_dtype(
        dtype or (convert_to_tensor(given[0]).dtype if given else "float32")
    )
    on = convert_to_tensor(1 if on_value is None else on_value, kind)
    off = convert_to_tensor(0 if off_value is None else off_value, kind)
    places, classes = convert_to_tensor(indices), int(depth)

    def function(numbers: Any, high: Any, low: Any) -> Any:
        hot = ops.one_hot(numbers, classes, -1 if axis is None else axis, dtype="bool")
        return ops.where(hot, high, low)

    return apply("one_hot", function, places, on, off, name=name, dtypes=[kind])


@example("tf.where([True, False], [1, 2], [3, 4])", "[1 4]")
def where(
    condition: Any, x: Any = None, y: Any = None, name: str | None = None
) -> Tensor:
    """Choose between two tensors, or find where something is true.

    Args:
        condition: Truth values like `x`, or one for each row of it.
        x: What is taken where it holds.
        y: What is taken elsewhere.
        name: A name.

    Returns:
        A tensor like `x`; without `x` and `y` the places as int64 `(number, rank)`.

    Raises:
        ValueError: If only one of `x` and `y` is given.
    """
    test = convert_to_tensor(condition)
    if (x is None) != (y is None):
        raise ValueError("x and y must both be non-None or both be None.")
    if x is None:
        return apply(
            "Where",
            lambda t: ops.cast(ops.stack(list(ops.nonzero(t)), axis=-1), "int64"),
            test,
            name=name,
            dtypes=["int64"],
        )
    first, second = same_type([x, y])

    def function(t: Any, a: Any, b: Any) -> Any:
        if t.ndim == 1 and a.ndim > 1:
            t = ops.reshape(t, (-1,) + (1,) * (a.ndim - 1))
        return ops.where(t, a, b)

    return apply("Select", function, test, first, second, name=name,
                 dtypes=[first.dtype])  # fmt: skip


select = where


@example("tf.boolean_mask([1, 2, 3], [True, False, True])", "[1 3]")
def boolean_mask(
    tensor: Any, mask: Any, name: str = "boolean_mask", axis: int = 0
) -> Tensor:
    """Take the entries where a mask is true.

    Args:
        tensor: A tensor.
        mask: Truth values for its first axes.
        name: A name.
        axis: Must be 0.
    """
    return apply(
        "boolean_mask", lambda x, m: ops.get_item(x, m), convert_to_tensor(tensor),
        convert_to_tensor(mask, "bool"), name=name,
    )  # fmt: skip


@example("tf.sequence_mask([1, 2], 3, tf.int32)", "[[1 0 0]\n [1 1 0]]")
def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: str | None = None
) -> Tensor:
    """Return which places are within lengths.

    Args:
        lengths: Integers of any shape.
        maxlen: The size of the new last axis; the largest length for `None`.
        dtype: The data type.
        name: A name.
    """
    kind, counts = str(as_dtype(dtype)), convert_to_tensor(lengths)
    longest = None if maxlen is None else convert_to_tensor(maxlen)

    def function(n: Any, most: Any) -> Any:
        most = ops.max(n) if most is None else most
        places = ops.arange(ops.cast(most, "int32"))
        inside = ops.cast(places, n.dtype) < ops.expand_dims(n, -1)
        return ops.cast(inside, kind)

    return apply("SequenceMask", function, counts, longest, name=name, dtypes=[kind])


@example("tf.sparse_to_dense([1, 3], [4], 1)", "[0 1 0 1]")
def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Put values at places among default ones.

    Args:
        sparse_indices: Integers `(number, rank)`, or a vector for a vector.
        output_shape: The shape.
        sparse_values: A value for each place, or one for all.
        default_value: What is elsewhere.
        validate_indices: Kept for the signature.
        name: A name.
    """
    values = convert_to_tensor(sparse_values)
    rest = convert_to_tensor(default_value, values.dtype)

    def function(places: Any, fresh: Any, other: Any, sizes: Any) -> Any:
        places = ops.expand_dims(places, -1) if places.ndim == 1 else places
        fresh = ops.broadcast_to(fresh, ops.shape(places)[:1])
        return ops.scatter_update(
            ops.broadcast_to(other, sizes), ops.cast(places, "int32"), fresh
        )

    return apply(
        "SparseToDense", function, convert_to_tensor(sparse_indices), values, rest,
        listed(output_shape), name=name, dtypes=[values.dtype],
    )  # fmt: skip


@example("tf.unique([5, 3, 5])[0]", "[5 3]")
def unique(x: Any, out_idx: Any = "int32", name: str | None = None) -> tuple:
    """Return the different elements of a vector, and which one each is.

    They come in the order in which they are found first.

    Args:
        x: A vector.
        out_idx: The type of the integers.
        name: A name.
    """
    kind = str(as_dtype(out_idx))

    def function(v: Any) -> list:
        values, first, places = ops.unique(v, return_index=True, return_inverse=True)
        order = ops.argsort(first)
        ranks = ops.argsort(order)
        return [ops.take(values, order), ops.cast(ops.take(ranks, places), kind)]

    return tuple(apply("Unique", function, convert_to_tensor(x), name=name))


@example("tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2)[0]", "[1 3]")
def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """Sort rows into several tensors.

    Args:
        data: A tensor.
        partitions: For each row the number of the tensor that it goes to.
        num_partitions: How many tensors there are.
        name: A name.
    """
    return apply(
        "DynamicPartition",
        lambda x, which: [
            ops.get_item(x, ops.equal(which, k)) for k in range(num_partitions)
        ],
        convert_to_tensor(data),
        convert_to_tensor(partitions),
        name=name,
        count=num_partitions,
    )


@example(
    "tf.invert_permutation([2, 0, 1])", "[1 2 0]",
    x="The permutation, a vector of integers.",
)  # fmt: skip
def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """Return the permutation that undoes another."""
    x = convert_to_tensor(x)
    return cast(apply("InvertPermutation", ops.argsort, x, name=name), x.dtype)
