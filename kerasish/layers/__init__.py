"""Layers: the building blocks of models."""

from kerasish.layers.table import BASE, LAYERS
from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        **BASE,
        **LAYERS,
        "deserialize": "kerasish.layers.lookup",
        "get": "kerasish.layers.lookup",
        "serialize": "kerasish.layers.lookup",
    },
)
