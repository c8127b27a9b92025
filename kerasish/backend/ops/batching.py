"""A function of single entries as one of all entries at once, op by op.

The function is traced on one entry. Each op of its graph is then applied to tensors
with one more axis in front, by a rule that says where its axes have gone to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Spec, Tensor, symbolic_scope, topological
from kerasish.backend.graph.scope import state
from kerasish.backend.graph.walk import place
from kerasish.backend.ops.body_tracing import (
    formal,
    runs_symbolically,
    structured,
    trace_body,
)

# Ops whose attribute `axis` or `axes` counts axes from the front.
_BY_AXES = set(
    "all any argmax argmin concatenate count_nonzero cumprod cumsum expand_dims flip "
    "linear_recurrence log_softmax logsumexp max mean min nanmax nanmin one_hot prod "
    "repeat resize_axis rms_standardize roll shift softmax softmax_crossentropy sort "
    "argsort sparse_softmax_crossentropy sparsemax split squeeze stack standardize sum "
    "take_along_axis var".split()
)
# Ops on the last axes, whatever axes there are before them.
_ON_LAST = set(
    "cholesky cofactors det eig eigh fourier half_fourier inv lu_factor matmul pinv qr "
    "real_fourier slogdet solve solve_triangular square_distances svd top_k "
    "triangle".split()
)
# Ops that give what they are given, element by element.
_ALIKE = {"bessel_i", "cast", "marked", "stop_gradient"}


class NoRule(Exception):
    """An op cannot be applied to all entries at once."""


def over_entries(function: Callable, elements: Any) -> Any:
    """Apply a function to all entries along the first axis of some tensors at once.

    Args:
        function: A function of a structure like `elements`, without the first axis.
        elements: A nested structure of tensors.

    Returns:
        The stacked results.

    Raises:
        NoRule: If that is not possible: the function has to run entry by entry.

    Example:

    >>> x = ops.convert_to_tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> over_entries(lambda row: ops.sum(row * row), x).numpy()
    array([ 5., 25.], dtype=float32)
    """
    if state.recorders:
        raise NoRule("what runs at once is recorded entry by entry")
    given = structured(elements)
    if not given.tensors or any(not tensor.ndim for tensor in given.tensors):
        raise NoRule("there are no entries")
    formals = [formal(Spec(t.shape[1:], t.dtype)) for t in given.tensors]
    try:
        traced = trace_body(lambda: function(given.rebuilt(formals)))
    except (TypeError, ValueError) as error:
        raise NoRule(f"it cannot be traced: {error}") from error
    if traced.variables:
        raise NoRule("it assigns Variables")
    run = _Run(formals, given.tensors, runs_symbolically(given.tensors))
    return traced.result.rebuilt(run.on(traced.result.tensors))


class _Run:
    """The graph of one entry, applied to all of them."""

    def __init__(
        self, formals: Sequence[Tensor], given: Sequence[Tensor], symbolic: bool
    ) -> None:
        self.symbolic = symbolic
        self.many = {place(old): new for old, new in zip(formals, given)}
        self.size = ops.shape(given[0])[0]

    def on(self, outputs: Sequence[Tensor]) -> list[Tensor]:
        for node in topological(outputs, self.many):
            if any(place(tensor) in self.many for tensor in node.inputs):
                results = self.applied(node)
                for index, result in enumerate(results):
                    self.many[node.uid, index] = result
        return [self.spread(tensor) for tensor in outputs]

    def applied(self, node: Node) -> Sequence[Tensor]:
        rule = _rule(node)
        if rule is not None:
            result = rule(self, node)
            return result if isinstance(result, (tuple, list)) else (result,)
        if not hasattr(node.op, "definition"):
            raise NoRule(f"the op {node.op.name!r} has no rule")
        inner = [formal(tensor.spec) for tensor in node.inputs]
        with symbolic_scope():
            outputs = node.op.expand(tuple(inner), node.attrs)
        pairs = list(zip(inner, node.inputs))
        nested = _Run(inner, [self.spread(old) for _, old in pairs], self.symbolic)
        return nested.on(outputs)

    def one(self, tensor: Tensor) -> Tensor:
        """What is the same for all entries."""
        if self.symbolic or tensor.value is not None:
            return tensor
        value = tensor.computed()
        if value is None:
            raise NoRule("it depends on a placeholder")
        return Tensor(None, 0, value)

    def spread(self, tensor: Tensor) -> Tensor:
        """A tensor with the axis of the entries in front."""
        found = self.many.get(place(tensor))
        if found is not None:
            return found
        same = self.one(tensor)
        return ops.broadcast_to(same, (self.size, *ops.shape(same)))

    def aligned(self, tensor: Tensor, rank: int) -> Tensor:
        """A tensor whose entries have the axes that broadcasting would add."""
        found = self.many.get(place(tensor))
        if found is None:
            return self.one(tensor)
        missing = rank - tensor.ndim
        return (
            ops.expand_dims(found, tuple(range(1, 1 + missing))) if missing else found
        )


def _rule(node: Node) -> Callable[[_Run, Node], Any] | None:
    op = node.op
    if op.impure or op.bodies or op.value_shape:
        return None
    if op.name in _RULES:
        return _RULES[op.name]
    if op.name in _BY_AXES:
        return _by_axes
    if op.name in _ON_LAST or op.name in _ALIKE or op.elementwise:
        return _broadcast
    return None


def _broadcast(run: _Run, node: Node) -> Any:
    rank = max(tensor.ndim for tensor in node.inputs)
    return node.op(*(run.aligned(t, rank) for t in node.inputs), **node.attrs)


def _further(axes: Any) -> Any:
    """Positions of axes behind one more axis."""
    if isinstance(axes, tuple):
        return tuple(map(_further, axes))
    return axes + 1 if axes >= 0 else axes


def _by_axes(run: _Run, node: Node) -> Any:
    moved = {
        name: _further(value) if name in ("axis", "axes") else value
        for name, value in node.attrs.items()
    }
    return node.op(*map(run.spread, node.inputs), **moved)


def _reshape(run: _Run, node: Node) -> Tensor:
    (x,), size = node.inputs, run.size
    return ops.reshape(run.spread(x), (size, *node.attrs["shape"]))


def _transpose(run: _Run, node: Node) -> Tensor:
    (x,), axes = node.inputs, _further(node.attrs["axes"])
    return ops.transpose(run.spread(x), (0, *axes))


def _broadcast_to(run: _Run, node: Node) -> Tensor:
    (x,), shape = node.inputs, node.attrs["shape"]
    return ops.broadcast_to(run.aligned(x, len(shape)), (run.size, *shape))


def _getitem(run: _Run, node: Node) -> Tensor:
    (x,), key = node.inputs, node.attrs["key"]
    return node.op(run.spread(x), key=((None, None, None), *key))


def _pad(run: _Run, node: Node) -> Tensor:
    wider = {**node.attrs, "widths": ((0, 0), *node.attrs["widths"])}
    return node.op(run.spread(node.inputs[0]), **wider)


def _take(run: _Run, node: Node) -> Tensor:
    (x, indices), axis = node.inputs, node.attrs["axis"]
    if place(indices) not in run.many:
        return node.op(run.spread(x), run.one(indices), axis=axis + 1)
    if place(x) in run.many:
        raise NoRule("each entry takes from a tensor of its own")
    found = node.op(run.one(x), run.spread(indices), axis=axis)
    return ops.moveaxis(found, axis, 0)


def _contract(run: _Run, node: Node) -> Tensor:
    labels = {name: node.attrs[name] for name in ("a", "b", "result")}
    fresh = 1 + max(max(part, default=0) for part in labels.values())
    tensors = []
    for name, tensor in zip("ab", node.inputs):
        if place(tensor) in run.many:
            labels[name] = (fresh, *labels[name])
        tensors.append(run.aligned(tensor, tensor.ndim))
    labels["result"] = (fresh, *labels["result"])
    return node.op(*tensors, **labels)


def _images(run: _Run, node: Node) -> Tensor:
    """Entries that are batches themselves become one batch."""
    x, *others = node.inputs
    if place(x) not in run.many or any(place(other) in run.many for other in others):
        raise NoRule("each entry has a kernel of its own")
    whole = run.many[place(x)]
    flat = ops.reshape(whole, (-1, *ops.shape(whole)[2:]))
    result = node.op(flat, *map(run.one, others), **node.attrs)
    return ops.reshape(result, (*ops.shape(whole)[:2], *ops.shape(result)[1:]))


_RULES: dict[str, Callable[[_Run, Node], Any]] = {
    "average_pool": _images,
    "broadcast_to": _broadcast_to,
    "contract": _contract,
    "conv": _images,
    "crop": _pad,
    "getitem": _getitem,
    "max_pool": _images,
    "pad": _pad,
    "pad_mirrored": _pad,
    "reshape": _reshape,
    "take": _take,
    "transpose": _transpose,
}
