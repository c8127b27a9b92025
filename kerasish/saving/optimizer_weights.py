"""The state of optimizers in HDF5 files.

Keras up to 2.10, and files written here, hold the step number and then slot after slot,
each over all weights. Later versions hold all slots of one weight together.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.saving.h5_file import read_names, write_array, write_names

# These keep the slots of one weight together in every version.
_BY_WEIGHT = ("Ftrl",)


def write_optimizer(file: Any, optimizer: Any) -> None:
    """Store the state of an optimizer.

    The learning rate is in the configuration already and left out, as Keras 2 has it.

    Args:
        file: An open file.
        optimizer: The optimizer; nothing is written before its first step.
    """
    if optimizer is None or not optimizer.built:
        return
    variables = by_slot(optimizer)
    group = file.create_group("optimizer_weights")
    names = [f"{variable.path}:0" for variable in variables]
    if len(set(names)) < len(names):
        names = [f"{name[:-2]}_{number}:0" for number, name in enumerate(names)]
    write_names(group, "weight_names", names)
    for name, variable in zip(names, variables):
        write_array(group, name, variable.numpy())


def by_weight(optimizer: Any) -> list:
    """Return the state without the learning rate, in the optimizer's own order."""
    rate = optimizer.__dict__.get("_learning_rate")
    return [variable for variable in optimizer.variables if variable is not rate]


def by_slot(optimizer: Any) -> list:
    """Return the state without the learning rate, slot after slot."""
    variables = by_weight(optimizer)
    if type(optimizer).__name__ in _BY_WEIGHT:
        return variables
    prefixes = [v.path.replace("/", "_") for v in optimizer._trainable_variables]
    groups: dict[str, list] = {"": []}
    for variable in variables:
        fitting = [p for p in prefixes if variable.name.startswith(f"{p}_")]
        longest = max(fitting, key=len, default="")
        slot = variable.name[len(longest) :] if longest else ""
        groups.setdefault(slot, []).append(variable)
    return [variable for group in groups.values() for variable in group]


def read_optimizer(group: Any, model: Any, origin: Any) -> None:
    """Read the state of a model's optimizer.

    Where it does not fit, a warning is given and the optimizer starts anew.

    Args:
        group: The group `optimizer_weights`.
        model: The compiled model.
        origin: Which Keras wrote the file.
    """
    optimizer = model.optimizer
    arrays = [np.asarray(group[name]) for name in read_names(group, "weight_names")]
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    variables = by_slot(optimizer) if origin.old_optimizers else by_weight(optimizer)
    values = _completed(arrays, variables, origin)
    if len(values) != len(variables) or any(
        tuple(variable.shape) != value.shape
        for variable, value in zip(variables, values)
    ):
        warnings.warn(
            "The stored state of the optimizer does not fit; it starts anew.\n"
            f"  file: {len(arrays)} arrays, optimizer: {len(variables)}",
            stacklevel=5,
        )
        return
    with eager_scope(), stop_recording():
        for variable, value in zip(variables, values):
            variable.assign(value)


def _completed(arrays: list, variables: list, origin: Any) -> list:
    """Add or remove what some versions store and others do not."""
    if origin.major >= 3 and len(arrays) == len(variables) + 1:
        # Keras 3 stores the learning rate after the step number.
        return [arrays[0], *arrays[2:]]
    if len(arrays) == len(variables) - 1:
        # Some old optimizers stored no step number.
        return [np.zeros((), "int64"), *arrays]
    extra = arrays[len(variables) :]
    if origin.old_optimizers and all(array.shape == (1,) for array in extra):
        # Adam without amsgrad stored one number in the place of each maximum.
        return arrays[: len(variables)]
    return arrays
