"""Telling symbolic tensors from values."""

from __future__ import annotations

from kerasish.backend.graph import Tensor


def is_keras_tensor(x) -> bool:
    """Returns whether `x` is a symbolic tensor, which has no value.

    Args:
        x: Anything.

    Example:

    >>> import kerasish as keras
    >>> is_keras_tensor(keras.Input((2,))), is_keras_tensor(keras.ops.ones(2))
    (True, False)
    """
    return isinstance(x, Tensor) and x.is_symbolic


def get_source_inputs(tensor, layer=None, node_index=None):
    """Lists the input tensors that a symbolic tensor was made from.

    Args:
        tensor: A symbolic tensor of a model, or a structure of them.
        layer: Accepted for the signature of Keras 2.
        node_index: Likewise.

    Returns:
        List of tensors, in the order in which they are found.

    Example:

    >>> import kerasish as keras
    >>> x = keras.Input((3,))
    >>> get_source_inputs(keras.layers.Dense(1)(x) + 1.0)[0] is x
    True
    """
    from kerasish import tree
    from kerasish.backend.graph import Tensor
    from kerasish.layers.node import producer

    found = {}
    seen = set()
    stack = [t for t in tree.flatten(tensor) if isinstance(t, Tensor)]
    while stack:
        current = stack.pop()
        key = (current.node.uid, current.index)
        if key in seen:
            continue
        seen.add(key)
        call = producer(current)
        if call is None:
            stack += reversed(current.node.inputs)
        elif call.is_input:
            for source in call.output_tensors:
                found[source.node.uid, source.index] = source
        else:
            stack += reversed(call.input_tensors)
    return list(found.values())
