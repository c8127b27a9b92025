"""The state of optimizers out of HDF5 files of any version.

What is stored is first brought into slots: for each slot, such as the first moment, one
array for each trainable weight. Arrays of a slot are converted like the weights that
they belong to. Then the slots are given to the optimizer's variables.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.saving.h5_file import attribute, read_names
from kerasish.saving.h5_reading import read_array, stored_item
from kerasish.saving.optimizer_weights import (
    STORED_BY_WEIGHT,
    by_slot,
    by_weight,
    scale_of,
    scalers,
)
from kerasish.saving.upgrade.weights import converted_weights, stored_count
from kerasish.saving.version_defaults import version_default


def read_optimizer(group: Any, model: Any, origin: Any, path: str) -> None:
    """Read the state of a model's optimizer.

    Where it does not fit, a warning is given and the optimizer starts anew.

    Args:
        group: The group `optimizer_weights`.
        model: The compiled model.
        origin: Which Keras wrote the file.
        path: The path, for messages.

    Raises:
        FileFormatError: If an array is missing or damaged.
    """
    optimizer = model.optimizer
    names = read_names(group, "weight_names")
    arrays = [read_array(group, name, path) for name in names]
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    by_slots = origin.old_optimizers
    if origin.major < 3:
        for scaler in scalers(optimizer):
            _set_scale(scaler, group)
            optimizer = scaler.inner_optimizer
    if by_slots and origin.own:
        by_slots = type(optimizer).__name__ not in STORED_BY_WEIGHT
    if by_slots:
        weights = stored_item(group.file, "model_weights", path)
        stored = _StoredWeights(weights, model, origin, path)
        pairs = _from_slots(arrays, optimizer, stored)
    else:
        pairs = from_weights(arrays, optimizer, origin)
    if pairs is None or any(
        tuple(variable.shape) != value.shape for variable, value in pairs
    ):
        warnings.warn(
            "The stored state of the optimizer does not fit; it starts anew.\n"
            f"  file: {len(arrays)} arrays, optimizer: {len(by_weight(optimizer))}",
            stacklevel=5,
        )
        return
    with eager_scope(), stop_recording():
        for variable, value in pairs:
            variable.assign(value)
        if not origin.own:
            _go_ahead(optimizer, origin)


def _set_scale(scaler: Any, group: Any) -> None:
    """Go on with the scale of the loss, which files of Keras 2 have no place for."""
    if "loss_scale" in group.attrs:
        stored = np.ravel(attribute(group, "loss_scale"))
        with eager_scope(), stop_recording():
            for variable, value in zip(scale_of(scaler), stored):
                variable.assign(value.astype(variable.dtype))


def _go_ahead(optimizer: Any, origin: Any) -> None:
    """Go on with the step number that the writer would have gone on with."""
    ahead = version_default("optimizer", "steps_ahead", origin.version)
    counts = type(optimizer).__name__ in ("Adam", "Adamax", "Nadam")
    if ahead and (counts or optimizer.decay):
        variable = by_weight(optimizer)[0]
        variable.assign(variable.numpy() + ahead)


class _StoredWeights:
    """The trainable weights of a model as a file has them.

    Args:
        group: The group `model_weights`.
        model: The model that was made from the file.
        origin: Which Keras wrote the file.
        path: The path, for messages.
    """

    def __init__(self, group: Any, model: Any, origin: Any, path: str):
        self.origin = origin
        self.layers: list[tuple[Any, list[str]]] = []
        stored = {
            name: read_names(stored_item(group, name, path), "weight_names")
            for name in read_names(group, "layer_names")
        }
        layers = [layer for layer in model._layers if getattr(layer, "weights", None)]
        unnamed = iter([names for names in stored.values() if names])
        same = {n for n, names in stored.items() if names} == {x.name for x in layers}
        for layer in layers:
            names = stored[layer.name] if same else next(unnamed, [])
            trainable = list(layer.trainable_weights)
            count = stored_count(layer, trainable, names)
            self.layers.append((layer, names[:count]))

    @property
    def count(self) -> int:
        """How many arrays a slot has."""
        return sum(len(names) for _, names in self.layers)

    def converted(self, slot: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the arrays of a slot in the order and form of the model's weights.

        Args:
            slot: As stored.
        """
        slot = list(slot)
        order = version_default("optimizer", "order", self.origin.version)
        if order == "names" and not self.origin.own:
            names = [name for _, names in self.layers for name in names]
            places = sorted(range(len(names)), key=names.__getitem__)
            slot = [slot[places.index(number)] for number in range(len(names))]
        result: list[np.ndarray] = []
        for layer, names in self.layers:
            found, slot = slot[: len(names)], slot[len(names) :]
            weights = list(layer.trainable_weights)
            result += converted_weights(layer, weights, names, found, self.origin)
        return result


def _from_slots(
    arrays: list[np.ndarray], optimizer: Any, stored: _StoredWeights
) -> list[tuple[Any, np.ndarray]] | None:
    """Pair variables with values stored slot after slot.

    The step number, and other numbers after it, may be missing. Slots that the
    optimizer does not have are left out: momenta of a momentum of 0, and the single
    numbers in the place of Adam's maxima.
    """
    if type(optimizer).__name__ == "Ftrl":
        return _in_order(arrays, by_weight(optimizer))
    variables = by_slot(optimizer)
    count = len(optimizer._trainable_variables)
    scalars = [v for v in variables if tuple(v.shape) == ()]
    if any(tuple(v.shape) == () for v in optimizer._trainable_variables):
        return _in_order(arrays, variables)
    slotted = [v for v in variables if tuple(v.shape) != ()]
    size = stored.count
    numbers = [array for array in arrays if array.shape == ()]
    rest = [array for array in arrays if array.shape != ()]
    if not count or not size or len(slotted) % count or len(rest) % size:
        return None
    slots = [rest[start : start + size] for start in range(0, len(rest), size)]
    if len(slots) < len(slotted) // count:
        return None
    pairs = _numbers(optimizer, scalars, numbers)
    for number in range(len(slotted) // count):
        values = stored.converted(slots[number])
        if len(values) != count:
            return None
        pairs += zip(slotted[number * count : (number + 1) * count], values)
    return pairs


def _in_order(arrays: list, variables: list) -> list[tuple[Any, np.ndarray]] | None:
    return list(zip(variables, arrays)) if len(arrays) == len(variables) else None


def from_weights(
    arrays: list[np.ndarray], optimizer: Any, origin: Any
) -> list[tuple[Any, np.ndarray]] | None:
    """Pair variables with values stored weight after weight.

    Keras 3 stores the learning rate after the step number. Single numbers that stand
    elsewhere than here, or that are not stored at all, are paired by themselves.

    Args:
        arrays: As stored.
        optimizer: The optimizer, with its Variables.
        origin: Which Keras wrote the file.

    Returns:
        Variables and their values, or `None` if the numbers differ.
    """
    variables = by_weight(optimizer)
    if origin.major >= 3 and len(arrays) > 1 and arrays[1].shape == ():
        arrays = [arrays[0], *arrays[2:]]
    pairs = _in_order(arrays, variables)
    if pairs is not None and all(tuple(v.shape) == a.shape for v, a in pairs):
        return pairs
    numbers = [array for array in arrays if array.shape == ()]
    others = [array for array in arrays if array.shape != ()]
    scalars = [v for v in variables if tuple(v.shape) == ()]
    slotted = [v for v in variables if tuple(v.shape) != ()]
    rest = _in_order(others, slotted)
    return None if rest is None else [*_numbers(optimizer, scalars, numbers), *rest]


def _numbers(optimizer: Any, scalars: list, stored: list) -> list[tuple[Any, Any]]:
    """Pair the single numbers, of which several versions do not store all of Nadam's.

    The product of its momenta follows from the number of steps; it vanishes long
    before the bound here.
    """
    pairs = list(zip(scalars, stored))
    product = getattr(optimizer, "_u_product", None)
    if product is not None and len(stored) == 1:
        steps = np.arange(1, min(int(stored[0]), 100_000) + 1, dtype="float32")
        weights = optimizer._weight_of(steps)
        pairs.append((product, np.prod(np.asarray(weights), dtype="float32")))
    return pairs
