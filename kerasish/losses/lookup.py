"""Find, save and rebuild losses by name."""

from __future__ import annotations

from typing import Any

from kerasish import losses
from kerasish.losses.loss import Loss, LossFunctionWrapper
from kerasish.losses.targets import kind_of_targets
from kerasish.naming import object_name
from kerasish.registry import Registry

_BY_TARGETS = {
    "binary": "binary_crossentropy",
    "sparse": "sparse_categorical_crossentropy",
    "one_hot": "categorical_crossentropy",
}

REGISTRY = Registry(
    "loss", losses.LOSSES, {**losses.ALIASES, "CosineProximity": "CosineSimilarity"}
)
serialize = REGISTRY.serialize
deserialize = REGISTRY.deserialize


def get(identifier: Any) -> Any:
    """Return the loss that an identifier stands for.

    Args:
        identifier: A name (`"mse"`, `"MeanSquaredError"`), a config dict, a class, a
            function, a `Loss`, or `None`.

    Returns:
        A function or a `Loss`; `None` for `None`.

    Raises:
        ValueError: If there is no such loss.

    Example:

    >>> get("mse").__name__
    'mean_squared_error'
    """
    return REGISTRY.get(identifier)


def resolve(identifier: Any, y_true: Any, y_pred: Any) -> Loss | None:
    """Return the `Loss` object for one output of a model.

    `"crossentropy"` (or `"ce"`) becomes the binary, sparse or categorical one by the
    shapes.

    Args:
        identifier: What `get` takes.
        y_true: The targets, or anything with their `shape`.
        y_pred: The predictions, or anything with their `shape`.

    Returns:
        A `Loss`; `None` for `None`.

    Raises:
        ValueError: If there is no such loss.

    Example:

    >>> from kerasish.backend.graph import Spec
    >>> y_true, y_pred = Spec((None,), "int32"), Spec((None, 10), "float32")
    >>> resolve("crossentropy", y_true, y_pred).fn.__name__
    'sparse_categorical_crossentropy'
    """
    name = identifier
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        identifier = _BY_TARGETS[kind_of_targets(y_true.shape, y_pred.shape)]
    loss = get(identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    return LossFunctionWrapper(
        loss, name=name if isinstance(name, str) else object_name(loss)
    )
