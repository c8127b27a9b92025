"""Calling a layer with other values for its Variables."""

from __future__ import annotations

from typing import Any

from kerasish.backend.graph import Trace, as_tensor, current_trace, in_symbolic_scope
from kerasish.layers.node import symbolic_tensors


def stateless_call(
    layer: Any, values: tuple, args: tuple, kwargs: dict, return_losses: bool
) -> tuple:
    """Call a layer in a state environment filled with given values.

    Args:
        layer: The layer.
        values: Values for its trainable and its non-trainable Variables.
        args: Positional arguments.
        kwargs: Keyword arguments.
        return_losses: Whether to return the losses too.

    Returns:
        `(outputs, new non-trainable values)`, and the losses if asked for.

    Raises:
        ValueError: If the number of values does not fit.
    """
    trainable, others = layer.trainable_variables, layer.non_trainable_variables
    if len(values[0]) != len(trainable) or len(values[1]) != len(others):
        raise ValueError(
            f'layer "{layer.name}": it has {len(trainable)} trainable and '
            f"{len(others)} other Variables.\n"
            f"  got: {len(values[0])} and {len(values[1])} values"
        )
    pairs = [*zip(trainable, values[0]), *zip(others, values[1])]
    symbolic = in_symbolic_scope() or symbolic_tensors((args, kwargs, list(values)))
    if symbolic:
        return _inside_trace(layer, pairs, others, args, kwargs, return_losses)
    kept = [variable.numpy() for variable, _ in pairs]
    try:
        for variable, value in pairs:
            variable.assign(value)
        outputs = layer(*args, **kwargs)
        changed = [variable.value for variable in others]
        losses = list(layer.losses) if return_losses else []
    finally:
        for (variable, _), value in zip(pairs, kept):
            variable.assign(value)
    return (outputs, changed, losses) if return_losses else (outputs, changed)


def _inside_trace(
    layer: Any, pairs: list, others: list, args: tuple, kwargs: dict, losses: bool
) -> tuple:
    environment = {variable: as_tensor(value) for variable, value in pairs}
    with Trace(environment):
        outputs = layer(*args, **kwargs)
        trace = current_trace()
        changed = [trace.read(variable) for variable in others]
        found = list(layer.losses) if losses else []
    return (outputs, changed, found) if losses else (outputs, changed)
