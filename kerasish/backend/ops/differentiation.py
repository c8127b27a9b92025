"""Interfering with gradients: stopping them, and giving them by hand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    Variable,
    as_tensor,
    recording,
    register,
)
from kerasish.errors import GradientError


class _StopGradient(Op):
    """The input itself, through which no gradient flows."""

    name = "stop_gradient"
    views = True
    differentiable = False

    def infer(self, x: Spec) -> Spec:
        return Spec(x.shape, x.dtype, x.known)

    def kernel(self, xp: Any, x: Any, *, out: Any = None) -> Any:
        return x

    def vjp(self, node: Node, g: Tensor | None) -> tuple[None]:
        return (None,)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor:
        return inputs[0]


class _CustomGradient(Op):
    """Results of a function, with the gradient rule that came with them.

    The first inputs are the results, the others the arguments; the results pass
    through, and gradients go to the arguments by the rule alone.
    """

    name = "custom_gradient"
    multiple = True
    holomorphic = False

    def infer(self, *specs: Spec, results: int, rule: Any) -> tuple[Spec, ...]:
        return specs[:results]

    def kernel(
        self, xp: Any, *arrays: Any, out: Any = None, results: int, rule: Any
    ) -> Any:
        return arrays[:results] if results > 1 else arrays[0]

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> tuple:
        return tuple(inputs[: node.attrs["results"]])

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        results = node.attrs["results"]
        return (*(None,) * results, *node.attrs["rule"](node, grads))


stop_gradient_op = register(_StopGradient())
custom_gradient_op = register(_CustomGradient())


def stop_gradient(variable: Any) -> Any:
    """Return a value through which no gradient flows.

    Args:
        variable: A tensor, a Variable, or a nested structure of them.

    Returns:
        Tensors with the same values.

    Example:

    >>> stop_gradient([1.0, 2.0])[0].numpy()
    array(1., dtype=float32)
    """
    if tree.is_nested(variable):
        return tree.map_structure(stop_gradient, variable)
    return stop_gradient_op(as_tensor(variable))


class _Rule:
    """Calls a user's gradient function with a gradient for each result."""

    def __init__(self, function: Callable, count: int) -> None:
        self.function, self.count = function, count

    def __call__(
        self, node: Node, grads: tuple[Tensor | None, ...]
    ) -> list[Tensor | None]:
        upstream = [
            ops.zeros_like(y) if g is None else g for y, g in zip(node.outputs, grads)
        ]
        found = self.function(*upstream)
        found = list(found) if isinstance(found, (tuple, list)) else [found]
        if len(found) != self.count:
            raise GradientError(
                "custom_gradient: the gradient function must return one gradient for "
                f"each tensor argument.\n  got: {len(found)}, expected: {self.count}"
            )
        return [None if g is None else as_tensor(g) for g in found]


def custom_gradient(f: Callable) -> Callable:
    """Let a function give its own gradient.

    Args:
        f: A function of tensors that returns `(results, gradient_function)`. The
            gradient function gets the gradient of each result and returns that of
            each tensor argument.

    Returns:
        A function of the same arguments that returns the results.

    Raises:
        GradientError: When differentiated, if the number of gradients is wrong.

    Example:

    >>> @custom_gradient
    ... def clipped_slope(x):
    ...     return x * x, lambda g: ops.clip(g, -1.0, 1.0)
    >>> float(clipped_slope(as_tensor(3.0)))
    9.0
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        results, function = f(*args, **kwargs)
        sources = [
            as_tensor(leaf)
            for leaf in tree.flatten((args, kwargs))
            if isinstance(leaf, (Tensor, Variable)) or hasattr(leaf, "__array__")
        ]
        flat = [as_tensor(leaf) for leaf in tree.flatten(results)]
        rule = _Rule(function, len(sources))
        outputs = custom_gradient_op(*flat, *sources, results=len(flat), rule=rule)
        return tree.pack_sequence_as(results, outputs)

    return wrapped


def jvp(
    fun: Callable, primals: Any, tangents: Any, has_aux: bool = False
) -> tuple[Any, ...]:
    """Evaluate a function and its derivative in a direction.

    The derivative is taken of the gradient with respect to the gradient's own
    direction, in which it is linear.

    Args:
        fun: A differentiable function of the primals.
        primals: A tuple or list of the points, tensors or structures of them.
        tangents: The directions, of the same structure.
        has_aux: Whether `fun` returns something besides what is differentiated.

    Returns:
        `(results, tangents of the results)`, and what else `fun` returns.

    Raises:
        ValueError: If primals and tangents have different structures.

    Example:

    >>> value, slope = jvp(lambda x: x * x, (3.0,), (2.0,))
    >>> float(value), float(slope)
    (9.0, 12.0)
    """
    tree.assert_same_structure(primals, tangents)
    with recording():
        points = tree.map_structure(lambda x: as_tensor(x).fresh(), primals)
        found = fun(*points)
        results, auxiliary = found if has_aux else (found, None)
        flat = [as_tensor(leaf) for leaf in tree.flatten(results)]
        directions = [ops.stop_gradient(ops.zeros_like(y)) for y in flat]
        slopes = gradients(flat, tree.flatten(points), directions, unconnected="zero")
        total = sum(
            ops.sum(slope * ops.cast(as_tensor(t), slope.dtype))
            for slope, t in zip(slopes, tree.flatten(tangents))
        )
        along = gradients(total, directions, unconnected="zero")
    derivative = tree.pack_sequence_as(results, along)
    return (results, derivative, auxiliary) if has_aux else (results, derivative)
