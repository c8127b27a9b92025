"""The inputs of functional models: checks, names, and what users pass for them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from kerasish import tree
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.errors import DTypeError, ShapeError
from kerasish.layers.core.input_layer import Input
from kerasish.layers.node import history_of, producer


def check_symbolic(what: str, structure: Any, model_name: str) -> None:
    """Refuse inputs or outputs of a model that are no symbolic tensors.

    Args:
        what: `'inputs'` or `'outputs'`.
        structure: What came.
        model_name: The model's name.

    Raises:
        ValueError: If there is none, or one is something else.
    """
    flat = tree.flatten(structure)
    if not flat or not all(isinstance(t, Tensor) and t.is_symbolic for t in flat):
        raise ValueError(
            f'model "{model_name}": `{what}` must be symbolic tensors, as `Input` and '
            f"calls of layers on them return.\nReceived: {what}={structure!r}"
        )


def is_input(tensor: Tensor) -> bool:
    """Tell whether a tensor was made by `Input`."""
    node = producer(tensor)
    return node is not None and node.is_input


def new_inputs(structure: Any) -> Any:
    """Return fresh input tensors in the place of tensors that are no inputs."""

    def replaced(tensor: Tensor) -> Tensor:
        if is_input(tensor):
            return tensor
        return Input(batch_shape=tensor.shape, dtype=tensor.dtype)

    return tree.map_structure(replaced, structure)


def tensor_names(tensors: list[Tensor]) -> list[str]:
    """Return the names of inputs or outputs: those of the layers that made them."""
    names = []
    for tensor in tensors:
        history = history_of(tensor)
        if history is not None:
            names.append(history.operation.name)
        else:
            names.append(tensor.node.op.name)
    return names


def unpacked(structure: Any) -> Any:
    """Return the one tensor of a list of one, other structures as they are.

    Example:

    >>> unpacked(["x"]), unpacked(["x", "y"])
    ('x', ['x', 'y'])
    """
    if isinstance(structure, (list, tuple)) and len(structure) == 1:
        return structure[0]
    return structure


def flat_inputs(
    inputs: Any, wanted: Any, names: list[str], model_name: str
) -> list[Any]:
    """Bring what a user passed into the order of a model's inputs.

    Args:
        inputs: A value, a structure like `wanted`, or a dictionary by input names.
        wanted: The structure of the model's inputs.
        names: The names of the inputs.
        model_name: The model's name.

    Raises:
        ValueError: If keys are missing or the number differs.
    """
    if isinstance(inputs, Mapping):
        by_key = isinstance(wanted, Mapping)
        keys = list(wanted) if by_key else names
        missing = [key for key in keys if key not in inputs]
        if missing:
            raise ValueError(
                f'model "{model_name}": the inputs lack the keys {missing}.\n'
                f"  got: keys {list(inputs)}"
            )
        surplus = [key for key in inputs if key not in keys]
        if surplus:
            warnings.warn(
                f'model "{model_name}": the inputs {surplus} are not used; it has the '
                f"inputs {keys}.",
                stacklevel=4,
            )
        kept = {key: inputs[key] for key in keys}
        return tree.flatten(kept) if by_key else list(kept.values())
    if len(names) == 1 and not tree.is_nested(inputs):
        return [inputs]
    flat = tree.flatten(inputs)
    if len(flat) != len(names) and len(names) == 1:
        # A list of numbers is one array.
        return [as_tensor(inputs)]
    if len(flat) != len(names):
        raise ValueError(
            f'model "{model_name}": it has {len(names)} inputs, {names}.\n'
            f"  got: {len(flat)} inputs"
        )
    return flat


def adjusted(value: Any, expected: Tensor, name: str, model_name: str) -> Any:
    """Return a value as a tensor of the input's dtype and rank.

    A last axis of size 1 is added or removed where that makes the rank right.

    Args:
        value: A tensor or array.
        expected: The symbolic input.
        name: The name of the input.
        model_name: The model's name.

    Raises:
        ShapeError: If the shape does not fit.
        DTypeError: If the value is not numeric.
    """
    if value is None:
        return None
    mask = value.mask if isinstance(value, Tensor) else None
    try:
        tensor = as_tensor(value, expected.dtype)
    except DTypeError as error:
        raise DTypeError(f'model "{model_name}": input {name!r}: {error}') from None
    shape, wanted = tensor.shape, expected.shape
    if len(shape) != len(wanted):
        tensor = _with_rank(tensor, wanted)
        shape = tensor.shape
        if tensor.is_symbolic and len(shape) > len(wanted):
            # Layers that act on the last axes, as Dense does, take more axes as well.
            shape = (shape[0], *shape[len(shape) - len(wanted) + 1 :])
    if len(shape) != len(wanted) or any(
        want is not None and size is not None and want != size
        for size, want in zip(shape, wanted)
    ):
        raise ShapeError(
            f'model "{model_name}": the input {name!r} must have shape {wanted}.\n'
            f"  got: shape {tuple(getattr(value, 'shape', shape))}"
        )
    if mask is not None and tensor is not value:
        tensor.mask = mask
    return tensor


def _with_rank(tensor: Tensor, wanted: tuple) -> Tensor:
    from kerasish.backend import ops

    rank = len(tensor.shape)
    if rank == len(wanted) + 1 and tensor.shape[-1] == 1:
        return ops.squeeze(tensor, axis=-1)
    if rank == len(wanted) - 1 and wanted[-1] in (1, None) and rank:
        return ops.expand_dims(tensor, axis=-1)
    return tensor
