"""The state of optimizers in HDF5 files."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.saving.h5_file import read_names, write_array, write_names


def write_optimizer(file: Any, optimizer: Any) -> None:
    """Store the state of an optimizer: the step number, then its slots.

    The learning rate is in the configuration already and left out, as Keras 2 has it.

    Args:
        file: An open file.
        optimizer: The optimizer; nothing is written before its first step.
    """
    if optimizer is None or not optimizer.built:
        return
    variables = _stored(optimizer)
    group = file.create_group("optimizer_weights")
    names = [f"{variable.path}:0" for variable in variables]
    if len(set(names)) < len(names):
        names = [f"{name[:-2]}_{number}:0" for number, name in enumerate(names)]
    write_names(group, "weight_names", names)
    for name, variable in zip(names, variables):
        write_array(group, name, variable.numpy())


def _stored(optimizer: Any) -> list:
    rate = optimizer.__dict__.get("_learning_rate")
    return [variable for variable in optimizer.variables if variable is not rate]


def read_optimizer(group: Any, model: Any, origin: Any) -> None:
    """Read the state of a model's optimizer.

    Where it does not fit, a warning is given and the optimizer starts anew.

    Args:
        group: The group `optimizer_weights`.
        model: The compiled model.
        origin: Which Keras wrote the file.
    """
    optimizer = model.optimizer
    names = read_names(group, "weight_names")
    arrays = [np.asarray(group[name]) for name in names]
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    values = arranged(arrays, optimizer, len(model.trainable_variables), origin)
    targets = _stored(optimizer)
    fits = values is not None and len(values) == len(targets)
    if not fits or any(
        tuple(variable.shape) != value.shape for variable, value in zip(targets, values)
    ):
        warnings.warn(
            "The stored state of the optimizer does not fit; it starts anew.\n"
            f"  file: {len(arrays)} arrays, optimizer: {len(targets)}",
            stacklevel=5,
        )
        return
    with eager_scope(), stop_recording():
        for variable, value in zip(targets, values):
            variable.assign(value)


def arranged(
    arrays: list[np.ndarray], optimizer: Any, count: int, origin: Any
) -> list[np.ndarray] | None:
    """Bring the stored arrays into the order of the optimizer's Variables.

    Args:
        arrays: As they are stored.
        optimizer: The built optimizer.
        count: The number of Variables it trains.
        origin: Which Keras wrote the file.

    Returns:
        The arrays without the learning rate, or `None` if they make no sense.
    """
    targets = _stored(optimizer)
    if origin.major >= 3 and len(arrays) == len(targets) + 1:
        # Keras 3 stores the learning rate after the step number.
        arrays = [arrays[0], *arrays[2:]]
    if len(arrays) == len(targets) - 1:
        # Some old optimizers stored no step number.
        arrays = [np.zeros((), "int64"), *arrays]
    if origin.old_optimizers and (len(arrays) - 1) % max(count, 1) == 0:
        slots = (len(arrays) - 1) // max(count, 1)
        arrays = _old_order(arrays, optimizer, count, slots)
    return arrays


def _old_order(
    arrays: list[np.ndarray], optimizer: Any, count: int, slots: int
) -> list[np.ndarray]:
    """Turn slot after slot over all Variables into the optimizer's order."""
    by_slot = [arrays[1 + s * count : 1 + (s + 1) * count] for s in range(slots)]
    # Adam without amsgrad stored one number in the place of each maximum.
    by_slot = [
        slot for slot in by_slot if not slot or any(a.shape != (1,) for a in slot)
        or all(v.shape == (1,) for v in optimizer._trainable_variables)
    ]
    if _is_interleaved(optimizer, count):
        pairs = zip(*by_slot[:2])
        rest = [array for slot in by_slot[2:] for array in slot]
        return [arrays[0], *(array for pair in pairs for array in pair), *rest]
    return [arrays[0], *(array for slot in by_slot for array in slot)]


def _is_interleaved(optimizer: Any, count: int) -> bool:
    slots = _stored(optimizer)[1:]
    if count < 2 or len(slots) < 2 * count:
        return False
    trained = optimizer._trainable_variables
    prefix = trained[0].path.replace("/", "_")
    return slots[1].name.startswith(prefix) and tuple(slots[1].shape) == tuple(
        trained[0].shape
    )
