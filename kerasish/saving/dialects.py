"""The differences between what versions of Keras write into files."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerasish.naming import to_snake_case
from kerasish.registry import describe
from kerasish.saving.explicit_masks import without_masks
from kerasish.saving.h5_file import attribute, read_names, text
from kerasish.saving.h5_reading import stored_item
from kerasish.saving.keras2_config import free_op, has_old_form, keras2_model, plain
from kerasish.saving.keras2_optimizer import keras2_optimizer
from kerasish.saving.keras3_config import keras3_model, keras3_optimizer
from kerasish.saving.reach import (
    check_dialect,
    obstacles,
    optimizer_limits,
    warn_of_limits,
)
from kerasish.saving.saved_parts import has_functional_form
from kerasish.saving.upgrade.configs import TODAY, modern_config
from kerasish.saving.upgrade.optimizers import modern_optimizer
from kerasish.saving.version_defaults import version_default
from kerasish.serialization import namespace_registry

# The layout that files are written in: the last release of Keras 2.
WRITTEN_VERSION = "2.15.0"
# What is written as Keras 3 has it.
KERAS3_VERSION = "3.15.0"
# The last version with the former optimizers of tf.keras.
FORMER_OPTIMIZERS = "2.10.0"


@dataclass(frozen=True)
class Origin:
    """Which Keras wrote a file.

    Attributes:
        version: The version as it is stored, `''` where it is missing.
        major: Its first number; 1 where it is missing, as Keras 1 stored none.
        backend: The engine it ran on.
        own: Whether this package wrote the file.
    """

    version: str
    major: int
    backend: str
    own: bool

    @property
    def old_optimizers(self) -> bool:
        """Whether optimizer states are stored slot by slot."""
        if self.major >= 3 or self.own:
            return self.major < 3
        return version_default("optimizer", "layout", self.version) == "slots"


def own_version() -> str:
    """Return the version of this package."""
    from kerasish import __version__

    return __version__


def origin_of(file: Any) -> Origin:
    """Read from a file which Keras wrote it.

    Args:
        file: An open file; weights may be at its root or in `model_weights`.
    """
    places = [file]
    if "model_weights" in file:
        places.append(stored_item(file, "model_weights", file.filename))

    def read(name: str) -> str:
        holders = (place for place in places if name in place.attrs)
        return next((text(attribute(place, name)) for place in holders), "")

    version = read("keras_version")
    digits = re.match(r"\d+", version)
    backend = read("backend")
    if not backend and not version.startswith(("2", "3")):
        backend = _backend_of_keras1(file)
    return Origin(
        version=version,
        major=int(digits.group()) if digits else 1,
        backend=backend or "tensorflow",
        own="kerasish_version" in file.attrs,
    )


def origin_of_metadata(metadata: Mapping[str, Any]) -> Origin:
    """Return which Keras wrote an archive.

    Args:
        metadata: What its `metadata.json` holds.
    """
    version = str(metadata.get("keras_version", ""))
    digits = re.match(r"\d+", version)
    return Origin(
        version=version,
        major=int(digits.group()) if digits else 3,
        backend="tensorflow",
        own="kerasish_version" in metadata,
    )


def _backend_of_keras1(file: Any) -> str:
    """Tell by the names of weights, as Keras 1 stored no backend.

    Only TensorFlow's names end in `:0`.
    """
    group = file
    if "model_weights" in file:
        group = stored_item(file, "model_weights", file.filename)
    for layer in read_names(group, "layer_names"):
        names = read_names(stored_item(group, layer, file.filename), "weight_names")
        if names:
            return "tensorflow" if names[0].endswith(":0") else "theano"
    return "tensorflow"


def from_file(config: Any, origin: Origin) -> Any:
    """Return the configuration of a model as today's classes take it.

    Args:
        config: As stored.
        origin: Which Keras wrote it.
    """
    if origin.own and isinstance(config, Mapping) and "module" in config:
        # A model that has no form of Keras 2 is written as Keras 3 has it.
        return config
    return modern_config(config, origin.version, origin.backend, origin.own)


def written_config(model: Any, dialect: str | None) -> dict[str, Any]:
    """Return the description of a model for an HDF5 file, and warn of its limits.

    Without a dialect, the form of Keras 2 is taken, unless the form of Keras 3 is the
    only one, or opens in no fewer versions.

    Args:
        model: The model.
        dialect: `'keras2'`, `'tfkeras2'`, `'keras3'` or `None`.

    Raises:
        ValueError: If the model has no form of Keras 2, but that is asked for.
    """
    new = keras3_model(describe(model))
    if dialect == "keras3":
        warn_of_limits(model, obstacles(model, new, False), dialect)
        return new
    old = keras2_model(new, model, oldest=dialect == "keras2")
    if not has_old_form(old):
        if dialect is not None:
            raise ValueError(
                f"Model {model.name!r} has no form of Keras 2: it uses the op "
                f"{free_op(without_masks(new))!r} outside of layers.\n"
                f"Received: dialect={dialect!r}"
            )
        warn_of_limits(model, obstacles(model, new, False), None)
        return new
    limits = obstacles(model, old, True)
    if dialect is None and limits["keras3"]:
        reached = sum(not found for found in limits.values())
        others = obstacles(model, new, False)
        if not others["keras3"] and reached <= 1:
            warn_of_limits(model, others, None)
            return new
    warn_of_limits(model, limits, dialect)
    return old


def json_config(model: Any, dialect: str | None) -> dict[str, Any]:
    """Return the description of a model for `to_json`.

    Args:
        model: The model.
        dialect: As for `written_config`, with `'keras3'` as the default: no other form
            is read by Keras 3, apart from HDF5 files.

    Raises:
        ValueError: If the dialect is unknown, or has no form for this model.
    """
    check_dialect(dialect)
    if dialect in (None, "keras3"):
        return keras3_model(describe(model))
    config = written_config(model, dialect)
    return {**config, "keras_version": WRITTEN_VERSION, "backend": "tensorflow"}


def to_keras3(model: Any, include_optimizer: bool = True) -> dict[str, Any]:
    """Return the description of a model as Keras 3 has it.

    Args:
        model: The model.
        include_optimizer: Whether to add the compile settings.
    """
    description = keras3_model(describe(model))
    if not has_functional_form(model):
        build = model.get_build_config()
        if build:
            description["build_config"] = build
    settings = model.get_compile_config() if include_optimizer else None
    if settings is not None:
        if isinstance(settings["optimizer"], Mapping):
            optimizer_limits(model.optimizer, "keras3", archive=True)
            settings["optimizer"] = keras3_optimizer(settings["optimizer"])
        description["compile_config"] = settings
    return description


def training_config(model: Any, dialect: str | None = None) -> dict[str, Any] | None:
    """Return the compile settings in the form of Keras 2.

    Args:
        model: The model.
        dialect: Which Keras they are for. Losses and metrics that were given by name
            stay names for Keras 2.2; Keras 3 needs descriptions of their classes.

    Returns:
        A dictionary, or `None` if the model is not compiled.
    """
    settings = model.get_compile_config()
    if settings is None or settings.get("optimizer") is None:
        return None
    optimizer_limits(model.optimizer, dialect)
    described = plain_names if dialect == "keras2" else _described
    optimizer = settings["optimizer"]
    return {
        # For this package, as the form of Keras 2 cannot say everything.
        "optimizer": optimizer,
        "optimizer_config": keras3_optimizer(optimizer)
        if dialect == "keras3"
        else keras2_optimizer(optimizer, dialect),
        "loss": described(settings.get("loss"), "losses"),
        "metrics": described(settings.get("metrics"), "metrics"),
        "weighted_metrics": described(settings.get("weighted_metrics"), "metrics"),
        "loss_weights": plain(settings.get("loss_weights")),
        "sample_weight_mode": None,
    }


def plain_names(value: Any, namespace: str) -> Any:
    """Return losses or metrics as names, as Keras 2.2 has no classes of them.

    Args:
        value: As `get_compile_config` has them.
        namespace: `'losses'` or `'metrics'`.

    Example:

    >>> plain_names(["mse", {"class_name": "Hinge", "config": {"name": "hinge"}}], "")
    ['mse', 'hinge']
    """
    if isinstance(value, Mapping) and "class_name" in value:
        return value["config"].get("fn") or to_snake_case(value["class_name"])
    if isinstance(value, Mapping):
        return {key: plain_names(item, namespace) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_names(item, namespace) for item in value]
    return value


def _described(value: Any, namespace: str) -> Any:
    """Replace names of losses and metrics by descriptions of their classes.

    Keras 3 cannot read plain names of functions, except a few.
    """
    if isinstance(value, str):
        if value in ("accuracy", "acc", "crossentropy", "ce"):
            return value
        return _without_dtype(_class_of_name(value, namespace) or value)
    if isinstance(value, Mapping) and "class_name" not in value:
        return {key: _described(item, namespace) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_described(item, namespace) for item in value]
    return _without_dtype(plain(value))


def _class_of_name(name: str, namespace: str) -> dict[str, Any] | None:
    registry = namespace_registry(namespace)
    found = registry.find(name)
    if found is None:
        return None
    if not inspect.isclass(found):
        function = found.__name__
        classes = (key for key in registry.entries if to_snake_case(key) == function)
        camel = next((key for key in classes if key[0].isupper()), None)
        found = registry.find(camel) if camel else None
    if not inspect.isclass(found):
        return None
    config = found().get_config()
    if namespace == "metrics":
        config["name"] = name
    return {"class_name": found.__name__, "config": plain(config, found.__name__)}


def _without_dtype(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "class_name" in value:
            config = {k: v for k, v in value["config"].items() if k != "dtype"}
            return {"class_name": value["class_name"], "config": config}
        return {key: _without_dtype(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_dtype(item) for item in value]
    return value


def optimizer_origin(training: Mapping[str, Any], origin: Origin) -> Origin:
    """Return which Keras the optimizer of a file is of.

    From 2.11 on tf.keras has its former optimizers beside the new ones.

    Args:
        training: The stored settings.
        origin: Which Keras wrote them.
    """
    stored = training.get("optimizer_config")
    config = stored.get("config") if isinstance(stored, Mapping) else None
    if origin.own or origin.major != 2 or not isinstance(config, Mapping):
        return origin
    inner = config.get("inner_optimizer")
    if isinstance(inner, Mapping) and isinstance(inner.get("config"), Mapping):
        config = inner["config"]
    former = config.get("is_legacy_optimizer", True)
    if former and not origin.old_optimizers:
        return replace(origin, version=FORMER_OPTIMIZERS)
    return origin


def compile_settings(training: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """Return the arguments of `compile` for stored settings.

    Args:
        training: As stored.
        origin: Which Keras wrote them.
    """
    own = training.get("optimizer") if origin.own else None
    stored = own or training.get("optimizer_config") or training.get("optimizer")
    optimizer = stored
    if isinstance(stored, Mapping) and isinstance(stored.get("config"), Mapping):
        further = stored.get("further_config")
        if isinstance(further, Mapping):
            stored = {**stored, "config": {**stored["config"], **further}}
        version = TODAY if origin.own else optimizer_origin(training, origin).version
        optimizer = modern_optimizer(stored, version)
    # Archives of models that were saved as HDF5 before may hold no optimizer at all;
    # the default of `compile` counts then, as in Keras 3.
    chosen = {"optimizer": optimizer} if optimizer is not None else {}
    return {
        **chosen,
        "loss": training.get("loss"),
        "loss_weights": training.get("loss_weights"),
        "metrics": _metrics(training.get("metrics")),
        "weighted_metrics": _metrics(training.get("weighted_metrics")),
    }


def _metrics(value: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" in value:
        config = value["config"]
        if value["class_name"] == "MeanMetricWrapper":
            accuracy = config.get("name") in ("acc", "accuracy")
            return config["name"] if accuracy else config.get("fn", config["name"])
        return value
    if isinstance(value, Mapping):
        return {key: _metrics(item) for key, item in value.items()}
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], list):
            return _metrics(value[0])
        return [_metrics(item) for item in value]
    return value
