"""Composite ops: graph code that stays one node until it is lowered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from kerasish.backend.graph.leaves import placeholder
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.op import Op, register
from kerasish.backend.graph.scope import recording, state, symbolic_scope
from kerasish.backend.graph.spec import Spec
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.walk import topological

_REMEMBERED = 512


class Composite(Op):
    """An op that is defined by graph code.

    A device may own a kernel for it; elsewhere its definition runs.

    Attributes:
        definition: The graph-building function `definition(*tensors, **attrs)`.
    """

    def __init__(
        self,
        name: str,
        definition: Callable,
        vjp: Callable | None,
        kernel: Callable | None,
        infer: Callable | None,
    ) -> None:
        self.name = name
        self.definition = definition
        self._vjp = vjp
        self.holomorphic = vjp is not None
        self.kernel = kernel
        self._infer = infer
        self._inferred: OrderedDict[tuple, Any] = OrderedDict()
        self.__doc__ = definition.__doc__

    def infer(self, *specs: Spec, **attrs: Any) -> Spec | tuple[Spec, ...]:
        """Return the specs that the definition has on placeholders."""
        if self._infer is not None:
            return self._infer(*specs, **attrs)
        key = (specs, tuple(sorted(attrs.items(), key=lambda item: item[0])))
        if key not in self._inferred:
            with symbolic_scope():
                formals = [placeholder(spec.shape, spec.dtype) for spec in specs]
                result = self.definition(*formals, **attrs)
            if isinstance(result, tuple):
                self._inferred[key] = tuple(tensor.spec for tensor in result)
            else:
                self._inferred[key] = result.spec
            if len(self._inferred) > _REMEMBERED:
                self._inferred.popitem(last=False)
        return self._inferred[key]

    def expand(self, inputs: tuple[Tensor, ...], attrs: dict) -> tuple[Tensor, ...]:
        """Return the definition's graph on the given inputs."""
        result = self.definition(*inputs, **attrs)
        return result if isinstance(result, tuple) else (result,)

    def multiplications(self, node: Node) -> int:
        """Return how many products the definition adds up."""
        formals = [placeholder(t.shape, t.dtype) for t in node.inputs]
        with symbolic_scope():
            outputs = self.expand(tuple(formals), node.attrs)
        return sum(inner.op.multiplications(inner) for inner in topological(outputs))

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Apply the declared rule, or differentiate the definition."""
        if self._vjp is not None:
            return self._vjp(node, *grads)
        from kerasish.backend.autodiff import gradients

        inputs = tuple(tensor.fresh() for tensor in node.inputs)
        if state.symbolic or any(tensor.value is None for tensor in inputs):
            return self._symbolic_vjp(inputs, node.attrs, grads)
        with recording():
            inputs = tuple(Tensor(None, 0, tensor.value) for tensor in inputs)
            outputs = self.expand(inputs, node.attrs)
        pairs = [(y, g) for y, g in zip(outputs, grads) if g is not None]
        return tuple(
            gradients([y for y, _ in pairs], list(inputs), [g for _, g in pairs])
        )

    def _symbolic_vjp(
        self, inputs: tuple[Tensor, ...], attrs: dict, grads: tuple
    ) -> tuple[Tensor | None, ...]:
        """Differentiate on fresh leaves: inputs may depend on one another."""
        from kerasish.backend.autodiff import gradients
        from kerasish.backend.graph.walk import substitute

        formals = [placeholder(t.shape, t.dtype) for t in inputs]
        with symbolic_scope():
            outputs = self.expand(tuple(formals), attrs)
            pairs = [(y, g) for y, g in zip(outputs, grads) if g is not None]
            found = gradients([y for y, _ in pairs], formals, [g for _, g in pairs])
            wanted = [tensor for tensor in found if tensor is not None]
            placed = iter(substitute(wanted, list(zip(formals, inputs))))
        return tuple(None if tensor is None else next(placed) for tensor in found)


def composite(
    name: str,
    *,
    vjp: Callable | None = None,
    kernel: Callable | None = None,
    infer: Callable | None = None,
) -> Callable[[Callable], Composite]:
    """Make a composite op of a graph-building function.

    Args:
        name: The unique name.
        vjp: A gradient rule `vjp(node, *grads)`; without one the definition is
            differentiated.
        kernel: A fused kernel `kernel(xp, *arrays, out=None, **attrs)` for all devices.
        infer: `infer(*specs, **attrs)`, where building the definition is too slow.

    Returns:
        A decorator for `definition(*tensors, **attrs)`.

    Example:

    >>> @composite("documented_double")
    ... def double(x):
    ...     return x + x
    >>> double.name
    'documented_double'
    """

    def decorate(definition: Callable) -> Composite:
        return register(Composite(name, definition, vjp, kernel, infer))

    return decorate
