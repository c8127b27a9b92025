"""Weights by name in one flat file: safetensors and NumPy's npz."""

from __future__ import annotations

import json
import os
import struct
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.errors import FileFormatError, ShapeError
from kerasish.saving.saved_parts import saved_parts
from kerasish.utils.atomic import replaced

_NAMES_OF_TYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "U32": "uint32",
    "I32": "int32",
    "U64": "uint64",
    "I64": "int64",
    "F16": "float16",
    "F32": "float32",
    "F64": "float64",
    "C64": "complex64",
}
_TYPES_OF_NAMES = {name: short for short, name in _NAMES_OF_TYPES.items()}
_LONGEST_HEADER = 100_000_000


def named_weights(model: Any) -> dict[str, Any]:
    """Return the weights of a model under names that are unique in it.

    A name follows the attributes that lead to the weight, as in `.weights.h5` files of
    Keras 3, because names of layers may differ from one model to the next.

    Args:
        model: The model.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> list(named_weights(model))
    ['layers/dense/kernel', 'layers/dense/bias']
    """
    found: dict[str, Any] = {}
    for path, part in saved_parts(model):
        if path == "optimizer":
            continue
        weights = [*part._trainable_variables, *part._non_trainable_variables]
        for weight in weights:
            base = f"{path}/{weight.name}" if path else weight.name
            name, number = base, 1
            while name in found:
                name, number = f"{base}_{number}", number + 1
            found[name] = weight
    return found


def write_flat(model: Any, path: str) -> None:
    """Write the weights of a model into a `.safetensors` or `.npz` file.

    Args:
        model: The model; it must have its weights.
        path: The path, whose ending decides.
    """
    arrays = {name: weight.numpy() for name, weight in named_weights(model).items()}
    write_arrays(arrays, path)


def write_arrays(arrays: Mapping[str, np.ndarray], path: str) -> None:
    """Write arrays into a `.safetensors` or `.npz` file.

    Args:
        arrays: The arrays by name.
        path: The path, whose ending decides.
    """
    with replaced(path) as temporary:
        if path.lower().endswith(".npz"):
            with open(temporary, "wb") as file:
                _write_npz(file, arrays)
        else:
            _write_safetensors(temporary, arrays)


def _write_npz(file: Any, arrays: Mapping[str, np.ndarray]) -> None:
    # Names of weights may equal names of arguments of `np.savez`.
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            if array.dtype.name == "bfloat16":
                array = array.astype("float32")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)


def _write_safetensors(path: str, arrays: Mapping[str, np.ndarray]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "np"}}
    end = 0
    for name, array in arrays.items():
        bfloat16 = array.dtype.name == "bfloat16"
        short = "BF16" if bfloat16 else _TYPES_OF_NAMES[array.dtype.name]
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": short,
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for array in arrays.values():
            little = array.dtype.newbyteorder("<")
            file.write(np.ascontiguousarray(array).astype(little, copy=False).tobytes())


def read_flat(model: Any, path: str, skip_mismatch: bool) -> None:
    """Read the weights of a model from a `.safetensors` or `.npz` file.

    Weights are paired by name; if no name fits, and there are as many arrays as
    weights, in order.

    Args:
        model: The model; it must have its weights.
        path: The path.
        skip_mismatch: Whether to leave out, with a warning, what does not fit.

    Raises:
        FileFormatError: If the file is missing or damaged.
        ValueError: If a weight is not in the file.
        ShapeError: If a shape differs.
    """
    arrays = read_npz(path) if path.lower().endswith(".npz") else read_safetensors(path)
    weights = named_weights(model)
    if not set(weights) & set(arrays) and len(weights) == len(arrays):
        arrays = dict(zip(weights, arrays.values()))
    found = []
    for name, weight in weights.items():
        if name not in arrays:
            _complain(f"{path}: the weight {name!r} is not in it.", skip_mismatch)
        elif tuple(weight.shape) != arrays[name].shape:
            message = (
                f"{path}: the weight {name!r} has shape {tuple(weight.shape)}.\n"
                f"  got: shape {arrays[name].shape}"
            )
            _complain(message, skip_mismatch, ShapeError)
        else:
            found.append((weight, arrays[name]))
    with eager_scope(), stop_recording():
        for weight, array in found:
            weight.assign(array)


def _complain(message: str, only_warn: bool, kind: type = ValueError) -> None:
    if not only_warn:
        raise kind(message)
    warnings.warn(f"{message} It is left as it is.", stacklevel=6)


def read_npz(path: str) -> dict[str, np.ndarray]:
    """Read all arrays of an npz file; pickled ones are refused.

    Args:
        path: The path.

    Raises:
        FileFormatError: If the file is missing or damaged, or says that an array is
            far larger than what is stored.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.file_size > (1 << 20) + 1100 * entry.compress_size:
                    raise FileFormatError(f"{path}: {entry.filename!r} is too large.")
                with archive.open(entry) as stream:
                    arrays[entry.filename.removesuffix(".npy")] = _npy(stream, entry)
    except FileNotFoundError as error:
        raise FileFormatError(f"{path}: there is no such file.") from error
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(
            f"{path}: this is no npz file, or it is damaged ({error})."
        ) from error
    return arrays


def _npy(stream: Any, entry: zipfile.ZipInfo) -> np.ndarray:
    """Read one array whose header agrees with the size of its entry."""
    version = np.lib.format.read_magic(stream)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"unknown version {version} of an array")
    shape, transposed, dtype = readers[version](stream)
    if dtype.hasobject:
        raise ValueError("pickled objects are not read")
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if count * dtype.itemsize > entry.file_size:
        raise ValueError(f"{entry.filename!r} is shorter than its shape {shape}")
    array = np.frombuffer(stream.read(count * dtype.itemsize), dtype, count)
    return array.reshape(shape, order="F" if transposed else "C").copy()


def read_safetensors(path: str) -> dict[str, np.ndarray]:
    """Read all arrays of a safetensors file.

    The file is a length of 8 bytes, a header in JSON, and the raw data.

    Args:
        path: The path.

    Raises:
        FileFormatError: If the file is missing, or its header is malformed.
    """
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
            if length > min(size - 8, _LONGEST_HEADER):
                raise FileFormatError(f"{path}: the header is longer than the file.")
            header = _header(file.read(length), path)
            data = file.read()
    except FileNotFoundError as error:
        raise FileFormatError(f"{path}: there is no such file.") from error
    arrays, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["offsets"]):
        first, last = entry["offsets"]
        if first != end or last > len(data):
            raise FileFormatError(f"{path}: the data of {name!r} have a wrong place.")
        end = last
        raw = np.frombuffer(data[first:last], entry["dtype"])
        if entry["wide"]:
            raw = (raw.astype("<u4") << 16).view("<f4")
        if raw.size != int(np.prod(entry["shape"], dtype=object)):
            raise FileFormatError(f"{path}: {name!r} does not fill its shape.")
        arrays[name] = raw.reshape(entry["shape"]).copy()
    if end != len(data):
        raise FileFormatError(f"{path}: there are data that belong to no array.")
    return {name: arrays[name] for name in header}


def _header(text: bytes, path: str) -> dict[str, dict[str, Any]]:
    """Check the header and return type, shape and place of each array."""
    try:
        stored = json.loads(text)
        checked = {}
        for name, entry in stored.items():
            if name == "__metadata__":
                continue
            short, shape = entry["dtype"], tuple(entry["shape"])
            first, last = entry["data_offsets"]
            dtype = np.dtype("<u2" if short == "BF16" else _NAMES_OF_TYPES[short])
            sizes = (*shape, first, last)
            if any(type(value) is not int or value < 0 for value in sizes):
                raise ValueError(f"sizes of {name!r} are no natural numbers")
            count = 1
            for length in shape:
                count *= length
            if last - first != count * dtype.itemsize:
                raise ValueError(f"{name!r} does not fill its shape")
            checked[name] = {
                "dtype": dtype.newbyteorder("<"),
                "shape": shape,
                "offsets": (first, last),
                "wide": short == "BF16",
            }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileFormatError(f"{path}: the header is malformed ({error}).") from error
    return checked
