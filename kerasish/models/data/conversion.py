"""From what users pass to arrays: conversion, casts, and what is refused."""

from __future__ import annotations

import numpy as np

from kerasish import tree
from kerasish.backend import config
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import Variable, as_numpy, is_tensor
from kerasish.errors import DTypeError, ShapeError
from kerasish.models.data.packing import unpack_x_y_sample_weight

# Integers as small as these are cast batch by batch, inside the step.
_SMALL = ("bool", "uint8", "int8")


def is_scalar_list(value) -> bool:
    """Returns whether `value` is a (nested) list of numbers, not of arrays.

    Args:
        value: Anything.

    Example:

    >>> is_scalar_list([[1, 2], [3, 4]]), is_scalar_list([np.zeros(2)])
    (True, False)
    """
    if not isinstance(value, (list, tuple)) or not value:
        return False
    first = value[0]
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return isinstance(first, (bool, int, float, complex, str, bytes, np.generic))


def close_lists(structure, name: str):
    """Returns the structure with an array in place of each list of numbers.

    Args:
        structure: Structure of arrays, in which lists of numbers are arrays too.
        name: The argument, for messages.

    Example:

    >>> close_lists({"a": [1, 2]}, "x")
    {'a': array([1, 2])}
    """
    if is_scalar_list(structure):
        return as_array(structure, name)
    if isinstance(structure, dict):
        return {key: close_lists(part, name) for key, part in structure.items()}
    if type(structure) in (list, tuple):
        return type(structure)(close_lists(part, name) for part in structure)
    return structure


def is_pandas(value) -> bool:
    """Returns whether `value` is a pandas DataFrame, Series or Index.

    Args:
        value: Anything.

    Example:

    >>> is_pandas([1])
    False
    """
    return type(value).__module__.partition(".")[0] == "pandas"


def is_lazy(value) -> bool:
    """Returns whether `value` is array-like but better read slice by slice.

    These are memory maps, HDF5 datasets and their like, and sparse matrices.

    Args:
        value: Anything.

    Example:

    >>> is_lazy(np.zeros(3))
    False
    """
    if isinstance(value, np.ndarray):
        return isinstance(value, np.memmap)
    if is_pandas(value) or isinstance(value, (np.generic, Variable)):
        return False
    if is_tensor(value):
        return False
    has_numpy_dtype = isinstance(getattr(value, "dtype", None), np.dtype)
    return has_numpy_dtype and hasattr(value, "__getitem__") and hasattr(value, "shape")


def as_array(value, name: str) -> np.ndarray:
    """Returns `value` as a NumPy array of numbers.

    Args:
        value: An array, tensor, DataFrame, Series, number or list of numbers.
        name: The argument, for messages.

    Raises:
        DTypeError: If the values are strings or arbitrary objects.

    Example:

    >>> as_array([[1, 2]], "x").shape
    (1, 2)
    """
    if type(value) is not np.ndarray:
        value = _convert(value, name)
    if value.dtype.kind not in "fiubc" and value.dtype.name != "bfloat16":
        raise DTypeError(_refusal(value, name))
    return value


def _convert(value, name):
    if is_tensor(value) or isinstance(value, Variable):
        return as_numpy(value)
    if is_pandas(value):
        array = value.to_numpy()
        return array[:, None] if array.ndim == 1 else array
    if hasattr(value, "toarray"):
        return value.toarray()
    if isinstance(value, str) or not (
        hasattr(value, "__array__") or is_scalar_list(value) or np.isscalar(value)
    ):
        raise DTypeError(
            f"{name} must be an array of numbers, or a list, tuple or dict of arrays.\n"
            f"  got: {type(value).__module__}.{type(value).__qualname__}"
        )
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ShapeError(
            f"{name} is a list whose rows have different lengths; pad them to one "
            "length, for instance with kerasish.utils.pad_sequences.\n"
            f"  got: {len(value)} rows"
        ) from error


def _refusal(array, name):
    kind = "strings" if array.dtype.kind in "US" else f"dtype {array.dtype}"
    hint = ""
    if array.dtype.kind == "O" and array.size:
        first = array.reshape(-1)[0]
        kind = f"dtype object (the first element is a {type(first).__name__})"
        if isinstance(first, (list, tuple, np.ndarray)):
            hint = " Rows of different lengths must be padded to one length first."
        elif isinstance(first, str):
            hint = " Turn the strings into numbers first."
    elif array.dtype.kind in "US":
        hint = " Turn them into numbers first, for instance with array.astype(float)."
    return f"{name} must hold numbers.{hint}\n  got: {kind}, shape {array.shape}"


def target_dtype(dtype: np.dtype, wanted: str | None) -> np.dtype:
    """Returns the dtype that an array of `dtype` is fed with.

    Floats become the dtype of the model's input, or floatx. Integers become a float
    input's dtype unless they are so small that the step better casts each batch.

    Args:
        dtype: Dtype of the array.
        wanted: Dtype of the model's input, or `None`.

    Example:

    >>> target_dtype(np.dtype("float64"), None).name
    'float32'
    """
    if dtype.kind == "f" or dtype.name == "bfloat16":
        return numpy_dtype(wanted or config.floatx())
    if wanted is None or dtype.name in _SMALL or dtype.name == wanted:
        return dtype
    if dtype.kind in "iu" and numpy_dtype(wanted).kind not in "biu":
        return numpy_dtype(wanted)
    return dtype


def cast(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Returns `array` in `dtype`, itself if it has it.

    Args:
        array: Array.
        dtype: NumPy dtype.

    Example:

    >>> cast(np.zeros(2), np.dtype("float32")).dtype.name
    'float32'
    """
    return array if array.dtype == dtype else array.astype(dtype)


def standardize_batch(data, input_dtypes=None):
    """Returns one batch as a triple of structures of arrays in their final dtypes.

    Args:
        data: `x`, `(x, y)` or `(x, y, sample_weight)`.
        input_dtypes: Dtypes of the model's inputs in flat order, or `None`.

    Raises:
        DTypeError: If something is not numeric.
        ShapeError: If the arrays do not have the same number of samples.

    Example:

    >>> x, y, weight = standardize_batch((np.zeros((2, 3)), np.zeros(2)))
    >>> x.dtype.name, weight
    ('float32', None)
    """
    x, y, weight = unpack_x_y_sample_weight(data)
    parts = (
        _arrays(x, "x", input_dtypes),
        _arrays(y, "y", None),
        _arrays(weight, "sample_weight", None, floats=True),
    )
    _check_batch(*parts)
    return parts


def _check_batch(x, *rest):
    leaves = [leaf for leaf in tree.flatten(x) if leaf is not None]
    # Inputs of several sizes, such as the nodes and edges of a graph, are as meant.
    inputs = leaves if len({len(leaf) for leaf in leaves}) == 1 else []
    others = [leaf for leaf in tree.flatten(rest) if leaf is not None]
    check_sizes(inputs + others, None)


def _arrays(structure, name, dtypes, floats=False):
    if type(structure) is np.ndarray:
        return _batch_leaf(structure, name, dtypes[0] if dtypes else None, floats)
    if structure is None:
        return None
    structure = close_lists(structure, name)
    leaves = tree.flatten(structure)
    wanted = dtypes if dtypes and len(dtypes) == len(leaves) else [None] * len(leaves)
    return tree.pack_sequence_as(
        structure,
        [
            None if leaf is None else _batch_leaf(leaf, name, dtype, floats)
            for leaf, dtype in zip(leaves, wanted)
        ],
    )


def _batch_leaf(value, name, wanted, floats):
    array = as_array(value, name)
    if array.ndim == 0:
        raise ShapeError(
            f"{name} must have an axis of samples.\n  got: a single number"
        )
    if floats:
        return cast(array, numpy_dtype(config.floatx()))
    return cast(array, target_dtype(array.dtype, wanted))


def check_sizes(arrays, names) -> int:
    """Returns the common number of samples.

    Args:
        arrays: List of arrays.
        names: A name for each, or `None`.

    Raises:
        ShapeError: If they differ, or if there are none.

    Example:

    >>> check_sizes([np.zeros((4, 2)), np.zeros(4)], ["x", "y"])
    4
    """
    sizes = [array.shape[0] for array in arrays]
    if len(set(sizes)) > 1:
        names = names or [f"array {i}" for i in range(len(sizes))]
        listed = ", ".join(f"{name}: {size}" for name, size in zip(names, sizes))
        raise ShapeError(
            "All arrays must have the same number of samples (the size of their first "
            f"axis).\n  got: {listed}"
        )
    return sizes[0] if sizes else 0
