"""Saving and loading of models and weights, by the format of the file."""

from __future__ import annotations

import os
import sys
from typing import Any

_H5_ENDINGS = (".h5", ".hdf5", ".hdf", ".he5")


def _path(filepath: Any) -> str:
    return os.fspath(filepath)


def _check_format(path: str, save_format: str | None) -> None:
    if save_format in ("h5", "hdf5", "keras_v2"):
        return
    if save_format is None and path.lower().endswith(_H5_ENDINGS):
        return
    raise ValueError(
        "Only the HDF5 format can be written: use a name that ends with '.h5'.\n"
        f"Received: filepath={path!r}, save_format={save_format!r}"
    )


def _may_write(path: str, overwrite: bool) -> bool:
    if overwrite or not os.path.exists(path):
        return True
    if not sys.stdin.isatty():
        raise FileExistsError(
            f"The file exists already and `overwrite` is false.\nReceived: {path!r}"
        )
    answer = input(f"{path} exists already; overwrite it? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
    **kwargs: Any,
) -> None:
    """Write a model into a file: layers, weights, compile settings, optimizer.

    The file has the layout of Keras 2, which every version of Keras reads. It appears
    under its name only when it is complete.

    Args:
        model: The model.
        filepath: A path that ends with `.h5` or `.hdf5`.
        overwrite: Whether to replace an existing file without asking.
        include_optimizer: Whether to write the compile settings and the optimizer.
        save_format: `'h5'` for names with another ending.
        **kwargs: Options of other formats, of no meaning here.

    Raises:
        ValueError: If the format is another one.
        FileExistsError: If the file exists, `overwrite` is false, and nobody can be
            asked.

    Example:

    >>> import os, tempfile
    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.h5")
    >>> save_model(model, path)
    >>> load_model(path, compile=False).count_params()
    3
    """
    path = _path(filepath)
    _check_format(path, save_format)
    if _may_write(path, overwrite):
        from kerasish.saving.h5_model import write_model

        write_model(model, path, include_optimizer)


def load_model(
    filepath: Any,
    custom_objects: Any = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Read a model from a file.

    Args:
        filepath: The path of an HDF5 file of any version of Keras.
        custom_objects: Maps names to classes and functions of the user.
        compile: Whether to compile the model as it was when it was saved.
        safe_mode: Whether to refuse stored Python code.

    Returns:
        The model.

    Raises:
        FileFormatError: If the file is missing, damaged, or no such file.
        ValueError: If a layer is unknown.

    Example:

    >>> load_model("no_such_file.h5")
    Traceback (most recent call last):
    ...
    kerasish.errors.FileFormatError: no_such_file.h5: there is no such file.
    """
    from kerasish.saving.h5_model import read_model

    return read_model(_path(filepath), custom_objects, compile)


def save_weights(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    save_format: str | None = None,
    **kwargs: Any,
) -> None:
    """Write the weights of a model into a file.

    Args:
        model: The model.
        filepath: A path that ends with `.h5` or `.hdf5`.
        overwrite: Whether to replace an existing file without asking.
        save_format: `'h5'` for names with another ending.
        **kwargs: Options of other formats, of no meaning here.

    Raises:
        ValueError: If the format is another one, or the model has no weights yet.
    """
    path = _path(filepath)
    _check_format(path, save_format)
    if _may_write(path, overwrite):
        from kerasish.saving.h5_model import write_weights

        write_weights(model, path)


def load_weights(
    model: Any,
    filepath: Any,
    skip_mismatch: bool = False,
    by_name: bool = False,
    **kwargs: Any,
) -> None:
    """Read the weights of a model from a file.

    Args:
        model: The model; it must have its weights already.
        filepath: A file of weights or of a whole model.
        skip_mismatch: Whether to leave out, with a warning, what does not fit.
        by_name: Whether layers are paired by name instead of by order.
        **kwargs: Options of other formats, of no meaning here.

    Raises:
        FileFormatError: If the file is missing, damaged, or no such file.
        ValueError: If layers do not fit.
        ShapeError: If a shape does not fit.
    """
    from kerasish.saving.h5_model import read_weights

    read_weights(model, _path(filepath), by_name, skip_mismatch)
