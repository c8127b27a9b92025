"""Reverse-mode differentiation: graph in, graph out.

Gradient rules are graph code, so every gradient has a gradient. The same walk serves
symbolic graphs and recorded eager ones, whose rules then run on values at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend.dtypes import is_complex, is_float
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.op import get_op
from kerasish.backend.graph.scope import current_trace, origin_scope
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.variable import Variable
from kerasish.backend.graph.walk import place, topological
from kerasish.errors import GradientError, ShapeError

_UNCONNECTED = ("none", "zero", "error")


def gradients(
    targets: Any,
    wrt: Sequence[Tensor | Variable],
    grad_ys: Sequence[Tensor | None] | None = None,
    unconnected: str = "none",
) -> list[Tensor | None]:
    """Return the gradients of the sum of some targets.

    Args:
        targets: A tensor or a list of tensors.
        wrt: The tensors and Variables to differentiate by. By a Variable means by all
            that was read of it, before and after assignments in the current trace.
        grad_ys: The gradient of each target; ones where not given.
        unconnected: What an element of `wrt` gets that no target depends on:
            `'none'`, `'zero'`, or `'error'`.

    Returns:
        A list like `wrt`.

    Raises:
        GradientError: If a target does not depend on a source and `unconnected` is
            `'error'`, or if an op on the path has no gradient.

    Example:

    >>> from kerasish.backend import ops
    >>> from kerasish.backend.graph import placeholder
    >>> x = placeholder((2,))
    >>> gradients(ops.sum(x * x), [x])[0].shape
    (2,)
    """
    if unconnected not in _UNCONNECTED:
        raise ValueError(
            f"`unconnected` must be one of {_UNCONNECTED}.\n"
            f"Received: unconnected={unconnected!r}"
        )
    targets = list(targets) if isinstance(targets, (list, tuple)) else [targets]
    sources = [_sources(x) for x in wrt]
    flat = [source for group in sources for source in group]
    found: dict[tuple[int, int], Tensor] = {}
    if any(source.node is not None for source in flat):
        found = _backward(targets, flat, grad_ys)
    results: list[Tensor | None] = []
    for given, group in zip(wrt, sources):
        places = [place(source) for source in group if source.node is not None]
        parts = {"all": [found[key] for key in places if key in found]}
        gradient = _total(parts, "all")
        if gradient is None and unconnected == "error":
            raise GradientError(_unconnected_message(given, targets))
        if gradient is None and unconnected == "zero":
            gradient = _filled_like(given, 0)
        results.append(gradient)
    return results


def _sources(x: Tensor | Variable) -> list[Tensor]:
    """Returns the tensors that stand for what is differentiated by."""
    if not isinstance(x, Variable):
        return [x]
    trace = current_trace()
    return [x.leaf, *(trace.versions(x) if trace is not None else ())]


def _unconnected_message(given: Tensor | Variable, targets: list[Tensor]) -> str:
    name = getattr(given, "path", None) or getattr(given, "name", None) or repr(given)
    ops = sorted({n.op.name for n in topological([t for t in targets if t.node])})
    return (
        f"The loss does not depend on {name!r} of shape {given.shape}: there is no "
        "differentiable path between them.\n"
        f"  ops the loss is made of: {', '.join(ops)}"
    )


def _filled_like(x: Any, value: int) -> Tensor:
    from kerasish.backend.graph.conversion import as_tensor

    x = as_tensor(x)
    like = get_op("broadcast_like")
    return like(as_tensor(float(value), x.dtype), x)


def _differentiable(tensor: Tensor) -> bool:
    return is_float(tensor.dtype) or is_complex(tensor.dtype)


def _path(targets: list[Tensor], sources: list[Tensor]) -> list[Node]:
    """The nodes between sources and targets, in topological order."""
    wanted = {place(s) for s in sources if s.node is not None}
    origins = {uid for uid, _ in wanted}
    reached: set[int] = set()
    path = []
    for node in topological([t for t in targets if t.node is not None]):
        depends = node.op.differentiable and any(
            t.node.uid in reached or place(t) in wanted
            for position, t in enumerate(node.inputs)
            if position not in node.op.shape_only and _differentiable(t)
        )
        if depends or node.uid in origins:
            reached.add(node.uid)
        if depends:
            path.append(node)
    return path


def _backward(
    targets: list[Tensor],
    sources: list[Tensor],
    grad_ys: Sequence[Tensor | None] | None,
) -> dict[tuple[int, int], Tensor]:
    path = _path(targets, sources)
    accumulated: dict[tuple[int, int], list[Tensor]] = {}
    for position, target in enumerate(targets):
        if target.node is None:
            continue
        start = grad_ys[position] if grad_ys is not None else None
        if start is None:
            start = _filled_like(target, 1)
        elif start.ndim != target.ndim:
            raise ShapeError(
                "The gradient given for a target must have the target's shape.\n"
                f"  got: {start.spec}, expected: {target.spec}"
            )
        accumulated.setdefault(place(target), []).append(start)
    needed = {node.uid for node in path}
    needed |= {s.node.uid for s in sources if s.node is not None}
    totals: dict[tuple[int, int], Tensor] = {}
    for node in reversed(path):
        grads = tuple(
            _total(accumulated, (node.uid, index)) for index in range(len(node.specs))
        )
        for index, gradient in enumerate(grads):
            if gradient is not None:
                totals[node.uid, index] = gradient
        if all(gradient is None for gradient in grads):
            continue
        _spread(node, grads, needed, accumulated)
    for source in sources:
        if source.node is not None and place(source) not in totals:
            total = _total(accumulated, place(source))
            if total is not None:
                totals[place(source)] = total
    return totals


def _total(accumulated: dict, key: Any) -> Tensor | None:
    parts = accumulated.pop(key, None)
    if not parts:
        return None
    total = parts[0]
    for part in parts[1:]:
        total = get_op("add")(total, part)
    return total


def _conjugated(grads: tuple) -> tuple:
    """Return gradients with the complex ones conjugated.

    The gradient by `z = x + iy` is the one by x plus i times the one by y.
    """
    return tuple(
        get_op("conj")(g) if g is not None and is_complex(g.dtype) else g for g in grads
    )


def _spread(node: Node, grads: tuple, needed: set[int], accumulated: dict) -> None:
    """Pass the gradients of a node's outputs on to its inputs."""
    origin = f"gradient of {node.op.name}"
    with origin_scope(f"{origin} in {node.origin}" if node.origin else origin):
        if node.op.holomorphic and not node.op.bodies:
            results = _conjugated(node.op.vjp(node, *_conjugated(grads)))
        else:
            results = node.op.vjp(node, *grads)
    if len(results) != len(node.inputs):
        raise GradientError(
            f"The gradient rule of {node.op.name!r} gave {len(results)} results for "
            f"{len(node.inputs)} inputs."
        )
    for tensor, gradient in zip(node.inputs, results):
        if gradient is None or tensor.node.uid not in needed:
            continue
        if not _differentiable(tensor):
            continue
        if gradient.dtype != tensor.dtype:
            gradient = get_op("cast")(gradient, dtype=tensor.dtype)
        accumulated.setdefault(place(tensor), []).append(gradient)
