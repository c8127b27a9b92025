"""The state of optimizers in HDF5 files.

Keras up to 2.10, and files written here, hold the step number and then slot after slot,
each over all weights. Later versions hold all slots of one weight together.
"""

from __future__ import annotations

from typing import Any

from kerasish.saving.h5_file import write_array, write_names

# These keep the slots of one weight together in every version.
_BY_WEIGHT = ("Ftrl",)
# These came with the versions that keep the slots of one weight together.
STORED_BY_WEIGHT = ("Adafactor", "AdamW", "Lion")


def write_optimizer(file: Any, optimizer: Any) -> None:
    """Store the state of an optimizer.

    The learning rate is in the configuration already and left out, as Keras 2 has it.

    Args:
        file: An open file.
        optimizer: The optimizer; nothing is written before its first step.
    """
    if optimizer is None or not optimizer.built:
        return
    together = type(optimizer).__name__ in STORED_BY_WEIGHT
    variables = by_weight(optimizer) if together else by_slot(optimizer)
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
