"""Whole models in HDF5 files."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish.backend.config import floatx
from kerasish.backend.graph import Spec
from kerasish.errors import FileFormatError
from kerasish.layers.deferred_values import DeferredValues
from kerasish.registry import CustomObjectScope
from kerasish.saving import dialects
from kerasish.saving.h5_file import attribute, opened, text, written
from kerasish.saving.h5_reading import stored_item
from kerasish.saving.h5_weights import (
    load_layers,
    most_bytes,
    read_layers,
    write_weights_group,
)
from kerasish.saving.keras2_config import has_old_form
from kerasish.saving.limits import parsed
from kerasish.saving.optimizer_reading import read_optimizer
from kerasish.saving.optimizer_weights import write_optimizer
from kerasish.saving.weights_by_path import has_paths, read_by_path


class _Encoder(json.JSONEncoder):
    def default(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return value.tolist()
        if isinstance(value, set):
            return sorted(value)
        return super().default(value)


def dump_json(value: Any) -> str:
    """Return JSON; NumPy's numbers and arrays are written as plain ones.

    Args:
        value: Plain data.
    """
    return json.dumps(value, cls=_Encoder)


def write_model(
    model: Any, path: str, include_optimizer: bool, dialect: str | None = None
) -> None:
    """Write a model into an HDF5 file.

    Args:
        model: The model; it must have its weights.
        path: The path.
        include_optimizer: Whether to write the compile settings and the optimizer.
        dialect: Which Keras it is for; by default the form that most of them read.

    Raises:
        ValueError: If a layer cannot be described, or not in the dialect.
    """
    try:
        config = dialects.written_config(model, dialect)
    except NotImplementedError as error:
        raise NotImplementedError(
            f'model "{model.name}": it cannot be saved as a whole. {error} '
            "`save_weights` works without a configuration."
        ) from error
    old = has_old_form(config)
    form = dialect if old else "keras3"
    settings = dialects.training_config(model, form) if include_optimizer else None
    texts = {"model_config": dump_json(config)}
    if settings is not None:
        texts["training_config"] = dump_json(settings)
    version = dialects.WRITTEN_VERSION if old else dialects.KERAS3_VERSION
    with written(path) as file:
        file.attrs["keras_version"] = version
        file.attrs["backend"] = "tensorflow"
        file.attrs["kerasish_version"] = dialects.own_version()
        for name, text_ in texts.items():
            file.attrs[name] = text_
        write_weights_group(file.create_group("model_weights"), model, version)
        if settings is not None:
            write_optimizer(file, model.optimizer, form)


def write_weights(model: Any, path: str) -> None:
    """Write the weights of a model into an HDF5 file.

    Args:
        model: The model; it must have its weights.
        path: The path.
    """
    with written(path) as file:
        file.attrs["kerasish_version"] = dialects.own_version()
        write_weights_group(file, model, dialects.WRITTEN_VERSION)


def _json(file: Any, name: str, path: str) -> Any:
    return parsed(text(attribute(file, name)), f"{path}: the attribute {name!r}")


def read_model(path: str, custom_objects: Any, compile: bool) -> Any:
    """Read a model from an HDF5 file.

    Args:
        path: The path.
        custom_objects: Maps names to classes and functions of the user.
        compile: Whether to compile it.

    Returns:
        The model.

    Raises:
        FileFormatError: If the file is missing, damaged, or holds no model.
        ValueError: If a class is unknown or weights do not fit.
    """
    with opened(path) as file, CustomObjectScope(custom_objects):
        if "model_config" not in file.attrs:
            kind = "weights only" if "layer_names" in file.attrs else "no model"
            raise FileFormatError(
                f"{path}: the file holds {kind}, no configuration. Weights go into a "
                "model by `model.load_weights`, or with `convert` by `--model`."
            )
        if "model_weights" not in file:
            raise FileFormatError(f"{path}: the group 'model_weights' is missing.")
        origin = dialects.origin_of(file)
        config = dialects.from_file(_json(file, "model_config", path), origin)
        group = stored_item(file, "model_weights", path)
        stored = read_layers(group, path)
        with DeferredValues(most_bytes(stored)):
            model = made_model(config, path)
            load_layers(stored, model, path, origin, same_model=True)
        if compile and "training_config" in file.attrs:
            training = _json(file, "training_config", path)
            _compile(model, training, origin, file, path)
        elif compile:
            warnings.warn(
                f"{path}: no compile settings are stored, so the model is not "
                "compiled. Call `compile()` before training.",
                stacklevel=3,
            )
    return model


def made_model(config: Mapping[str, Any], path: str) -> Any:
    """Make a model from its configuration, with weights where their shapes are known.

    Args:
        config: As `kerasish.registry.describe` returns it, perhaps with
            `build_config`.
        path: The path, for messages.

    Raises:
        FileFormatError: If it is no configuration of a model.
        ValueError: If a class is unknown.
    """
    from kerasish.models.model import model_from_config

    if not isinstance(config, Mapping) or "class_name" not in config:
        raise FileFormatError(f"{path}: the configuration is not one of a model.")
    model = model_from_config(config)
    if not model.built:
        build = config.get("build_config") or {}
        settings = config["config"] if isinstance(config["config"], Mapping) else {}
        shape = build.get("input_shape") or settings.get("build_input_shape")
        if shape:
            build = {"input_shape": shape}
        if build:
            model.build_from_config(build)
        if shape and not all(layer.built for layer in model._flatten_layers()):
            # Its own `build` left the layers inside to the first call.
            model.compute_output_spec(Spec(_sizes(shape), floatx()))
    return model


def _sizes(shape: Any) -> tuple:
    return tuple(int(size) if size is not None else None for size in shape)


def compile_stored(model: Any, training: Mapping[str, Any], origin: Any) -> bool:
    """Compile a model as stored; warn where the settings do not work here.

    Args:
        model: The model.
        training: The settings.
        origin: Which Keras wrote them.

    Returns:
        Whether the model is compiled now.
    """
    try:
        model.compile_from_config(dialects.compile_settings(training, origin))
    except ValueError as error:
        warnings.warn(
            f"The compile settings of the file do not work here ({error}); the model "
            "is not compiled.",
            stacklevel=4,
        )
        return False
    return True


def _compile(model: Any, training: Mapping, origin: Any, file: Any, path: str) -> None:
    if not compile_stored(model, training, origin):
        return
    if "optimizer_weights" in file and model.optimizer is not None:
        group = stored_item(file, "optimizer_weights", path)
        origin = dialects.optimizer_origin(training, origin)
        read_optimizer(group, model, origin, path)


def read_weights(model: Any, path: str, by_name: bool, skip_mismatch: bool) -> Any:
    """Read the weights of a model from an HDF5 file.

    Args:
        model: The model.
        path: The path of a file of weights or of a whole model.
        by_name: Whether layers are paired by name instead of by order.
        skip_mismatch: Whether to leave out what does not fit.

    Returns:
        A `LoadReport` for files with the layout of Keras 2, otherwise `None`.

    Raises:
        FileFormatError: If the file is missing, damaged, or holds no weights.
        ValueError: If layers do not fit.
    """
    with opened(path) as file:
        group = file
        names = ("layer_names", "layer_names0")
        if not any(name in file.attrs for name in names) and "model_weights" in file:
            group = stored_item(file, "model_weights", path)
        if not any(name in group.attrs for name in names):
            if has_paths(file):
                origin = dialects.origin_of(file)
                read_by_path(file, model, path, skip_mismatch, origin)
                return None
            raise FileFormatError(f"{path}: the file holds no weights of a model.")
        origin = dialects.origin_of(file)
        stored = read_layers(group, path)
        return load_layers(stored, model, path, origin, by_name, skip_mismatch)
