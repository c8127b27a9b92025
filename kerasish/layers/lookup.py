"""The registry of layers and models."""

from __future__ import annotations

from kerasish.layers.table import BASE, LAYERS
from kerasish.registry import Registry

_CLASSES = {
    **BASE,
    **{name: home for name, home in LAYERS.items() if name[0].isupper()},
    "Model": "kerasish.models.model",
    "Functional": "kerasish.models.functional",
    "Sequential": "kerasish.models.sequential",
}
registry = Registry("layer", _CLASSES, module="keras.layers")
get = registry.get
serialize = registry.serialize
deserialize = registry.deserialize
