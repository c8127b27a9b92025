"""What a model says about its inputs before it sees data."""

from __future__ import annotations

from kerasish import tree
from kerasish.errors import ShapeError


def symbolic_inputs(model):
    """Returns the flat list of a model's symbolic inputs, `None` if it has none.

    Args:
        model: A model; a subclassed or unbuilt one has no symbolic inputs.

    Example:

    >>> symbolic_inputs(object()) is None
    True
    """
    try:
        inputs = getattr(model, "inputs", None)
    except ValueError:
        return None
    if not inputs:
        return None
    flat = tree.flatten(inputs)
    return flat if all(hasattr(tensor, "shape") for tensor in flat) else None


def inputs_in_order(model, x):
    """Returns the symbolic inputs in the order in which `x` is flattened.

    Args:
        model: A model.
        x: The structure of the input data.

    Returns:
        List of tensors, or `None` if the model has no symbolic inputs or `x` has not
        as many arrays.

    Example:

    >>> inputs_in_order(object(), [1]) is None
    True
    """
    inputs = symbolic_inputs(model)
    if inputs is None:
        return None
    if isinstance(x, dict):
        by_name = dict(zip(getattr(model, "input_names", None) or (), inputs))
        if set(x) <= set(by_name):
            return [by_name[name] for name in sorted(x)]
    return inputs if len(tree.flatten(x)) == len(inputs) else None


def fixed_batch_size(inputs):
    """Returns the batch size that a model's inputs ask for, `None` if any will do.

    Args:
        inputs: Symbolic inputs, or `None`.

    Example:

    >>> fixed_batch_size(None) is None
    True
    """
    sizes = (tensor.shape[0] for tensor in inputs or () if tensor.shape)
    return next((size for size in sizes if size is not None), None)


def check_fixed_batch(source, wanted, model_name):
    """Raises if arrays cannot be cut into batches of the size that a model asks for.

    Args:
        source: Source of batches.
        wanted: The model's batch size, or `None`.
        model_name: Name of the model.

    Raises:
        ShapeError: If a batch would have another size.

    Example:

    >>> check_fixed_batch(None, None, "model")
    """
    size = getattr(source, "size", None)
    if wanted is None or size is None:
        return
    if source.batch_size != wanted or size % wanted:
        raise ShapeError(
            f"Model {model_name!r} has a fixed batch size of {wanted}, so each batch "
            "must hold as many samples.\n"
            f"  got: {size} samples in batches of {source.batch_size}"
        )
