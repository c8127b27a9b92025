"""Files of weights as Keras 3 writes them (`.weights.h5`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.saving.h5_file import written
from kerasish.saving.saved_parts import saved_parts


class Store:
    """The arrays of one part, as a dictionary that is written only.

    Args:
        group: The group of the file that takes them.

    Example:

    >>> Store({})["0"] = np.zeros(2)
    """

    def __init__(self, group: Any):
        self.group = group

    def __setitem__(self, name: str, array: Any) -> None:
        array = np.asarray(array)
        if array.dtype.name == "bfloat16":
            data = self.group.create_dataset(name, data=array.view("V2"))
            data.attrs["dtype"] = "bfloat16"
        else:
            self.group[name] = array


def write_by_path(file: Any, model: Any, include_optimizer: bool = True) -> None:
    """Write the weights of a model, and the state of its optimizer.

    Args:
        file: An open HDF5 file.
        model: The model.
        include_optimizer: Whether to write the optimizer's state.
    """
    for path, part in saved_parts(model):
        if path == "optimizer" and not include_optimizer:
            continue
        group = file.create_group(f"{path}/vars" if path else "vars")
        group.attrs["name"] = part.name
        part.save_own_variables(Store(group))


def write_weights_by_path(model: Any, path: str) -> None:
    """Write a file of weights in the layout of Keras 3.

    Args:
        model: The model; it must have its weights.
        path: The path.
    """
    with written(path) as file:
        write_by_path(file, model)
