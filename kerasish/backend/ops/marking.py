"""An identity that carries an annotation, so that it is found again in the graph."""

from __future__ import annotations

from typing import Any

from kerasish.backend.graph import Op, Spec, Tensor, register


class _Marked(Op):
    name = "marked"
    views = True
    linear = True

    def infer(self, x: Spec, *, owner: Any = None) -> Spec:
        """Return the spec of the input."""
        return x

    def kernel(self, xp: Any, x: Any, *, out: Any = None, owner: Any = None) -> Any:
        """Return the input."""
        return x

    def vjp(self, node: Any, gradient: Tensor) -> tuple[Tensor]:
        """Hand the gradient on."""
        return (gradient,)

    def specialise(self, node: Any, inputs: tuple[Tensor, ...]) -> Tensor:
        """Vanish: compiled code needs no annotations."""
        return inputs[0]


MARKED = register(_Marked())


def marked(x: Tensor, owner: Any) -> Tensor:
    """Return a symbolic tensor of equal value whose node remembers its owner.

    Args:
        x: A tensor of any shape.
        owner: Any object; two owners never share a node.

    Returns:
        A tensor like `x`; `node.attrs["owner"]` is the owner.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> marked(placeholder((None, 2)), "someone").node.attrs["owner"]
    'someone'
    """
    return MARKED(x, owner=owner)
