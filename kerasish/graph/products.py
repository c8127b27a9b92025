"""Products of matrices and tensors, and Python's operators."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.mathematics import operands
from kerasish.graph.tensors import Tensor


@example("tf.matmul([[1, 2]], [[3], [4]])", "[[11]]")
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply matrices, or stacks of them.

    Args:
        a: A tensor of shape `(..., n, k)`.
        b: A tensor of shape `(..., k, m)`.
        transpose_a: Whether the last two axes of `a` come the other way round.
        transpose_b: Whether those of `b` do.
        adjoint_a: The same, and conjugated.
        adjoint_b: The same, and conjugated.
        a_is_sparse: Kept for the signature.
        b_is_sparse: Kept for the signature.
        name: A name.

    Raises:
        ValueError: If the shapes do not fit, or one has less than two axes.
    """
    a, b = operands("MatMul", a, b)
    for tensor in (a, b):
        if tensor.shape.ndims is not None and tensor.shape.ndims < 2:
            raise ValueError(
                "MatMul: shape must be at least rank 2 but is rank "
                f"{tensor.shape.ndims}.\nReceived: {tensor!r}"
            )

    def turned(x: Any, transpose: bool, adjoint: bool) -> Any:
        x = ops.conj(x) if adjoint else x
        return ops.swapaxes(x, -1, -2) if transpose or adjoint else x

    shapes = None
    if b.shape.ndims == 2 and a.shape.ndims is None:
        shapes = [(None, b.shape.as_list()[0 if transpose_b or adjoint_b else 1])]
    elif a.shape.ndims == 2 and b.shape.ndims is None:
        shapes = [(a.shape.as_list()[1 if transpose_a or adjoint_a else 0], None)]
    return apply(
        "MatMul",
        lambda x, y: ops.matmul(
            turned(x, transpose_a, adjoint_a), turned(y, transpose_b, adjoint_b)
        ),
        a,
        b,
        name=name,
        shapes=shapes,
    )


batch_matmul = sparse_matmul = matmul


@example(
    "tf.tensordot([1, 2], [[1, 0], [0, 1]], [[0], [0]])", "[1 2]", a="A tensor.",
    b="A tensor.", axes="How many axes, or the axes of each, are summed over.",
)  # fmt: skip
def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Sum products over some axes; see `kerasish.ops.tensordot`."""
    a, b = operands("Tensordot", a, b)
    return apply("Tensordot", lambda x, y: ops.tensordot(x, y, axes), a, b, name=name)


@example(
    'tf.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1])', "[3 7]", equation="The rule.",
    inputs="The tensors.",
)  # fmt: skip
def einsum(equation: str, *inputs: Any, name: str | None = None) -> Tensor:
    """Sum products by a rule; see `kerasish.ops.einsum`."""
    tensors = [convert_to_tensor(x) for x in inputs]
    return apply(
        "einsum", lambda parts: ops.einsum(equation, *parts), tensors, name=name
    )
