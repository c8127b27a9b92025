"""Gradients, also those of chosen rows, and limits to their size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import autodiff, ops
from kerasish.backend import graph as engine
from kerasish.graph.applying import apply, identity_op
from kerasish.graph.arrays import concat, reshape
from kerasish.graph.assignments import rows_sum
from kerasish.graph.compilation import needed_operations
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.control import scalar
from kerasish.graph.current_graph import name_scope
from kerasish.graph.documentation import example
from kerasish.graph.mathematics import cast, maximum, minimum, sqrt, square, truediv
from kerasish.graph.reductions import reduce_mean, reduce_sum
from kerasish.graph.state import state
from kerasish.graph.tensors import Deferred, Operation, Tensor
from kerasish.graph.variables import Variable


class IndexedSlices:
    """Some rows of a tensor whose other rows are zeros.

    Args:
        values: The rows, `(number, ...)`.
        indices: Where they belong; rows at one place add up.
        dense_shape: The shape of the whole tensor.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     rows = tf.IndexedSlices(tf.ones([2, 1]), tf.constant([0, 0]), (3, 1))
    ...     print(sess.run(tf.convert_to_tensor(rows))[:, 0])
    [2. 0. 0.]
    """

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self.values = values
        self.indices = indices
        self.dense_shape = dense_shape

    @property
    def dtype(self) -> Any:
        """The data type."""
        return self.values.dtype

    @property
    def op(self) -> Operation:
        """The operation that makes the rows."""
        return self.values.op

    @property
    def name(self) -> str:
        """The name of the rows."""
        return self.values.name

    def _as_graph_tensor(self) -> Tensor:
        shape = tuple(self.dense_shape)
        return apply(
            "UnsortedSegmentSum",
            lambda rows, places: rows_sum(places, rows, ops.zeros(shape, rows.dtype)),
            self.values,
            self.indices,
        )

    def _fetched(self) -> list:
        return [self.values, self.indices]

    @staticmethod
    def packed(values: list) -> Any:
        """Return fetched rows: an object with `values` and `indices`.

        Args:
            values: The rows and their places.
        """
        return IndexedSlices(*values)


def _gathers(ys: Sequence[Tensor], x: Any) -> list[Operation] | None:
    """The operations that take rows of a variable, if all of its users do that."""
    if not isinstance(x, Variable):
        return None
    users = [
        operation
        for operation in needed_operations(ys, lambda tensor: False)
        if any(tensor is x for tensor in operation.inputs)
    ]
    users = [operation for operation in users if x not in operation.writes]
    if all(u.type == "Gather" and u.arguments[0] is x for u in users):
        return users or None
    return None


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: Any = None,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
) -> list:
    """Return the gradients of the sum of some tensors.

    Args:
        ys: A tensor, or several.
        xs: A tensor or variable, or several.
        grad_ys: The gradients of the `ys`, ones by default.
        name: A name.
        colocate_gradients_with_ops: Kept for the signature.
        gate_gradients: Kept for the signature.
        aggregation_method: Kept for the signature.
        stop_gradients: Tensors that are taken for constants.

    Returns:
        For each of the `xs` a tensor, `None` where nothing depends on it, or
        `IndexedSlices` for a variable of which only rows are used.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32, [])
    ...     print(sess.run(tf.gradients(x * x, x), {x: 3.0}))
    [np.float32(6.0)]
    """
    targets = [convert_to_tensor(y) for y in _list(ys)]
    wanted = [convert_to_tensor(x) for x in _list(xs)]
    starts = None
    if grad_ys is not None:
        starts = [
            None if g is None else convert_to_tensor(g, y.dtype)
            for g, y in zip(_list(grad_ys), targets)
        ]
    rows = [_gathers(targets, x) for x in wanted]
    sources: list[Tensor] = []
    for x, users in zip(wanted, rows):
        sources += [x] if users is None else [user.outputs[0] for user in users]
    stopped = [convert_to_tensor(x) for x in _list(stop_gradients or [])]
    found = iter(_differentiated(targets, sources, starts, stopped, name))
    results: list[Any] = []
    for x, users in zip(wanted, rows):
        if users is None:
            results.append(next(found))
            continue
        parts = [(user, next(found)) for user in users]
        results.append(_slices(x, [(u, g) for u, g in parts if g is not None]))
    return results


def _list(value: Any) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _slices(x: Variable, parts: list) -> IndexedSlices | None:
    if not parts:
        return None
    sizes = x.shape.as_list()
    values = [reshape(gradient, [-1, *sizes[1:]]) for _, gradient in parts]
    places = [reshape(convert_to_tensor(user.arguments[1]), [-1]) for user, _ in parts]
    if len(parts) == 1:
        return IndexedSlices(values[0], places[0], sizes)
    places = [cast(place, "int64") for place in places]
    return IndexedSlices(concat(values, 0), concat(places, 0), sizes)


def _differentiated(
    ys: list, xs: list, grad_ys: Any, stopped: list, name: str
) -> list:  # fmt: skip
    connected: list[bool] = []
    needed = needed_operations(ys, lambda tensor: False)

    def function(targets: list, sources: list, starts: Any, fixed: list) -> list:
        if state.reader is None and any(operation.waits for operation in needed):
            raise Deferred
        if fixed:
            pairs = [(x, identity_op(ops.stop_gradient(x))) for x in fixed]
            targets = engine.substitute(targets, pairs)
            places = {engine.place(old): new for old, new in pairs}
            sources = [places.get(engine.place(x), x) for x in sources]
        found = autodiff.gradients(targets, sources, starts)
        if not connected:
            # Results of an operation that waited are all there already.
            connected.extend(
                state.reader is not None or gradient is not None for gradient in found
            )
        return [
            ops.zeros_like(x) if gradient is None and is_expected else gradient
            for gradient, x, is_expected in zip(found, sources, connected)
        ]

    reachable = set(needed)
    reached = [x.op in reachable and not x.dtype.is_integer for x in xs]
    known = [x for x, is_reached in zip(xs, reached) if is_reached]
    if not known:
        return [None] * len(xs)
    result = apply(
        "gradients",
        function,
        ys,
        known,
        grad_ys,
        stopped,
        name=name,
        shapes=[
            x.shape.as_list() if x.shape.ndims is not None else None for x in known
        ],
        dtypes=[x.dtype for x in known],
    )
    found = iter(result if isinstance(result, list) else [result])
    return [next(found) if is_reached else None for is_reached in reached]


@example(
    "tf.hessians(x[0] ** 2 * x[1], x)[0]", "[[4. 2.]\n [2. 0.]]",
    "x = tf.constant([1.0, 2.0])",
)  # fmt: skip
def hessians(ys: Any, xs: Any, name: str = "hessians") -> list[Tensor]:
    """Return the second derivatives of a sum by vectors.

    Args:
        ys: A tensor, or several.
        xs: A vector, or several.
        name: A name.

    Returns:
        A square matrix for each of the `xs`.
    """

    def function(targets: list, sources: list) -> list:
        found = []
        for x in sources:
            first = autodiff.gradients(targets, [x], unconnected="zero")[0]
            rows = [
                autodiff.gradients(first[i], [x], unconnected="zero")[0]
                for i in range(x.shape[0])
            ]
            found.append(ops.stack(rows))
        return found

    targets = [convert_to_tensor(y) for y in _list(ys)]
    return apply("hessians", function, targets, _list(xs), name=name)


@example("tf.global_norm([[3.0], None, [4.0]])", "5.0")
def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """Return the root of the sum of the squares of all elements.

    Args:
        t_list: Tensors, `IndexedSlices`, and `None`, which is left out.
        name: A name.
    """
    parts = [
        convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t)
        for t in t_list
        if t is not None
    ]
    return apply(
        "global_norm",
        lambda tensors: ops.sqrt(sum(ops.sum(ops.square(t)) for t in tensors)),
        parts,
        name=name,
        shapes=[()],
    )


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list, Tensor]:
    """Scale tensors so that their global norm is at most `clip_norm`.

    Args:
        t_list: Tensors, `IndexedSlices` and `None`.
        clip_norm: The largest norm.
        use_norm: The norm, if it is known already.
        name: A name.

    Returns:
        `(tensors, norm)`: the scaled ones, and the norm from before.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     clipped, norm = tf.clip_by_global_norm([tf.constant([3.0, 4.0])], 1.0)
    ...     print(sess.run(norm), sess.run(clipped[0]).round(1))
    5.0 [0.6 0.8]
    """
    norm = global_norm(t_list) if use_norm is None else use_norm
    with name_scope(name, "clip_by_global_norm"):
        limit = convert_to_tensor(clip_norm, norm.dtype)
        scale = limit * minimum(1.0 / norm, truediv(1.0, limit))
        return [_mapped(t, lambda values: values * scale) for t in t_list], norm


def _mapped(tensor: Any, function: Any) -> Any:
    if tensor is None:
        return None
    if isinstance(tensor, IndexedSlices):
        values = function(tensor.values)
        return IndexedSlices(values, tensor.indices, tensor.dense_shape)
    return function(convert_to_tensor(tensor))


@example("tf.clip_by_value([-5, 1, 9], 0, 3)", "[0 1 3]")
def clip_by_value(
    t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None
) -> Any:
    """Move elements into an interval.

    Args:
        t: A tensor or `IndexedSlices`.
        clip_value_min: The lower bound.
        clip_value_max: The upper bound.
        name: A name.
    """

    def clipped(x: Tensor) -> Tensor:
        with name_scope(name, "clip_by_value") as scope:
            return maximum(minimum(x, clip_value_max), clip_value_min, name=scope)

    return _mapped(t, clipped)


@example("tf.clip_by_norm([3.0, 4.0], 2.5)", "[1.5 2. ]")
def clip_by_norm(
    t: Any, clip_norm: Any, axes: Any = None, name: str | None = None
) -> Any:
    """Scale a tensor so that its norm is at most `clip_norm`.

    Args:
        t: A tensor or `IndexedSlices`.
        clip_norm: The largest norm.
        axes: The axes that the norm is of; all of them for `None`.
        name: A name.
    """

    def clipped(x: Tensor) -> Tensor:
        with name_scope(name, "clip_by_norm") as scope:
            total = reduce_sum(square(x), axes, keepdims=True)
            # Under the root, so that zeros have gradients.
            norm = sqrt(maximum(total, square(convert_to_tensor(clip_norm, x.dtype))))
            return truediv(x * clip_norm, norm, name=scope)

    return _mapped(t, clipped)


@example("tf.clip_by_average_norm([3.0, 4.0], 1.25)", "[1.5 2. ]")
def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Any:
    """Scale a tensor so that its norm over the number of elements is limited.

    Args:
        t: A tensor or `IndexedSlices`.
        clip_norm: The largest norm for each element.
        name: A name.
    """

    def clipped(x: Tensor) -> Tensor:
        with name_scope(name, "clip_by_average_norm") as scope:
            count = reduce_sum(x * 0.0 + 1.0)
            average = maximum(sqrt(reduce_mean(square(x)) / count), scalar(clip_norm))
            return truediv(x * clip_norm, average, name=scope)

    return _mapped(t, clipped)
