"""Settings of optimizers of any version as today's classes take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.saving.version_defaults import defaults_of, version_default

_WITHOUT_MEANING = ("is_legacy_optimizer", "jit_compile")
# Lines of the table that are no arguments.
_PROPERTIES = ("decay",)


def modern_optimizer(description: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return the description of an optimizer as today's class takes it.

    Args:
        description: Has `class_name` and `config`.
        version: The version that wrote it, as stored.

    Example:

    >>> old = {"class_name": "SGD", "config": {"lr": 0.1, "clipnorm": 1.0}}
    >>> modern_optimizer(old, "2.2.4")["config"]
    {'lr': 0.1, 'global_clipnorm': 1.0}
    """
    class_name = str(description.get("class_name")).rpartition(">")[2]
    config = dict(description.get("config") or {})
    for name in _WITHOUT_MEANING:
        config.pop(name, None)
    if isinstance(config.get("inner_optimizer"), Mapping):
        return _scaling(config, modern_optimizer(config["inner_optimizer"], version))
    if class_name == "Nadam":
        if version_default("Nadam", "decay", version) == "schedule":
            config.setdefault("schedule_decay", config.pop("decay", None))
        if config.get("schedule_decay") is None:
            config.pop("schedule_decay", None)
    if "clipnorm" in config:
        if version_default("optimizer", "clipnorm", version) == "global":
            config["global_clipnorm"] = config.pop("clipnorm")
    for name, value in defaults_of(class_name, version).items():
        given = name in config or (name == "learning_rate" and "lr" in config)
        if name not in _PROPERTIES and (not given or config.get(name, 0) is None):
            config[name] = value
    if class_name == "RMSprop" and config.get("momentum"):
        # Its kernel in TensorFlow always had it under the root.
        config["epsilon_outside"] = False
    return {**description, "config": config}


def _scaling(config: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """Return an optimizer that scales the loss; a fixed scale is a plain option."""
    if config.get("dynamic", True):
        config = {**config, "inner_optimizer": inner}
        return {"class_name": "LossScaleOptimizer", "config": config}
    scale = {"loss_scale_factor": config["initial_scale"]}
    return {**inner, "config": {**inner["config"], **scale}}
