"""Settings of optimizers in the form of Keras 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.naming import to_snake_case
from kerasish.saving.keras2_config import plain
from kerasish.saving.optimizer_weights import STORED_BY_WEIGHT

# What Keras 2.2 and 2.3 refuse, left out where it has the value that others take then.
_SILENT: dict[str, dict[str, Any]] = {
    "Adagrad": {"initial_accumulator_value": 0.1},
    "RMSprop": {"momentum": 0.0, "centered": False},
}


def keras2_optimizer(
    description: Mapping[str, Any], dialect: str | None
) -> dict[str, Any]:
    """Return the description of an optimizer in the form of Keras 2.

    Args:
        description: As `get_compile_config` has it.
        dialect: `'keras2'`, `'tfkeras2'`, or `None` for what most versions read.

    Example:

    >>> import kerasish as keras
    >>> adam = keras.optimizers.serialize(keras.optimizers.Adam(0.5))
    >>> keras2_optimizer(adam, "keras2")["config"]["lr"]
    0.5
    """
    class_name, config = description["class_name"], description["config"]
    written = plain(description)
    new = dict(written["config"])
    silent = _SILENT.get(class_name, {})
    for name, value in silent.items():
        if new.get(name) == value:
            del new[name]
    if dialect == "keras2":
        # It starts at 0 there, and what has been trained is in the state.
        new.pop("initial_accumulator_value", None)
    stem = str(new.get("name")).rstrip("0123456789").rstrip("_")
    if dialect == "keras2" or stem == to_snake_case(class_name):
        new.pop("name", None)
    _rate(new, config.get("learning_rate"), dialect)
    new.pop("epsilon_outside", None)
    if class_name == "Nadam":
        # Versions before Keras 3 have another default, Keras 3 has no such argument.
        decay = new.pop("schedule_decay", 1.0)
        if dialect is not None:
            new["schedule_decay"] = decay
    if dialect == "keras2" and "global_clipnorm" in new:
        new["clipnorm"] = new.pop("global_clipnorm")
    inner = config.get("inner_optimizer")
    if inner is not None:
        new["inner_optimizer"] = keras2_optimizer(inner, dialect)
        if dialect is None:
            # Keras 3 finds the inner class by its module only.
            new["inner_optimizer"] = {**inner, **new["inner_optimizer"]}
    if dialect == "tfkeras2" and class_name in STORED_BY_WEIGHT:
        # tf.keras looks for it among its former optimizers otherwise.
        written["class_name"] = f"Custom>{class_name}"
    return {**written, "config": new}


def _rate(new: dict[str, Any], rate: Any, dialect: str | None) -> None:
    if isinstance(rate, Mapping):
        # Keras 3 finds the class of a schedule by its module only.
        new["learning_rate"] = {**rate, **new["learning_rate"]}
    elif dialect == "keras2" and "learning_rate" in new:
        # Keras 2.2 knows this name only, Keras 2.3 both.
        new["lr"] = new.pop("learning_rate")
