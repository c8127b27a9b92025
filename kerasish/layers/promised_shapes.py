"""The output shapes that a layer's own `compute_output_shape` promises."""

from __future__ import annotations

import threading
from typing import Any

from kerasish import tree
from kerasish.backend.graph import Tensor, placeholder
from kerasish.backend.ops.marking import marked
from kerasish.layers.call_signature import (
    call_signature,
    call_with_shapes,
    is_shape,
    shapes_of,
    tensor_arguments,
)


class _Promising(threading.local):
    active = False


_promising = _Promising()


def refined(layer: Any, outputs: Any, tensors: dict[str, Any]) -> Any:
    """Fill in the sizes that symbolic outputs lack and the layer knows.

    Args:
        layer: A layer that promises its output shape.
        outputs: What its `call` returned.
        tensors: The tensor arguments of the call by name.

    Returns:
        The outputs; those of unknown sizes with the promised ones, which runs check.
    """
    flat = tree.flatten(outputs)
    if _promising.active or not any(_lacks_sizes(output) for output in flat):
        return outputs
    # What the user wrote may trace layers, this one too, to find their shapes.
    _promising.active = True
    try:
        shapes = _flat_shapes(_promise(layer, tensors))
    except (TypeError, ValueError, IndexError, AttributeError):
        return outputs  # It is not for unknown sizes; the trace has told the rest.
    finally:
        _promising.active = False
    if len(shapes) != len(flat):
        return outputs
    pairs = zip(flat, shapes)
    return tree.pack_sequence_as(outputs, [_with_sizes(*pair) for pair in pairs])


def promised_outputs(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Return stand-ins for the outputs of a `call` that cannot be traced.

    Args:
        layer: A layer that promises its output shape.
        args: The positional arguments of the call.
        kwargs: The others.
    """
    bound = call_signature(type(layer).call).bind(args, kwargs)
    shapes = _promise(layer, tensor_arguments(bound))
    return tensors_of_shapes(shapes, layer.compute_dtype)


def _promise(layer: Any, tensors: dict[str, Any]) -> Any:
    shapes = {f"{name}_shape": shapes_of(value) for name, value in tensors.items()}
    return call_with_shapes(layer.compute_output_shape, shapes)


def _lacks_sizes(output: Any) -> bool:
    symbolic = isinstance(output, Tensor) and output.is_symbolic
    return symbolic and None in output.shape[1:]


def _with_sizes(output: Any, shape: tuple) -> Any:
    if not _lacks_sizes(output) or len(shape) != output.ndim:
        return output
    pairs = zip(output.shape[1:], shape[1:])
    if all(own is not None or size is None for own, size in pairs):
        return output
    handle = marked(output.bare(), None, (None, *shape[1:]))
    handle.mask, handle.name = output.mask, output.name
    return handle


def _flat_shapes(shapes: Any) -> list[tuple]:
    if is_shape(shapes):
        return [tuple(shapes)]
    if isinstance(shapes, dict):
        shapes = [shapes[key] for key in sorted(shapes)]
    return [shape for item in shapes for shape in _flat_shapes(item)]


def tensors_of_shapes(shapes: Any, dtype: str) -> Any:
    """Return symbolic tensors of given shapes.

    Args:
        shapes: A shape, or a structure of shapes and `None`.
        dtype: The type of all of them.

    Example:

    >>> tensors_of_shapes([(None, 3), None], "float32")
    [<Tensor shape=(None, 3), dtype=float32, symbolic>, None]
    """
    if shapes is None:
        return None
    if is_shape(shapes):
        return placeholder(tuple(shapes), dtype)
    if isinstance(shapes, dict):
        return {key: tensors_of_shapes(item, dtype) for key, item in shapes.items()}
    return [tensors_of_shapes(item, dtype) for item in shapes]
