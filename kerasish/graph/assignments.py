"""Operations that change variables."""

from __future__ import annotations

from typing import Any

from kerasish.backend import graph as engine
from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.tensors import Tensor


def _written(kind: str, combine: Any, ref: Any, value: Any, name: str | None) -> Tensor:
    if not hasattr(ref, "template"):
        raise ValueError(f"Only variables can be assigned to.\nReceived: {ref!r}")
    value = convert_to_tensor(value, ref.dtype)
    if not ref.shape.is_compatible_with(value.shape) and value.shape.ndims != 0:
        raise ValueError(
            f"Shapes must be equal: variable {ref.name!r} has shape {ref.shape}, the "
            f"value has shape {value.shape}."
        )
    if kind == "Assign" and value.shape.ndims == 0 and ref.shape.ndims != 0:
        raise ValueError(
            f"Shapes must be equal rank, but are {ref.shape.ndims} and 0 for "
            f"{ref.name!r}."
        )
    shape = ref.shape.as_list()

    def function(*tensors: engine.Tensor) -> tuple:
        result = combine(*tensors)
        return [result], result

    return apply(
        kind, function, ref, value, name=name, writes=[ref], shapes=[shape],
        dtypes=[ref.dtype],
    )  # fmt: skip


def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """Replace the value of a variable.

    Args:
        ref: The variable.
        value: What it becomes.
        validate_shape: Kept for the signature: shapes never change.
        use_locking: Kept for the signature.
        name: A name.

    Returns:
        The new value; whatever runs this assigns it.

    Raises:
        ValueError: If the shape differs.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable(1.0)
    ...     print(sess.run(tf.assign(w, 3.0)), sess.run(w))
    3.0 3.0
    """
    return _written("Assign", lambda old, new: new, ref, value, name)


@example(
    "tf.assign_add(w, 2.0)", "3.0", "w = tf.Variable(1.0)", "sess.run(w.initializer)",
    ref="The variable.", value="What is added.",
)  # fmt: skip
def assign_add(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Add to a variable; see `assign`."""
    return _written("AssignAdd", lambda old, new: old + new, ref, value, name)


@example(
    "tf.assign_sub(w, 2.0)", "-1.0", "w = tf.Variable(1.0)", "sess.run(w.initializer)",
    ref="The variable.", value="What is subtracted.",
)  # fmt: skip
def assign_sub(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Subtract from a variable; see `assign`."""
    return _written("AssignSub", lambda old, new: old - new, ref, value, name)


def _scattered(name: str, kind: str, printed: str, change: Any) -> Any:
    def scatter(
        ref: Any, indices: Any, updates: Any, use_locking: bool = False,
        name: str | None = None,
    ) -> Tensor:  # fmt: skip
        indices = convert_to_tensor(indices)
        updates = convert_to_tensor(updates, ref.dtype)

        def function(old: Any, places: Any, rows: Any) -> tuple:
            places = ops.reshape(places, (-1,))
            rows = ops.broadcast_to(rows, [*ops.shape(places), *old.shape[1:]]) if (
                rows.ndim < 1 + len(old.shape[1:])
            ) else ops.reshape(rows, (-1, *old.shape[1:]))  # fmt: skip
            result = change(old, places, rows)
            return [result], result

        return apply(kind, function, ref, indices, updates, name=name, writes=[ref])

    scatter.__doc__ = f"""Change some rows of a variable (`{kind}`).

    Args:
        ref: The variable.
        indices: The numbers of the rows.
        updates: A row for each of them.
        use_locking: Kept for the signature.
        name: A name.

    Returns:
        The new value.
    """
    before = "w = tf.Variable([1, 2, 3])", "sess.run(w.initializer)"
    return example(f"tf.{name}(w, [0], [5])", printed, *before)(scatter)


def rows_sum(places: Any, rows: Any, old: Any) -> Any:
    """Return rows at their places among zeros, those of one place added up.

    Args:
        places: An integer vector of the engine.
        rows: A row for each.
        old: A tensor like the result.
    """
    flat = ops.reshape(rows, (ops.shape(rows)[0], -1))
    summed = ops.segment_sum(flat, places, num_segments=old.shape[0])
    return ops.reshape(summed, old.shape)


scatter_update = _scattered(
    "scatter_update",
    "ScatterUpdate",
    "[5 2 3]",
    lambda old, places, rows: ops.scatter_update(
        old, ops.expand_dims(places, -1), rows
    ),
)


scatter_add = _scattered(
    "scatter_add",
    "ScatterAdd",
    "[6 2 3]",
    lambda old, places, rows: old + rows_sum(places, rows, old),
)


scatter_sub = _scattered(
    "scatter_sub",
    "ScatterSub",
    "[-4  2  3]",
    lambda old, places, rows: old - rows_sum(places, rows, old),
)
