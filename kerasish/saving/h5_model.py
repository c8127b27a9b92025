"""Whole models in HDF5 files."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish.errors import FileFormatError
from kerasish.registry import CustomObjectScope
from kerasish.saving import dialects
from kerasish.saving.h5_file import opened, text, written
from kerasish.saving.h5_reading import stored_item
from kerasish.saving.h5_weights import read_weights_group, write_weights_group
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


def _dump(value: Any) -> str:
    return json.dumps(value, cls=_Encoder)


def write_model(model: Any, path: str, include_optimizer: bool) -> None:
    """Write a model into an HDF5 file.

    Args:
        model: The model.
        path: The path.
        include_optimizer: Whether to write the compile settings and the optimizer.

    Raises:
        ValueError: If the model has no weights yet, or a layer cannot be described.
    """
    from kerasish.registry import describe

    _check_built(model)
    try:
        config = _dump(dialects.to_keras2(describe(model), model))
    except NotImplementedError as error:
        raise NotImplementedError(
            f'model "{model.name}": it cannot be saved as a whole. {error} '
            "`save_weights` works without a configuration."
        ) from error
    training = dialects.training_config(model) if include_optimizer else None
    training_text = None if training is None else _dump(training)
    with written(path) as file:
        file.attrs["keras_version"] = dialects.WRITTEN_VERSION
        file.attrs["backend"] = "tensorflow"
        file.attrs["kerasish_version"] = dialects.own_version()
        file.attrs["model_config"] = config
        group = file.create_group("model_weights")
        write_weights_group(group, model, dialects.WRITTEN_VERSION)
        if training_text is not None:
            file.attrs["training_config"] = training_text
            write_optimizer(file, model.optimizer)


def write_weights(model: Any, path: str) -> None:
    """Write the weights of a model into an HDF5 file.

    Args:
        model: The model.
        path: The path.

    Raises:
        ValueError: If the model has no weights yet.
    """
    _check_built(model)
    with written(path) as file:
        file.attrs["kerasish_version"] = dialects.own_version()
        write_weights_group(file, model, dialects.WRITTEN_VERSION)


def _check_built(model: Any) -> None:
    if not model.built:
        raise ValueError(
            f'model "{model.name}": it has no weights yet, so it cannot be saved. Call '
            "it on data or call `build()` first."
        )


def _json(file: Any, name: str, path: str) -> Any:
    try:
        return json.loads(text(file.attrs[name]))
    except ValueError as error:
        raise FileFormatError(
            f"{path}: the attribute {name!r} is damaged ({error})."
        ) from error


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
            raise FileFormatError(f"{path}: the file holds {kind}, no configuration.")
        if "model_weights" not in file:
            raise FileFormatError(f"{path}: the group 'model_weights' is missing.")
        origin = dialects.origin_of(file)
        config = dialects.from_file(_json(file, "model_config", path), origin)
        model = _model_of(config, path)
        if not model.built:
            _build(model, config)
        group = stored_item(file, "model_weights", path)
        read_weights_group(
            group, model, path, by_name=False, skip_mismatch=False, same_model=True
        )
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


def _model_of(config: Mapping[str, Any], path: str) -> Any:
    from kerasish.models.model import model_from_config

    if not isinstance(config, Mapping) or "class_name" not in config:
        raise FileFormatError(f"{path}: the configuration is not one of a model.")
    return model_from_config(config)


def _build(model: Any, config: Mapping[str, Any]) -> None:
    build = config.get("build_config") or {}
    settings = config["config"] if isinstance(config["config"], Mapping) else {}
    shape = build.get("input_shape") or settings.get("build_input_shape")
    if shape:
        model.build(tuple(shape))


def _compile(model: Any, training: Mapping, origin: Any, file: Any, path: str) -> None:
    try:
        settings = dialects.compile_settings(training, origin)
        model.compile_from_config(settings)
    except ValueError as error:
        warnings.warn(
            f"The compile settings of the file do not work here ({error}); the model "
            "is not compiled.",
            stacklevel=4,
        )
        return
    if "optimizer_weights" in file and model.optimizer is not None:
        group = stored_item(file, "optimizer_weights", path)
        read_optimizer(group, model, origin, path)


def read_weights(model: Any, path: str, by_name: bool, skip_mismatch: bool) -> None:
    """Read the weights of a model from an HDF5 file.

    Args:
        model: The model.
        path: The path of a file of weights or of a whole model.
        by_name: Whether layers are paired by name instead of by order.
        skip_mismatch: Whether to leave out what does not fit.

    Raises:
        FileFormatError: If the file is missing, damaged, or holds no weights.
        ValueError: If the model is not built, or layers do not fit.
    """
    if not model.built:
        raise ValueError(
            f'model "{model.name}": it has no weights to load into yet. Call it on '
            "data or call `build()` first."
        )
    with opened(path) as file:
        group = file
        names = ("layer_names", "layer_names0")
        if not any(name in file.attrs for name in names) and "model_weights" in file:
            group = stored_item(file, "model_weights", path)
        if not any(name in group.attrs for name in names):
            if has_paths(file):
                read_by_path(file, model, path, skip_mismatch)
                return
            raise FileFormatError(f"{path}: the file holds no weights of a model.")
        read_weights_group(group, model, path, by_name, skip_mismatch)
