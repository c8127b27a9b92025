"""What a model says about its inputs before it sees data."""

from __future__ import annotations

from kerasish import tree


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
