"""The state of optimizers in HDF5 files.

Keras up to 2.10, and files written here for any Keras 2, hold the step number and then
slot after slot, each over all weights. Later versions hold all slots of one weight
together.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.saving.h5_file import write_array, write_names

# These keep the slots of one weight together in every version.
_BY_WEIGHT = ("Ftrl",)
# These came with the versions that keep the slots of one weight together.
STORED_BY_WEIGHT = ("Adafactor", "AdamW", "Lion")


def write_optimizer(file: Any, optimizer: Any, dialect: str | None) -> None:
    """Store the state of an optimizer.

    For versions before Keras 3 the learning rate is left out: it is in the
    configuration already.

    Args:
        file: An open file.
        optimizer: The optimizer; nothing is written before its first step.
        dialect: As for `save_model`.
    """
    if optimizer is None or not optimizer.built:
        return
    group = file.create_group("optimizer_weights")
    ending, further = ":0", []
    if dialect == "keras3":
        ending, variables = "", optimizer.variables
    else:
        for scaler in scalers(optimizer):
            group.attrs["loss_scale"] = [float(v.numpy()) for v in scale_of(scaler)]
            optimizer = scaler.inner_optimizer
        together = type(optimizer).__name__ in STORED_BY_WEIGHT
        variables = by_weight(optimizer) if together else by_slot(optimizer)
        further = _further_slot(optimizer, dialect)
    names = [f"{variable.path}{ending}" for variable in variables]
    if len(set(names)) < len(names):
        names = [f"{name}_{number}" for number, name in enumerate(names)]
    arrays = [variable.numpy() for variable in variables] + further
    names += [f"{optimizer.name}/further_{number}" for number in range(len(further))]
    write_names(group, "weight_names", names)
    for name, array in zip(names, arrays):
        write_array(group, name, array)


def scalers(optimizer: Any) -> list:
    """Return the optimizer in a list if it scales the loss for another one."""
    return [optimizer] if hasattr(optimizer, "inner_optimizer") else []


def scale_of(scaler: Any) -> list:
    """Return the state of an optimizer that scales the loss, beside the inner one."""
    return [scaler.step_counter, scaler.dynamic_scale]


def _further_slot(optimizer: Any, dialect: str | None) -> list[np.ndarray]:
    """Return what Keras 2.2 and 2.3 count as state although nothing changes it."""
    weights = optimizer._trainable_variables
    kind = type(optimizer).__name__
    if kind == "Adam" and not optimizer.amsgrad:
        # Every version of Keras 2 takes them.
        return [np.zeros(1, "float32") for _ in weights]
    if kind == "SGD" and not optimizer.momentum and dialect == "keras2":
        return [np.zeros(tuple(weight.shape), "float32") for weight in weights]
    return []


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
