"""Saving and loading of models and weights, by the format of the file."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from typing import Any

from kerasish.errors import FileFormatError
from kerasish.registry import CustomObjectScope
from kerasish.saving.limits import damage_reported
from kerasish.saving.open_files import is_open, path_to_read, path_to_write

_H5_ENDINGS = (".h5", ".hdf5", ".hdf", ".he5")
_FLAT_ENDINGS = (".safetensors", ".npz")
_H5_FORMATS = ("h5", "hdf5", "keras_v2")
_KERAS_FORMATS = ("keras", "keras_v3")


def _path(filepath: Any) -> str:
    return os.fspath(filepath)


def _refuse(path: str, save_format: str | None, known: str) -> None:
    raise ValueError(
        f"This format cannot be written: {known}.\n"
        f"Received: filepath={path!r}, save_format={save_format!r}"
    )


def model_format(path: str, save_format: str | None) -> str:
    """Return the format in which a whole model is written: `'h5'` or `'keras'`.

    Args:
        path: The path, whose ending decides.
        save_format: What decides for other endings.

    Raises:
        ValueError: If the format is another one.

    Example:

    >>> model_format("model.keras", None), model_format("model", "h5")
    ('keras', 'h5')
    """
    archive = path.lower().endswith(".keras")
    if save_format in _KERAS_FORMATS and (archive or not _has_h5_ending(path)):
        return "keras"
    if save_format in _H5_FORMATS and not archive:
        return "h5"
    if save_format is None and (archive or _has_h5_ending(path)):
        return "keras" if archive else "h5"
    _refuse(
        path,
        save_format,
        "give a name that ends with '.keras' or '.h5', or the `save_format` 'keras' or "
        "'h5' that agrees with it",
    )
    return ""


def weights_format(path: str, save_format: str | None) -> str:
    """Return the format in which weights are written: `'h5'`, `'paths'` or `'flat'`.

    Args:
        path: The path, whose ending decides; as in Keras 2, an unknown one stands for
            HDF5.
        save_format: What decides for other endings.

    Raises:
        ValueError: If the format is another one.

    Example:

    >>> weights_format("a.h5", None), weights_format("a.weights.h5", None)
    ('h5', 'paths')
    """
    archive = path.lower().endswith(".keras")
    if save_format is None:
        if path.lower().endswith(".weights.h5"):
            return "paths"
        if path.lower().endswith(_FLAT_ENDINGS):
            return "flat"
    if save_format in (None, *_H5_FORMATS) and not archive:
        return "h5"
    _refuse(
        path,
        save_format,
        "give a name that ends with '.weights.h5', '.h5', '.safetensors' or '.npz', or "
        "save_format='h5'",
    )
    return ""


def _has_h5_ending(path: str) -> bool:
    return path.lower().endswith(_H5_ENDINGS)


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
    dialect: str | None = None,
    **kwargs: Any,
) -> None:
    """Write a model into a file: layers, weights, compile settings, optimizer.

    The file appears under its name only when it is complete. Where a version of Keras
    that has all the layers cannot open it, a warning names the layer and the reason.

    Args:
        model: The model.
        filepath: A path that ends with `.keras` (an archive as Keras 3 has it), `.h5`
            or `.hdf5` (HDF5); or an open `h5py.File`, `h5py.Group` or binary stream.
        overwrite: Whether to replace an existing file without asking.
        include_optimizer: Whether to write the compile settings and the optimizer.
        save_format: `'h5'` or `'keras'` for names with another ending.
        dialect: Which Keras an HDF5 file is for: `'keras2'` (Keras 2.2 and 2.3),
            `'tfkeras2'` (tf.keras 2) or `'keras3'`. By default the form that most of
            them read, which is that of Keras 2 wherever the model has one.
        **kwargs: Options of other formats, of no meaning here.

    Raises:
        ValueError: If the format or dialect is unknown, or they do not agree.
        FileExistsError: If the file exists, `overwrite` is false, and nobody can be
            asked.
        OSError: If the folder cannot be written to or the disk is full.

    Example:

    >>> import os, tempfile
    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.keras")
    >>> save_model(model, path)
    >>> load_model(path).count_params()
    3
    """
    from kerasish.saving.reach import check_dialect

    if is_open(filepath):
        ending = ".keras" if save_format in _KERAS_FORMATS else ".h5"
        with path_to_write(filepath, ending, overwrite) as path:
            save_model(model, path, True, include_optimizer, save_format, dialect)
        return
    path = _path(filepath)
    kind = model_format(path, save_format)
    check_dialect(dialect)
    if kind == "keras" and dialect not in (None, "keras3"):
        raise ValueError(
            "A `.keras` archive has the dialect 'keras3'; for older versions give a "
            f"name that ends with '.h5'.\nReceived: dialect={dialect!r}"
        )
    check_built(model, refuse=kind != "keras")
    if not _may_write(path, overwrite):
        return
    if kind == "keras":
        from kerasish.saving.keras_archive import write_archive

        write_archive(model, path, include_optimizer)
    else:
        from kerasish.saving.h5_model import write_model

        write_model(model, path, include_optimizer, dialect)


def check_built(model: Any, refuse: bool = True) -> None:
    """Refuse to save a model that has no weights yet, or warn of it.

    Args:
        model: The model.
        refuse: Whether the form of file needs weights.

    Raises:
        ValueError: If it is not built.
    """
    if model.built:
        return
    if refuse:
        raise ValueError(
            f'model "{model.name}": it has no weights yet, so it cannot be saved. Call '
            "it on data or call `build()` first."
        )
    warnings.warn(
        f'model "{model.name}": it is saved without weights, for it has none yet.',
        stacklevel=4,
    )


def load_model(
    filepath: Any,
    custom_objects: Any = None,
    compile: bool = True,
    safe_mode: bool = True,
    lambdas: Mapping[str, Any] | None = None,
    on_unknown: str = "error",
) -> Any:
    """Read a model from a file.

    Args:
        filepath: The path of an HDF5 file of any version of Keras, or of a `.keras`
            archive of Keras 3 or of tf.keras 2.12 and later; or an open `h5py.File`,
            `h5py.Group` or binary stream.
        custom_objects: Maps names to classes and functions of the user.
        compile: Whether to compile the model as it was when it was saved.
        safe_mode: Whether to refuse stored Python code. Code of another version of
            Python, or of one that is not stored, is never run.
        lambdas: The functions of `Lambda` layers by the names of the layers.
        on_unknown: `'report'` prints what the file holds before the error about a
            layer that is not known.

    Returns:
        The model.

    Raises:
        FileFormatError: If the file is missing, damaged, or no such file.
        ValueError: If a layer or the function of a Lambda is unknown; all of them are
            named, with their configurations.

    Example:

    >>> load_model("no_such_file.h5")
    Traceback (most recent call last):
    ...
    kerasish.errors.FileFormatError: no_such_file.h5: there is no such file.
    """
    from kerasish.saving.inspection import inspect
    from kerasish.saving.keras_archive import is_archive, read_archive
    from kerasish.saving.upgrade.unknown_layers import (
        CODE_ALLOWED,
        UnknownLayerError,
        lambda_key,
    )

    if is_open(filepath):
        with path_to_read(filepath) as path:
            return load_model(
                path, custom_objects, compile, safe_mode, lambdas, on_unknown
            )
    path = _path(filepath)
    if on_unknown not in ("error", "report"):
        raise ValueError(
            f"`on_unknown` is 'error' or 'report'.\nReceived: {on_unknown!r}"
        )
    own = {lambda_key(name): function for name, function in (lambdas or {}).items()}
    if not safe_mode:
        own[CODE_ALLOWED] = True
    archive = is_archive(path)
    if os.path.isdir(path):
        raise FileFormatError(
            f"{path}: this is a folder; SavedModel folders need TensorFlow, which can "
            "save them as '.h5' or '.keras' files."
        )
    from kerasish.saving.h5_model import read_model

    try:
        with damage_reported(path), CustomObjectScope(own):
            read = read_archive if archive else read_model
            return read(path, custom_objects, compile)
    except UnknownLayerError:
        if on_unknown == "report":
            inspect(path)
        raise


def save_weights(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    save_format: str | None = None,
    dialect: str | None = None,
    **kwargs: Any,
) -> None:
    """Write the weights of a model into a file.

    Args:
        model: The model.
        filepath: A path that ends with `.weights.h5` (the layout of Keras 3, with the
            optimizer's state), `.h5` or `.hdf5` (the layout of Keras 2, which all
            versions read), `.safetensors` or `.npz` (arrays by name). An open
            `h5py.File`, `h5py.Group` or binary stream takes the layout of Keras 2.
        overwrite: Whether to replace an existing file without asking.
        save_format: `'h5'`, the layout of Keras 2, for names with another ending.
        dialect: `'keras2'` or `'tfkeras2'` for the layout of Keras 2 also under a name
            that ends with `.weights.h5`; `'keras3'`.
        **kwargs: Options of other formats, of no meaning here.

    Raises:
        ValueError: If the format is another one, or the model has no weights yet.
        OSError: If the folder cannot be written to or the disk is full.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> save_weights(model, "model.safetensors")
    """
    from kerasish.saving.reach import check_dialect

    if is_open(filepath):
        with path_to_write(filepath, ".h5", overwrite) as path:
            save_weights(model, path, True, save_format, dialect)
        return
    path = _path(filepath)
    kind = weights_format(path, save_format)
    check_dialect(dialect)
    check_built(model)
    if not _may_write(path, overwrite):
        return
    if kind == "flat":
        from kerasish.saving.flat_weights import write_flat

        write_flat(model, path)
    elif kind == "paths" and dialect in (None, "keras3"):
        from kerasish.saving.weights_by_path_writing import write_weights_by_path

        write_weights_by_path(model, path)
    else:
        from kerasish.saving.h5_model import write_weights

        if save_format is None and not _has_h5_ending(path):
            # A checkpoint of tf.keras 2, which makes its folder.
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        write_weights(model, path)


def load_weights(
    model: Any,
    filepath: Any,
    skip_mismatch: bool = False,
    by_name: bool = False,
    **kwargs: Any,
) -> Any:
    """Read the weights of a model from a file.

    Args:
        model: The model; it must have its weights already.
        filepath: A file of weights or of a whole model; a path, or an open
            `h5py.File`, `h5py.Group` or binary stream of HDF5.
        skip_mismatch: Whether to leave out, with a warning, what does not fit.
        by_name: Whether layers are paired by name instead of by order, in HDF5 files
            with the layout of Keras 2.
        **kwargs: Options of other formats, of no meaning here.

    Returns:
        For files with the layout of Keras 2, a report with the lists `loaded`,
        `unchanged` and `unused` of layers; otherwise `None`.

    Raises:
        FileFormatError: If the file is missing, damaged, or no such file.
        ValueError: If the model is not built, or layers do not fit.
        ShapeError: If a shape does not fit.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> save_weights(model, "model.weights.h5")
    >>> load_weights(model, "model.weights.h5")
    """
    if not model.built:
        raise ValueError(
            f'model "{model.name}": it has no weights to load into yet. Call it on '
            "data or call `build()` first."
        )
    if is_open(filepath):
        with path_to_read(filepath) as path:
            return load_weights(model, path, skip_mismatch, by_name)
    path = _path(filepath)
    with damage_reported(path):
        return _load_weights(model, path, skip_mismatch, by_name)


def _load_weights(model: Any, path: str, skip_mismatch: bool, by_name: bool) -> Any:
    from kerasish.saving.keras_archive import is_archive, read_archive_weights

    if path.lower().endswith(_FLAT_ENDINGS):
        from kerasish.saving.flat_weights import read_flat

        read_flat(model, path, skip_mismatch)
    elif is_archive(path):
        read_archive_weights(model, path, skip_mismatch)
    else:
        from kerasish.saving.h5_model import read_weights

        return read_weights(model, path, by_name, skip_mismatch)
    return None
