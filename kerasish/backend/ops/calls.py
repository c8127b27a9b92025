"""A body as one node: what is built once serves many tensors.

The passes rewrite a body once for all nodes that share it. One that is elementwise
becomes a fused program as it is; another one is expanded when the graph is lowered.
"""

from __future__ import annotations

from kerasish.backend.graph import (
    Body,
    Node,
    Spec,
    Tensor,
    as_tensor,
    composite,
    place,
    rebuild,
)


def _infer(*specs: Spec, body: Body) -> tuple[Spec, ...]:
    return tuple([tensor.spec for tensor in body.with_specs(specs).outputs])


def _again(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Apply a node's op to other inputs, which may be values."""
    if node.op.name == "constant":
        return (as_tensor(node.attrs["array"]),)
    results = node.op(*inputs, **node.attrs)
    return results if isinstance(results, tuple) else (results,)


@composite("call", infer=_infer)
def call(*inputs: Tensor, body: Body) -> tuple[Tensor, ...]:
    """Return the results of a body for actual arguments.

    Args:
        *inputs: Tensors with the specs of the inputs of the body.
        body: The body; all that it depends on is among its inputs.

    Example:

    >>> from kerasish.backend.graph import as_tensor, placeholder
    >>> x = placeholder((2,))
    >>> doubled = Body([x], [x + x])
    >>> call(as_tensor([1.0, 2.0]), body=doubled)[0].numpy()
    array([2., 4.], dtype=float32)
    """
    arguments = {place(formal): given for formal, given in zip(body.inputs, inputs)}
    return tuple(rebuild(body.outputs, arguments, _again))


call.multiple = True
