"""An identity that carries an annotation, so that it is found again in the graph."""

from __future__ import annotations

from typing import Any

from kerasish.backend.graph import Op, Spec, Tensor, register
from kerasish.errors import ShapeError

Sizes = tuple[int | None, ...] | None


class _Marked(Op):
    name = "marked"
    views = True
    linear = True

    def infer(self, x: Spec, *, owner: Any = None, sizes: Sizes = None) -> Spec:
        """Return the spec of the input, with the sizes that only the mark tells."""
        if sizes is None:
            return x
        if len(sizes) != x.rank or any(
            None not in pair and pair[0] != pair[1] for pair in zip(x.shape, sizes)
        ):
            raise ShapeError(
                "The shape that `compute_output_shape` returned is not that of the "
                f"output.\n  got: an output of shape {x.shape}; promised: {sizes}"
            )
        known = zip(x.shape, sizes)
        return Spec(tuple(b if a is None else a for a, b in known), x.dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, owner: Any = None,
        sizes: Sizes = None,
    ) -> Any:  # fmt: skip
        """Return the input."""
        return x

    def vjp(self, node: Any, gradient: Tensor) -> tuple[Tensor]:
        """Hand the gradient on."""
        return (gradient,)

    def specialise(self, node: Any, inputs: tuple[Tensor, ...]) -> Tensor:
        """Vanish, once the sizes are checked: compiled code needs no annotations."""
        self.infer(inputs[0].spec, **node.attrs)
        return inputs[0]


MARKED = register(_Marked())


def marked(x: Tensor, owner: Any, sizes: Sizes = None) -> Tensor:
    """Return a symbolic tensor of equal value whose node remembers its owner.

    Args:
        x: A tensor of any shape.
        owner: Any object; two owners never share a node.
        sizes: What is known of the shape beside what the graph says; runs check it.

    Returns:
        A tensor like `x`; `node.attrs["owner"]` is the owner.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> marked(placeholder((None, 2)), "someone").node.attrs["owner"]
    'someone'
    """
    return MARKED(x, owner=owner, sizes=sizes)
