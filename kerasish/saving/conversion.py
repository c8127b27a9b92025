"""Files of models and weights turned into other formats, checked before they appear."""

from __future__ import annotations

import os
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.saving.api import load_model, load_weights, save_model, save_weights
from kerasish.saving.h5_file import import_h5py
from kerasish.saving.surgery import folded, renamed

_WEIGHTS = (".weights.h5", ".safetensors", ".npz")
_SIZES = (8, 32, 64, 128)


def convert(
    source: Any,
    target: Any,
    dialect: str | None = None,
    dtype: str | None = None,
    weights_only: bool = False,
    strip_optimizer: bool = False,
    fold_batchnorm: bool = False,
    rename: Mapping[str, str] | None = None,
    model: Any = None,
    custom_objects: Any = None,
    lambdas: Mapping[str, Any] | None = None,
) -> None:
    """Write a file again in another format, and compare what both compute.

    The new file is read again and run on random inputs; it gets its name only if its
    outputs are equal, up to the rounding of what was asked for.

    Args:
        source: The path of an `.h5` or `.keras` file, or of weights of `model`.
        target: The path of the new file: `.h5`, `.keras`, `.weights.h5`,
            `.safetensors` or `.npz`.
        dialect: As in `save_model`.
        dtype: Stores the weights as this float type, such as `'float16'`.
        weights_only: Whether to write only the weights into an `.h5` file.
        strip_optimizer: Whether to leave out the optimizer and compile settings.
        fold_batchnorm: Whether to put batch normalizations into the layers before.
        rename: New names of layers by old ones.
        model: The path of a file with the model, or of its JSON text, where the source
            has only weights.
        custom_objects: As in `load_model`.
        lambdas: As in `load_model`.

    Raises:
        ValueError: If the outputs differ, or the options do not fit each other.
        FileFormatError: If a file is missing or damaged.

    Example:

    >>> import os, tempfile
    >>> import kerasish as keras
    >>> path = os.path.join(tempfile.mkdtemp(), "model.h5")
    >>> keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    >>> convert(path, path[:-3] + ".keras")
    >>> keras.models.load_model(path[:-3] + ".keras").count_params()
    3
    """
    source, target = os.fspath(source), os.fspath(target)
    only = weights_only or target.lower().endswith(_WEIGHTS)
    strip = strip_optimizer or fold_batchnorm or only
    options = {"custom_objects": custom_objects, "lambdas": lambdas}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(.|\n)*compile")
        if model is None:
            original = load_model(source, compile=not strip, **options)
        else:
            original = _model_of(os.fspath(model), options)
            load_weights(original, source)
    changed = original
    if fold_batchnorm:
        changed, _ = folded(changed)
    if rename:
        changed = renamed(changed, rename)
    folder = os.path.dirname(os.path.realpath(target))
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{target}: there is no folder for this file.")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".convert") as temporary:
        path = os.path.join(temporary, os.path.basename(target))
        if only:
            save_weights(changed, path, dialect=dialect)
        else:
            save_model(changed, path, include_optimizer=not strip, dialect=dialect)
        if dtype is not None:
            _recast(path, np.dtype(dtype))
        if only:
            again = _copy_of(changed, custom_objects)
            load_weights(again, path)
        else:
            again = load_model(path, compile=False, **options)
        _check_equal(original, again, 2e-2 if dtype else 1e-3 if fold_batchnorm else 0)
        with open(path, "rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(path, os.path.realpath(target))


def _model_of(path: str, options: dict[str, Any]) -> Any:
    """Make the model of a whole file, or of the text that `to_json` gave."""
    if not path.lower().endswith(".json"):
        return load_model(path, compile=False, **options)
    from kerasish.models.model import model_from_json

    with open(path, encoding="utf-8") as stream:
        return model_from_json(stream.read(), options["custom_objects"])


def _copy_of(model: Any, custom_objects: Any) -> Any:
    from kerasish.models.cloning import clone_model
    from kerasish.registry import CustomObjectScope

    with CustomObjectScope(custom_objects):
        return clone_model(model)


def _recast(path: str, dtype: np.dtype) -> None:
    """Write a file again with another type for its floating-point arrays."""
    from kerasish.saving import flat_weights

    name = path.lower()
    if name.endswith((".npz", ".safetensors")):
        read = (
            flat_weights.read_npz
            if name.endswith("npz")
            else (flat_weights.read_safetensors)
        )
        arrays = {key: _cast(array, dtype) for key, array in read(path).items()}
        flat_weights.write_arrays(arrays, path)
    elif name.endswith(".keras"):
        _recast_archive(path, dtype)
    else:
        _recast_h5(path, dtype)


def _cast(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return array.astype(dtype) if array.dtype.kind == "f" else array


def _recast_h5(path: str, dtype: np.dtype) -> None:
    h5py = import_h5py()
    new = f"{path}.recast"
    with h5py.File(path) as file, h5py.File(new, "w") as target:

        def add(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                state = name.startswith("optimizer")
                value = item[()] if state else _cast(np.asarray(item[()]), dtype)
                copied = target.create_dataset(name, data=value)
            else:
                copied = target.require_group(name)
            _copy_attributes(item, copied)

        _copy_attributes(file, target)
        file.visititems(add)
    os.replace(new, path)


def _copy_attributes(source: Any, target: Any) -> None:
    for name in source.attrs:
        target.attrs[name] = source.attrs[name]


def _recast_archive(path: str, dtype: np.dtype) -> None:
    new = f"{path}.recast"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(new, "w") as target:
        for name in archive.namelist():
            if not name.endswith(".weights.h5"):
                target.writestr(name, archive.read(name))
                continue
            inner = f"{path}.inner.h5"
            with open(inner, "wb") as stream:
                stream.write(archive.read(name))
            _recast_h5(inner, dtype)
            target.write(inner, name)
            os.unlink(inner)
    os.replace(new, path)


def _check_equal(original: Any, again: Any, tolerance: float) -> None:
    """Compare outputs on random inputs, or weights where inputs are unknown."""
    if not getattr(original, "inputs", None):
        pairs = list(zip(original.get_weights(), again.get_weights(), strict=True))
    else:
        inputs = _random_inputs(original)
        pairs = list(
            zip(
                tree.flatten(original.predict(inputs, verbose=0)),
                tree.flatten(again.predict(inputs, verbose=0)),
                strict=True,
            )
        )
    for one, two in pairs:
        scale = max(1e-6, float(np.max(np.abs(one), initial=0)))
        difference = float(np.max(np.abs(np.subtract(one, two)), initial=0)) / scale
        if one.shape != two.shape or not difference <= max(tolerance, 1e-5):
            raise ValueError(
                "The new file computes something else, so it is not kept.\n"
                f"  got: a relative difference of {difference:.3g}, allowed: "
                f"{max(tolerance, 1e-5):.3g}"
            )


def _random_inputs(model: Any) -> list[np.ndarray]:
    """Return inputs of a size that the model can be run on."""
    random = np.random.default_rng(0)
    error: Exception | None = None
    for size in _SIZES:
        inputs = []
        for tensor in model.inputs:
            first, *rest = tensor.shape
            shape = (first or 2, *(size if part is None else part for part in rest))
            if "int" in str(tensor.dtype) or tensor.dtype == "bool":
                inputs.append(random.integers(0, 2, shape).astype(tensor.dtype))
            elif tensor.dtype == "string":
                inputs.append(np.full(shape, "a"))
            else:
                inputs.append(random.uniform(size=shape).astype(tensor.dtype))
        try:
            model.predict(inputs, verbose=0)
            return inputs
        except ValueError as found:
            error = found
    raise ValueError("No random input fits the model.") from error
